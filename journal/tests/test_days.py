"""Days somebody counts: beginning anew takes none away, and nobody sees them until they are shared."""

import datetime as dt

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from journal.days import Count, Run, begin_anew, count_from, count_of, share_count, stop_counting
from journal.models import CountedDays

TODAY = dt.date(2026, 3, 2)


def day(ago: int) -> dt.date:
    return TODAY - dt.timedelta(days=ago)


def numbers(patient, reader=None) -> tuple | None:
    count = count_of(patient, TODAY, reader or patient.user)
    return count and (count.now, count.longest, count.total)


def test_after_a_lapse_every_day_stays(house):
    count_from(patient=house.pat, since=day(40), today=TODAY)
    assert numbers(house.pat) == (40, 40, 40)
    begin_anew(patient=house.pat, on=day(3), today=TODAY)
    assert numbers(house.pat) == (3, 37, 40)
    begin_anew(patient=house.pat, on=TODAY, today=TODAY)
    assert numbers(house.pat) == (0, 37, 40)


def test_what_cannot_be_is_refused_in_words(house):
    for deed, code in (
        (lambda: begin_anew(patient=house.pat, on=TODAY, today=TODAY), "no_count"),
        (lambda: share_count(patient=house.pat, shared=True), "no_count"),
        (lambda: count_from(patient=house.pat, since=day(-1), today=TODAY), "to_come"),
        (lambda: count_from(patient=house.pat, since=dt.date(1, 1, 1), today=TODAY), "too_long_ago"),
    ):
        with pytest.raises(Refusal) as caught:
            deed()
        assert caught.value.code == code
    count_from(patient=house.pat, since=day(10), today=TODAY)
    with pytest.raises(Refusal, match="overlaps"):
        begin_anew(patient=house.pat, on=day(11), today=TODAY)
    begin_anew(patient=house.pat, on=day(5), today=TODAY)
    with pytest.raises(Refusal, match="overlaps"):
        count_from(patient=house.pat, since=day(6), today=TODAY)
    count_from(patient=house.pat, since=day(4), today=TODAY)
    assert numbers(house.pat) == (4, 5, 9)


def test_nobody_sees_it_until_it_is_shared_and_no_longer_afterwards(house):
    count_from(patient=house.pat, since=day(7), today=TODAY)
    team, strangers = (house.alice, house.bob), (house.charlie, house.quinn.user, house.robin.user)
    for shared in (False, True, False):
        share_count(patient=house.pat, shared=shared)
        assert [numbers(house.pat, reader) is not None for reader in team] == [shared, shared]
        assert [numbers(house.pat, reader) for reader in strangers] == [None, None, None]
        assert numbers(house.pat) == (7, 7, 7)
    stop_counting(patient=house.pat)
    assert numbers(house.pat) is None and not CountedDays.objects.exists()


def test_the_dates_are_ciphertext(house):
    count_from(patient=house.pat, since=day(7), today=TODAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept FROM journal_counteddays")
        (kept,) = cursor.fetchone()
    assert kept.startswith("gAAAA")


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6))
def test_beginning_anew_lowers_neither_the_longest_nor_the_total(lengths):
    runs, since = [], day(sum(lengths))
    for length in lengths:
        runs.append(Run(since, since + dt.timedelta(days=length)))
        since = runs[-1].until
    for ended in range(1, len(runs) + 1):
        *before, last = runs[:ended]
        going_on = Count((*before, Run(last.since, None)), last.until, False)
        anew = Count((*before, last, Run(last.until, None)), last.until, False)
        assert (anew.longest, anew.total, anew.now) == (going_on.longest, going_on.total, 0)
