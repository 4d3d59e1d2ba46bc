"""Pages of time off and cover; and what a stranger sees before, during and after the session they cover."""

import datetime as dt

import pytest

from clinical.models import ProgressNote, Status
from groups.models import Facilitator
from scheduling.models import CoverRequest, Session, TimeOff
from scheduling.services import create_slot, lead_group, take_over, take_time_off
from scheduling.tests.covering import a_day_off, able_staff, make_able, request_of, second_session
from tests.desk import Readings, attend, count, document, fields, text, told
from tests.factories import make_group, make_program, make_staff

TIME_OFF, NEW, COVER = "/desk/time-off/", "/desk/time-off/new/", "/desk/cover/"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def charlie(house):
    """Charlie, who could cover."""
    return make_able(house.charlie)


def take(client, session, part: str = "lead", **sent):
    return client.post(f"{COVER}{request_of(session, part).uid}/take/", sent, follow=True)


# --- time off


def test_who_may_open_them(house, browse):
    for address in (TIME_OFF, NEW, COVER):
        for reader in (house.alice, house.bob, house.coordinator, house.admin):
            assert browse(reader).get(address).status_code == 200
        for reader in (house.billing, house.pat.user):
            assert browse(reader).get(address).status_code == 403
        assert browse(None).get(address)["Location"].startswith("/account/login/")


def test_whole_days_in_ones_own_zone(house, browse):
    house.alice.zone = "America/New_York"
    house.alice.save()
    client = browse(house.alice)
    page = client.get(NEW)
    assert "Times in New York" in text(page)
    sent = {**fields(page, "first_day"), "first_day": "2026-03-08", "last_day": "2026-03-09"}
    assert sent["user"] == str(house.alice.pk)
    answer = client.post(NEW, sent, follow=True)
    assert told(answer) == ["The time off is entered. 1 session needs somebody: those who could cover are being asked."]
    time_off = TimeOff.objects.get()
    assert time_off.starts_at == dt.datetime(2026, 3, 8, 5, tzinfo=dt.UTC)  # the night of the clock change
    assert time_off.ends_at == dt.datetime(2026, 3, 10, 4, tzinfo=dt.UTC)


def test_hours_of_a_day(house, browse):
    client = browse(house.alice)
    sent = {"user": house.alice.pk, "first_day": "2026-03-09", "last_day": "2026-03-09"}
    client.post(NEW, {**sent, "from_time": "10:30", "until_time": "12:00"})
    time_off = TimeOff.objects.get()
    assert (time_off.starts_at.hour, time_off.ends_at.hour) == (17, 19)
    assert not CoverRequest.objects.exists()  # the session ends at 10:30
    assert "Nothing is planned in that time." in text(client.get(TIME_OFF))


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"first_day": "2026-03-01"}, "first_day"),
        ({"last_day": "2026-03-08"}, "last_day"),
        ({"from_time": "12:00", "until_time": "11:00"}, "last_day"),
        ({"first_day": "0026-03-09"}, "first_day"),
        ({"first_day": ""}, "first_day"),
    ],
)
def test_a_form_that_is_wrong_comes_back(house, browse, sent, field):
    base = {"user": house.alice.pk, "first_day": "2026-03-09", "last_day": "2026-03-09"}
    answer = browse(house.alice).post(NEW, {**base, **sent})
    assert answer.status_code == 422 and answer.context["form"].errors[field]
    assert not TimeOff.objects.exists()


def test_only_for_whom_one_may(house, browse):
    base = {"first_day": "2026-03-09", "last_day": "2026-03-09"}
    assert browse(house.alice).post(NEW, {**base, "user": house.charlie.pk}).status_code == 422
    answer = browse(house.bob).post(NEW, {**base, "user": house.alice.pk})
    assert answer["Location"] == TIME_OFF
    assert TimeOff.objects.get().created_by == house.bob


def test_the_list_says_who_could_cover(house, browse, charlie):
    a_day_off(house)
    page = text(browse(house.alice).get(TIME_OFF))
    assert "Asked: Charlie Stranger" in page and "Assign" not in page
    assert "Bob Supervisor</span>: not licensed in CA, not qualified for process" in page
    page = text(browse(house.coordinator).get(TIME_OFF))
    assert "Alice Clinician:" in page and "Assign" in page
    assert "Alice" not in text(browse(charlie).get(TIME_OFF))


def test_withdrawn_by_a_click(house, browse):
    time_off = a_day_off(house)
    address = f"{TIME_OFF}{time_off.uid}/withdraw/"
    assert browse(house.charlie).post(address).status_code == 404
    assert browse(house.alice).get(address).status_code == 405
    answer = browse(house.alice).post(address, follow=True)
    assert told(answer) == ["The time off is withdrawn. Requests for cover are closed."]
    assert "No time off is coming" in text(answer)


# --- cover


def test_cover_wanted_shows_nobody_in_care(house, browse, charlie):
    a_day_off(house)
    readings = Readings()
    page = text(browse(charlie).get(COVER))
    assert "Mon, Mar 9" in page and "Process" in page and "2 people expected" in page
    assert "Alice Clinician is away" in page and "Take it" in page
    assert "Monday process" not in page  # a group that is not theirs
    for name in ("Pat", "Peerson", "Quinn", "Quill"):
        assert name not in page
    assert readings.of(charlie) == set()


def test_why_one_could_not(house, browse):
    a_day_off(house)
    page = text(browse(house.charlie).get(COVER))
    assert "You could not: not licensed in CA, not qualified for process" in page and "Take it" not in page
    answer = take(browse(house.charlie), second_session(house))
    assert "not licensed in CA" in told(answer)[0]


def test_strangers_of_the_program_are_not_asked(house, browse, charlie):
    a_day_off(house)
    outsider = make_staff(make_program(), first="Olga")
    assert "Alice" not in text(browse(outsider).get(COVER))
    assert browse(outsider).post(f"{COVER}{request_of(second_session(house)).uid}/take/").status_code == 404


def test_assigned_by_a_coordinator(house, browse, charlie):
    a_day_off(house)
    session = second_session(house)
    client = browse(house.coordinator)
    page = text(client.get(COVER))
    assert f'<option value="{charlie.uid}">Charlie Stranger</option>' in page and "Bob Supervisor</span>:" in page
    for nonsense in ("nonsense", "6a5f0b1c-0000-4000-8000-000000000000"):
        assert told(take(client, session, user=nonsense)) == ["Choose somebody."]
    answer = take(client, session, user=charlie.uid, back="time_off")
    assert told(answer) == ["Charlie Stranger takes the session. Everybody concerned is being told."]
    assert answer.redirect_chain[-1][0] == TIME_OFF and "Charlie Stranger covers it" in text(answer)
    session.refresh_from_db()
    assert session.lead == charlie
    answer = client.post(f"{COVER}{request_of(session).uid}/give-back/", follow=True)
    assert told(answer) == ["Given back. Everybody concerned is being told."]
    assert CoverRequest.objects.open().count() == 1


def test_a_clinician_assigns_nobody_else(house, browse, charlie):
    a_day_off(house)
    dana = able_staff(house, "Dana")
    answer = take(browse(charlie), second_session(house), user=dana.uid)
    assert "assigned by a coordinator" in told(answer)[0]
    assert CoverRequest.objects.open().count() == 1


def test_given_back_by_whoever_covers_only(house, browse, charlie):
    a_day_off(house)
    session = second_session(house)
    take(browse(charlie), session)
    address = f"{COVER}{request_of(session).uid}/give-back/"
    assert "gives it back" in told(browse(house.alice).post(address, follow=True))[0]
    page = text(browse(charlie).get(COVER))
    assert "You cover it" in page and "Give it back" in page
    assert told(browse(charlie).post(address, follow=True))[0].startswith("Given back")


def test_home_says_that_somebody_is_needed(house, browse, charlie):
    assert COVER not in text(browse(charlie).get("/desk/"))
    a_day_off(house)
    assert "1 session needs somebody." in text(browse(charlie).get("/desk/"))
    assert "1 session needs somebody." in text(browse(house.coordinator).get("/desk/"))
    assert COVER not in text(browse(house.alice).get("/desk/"))
    assert COVER not in text(browse(make_staff(house.program)).get("/desk/"))


def test_the_session_says_who_covers(house, browse, charlie):
    a_day_off(house)
    session = second_session(house)
    address = f"/desk/sessions/{session.uid}/"
    assert "Cover wanted: Alice Clinician (Lead) is away." in text(browse(house.coordinator).get(address))
    take_over(session=session, part="lead", user=charlie, by=charlie)
    page = text(browse(house.coordinator).get(address))
    assert "Charlie Stranger covers for Alice Clinician." in page and "Cover wanted" not in page


# --- a stranger, for one session


def test_before_during_and_after(house, browse, charlie, clock):
    """Charlie can't open Pat's page before the window; within it they document; after it Pat is a stranger again."""
    session = second_session(house)
    record, own = f"/desk/people/{house.pat.uid}/", f"/desk/sessions/{session.uid}/"
    assert browse(charlie).get(record).status_code == browse(charlie).get(own).status_code == 404
    a_day_off(house)
    assert browse(charlie).get(own).status_code == 404
    answer = take(browse(charlie), session)
    assert told(answer) == ["The session is yours. Everybody concerned is being told."]
    assert answer.redirect_chain[-1][0] == own
    page = text(answer)
    assert "2 people are expected. You are not on their care team." in page and "Peerson" not in page
    assert "You see those expected from an hour before" in page
    assert f"/desk/series/{house.group.uid}/" not in page  # the group is not theirs: no link that ends nowhere
    assert browse(charlie).get(record).status_code == 404

    clock.move_to(session.starts_at - HOUR)
    readings = Readings()
    assert browse(charlie).get(record).status_code == 200
    assert "Pat Peerson" in text(browse(charlie).get(own))
    assert readings.of(charlie) == {"Pat", "Quinn"}
    assert browse(charlie).get(f"/desk/series/{house.group.uid}/").status_code == 404

    clock.move_to(session.ends_at + HOUR)
    page = browse(charlie).get(f"{own}roll-call/")
    assert page.status_code == 200 and "Pat Peerson" in text(page)
    attend(session, charlie, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    page = browse(charlie).get(f"{own}notes/")
    assert page.status_code == 200 and "Pat Peerson" in text(page)
    document(session, charlie, Pat="Came, and stayed.")
    note = ProgressNote.objects.get(session=session, patient=house.pat)
    assert note.is_signed and note.author == charlie
    assert browse(charlie).get(f"/desk/notes/{note.uid}/").status_code == 200

    clock.move_to(dt.datetime(2026, 3, 13, 7, tzinfo=dt.UTC))  # the midnight after Thursday
    assert browse(charlie).get(record).status_code == 404
    assert browse(charlie).get(f"/desk/notes/{note.uid}/").status_code == 404
    page = browse(charlie).get(own)
    assert page.status_code == 200 and "Peerson" not in text(page)
    assert browse(house.alice).get(record).status_code == 200


def test_other_sessions_stay_closed(house, browse, charlie, clock):
    a_day_off(house)
    session = second_session(house)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    third = Session.objects.filter(slot=house.slot).order_by("starts_at")[2]
    clock.move_to(session.starts_at)
    for other in (house.session, third):
        assert browse(charlie).get(f"/desk/sessions/{other.uid}/").status_code == 404


# --- how many queries


def test_a_fixed_number_of_queries(house, browse, charlie):
    group = make_group(house.program, house.alice, name="Another")
    create_slot(group=group, weekday=2, starts_at=dt.time(9), minutes=60)
    a_day_off(house)
    dana = able_staff(house, "Dana")
    clients = {reader: browse(reader) for reader in (house.coordinator, house.alice, charlie)}
    before = {(c, page): count(clients[c], page) for c in clients for page in (TIME_OFF, COVER, "/desk/")}
    lead_group(group=house.group, user=dana, part=Facilitator.Part.CO, from_day=dt.date(2026, 3, 2))
    a_day_off(house, dana, days=20)
    for n in range(4):
        able_staff(house, f"More{n}")
    later = TimeOff.objects.get(user=house.alice).ends_at
    take_time_off(user=house.alice, starts_at=later, ends_at=later + dt.timedelta(days=20), by=house.alice)
    assert CoverRequest.objects.open().count() > 6
    after = {(c, page): count(clients[c], page) for c, page in before}
    assert after == before
