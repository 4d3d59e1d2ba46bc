"""What is said of homework, in words that name nothing. What it is stands on the page, after signing in."""

import datetime as dt
import zoneinfo
from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import formats
from library.models import Homework, Reply, Sending
from messaging.kinds import Call, Later, Skip, composes
from messaging.models import Category, Delivery
from messaging.services import plan
from messaging.subjects import about
from messaging.wishes import out_of_quiet, quiet_ends, wishes_of
from patients.models import CareTeamMember, Episode
from scheduling.services.news import tell
from scheduling.services.reminders import GRACE, called

USEFUL = dt.timedelta(days=7)
GIVEN, ANSWERED, SENT, DUE = "homework_given", "homework_answered", "homework_sent", "homework_due"
REMINDED_AT = dt.time(10)  # where they are, the day before


def tell_patient(homework: Homework, *, by: User, answer: Reply | None = None) -> None:
    """Tell whoever is in care that something is there for them, or that somebody answered. One query."""
    kind, subject = (ANSWERED, answer.pk) if answer else (GIVEN, homework.pk)
    tell(kind, subject, variant=0, to=[homework.patient.user_id], until=timezone.now() + USEFUL, by=by)


def tell_team(sending: Sending) -> None:
    """Tell whoever gave it while they are on the care team, else the primary clinician, that something came back. Three queries
    at the most."""
    homework = sending.homework
    team = set(CareTeamMember.objects.current().filter(patient=homework.patient).values_list("user_id", flat=True))
    primaries = Episode.objects.open().filter(patient=homework.patient).values_list("primary_clinician_id", flat=True)
    to = [homework.assigned_by_id] if homework.assigned_by_id in team else [pk for pk in primaries if pk in team]
    tell(SENT, sending.pk, variant=0, to=to, until=timezone.now() + USEFUL)


def remind_of(given: Sequence[Homework]) -> None:
    """Plan the one reminder of what has a day, where there is still time for one. Each is composed anew before it leaves, so that
    what is done or taken back meanwhile is not reminded of. One query, and two for each person's wishes."""
    now = timezone.now()
    planned = []
    for homework in given:
        times = reminder_times(homework, homework.patient.user)
        if times and times[0] > now:
            due_at, expires_at = times
            planned.append(
                Delivery(
                    kind=DUE,
                    subject_id=homework.pk,
                    recipient=homework.patient.user,
                    variant=0,
                    due_at=due_at,
                    expires_at=expires_at,
                )
            )
    plan(planned)


def remind_again(homework: Homework) -> None:
    """A reminder that fell away because it was done is due once more: it is to be done after all. What left stays."""
    Delivery.objects.filter(
        kind=DUE, subject_id=homework.pk, state=Delivery.State.SKIPPED, expires_at__gt=timezone.now()
    ).update(state=Delivery.State.PLANNED, reason="", attempts=0, lease=None, leased_until=None)


def reminder_times(homework: Homework, user: User) -> tuple[dt.datetime, dt.datetime] | None:
    """When somebody is reminded and from when that is useless; None of what has no day. In their quiet hours it is due as these
    begin, like every reminder. Two queries."""
    if homework.due_on is None:
        return None
    here = zoneinfo.ZoneInfo(user.zone)
    wishes = wishes_of(user.pk, homework.item.program_id)
    before = dt.datetime.combine(homework.due_on - dt.timedelta(days=1), REMINDED_AT, here).astimezone(dt.UTC)
    due_at = out_of_quiet(before, user.zone, wishes.quiet_from, wishes.quiet_until)
    return due_at, dt.datetime.combine(homework.due_on, dt.time(20), here).astimezone(dt.UTC)


@composes(
    GIVEN,
    category=Category.CHANGE,
    label=_("There is something new for somebody to do"),
    subject=_("There is something new for you"),
    sentence=_("there is something new for you to look at."),
)
def homework_given(delivery: Delivery) -> Call | Skip:
    """To the patient, while it is to be done."""
    homework = Homework.objects.select_related("item").get(pk=delivery.subject_id)
    if not homework.is_to_do:
        return Skip("done or withdrawn meanwhile")
    return Call({"name": called(delivery.recipient)}, homework.item.program_id, path="/my/homework/")


@composes(
    ANSWERED,
    category=Category.CHANGE,
    label=_("Somebody was answered to what they sent"),
    subject=_("There is an answer for you"),
    sentence=_("there is an answer for you."),
)
def homework_answered(delivery: Delivery) -> Call | Skip:
    """To the patient, while they have not seen it."""
    homework = Homework.objects.select_related("item").get(sendings__replies=delivery.subject_id)
    if homework.news_at is None or homework.is_withdrawn:
        return Skip("read meanwhile")
    return Call({"name": called(delivery.recipient)}, homework.item.program_id, path="/my/homework/")


@composes(
    DUE,
    category=Category.REMINDER,
    label=_("Reminder of something to do by a day"),
    subject=_("A reminder for you"),
    sentence=_("there is something for you to finish by {when}. Whatever you manage counts."),
    samples={"when": _("Monday, March 2")},
)
def homework_due(delivery: Delivery) -> Call | Skip | Later:
    """To the patient, the day before, while it is to be done and they want reminders."""
    homework = Homework.objects.select_related("item").get(pk=delivery.subject_id)
    if not homework.is_to_do:
        return Skip("done or withdrawn meanwhile")
    user, now = delivery.recipient, timezone.now()
    if not Episode.objects.open().filter(patient=homework.patient_id, program=homework.item.program_id).exists():
        return Skip("no longer in care")
    wishes = wishes_of(user.pk, homework.item.program_id)
    if not wishes.wants(Category.REMINDER):
        return Skip("opted out")
    due_at, expires_at = reminder_times(homework, user)
    if expires_at <= now:
        return Skip("too late")
    if due_at > now:
        return Later(due_at, expires_at)
    if now - due_at > GRACE and (ends := quiet_ends(now, user.zone, wishes)):
        return Later(ends, expires_at) if ends < expires_at else Skip("quiet hours")
    values = {"name": called(user), "when": formats.date_format(homework.due_on, "l, F j")}
    return Call(values, homework.item.program_id, path="/my/homework/")


@composes(
    SENT,
    category=Category.STAFF,
    label=_("Something was sent back to be read"),
    subject=_("There is something to read and answer"),
    sentence=_("there is something for you to read and answer."),
)
def homework_sent(delivery: Delivery) -> Call | Skip:
    """To whoever is to answer, while it waits and they may read it."""
    homework = Homework.objects.visible_to(delivery.recipient).select_related("item")
    found = homework.filter(sendings=delivery.subject_id).first()
    if found is None:
        return Skip("no longer on the care team")
    if found.waiting_since is None:
        return Skip("answered")
    return Call({"name": called(delivery.recipient)}, found.item.program_id, path="/desk/")


@about(GIVEN, DUE)
def _given(programs: list[int]) -> QuerySet:
    return Homework.objects.filter(item__program__in=programs).order_by().values("pk")


@about(ANSWERED)
def _answered(programs: list[int]) -> QuerySet:
    return Reply.objects.filter(sending__homework__item__program__in=programs).order_by().values("pk")


@about(SENT)
def _sent(programs: list[int]) -> QuerySet:
    return Sending.objects.filter(homework__item__program__in=programs).order_by().values("pk")
