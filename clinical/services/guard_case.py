"""What the guards look at before signing, read once: the same number of queries for any number of people."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext_lazy

from accounts.models import User
from clinical.models import Attendance, GroupNote, Overrule, ProgressNote, TreatmentPlan
from patients.models import Patient
from scheduling.models import Booking, Session

MEMBERS_BACK = dt.timedelta(days=90)  # members of so long ago are still somebody's peers
SHARED_TEXTS = {
    "objective": gettext_lazy("objective"),
    "topic": gettext_lazy("topic"),
    "intervention": gettext_lazy("interventions"),
    "activities": gettext_lazy("activities"),
    "handouts": gettext_lazy("handouts"),
    "homework": gettext_lazy("homework"),
}


@dataclass(slots=True)
class Case:
    """Everything the guards look at, read once."""

    session: Session
    by: User
    bookings: list[Booking]
    shared: GroupNote | None
    attendances: list[Attendance]
    notes: dict[int, ProgressNote]
    visible: set[int]
    members: dict[int, Patient]
    last: dict[int, ProgressNote]
    planned: set[int]
    overruled: set[tuple[int | None, str, str]] = field(default_factory=set)

    @property
    def attended(self) -> list[Attendance]:
        """Of the people visible to whoever asks."""
        return [a for a in self.attendances if a.attended and a.patient_id in self.visible]

    @property
    def began_at(self) -> dt.datetime:
        return (self.shared and self.shared.began_at) or self.session.starts_at

    @property
    def stopped_at(self) -> dt.datetime:
        return (self.shared and self.shared.stopped_at) or self.session.ends_at

    @property
    def rest(self) -> int:
        """Minutes of breaks, as held, else as scheduled."""
        given = self.shared.break_minutes if self.shared else None
        return self.session.break_minutes if given is None else given

    @property
    def treatment_minutes(self) -> int:
        """Length as held, without its breaks, in minutes."""
        return int((self.stopped_at - self.began_at).total_seconds() // 60) - self.rest


def load(session: Session, by: User, *, bookings: list[Booking] | None = None, lock: bool = False) -> Case:
    """What the guards look at. The same number of queries for any number of people. lock: the notes are about to be signed."""
    if bookings is None:
        bookings = list(Booking.objects.live().filter(session=session).select_related("user__staff_profile"))
    attendances = list(Attendance.objects.filter(session=session).select_related("patient"))
    people = [a.patient_id for a in attendances]
    expected = {*people, *(b.patient_id for b in bookings if b.patient_id)}
    notes = ProgressNote.objects.standing().filter(session=session)
    notes = notes.select_for_update(no_key=True, of=("self",)) if lock else notes
    notes = {n.patient_id: n for n in notes.select_related("plan_objective__goal__problem__plan").order_by("pk")}
    day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    members = Patient.objects.filter(
        Q(pk__in=expected)
        | Q(
            memberships__in=session.group.memberships.exclude(left_on__lte=day - MEMBERS_BACK).filter(
                joined_on__lte=day
            )
        )
    )
    last = (
        ProgressNote.objects.signed()
        .filter(patient__in=people)
        .exclude(session=session)
        .order_by("patient_id", "-session__starts_at", "-pk")
        .distinct("patient_id")
    )
    case = Case(
        session=session,
        by=by,
        bookings=bookings,
        shared=GroupNote.objects.filter(session=session).select_related("written_by").first(),
        attendances=attendances,
        notes=notes,
        visible=set(Patient.objects.visible_to(by).filter(pk__in=expected).values_list("pk", flat=True)),
        members={p.pk: p for p in members.select_related("user").distinct()},
        last={n.patient_id: n for n in last},
        planned=set(
            TreatmentPlan.objects.sealed()
            .filter(episode__in=[a.episode_id for a in attendances])
            .values_list("patient_id", flat=True)
        ),
    )
    shared_places = set(SHARED_TEXTS) | {"began_at", "stopped_at", "break_minutes"}
    for patient, guard, place in Overrule.objects.filter(note__in=[n.pk for n in notes.values()]).values_list(
        "note__patient_id", "guard", "place"
    ):
        case.overruled.add((patient, guard, place))
        # Of the shared part: said once, it holds for everybody's note.
        if place.partition(":")[0] in shared_places:
            case.overruled.add((None, guard, place))
    return case
