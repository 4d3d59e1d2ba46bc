"""The roll-call of a session."""

import datetime as dt

import pytest

from clinical.models import Attendance, Status
from groups.models import Facilitator
from patients.services import end_care_team
from scheduling.models import Session
from scheduling.services import cancel_session, lead_group, seat_member
from tests.desk import Readings, attend, count, document, fields, more_people, sign, text, told, write
from tests.factories import make_staff

QUERIES = 12
TODAY = dt.date(2026, 3, 2)


def address(house) -> str:
    return f"/desk/sessions/{house.session.uid}/roll-call/"


@pytest.fixture
def held(house, clock):
    """The session is over and nothing is recorded yet. Dana leads it with Alice."""
    house.dana = make_staff(house.program, first="Dana", last="Cofacilitator", supervisor=house.bob)
    lead_group(group=house.group, user=house.dana, part=Facilitator.Part.CO, from_day=TODAY)
    clock.shift(dt.timedelta(hours=3))
    return house


def line(person, status="", minutes="", participation="") -> dict:
    """What the page sends for one person, on top of what it showed."""
    values = {"status": status, "minutes": minutes, "participation": participation}
    return {f"p{person.pk}-{name}": value for name, value in values.items()}


def recorded(person) -> tuple | None:
    found = Attendance.objects.filter(patient=person).first()
    return found and (found.status, found.minutes, found.participation)


def test_doors(held, browse):
    page = address(held)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (held.coordinator, held.admin, held.billing, held.pat.user):
        assert browse(stranger).get(page).status_code == 403
        assert browse(stranger).post(page, line(held.pat, "present")).status_code == 403
    assert browse(held.charlie).get(page).status_code == 404
    assert browse(held.charlie).post(page, line(held.pat, "present")).status_code == 404
    for reader in (held.alice, held.dana, held.bob):
        assert browse(reader).get(page).status_code == 200
    assert recorded(held.pat) is None


def test_a_fixed_number_of_queries(house, browse, clock):
    big = more_people(house, 8)[0].memberships.get().group
    clock.shift(dt.timedelta(hours=7))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    many = Session.objects.filter(group=big).earliest("starts_at")
    document(many, house.alice, **{f"More{n}": f"Text {n}" for n in range(5)})
    client = browse(house.alice)
    assert count(client, address(house)) == QUERIES
    assert count(client, f"/desk/sessions/{many.uid}/roll-call/") == QUERIES


def test_saving_takes_a_fixed_number_of_queries(house, browse, clock, django_assert_num_queries):
    big = more_people(house, 8)[0].memberships.get().group
    clock.shift(dt.timedelta(hours=7))
    many = Session.objects.filter(group=big).earliest("starts_at")
    for session in (house.session, many):
        client = browse(house.alice)
        page = f"/desk/sessions/{session.uid}/roll-call/"
        sent = fields(client.get(page))
        everybody = {name.replace("-seen", "-status"): "present" for name in sent if name.endswith("-seen")}
        with django_assert_num_queries(22):
            assert client.post(page, sent | everybody).status_code == 302
    assert Attendance.objects.filter(session=many, minutes=60).count() == 8


def test_who_is_shown_is_on_the_record_and_nobody_else(held, browse):
    readings = Readings()
    page = text(browse(held.alice).get(address(held)))
    assert "Pat Peerson" in page and "Quinn Quill" in page and "Rosenquist" not in page
    assert readings.of(held.alice) == {"Pat", "Quinn"}


def test_before_it_begins_there_is_nothing_to_fill_in_and_nobody_read(house, browse):
    readings = Readings()
    client = browse(house.alice)
    page = text(client.get(address(house)))
    assert "opens when the session begins" in page and "Peerson" not in page and 'id="roll-call"' not in page
    assert readings.of(house.alice) == set()
    page = client.post(address(house), line(house.pat, "present"))
    assert page.status_code == 422 and "once the session has begun" in text(page) and recorded(house.pat) is None


def test_everybody_at_once_and_on_to_the_notes(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held)))
    answer = client.post(address(held), sent | line(held.pat, "present") | line(held.quinn, "no_show"))
    assert answer["Location"] == f"/desk/sessions/{held.session.uid}/notes/"
    assert told(client.get(answer["Location"])) == ["The roll-call is complete."]
    assert recorded(held.pat) == ("present", 75, None) and recorded(held.quinn) == ("no_show", None, None)


def test_each_way_of_attending(held, browse):
    """Present without minutes is all of them; whoever was absent has none, whatever stands in the field."""
    for way, sent, expected in (
        ("present", ("", ""), ("present", 75, None)),
        ("present", ("75", "4"), ("present", 75, 4)),
        ("late", ("60", "0"), ("late", 60, 0)),
        ("left_early", ("1", ""), ("left_early", 1, None)),
        ("excused", ("40", "3"), ("excused", None, None)),
        ("no_show", ("", "2"), ("no_show", None, None)),
    ):
        client = browse(held.alice)
        page = fields(client.get(address(held)))
        assert client.post(address(held), page | line(held.pat, way, *sent)).status_code == 302
        assert recorded(held.pat) == expected


def test_partly_saved_stays_open(held, browse):
    client = browse(held.alice)
    page = client.post(address(held), fields(client.get(address(held))) | line(held.pat, "late", "50"), follow=True)
    assert told(page) == ["Saved. 1 person is still open."] and page.redirect_chain[-1][0] == address(held)
    assert recorded(held.pat) == ("late", 50, None) and recorded(held.quinn) is None
    sent = fields(page)
    assert sent[f"p{held.pat.pk}-status"] == "late" and f"p{held.quinn.pk}-status" not in sent


def test_every_slip_at_once_beside_its_field_and_nothing_is_lost(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held))) | line(held.pat, "late", "", "2") | line(held.quinn, "left_early", "500")
    page = client.post(address(held), sent)
    assert page.status_code == 422 and "look at 2 people below" in text(page)
    first, second = page.context["rows"]
    assert "give the minutes attended, 1 to 75" in first.errors["minutes"][0]
    assert "give the minutes attended, 1 to 75" in second.errors["minutes"][0]
    assert f'id="id_p{held.pat.pk}-minutes_error"' in text(page) and 'aria-invalid="true"' in text(page)
    assert fields(page) == sent
    assert recorded(held.pat) is None and recorded(held.quinn) is None


def test_other_slips(held, browse):
    client = browse(held.alice)
    for slip, field in (
        (("present", "40", ""), "minutes"),
        (("late", "0", ""), "minutes"),
        (("late", "-5", ""), "minutes"),
        (("late", "76", ""), "minutes"),
        (("late", "abc", ""), "minutes"),
        (("late", "9" * 5000, ""), "minutes"),
        (("late", "40", "5"), "participation"),
        (("late", "40", "x"), "participation"),
        (("asleep", "", ""), "status"),
        (("\x00", "", ""), "status"),
        (("", "40", ""), "status"),
        (("", "", "3"), "status"),
    ):
        sent = fields(client.get(address(held))) | line(held.pat, *slip)
        page = client.post(address(held), sent)
        assert page.status_code == 422, slip
        errors = page.context["rows"][0].errors
        assert list(errors) == [field] and len(errors[field]) == 1, (slip, errors)
    assert recorded(held.pat) is None


def test_a_page_without_its_fields(held, browse):
    """Nothing sent at all is a page to fill in; without the hidden fields a first line is saved, a second opinion refused."""
    client = browse(held.alice)
    assert client.post(address(held), {}).status_code == 422
    assert client.post(address(held), line(held.pat, "late", "50")).status_code == 302
    page = client.post(address(held), line(held.pat, "late", "60"))
    assert page.status_code == 422 and "changed this line meanwhile" in text(page)
    assert recorded(held.pat) == ("late", 50, None)


def test_somebody_else_cannot_be_slipped_in(held, browse):
    client = browse(held.alice)
    client.post(address(held), fields(client.get(address(held))) | line(held.robin, "present"))
    assert recorded(held.robin) is None


def test_two_fill_in_different_lines(held, browse):
    """Each saves what they chose; neither undoes the other's."""
    alice, dana = browse(held.alice), browse(held.dana)
    of_alice, of_dana = fields(alice.get(address(held))), fields(dana.get(address(held)))
    alice.post(address(held), of_alice | line(held.pat, "late", "50", "3"))
    assert dana.post(address(held), of_dana | line(held.quinn, "no_show")).status_code == 302
    assert recorded(held.pat) == ("late", 50, 3) and recorded(held.quinn) == ("no_show", None, None)
    assert Attendance.objects.get(patient=held.pat).taken_by == held.alice


def test_a_line_left_alone_never_undoes_a_correction(held, browse):
    attend(held.session, held.alice, Pat=Status.PRESENT, Quinn=Status.PRESENT)
    alice, dana = browse(held.alice), browse(held.dana)
    of_alice, of_dana = fields(alice.get(address(held))), fields(dana.get(address(held)))
    alice.post(address(held), of_alice | line(held.pat, "left_early", "30", "3"))
    dana.post(address(held), of_dana | line(held.quinn, "no_show"))  # Pat stands as present on her page
    assert recorded(held.pat) == ("left_early", 30, 3) and recorded(held.quinn) == ("no_show", None, None)


def test_changed_meanwhile_shows_both_and_saving_again_decides(held, browse):
    alice, dana = browse(held.alice), browse(held.dana)
    of_alice, of_dana = fields(alice.get(address(held))), fields(dana.get(address(held)))
    alice.post(address(held), of_alice | line(held.pat, "late", "50", "3"))
    page = dana.post(address(held), of_dana | line(held.pat, "excused") | line(held.quinn, "no_show"))
    assert page.status_code == 422 and "Alice Clinician changed this line meanwhile." in text(page)
    assert "As stored now:" in text(page) and "50 min" in text(page)
    sent = fields(page)
    assert sent[f"p{held.pat.pk}-status"] == "excused" and sent[f"p{held.quinn.pk}-status"] == "no_show"
    assert recorded(held.quinn) is None  # all or nothing
    assert dana.post(address(held), sent).status_code == 302
    assert recorded(held.pat) == ("excused", None, None) and recorded(held.quinn) == ("no_show", None, None)


def test_a_page_with_errors_shows_what_others_saved_meanwhile(held, browse):
    alice, dana = browse(held.alice), browse(held.dana)
    of_alice, of_dana = fields(alice.get(address(held))), fields(dana.get(address(held)))
    alice.post(address(held), of_alice | line(held.pat, "late", "50", "3"))
    page = dana.post(address(held), of_dana | line(held.quinn, "late"))
    assert page.status_code == 422 and fields(page)[f"p{held.pat.pk}-minutes"] == "50"


def test_pressed_twice(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held))) | line(held.pat, "late", "50") | line(held.quinn, "excused")
    assert client.post(address(held), sent).status_code == client.post(address(held), sent).status_code == 302
    assert recorded(held.pat) == ("late", 50, None)


def test_a_sealed_line_is_locked_and_stays(held, browse):
    document(held.session, held.alice, Pat="Spoke of the weekend.")
    client = browse(held.alice)
    page = client.get(address(held))
    sent = fields(page)
    assert "sealed with the signed note" in text(page) and not any(f"p{held.pat.pk}-" in name for name in sent)
    page = client.post(address(held), sent | line(held.quinn, "excused"), follow=True)
    assert told(page) == ["The roll-call is complete."] and recorded(held.pat) == ("present", 75, 3)


def test_signed_while_the_page_was_open(held, browse):
    """A change to the sealed line is refused in words; what was left alone goes through without a word."""
    attend(held.session, held.alice, Pat=Status.PRESENT)
    client = browse(held.dana)
    sent = fields(client.get(address(held)))
    write(held.session, held.alice, Pat="Spoke of the weekend.")
    sign(held.session, held.alice)
    page = client.post(address(held), sent | line(held.pat, "late", "abc", "3") | line(held.quinn, "excused"))
    assert page.status_code == 422 and "The note was signed meanwhile" in text(page)
    again = fields(page)
    assert again[f"p{held.quinn.pk}-status"] == "excused" and f"p{held.pat.pk}-status" not in again
    assert client.post(address(held), sent | line(held.quinn, "excused")).status_code == 302
    assert recorded(held.pat) == ("present", 75, 3) and recorded(held.quinn) == ("excused", None, None)


def test_absent_after_a_draft_was_written(held, browse):
    attend(held.session, held.alice, Pat=Status.PRESENT)
    write(held.session, held.alice, Pat="Spoke of the weekend.")
    client = browse(held.alice)
    page = client.post(address(held), fields(client.get(address(held))) | line(held.pat, "no_show"))
    assert page.status_code == 422 and "Empty the draft first." in page.context["rows"][0].errors["status"][0]
    assert recorded(held.pat) == ("present", 75, 3)


def test_cancelled_meanwhile(house, browse):
    """Before it begins there is nothing to lose; the reader is told and sent to its page."""
    cancel_session(session=house.session, reason="Snow")
    client = browse(house.alice)
    for answer in (client.get(address(house), follow=True), client.post(address(house), {"x": "y"}, follow=True)):
        assert told(answer) == ["This session was cancelled: there is nothing to document."]
        assert "This session is cancelled" in text(answer)
    assert browse(house.charlie).get(address(house)).status_code == 404


def test_somebody_out_of_sight_is_counted_and_left_open(held, browse):
    """Quinn is nobody's here any more: Alice is told that the session stays open, and who she sees is saved."""
    for source in (f"primary:{held.quinn_episode.pk}", f"group:{held.group.pk}"):
        end_care_team(source=source, patient=held.quinn)
    client = browse(held.alice)
    readings = Readings()
    page = client.get(address(held))
    assert "Quill" not in text(page) and "1 more person was expected" in text(page)
    assert readings.of(held.alice) == {"Pat"}
    page = client.post(
        address(held), fields(page) | line(held.pat, "present") | line(held.quinn, "present"), follow=True
    )
    assert told(page) == ["Saved."] and "1 more person was expected" in text(page)
    assert recorded(held.quinn) is None


def test_a_supervisor_documents_whom_they_may_see(house, browse, clock):
    seat_member(group=house.group, episode=house.robin_episode, joined_on=TODAY)
    clock.shift(dt.timedelta(hours=3))
    page = browse(house.bob).get(address(house))
    assert "Peerson" in text(page) and "Rosenquist" not in text(page) and "1 more person" in text(page)


def test_nobody_was_expected(house, browse, clock):
    house.group.memberships.update(left_on=TODAY)
    house.session.bookings.filter(patient__isnull=False).update(released_at=TODAY.isoformat() + "T00:00Z")
    clock.shift(dt.timedelta(hours=3))
    assert "Nobody was expected" in text(browse(house.alice).get(address(house)))
