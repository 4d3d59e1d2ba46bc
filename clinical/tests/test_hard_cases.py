"""What pages and services do when things stand awkwardly: a page left open too long, somebody gone, a definition taken away."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.access import Role
from accounts.models import RoleAssignment
from clinical.models import (
    ClinicalPolicy,
    FollowUp,
    GroupObservation,
    Level,
    MeasureAssignment,
    MeasureResponse,
    OnCallShift,
    RiskAlert,
)
from clinical.services import asking, dynamics, followups, measures, risk
from core.errors import Refusal
from messaging.models import Delivery
from scheduling.models import Session
from tests.desk import told

SOON = dt.timedelta(days=1)


def concern(house) -> RiskAlert:
    return risk.raise_concern(patient=house.pat, level=Level.HIGH, words="Gave things away.", by=house.coordinator)


def leave(user) -> None:
    """Somebody leaves the house: no role any more, and the account is off."""
    RoleAssignment.objects.filter(user=user).update(ends_on=timezone.localdate() - SOON)
    user.is_active = False
    user.save(update_fields=["is_active"])


# --- alerts


@pytest.mark.parametrize("deed", ["acknowledge", "step", "close", "nothing"])
def test_a_page_left_open_while_the_alert_was_closed(house, browse, deed):
    alert = concern(house)
    risk.acknowledge(alert=alert, by=house.bob)
    risk.close_alert(alert=alert, disposition="no_risk", words="Assessed.", by=house.bob)
    body = {"deed": deed, "what": "spoke", "words": "x", "disposition": "no_risk", "password": "correct horse battery"}
    address = reverse("clinical:alert", args=[alert.uid])
    answer = browse(house.alice).post(address, body)
    assert answer.status_code in (302, 422)
    if deed == "acknowledge":
        assert "closed" in told(browse(house.alice).post(address, body, follow=True))[0]
    assert RiskAlert.objects.get(pk=alert.pk).closed_by == house.bob


def test_a_next_contact_far_off_is_a_slip_of_the_year(house):
    alert = concern(house)
    risk.acknowledge(alert=alert, by=house.alice)
    for years in (1, 7000):
        with pytest.raises(Refusal) as refused:
            risk.close_alert(
                alert=alert,
                disposition="continue",
                words="Assessed.",
                by=house.alice,
                follow_up_at=timezone.now() + dt.timedelta(days=365 * years),
            )
        assert (refused.value.code, refused.value.field) == ("too_far", "follow_up_at")


def test_an_alert_closes_with_a_next_contact_although_the_primary_clinician_is_gone(house):
    alert = concern(house)
    risk.acknowledge(alert=alert, by=house.bob)
    leave(house.alice)
    risk.close_alert(
        alert=alert, disposition="continue", words="Assessed.", by=house.bob, follow_up_at=timezone.now() + SOON
    )
    assert FollowUp.objects.get().owner == house.bob


def test_an_alert_reaches_somebody_where_there_is_no_supervisor(house):
    RoleAssignment.objects.filter(role=Role.SUPERVISOR).update(ends_on=timezone.localdate() - SOON)
    alert = concern(house)
    rows = Delivery.objects.filter(kind=risk.RAISED, subject_id=alert.pk)
    assert set(rows.values_list("recipient", flat=True)) == {house.alice.pk, house.admin.pk}


def test_who_sees_somebody_for_a_day_keeps_sight_of_them_while_the_alert_is_open(house, clock):
    from patients.models import CareTeamMember, Patient
    from patients.services import add_to_care_team

    now = timezone.now()
    add_to_care_team(
        patients=[house.pat],
        user=house.charlie,
        part=CareTeamMember.Part.ON_CALL,
        source="session:1",
        until=now + dt.timedelta(hours=2),
    )
    OnCallShift.objects.create(
        program=house.program, user=house.charlie, starts_at=now, ends_at=now + dt.timedelta(hours=12)
    )
    clock.shift(dt.timedelta(minutes=1))
    concern(house)
    clock.shift(dt.timedelta(hours=3))
    assert Patient.objects.visible_to(house.charlie).filter(pk=house.pat.pk).exists()


def test_a_shift_that_is_over_is_not_made_longer(house, browse, clock):
    now = timezone.now()
    shift = OnCallShift.objects.create(
        program=house.program, user=house.alice, starts_at=now, ends_at=now + dt.timedelta(hours=1)
    )
    clock.shift(dt.timedelta(hours=5))
    assert browse(house.bob).post(reverse("clinical:end_shift", args=[shift.uid])).status_code == 302
    shift.refresh_from_db()
    assert shift.ends_at == now + dt.timedelta(hours=1)


def test_a_phone_number_too_long_comes_back_with_what_is_wrong(house, browse):
    body = {"deed": "phone", "program": house.program.uid, "crisis_phone": "+1 " * 20}
    answer = browse(house.bob).post(reverse("clinical:on_call"), body)
    assert answer.status_code == 422
    assert "+1 +1" in answer.content.decode()
    assert not ClinicalPolicy.objects.filter(crisis_phone__startswith="+1").exists()


# --- measures and follow-ups


def test_a_low_check_is_kept_although_nobody_can_follow_it_up(house, clock):
    clock.shift(dt.timedelta(hours=3))
    asked = MeasureAssignment.objects.create(
        patient=house.pat,
        episode=house.pat_episode,
        measure="group_climate",
        moment="session_end",
        session=house.session,
        opens_on=timezone.localdate(),
    )
    leave(house.alice)
    leave(house.bob)
    keys = [item.key for item in measures.definition_of("group_climate").items]
    measures.record_response(
        measure="group_climate",
        answers=dict.fromkeys(keys, 1),
        mode=MeasureResponse.Mode.SELF,
        by=house.pat.user,
        assignment=asked,
    )
    assert MeasureResponse.objects.count() == 1 and not FollowUp.objects.exists()


def test_a_task_goes_to_the_supervisor_when_leader_and_primary_clinician_are_gone(house):
    leave(house.alice)
    task = followups.open_follow_up(episode=house.pat_episode, session=house.session, reason="quiet", by=house.bob)
    assert task.owner == house.bob


def test_pages_without_a_definition_that_was_taken_away(house, browse):
    MeasureAssignment.objects.create(
        patient=house.pat,
        episode=house.pat_episode,
        measure="of_the_site",
        moment="by_hand",
        opens_on=timezone.localdate(),
    )
    done = MeasureResponse.objects.create(
        patient=house.pat,
        episode=house.pat_episode,
        measure="of_the_site",
        form="1",
        answers={"1": 1},
        mode="self",
        entered_by=house.pat.user,
        answered_at=timezone.now(),
    )
    alert = risk.raise_alert(
        patient=house.pat,
        episode=house.pat_episode,
        source=RiskAlert.Source.MEASURE,
        level=Level.HIGH,
        trigger="of_the_site:1",
        response=done,
        by=house.pat.user,
    )
    browser = browse(house.alice)
    assert browser.get(reverse("clinical:measures", args=[house.pat.uid])).status_code == 200
    assert browser.get(reverse("clinical:alert", args=[alert.uid])).status_code == 200
    assert browser.get(reverse("clinical:answers", args=[done.uid])).status_code == 404


@pytest.mark.parametrize("name", ["withdraw", "program", "patient"])
def test_a_uid_of_somebody_else_in_what_is_sent_is_not_found(house, browse, name):
    """Charlie's patient, a program elsewhere: as if there were none."""
    asked = asking.ask(episode=house.robin_episode, measure="phq9", by=house.charlie)
    others = Session.objects.filter(group=house.other_group).first()
    where = {
        "withdraw": (reverse("clinical:measures", args=[house.pat.uid]), {"withdraw": asked.uid}, house.alice),
        "program": (reverse("clinical:measure_rules"), {"program": others.uid}, house.bob),
        "patient": (
            reverse("clinical:open_follow_up", args=[house.session.uid]),
            {"patient": house.robin.uid, "reason": "quiet"},
            house.alice,
        ),
    }
    address, body, who = where[name]
    assert browse(who).post(address, body).status_code == 404
    asked.refresh_from_db()
    assert asked.state == "open" and not FollowUp.objects.exists()


# --- the leaders' workspace


def test_observed_by_somebody_else_within_the_same_moment(house, browse, clock, monkeypatch):
    """There was no observation when the request began, and there is one when it is saved: both are shown."""
    clock.shift(dt.timedelta(hours=3))
    real = dynamics.save_observation

    def later(*, session, **kwargs):
        GroupObservation.objects.create(session=session, climate=1, written_by=house.bob, text="Tense")
        return real(session=session, **kwargs)

    monkeypatch.setattr(dynamics, "save_observation", later)
    answer = browse(house.alice).post(
        reverse("clinical:observe", args=[house.session.uid]), {"version": 0, "climate": 3, "text": "Warm"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "Warm" in page and "Tense" in page
    assert GroupObservation.objects.get().climate == 1
