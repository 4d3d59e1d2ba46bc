"""What is said of requests about one's record, in words that name nothing."""

import datetime as dt
import zoneinfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import RoleAssignment
from clinical.models import AmendmentRequest, Withholding
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from messaging.subjects import about
from scheduling.services.news import is_latest, tell
from scheduling.services.reminders import called

USEFUL = dt.timedelta(days=30)
SOON = dt.timedelta(days=7)
ASKED, ANSWERED, DUE = "request_asked", "request_answered", "request_due"
REVIEW_ASKED, REVIEWED = "review_asked", "review_answered"


def _step(request: AmendmentRequest) -> int:
    """Which news of the request it is: asked or more time 0 and 1, decided 2, what was said after it 3 and 4."""
    if request.decided_at:
        return 2 + request.statements.count()
    return 1 if request.extended_at else 0


def deciders_of(request: AmendmentRequest) -> list[int]:
    """Ids of who is told: who signed what it is about, the primary clinician, the program's admins. Three queries."""
    thing = request.thing
    signed_by = getattr(thing, "signed_by_id", None)
    primary = request.patient.episodes.filter(program=request.program_id).order_by("-started_on").first()
    admins = RoleAssignment.objects.current().filter(program=request.program_id, role=Role.PROGRAM_ADMIN)
    told = [signed_by, primary.primary_clinician_id if primary else None, *admins.values_list("user_id", flat=True)]
    return [user for user in told if user]


def tell_asked(request: AmendmentRequest) -> None:
    """Tell whoever is to answer. Four queries."""
    until = timezone.now() + USEFUL
    tell(ASKED, request.pk, variant=_step(request), to=deciders_of(request), until=until)


def tell_due(now: dt.datetime | None = None) -> int:
    """Tell whoever is to answer of what is due within a week, and once more when it is overdue. Returns how many requests that
    is. However often it is asked: the outbox holds each message once."""
    moment = now or timezone.now()
    near = AmendmentRequest.objects.open().filter(due_on__lte=moment.date() + SOON)
    rows = list(near.select_related("patient", "program", "note", "document", "plan")[:200])
    for request in rows:
        today = moment.astimezone(zoneinfo.ZoneInfo(request.program.zone)).date()
        # The day tells one time of being due from another; a day late is odd.
        variant = request.due_on.toordinal() * 2 + (today > request.due_on)
        tell(DUE, request.pk, variant=variant, to=deciders_of(request), until=moment + SOON)
    return len(rows)


def tell_answered(request: AmendmentRequest) -> None:
    """Tell the person that there is an answer. Two queries."""
    until = timezone.now() + USEFUL
    tell(ANSWERED, request.pk, variant=_step(request), to=[request.patient.user_id], until=until)


def tell_review_asked(withholding: Withholding) -> None:
    """Tell supervisors, and whoever runs the program, who sees to it that there is one; who of them knows of the person is looked
    at when it leaves. Two queries."""
    programs = withholding.patient.episodes.values("program_id")
    held = (
        RoleAssignment.objects.current()
        .filter(program__in=programs, role__in=[Role.SUPERVISOR, Role.PROGRAM_ADMIN])
        .exclude(user=withholding.by_id)
    )
    tell(
        REVIEW_ASKED,
        withholding.pk,
        variant=0,
        to=held.values_list("user_id", flat=True),
        until=timezone.now() + USEFUL,
    )


def tell_reviewed(withholding: Withholding) -> None:
    """Tell the person that somebody looked at it. One query."""
    until = timezone.now() + USEFUL
    tell(REVIEWED, withholding.pk, variant=0, to=[withholding.patient.user_id], until=until)


@composes(
    ASKED,
    category=Category.STAFF,
    label=_("Somebody asks that their record be corrected"),
    subject=_("A request for you to answer"),
    sentence=_("somebody in your program made a request that has a day by which it must be answered."),
)
def request_asked(delivery: Delivery) -> Call | Skip:
    """To whoever may answer, while it waits for that."""
    request = AmendmentRequest.objects.get(pk=delivery.subject_id)
    if request.withdrawn_at or not is_latest(delivery):
        return Skip("no longer wanted of them")
    if delivery.variant < 2 and request.decided_at:
        return Skip("answered")
    if not AmendmentRequest.objects.visible_to(delivery.recipient).filter(pk=request.pk).exists():
        return Skip("no longer on the care team")
    return Call({"name": called(delivery.recipient)}, request.program_id, path=f"/desk/corrections/{request.uid}/")


@composes(
    DUE,
    category=Category.STAFF,
    label=_("A request about a record is due soon"),
    subject=_("A request for you to answer"),
    sentence=_("a request has to be answered soon: the law sets the day."),
)
def request_due(delivery: Delivery) -> Call | Skip:
    """To whoever may answer, while it waits and is due as it was then."""
    request = AmendmentRequest.objects.get(pk=delivery.subject_id)
    if not request.is_open or delivery.variant // 2 != request.due_on.toordinal():
        return Skip("answered")
    if not AmendmentRequest.objects.visible_to(delivery.recipient).filter(pk=request.pk).exists():
        return Skip("no longer on the care team")
    return Call({"name": called(delivery.recipient)}, request.program_id, path=f"/desk/corrections/{request.uid}/")


@composes(
    ANSWERED,
    category=Category.CHANGE,
    label=_("Somebody’s request has an answer"),
    subject=_("There is an answer for you"),
    sentence=_("there is an answer for you to read."),
)
def request_answered(delivery: Delivery) -> Call | Skip:
    """To the person, only of the latest answer."""
    request = AmendmentRequest.objects.get(pk=delivery.subject_id)
    if request.withdrawn_at or not is_latest(delivery):
        return Skip("answered again")
    return Call({"name": called(delivery.recipient)}, request.program_id, path="/my/record/corrections/")


@composes(
    REVIEW_ASKED,
    category=Category.STAFF,
    label=_("Somebody asks for a review of what is withheld from them"),
    subject=_("A request for you to look at"),
    sentence=_("somebody asks that a decision about their record be looked at by somebody who had no part in it."),
)
def review_asked(delivery: Delivery) -> Call | Skip:
    """To supervisors, while nobody has looked at it."""
    found = Withholding.objects.select_related("patient").get(pk=delivery.subject_id)
    if found.lifted_at or found.reviewed_at:
        return Skip("done meanwhile")
    if not Withholding.objects.visible_to(delivery.recipient).filter(pk=found.pk).exists():
        return Skip("no longer on the care team")
    return Call({"name": called(delivery.recipient)}, _program_of(found), path="/desk/corrections/")


@composes(
    REVIEWED,
    category=Category.CHANGE,
    label=_("Somebody looked at what is withheld"),
    subject=_("There is an answer for you"),
    sentence=_("there is an answer for you to read."),
)
def review_answered(delivery: Delivery) -> Call | Skip:
    """To the person."""
    found = Withholding.objects.select_related("patient").get(pk=delivery.subject_id)
    return Call({"name": called(delivery.recipient)}, _program_of(found), path="/my/record/notes/")


def _program_of(withholding: Withholding) -> int | None:
    """Whose wording: of what is withheld."""
    thing = withholding.thing
    return thing.session.group.program_id if withholding.note_id else thing.episode.program_id


@about(ASKED, ANSWERED, DUE)
def _requests(programs: list[int]) -> QuerySet:
    return AmendmentRequest.objects.filter(program__in=programs).order_by().values("pk")


@about(REVIEW_ASKED, REVIEWED)
def _withheld(programs: list[int]) -> QuerySet:
    return Withholding.objects.filter(patient__episodes__program__in=programs).order_by().values("pk")
