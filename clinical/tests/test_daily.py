"""The daily check-in: once a day where the person is, blank is not zero, kept as it was; and what it says in a sentence."""

import datetime as dt
import random

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from clinical import trend
from clinical.models import DailyCheckIn, RiskAlert
from clinical.queries_daily import charts_of, days_of
from clinical.services.daily import MOST_WORDS, check_in, today_of
from clinical.trend import LEAST_DAYS, Way, way_of
from core.errors import Refusal
from messaging.models import Delivery

TODAY = dt.date(2026, 3, 2)


def test_a_blank_is_not_zero(house):
    row = check_in(patient=house.pat, on=TODAY, mood=0)
    row.refresh_from_db()
    assert (row.mood, row.craving, row.no_craving, row.coping, row.sleep_hours, row.words) == (
        *(0, None, False, None, None),
        "",
    )
    (feelings, sleep) = charts_of(days_of(house.pat, TODAY))
    assert [(line.name, [p.value for p in line.points]) for line in feelings.lines] == [("Mood", [0.0])]
    assert sleep.is_empty


def test_the_same_day_is_said_anew_and_the_first_is_kept(house):
    check_in(patient=house.pat, on=TODAY, mood=2, coping=3, words="Heavy")
    check_in(patient=house.pat, on=TODAY, mood=6)
    row = DailyCheckIn.objects.get()
    assert (row.mood, row.coping, row.words) == (6, None, "")
    kept = list(row.events.order_by("pgh_id").values_list("mood", "coping", "words"))
    assert kept == [(2, 3, "Heavy"), (6, None, "")]


def test_the_day_is_the_one_where_the_person_is(house, clock):
    clock.move_to(dt.datetime(2026, 3, 3, 6, 30, tzinfo=dt.UTC))  # the 2nd in Los Angeles, the 3rd in New York
    assert today_of(house.pat) == TODAY
    house.pat.user.zone = "America/New_York"
    assert today_of(house.pat) == TODAY + dt.timedelta(days=1)
    with pytest.raises(Refusal) as caught:
        check_in(patient=house.pat, on=TODAY, mood=5)
    assert caught.value.code == "another_day"
    check_in(patient=house.pat, on=TODAY + dt.timedelta(days=1), mood=5)


@pytest.mark.parametrize(
    ("answers", "code", "field"),
    [
        ({}, "nothing", None),
        ({"words": "   "}, "nothing", None),
        ({"mood": 11}, "out_of_range", "mood"),
        ({"sleep_hours": 2}, "out_of_range", "sleep_hours"),
        ({"sleep_quality": 5}, "out_of_range", "sleep_quality"),
        ({"craving": 1, "no_craving": True}, "both", "craving"),
        ({"words": "x" * (MOST_WORDS + 1)}, "too_long", "words"),
    ],
)
def test_what_cannot_be_is_refused_in_words(house, answers, code, field):
    with pytest.raises(Refusal) as caught:
        check_in(patient=house.pat, on=TODAY, **answers)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert not DailyCheckIn.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"mood": 11}, {"sleep_hours": 11}, {"sleep_quality": 5}, {"craving": 3, "no_craving": True}]
)
def test_the_database_is_the_last_wall(house, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyCheckIn.objects.create(patient=house.pat, on=TODAY, **wrong)
    DailyCheckIn.objects.create(patient=house.pat, on=TODAY, mood=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyCheckIn.objects.create(patient=house.pat, on=TODAY, mood=2)


def test_who_may_know_of_it(house):
    check_in(patient=house.pat, on=TODAY, mood=3)
    seen = DailyCheckIn.objects.visible_to
    for somebody in (house.alice, house.bob, house.pat.user):
        assert seen(somebody).exists()
    for stranger in (house.charlie, house.robin.user, house.quinn.user):
        assert not seen(stranger).exists()


def test_the_words_are_ciphertext_in_the_row_and_its_history(house):
    check_in(patient=house.pat, on=TODAY, words="A heavy morning")
    with connection.cursor() as cursor:
        for table in ("clinical_dailycheckin", "clinical_dailycheckinevent"):
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            (row,) = cursor.fetchone()
            assert "heavy" not in row and '"words":"gAAAA' in row


def test_a_very_low_day_raises_and_sends_nothing(house):
    """Not validated: the page leads to help, and says that nobody is told (docs/own.md)."""
    before = Delivery.objects.count()
    check_in(patient=house.pat, on=TODAY, mood=0, coping=0, words="I can't go on")
    assert not RiskAlert.objects.exists() and Delivery.objects.count() == before


# --- the sentence

values = st.integers(0, 10)
weeks = st.tuples(st.lists(values, max_size=7), st.lists(values, max_size=7))


def days(now: list, before: list) -> list:
    ago = [(TODAY - dt.timedelta(days=n), value) for n, value in enumerate(now)]
    return ago + [(TODAY - dt.timedelta(days=7 + n), value) for n, value in enumerate(before)]


@given(weeks)
def test_no_sentence_from_too_few_days(both):
    now, before = both
    assert (way_of(days(now, before), TODAY) is None) == (min(len(now), len(before)) < LEAST_DAYS)


@given(weeks, st.randoms())
def test_the_order_of_the_rows_says_nothing(both, chance: random.Random):
    rows = days(*both)
    mixed = list(rows)
    chance.shuffle(mixed)
    assert way_of(mixed, TODAY) == way_of(rows, TODAY)


OPPOSITE = {
    None: None,
    Way.SAME: Way.SAME,
    Way.HIGHER: Way.LOWER,
    Way.LOWER: Way.HIGHER,
    Way.A_LITTLE_HIGHER: Way.A_LITTLE_LOWER,
    Way.A_LITTLE_LOWER: Way.A_LITTLE_HIGHER,
}


@given(weeks)
def test_the_weeks_the_other_way_round_say_the_opposite(both):
    now, before = both
    assert way_of(days(before, now), TODAY) == OPPOSITE[way_of(days(now, before), TODAY)]


@given(weeks)
def test_higher_is_only_said_of_what_is_higher_by_a_point(both):
    now, before = both
    way = way_of(days(now, before), TODAY)
    if way in (Way.HIGHER, Way.A_LITTLE_HIGHER):
        assert sum(now) / len(now) - sum(before) / len(before) >= trend.A_LITTLE - 1e-9


@given(weeks, st.lists(st.tuples(st.integers(14, 400), values), max_size=20), st.lists(st.integers(1, 30), max_size=3))
def test_older_days_and_days_to_come_change_nothing(both, older, to_come):
    rows = days(*both)
    more = [(TODAY - dt.timedelta(days=ago), value) for ago, value in older]
    more += [(TODAY + dt.timedelta(days=n), 10) for n in to_come]
    assert way_of(rows + more, TODAY) == way_of(rows, TODAY)


def test_one_bad_day_among_few_makes_no_sentence_of_its_own():
    assert way_of(days([8, 8, 0], [8, 8, 8]), TODAY) is Way.SAME
    assert way_of(days([5, 5, 5, 5], [8, 8, 8]), TODAY) is Way.LOWER


def test_the_sentences_are_plain_and_blame_nobody(house):
    rows = [DailyCheckIn(on=on, mood=value, craving=10 - value) for on, value in days([2, 2, 3], [7, 7, 8])]
    said = trend.sentences(rows, TODAY)
    assert said == [
        "Your mood was lower this week than last. You don’t have to carry that alone.",
        "Cravings were stronger this week than last. That is worth telling your team; they can help.",
    ]
    assert trend.how_often(rows, TODAY) == "You checked in on 3 days of the last seven."
    assert trend.how_often([], TODAY) == ""
    every = " ".join(words for by_way in trend._said().values() for words in by_way.values()).lower()
    assert not [word for word in ("fail", "only", "bad", "should", "worse", "streak", "clean") if word in every]
