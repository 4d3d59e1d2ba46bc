"""What must be so for an appointment to be: its length, who provides it, a stay, a free time; and who may then see whom."""

import datetime as dt
import zoneinfo

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import CLINICAL, Role
from accounts.models import Program, RoleAssignment, StaffProfile, User
from core import formats
from core.errors import Refusal
from groups.services import finishing_time
from patients.models import CareTeamMember, Episode
from patients.services import add_to_care_team, end_care_team
from scheduling.models import LENGTHS, Appointment, AppointmentKind, AppointmentSeries, Booking, Closure, TimeOff
from scheduling.services.clashes import name_of

Part = CareTeamMember.Part
# Kinds that a care coordinator provides as well as a clinician.
COORDINATED = frozenset({AppointmentKind.CASE_MANAGEMENT, AppointmentKind.COACHING})


def day_in(moment: dt.datetime, zone: str) -> dt.date:
    """The date of a moment in a zone."""
    return moment.astimezone(zoneinfo.ZoneInfo(zone)).date()


def lock_provider(provider: User) -> None:
    """Wait for whoever else fills this person's time. It comes after the episode's lock."""
    User.objects.select_for_update(no_key=True).get(pk=provider.pk)


# --- who provides


def _roles(kind: str) -> frozenset[Role]:
    return CLINICAL | {Role.CARE_COORDINATOR} if kind in COORDINATED else CLINICAL


def providers_for(program: Program, *kinds: str) -> QuerySet:
    """Staff of the program who may provide one of these kinds (any kind when none is named), by name."""
    roles = frozenset().union(*(_roles(kind) for kind in kinds or AppointmentKind.values))
    held = RoleAssignment.objects.current().filter(program=program, role__in=roles)
    return User.objects.filter(is_active=True, pk__in=held.values("user_id")).order_by("last_name", "first_name", "pk")


def may_provide(kind: str, provider: User, program: Program) -> bool:
    """Whether the person may provide the kind in the program. One query."""
    return providers_for(program, kind).filter(pk=provider.pk).exists()


def require_provider(kind: str, provider: User, program: Program) -> None:
    """Raises Refusal (not_a_provider)."""
    if not may_provide(kind, provider, program):
        raise Refusal(
            _("%(name)s does not provide this in %(program)s.") % {"name": provider, "program": program},
            "not_a_provider",
            "provider",
        )


def require_length(kind: str, minutes: int) -> None:
    """Raises Refusal (appointment_length)."""
    least, most, _usual = LENGTHS[AppointmentKind(kind)]
    if not least <= minutes <= most:
        raise Refusal(
            _("%(kind)s: %(least)s to %(most)s minutes.")
            % {"kind": AppointmentKind(kind).label, "least": least, "most": most},
            "appointment_length",
            "minutes",
        )


# --- when


def require_time(appointment: Appointment) -> None:
    """The time must be to come, within the stay, on a day the program is open, while the provider is not away. Two queries.

    Raises Refusal (in_the_past, episode_closed, closed, away). The caller holds the episode's lock.
    """
    if appointment.starts_at <= timezone.now():
        raise Refusal(_("That time is in the past."), "in_the_past", "starts_at")
    day = day_in(appointment.starts_at, appointment.zone)
    require_in_care(appointment.episode, day)
    program = appointment.episode.program_id
    closures = Closure.objects.in_force().filter(program=program, with_appointments=True)
    if closure := closures.filter(starts_on__lte=day, last_on__gte=day).first():
        raise Refusal(
            _("The program is closed on that day: %(reason)s.") % {"reason": closure.reason}, "closed", "starts_at"
        )
    away = TimeOff.objects.in_force().filter(
        user=appointment.provider_id, starts_at__lt=appointment.ends_at, ends_at__gt=appointment.starts_at
    )
    if away.exists():
        raise Refusal(_("%(name)s is away at that time.") % {"name": appointment.provider}, "away", "starts_at")


def require_in_care(episode: Episode, day: dt.date) -> None:
    """Raises Refusal (episode_closed)."""
    if day < episode.started_on or (episode.ended_on and day >= episode.ended_on):
        raise Refusal(
            _("%(name)s is not in care on that day.") % {"name": episode.patient}, "episode_closed", "starts_at"
        )


def bookings_for(appointment: Appointment) -> list[Booking]:
    """Its two bookings, not saved: the provider's first, so that nobody waits crosswise."""
    times = {"appointment": appointment, "starts_at": appointment.starts_at, "ends_at": appointment.ends_at}
    return [
        Booking(part=Booking.Part.LEAD, user_id=appointment.provider_id, **times),
        Booking(
            part=Booking.Part.CLIENT, patient_id=appointment.patient_id, episode_id=appointment.episode_id, **times
        ),
    ]


def in_one_place(write, appointment: Appointment, by: User | None) -> None:
    """Run `write`; when the database says that one of the two is elsewhere then, raise the Refusal (elsewhere) that names it."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        if "_in_one_place" not in str(error):
            raise
        raise elsewhere(appointment, by) from None


def in_the_way(appointment: Appointment) -> Booking | None:
    """The booking of the provider, else of the patient, that lies over the appointment. One query."""
    there = Booking.objects.live().filter(
        Q(user=appointment.provider_id) | Q(patient=appointment.patient_id),
        starts_at__lt=appointment.ends_at,
        ends_at__gt=appointment.starts_at,
    )
    there = there.exclude(appointment=appointment.pk) if appointment.pk else there
    return (
        there.select_related("user", "patient", "session__group", "appointment")
        .order_by(F("user").asc(nulls_last=True), "pk")
        .first()
    )


def elsewhere(appointment: Appointment, by: User | None, more: int = 0) -> Refusal:
    """The refusal that names the other thing, to those who may see it. more: how many further dates clash, of a series."""
    booking = in_the_way(appointment)
    if booking is None:  # gone again between the refusal and this look
        return Refusal(_("That time was just taken. Choose another."), "elsewhere", "starts_at")
    values = {
        "name": booking.user or booking.patient,
        "other": name_of(booking, by),
        "when": when_words(appointment.starts_at),
        "more": more,
    }
    if more:
        words = _(
            "%(name)s is then in %(other)s (%(when)s, and %(more)s more times). Nobody can be in two places at once."
        )
    else:
        words = _("%(name)s is then in %(other)s (%(when)s). Nobody can be in two places at once.")
    return Refusal(words % values, "elsewhere", "starts_at")


def when_words(moment: dt.datetime) -> str:
    """A moment in the reader's zone, short."""
    return formats.date_format(timezone.localtime(moment), "D, M j, g:i A")


# --- who may see whom because of it


def _team(provider: User, part: str) -> list[tuple[User, str]]:
    """The provider, and who supervises them: what they document is the supervisor's to oversee. One query."""
    profile = StaffProfile.objects.filter(user=provider).select_related("supervisor").first()
    people = [(provider, part)]
    if profile and profile.supervisor:
        people.append((profile.supervisor, Part.SUPERVISOR))
    return people


def appointment_source(appointment: Appointment) -> str:
    """What a care-team row written because of one appointment carries as its source."""
    return f"appointment:{appointment.pk}"


def series_source(series: AppointmentSeries) -> str:
    """What a care-team row written because of a series carries as its source."""
    return f"series:{series.pk}"


def open_window(appointment: Appointment) -> None:
    """The provider (and their supervisor) see the patient from now until the time to finish notes after the appointment.

    Again after a move: the window then ends after its new day. One of a series needs none: the series gives access, unless it
    was moved beyond that.
    """
    day = day_in(appointment.starts_at, appointment.zone)
    until = finishing_time(appointment.episode.program, day + dt.timedelta(days=1))
    source = appointment_source(appointment)
    if CareTeamMember.objects.filter(source=source, ends_at__gt=timezone.now()).update(ends_at=until):
        return
    for user, part in _team(appointment.provider, Part.COVER):
        add_to_care_team(patients=[appointment.patient], user=user, part=part, source=source, until=until)


def close_window(appointment: Appointment) -> None:
    """It does not take place: nothing is left to prepare or to finish."""
    end_care_team(source=appointment_source(appointment), patient=appointment.patient)


def open_series_access(series: AppointmentSeries) -> None:
    """The provider (and their supervisor) see the patient as long as the series goes on."""
    for user, part in _team(series.provider, Part.FACILITATOR):
        add_to_care_team(patients=[series.patient], user=user, part=part, source=series_source(series))


def close_series_access(series: AppointmentSeries, last: dt.date) -> None:
    """From the series' end on there is a week to finish its notes."""
    end_care_team(source=series_source(series), patient=series.patient, at=finishing_time(series.episode.program, last))
