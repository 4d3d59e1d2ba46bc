"""Asking for measures and answering them."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from clinical.models import (
    ClinicalPolicy,
    FollowUp,
    MeasureAssignment,
    MeasureResponse,
    MeasureRule,
    MeasureScore,
    Moment,
    Status,
)
from clinical.queries_measures import series_of
from clinical.services import asking, measures
from core.errors import Refusal
from core.tests.racing import together
from tests.desk import attend
from tests.factories import make_patient

SELF = MeasureResponse.Mode.SELF


def asked(episode, **only) -> Counter:
    rows = MeasureAssignment.objects.filter(episode=episode, **only)
    return Counter(rows.values_list("measure", "moment"))


def answer(episode, measure="gad7", value=1, **kwargs):
    from clinical.instruments import definition_of

    answers = {item.key: value for item in definition_of(measure).items}
    return measures.record_response(
        measure=measure, answers=answers, mode=SELF, by=episode.patient.user, episode=episode, **kwargs
    )


# --- asking


def test_intake_is_asked_for_once(house):
    assert asking.assign_due() > 0
    mine = asked(house.pat_episode, moment=Moment.INTAKE)
    assert set(mine) == {(m, "intake") for m in ("phq9", "gad7", "pcl5", "audit_c", "bam_r")}
    assert asking.assign_due() == 0
    assert asked(house.pat_episode, moment=Moment.INTAKE) == mine


def test_every_week_the_next_round(house, clock):
    asking.assign_due()
    for week in range(1, 5):
        clock.shift(dt.timedelta(days=7))
        asking.assign_due()
        assert asked(house.pat_episode)["phq9", "weekly"] == week
    assert asked(house.pat_episode)["pcl5", "monthly"] == 1
    assert asked(house.pat_episode)["check_in", "daily"] == 5


def test_day_thirty_and_discharge(house, clock):
    asking.assign_due()
    clock.shift(dt.timedelta(days=22))  # admitted a week before
    asking.assign_due()
    assert asked(house.pat_episode)["bam_r", "day_30"] == 0
    clock.shift(dt.timedelta(days=1))
    asking.assign_due()
    assert asked(house.pat_episode)["bam_r", "day_30"] == 1
    house.pat_episode.ended_on = timezone.localdate() + dt.timedelta(days=6)
    house.pat_episode.save()
    clock.shift(dt.timedelta(days=1))
    asking.assign_due()
    assert {m for m, when in asked(house.pat_episode) if when == "discharge"} == {"phq9", "gad7", "bam_r"}


def test_what_is_not_answered_in_time_is_missed_and_never_zero(house, clock):
    asking.assign_due()
    clock.shift(dt.timedelta(days=20))
    asking.assign_due()
    states = Counter(MeasureAssignment.objects.filter(episode=house.pat_episode, moment="intake").values_list("state"))
    assert set(states) == {("missed",)}
    assert not MeasureScore.objects.exists()


def test_the_check_after_a_session_is_for_those_who_were_there(house, clock):
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    asking.assign_due()
    asking.assign_due()
    found = MeasureAssignment.objects.filter(measure="group_climate")
    assert [(a.patient, a.session) for a in found] == [(house.pat, house.session)]


def test_a_program_sets_its_own_rules(house, clock):
    asking.set_rules(program=house.program, rules=[("gad7", Moment.WEEKLY)], may_prorate=True, by=house.bob)
    asking.assign_due()
    assert asked(house.pat_episode) == {("gad7", "weekly"): 1}
    assert ClinicalPolicy.of(house.program.pk).may_prorate
    asking.set_rules(program=house.program, rules=[], may_prorate=False, by=house.bob)
    clock.shift(dt.timedelta(days=8))
    asking.assign_due()
    assert asked(house.pat_episode) == {("gad7", "weekly"): 1}
    with pytest.raises(Refusal) as refused:
        asking.set_rules(program=house.program, rules=[("who5", Moment.WEEKLY)], may_prorate=False, by=house.bob)
    assert refused.value.code == "no_wording"


def test_no_rule_at_all_is_a_rule_too(house):
    asking.set_rules(program=house.program, rules=[], may_prorate=False, by=house.bob)
    assert MeasureRule.objects.exists()
    asking.assign_due()
    assert not asked(house.pat_episode)


def test_a_fixed_number_of_queries(house, django_assert_num_queries):
    asking.assign_due()
    for people in (1, 8):
        for _n in range(people):
            make_patient(house.program, house.alice)
        with django_assert_num_queries(13):
            assert asking.assign_due() == people * 6


@pytest.mark.django_db(transaction=True)
def test_two_workers_ask_once(committed_house):
    together([asking.assign_due] * 2)
    assert set(asked(committed_house.pat_episode).values()) == {1}


def test_asking_by_hand(house):
    one = asking.ask(episode=house.pat_episode, measure="pcl5", by=house.alice)
    assert asking.ask(episode=house.pat_episode, measure="pcl5", by=house.alice) == one
    with pytest.raises(Refusal) as refused:
        asking.ask(episode=house.pat_episode, measure="cssrs", by=house.alice)
    assert refused.value.code == "no_wording"
    asking.withdraw(assignment=one, by=house.alice)
    with pytest.raises(Refusal) as refused:
        measures.record_response(measure="pcl5", answers={"1": 1}, mode=SELF, by=house.pat.user, assignment=one)
    assert refused.value.code == "not_open"


# --- answering


def test_an_answer_is_kept_with_its_scores(house):
    done = answer(house.pat_episode, "gad7", 2)
    score = done.response.scores.get()
    assert (score.scale, score.value, score.band, score.answered) == ("total", 14, "moderate", 7)
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM clinical_measureresponse")
        assert cursor.fetchone()[0].startswith("gAAAA")


def test_incomplete_has_no_score_unless_the_program_says_so(house):
    given = {str(n): 2 for n in range(1, 7)}
    kwargs = {"measure": "gad7", "answers": given, "mode": SELF, "by": house.pat.user, "episode": house.pat_episode}
    assert measures.record_response(**kwargs).response.scores.get().value is None
    ClinicalPolicy.objects.create(program=house.program, may_prorate=True)
    score = measures.record_response(**kwargs).response.scores.get()
    assert (score.value, score.prorated) == (14, True)


def test_nothing_answered_is_no_answer(house):
    with pytest.raises(Refusal) as refused:
        measures.record_response(
            measure="gad7", answers={"1": None}, mode=SELF, by=house.pat.user, episode=house.pat_episode
        )
    assert refused.value.code == "nothing_answered"


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_it_is_answered_once(committed_house):
    house = committed_house
    one = asking.ask(episode=house.pat_episode, measure="gad7", by=house.alice)

    def send():
        return measures.record_response(measure="gad7", answers={"1": 1}, mode=SELF, by=house.pat.user, assignment=one)

    outcomes = together([send] * 2)
    assert MeasureResponse.objects.count() == 1
    assert sum(isinstance(found, Refusal) for found in outcomes) == 1


def test_answers_stay_as_given_but_for_being_voided_once(house):
    response = answer(house.pat_episode).response
    for sql in (
        "UPDATE clinical_measureresponse SET measure = 'phq9'",
        "DELETE FROM clinical_measureresponse",
        "UPDATE clinical_measurescore SET value = 1",
        "DELETE FROM clinical_measurescore",
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    measures.void_response(response=response, reason="Entered for somebody else", by=house.alice)
    assert series_of(house.pat) == []
    with pytest.raises(Refusal) as refused:
        measures.void_response(response=response, reason="again", by=house.alice)
    assert refused.value.code == "void_already"


def test_a_low_check_after_a_session_reaches_its_leader(house, clock):
    clock.shift(dt.timedelta(hours=3))
    asking.assign_due()
    one = MeasureAssignment.objects.get(measure="group_climate", patient=house.pat)
    measures.record_response(
        measure="group_climate", answers={"1": 4, "2": 9, "3": 9, "4": 9}, mode=SELF, by=house.pat.user, assignment=one
    )
    task = FollowUp.objects.get()
    assert (task.owner, task.session, task.patient) == (house.alice, house.session, house.pat)


def test_a_groups_mean_only_from_five_on(house):
    from scheduling.models import Session

    session = house.session
    for n in range(5):
        episode = make_patient(house.program, house.alice)
        response = MeasureResponse.objects.create(
            patient=episode.patient, episode=episode, session=session, measure="group_climate", form="1",
            answers={"1": 5}, mode=SELF, entered_by=episode.patient.user, answered_at=timezone.now(),
        )  # fmt: skip
        MeasureScore.objects.create(response=response, scale="total", value=4 + n, answered=4, items=4)
        shown = measures.climate_of(Session.objects.filter(pk=session.pk))
        assert shown == ({session.pk: (6.0, 5)} if n == 4 else {})


# --- change since the baseline


@pytest.mark.parametrize(
    ("days", "later", "reliable", "better"),
    [(28, 1, True, True), (28, 3, True, False), (7, 1, False, True), (28, 2, False, False)],
)
def test_change_counts_when_it_is_large_and_two_weeks_apart(house, clock, days, later, reliable, better):
    answer(house.pat_episode, "gad7", 2)
    clock.shift(dt.timedelta(days=days))
    answer(house.pat_episode, "gad7", later)
    series = series_of(house.pat)[0]
    assert series.baseline.value == 14 and series.latest.value == 7 * later
    assert (series.change.is_reliable, series.change.is_better) == (reliable, better)


def test_the_baseline_is_the_present_stays(house, clock):
    answer(house.pat_episode, "gad7", 3)
    clock.shift(dt.timedelta(days=30))
    since = timezone.now()
    answer(house.pat_episode, "gad7", 1)
    series = series_of(house.pat, since=since)[0]
    assert [p.value for p in series.points] == [Decimal(7)] and series.baseline.value == 21


def test_a_stranger_sees_none(house):
    answer(house.pat_episode)
    asking.assign_due()
    for model in (MeasureResponse, MeasureScore, MeasureAssignment):
        mine = {"response__patient": house.pat} if model is MeasureScore else {"patient": house.pat}
        assert model.objects.visible_to(house.alice).filter(**mine).exists()
        assert not model.objects.visible_to(house.charlie).filter(**mine).exists()
