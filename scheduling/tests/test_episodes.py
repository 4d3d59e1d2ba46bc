"""Leaving the program ends what was planned, and nothing of what was."""

import datetime as dt

import pytest
from django.utils import timezone

from core.errors import Refusal
from groups.models import Group, Membership, WaitlistEntry
from patients.models import Patient
from scheduling.models import Booking
from scheduling.services import end_episode


def test_a_stay_ends_with_its_groups_and_seats(house, clock):
    held = house.session
    clock.shift(dt.timedelta(days=1))
    Group.objects.filter(pk=house.other_group.pk).update(capacity=5)
    today = timezone.localdate()
    quinns = Booking.objects.live().filter(patient=house.quinn).count()
    end_episode(episode=house.pat_episode, ended_on=today, reason="Completed")
    house.pat_episode.refresh_from_db()
    assert (house.pat_episode.ended_on, house.pat_episode.ended_reason) == (today, "Completed")
    assert Membership.objects.get(patient=house.pat).left_on == today
    live = Booking.objects.live().filter(patient=house.pat)
    assert [b.session_id for b in live] == [held.pk]
    assert Booking.objects.live().filter(patient=house.quinn).count() == quinns


def test_the_care_team_may_finish_and_then_no_longer_see(house, clock):
    end_episode(episode=house.pat_episode, ended_on=timezone.localdate(), reason="Moved away")
    for user in (house.alice, house.bob):
        assert Patient.objects.visible_to(user).filter(pk=house.pat.pk).exists()
    clock.shift(dt.timedelta(days=8))
    for user in (house.alice, house.bob):
        assert not Patient.objects.visible_to(user).filter(pk=house.pat.pk).exists()


def test_waiting_ends_too(house):
    Group.objects.filter(pk=house.other_group.pk).update(capacity=5)
    entry = WaitlistEntry.objects.create(group=house.other_group, patient=house.pat, episode=house.pat_episode)
    end_episode(episode=house.pat_episode, ended_on=timezone.localdate(), reason="Completed")
    entry.refresh_from_db()
    assert entry.outcome == WaitlistEntry.Outcome.WITHDRAWN


@pytest.mark.parametrize(("days", "reason", "code"), [(-8, "Completed", "ended_before_started"), (0, " ", "no_reason")])
def test_what_is_refused(house, days, reason, code):
    with pytest.raises(Refusal) as refused:
        end_episode(episode=house.pat_episode, ended_on=timezone.localdate() + dt.timedelta(days=days), reason=reason)
    assert refused.value.code == code
    assert Membership.objects.get(patient=house.pat).left_on is None


def test_it_ends_once(house):
    end_episode(episode=house.pat_episode, ended_on=timezone.localdate(), reason="Completed")
    with pytest.raises(Refusal) as refused:
        end_episode(episode=house.pat_episode, ended_on=timezone.localdate(), reason="Completed")
    assert refused.value.code == "already_ended"
