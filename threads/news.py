"""What is said of messages, in words that name nothing: there is one. What it says stands on the page, after signing in."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import Facilitator
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from messaging.subjects import about
from scheduling.services.news import tell
from scheduling.services.reminders import called
from threads.models import Message, Post, ReportReason, Seen, Thread
from threads.models.boards import leads

USEFUL = dt.timedelta(days=7)
FOR_PATIENT, FOR_TEAM, FOR_LEADERS = "message_for_you", "message_to_answer", "message_to_look_at"


def tell_patient(message: Message) -> None:
    """Tell whoever is in care that somebody wrote. One query."""
    until = timezone.now() + USEFUL
    tell(FOR_PATIENT, message.pk, variant=0, to=[message.thread.patient.user_id], until=until, by=message.author)


def tell_team(message: Message, to: Iterable[int]) -> None:
    """Tell these of the care team (ids) that there is a message to answer. One query."""
    tell(FOR_TEAM, message.pk, variant=0, to=to, until=timezone.now() + USEFUL, by=message.author)


def tell_leaders(post: Post) -> None:
    """Tell those who lead that something on their group's board waits for a look: once while more comes within a day, and always
    where somebody is worried. Of what a leader wrote those told are the others, or who supervises them. Three queries at most."""
    open_reports = post.reports.open()
    since = timezone.now() - dt.timedelta(days=1)
    more = Post.objects.to_look_at().filter(board=post.board_id, at__gt=since).exclude(pk=post.pk)
    is_second = open_reports.count() > 1 or more.exists()
    if is_second and not open_reports.filter(reason=ReportReason.WORRY).exists():
        return
    now = Facilitator.objects.current().filter(group__board=post.board_id, user__is_active=True)
    to = list(now.exclude(user=post.author_id).values_list("user_id", flat=True))
    if not to:
        chiefs = now.annotate(chief=F("user__staff_profile__supervisor")).exclude(chief=None)
        to = list(chiefs.values_list("chief", flat=True))
    tell(FOR_LEADERS, post.pk, variant=post.reports.count(), to=to, until=timezone.now() + USEFUL, by=post.author)


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


@composes(
    FOR_LEADERS,
    category=Category.STAFF,
    label=_("Something waits for a look"),
    subject=_("Something waits for a look"),
    sentence=_("something waits for you to look at it."),
)
def message_to_look_at(delivery: Delivery) -> Call | Skip:
    """To whoever leads, while something still waits there and they look after it."""
    post = Post.objects.select_related("board__group").get(pk=delivery.subject_id)
    if not leads(delivery.recipient).filter(group=post.board.group_id).exists():
        return Skip("no longer leads")
    if not Post.objects.to_look_at().filter(board=post.board_id).exists():
        return Skip("looked at")
    return Call({"name": called(delivery.recipient)}, post.board.group.program_id, path="/desk/inbox/")


@about(FOR_LEADERS)
def _posts(programs: list[int]) -> QuerySet:
    return Post.objects.filter(board__group__program__in=programs).order_by().values("pk")


@about(FOR_PATIENT, FOR_TEAM)
def _messages(programs: list[int]) -> QuerySet:
    return Message.objects.filter(thread__program__in=programs).order_by().values("pk")
