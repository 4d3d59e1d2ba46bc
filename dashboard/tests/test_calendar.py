"""The calendar's page, what it reads, and moving through it."""

import datetime as dt
import json
import re
import zoneinfo

import pytest

from accounts.services import set_staff_profile
from groups.models import Kind
from messaging.models import Delivery
from scheduling.models import Appointment, Booking, Closure, Session, TimeOff
from scheduling.services import cancel_session, create_slot, move_session, rehearse, seat_member
from tests.desk import Readings, count, text
from tests.factories import make_group, make_program, make_staff

PAGE = "/desk/calendar/"
EVENTS = "/desk/calendar/events/?start=2026-03-02&end=2026-03-09"
QUERIES = 6  # who asks and their roles: three; sessions, appointments, closed days
PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")


def events(client, more="", span=EVENTS) -> list[dict]:
    answer = client.get(span + more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def titles(rows) -> list[str]:
    return [row["title"] for row in rows]


def send(client, session, deed="move", **sent):
    body = {"start": "2026-03-04T14:00", "minutes": 90, "seen": 0} | sent
    address = f"/desk/calendar/sessions/{session.uid}/{deed}/"
    return client.post(address, json.dumps(body), content_type="application/json")


def appointment(house, provider=None, hour=13) -> Appointment:
    """Pat's individual session on Tuesday."""
    start = dt.datetime(2026, 3, 3, hour, tzinfo=PACIFIC)
    provider = provider or house.alice
    return Appointment.objects.create(
        kind="individual",
        provider=provider,
        patient=house.pat,
        episode=house.pat_episode,
        starts_at=start,
        ends_at=start + dt.timedelta(minutes=50),
        zone="America/Los_Angeles",
        booked_by=provider,
    )


def test_doors(house, browse):
    for address in (PAGE, EVENTS):
        assert browse(house.billing).get(address).status_code == 403
        assert browse(house.pat.user).get(address).status_code == 403
        assert browse(house.alice).get(address).status_code == 200
    assert browse(None).get(PAGE)["Location"].startswith("/account/login/")
    assert browse(None).get(EVENTS).status_code == 403


def test_a_style_sheet_by_nonce_on_this_page_alone(house, browse):
    client = browse(house.alice)
    page = client.get(PAGE)
    nonce = re.search(r'<meta name="csp-nonce" content="([^"]{16,})">', page.content.decode())[1]
    assert f"style-src 'self' 'nonce-{nonce}'" in page["Content-Security-Policy"]
    assert "font-src 'self' data:" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert nonce not in client.get(PAGE)["Content-Security-Policy"]
    assert "nonce" not in client.get("/desk/week/")["Content-Security-Policy"]


def test_each_sees_their_own(house, browse):
    appointment(house)
    elsewhere = make_program("Elsewhere")
    stranger = make_staff(elsewhere)
    assert titles(events(browse(house.alice))) == ["Monday process", "Individual session"]
    assert titles(events(browse(house.bob))) == ["Monday process", "Individual session"]
    assert titles(events(browse(house.charlie))) == ["Charlie’s skills"]
    assert titles(events(browse(house.coordinator))) == ["Monday process", "Charlie’s skills"]
    assert events(browse(stranger)) == []
    mine = f"&group={house.group.uid}"
    assert events(browse(stranger), mine) == [] and events(browse(house.charlie), mine) == []
    assert events(browse(house.charlie), f"&facilitator={house.alice.uid}") == []


def test_a_session_in_words(house, browse):
    (row,) = events(browse(house.alice))
    assert (row["id"], row["start"], row["end"]) == (
        str(house.session.uid),
        "2026-03-02T09:00",
        "2026-03-02T10:30",
    )
    assert row["label"] == (
        "Monday process, Process, Monday, March 2, 9:00 AM to 10:30 AM, led by Alice Clinician, 2 of 5 seats"
    )
    assert row["kind"] == "process" and row["kindWord"] == "Process" and row["editable"] and row["seen"] == 0
    assert row["url"] == f"/desk/sessions/{house.session.uid}/" and not row["begun"] and not row["cancelled"]


def test_no_patient_is_named_and_none_is_read(house, browse):
    appointment(house)
    readings = Readings()
    answer = browse(house.alice).get(EVENTS)
    assert "Peerson" not in text(answer) and "Pat" not in text(answer)
    assert "with Alice Clinician" in text(answer)
    assert readings.of(house.alice) == set()


@pytest.mark.parametrize("more", ["", "&kind=process", "&facilitator={alice}"])
def test_a_fixed_number_of_queries(house, browse, more):
    client = browse(house.alice)
    address = EVENTS + more.format(alice=house.alice.uid)
    expected = {"": QUERIES, "&kind=process": QUERIES - 1}.get(more, QUERIES + 1)  # their time off
    few = len(events(client, span=address))
    assert count(client, address) == expected
    for n in range(10):
        group = make_group(house.program, house.alice, name=f"More {n}")
        for weekday in (2, 3, 4):
            create_slot(group=group, weekday=weekday, starts_at=dt.time(8 + n), minutes=45)
        if n < 5:
            appointment(house, hour=13 + n)
            Closure.objects.create(
                program=house.program,
                starts_on=dt.date(2026, 3, 7 + n % 2),  # the weekend: who is to lead stays booked
                last_on=dt.date(2026, 3, 7 + n % 2),
                reason="Snow",
                created_by=house.admin,
            )
    assert len(events(client, span=address)) >= few + 30
    assert count(client, address) == expected


def test_the_page_takes_a_fixed_number_of_queries(house, browse):
    client = browse(house.coordinator)
    before = count(client, PAGE)
    for n in range(5):
        group = make_group(house.program, make_staff(house.program), name=f"More {n}")
        create_slot(group=group, weekday=4, starts_at=dt.time(9), minutes=45)
    assert count(client, PAGE) == before == 5


def test_filters(house, browse):
    appointment(house)
    skills = make_group(house.program, house.alice, name="Skills", kind=Kind.SKILLS)
    create_slot(group=skills, weekday=4, starts_at=dt.time(9), minutes=60)
    client = browse(house.coordinator)
    assert titles(events(client, "&kind=skills")) == ["Charlie’s skills", "Skills"]
    assert titles(events(client, f"&group={skills.uid}")) == ["Skills"]
    assert titles(events(client, f"&facilitator={house.alice.uid}")) == ["Monday process", "Skills"]
    assert titles(events(client, f"&facilitator={house.alice.uid}&kind=process")) == ["Monday process"]
    assert titles(events(browse(house.alice), "&kind=individual")) == ["Individual session"]
    assert events(client, "&kind=individual") == []
    page = client.get(PAGE, {"kind": "skills", "group": str(skills.uid), "facilitator": str(house.alice.uid)})
    assert text(page).count(" selected>") == 3
    assert client.get(PAGE, {"kind": "x", "group": "x", "date": "x", "view": "x"}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "start=2026-04-02",
        "start=&end=",
        "start=x&end=2026-03-09",
        "start=2026-03-09&end=2026-03-09",
        "start=2026-03-09&end=2026-03-02",
        "start=2026-03-02&end=2026-04-21",
        "start=0001-01-01&end=0001-02-01",
        "start=2026-03-02&end=2026-03-09&kind=x",
        "start=2026-03-02&end=2026-03-09&group=x",
        "start=2026-03-02&end=2026-03-09&facilitator=1",
        "start=%00&end=2026-03-09",
    ],
)
def test_what_can_not_be_read_is_refused_with_a_sentence(house, browse, query):
    answer = browse(house.alice).get(f"/desk/calendar/events/?{query}")
    assert answer.status_code == 400 and answer.json()["message"].endswith(".")


def test_this_week_when_none_is_named(house, browse):
    client = browse(house.alice)
    assert events(client, span="/desk/calendar/events/") == events(client)


def test_seven_weeks_are_shown(house, browse):
    assert len(events(browse(house.alice), span="/desk/calendar/events/?start=2026-03-02&end=2026-04-20")) == 7


def test_nine_stays_nine_in_the_week_of_the_clock_change(house, browse):
    """The clocks change on Sunday the 8th at 2:00. What lies over it is drawn as long as it is, its true end in words."""
    create_slot(group=house.group, weekday=6, starts_at=dt.time(1), minutes=120)
    client = browse(house.alice)
    rows = events(client, span="/desk/calendar/events/?start=2026-03-02&end=2026-03-16")
    starts = {row["start"]: row for row in rows}
    assert "2026-03-02T09:00" in starts and "2026-03-09T09:00" in starts
    night = starts["2026-03-08T01:00"]
    assert night["end"] == "2026-03-08T03:00" and night["minutes"] == 120 and night["time"] == "1:00–4:00 AM"
    house.alice.zone = "America/Phoenix"  # which does not change its clocks
    house.alice.save()
    rows = events(browse(house.alice), span="/desk/calendar/events/?start=2026-03-02&end=2026-03-16")
    assert {"2026-03-02T10:00", "2026-03-09T09:00"} <= {row["start"] for row in rows}


def test_the_night_an_hour_comes_twice(house, browse, clock):
    clock.move_to(dt.datetime(2026, 10, 26, 8, tzinfo=PACIFIC))
    session = Session.objects.create(
        group=house.group,
        starts_at=dt.datetime(2026, 11, 1, 8, 30, tzinfo=dt.UTC),  # 1:30 PDT
        ends_at=dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC),  # 1:30 PST
        zone="America/Los_Angeles",
    )
    rows = events(browse(house.coordinator), span="/desk/calendar/events/?start=2026-10-26&end=2026-11-02")
    (row,) = [row for row in rows if row["id"] == str(session.uid)]
    assert (row["start"], row["end"], row["time"]) == ("2026-11-01T01:30", "2026-11-01T02:30", "1:30–1:30 AM")


def test_what_begins_before_the_first_day_and_reaches_into_it_is_there(house, browse):
    Session.objects.create(
        group=house.group,
        starts_at=dt.datetime(2026, 3, 8, 23, 30, tzinfo=PACIFIC),
        ends_at=dt.datetime(2026, 3, 9, 0, 30, tzinfo=PACIFIC),
        zone="America/Los_Angeles",
    )
    for span in ("start=2026-03-08&end=2026-03-09", "start=2026-03-09&end=2026-03-10"):
        rows = events(browse(house.coordinator), span=f"/desk/calendar/events/?{span}")
        assert "2026-03-08T23:30" in [row["start"] for row in rows]


def test_states_in_words(house, browse, clock):
    second = Session.objects.filter(group=house.group).order_by("starts_at")[1]
    cancel_session(session=house.session, reason="Snow")
    move_session(session=second, starts_at=dt.datetime(2026, 3, 4, 9, tzinfo=PACIFIC))
    rows = {row["id"]: row for row in events(browse(house.alice))}
    cancelled, moved = rows[str(house.session.uid)], rows[str(second.uid)]
    assert cancelled["state"] == "Cancelled" and "is-cancelled" in cancelled["classNames"] and not cancelled["editable"]
    assert cancelled["who"] == "Alice Clinician" and "preview" not in cancelled
    assert moved["state"] == "Moved" and "is-moved" in moved["classNames"] and moved["label"].endswith("Moved")
    assert titles(events(browse(house.coordinator), f"&facilitator={house.alice.uid}")) == ["Monday process"] * 2
    clock.move_to(dt.datetime(2026, 3, 4, 9, 5, tzinfo=PACIFIC))
    (row,) = [row for row in events(browse(house.alice)) if row["id"] == str(second.uid)]
    assert row["begun"] and not row["editable"] and "move" not in row


def test_closed_days_and_time_off(house, browse):
    Closure.objects.create(
        program=house.program,
        starts_on=dt.date(2026, 3, 5),
        last_on=dt.date(2026, 3, 6),
        reason="Staff training",
        created_by=house.admin,
    )
    away = dt.datetime(2026, 3, 4, 13, tzinfo=PACIFIC)
    TimeOff.objects.create(
        user=house.alice, starts_at=away, ends_at=away + dt.timedelta(hours=4), created_by=house.alice
    )
    rows = [r for r in events(browse(house.alice)) if r["kind"] == "closure"]
    wash, line = rows
    assert wash["display"] == "background" and (wash["start"], wash["end"]) == ("2026-03-05", "2026-03-07")
    assert line["title"] == "Closed: Staff training" and line["allDay"] and not line["editable"]
    asked = f"&facilitator={house.alice.uid}"
    away = [r for r in events(browse(house.bob), asked) if r["kind"] == "away"]
    assert [r.get("title") for r in away] == [None, "Alice Clinician is away"]
    assert away[0]["start"] == "2026-03-04T13:00"
    assert "away" not in {r["kind"] for r in events(browse(house.charlie), asked)}


# --- moving


def test_who_may_move_what(house, browse):
    for deed in ("preview", "move"):
        for stranger in (house.billing, house.pat.user, None):
            assert send(browse(stranger), house.session, deed).status_code == 403
        assert send(browse(house.charlie), house.session, deed).status_code == 404
    assert house.session.moved_from is None


def licensed(user, state: str) -> None:
    set_staff_profile(
        user=user,
        credential="LMFT",
        supervisor=user.staff_profile.supervisor,
        licences=({"state": state, "kind": "LMFT", "number": "1"},),
    )


def test_the_preview_says_where_nobody_is_licensed(house, browse):
    notes = send(browse(house.alice), house.session, "preview").json()["notes"]
    assert notes == ["Nobody who leads is licensed in CA, where members live: from Wed, Mar 4 on."]
    licensed(house.alice, "CA")
    assert send(browse(house.alice), house.session, "preview").json()["notes"] == []


def test_the_preview_changes_nothing_and_says_what_would(house, browse):
    licensed(house.alice, "CA")
    rows = (Delivery.objects.count(), Booking.objects.count())
    answer = send(browse(house.alice), house.session, "preview", minutes=60)
    assert answer.json() == {
        "before": "Monday, March 2, 9:00–10:30 AM PST",
        "after": "Wednesday, March 4, 2:00–3:00 PM PST",
        "told": "2 people are told at once, and reminded of the new time.",
        "notes": [],
        "change": True,
    }
    assert (Delivery.objects.count(), Booking.objects.count()) == rows
    assert house.session.changes == 0 and house.session.moved_from is None


def test_the_move_is_the_preview(house, browse):
    client = browse(house.alice)
    assert send(client, house.session, minutes=60).status_code == 200
    session = house.session
    assert session.starts_at == dt.datetime(2026, 3, 4, 14, tzinfo=PACIFIC) and session.minutes == 60
    assert Delivery.objects.filter(kind="session_moved", subject_id=session.pk).count() == 2
    (row,) = events(client)
    assert (row["start"], row["seen"]) == ("2026-03-04T14:00", 1)


def test_the_wall_time_is_the_readers(house, browse):
    house.alice.zone = "America/New_York"
    house.alice.save()
    licensed(house.alice, "CA")
    client = browse(house.alice)
    answer = send(client, house.session, "preview").json()
    assert answer["after"] == "Wednesday, March 4, 2:00–3:30 PM EST"
    assert answer["notes"] == ["On the clock in Los Angeles: Wednesday, March 4, 11:00 AM–12:30 PM PST."]
    assert send(client, house.session).status_code == 200
    assert house.session.starts_at == dt.datetime(2026, 3, 4, 11, tzinfo=PACIFIC)


def test_a_double_click_and_a_stale_page(house, browse):
    """The second finds the session changed: it is sent once."""
    client = browse(house.alice)
    assert send(client, house.session).status_code == 200
    for deed in ("move", "preview"):
        second = send(client, house.session, deed, start="2026-03-05T14:00")
        assert second.status_code == 409 and second.json()["code"] == "changed_meanwhile"
    assert Delivery.objects.filter(kind="session_moved").count() == 2
    assert send(client, house.session, start="2026-03-05T14:00", seen=1).status_code == 200


def test_refusals_of_the_deed(house, browse, clock):
    client = browse(house.alice)
    other = make_group(house.program, house.alice, name="Elsewhere")
    create_slot(group=other, weekday=2, starts_at=dt.time(14), minutes=60)
    seat_member(group=other, episode=house.pat_episode, joined_on=dt.date(2026, 3, 2))
    for deed in ("preview", "move"):
        clash = send(client, house.session, deed)
        assert clash.status_code == 409 and clash.json() == {
            "code": "elsewhere",
            "message": "Alice Clinician is then in “Elsewhere”. Nobody can be in two places at once.",
        }
        assert send(client, house.session, deed, start="2026-03-01T09:00").json()["code"] == "in_the_past"
        assert send(client, house.session, deed, minutes=241).json()["code"] == "slot_length"
        assert send(client, house.session, deed, minutes=15).json()["code"] == "slot_length"
    cancel_session(session=house.session, reason="Snow")
    assert send(client, house.session).json()["code"] == "already_cancelled"
    second = Session.objects.filter(group=house.group).order_by("starts_at")[1]
    clock.move_to(second.starts_at)
    assert send(browse(house.alice), second).json()["code"] == "has_begun"


@pytest.mark.parametrize(
    "slip",
    [
        {"start": ""},
        {"start": None},
        {"start": 5},
        {"start": "tomorrow"},
        {"start": "2026-03-04"},
        {"start": "2026-03-04 14:00"},
        {"start": "2026-03-04T24:30"},
        {"start": "2026-02-30T10:00"},
        {"start": "2026-03-04T14:00Z"},
        {"start": "9999-12-31T23:59"},
        {"start": "0001-01-01T00:00"},
        {"minutes": "90"},
        {"minutes": True},
        {"minutes": 0},
        {"minutes": 10**9},
        {"minutes": None},
        {"seen": None},
        {"seen": "0"},
    ],
)
def test_what_was_sent_can_not_be_read(house, browse, slip):
    client = browse(house.alice)
    for deed in ("preview", "move"):
        answer = send(client, house.session, deed, **slip)
        assert answer.status_code == 400 and answer.json()["message"].endswith(".")
    assert house.session.moved_from is None


def test_a_body_that_is_no_object(house, browse):
    client = browse(house.alice)
    address = f"/desk/calendar/sessions/{house.session.uid}/move/"
    for body in ("", "[]", "null", "3", "{"):
        assert client.post(address, body, content_type="application/json").status_code == 400
    assert client.get(address).status_code == 405


def test_a_rehearsal_is_taken_back_also_when_nothing_is_around_it(committed_house):
    """Outside a transaction too, and what it refuses leaves nothing either."""
    house = committed_house
    session = house.session

    def cancel():
        return cancel_session(session=session, reason="Snow")

    assert rehearse(cancel, lambda done: Session.objects.get(pk=done.pk).status) == "cancelled"
    assert house.session.status == "scheduled" and not Delivery.objects.exists()
    with pytest.raises(ZeroDivisionError):
        rehearse(cancel, lambda done: 1 / 0)
    assert house.session.status == "scheduled"
