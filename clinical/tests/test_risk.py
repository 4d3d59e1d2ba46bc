"""Risk alerts: raised with what raised them, told at once, escalated on time, closed with a disposition, and nothing else."""

import datetime as dt
import threading

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import Role
from clinical.models import FollowUp, Level, MeasureResponse, OnCallShift, RiskAlert, RiskStep
from clinical.services import measures, risk
from core.errors import Refusal
from core.tests.racing import together
from messaging.models import Delivery
from messaging.services.outbox import send_due
from patients.models import CareTeamMember, Patient
from tests.factories import make_staff

MINUTES_15, HOURS_2 = dt.timedelta(minutes=15), dt.timedelta(hours=2)


def told(alert: RiskAlert, kind: str = risk.RAISED) -> set[str]:
    """First names of whom a message was planned for."""
    rows = Delivery.objects.filter(kind=kind, subject_id=alert.pk)
    return set(rows.values_list("recipient__first_name", flat=True))


def steps(alert: RiskAlert) -> list[str]:
    return list(alert.steps.values_list("what", flat=True))


def concern(house, level=Level.HIGH, by=None) -> RiskAlert:
    return risk.raise_concern(patient=house.pat, level=level, words="Spoke of giving up.", by=by or house.coordinator)


def answer_phq9(house, **answers) -> measures.Answered:
    given = {str(n): 0 for n in range(1, 10)} | {key.removeprefix("q"): value for key, value in answers.items()}
    return measures.record_response(
        measure="phq9",
        answers=given,
        mode=MeasureResponse.Mode.SELF,
        by=house.pat.user,
        episode=house.pat_episode,
    )


# --- raising


@pytest.mark.parametrize(("value", "level", "within"), [(1, Level.MODERATE, HOURS_2), (3, Level.HIGH, MINUTES_15)])
def test_item_nine_raises_an_alert_whatever_the_total(house, value, level, within):
    alert = answer_phq9(house, q9=value).alert
    assert (alert.level, alert.trigger, alert.source) == (level, "phq9:9", "measure")
    assert alert.acknowledge_by - alert.raised_at == within
    assert told(alert) == {"Alice", "Bob"}  # nobody is on call, so the program's supervisor
    assert steps(alert) == ["raised", "told", "told"]


def test_no_alert_without_reason(house):
    assert answer_phq9(house, q1=3, q2=3).alert is None
    assert not RiskAlert.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_alert_answers_and_messages_are_one_transaction(committed_house, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(risk, "tell_of", broken)
    with pytest.raises(RuntimeError):
        answer_phq9(committed_house, q9=2)
    assert not RiskAlert.objects.exists() and not MeasureResponse.objects.exists() and not RiskStep.objects.exists()


def test_whoever_is_on_call_is_told_and_may_see_the_person_until_it_is_over(house, clock):
    now = timezone.now()
    OnCallShift.objects.create(
        program=house.program, user=house.charlie, starts_at=now - HOURS_2, ends_at=now + dt.timedelta(hours=12)
    )
    assert not Patient.objects.visible_to(house.charlie).filter(pk=house.pat.pk).exists()
    alert = concern(house)
    assert told(alert) == {"Alice", "Charlie"}
    assert Patient.objects.visible_to(house.charlie).filter(pk=house.pat.pk).exists()
    place = CareTeamMember.objects.get(source=f"risk:{alert.pk}")
    assert (place.user, place.part) == (house.charlie, "on_call")
    risk.acknowledge(alert=alert, by=house.charlie)
    risk.close_alert(alert=alert, disposition="continue", words="Assessed, plan made.", by=house.charlie)
    clock.shift(dt.timedelta(hours=71))
    assert Patient.objects.visible_to(house.charlie).filter(pk=house.pat.pk).exists()
    clock.shift(dt.timedelta(hours=2))
    assert not Patient.objects.visible_to(house.charlie).filter(pk=house.pat.pk).exists()


def test_the_same_alert_within_the_hour_is_joined_and_made_graver(house, clock):
    first = answer_phq9(house, q9=1).alert
    clock.shift(dt.timedelta(minutes=20))
    again = answer_phq9(house, q9=3).alert
    assert again.pk == first.pk and again.level == Level.HIGH
    assert again.acknowledge_by == timezone.now() + MINUTES_15
    assert steps(again).count("told") == 4  # both once more
    clock.shift(dt.timedelta(hours=2))
    assert answer_phq9(house, q9=1).alert.pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_alert(committed_house):
    together([lambda: risk.raise_own(patient=committed_house.pat)] * 2)
    assert RiskAlert.objects.count() == 1


def test_a_message_goes_out_at_night_and_past_an_opt_out_and_names_nobody(house, clock, mailoutbox):
    from messaging.models import Preference

    Preference.objects.create(user=house.alice, muted=["reminder", "change", "offer"], channels=["email"])
    clock.shift(dt.timedelta(hours=18))  # 2 in the morning
    concern(house)
    send_due()
    mine = next(m for m in mailoutbox if m.to == [house.alice.email])
    said = f"{mine.subject} {mine.body}"
    assert "sign in" in said
    for word in ("Pat", "Peerson", "risk", "suicid", "giving up", "group", "recovery", "IOP", house.program.name):
        assert word not in said


# --- escalating


def test_it_escalates_when_nobody_takes_it_on(house, clock):
    alert = concern(house)
    clock.shift(dt.timedelta(minutes=14))
    assert risk.escalate_due() == 0
    clock.shift(dt.timedelta(minutes=1))
    assert risk.escalate_due() == 1 and risk.escalate_due() == 0
    assert told(alert, risk.ESCALATED) == {"Alice", "Bob"}
    clock.shift(MINUTES_15)
    assert risk.escalate_due() == 1
    alert.refresh_from_db()
    assert alert.escalations == 2 and "Ada" in told(alert, risk.ESCALATED)
    assert steps(alert).count("escalated") == 2


def test_a_moderate_one_waits_two_hours(house, clock):
    concern(house, Level.MODERATE)
    clock.shift(HOURS_2 - dt.timedelta(seconds=1))
    assert risk.escalate_due() == 0
    clock.shift(dt.timedelta(seconds=1))
    assert risk.escalate_due() == 1


def test_taken_on_it_escalates_no_further_and_its_message_is_dropped(house, clock):
    alert = concern(house)
    risk.acknowledge(alert=alert, by=house.alice)
    send_due()
    assert set(Delivery.objects.filter(subject_id=alert.pk).values_list("state", "reason")) == {
        ("skipped", "alert taken on")
    }
    clock.shift(dt.timedelta(days=1))
    assert risk.escalate_due() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_escalate_once(committed_house, clock):
    alert = concern(committed_house)
    clock.shift(MINUTES_15)
    together([risk.escalate_due] * 2)
    alert.refresh_from_db()
    assert alert.escalations == 1 and steps(alert).count("escalated") == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_workers_escalate_twice(committed_house, clock, monkeypatch):
    """The negative control of the test above: the same race with the guard taken away."""
    alert = concern(committed_house)
    clock.shift(MINUTES_15)
    both = threading.Barrier(2, timeout=20)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self.all())
    real = RiskAlert.save

    def save(self, **kwargs):
        both.wait()
        real(self, **kwargs)

    monkeypatch.setattr(RiskAlert, "save", save)
    together([lambda: risk.escalate_due(limit=1)] * 2)
    assert steps(alert).count("escalated") == 2


def test_one_that_can_not_be_escalated_does_not_hold_up_the_others(house, clock, monkeypatch):
    first = concern(house)
    second = risk.raise_concern(patient=house.quinn, level=Level.HIGH, words="x", by=house.coordinator)
    real = risk._rung

    def broken(alert):
        if alert.pk == first.pk:
            raise ValueError
        return real(alert)

    monkeypatch.setattr(risk, "_rung", broken)
    clock.shift(MINUTES_15)
    with pytest.raises(RuntimeError, match="1 alerts could not be escalated"):
        risk.escalate_due()
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.escalations, second.escalations) == (0, 1)


def test_pressed_again_whoever_was_told_is_told_again_after_a_while(house, clock):
    alert = risk.raise_own(patient=house.pat)
    risk.acknowledge(alert=alert, by=house.alice)
    clock.shift(dt.timedelta(minutes=2))
    risk.raise_own(patient=house.pat)
    assert steps(alert).count("told") == 2
    clock.shift(dt.timedelta(minutes=4))
    assert risk.raise_own(patient=house.pat).acknowledged_by == house.alice
    assert steps(alert).count("told") == 4


def test_graver_than_what_somebody_took_on_it_is_to_be_taken_on_anew(house, clock):
    alert = answer_phq9(house, q9=1).alert
    risk.acknowledge(alert=alert, by=house.alice)
    again = answer_phq9(house, q9=3).alert
    assert again.pk == alert.pk and again.acknowledged_at is None


# --- dealing with it


def test_it_can_not_be_closed_before_it_is_taken_on_nor_without_a_disposition(house):
    alert = concern(house)
    for deed, code in (
        (lambda: risk.close_alert(alert=alert, disposition="continue", words="x", by=house.alice), "not_acknowledged"),
        (lambda: risk.add_step(alert=alert, what="raised", words="x", by=house.alice), "not_a_step"),
        (lambda: risk.add_step(alert=alert, what="tried", words=" ", by=house.alice), "empty"),
    ):
        with pytest.raises(Refusal) as refused:
            deed()
        assert refused.value.code == code
    risk.acknowledge(alert=alert, by=house.alice)
    for disposition, words, code in (("", "x", "not_a_disposition"), ("continue", " ", "empty")):
        with pytest.raises(Refusal) as refused:
            risk.close_alert(alert=alert, disposition=disposition, words=words, by=house.alice)
        assert refused.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        {"closed_at": dt.datetime(2026, 3, 2, tzinfo=dt.UTC)},
        {"disposition": "continue"},
        {"level": 7},
    ],
)
def test_the_database_refuses_half_a_closing(house, change):
    alert = concern(house)
    with pytest.raises(IntegrityError), transaction.atomic():
        RiskAlert.objects.filter(pk=alert.pk).update(**change)


def test_closed_stays_closed_and_steps_stay_as_written(house):
    alert = concern(house)
    risk.acknowledge(alert=alert, by=house.alice)
    risk.add_step(alert=alert, what="spoke", words="Called; safe tonight.", by=house.alice)
    risk.close_alert(alert=alert, disposition="continue", words="Low now.", by=house.alice)
    for sql in (
        "UPDATE clinical_riskalert SET closed_at = NULL, closed_by_id = NULL",
        "DELETE FROM clinical_riskalert",
        "UPDATE clinical_riskstep SET what = 'noted'",
        "DELETE FROM clinical_riskstep",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with pytest.raises(Refusal) as refused:
        risk.add_step(alert=alert, what="noted", words="x", by=house.alice)
    assert refused.value.code == "closed"


def test_the_next_contact_becomes_a_follow_up_of_the_primary_clinicians(house):
    alert = concern(house)
    risk.acknowledge(alert=alert, by=house.bob)
    when = timezone.now() + dt.timedelta(hours=30)
    risk.close_alert(alert=alert, disposition="continue", words="Assessed.", by=house.bob, follow_up_at=when)
    task = FollowUp.objects.get()
    assert (task.owner, task.reason, task.due_on) == (house.alice, "care", timezone.localtime(when).date())


def test_opening_it_is_a_step_once_a_minute_for_each_person(house, clock):
    alert = concern(house)
    for _turn in range(3):
        risk.see(alert=alert, by=house.alice)
    risk.see(alert=alert, by=house.bob)
    assert steps(alert).count("seen") == 2
    clock.shift(dt.timedelta(minutes=2))
    risk.see(alert=alert, by=house.alice)
    assert steps(alert).count("seen") == 3


def test_a_stranger_knows_of_none(house):
    concern(house)
    assert not RiskAlert.objects.visible_to(house.charlie).exists()
    assert RiskAlert.objects.visible_to(house.bob).count() == 1
    elsewhere = make_staff(house.program, Role.BILLING)
    assert RiskAlert.objects.visible_to(elsewhere).exists()  # sees whom it is of, and the page is not theirs
