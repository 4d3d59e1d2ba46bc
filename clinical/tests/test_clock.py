"""The note clock: what is owed, when it is late, and that the supervisor hears of it once a day."""

import datetime as dt
import zoneinfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinical.models import Document
from clinical.queries_clock import late_of_team, owed_of
from clinical.services import clock as note_clock
from clinical.services import sealing
from clinical.tests.test_signing import WORDS
from core.tests.racing import failures, together
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from scheduling.models import Appointment
from tests.desk import document

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")


def at(day: int, hour: int = 9, month: int = 3) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=PACIFIC)


def appointment(house, provider, episode, starts_at) -> Appointment:
    """One that was held."""
    return Appointment.objects.create(
        kind="individual",
        provider=provider,
        patient=episode.patient,
        episode=episode,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=50),
        zone="America/Los_Angeles",
        outcome="held",
        attended_minutes=50,
        recorded_by=provider,
        booked_by=provider,
    )


def write_document(house, of: Appointment | None = None, *, signed=False, **fields) -> Document:
    written = Document(
        patient=house.pat,
        episode=house.pat_episode,
        author=house.alice,
        written_at=at(2),
        **{
            "kind": "individual",
            "template": "free",
            "happened_at": at(2),
            "risk": "none",
            "sections": {"text": "x"},
            **fields,
        },
        appointment=of,
    )
    if signed:
        sealing.sign(written, by=house.alice, facts={}, signer=sealing.signer_facts(house.alice))
    written.save()
    return written


@pytest.mark.parametrize(
    ("day", "last"),
    [(2, 5), (3, 6), (4, 9), (5, 10), (6, 11), (7, 11), (8, 11)],  # March 2026; the 2nd is a Monday
)
def test_three_business_days_after_the_day(day, last):
    assert note_clock.due_on(at(day, 20), "America/Los_Angeles") == dt.date(2026, 3, last)
    assert note_clock.due_at(at(day, 20), "America/Los_Angeles") == at(last, 0) + dt.timedelta(days=1)


def test_the_day_is_the_days_of_the_zone():
    late = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)  # in Los Angeles it is still the 2nd
    assert note_clock.due_on(late, "America/Los_Angeles") == dt.date(2026, 3, 5)
    assert note_clock.due_on(late, "UTC") == dt.date(2026, 3, 6)


def test_a_session_is_owed_by_whoever_leads_it_and_shown_to_their_supervisor(house, clock):
    clock.move_to(at(2, 12))
    (mine,) = owed_of(house.alice)
    assert (mine.kind, mine.session, mine.is_own, mine.is_late) == ("session", house.session, True, False)
    assert mine.due == at(6, 0) and mine.last_day == dt.date(2026, 3, 5)  # what is read: a day, not a midnight
    (theirs,) = owed_of(house.bob)
    assert not theirs.is_own and theirs.whose == ["Alice Clinician"]
    for other in (house.charlie, house.coordinator, house.pat.user):
        assert owed_of(other) == []
    clock.move_to(at(5, 23))
    assert not owed_of(house.alice)[0].is_late and late_of_team(house.bob) == []
    clock.move_to(at(6, 0))
    assert owed_of(house.alice)[0].is_late and len(late_of_team(house.bob)) == 1 and late_of_team(house.alice) == []


def test_what_is_documented_is_owed_no_more(house, clock):
    clock.move_to(at(2, 12))
    document(house.session, house.alice, Pat=WORDS[0], Quinn=WORDS[1])
    assert owed_of(house.alice) == [] and owed_of(house.bob) == []


def test_an_appointment_held_without_a_signed_document_is_owed(house, clock):
    clock.move_to(at(2, 8))
    held = appointment(house, house.alice, house.pat_episode, at(1, 9))
    (mine,) = owed_of(house.alice)
    assert (mine.kind, mine.appointment, mine.patient, mine.due) == ("appointment", held, house.pat, at(5, 0))
    draft = write_document(house, held)
    assert [line.kind for line in owed_of(house.alice)] == ["appointment"]  # a draft is not a note
    draft.delete()
    write_document(house, held, signed=True)
    assert owed_of(house.alice) == []


def test_one_that_was_missed_or_is_to_come_is_not_owed(house, clock):
    clock.move_to(at(2, 8))
    held = appointment(house, house.alice, house.pat_episode, at(1, 9))
    held.outcome, held.attended_minutes = "missed", None
    held.save()
    assert owed_of(house.alice) == []


def test_a_crisis_contact_is_due_after_a_day(house, clock):
    clock.move_to(at(2, 8))
    write_document(house, kind="crisis", happened_at=at(1, 20))
    (mine,) = owed_of(house.alice)
    assert mine.due == at(2, 20) and not mine.is_late
    clock.move_to(at(2, 20))
    crisis = next(line for line in owed_of(house.alice) if line.kind == "document")
    assert crisis.is_late and crisis.patient == house.pat and crisis.last_day is None  # due at a moment


def test_the_list_has_a_fixed_number_of_queries(house, clock):
    clock.move_to(at(2, 12))
    taken = []
    for n in range(3):
        with CaptureQueriesContext(connection) as seen:
            assert len(owed_of(house.bob)) == 1 + 2 * n
        taken.append(len(seen))
        appointment(house, house.alice, house.pat_episode, at(1, 9 + 2 * n))
        write_document(house, kind="contact", happened_at=at(1, 9 + n))
    assert taken[0] >= taken[1] == taken[2] <= 6


# --- the supervisor


def late_news() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="notes_late"))


def test_the_supervisor_is_told_once_a_day_and_not_at_night(house, clock):
    clock.move_to(at(5, 12))
    assert note_clock.tell_supervisors() == 0  # nothing is late yet
    clock.move_to(at(6, 7))
    assert note_clock.tell_supervisors() == 0  # too early in the day
    clock.move_to(at(6, 8))
    for _hour in range(3):
        note_clock.tell_supervisors()
    (first,) = late_news()
    assert (first.recipient, first.subject_id) == (house.bob, house.bob.pk)
    assert first.expires_at == at(7, 0)
    clock.move_to(at(7, 9))
    note_clock.tell_supervisors()
    assert len(late_news()) == 2


def test_the_words_are_neutral_and_true_when_they_leave(house, clock):
    clock.move_to(at(6, 9))
    note_clock.tell_supervisors()
    (news,) = late_news()
    said = compose(news)
    assert isinstance(said, Call) and said.values["count"] == "1 entry" and said.path == "/desk/cosign/"
    from messaging.kinds import KINDS

    kind = KINDS["notes_late"]
    words = " ".join(map(str, (kind.subject, kind.sentence, said.values))).lower()
    assert not any(word in words for word in ("note", "group", "iop", "patient", "pat", "alice", "recovery", "session"))
    document(house.session, house.alice, Pat=WORDS[0], Quinn=WORDS[1])
    assert compose(news) == Skip("nothing late")


def test_appointments_and_documents_count_too(house, clock):
    clock.move_to(at(2, 8))
    appointment(house, house.alice, house.pat_episode, at(1, 9))
    write_document(house, kind="crisis", happened_at=at(1, 20))
    appointment(house, house.charlie, house.robin_episode, at(1, 9))  # whom nobody supervises
    clock.move_to(at(10, 9))
    late = note_clock.late_by_supervisor()
    # Monday the 2nd; the session of the 9th is not late yet.
    assert late == {house.bob.pk: 3}


def test_two_beats_at_once_tell_once(committed_house, clock):
    clock.move_to(at(6, 9))
    outcomes = together([note_clock.tell_supervisors] * 3)
    assert failures(outcomes) == [] and len(late_news()) == 1


def test_the_task_is_woken_by_beat(house, clock, settings):
    from clinical.tasks import tell_late_notes

    clock.move_to(at(6, 9))
    tell_late_notes()
    assert len(late_news()) == 1
    assert any(entry["task"] == "clinical.tell_late_notes" for entry in settings.CELERY_BEAT_SCHEDULE.values())


def test_an_admin_sees_that_it_was_sent_in_their_program_only(house, clock):
    from messaging.subjects import of_programs
    from tests.factories import make_program

    clock.move_to(at(6, 9))
    note_clock.tell_supervisors()
    assert of_programs(Delivery.objects.all(), [house.program.pk]).filter(kind="notes_late").exists()
    assert not of_programs(Delivery.objects.all(), [make_program().pk]).filter(kind="notes_late").exists()
