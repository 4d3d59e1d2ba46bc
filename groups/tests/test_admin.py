"""Groups and their wait-lists in the administration site."""

import pytest
from django.utils import timezone

from accounts.models import StaffProfile
from accounts.tests.admin_site import build_next_door, errors, page, queries, readings, rows, save, signed_in, words
from groups.models import Group, Qualification, WaitlistEntry
from groups.services import join_waitlist, qualify
from scheduling.services import seat_member
from tests.factories import make_group, make_patient, make_staff

NEW = {"name": "Tuesday skills", "kind": "skills", "capacity": 8}


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


@pytest.fixture
def ada(house):
    """The program admin's browser."""
    return signed_in(house.admin)


def fill(house):
    """Fill the group's last three seats."""
    for number in range(3):
        episode = make_patient(house.program, house.alice, f"Full{number}")
        seat_member(group=house.group, episode=episode, joined_on=timezone.localdate())


def test_a_group_is_made(house, ada):
    save(ada, page(Group, "add"), **NEW, program=house.program.pk, meeting_url="meet.example.org/skills")
    group = Group.objects.get(name="Tuesday skills")
    assert (group.program, group.kind, group.capacity) == (house.program, "skills", 8)
    assert group.meeting_url == "https://meet.example.org/skills"


def test_what_is_wrong_with_a_group_is_said_and_nothing_typed_is_lost(house, ada):
    answer = save(ada, page(Group, "add"), **{**NEW, "capacity": 40}, program=house.program.pk)
    assert set(errors(answer)) == {"capacity"}
    assert 'value="Tuesday skills"' in answer.content.decode()
    answer = save(ada, page(Group, "add"), **{**NEW, "name": house.group.name}, program=house.program.pk)
    assert errors(answer) == {"name": ["This program already has a group of that name."]}
    assert not Group.objects.filter(name="Tuesday skills").exists()


def test_a_name_taken_in_the_same_moment_is_a_sentence(house, ada, monkeypatch):
    """The form's own look finds nothing; the service, or the database, has the last word."""
    monkeypatch.setattr(Group, "validate_constraints", lambda self, exclude=None: None)
    answer = save(ada, page(Group, "add"), **{**NEW, "name": house.group.name}, program=house.program.pk)
    assert errors(answer) == {"name": ["This program already has a group of that name."]}
    answer = save(ada, page(Group, "change", house.other_group.pk), name=house.group.name)
    assert errors(answer) == {"name": ["This program already has a group of that name."]}


def test_a_group_next_door_is_out_of_reach(house, ada):
    other = build_next_door()
    assert set(rows(ada.get(page(Group)))) == {house.group, house.other_group}
    assert ada.get(page(Group, "change", other.group.pk)).status_code == 302
    answer = save(ada, page(Group, "add"), **NEW, program=other.program.pk)
    assert set(errors(answer)) == {"program"}
    assert "Evening" not in words(answer)


def test_a_group_shows_its_people_and_puts_them_on_the_record(house, ada):
    fill(house)
    waiting = make_patient(house.program, house.alice, "Wanda")
    join_waitlist(group=house.group, episode=waiting)
    answer = words(ada.get(page(Group, "change", house.group.pk)))
    assert all(name in answer for name in ("Alice Clinician", "Pat Peerson", "Full2", "Wanda"))
    read = {found[0] for found in readings(house.admin)}
    assert read == {*house.group.memberships.values_list("patient", flat=True), waiting.patient_id}


def test_a_groups_words_are_changed_and_its_program_is_not(house, ada):
    other = build_next_door()
    save(ada, page(Group, "change", house.group.pk), topic="Triggers", program=other.program.pk)
    house.group.refresh_from_db()
    assert (house.group.topic, house.group.program) == ("Triggers", house.program)


def test_the_wait_list(house, ada):
    waiting = make_patient(house.program, house.alice, "Wanda")
    address = page(WaitlistEntry, "add")
    answer = save(ada, address, group=house.group.pk, episode=waiting.pk)
    assert errors(answer) == {"episode": ["There is a free seat; they can join now."]}
    fill(house)
    save(ada, address, group=house.group.pk, episode=waiting.pk)
    entry = WaitlistEntry.objects.get(patient=waiting.patient)
    sent = {"action": "withdraw", "_selected_action": [entry.pk]}
    ada.post(page(WaitlistEntry), sent)
    entry.refresh_from_db()
    assert entry.outcome == WaitlistEntry.Outcome.WITHDRAWN


def test_the_wait_list_next_door_cannot_be_withdrawn_from(house):
    fill(house)
    entry = join_waitlist(group=house.group, episode=make_patient(house.program, house.alice, "Wanda"))
    otto = signed_in(build_next_door().otto)
    otto.post(page(WaitlistEntry), {"action": "withdraw", "_selected_action": [entry.pk]})
    entry.refresh_from_db()
    assert entry.ended_at is None


def test_qualifications_are_given_and_taken_away(house, ada):
    """Nothing else is deleted here; this one was a judgement, and its history stays."""
    assert rows(ada.get(page(Qualification)))  # of those who lead
    save(ada, page(Qualification, "add"), user=house.charlie.pk, kind="process")
    given = Qualification.objects.get(user=house.charlie, kind="process")
    again = save(ada, page(Qualification, "add"), user=house.charlie.pk, kind="process")
    assert "qualified for this kind of group already" in str(errors(again))
    assert "Process, Skills" in words(ada.get(page(StaffProfile, "change", house.charlie.staff_profile.pk)))
    ada.post(page(Qualification), {"action": "take_away", "_selected_action": [given.pk]})
    assert not Qualification.objects.filter(pk=given.pk).exists()


def test_qualifications_next_door_are_out_of_reach(house):
    otto = signed_in(build_next_door().otto)
    given = Qualification.objects.get(user=house.alice)
    assert str(house.alice) not in words(otto.get(page(Qualification)))
    otto.post(page(Qualification), {"action": "take_away", "_selected_action": [given.pk]})
    assert Qualification.objects.filter(pk=given.pk).exists()


def more(house, count):
    fill(house) if not house.group.memberships.filter(patient__legal_first_name="Full0").exists() else None
    for _number in range(count):
        make_group(house.program)
        join_waitlist(group=house.group, episode=make_patient(house.program, house.alice))
        qualify(user=make_staff(house.program), kinds=["skills"])


@pytest.mark.parametrize(("model", "cost"), [(Group, 7), (WaitlistEntry, 8), (Qualification, 6)])
def test_a_list_costs_the_same_for_one_row_more_and_five_more(house, ada, model, cost):
    more(house, 1)
    assert queries(ada, page(model)) == cost
    more(house, 4)
    assert queries(ada, page(model)) == cost
