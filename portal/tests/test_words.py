"""Sentences about time and hours."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from clinical.queries import Hours
from conftest import MONDAY_8, PACIFIC
from portal.words import hours_so_far, until


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (dt.timedelta(seconds=-1), "now"),
        (dt.timedelta(0), "now"),
        (dt.timedelta(seconds=1), "in 1 minute"),
        (dt.timedelta(minutes=59), "in 59 minutes"),
        (dt.timedelta(hours=1), "in 1 h"),
        (dt.timedelta(hours=2, minutes=10), "in 2 h 10 min"),
        (dt.timedelta(hours=16), "tomorrow"),
        (dt.timedelta(hours=39, minutes=59), "tomorrow"),
        (dt.timedelta(hours=40), "in 2 days"),
    ],
)
def test_until(after, said):
    with time_machine.travel(MONDAY_8, tick=False), timezone.override(PACIFIC):
        assert until(MONDAY_8 + after) == said


def test_just_past_midnight_is_in_minutes_not_tomorrow():
    evening = MONDAY_8.replace(hour=23, minute=50)
    with timezone.override(PACIFIC):
        assert until(evening + dt.timedelta(minutes=20), now=evening) == "in 20 minutes"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (Hours(attended=540, ahead=0, goal=540), "You have reached this week’s goal. Well done."),
        (Hours(attended=600, ahead=60, goal=540), "You have reached this week’s goal. Well done. Still planned: 1 h."),
        (Hours(attended=0, ahead=540, goal=540), "Planned this week: 9 h. That is enough for your goal."),
        (Hours(attended=60, ahead=480, goal=540), "Still planned this week: 8 h. That is enough to reach your goal."),
        (
            Hours(attended=60, ahead=450, goal=540),
            "Every session counts. Still planned this week: 7 h 30 min. Another 30 min would reach your goal: the clinic"
            " helps you find it.",
        ),
        (
            Hours(attended=0, ahead=0, goal=540),
            "Nothing is planned this week. The clinic can tell you whether there is a session for you.",
        ),
        (
            Hours(attended=60, ahead=0, goal=540),
            "Every session you came to counts. Nothing more is planned this week. The clinic can tell you whether there is"
            " another one for you.",
        ),
    ],
)
def test_hours_so_far(hours, said):
    assert hours_so_far(hours) == said
