"""An alert that somebody took on and then wrote nothing about does not lie forgotten; pressing again reaches who has it."""

import datetime as dt
import zoneinfo

import pytest
from django.urls import reverse
from django.utils import timezone

from clinical.models import Level, RiskAlert
from clinical.services import risk, risk_quiet
from clinical.tests.test_risk import concern, steps, told
from core.tests.racing import together
from messaging.models import Delivery
from messaging.services.outbox import send_due

HOUR = dt.timedelta(hours=1)


def taken_on(house, level=Level.HIGH) -> RiskAlert:
    """One that Alice took on just now."""
    return risk.acknowledge(alert=concern(house, level), by=house.alice)


def test_a_high_one_is_told_of_after_an_hour_at_any_hour_to_who_has_it_and_supervisors(house, clock):
    clock.shift(dt.timedelta(hours=16))  # midnight
    alert = taken_on(house)
    clock.shift(HOUR - dt.timedelta(seconds=1))
    assert risk_quiet.tell_quiet() == 0
    clock.shift(dt.timedelta(seconds=1))
    assert risk_quiet.tell_quiet() == 1
    assert told(alert, risk_quiet.QUIET) == {"Alice", "Bob"}
    assert risk_quiet.tell_quiet() == 0  # once
    clock.shift(dt.timedelta(hours=36))
    assert risk_quiet.tell_quiet() == 1  # and again a day later, by day or night


def test_others_wait_four_hours_and_for_the_day(house, clock):
    local = timezone.now().astimezone(zoneinfo.ZoneInfo(house.program.zone))
    clock.shift(dt.timedelta(hours=(23 - local.hour) % 24))
    taken_on(house, Level.MODERATE)
    clock.shift(5 * HOUR)  # four in the morning
    assert risk_quiet.tell_quiet() == 0
    clock.shift(5 * HOUR)
    assert risk_quiet.tell_quiet() == 1


def test_a_step_quiets_it_for_a_day_and_closing_for_good(house, clock):
    alert = taken_on(house)
    clock.shift(HOUR / 2)
    risk.add_step(alert=alert, what="spoke", words="Called: at home, safe.", by=house.alice)
    clock.shift(2 * HOUR)
    assert risk_quiet.tell_quiet() == 0
    clock.shift(24 * HOUR)
    assert risk_quiet.tell_quiet() == 1
    risk.close_alert(alert=alert, disposition="continue", words="Assessed.", by=house.alice)
    send_due()
    assert set(Delivery.objects.filter(kind=risk_quiet.QUIET).values_list("state", "reason")) == {
        ("skipped", "alert closed")
    }
    clock.shift(48 * HOUR)
    assert risk_quiet.tell_quiet() == 0


def test_what_is_written_before_it_leaves_stops_the_message_and_else_it_names_nobody(house, clock, mailoutbox):
    alert = taken_on(house)
    clock.shift(HOUR)
    risk_quiet.tell_quiet()
    send_due()
    said = " ".join(f"{m.subject} {m.body}" for m in mailoutbox if m.to == [house.bob.email])
    assert "nothing more is written" in said
    for word in ("Pat", "Peerson", "risk", "giving up", "group", "IOP", house.program.name):
        assert word not in said
    clock.shift(25 * HOUR)
    risk_quiet.tell_quiet()
    risk.add_step(alert=alert, what="tried", words="No answer.", by=house.alice)
    send_due()
    newest = Delivery.objects.filter(kind=risk_quiet.QUIET).order_by("-variant").first()
    assert newest.reason == "written meanwhile"


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once(committed_house, clock):
    alert = taken_on(committed_house)
    clock.shift(HOUR)
    together([risk_quiet.tell_quiet] * 2)
    assert Delivery.objects.filter(kind=risk_quiet.QUIET, subject_id=alert.pk).count() == 2
    assert steps(alert).count("told") == 4


def test_pressed_again_after_it_was_taken_on_a_message_leaves(house, clock, mailoutbox):
    alert = risk.raise_own(patient=house.pat)
    risk.acknowledge(alert=alert, by=house.alice)
    send_due()
    assert not mailoutbox  # taken on before it was to leave
    clock.shift(dt.timedelta(minutes=6))
    risk.raise_own(patient=house.pat)
    send_due()
    assert {to for m in mailoutbox for to in m.to} == {house.alice.email, house.bob.email}


def test_who_called_first_and_took_it_on_afterwards_is_not_asked_in_an_hour(house, clock):
    alert = concern(house)
    risk.add_step(alert=alert, what="spoke", words="Called at once.", by=house.alice)
    clock.shift(dt.timedelta(minutes=5))
    risk.acknowledge(alert=alert, by=house.alice)
    clock.shift(2 * HOUR)
    assert risk_quiet.tell_quiet() == 0


def test_more_that_a_colleague_says_within_the_hour_is_told_too(house, clock, mailoutbox):
    """The page says that the clinician is told now: so they are, though the alert is the same one."""
    alert = concern(house)
    risk.acknowledge(alert=alert, by=house.alice)
    clock.shift(dt.timedelta(minutes=20))
    assert concern(house).pk == alert.pk
    send_due()
    assert {to for m in mailoutbox for to in m.to} == {house.alice.email, house.bob.email}


def test_both_pages_say_that_it_was_raised_again(house, clock, browse):
    alert = risk.raise_own(patient=house.pat)
    risk.acknowledge(alert=alert, by=house.alice)
    client, one = browse(house.alice), reverse("clinical:alert", args=[alert.uid])
    assert "again Mon" not in client.get(reverse("clinical:alerts")).content.decode()
    clock.shift(dt.timedelta(minutes=6))
    risk.raise_own(patient=house.pat)
    assert "again Mon" in client.get(reverse("clinical:alerts")).content.decode()
    assert "Raised again after that" in client.get(one).content.decode()
    clock.shift(dt.timedelta(minutes=1))
    risk.add_step(alert=alert, what="spoke", words="Called again.", by=house.alice)
    assert "Raised again after that" not in client.get(one).content.decode()


def test_beat_looks_for_quiet_alerts(settings):
    assert any(entry["task"] == "clinical.tell_quiet_alerts" for entry in settings.CELERY_BEAT_SCHEDULE.values())


def test_the_list_says_since_when_nothing_is_written(house, browse):
    alert = taken_on(house)
    page = browse(house.alice).get(reverse("clinical:alerts")).content.decode()
    assert "nothing written since" in page
    risk.add_step(alert=alert, what="spoke", words="Called.", by=house.alice)
    page = browse(house.alice).get(reverse("clinical:alerts")).content.decode()
    assert "nothing written since" not in page and "last step" in page
    assert (
        "Nothing is written yet"
        not in browse(house.alice).get(reverse("clinical:alert", args=[alert.uid])).content.decode()
    )
