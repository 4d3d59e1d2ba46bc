"""Calendar feeds, read by another parser than the one that wrote them."""

import datetime as dt
import io
import re
import zoneinfo

import pytest
import vobject
from dateutil import tz as dateutil_tz
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from core.tests.racing import failures, meeting_after, together
from scheduling.models import Appointment, AppointmentKind, Booking, CalendarFeed, Session
from scheduling.services import cancel_session, feeds, leave_group, move_session, seat_member
from scheduling.services.feeds import hash_of, open_feed, revoke_feed
from tests.desk import more_people

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")
ZONES = ["America/Los_Angeles", "America/New_York", "America/Phoenix", "Europe/London", "Australia/Lord_Howe", "UTC"]
QUERIES = 3  # the feed and whose it is, when it was read, what they are booked for


def path_of(address: str) -> str:
    return address.partition("//")[2].partition("/")[2].join(["/", ""])


def subscribe(user) -> str:
    """A new feed's path."""
    return path_of(open_feed(user=user)[1])


def events(path: str) -> dict:
    """The feed's events by UID, as vobject reads them."""
    answer = Client().get(path)
    assert answer.status_code == 200
    calendar = vobject.readOne(answer.content.decode())
    return {event.uid.value: event for event in getattr(calendar, "vevent_list", [])}


def by_start(path: str) -> dict:
    """The same by their beginning in UTC."""
    return {event.dtstart.value.astimezone(dt.UTC): event for event in events(path).values()}


def said(event) -> tuple[int, str]:
    return int(event.sequence.value), event.status.value


def appoint(house, starts_at, minutes=50) -> Appointment:
    """An individual session of Pat's with Alice."""
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    times = {"starts_at": starts_at, "ends_at": ends_at}
    appointment = Appointment.objects.create(
        kind=AppointmentKind.INDIVIDUAL,
        provider=house.alice,
        patient=house.pat,
        episode=house.pat_episode,
        zone="America/Los_Angeles",
        booked_by=house.alice,
        **times,
    )
    Booking.objects.create(appointment=appointment, part="lead", user=house.alice, **times)
    Booking.objects.create(
        appointment=appointment, part="client", patient=house.pat, episode=house.pat_episode, **times
    )
    return appointment


@pytest.mark.parametrize("zone", ZONES)
def test_every_time_is_the_bookings_over_clock_changes(house, zone):
    """Read by vobject and, for the zone's rules alone, by dateutil."""
    house.pat.user.zone = zone
    house.pat.user.save()
    # Around every clock change of the five zones in the coming year, hour by hour.
    for year, month, day in [(2026, 3, 8), (2026, 3, 29), (2026, 4, 4), (2026, 10, 3), (2026, 10, 25), (2026, 11, 1)]:
        for hour in range(24):
            appoint(house, dt.datetime(year, month, day, hour, 30, tzinfo=dt.UTC), minutes=45)
    path = subscribe(house.pat.user)
    booked = set(Booking.objects.live().filter(patient=house.pat).values_list("starts_at", "ends_at"))
    read = {(e.dtstart.value.astimezone(dt.UTC), e.dtend.value.astimezone(dt.UTC)) for e in events(path).values()}
    assert len(booked) > 100
    assert read == booked

    text = Client().get(path).content.decode().replace("\r\n ", "")
    if zone == "UTC":
        assert "VTIMEZONE" not in text
        return
    rules = dateutil_tz.tzical(io.StringIO(text)).get(zone)
    zoned = re.findall(r"DTSTART;TZID=([^:]+):(\d{8}T\d{6})", text)
    assert {name for name, _wall in zoned} == {zone}
    starts = {
        dt.datetime.strptime(wall, "%Y%m%dT%H%M%S").replace(tzinfo=rules).astimezone(dt.UTC) for _z, wall in zoned
    }  # noqa: DTZ007
    assert starts <= {begin for begin, _end in booked}
    assert len(starts) >= len(booked) - 4, "but those that begin or end at a wall time which occurs twice"


def test_the_zones_rules_begin_when_the_clocks_are_changed(house):
    text = Client().get(subscribe(house.pat.user)).content.decode()
    spring = re.search(r"BEGIN:DAYLIGHT\r\nDTSTART:20260308T(\d+)\r\n(.*?)END:DAYLIGHT", text, re.DOTALL)
    assert spring[1] == "020000"
    assert "TZOFFSETFROM:-0800" in spring[2] and "TZOFFSETTO:-0700" in spring[2] and "TZNAME:PDT" in spring[2]
    assert "BEGIN:STANDARD\r\nDTSTART:20261101T020000\r\n" in text


def test_sessions_and_appointments_for_patients_and_staff(house):
    at = dt.datetime(2026, 3, 5, 13, tzinfo=PACIFIC)
    appoint(house, at)
    for user in (house.pat.user, house.alice):
        found = by_start(subscribe(user))
        assert at in found and house.session.starts_at in found
        assert len(found) == 1 + Session.objects.filter(group=house.group).count()
    assert at not in by_start(subscribe(house.quinn.user))


def test_an_appointment_beyond_the_horizon_is_there_and_one_long_past_is_not(house, clock):
    late = dt.datetime(2026, 9, 1, 13, tzinfo=PACIFIC)
    appoint(house, late)
    path = subscribe(house.pat.user)
    assert late in by_start(path) and house.session.starts_at in by_start(path)
    clock.shift(dt.timedelta(days=30))
    assert house.session.starts_at in by_start(path)
    clock.shift(dt.timedelta(days=1))
    assert house.session.starts_at not in by_start(path)


def test_uids_stay_and_are_another_for_everybody(house):
    path = subscribe(house.pat.user)
    pats = set(events(path))
    assert set(events(path)) == pats
    assert set(events(subscribe(house.pat.user))) == pats, "another address, the same events"
    quinns, alices = set(events(subscribe(house.quinn.user))), set(events(subscribe(house.alice)))
    assert len(pats) == len(quinns) == len(alices)
    assert pats.isdisjoint(quinns) and pats.isdisjoint(alices) and quinns.isdisjoint(alices)
    every = "".join(pats | quinns | alices)
    assert str(house.session.uid) not in every and house.session.uid.hex not in every


def test_a_move_and_a_cancellation_raise_the_sequence(house):
    path = subscribe(house.pat.user)
    first = by_start(path)[house.session.starts_at]
    assert said(first) == (0, "CONFIRMED")
    moved = move_session(session=house.session, starts_at=dt.datetime(2026, 3, 4, 14, tzinfo=PACIFIC))
    second = events(path)[first.uid.value]
    assert second.dtstart.value.astimezone(dt.UTC) == moved.starts_at
    assert second.status.value == "CONFIRMED" and said(second)[0] > said(first)[0]
    cancel_session(session=moved, reason="Alice is ill")
    third = events(path)[first.uid.value]
    assert third.status.value == "CANCELLED" and said(third)[0] > said(second)[0]
    assert by_start(path)[dt.datetime(2026, 3, 9, 9, tzinfo=PACIFIC)].status.value == "CONFIRMED", "the series goes on"


def test_leaving_and_coming_back(house):
    path = subscribe(house.pat.user)
    first = by_start(path)[house.session.starts_at]
    today = dt.date(2026, 3, 2)
    leave_group(membership=house.pat.memberships.get(), left_on=today, reason="Another time")
    second = events(path)[first.uid.value]
    assert second.status.value == "CANCELLED" and said(second)[0] > said(first)[0]
    assert {event.status.value for event in events(path).values()} == {"CANCELLED"}
    seat_member(group=house.group, episode=house.pat_episode, joined_on=today)
    third = events(path)[first.uid.value]
    assert third.status.value == "CONFIRMED" and said(third)[0] > said(second)[0]
    assert said(by_start(subscribe(house.quinn.user))[house.session.starts_at]) == (0, "CONFIRMED")


def test_a_cancelled_appointment(house):
    at = dt.datetime(2026, 3, 5, 13, tzinfo=PACIFIC)
    appointment = appoint(house, at)
    path = subscribe(house.pat.user)
    assert said(by_start(path)[at]) == (0, "CONFIRMED")
    appointment.status, appointment.reason, appointment.changes = "cancelled", "Ill", 1
    appointment.save()
    assert said(by_start(path)[at]) == (1, "CANCELLED"), "whether or not its bookings are released yet"
    appointment.bookings.update(released_at=dt.datetime(2026, 3, 2, 17, tzinfo=dt.UTC))
    assert said(by_start(path)[at]) == (2, "CANCELLED")


def test_nothing_but_times_leaves(house):
    house.group.topic = "Triggers"
    house.group.save()
    appoint(house, dt.datetime(2026, 3, 5, 13, tzinfo=PACIFIC))
    cancel_session(session=house.session, reason="Alice is ill")
    for user in (house.pat.user, house.alice):
        text = Client().get(subscribe(user)).content.decode().lower()
        for word in [
            *("monday process", "process", "group", "iop", "program", "individual", "session", "recovery", "ill"),
            *("day track", "peerson", "quill", "clinician", "alice", "pat ", "example.org", "triggers", "facilitator"),
            *("attendee", "organizer", "location", "description", "geo:", "comment", "categories", "video"),
        ]:
            assert word not in text, word
        event = next(iter(vobject.readOne(text.upper()).vevent_list))
        assert set(event.contents) == {
            *("uid", "dtstamp", "last-modified", "dtstart", "dtend", "sequence"),
            *("status", "summary", "class", "transp", "url"),
        }
    event = next(iter(events(subscribe(house.pat.user)).values()))
    assert event.summary.value == "Appointment"
    assert getattr(event, "class").value == "PRIVATE"
    assert event.url.value == "http://127.0.0.1:8000/"


def test_the_one_word_is_in_the_persons_language(house, monkeypatch):
    monkeypatch.setattr("scheduling.feeds._", lambda word: f"{word} in {translation.get_language()}")
    house.pat.user.language = "es"
    house.pat.user.save()
    for user, said_in in ((house.pat.user, "es"), (house.quinn.user, "en")):
        found = events(subscribe(user)).values()
        assert {event.summary.value for event in found} == {f"Appointment in {said_in}"}


def test_it_is_a_calendar_as_the_standard_has_it(house, settings):
    settings.SITE_NAME = "Kalender für alles; was im Laufe einer Woche so ansteht und noch ein wenig mehr: neutral"
    body = Client().get(subscribe(house.pat.user)).content
    lines = body.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(len(line) for line in lines) <= 75
    assert b"\n" not in body.replace(b"\r\n", b"") and b"\r" not in body.replace(b"\r\n", b"")
    calendar = vobject.readOne(body.decode())
    assert calendar.version.value == "2.0" and calendar.method.value == "PUBLISH" and calendar.prodid.value
    assert calendar.contents["x-wr-calname"][0].value == settings.SITE_NAME
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in body
    assert all(event.dtstamp.value.tzinfo for event in calendar.vevent_list)


def test_somebody_booked_for_nothing_has_an_empty_calendar(house):
    text = Client().get(subscribe(house.coordinator)).content.decode()
    assert "VEVENT" not in text and vobject.readOne(text).version.value == "2.0"


def test_no_way_in_but_the_address(house):
    path = subscribe(house.pat.user)
    assert Client().get("/cal/none.ics").status_code == 404
    assert Client().get(path.replace(".ics", "x.ics")).status_code == 404
    assert Client().post(path).status_code == 405
    revoke_feed(user=house.pat.user)
    assert Client().get(path).status_code == 404
    path = subscribe(house.pat.user)
    again = subscribe(house.pat.user)
    assert Client().get(path).status_code == 404, "another address ends the first"
    assert Client().get(again).status_code == 200
    house.pat.user.is_active = False
    house.pat.user.save()
    assert Client().get(again).status_code == 404
    assert Client().head(again).status_code == 404


def test_the_address_is_not_kept(house):
    feed, address = open_feed(user=house.pat.user)
    token = address.rpartition("/")[2].removesuffix(".ics")
    assert address == f"http://127.0.0.1:8000/cal/{token}.ics" and len(token) >= 43
    kept = CalendarFeed.objects.values().get(pk=feed.pk)
    assert token not in str(kept) and kept["token_hash"] == hash_of(token)


def test_neither_cookies_nor_robots(house):
    path = subscribe(house.pat.user)
    client = Client()
    answer = client.get(path)
    assert not answer.cookies and not client.cookies
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    head = Client().head(path)
    assert head.status_code == 200 and head.content == b"" and head["ETag"] == answer["ETag"]


def test_what_did_not_change_is_not_sent_again(house, clock):
    path = subscribe(house.pat.user)
    etag = Client().get(path)["ETag"]
    clock.shift(dt.timedelta(minutes=30))
    answer = Client().get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert answer["Cache-Control"] == "private, no-cache"
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 4, 14, tzinfo=PACIFIC))
    answer = Client().get(path, headers={"If-None-Match": etag})
    assert answer.status_code == 200 and answer["ETag"] != etag


def test_when_it_was_read_is_kept_once_an_hour(house, clock):
    path = subscribe(house.pat.user)
    first = clock_time = dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC)
    for minutes, expected in [(0, first), (59, first), (1, first + dt.timedelta(hours=1))]:
        clock_time += dt.timedelta(minutes=minutes)
        clock.move_to(clock_time)
        Client().get(path)
        assert CalendarFeed.objects.get(revoked_at=None).read_at == expected


def test_a_fixed_number_of_queries(house):
    def cost(user) -> int:
        path = subscribe(user)
        with CaptureQueriesContext(connection) as seen:
            assert Client().get(path).status_code == 200
        return len(seen)

    assert cost(house.coordinator) == QUERIES
    assert cost(house.pat.user) == QUERIES
    more_people(house, 3)
    for day in range(5, 15):
        appoint(house, dt.datetime(2026, 3, day, 20, tzinfo=PACIFIC))
    assert cost(house.pat.user) == QUERIES
    assert cost(house.alice) == QUERIES


def test_two_at_once_leave_one_address(committed_house):
    user = committed_house.pat.user
    outcomes = together([lambda: open_feed(user=user)] * 2)
    assert [type(outcome) for outcome in outcomes] == [tuple, tuple]
    assert CalendarFeed.objects.in_force().filter(user=user).count() == 1
    answers = [Client().get(path_of(address)).status_code for _feed, address in outcomes]
    assert sorted(answers) == [200, 404]


def test_without_the_lock_the_second_runs_into_the_wall(committed_house, monkeypatch):
    """The negative control: both find none to revoke, and only the constraint is left."""
    monkeypatch.setattr(type(User.objects.all()), "select_for_update", lambda self, **_how: self)
    monkeypatch.setattr(feeds, "revoke_feed", meeting_after(feeds.revoke_feed))
    user = committed_house.pat.user
    (error,) = failures(together([lambda: open_feed(user=user)] * 2))
    assert isinstance(error, IntegrityError) and "one_feed_a_person" in str(error)
