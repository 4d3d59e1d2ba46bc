"""Slots, sessions, bookings, episodes, seats and facilitators in the administration site."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.access import Role
from accounts.services import give_role
from accounts.tests.admin_site import build_next_door, errors, page, queries, readings, rows, save, signed_in, words
from groups.models import Facilitator, Membership
from patients.models import Episode, Patient
from scheduling.models import Booking, Session, Slot
from scheduling.services import create_slot, seat_member
from tests.factories import make_group, make_patient, make_staff


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


@pytest.fixture
def ada(house):
    """The program admin's browser."""
    return signed_in(house.admin)


# --- episodes


def test_another_primary_clinician_takes_the_care_team_along(house, ada):
    save(
        ada, page(Episode, "change", house.pat_episode.pk), primary_clinician=house.charlie.pk, weekly_goal_minutes=600
    )
    house.pat_episode.refresh_from_db()
    assert (house.pat_episode.primary_clinician, house.pat_episode.weekly_goal_minutes) == (house.charlie, 600)
    assert Patient.objects.visible_to(house.charlie).filter(pk=house.pat.pk).exists()
    source = f"primary:{house.pat_episode.pk}"
    assert not house.pat.care_team.filter(source=source, user=house.alice, ends_at=None).exists()


def test_only_clinicians_of_ours_can_be_primary(house, ada):
    build_next_door()
    form = ada.get(page(Episode, "change", house.pat_episode.pk)).context["adminform"].form
    assert set(form.fields["primary_clinician"].queryset) == {house.alice, house.bob, house.charlie}


def test_a_clinician_of_another_of_ones_programs_is_refused_and_the_goal_stays(house, ada):
    other = build_next_door()
    give_role(user=house.admin, program=other.program, role=Role.PROGRAM_ADMIN)
    both = signed_in(house.admin)
    answer = save(
        both, page(Episode, "change", house.pat_episode.pk), primary_clinician=other.dora.pk, weekly_goal_minutes=700
    )
    assert errors(answer) == {"primary_clinician": ["Dora Distant is not a clinician of this program."]}
    assert answer.context["adminform"].form["weekly_goal_minutes"].value() == "700"
    assert Episode.objects.get(pk=house.pat_episode.pk).weekly_goal_minutes == 540


def new_stay(house, **changed):
    today = timezone.localdate()
    return {
        "patient": house.pat.pk,
        "program": house.program.pk,
        "level_of_care": "2.1",
        "weekly_goal_minutes": 540,
        "started_on": today,
        "primary_clinician": house.alice.pk,
        **changed,
    }


def test_somebody_comes_back(house, ada):
    Episode.objects.filter(pk=house.pat_episode.pk).update(ended_on=timezone.localdate())
    ada.post(page(Episode, "add"), new_stay(house))
    stay = house.pat.episodes.get(ended_on=None)
    assert house.pat.care_team.filter(source=f"primary:{stay.pk}", user=house.alice).exists()


def test_two_stays_at_a_time_are_refused(house, ada):
    answer = ada.post(page(Episode, "add"), new_stay(house))
    assert errors(answer) == {"started_on": ["This person is already admitted to this program at that time."]}


def test_a_goal_out_of_bounds_is_a_sentence(house, ada):
    answer = save(ada, page(Episode, "change", house.pat_episode.pk), weekly_goal_minutes=9)
    found = errors(answer)
    assert set(found) == {"weekly_goal_minutes"} and "violated" not in str(found)


def test_a_stay_ends_with_everything_that_was_planned(house, ada):
    address, tomorrow = page(Episode, "change", house.pat_episode.pk), timezone.localdate() + dt.timedelta(days=1)
    answer = save(ada, address, ended_reason="Completed")
    assert errors(answer) == {"ended_on": ["Say from which day on."]}
    assert errors(save(ada, address, ended_on=tomorrow)) == {"ended_reason": ["Say why it ends."]}
    save(ada, address, ended_on=tomorrow, ended_reason="Completed")
    stay = Episode.objects.get(pk=house.pat_episode.pk)
    assert (stay.ended_on, stay.ended_reason) == (tomorrow, "Completed")
    assert stay.memberships.get().left_on == tomorrow
    assert ada.post(address, {"ended_on": ""}).status_code == 403


# --- seats


def seat(house, episode, **changed):
    return {"group": house.group.pk, "episode": episode.pk, "joined_on": timezone.localdate(), **changed}


def test_a_seat_comes_with_its_bookings_and_care_team(house, ada):
    episode = make_patient(house.program, house.charlie, "Nora")
    save(ada, page(Membership, "add"), **seat(house, episode))
    membership = Membership.objects.get(patient=episode.patient)
    assert membership.bookings.count() == Session.objects.filter(group=house.group).count() > 0
    assert Patient.objects.visible_to(house.alice).filter(pk=episode.patient_id).exists()


def test_the_last_seat_is_refused_in_a_sentence_and_nothing_typed_is_lost(house, ada):
    for _number in range(3):
        seat_member(group=house.group, episode=make_patient(house.program, house.alice), joined_on=timezone.localdate())
    episode = make_patient(house.program, house.alice, "Late", "Comer")
    answer = save(ada, page(Membership, "add"), **seat(house, episode))
    assert errors(answer) == {
        "episode": ["All 5 seats of this group are taken. You can put Late Comer on the wait-list."]
    }
    form = answer.context["adminform"].form
    assert (form["group"].value(), form["episode"].value()) == (str(house.group.pk), str(episode.pk))
    assert not Membership.objects.filter(patient=episode.patient).exists()


def test_a_clash_rolls_everything_back(house, ada):
    """The service writes the membership before it finds the clash; none of it stays."""
    group = make_group(house.program, make_staff(house.program), name="At the same time")
    create_slot(group=group, weekday=0, starts_at=dt.time(9, 30), minutes=60)
    answer = save(ada, page(Membership, "add"), **seat(house, house.pat_episode, group=group.pk))
    assert list(errors(answer)) == ["episode"] and "Nobody can be in two places at once." in words(answer)
    assert not group.memberships.exists()


def test_a_stay_next_door_cannot_be_seated(house, ada):
    other = build_next_door()
    answer = save(ada, page(Membership, "add"), **seat(house, other.episode))
    assert set(errors(answer)) == {"episode"} and "Zimmer" not in words(answer)


def test_a_membership_ends_with_a_reason(house, ada):
    membership = house.group.memberships.get(patient=house.pat)
    address, today = page(Membership, "change", membership.pk), timezone.localdate()
    assert set(errors(save(ada, address))) == {"left_on"}
    assert errors(save(ada, address, left_on=today)) == {"left_reason": ["Say why they leave."]}
    answer = save(ada, address, left_on=today - dt.timedelta(days=3), left_reason="Moved away")
    assert errors(answer) == {"left_on": ["That is before they joined."]}
    assert "Moved away" in answer.content.decode()
    save(ada, address, left_on=today + dt.timedelta(days=1), left_reason="Moved away")
    membership.refresh_from_db()
    assert membership.left_reason == "Moved away"
    assert not Booking.objects.live().filter(patient=house.pat, starts_at__gt=timezone.now() + dt.timedelta(days=2))
    assert ada.post(address, {"left_on": today, "left_reason": "Never mind"}).status_code == 403


# --- facilitators


def test_a_new_lead_takes_over(house, ada):
    sent = {"group": house.group.pk, "user": house.charlie.pk, "part": "lead", "joined_on": timezone.localdate()}
    save(ada, page(Facilitator, "add"), **sent)
    now = house.group.facilitators.get(left_on=None)
    assert (now.user, now.part) == (house.charlie, "lead")
    answer = save(ada, page(Facilitator, "add"), **{**sent, "part": "co"})
    assert errors(answer) == {"user": ["Charlie Stranger already has a part in this group."]}


def test_only_clinicians_of_ours_are_offered(house, ada):
    build_next_door()
    form = ada.get(page(Facilitator, "add")).context["adminform"].form
    assert set(form.fields["user"].queryset) == {house.alice, house.bob, house.charlie}
    assert set(form.fields["group"].queryset) == {house.group, house.other_group}


# --- slots


def weekly(house, **changed):
    sent = {"group": house.group.pk, "weekday": 2, "starts_at": "10:00", "zone": "America/Los_Angeles", "minutes": 90}
    return {**sent, "break_minutes": 15, "topic": "", "starts_on": timezone.localdate(), **changed}


def test_a_slot_comes_with_its_sessions(house, ada):
    save(ada, page(Slot, "add"), **weekly(house))
    slot = Slot.objects.get(group=house.group, weekday=2)
    assert slot.sessions.count() == 8
    assert ada.post(page(Slot, "change", slot.pk), weekly(house, minutes=30)).status_code == 403


def test_what_is_wrong_with_a_slot_is_said(house, ada):
    answer = save(ada, page(Slot, "add"), **weekly(house, weekday=0, starts_at="9:30"))
    assert list(errors(answer)) == ["starts_at"] and "already meets then" in words(answer)
    answer = save(ada, page(Slot, "add"), **weekly(house, minutes=30, break_minutes=30))
    assert errors(answer) == {"break_minutes": ["The break must be shorter than the session."]}
    assert set(errors(save(ada, page(Slot, "add"), **weekly(house, minutes=5)))) == {"minutes"}


# --- only shown


@pytest.mark.parametrize("model", [Session, Booking])
def test_sessions_and_bookings_are_only_shown(house, ada, model):
    row = model.objects.first()
    assert ada.get(page(model, "add")).status_code == 403
    assert ada.get(page(model, "change", row.pk)).status_code == 200
    assert ada.post(page(model, "change", row.pk), {"topic": "x"}).status_code == 403


def test_a_booking_is_put_on_the_record_when_it_is_a_patients(house, ada):
    ada.get(page(Booking, "change", Booking.objects.filter(user=house.alice).first().pk))
    assert readings(house.admin) == []
    ada.get(page(Booking, "change", Booking.objects.filter(patient=house.pat).first().pk))
    assert [found[0] for found in readings(house.admin)] == [house.pat.pk]


def test_the_schedule_next_door_is_out_of_sight(house):
    otto = signed_in(build_next_door().otto)
    for model in (Slot, Session, Booking, Membership):
        assert rows(otto.get(page(model))) == []
        assert otto.get(page(model, "change", model.objects.first().pk)).status_code == 302


# --- lists cost the same, however long


def more(house, count):
    for number in range(count):
        group = make_group(house.program, make_staff(house.program))
        create_slot(group=group, weekday=number % 7, starts_at=dt.time(17), minutes=60)
        episode = make_patient(house.program, house.alice)
        seat_member(group=group, episode=episode, joined_on=timezone.localdate())


@pytest.mark.parametrize(
    ("model", "cost"), [(Episode, 8), (Facilitator, 7), (Membership, 8), (Slot, 7), (Session, 9), (Booking, 9)]
)
def test_a_list_costs_the_same_for_one_group_more_and_five_more(house, ada, model, cost):
    more(house, 1)
    assert queries(ada, page(model)) == cost
    more(house, 4)
    assert queries(ada, page(model)) == cost
