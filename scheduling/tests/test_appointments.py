"""Single appointments: booked, moved, cancelled, and how they went."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.access import Role
from conftest import PACIFIC
from core.errors import Refusal
from core.tests.racing import failures, together
from messaging.models import Delivery
from messaging.services import send_due
from patients.models import CareTeamMember, Patient
from scheduling.models import Appointment, Booking, Closure, TimeOff
from scheduling.services import (
    book_appointment,
    cancel_appointment,
    end_episode,
    move_appointment,
    plan_reminders,
    record_outcome,
)
from tests.factories import make_patient, make_program, make_staff

TUESDAY_10 = dt.datetime(2026, 3, 3, 10, tzinfo=PACIFIC)
HOUR = dt.timedelta(hours=1)


def book(house, **fields) -> Appointment:
    """Alice and Pat, Tuesday at 10, 50 minutes, by the coordinator."""
    deed = {
        "kind": "individual",
        "provider": house.alice,
        "episode": house.pat_episode,
        "starts_at": TUESDAY_10,
        "minutes": 50,
        "by": house.coordinator,
    }
    return book_appointment(**{**deed, **fields})


def code_of(deed, **kwargs) -> str:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    return caught.value.code


def news(kind: str) -> set[int]:
    return set(Delivery.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def test_both_are_booked_and_told(house):
    appointment = book(house)
    live = Booking.objects.live().filter(appointment=appointment)
    assert {(b.part, b.user_id, b.patient_id, b.episode_id) for b in live} == {
        ("lead", house.alice.pk, None, None),
        ("client", None, house.pat.pk, house.pat_episode.pk),
    }
    assert {(b.starts_at, b.ends_at) for b in live} == {(TUESDAY_10, TUESDAY_10 + dt.timedelta(minutes=50))}
    assert (appointment.zone, appointment.booked_by) == ("America/Los_Angeles", house.coordinator)
    assert news("appointment_booked") == {house.alice.pk, house.pat.user_id}


def test_who_books_is_not_told(house):
    book(house, by=house.alice)
    assert news("appointment_booked") == {house.pat.user_id}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"minutes": 30}, "appointment_length"),
        ({"minutes": 61}, "appointment_length"),
        ({"kind": "coaching", "minutes": 10}, "appointment_length"),
        ({"starts_at": TUESDAY_10 - 2 * HOUR * 24}, "in_the_past"),
        ({"provider": "coordinator"}, "not_a_provider"),
        ({"provider": "billing", "kind": "coaching", "minutes": 30}, "not_a_provider"),
        ({"provider": "stranger"}, "not_a_provider"),
    ],
)
def test_what_is_refused(house, change, code):
    people = {
        "coordinator": house.coordinator,
        "billing": house.billing,
        "stranger": make_staff(make_program("Elsewhere")),
    }
    change = {key: people.get(value, value) if key == "provider" else value for key, value in change.items()}
    assert code_of(book, house=house, **change) == code
    assert not Appointment.objects.exists() and not news("appointment_booked")


@pytest.mark.parametrize("kind", ["coaching", "case_management"])
def test_a_coordinator_coaches_and_manages_the_case(house, kind):
    assert book(house, kind=kind, provider=house.coordinator, minutes=30).pk


def test_not_after_the_stay_nor_on_a_closed_day_nor_while_away(house):
    end_episode(episode=house.quinn_episode, ended_on=dt.date(2026, 3, 3), reason="Completed")
    assert code_of(book, house=house, episode=house.quinn_episode) == "episode_closed"
    closure = Closure.objects.create(
        program=house.program,
        starts_on=dt.date(2026, 3, 3),
        last_on=dt.date(2026, 3, 3),
        reason="Staff day",
        created_by=house.admin,
        with_appointments=False,
    )
    book(house)
    closure.with_appointments = True
    closure.save()
    assert code_of(book, house=house, starts_at=TUESDAY_10 + 2 * HOUR) == "closed"
    day = 24 * HOUR
    TimeOff.objects.create(
        user=house.alice, starts_at=TUESDAY_10 + day, ends_at=TUESDAY_10 + day + HOUR, created_by=house.alice
    )
    assert code_of(book, house=house, starts_at=TUESDAY_10 + day + HOUR / 2) == "away"
    assert book(house, starts_at=TUESDAY_10 + day + HOUR).pk


def test_nobody_is_in_two_places_and_the_other_thing_is_named_to_who_may_see_it(house):
    nine = house.session.starts_at
    for by, words in ((house.coordinator, "“Monday process”"), (house.charlie, "something else")):
        with pytest.raises(Refusal) as caught:
            book(house, starts_at=nine + HOUR, by=by)
        assert caught.value.code == "elsewhere" and words in caught.value.message
        assert "Alice Clinician" in caught.value.message
    other = make_staff(house.program, first="Dana")
    with pytest.raises(Refusal) as caught:
        book(house, starts_at=nine + HOUR, provider=other)
    assert "Pat Peerson" in caught.value.message
    book(house)
    with pytest.raises(Refusal) as caught:
        book(house, provider=other, starts_at=TUESDAY_10 + HOUR / 2, by=house.alice)
    assert "an appointment (individual session)" in caught.value.message
    assert Appointment.objects.count() == 1 and Booking.objects.filter(appointment__isnull=False).count() == 2


def test_two_at_once_book_one(committed_house):
    house = committed_house
    outcomes = together([lambda: book(house), lambda: book(house, episode=house.quinn_episode)])
    assert [e.code for e in failures(outcomes)] == ["elsewhere"]
    assert Appointment.objects.count() == 1


# --- who may see whom


def sees(user, patient) -> bool:
    return Patient.objects.visible_to(user).filter(pk=patient.pk).exists()


def test_the_provider_and_their_supervisor_see_the_patient_until_the_notes_are_done(house, clock):
    house.charlie.staff_profile.supervisor = supervisor = make_staff(house.program, Role.SUPERVISOR)
    house.charlie.staff_profile.save()
    assert not sees(house.charlie, house.pat)
    book(house, provider=house.charlie)
    assert sees(house.charlie, house.pat) and sees(supervisor, house.pat)
    clock.move_to(TUESDAY_10 + 6 * 24 * HOUR)
    assert sees(house.charlie, house.pat)
    clock.move_to(TUESDAY_10 + 9 * 24 * HOUR)
    assert not sees(house.charlie, house.pat) and not sees(supervisor, house.pat)


def test_a_move_moves_the_window_and_a_cancellation_closes_it(house, clock):
    appointment = book(house, provider=house.charlie)
    move_appointment(appointment=appointment, starts_at=TUESDAY_10 + 14 * 24 * HOUR, by=house.coordinator)
    clock.move_to(TUESDAY_10 + 15 * 24 * HOUR - HOUR * 12)
    assert sees(house.charlie, house.pat)
    assert CareTeamMember.objects.filter(user=house.charlie, patient=house.pat).count() == 1
    appointment = book(house, provider=house.charlie, episode=house.quinn_episode, starts_at=timezone.now() + 24 * HOUR)
    assert sees(house.charlie, house.quinn)
    cancel_appointment(appointment=appointment, reason="Ill", by=house.coordinator)
    assert not sees(house.charlie, house.quinn)


# --- moved and cancelled


def test_moved(house):
    appointment = book(house)
    plan_reminders()
    moved = move_appointment(appointment=appointment, starts_at=TUESDAY_10 + 2 * HOUR, minutes=60, by=house.alice)
    assert (moved.moved_from, moved.changes, moved.minutes, moved.by_hand) == (TUESDAY_10, 1, 60, True)
    live = Booking.objects.live().filter(appointment=moved)
    assert {(b.starts_at, b.ends_at) for b in live} == {(TUESDAY_10 + 2 * HOUR, TUESDAY_10 + 3 * HOUR)}
    assert news("appointment_moved") == {house.pat.user_id}
    reminders = Delivery.objects.filter(kind="appointment_reminder", recipient=house.pat.user)
    assert reminders and all(r.due_at == moved.starts_at - dt.timedelta(minutes=r.variant) for r in reminders)
    again = move_appointment(appointment=moved, starts_at=moved.starts_at, by=house.alice)
    assert again.changes == 1


def test_what_a_move_is_refused_for(house, clock):
    appointment = book(house)
    deed = {"appointment": appointment, "by": house.coordinator}
    assert code_of(move_appointment, starts_at=house.session.starts_at + 7 * 24 * HOUR, **deed) == "elsewhere"
    assert code_of(move_appointment, starts_at=timezone.now() - HOUR, **deed) == "in_the_past"
    assert code_of(move_appointment, starts_at=TUESDAY_10, minutes=90, **deed) == "appointment_length"
    appointment.refresh_from_db()
    assert (appointment.starts_at, appointment.changes) == (TUESDAY_10, 0)
    clock.move_to(TUESDAY_10)
    assert code_of(move_appointment, starts_at=TUESDAY_10 + HOUR, **deed) == "has_begun"
    assert code_of(cancel_appointment, reason="x", **deed) == "has_begun"


def test_cancelled(house):
    appointment = book(house)
    deed = {"appointment": appointment, "by": house.alice}
    assert code_of(cancel_appointment, reason=" ", **deed) == "no_reason"
    cancelled = cancel_appointment(reason="Alice is ill", **deed)
    assert (cancelled.status, cancelled.reason, cancelled.changes) == ("cancelled", "Alice is ill", 1)
    assert not Booking.objects.live().filter(appointment=appointment).exists()
    assert news("appointment_cancelled") == {house.pat.user_id}
    assert code_of(cancel_appointment, reason="again", **deed) == "already_cancelled"
    assert book(house).pk, "the time is free again"


# --- how it went


def test_held_missed_excused_and_corrected(house, clock):
    appointment = book(house)
    deed = {"appointment": appointment, "by": house.alice}
    assert code_of(record_outcome, outcome="held", minutes=50, **deed) == "not_begun"
    clock.move_to(TUESDAY_10 + HOUR)
    for minutes in (None, 0, 51):
        assert code_of(record_outcome, outcome="held", minutes=minutes, **deed) == "attended_minutes"
    assert code_of(record_outcome, outcome="", **deed) == "outcome"
    for stranger in (house.charlie, house.coordinator):
        assert code_of(record_outcome, appointment=appointment, outcome="missed", by=stranger) == "not_yours"
    record_outcome(outcome="missed", **deed)
    held = record_outcome(appointment=appointment, outcome="held", minutes=45, by=house.bob)
    assert (held.outcome, held.attended_minutes, held.recorded_by) == ("held", 45, house.bob)
    excused = record_outcome(outcome="excused", minutes=45, **deed)
    assert (excused.outcome, excused.attended_minutes) == ("excused", None)


# --- the stay ends


def test_the_end_of_a_stay_cancels_what_comes_after_and_tells_both(house):
    before, after = book(house), book(house, starts_at=TUESDAY_10 + 24 * HOUR)
    end_episode(episode=house.pat_episode, ended_on=dt.date(2026, 3, 4), reason="Completed", by=house.coordinator)
    before.refresh_from_db()
    after.refresh_from_db()
    assert not before.is_cancelled and after.is_cancelled and after.reason == "Completed"
    assert [b.appointment for b in Booking.objects.live().filter(patient=house.pat, appointment__isnull=False)] == [
        before
    ]
    told = Delivery.objects.filter(kind="appointment_cancelled")
    assert {(d.subject_id, d.recipient_id, d.variant) for d in told} == {
        (after.pk, house.alice.pk, 1),
        (after.pk, house.pat.user_id, 1),
    }


def test_words_are_neutral_and_in_each_ones_zone(house, mail):
    house.pat.user.zone = "America/New_York"
    house.pat.user.save()
    appointment = book(house)
    move_appointment(appointment=appointment, starts_at=TUESDAY_10 + HOUR, by=house.coordinator)
    cancelled = book(house, starts_at=TUESDAY_10 + 3 * HOUR)
    cancel_appointment(appointment=cancelled, reason="Alice is ill", by=house.coordinator)
    send_due()
    texts = [f"{m['Subject']} {m.get_content()}" for m in mail.of(house.pat.user)]
    assert len(texts) == 3
    for words in ("is booked for you on Tuesday, March 3, 2:00 PM EST", "has a new time", "4:00 PM EST is cancelled"):
        assert any(words in text for text in texts), words
    assert any("11:00 AM PST" in m.get_content() for m in mail.of(house.alice))
    for text in texts:
        for word in ("ndividual", "Peerson", "Alice", "ill", house.program.name):
            assert word not in text.replace("will", "")


def test_another_patients_episode_can_not_be_mixed_in(house):
    other = make_patient(house.program, house.alice, "Uma")
    appointment = book(house)
    with pytest.raises(IntegrityError, match="of_its_episode"), transaction.atomic():
        Appointment.objects.filter(pk=appointment.pk).update(episode=other)
        connection.check_constraints()
