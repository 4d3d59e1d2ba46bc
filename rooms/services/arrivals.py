"""What somebody in care says at the door of one session: where they are, and that they can talk there. And what leaders add."""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from core.errors import Refusal
from core.fields import US_STATES
from patients.models import Patient
from rooms.deeds import By, deed
from rooms.models import Arrival, Device, Participant, Room
from rooms.services.doorstep import row_of
from rooms.wire import LEADERS

LONGEST = 300  # characters of one text
LOOKED_BACK = 100  # earlier arrivals of a program that are searched for the same city


@dataclass(frozen=True, slots=True)
class Given:
    """What they say. state: two letters. camera … connection: values of Device."""

    street: str
    city: str
    state: str
    phone: str
    is_private: bool
    has_headphones: bool
    is_able: bool
    others: str = ""
    camera: str = ""
    microphone: str = ""
    speaker: str = ""
    connection: str = ""


def last_of(patient: Patient) -> Arrival | None:
    """What they gave the last time, anywhere: to fill in again from. One query."""
    return Arrival.objects.filter(participant__patient=patient, given_at__isnull=False).order_by("-given_at").first()


def give(*, by: Participant, given: Given) -> Arrival:
    """Say where one is, at the door. Said anew, a leader has it confirmed anew when the place is another.

    Raises Refusal (over, removed, staff, inside, missing, too_long, not_able).
    """
    with deed(by.room_id, by, By.ANYBODY) as doing:
        _refuse_to_take(doing.by, given)
        arrival = Arrival.objects.filter(participant=doing.by).first() or Arrival(participant=doing.by)
        place = (arrival.street, arrival.city, arrival.state)
        for name, value in asdict(given).items():
            setattr(arrival, name, value.strip() if isinstance(value, str) else value)
        if place != (arrival.street, arrival.city, arrival.state):
            arrival.confirmed_at = arrival.confirmed_by = None
            arrival.local_emergency, arrival.nearest_ed = _help_near(doing.room, arrival)
        arrival.given_at = doing.now
        arrival.save()
        doing.tell("door.changed", row_of(doing.room, doing.by), to=LEADERS)
    return arrival


def _refuse_to_take(by: Participant, given: Given) -> None:
    if by.patient_id is None:
        raise Refusal(_("Staff come in without that."), "staff")
    if by.is_in:
        raise Refusal(_("You are in already. Tell a leader if you are somewhere else now."), "inside")
    wanted = {
        "street": _("Write where you are now: street and number."),
        "city": _("Write the city or town you are in now."),
        "phone": _("Write a number we can call you at."),
    }
    for name, words in wanted.items():
        if not getattr(given, name).strip():
            raise Refusal(words, "missing", name)
    if given.state not in dict(US_STATES):
        raise Refusal(_("Choose the state you are in now."), "missing", "state")
    for name in (*wanted, "others"):
        if len(getattr(given, name)) > LONGEST:
            raise Refusal(_("That is too long: at most %(n)s characters.") % {"n": LONGEST}, "too_long", name)
    for name in ("camera", "microphone", "speaker", "connection"):
        if getattr(given, name) not in Device.values:
            raise Refusal(_("Test your devices again."), "missing", name)
    if not given.is_able:
        raise Refusal(
            _("Please don’t join while you drive or can’t take part. Stop somewhere safe first, or call the clinic."),
            "not_able",
            "is_able",
        )


def _help_near(room: Room, arrival: Arrival) -> tuple[str, str]:
    """Emergency number and department as leaders last wrote them for the same city of the same state. One query.

    The city is encrypted in its column, so the latest of the state are read and compared here.
    """
    known = (
        Arrival.objects.filter(
            state=arrival.state, participant__room__session__group__program=room.session.group.program_id
        )
        .exclude(participant=arrival.participant_id)
        .exclude(local_emergency="", nearest_ed="")
        .order_by("-given_at")[:LOOKED_BACK]
    )
    city = arrival.city.casefold()
    found = next((one for one in known if one.city.casefold() == city), None)
    return (found.local_emergency, found.nearest_ed) if found else ("", "")


def confirm(*, by: Participant, participant: Participant, aloud: bool, said: str = "") -> None:
    """A leader heard somebody say their full name and present address (16 CCR 1815.5), or takes that back.

    said: when what the leader's card shows was given, ISO: nobody confirms an address they have not seen. Raises Refusal (over,
    not_a_leader, no_arrival, said_anew).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        one, arrival = _arrived(doing.room, participant)
        if aloud and said and said != arrival.given_at.isoformat():
            raise Refusal(
                _("They have said anew where they are. The card shows it now: look at it, and ask once more."),
                "said_anew",
            )
        if (arrival.confirmed_at is not None) == aloud:
            return
        arrival.confirmed_at = doing.now if aloud else None
        arrival.confirmed_by = doing.by.user if aloud else None
        arrival.save(update_fields=["confirmed_at", "confirmed_by"])
        doing.tell("door.changed", row_of(doing.room, one), to=LEADERS)


def note_help(*, by: Participant, participant: Participant, local_emergency: str, nearest_ed: str) -> None:
    """A leader writes the emergency number and the nearest emergency department of the place somebody is at.

    Raises Refusal (over, not_a_leader, no_arrival, too_long).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        _one, arrival = _arrived(doing.room, participant)
        number, department = " ".join(local_emergency.split()), nearest_ed.strip()
        longest = Arrival._meta.get_field("local_emergency").max_length
        if len(number) > longest:
            raise Refusal(
                _("That is too long: at most %(n)s characters.") % {"n": longest}, "too_long", "local_emergency"
            )
        if len(department) > LONGEST:
            raise Refusal(_("That is too long: at most %(n)s characters.") % {"n": LONGEST}, "too_long", "nearest_ed")
        arrival.local_emergency, arrival.nearest_ed = number, department
        arrival.save(update_fields=["local_emergency", "nearest_ed"])


def _arrived(room: Room, participant: Participant) -> tuple[Participant, Arrival]:
    """Somebody of this room, and what they said at the door. Raises Refusal (no_arrival)."""
    one = Participant.objects.get(pk=participant.pk, room=room)
    arrival = Arrival.objects.filter(participant=one, given_at__isnull=False).first()
    if arrival is None:
        raise Refusal(no_arrival_words(), "no_arrival")
    return one, arrival


def no_arrival_words() -> str:
    """Why somebody who has not said where they are is not let in."""
    return _("They have not said yet where they are. Ask them to fill in the page at the door.")
