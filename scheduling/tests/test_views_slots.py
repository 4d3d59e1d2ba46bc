"""Weekly times on staff's pages: what will happen is seen before it does, and nothing typed is lost."""

import datetime as dt

import pytest

from accounts.access import Role
from accounts.models import Licence
from accounts.services import set_staff_profile
from scheduling.models import Session, Slot
from scheduling.services import cancel_session, change_slot, create_slot
from tests.desk import count, fields, text, told
from tests.factories import make_group, make_program, make_staff

QUERIES = 6


@pytest.fixture(autouse=True)
def licensed(house):
    """Who leads is licensed where the members live, so that no page warns."""
    in_california = {"state": "CA", "kind": "LMFT", "number": "1"}
    for user, supervisor in ((house.alice, house.bob), (house.charlie, None)):
        set_staff_profile(user=user, credential="LMFT", supervisor=supervisor, licences=(in_california,))


def change_page(house) -> str:
    return f"/desk/slots/{house.slot.uid}/change/"


def wish(**other) -> dict:
    return {
        "from_day": "2026-03-09",
        "weekday": "2",
        "starts_at": "14:00",
        "minutes": "60",
        "break_minutes": "0",
        "topic": "Triggers",
        "lead": "",
        "co": "",
        **other,
    }


def pages(house) -> list[str]:
    slot, group = house.slot.uid, house.group.uid
    return [f"/desk/slots/{slot}/change/", f"/desk/slots/{slot}/end/", f"/desk/series/{group}/slots/new/"]


def test_doors(house, browse):
    other = make_program()
    stranger = make_staff(other, Role.PROGRAM_ADMIN)
    for page in pages(house):
        assert browse(None).get(page)["Location"].startswith("/account/login/")
        for wrong in (house.alice, house.billing, house.pat.user):
            assert browse(wrong).get(page).status_code == 403
        assert browse(stranger).get(page).status_code == 404
        assert browse(stranger).post(page, wish()).status_code == 404
        for reader in (house.bob, house.coordinator, house.admin):
            assert browse(reader).get(page).status_code == 200
    assert Slot.objects.count() == 2


def test_the_form_begins_with_what_is_and_takes_a_fixed_number_of_queries(house, browse):
    client = browse(house.bob)
    assert count(client, change_page(house)) == QUERIES
    page = client.get(change_page(house))
    sent = fields(page, "from_day")
    assert (sent["weekday"], sent["starts_at"], sent["minutes"], sent["break_minutes"]) == ("0", "09:00", "90", "15")
    assert "now Monday 9:00 AM (Los Angeles), 1 h 30 min" in text(page) and "Show what will change" in text(page)
    for _n in range(3):
        make_staff(house.program)
    assert count(client, change_page(house)) == QUERIES


def test_seen_first_then_done(house, browse):
    client = browse(house.bob)
    page = client.post(change_page(house), wish())
    assert page.status_code == 200 and Slot.objects.count() == 2
    assert "Mon, Mar 9, 9:00 AM" in text(page) and "Wed, Mar 11, 2:00 PM" in text(page)
    assert "3 people are told, once each." in text(page)
    sent = fields(page, "from_day")
    assert {name: sent[name] for name in wish()} == wish() and len(sent["seen"]) == 16
    page = client.post(change_page(house), sent | {"do": "yes"}, follow=True)
    assert told(page) == ["The weekly time changes from Monday, March 9 on. Everybody it concerns is being told."]
    assert "Wednesday 2:00 PM" in text(page) and "until Mar 9" in text(page) and "from Mar 9" in text(page)
    assert Slot.objects.get(follows=house.slot).topic == "Triggers"
    # The old address leads to what follows it.
    assert (
        client.get(change_page(house))["Location"] == f"/desk/slots/{Slot.objects.get(follows=house.slot).uid}/change/"
    )


def test_what_changed_meanwhile_is_shown_again(house, browse):
    client = browse(house.bob)
    seen = fields(client.post(change_page(house), wish()), "from_day")
    cancel_session(session=Session.objects.get(slot=house.slot, slot_date=dt.date(2026, 3, 16)), reason="Retreat")
    page = client.post(change_page(house), seen | {"do": "yes"})
    assert page.status_code == 422 and "Something changed meanwhile." in text(page)
    assert "cancelled: Retreat" in text(page) and Slot.objects.count() == 2
    again = fields(page, "from_day")
    assert again["seen"] != seen["seen"] and again["topic"] == "Triggers"
    # Another wish than the one that was seen is shown first, too.
    page = client.post(change_page(house), again | {"do": "yes", "topic": "Cravings"})
    assert page.status_code == 422 and Slot.objects.count() == 2
    assert client.post(change_page(house), fields(page, "from_day") | {"do": "yes"}).status_code == 302
    assert Slot.objects.get(follows=house.slot).topic == "Cravings"


def test_a_change_made_without_looking_is_shown_first(house, browse):
    page = browse(house.bob).post(change_page(house), wish(do="yes"))
    assert page.status_code == 200 and "What will change" in text(page) and Slot.objects.count() == 2


def test_a_clash_is_named_and_can_not_be_confirmed(house, browse):
    create_slot(group=make_group(house.program, house.alice, name="Noon"), weekday=2, starts_at=dt.time(14), minutes=60)
    page = browse(house.coordinator).post(change_page(house), wish())
    assert page.status_code == 422 and "Alice Clinician is then in “Noon”" in text(page)
    assert "seen" not in fields(page, "from_day") and "Change it" not in text(page)


def test_every_slip_stands_beside_its_field_and_nothing_is_lost(house, browse):
    client = browse(house.bob)
    for slip, field, sentence in (
        ({"from_day": ""}, "from_day", "This field is required."),
        ({"from_day": "0026-03-09"}, "from_day", "Check the year."),
        ({"from_day": "2026-03-01"}, "from_day", "The first possible day is Monday, March 2, 2026."),
        ({"weekday": "9"}, "weekday", "Select a valid choice."),
        ({"starts_at": "25:00"}, "starts_at", "Enter a valid time."),
        ({"minutes": "5"}, "minutes", "At least 15."),
        ({"break_minutes": "60"}, "break_minutes", "The break must be shorter than the session."),
        ({"lead": str(house.billing.pk)}, "lead", "Select a valid choice."),
        ({"co": str(house.alice.pk)}, "co", "would then both lead and co-facilitate"),
    ):
        page = client.post(change_page(house), wish() | slip)
        assert page.status_code == 422, slip
        assert sentence in " ".join(page.context["form"].errors[field]), slip
        assert fields(page, "topic")["topic"] == "Triggers"
    page = client.post(
        change_page(house), wish(weekday="0", starts_at="09:00", minutes="90", break_minutes="15", topic="")
    )
    assert page.status_code == 422 and "That is how it is already. Change something." in text(page)


def test_a_weekly_time_ends(house, browse):
    client, page = browse(house.bob), f"/desk/slots/{house.slot.uid}/end/"
    seen = client.post(page, {"ends_on": "2026-04-06", "reason": "Term over"})
    assert "no longer takes place" in text(seen) and "Mon, Apr 6, 9:00 AM" in text(seen)
    done = client.post(page, fields(seen, "ends_on") | {"do": "yes"}, follow=True)
    assert told(done) == ["The weekly time ends on Monday, April 6. Everybody it concerns is being told."]
    assert "until Apr 6" in text(done)
    assert set(Session.objects.filter(status="cancelled").values_list("reason", flat=True)) == {"Term over"}
    late = client.post(page, {"ends_on": "2026-04-07", "reason": ""})
    assert "This weekly time ends on April 6, 2026" in " ".join(late.context["form"].errors["ends_on"])


def test_a_weekly_time_is_added(house, browse):
    client, page = browse(house.bob), f"/desk/series/{house.group.uid}/slots/new/"
    sent = fields(client.get(page), "weekday")
    assert sent["starts_on"] == "2026-03-02" and sent["minutes"] == "60"
    slip = client.post(page, sent | {"weekday": "0", "starts_at": "10:00"})
    assert slip.status_code == 422 and "This group already meets then" in text(slip)
    past = client.post(page, sent | {"weekday": "3", "starts_at": "10:00", "starts_on": "2026-03-01"})
    assert "That day is in the past." in text(past)
    done = client.post(page, sent | {"weekday": "3", "starts_at": "10:00"}, follow=True)
    assert told(done) == ["The weekly time is added. Everybody in the group is being told."]
    assert Session.objects.filter(group=house.group, slot__weekday=3).count() == 8


def test_the_groups_page_leads_there_for_those_who_may(house, browse):
    change_slot(slot=house.slot, from_day=dt.date(2026, 3, 9), by=house.bob, weekday=3, lead=make_staff(house.program))
    new = Slot.objects.get(follows=house.slot)
    links = [f"/slots/{new.uid}/change/", f"/slots/{new.uid}/end/", f"/series/{house.group.uid}/slots/new/"]
    for reader, shown in ((house.alice, []), (house.bob, links)):
        page = text(browse(reader).get(f"/desk/series/{house.group.uid}/"))
        assert [link for link in links if link in page] == shown
        assert str(house.slot.uid) not in page and f"led by {new.lead}" in page


def test_one_session_is_changed_and_one_is_added(house, browse):
    client = browse(house.bob)
    page = f"/desk/sessions/{house.session.uid}/change/"
    sent = fields(client.get(page), "minutes")
    assert sent == {"lead": "", "co": "", "topic": "", "minutes": "90", "break_minutes": "15"}
    unchanged = client.post(page, sent, follow=True)
    assert told(unchanged) == ["That is how it is already. Nothing was changed."]
    slip = client.post(page, sent | {"break_minutes": "90", "topic": "Cravings"})
    assert slip.status_code == 422 and fields(slip, "topic")["topic"] == "Cravings"
    done = client.post(page, sent | {"topic": "Cravings", "lead": str(house.charlie.pk)}, follow=True)
    assert told(done) == ["The session is changed. Whoever notices it is being told."]
    assert (
        browse(house.coordinator).get(f"/desk/sessions/{house.session.uid}/").context["leads"][0].user == house.charlie
    )
    page = f"/desk/series/{house.group.uid}/sessions/new/"
    sent = {"day": "2026-03-05", "time": "09:00", "minutes": "60", "break_minutes": "0", "topic": ""}
    slip = client.post(page, sent | {"day": "2026-03-01"})
    assert slip.status_code == 422 and slip.context["form"].errors["time"] == ["That time is in the past."]
    done = client.post(page, sent, follow=True)
    assert told(done) == ["The session is added. Everybody expected is being told."]
    assert Session.objects.get(slot=None).group == house.group


def test_doors_of_one_session(house, browse):
    for page in (f"/desk/sessions/{house.session.uid}/change/", f"/desk/series/{house.group.uid}/sessions/new/"):
        assert browse(None).get(page)["Location"].startswith("/account/login/")
        for wrong in (house.billing, house.pat.user):
            assert browse(wrong).get(page).status_code == 403
        assert browse(house.charlie).get(page).status_code == 404
        assert browse(house.charlie).post(page, {}).status_code == 404
        for reader in (house.alice, house.bob, house.coordinator, house.admin):
            assert browse(reader).get(page).status_code == 200


def test_missing_licences_are_said_and_stop_nothing(house, browse):
    Licence.objects.all().delete()
    sent = {"weekday": 4, "starts_at": "09:00", "minutes": 60, "break_minutes": 0, "starts_on": "2026-03-02"}
    page = f"/desk/series/{house.group.uid}/slots/new/"
    client = browse(house.coordinator)
    answer = client.post(page, fields(client.get(page), "weekday") | sent, follow=True)
    assert told(answer) == [
        "The weekly time is added. Everybody in the group is being told.",
        "Nobody who leads is licensed in CA, where members live: from Mon, Mar 2 on.",
    ]
    assert house.group.slots.count() == 2
