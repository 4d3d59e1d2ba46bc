"""One reminder before homework is due: in a row with the homework, discreet, by how each wants it, and none of what is done."""

import datetime as dt
import re
import zoneinfo

import pytest
from django.utils import translation

from library.news import DUE
from library.services import assign, assign_to_members, mark_done, take_back_done, withdraw
from messaging.kinds import Call, Later, Skip, compose, kind_of
from messaging.models import Delivery, Preference
from messaging.services import send_due
from messaging.texts import render
from tests.examples.library import make_article

pytestmark = pytest.mark.django_db
HERE = zoneinfo.ZoneInfo("America/Los_Angeles")


def due(house, days=3):
    return house.program.today + dt.timedelta(days=days)


@pytest.fixture
def given(house):
    article = make_article(house.program)
    return assign(patient=house.pat, item=article, by=house.alice, due_on=due(house))


def reminder() -> Delivery:
    return Delivery.objects.get(kind=DUE)


def before(house, hour=10) -> dt.datetime:
    return dt.datetime.combine(due(house, 2), dt.time(hour), HERE)


def test_it_is_planned_with_the_homework_for_the_day_before_where_they_are(house, given):
    row = reminder()
    assert (row.recipient, row.subject_id, row.state) == (house.pat.user, given.pk, "planned")
    assert row.due_at == before(house) and row.expires_at == dt.datetime.combine(given.due_on, dt.time(20), HERE)


@pytest.mark.parametrize("days", [None, 0, 1])
def test_none_of_what_has_no_day_or_whose_day_is_too_near(house, clock, days):
    clock.shift(dt.timedelta(hours=3))  # past ten
    on = None if days is None else due(house, days)
    assign(patient=house.pat, item=make_article(house.program), by=house.alice, due_on=on)
    assert not Delivery.objects.filter(kind=DUE).exists()


def test_everybody_of_a_group_has_their_own(house):
    assign_to_members(group=house.group, item=make_article(house.program), by=house.alice, due_on=due(house))
    assert {row.recipient for row in Delivery.objects.filter(kind=DUE)} == {house.pat.user, house.quinn.user}


@pytest.mark.parametrize("language", ["en", "es"])
def test_its_words_name_nothing(house, given, clock, language):
    house.pat.user.language = language
    house.pat.user.save()
    clock.move_to(before(house))
    send_due()
    assert reminder().state == "sent"
    with translation.override(language):
        call = compose(reminder())
    assert isinstance(call, Call) and call.path == "/my/homework/"
    letter = render(kind_of(reminder()), call, channel="email", language=language)
    said = re.sub(r"https?:\S+", "", f"{letter.subject} {letter.text}")  # the link is to a page one signs in to
    assert given.item.title not in said and ("Thursday, March 5" if language == "en" else "jueves 5 de marzo") in said
    for word in ("homework", "worksheet", "group", "recovery", "iop", "tarea", "grupo"):
        assert word not in said.lower()


def test_it_falls_away_when_done_or_taken_back_and_returns_when_undone(house, given, clock):
    mark_done(homework=given)
    clock.move_to(before(house))
    send_due()
    assert reminder().state == "skipped"
    take_back_done(homework=given)
    assert reminder().state == "planned" and isinstance(compose(reminder()), Call)
    withdraw(homework=given, by=house.alice)
    assert compose(reminder()) == Skip("done or withdrawn meanwhile")


def test_it_is_sent_once_however_often_it_is_done_and_undone(house, given, clock):
    clock.move_to(before(house))
    send_due()
    mark_done(homework=given)
    take_back_done(homework=given)
    assert reminder().state == "sent"


def test_who_wants_no_reminders_gets_none(house, given, clock):
    Preference.objects.create(user=house.pat.user, muted=["reminder"])
    clock.move_to(before(house))
    assert compose(reminder()) == Skip("opted out")


def test_in_quiet_hours_it_comes_before_they_begin_like_every_reminder(house):
    Preference.objects.create(user=house.pat.user, quiet_from=dt.time(22), quiet_until=dt.time(12))
    assign(patient=house.pat, item=make_article(house.program), by=house.alice, due_on=due(house))
    assert reminder().due_at == dt.datetime.combine(due(house, 1), dt.time(22), HERE)


def test_where_they_chose_quiet_hours_later_or_travel_it_moves(house, given, clock):
    morning, noon = before(house), before(house, 12)
    clock.move_to(morning)
    Preference.objects.create(user=house.pat.user, quiet_from=dt.time(22), quiet_until=dt.time(12))
    later = compose(reminder())
    assert isinstance(later, Later) and later.due_at == noon, "it would have come the evening before"
    Preference.objects.all().delete()
    house.pat.user.zone = "Pacific/Honolulu"
    house.pat.user.save()
    later = compose(reminder())
    assert isinstance(later, Later) and later.due_at == morning.replace(tzinfo=zoneinfo.ZoneInfo("Pacific/Honolulu"))


def test_nobody_is_reminded_who_is_no_longer_in_care_or_too_late(house, given, clock):
    clock.move_to(dt.datetime.combine(given.due_on, dt.time(20, 1), HERE))
    assert compose(reminder()) == Skip("too late")
    house.pat_episode.ended_on = house.program.today
    house.pat_episode.save()
    assert compose(reminder()) == Skip("no longer in care")
