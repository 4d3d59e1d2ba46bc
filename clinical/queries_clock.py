"""Notes owed with their clock, what waits for a co-signature, what came back. The queries don't grow with the rows."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.access import Can, allows
from clinical.models import Document, Kind, ProgressNote, Signed
from clinical.queries import documented_by, owed
from clinical.services import clock
from clinical.services.cosigning import KINDS
from patients.models import Patient
from scheduling.models import Appointment, Booking, Session


@dataclass(slots=True)
class Owed:
    """A note that is owed, of a session (its group, how far its record is), an appointment or a draft. due: after that moment
    it is late. whose: who owes it, by name. is_own: the reader does."""

    kind: str  # "session", "appointment", "document"
    starts_at: dt.datetime
    due: dt.datetime
    is_late: bool
    is_own: bool
    whose: list[str] = field(default_factory=list)
    session: Session | None = None
    appointment: Appointment | None = None
    document: Document | None = None

    @property
    def last_day(self) -> dt.date | None:
        """The day at whose end it is due, where it is; None where it is due at a moment (a crisis contact)."""
        if self.document and self.document.kind == Kind.CRISIS:
            return None
        return (self.due - dt.timedelta(minutes=1)).date()

    @property
    def patient(self) -> Patient | None:
        """Whose note it is; None of a session's, which are many people's."""
        thing = self.appointment or self.document
        return thing.patient if thing else None


def owed_of(user, *, now: dt.datetime | None = None) -> list[Owed]:
    """Notes the person owes, then those of whom they supervise, each the soonest due first: sessions without complete roll-call
    and notes, appointments held without a signed document, drafts of visits (a crisis contact is due after a day).

    Only of people visible to them. Four queries; none for somebody who writes no notes. CLINICAL_FACTS section 1, note clock.
    """
    if not allows(user, Can.WRITE_NOTES):
        return []
    moment = now or timezone.now()
    found = [*_sessions(user, moment), *_appointments(user, moment), *_documents(user, moment)]
    return sorted(found, key=lambda line: (not line.is_own, line.due, line.starts_at))


def owed_of_visits(user, *, now: dt.datetime | None = None) -> list[Owed]:
    """Of `owed_of` what is of one person: appointments held without a signed document, drafts of visits. Two queries."""
    if not allows(user, Can.WRITE_NOTES):
        return []
    moment = now or timezone.now()
    found = [*_appointments(user, moment), *_documents(user, moment)]
    return sorted(found, key=lambda line: (not line.is_own, line.due, line.starts_at))


def _sessions(user, moment: dt.datetime) -> list[Owed]:
    mine = Session.objects.visible_to(user).filter(
        starts_at__gte=moment - clock.LOOK_BACK, pk__in=documented_by(user).values("session_id")
    )
    lines = {}
    for session in owed(mine, now=moment).select_related("group"):
        due = clock.due_at(session.starts_at, session.zone)
        lines[session.pk] = Owed("session", session.starts_at, due, due <= moment, is_own=False, session=session)
    leads = Booking.objects.live().filter(session__in=lines, user__isnull=False).order_by("-part", "pk")
    for session_id, user_id, first, last in leads.values_list(
        "session_id", "user_id", "user__first_name", "user__last_name"
    ):
        lines[session_id].whose.append(f"{first} {last}")
        lines[session_id].is_own |= user_id == user.pk
    return list(lines.values())


def _appointments(user, moment: dt.datetime) -> list[Owed]:
    mine = Appointment.objects.filter(
        Q(provider=user) | Q(provider__staff_profile__supervisor=user), patient__in=Patient.objects.visible_to(user)
    )
    return [
        Owed(
            "appointment",
            a.starts_at,
            due := clock.due_at(a.starts_at, a.zone),
            due <= moment,
            a.provider_id == user.pk,
            [str(a.provider)],
            appointment=a,
        )
        for a in clock.undocumented(mine, now=moment).select_related("patient", "provider")
    ]


def _documents(user, moment: dt.datetime) -> list[Owed]:
    mine = Document.objects.visible_to(user).filter(Q(author=user) | Q(author__staff_profile__supervisor=user))
    return [
        Owed(
            "document",
            d.happened_at,
            due := clock.document_due_at(d),
            due <= moment,
            d.author_id == user.pk,
            [str(d.author)],
            document=d,
        )
        for d in clock.open_visits(mine, now=moment)
        .defer("sections", "risk_text")
        .select_related("patient", "author", "episode__program")
    ]


def late_of_team(user, *, now: dt.datetime | None = None) -> list[Owed]:
    """What is late among those the person supervises, the longest first. Queries as `owed_of`."""
    return [line for line in owed_of(user, now=now) if line.is_late and not line.is_own]


@dataclass(slots=True)
class Waiting:
    """Something signed or returned, on a list: a note, a document or a plan."""

    kind: str
    thing: Signed

    @property
    def key(self) -> str:
        """How a form names it: "note-12"."""
        return f"{self.kind}-{self.thing.pk}"

    @property
    def happened_at(self) -> dt.datetime:
        """When what it is about was; a plan is about no moment: when it was written."""
        if self.kind == "note":
            return self.thing.session.starts_at
        return self.thing.happened_at if self.kind == "document" else self.thing.written_at

    @property
    def url(self) -> str:
        """Where it is read."""
        if self.kind == "note":
            return reverse("clinical:note", args=[self.thing.uid])
        return reverse("clinical:awaiting", args=[self.thing.uid])


_RELATED = {
    "note": ("patient", "author", "session__group", "attendance"),
    "document": ("patient", "author", "episode__program"),
    "plan": ("patient", "author", "episode__program"),
}


def _of_every_kind(user, condition: Q) -> list[Waiting]:
    """Rows of each kind of the people visible to the user. A query a kind."""
    found = []
    for kind, model in KINDS.items():
        rows = model.objects.visible_to(user).filter(condition, voided_at=None)
        found += [Waiting(kind, thing) for thing in rows.select_related(*_RELATED[kind])]
    return found


def cosign_queue(user) -> list[Waiting]:
    """What waits for this person's co-signature, the longest signed first, whatever it is. Three queries."""
    if not allows(user, Can.COSIGN):
        return []
    mine = Q(cosigner=user) | Q(author__staff_profile__supervisor=user)
    waiting = _of_every_kind(user, mine & Q(signed_at__isnull=False, sealed_at=None))
    return sorted(waiting, key=lambda w: (w.thing.signed_at, list(KINDS).index(w.kind), w.thing.pk))


def returned_to(user) -> list[Waiting]:
    """What was returned to this person for changes and is not signed again, the longest first. Three queries."""
    if not allows(user, Can.WRITE_NOTES):
        return []
    back = _of_every_kind(user, Q(author=user, returned_at__isnull=False, signed_at=None))
    return sorted(back, key=lambda w: (w.thing.returned_at, w.key))


def to_countersign(user) -> list[Session]:
    """Sessions the person led lately whose sealed notes by another leader don't bear their name yet, the oldest first. One query.

    Nothing waits for it: the co-facilitator's name is added where the program wants it."""
    if not allows(user, Can.WRITE_NOTES):
        return []
    notes = (
        ProgressNote.objects.sealed()
        .filter(patient__in=Patient.objects.visible_to(user), session__starts_at__gte=timezone.now() - clock.LOOK_BACK)
        .exclude(signed_by=user)
        .exclude(countersignatures__user=user)
    )
    led = Booking.objects.live().filter(user=user).values("session_id")
    found = Session.objects.scheduled().filter(pk__in=notes.values("session_id")).filter(pk__in=led)
    return list(found.select_related("group").order_by("starts_at"))


def waiting_of(user) -> list[Waiting]:
    """What this person signed and a supervisor has not co-signed yet, the longest first. Three queries."""
    mine = _of_every_kind(user, Q(signed_by=user, signed_at__isnull=False, sealed_at=None))
    return sorted(mine, key=lambda w: (w.thing.signed_at, w.key))
