"""What the schedule's messages are about, by the beginning of their kind: the table their `subject_id` points into."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet

from messaging.kinds import KINDS
from messaging.models import DeliveryQuerySet
from messaging.subjects import about
from scheduling.models import (
    Appointment,
    AppointmentSeries,
    CoverRequest,
    ExcuseRequest,
    SeatRequest,
    Session,
    Slot,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A table: how its rows lead to their program, and to their session if they have one ("pk": they are sessions)."""

    model: type[Model]
    program: str
    session: str = ""
    related: tuple[str, ...] = ()

    def of_programs(self, programs: Iterable[int]) -> QuerySet:
        """Ids of the rows of these programs (ids)."""
        return self.model.objects.filter(**{f"{self.program}__in": programs}).order_by().values("pk")


_SESSION = Subject(Session, "group__program", "pk", ("group",))
# By a kind's whole name, or by its beginning up to "*"; the first that fits.
SUBJECTS = {
    "cover_wanted": Subject(CoverRequest, "session__group__program", "session", ("session__group",)),
    "excuse_*": Subject(
        ExcuseRequest, "booking__session__group__program", "booking__session", ("booking__session__group",)
    ),
    "request_seat_*": Subject(SeatRequest, "session__group__program", "session", ("session__group",)),
    "session_*": _SESSION,
    "seat_*": _SESSION,
    "cover_*": _SESSION,
    "appointment_*": Subject(Appointment, "episode__program"),
    "series_*": Subject(AppointmentSeries, "episode__program"),
    "slot_*": Subject(Slot, "group__program", "", ("group",)),
}
for _name, _subject in SUBJECTS.items():
    about(_name)(_subject.of_programs)


def subject_of(kind: str) -> Subject | None:
    """The table a kind's subjects are in; None for a kind of another floor."""
    fitting = (s for name, s in SUBJECTS.items() if kind == name or (name[-1] == "*" and kind.startswith(name[:-1])))
    return next(fitting, None)


def about_session(deliveries: DeliveryQuerySet, session: Session) -> DeliveryQuerySet:
    """Those of the deliveries that are about this session: reminders, news, a seat offered in it, cover wanted for it."""
    direct, by_way_of = [], {}
    for kind in KINDS:
        subject = subject_of(kind)
        if subject and subject.session == "pk":
            direct.append(kind)
        elif subject and subject.session:
            by_way_of[kind] = subject.model.objects.filter(**{subject.session: session.pk}).order_by().values("pk")
    seen = Q(kind__in=direct, subject_id=session.pk)
    for kind, ids in by_way_of.items():
        seen |= Q(kind=kind, subject_id__in=ids)
    return deliveries.filter(seen)
