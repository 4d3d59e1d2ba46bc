"""Page-shaped reads of time off and cover. None grows with rows."""

from dataclasses import dataclass, field

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from scheduling.models import Appointment, Booking, CoverRequest, Session, TimeOff
from scheduling.services.candidates import Candidate, candidates_for
from scheduling.services.cover import affected_appointments, may_assign


@dataclass(slots=True)
class Wanted:
    """A request for cover as the reader sees it: whether they could take it (`own`, None of somebody who is no clinician of the
    program), who else could, and whether the reader may assign them."""

    request: CoverRequest
    own: Candidate | None
    others: list[Candidate]
    may_assign: bool
    may_open: bool

    @property
    def able(self) -> list[Candidate]:
        return [candidate for candidate in self.others if candidate.fits]

    @property
    def unable(self) -> list[Candidate]:
        return [candidate for candidate in self.others if not candidate.fits]


def _with_facts(requests):
    """The requests with their session, group, people, and `expected`: how many are."""
    people = Booking.objects.live().filter(session=OuterRef("session"), patient__isnull=False)
    counted = people.order_by().values("session").annotate(n=Count("pk")).values("n")
    return requests.annotate(expected=Coalesce(Subquery(counted, output_field=IntegerField()), 0)).select_related(
        "session__group__program", "absent", "taken_by", "time_off"
    )


def _wanted(user: User, requests: list[CoverRequest]) -> list[Wanted]:
    """Seven queries for any number."""
    found = candidates_for(places=[(r.session, r.part) for r in requests]) if requests else {}
    seen = set(
        Session.objects.visible_to(user).filter(pk__in=[r.session_id for r in requests]).values_list("pk", flat=True)
    )
    rows = []
    for request in requests:
        people = found[request.session_id, request.part]
        own = next((c for c in people if c.user == user), None)
        others = [c for c in people if c.user not in (user, request.absent)]
        assigns = may_assign(user, request.session.group.program_id)
        rows.append(Wanted(request, own, others, assigns, request.session_id in seen))
    return rows


def open_requests(user: User) -> list[Wanted]:
    """Cover wanted in the reader's programs, the soonest first. Eight queries."""
    found = _with_facts(CoverRequest.objects.visible_to(user).open()).order_by("session__starts_at", "pk")
    return _wanted(user, list(found))


def taken_requests(user: User) -> list[CoverRequest]:
    """Coming sessions that somebody covers: the reader, or anybody where the reader assigns. Each with `may_give_back`. One
    query."""
    found = _with_facts(CoverRequest.objects.visible_to(user).standing()).filter(
        session__status=Session.Status.SCHEDULED, session__starts_at__gt=timezone.now()
    )
    latest = {(r.session_id, r.part): r for r in found.order_by("session__starts_at", "closed_at", "pk")}
    kept = [r for r in latest.values() if r.taken_by == user or may_assign(user, r.session.group.program_id)]
    return kept


def could_take(user: User) -> int:
    """How many sessions want cover that the reader could give, or find somebody for. One query when there are none, else seven
    or eight."""
    requests = list(CoverRequest.objects.visible_to(user).open().select_related("session__group"))
    if not requests:
        return 0
    found = candidates_for(places=[(r.session, r.part) for r in requests], users=[user])
    return sum(
        may_assign(user, r.session.group.program_id) or any(c.fits for c in found[r.session_id, r.part])
        for r in requests
    )


@dataclass(slots=True)
class Absence:
    """One time off with what it touches: sessions that want cover, those somebody covers, and appointments to move."""

    time_off: TimeOff
    is_own: bool
    wanted: list[Wanted] = field(default_factory=list)
    covered: list[CoverRequest] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)

    @property
    def is_free(self) -> bool:
        return not (self.wanted or self.covered or self.appointments)


def absences(user: User) -> list[Absence]:
    """Time off that is not over, of everybody whose the reader may see, the soonest first. Thirteen queries at most."""
    rows = TimeOff.objects.visible_to(user).in_force().filter(ends_at__gt=timezone.now()).select_related("user")
    found = {t.pk: Absence(t, t.user_id == user.pk) for t in rows.order_by("starts_at", "pk")}
    own = CoverRequest.objects.filter(time_off__in=found)
    for row in _wanted(user, list(_with_facts(own.open()).order_by("session__starts_at", "pk"))):
        found[row.request.time_off_id].wanted.append(row)
    covered = _with_facts(own.standing()).filter(session__starts_at__gt=timezone.now())
    for request in covered.filter(session__status=Session.Status.SCHEDULED).order_by("session__starts_at", "pk"):
        found[request.time_off_id].covered.append(request)
    appointments = affected_appointments([a.time_off for a in found.values()])
    seen = set(
        Appointment.objects.visible_to(user).filter(pk__in=[a.pk for a in appointments]).values_list("pk", flat=True)
    )
    for appointment in appointments:
        appointment.may_open = appointment.pk in seen
        found[appointment.time_off_id].appointments.append(appointment)
    return list(found.values())


def cover_of(session: Session) -> tuple[list[CoverRequest], list[CoverRequest]]:
    """Of one session: what is wanted, and what somebody covers. Two queries."""
    rows = CoverRequest.objects.filter(session=session).select_related("absent", "taken_by")
    taken = {request.part: request for request in rows.standing().order_by("closed_at", "pk")}
    return list(rows.open()), list(taken.values())
