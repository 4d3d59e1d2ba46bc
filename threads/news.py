"""What is said of messages, in words that name nothing: there is one. What it says stands on the page, after signing in."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from messaging.subjects import about
from scheduling.services.news import tell
from scheduling.services.reminders import called
from threads.models import Message, Seen, Thread

USEFUL = dt.timedelta(days=7)
FOR_PATIENT, FOR_TEAM = "message_for_you", "message_to_answer"


def tell_patient(message: Message) -> None:
    """Tell whoever is in care that somebody wrote. One query."""
    until = timezone.now() + USEFUL
    tell(FOR_PATIENT, message.pk, variant=0, to=[message.thread.patient.user_id], until=until, by=message.author)


def tell_team(message: Message, to: Iterable[int]) -> None:
    """Tell these of the care team (ids) that there is a message to answer. One query."""
    tell(FOR_TEAM, message.pk, variant=0, to=to, until=timezone.now() + USEFUL, by=message.author)


def _is_read(delivery: Delivery) -> bool:
    return Seen.objects.filter(
        thread__messages=delivery.subject_id, user=delivery.recipient_id, up_to__gte=delivery.subject_id
    ).exists()


@composes(
    FOR_PATIENT,
    category=Category.CHANGE,
    label=_("There is a message for somebody"),
    subject=_("There is a message for you"),
    sentence=_("there is a message for you."),
)
def message_for_you(delivery: Delivery) -> Call | Skip:
    """To the patient, while they have not read it."""
    message = Message.objects.select_related("thread").get(pk=delivery.subject_id)
    if _is_read(delivery):
        return Skip("read meanwhile")
    return Call({"name": called(delivery.recipient)}, message.thread.program_id, path="/my/messages/")


@composes(
    FOR_TEAM,
    category=Category.STAFF,
    label=_("There is a message to answer"),
    subject=_("There is a message to answer"),
    sentence=_("there is a message for you to answer."),
)
def message_to_answer(delivery: Delivery) -> Call | Skip:
    """To whoever is to answer, while it waits and they may read it."""
    message = Message.objects.get(pk=delivery.subject_id)
    thread = Thread.objects.visible_to(delivery.recipient).filter(pk=message.thread_id).first()
    if thread is None:
        return Skip("no longer on the care team")
    if thread.waiting_since is None or thread.waiting_since > message.at:
        return Skip("answered")
    return Call({"name": called(delivery.recipient)}, thread.program_id, path="/desk/inbox/")


@about(FOR_PATIENT, FOR_TEAM)
def _messages(programs: list[int]) -> QuerySet:
    return Message.objects.filter(thread__program__in=programs).order_by().values("pk")
