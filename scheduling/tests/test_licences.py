"""State and licence: what is flagged when planned, where it is said, and that it names states only."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Licence
from groups.models import Facilitator
from scheduling.models import Booking, Session
from scheduling.services import lead_group
from scheduling.services.licences import expiring_soon, gaps_by_group, licence_gaps, licence_warning, sessions_with_gaps
from scheduling.tests.covering import able_staff, make_able, second_session
from tests.desk import browse, count, more_people, text, told  # noqa: F401 - a fixture
from tests.factories import make_patient, make_program, make_staff

LICENCES = "/desk/licences/"


def move_to(patient, state: str) -> None:
    patient.state = state
    patient.save()


def visit(session, patient) -> None:
    """Come to one session without joining the group."""
    Booking.objects.create(
        session=session,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        part="visitor",
        patient=patient,
        episode=patient.episodes.get(),
    )


def test_a_session_is_flagged_by_state(house):
    make_able(house.alice, "CA")
    assert licence_gaps([house.session]) == {}
    move_to(house.pat, "CO")
    move_to(house.quinn, "NY")
    assert licence_gaps([house.session]) == {house.session.pk: ["CO", "NY"]}
    dana = able_staff(house, "Dana", "CO")  # of two who lead, one is enough
    lead_group(group=house.group, user=dana, part=Facilitator.Part.CO, from_day=dt.date(2026, 3, 2))
    assert licence_gaps([house.session]) == {house.session.pk: ["NY"]}


def test_the_day_of_the_session_counts_in_its_zone(house):
    """Valid until the 9th: good for the session of the 9th, not for that of the 16th."""
    make_able(house.alice, "CA")
    Licence.objects.update(expires_on=dt.date(2026, 3, 9))
    first, second, third = Session.objects.filter(slot=house.slot).order_by("starts_at")[:3]
    assert set(licence_gaps([first, second, third])) == {third.pk}
    second.starts_at, second.ends_at = (  # 23:30 on the 9th there is the 10th in UTC
        dt.datetime(2026, 3, 10, 6, 30, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 10, 7, 30, tzinfo=dt.UTC),
    )
    second.save()
    assert licence_gaps([second]) == {}


def test_a_visitors_state_counts_and_only_for_that_session(house):
    make_able(house.alice, "CA")
    visitor = make_patient(house.program, house.charlie, "Visi").patient
    move_to(visitor, "AZ")
    visit(house.session, visitor)
    assert licence_gaps(Session.objects.filter(slot=house.slot)) == {house.session.pk: ["AZ"]}


def test_nobody_leads_nobody_is_licensed(house):
    Booking.objects.filter(session=house.session, user__isnull=False).update(released_at=dt.datetime.now(dt.UTC))
    assert licence_gaps([house.session]) == {house.session.pk: ["CA"]}


def test_one_query_for_any_number(house):
    for sessions in ([house.session], list(Session.objects.all())):
        with CaptureQueriesContext(connection) as seen:
            assert licence_gaps(sessions)
        assert len(seen) == 1


def test_the_warning_names_states_never_patients(house):
    make_able(house.alice, "CA")
    assert licence_warning(house.group) == ""
    move_to(house.pat, "CO")
    said = licence_warning(house.group)
    assert said == "Nobody who leads is licensed in CO, where members live: from Mon, Mar 2 on."
    assert licence_warning([second_session(house)]).endswith("from Mon, Mar 9 on.")
    assert licence_warning(house.group, states=["NY"]) == ""
    assert licence_warning([]) == ""


# --- where it is said


def test_on_the_session_the_group_and_the_week(house, browse):  # noqa: F811
    make_able(house.alice, "CA")
    pages = {
        "session": f"/desk/sessions/{house.session.uid}/",
        "group": f"/desk/series/{house.group.uid}/",
        "week": "/desk/week/",
    }
    client = browse(house.alice)
    for address in pages.values():
        page = text(client.get(address))
        assert "licensed in" not in page and "licence" not in page
    move_to(house.pat, "CO")
    assert "Nobody who leads this session is licensed in CO" in text(client.get(pages["session"]))
    assert "licence: CO" in text(client.get(pages["group"]))
    assert 'licence<span class="visually-hidden">: CO' in text(client.get(pages["week"]))


def test_what_is_over_is_not_flagged(house, browse, clock):  # noqa: F811
    move_to(house.pat, "CO")
    clock.shift(dt.timedelta(hours=4))
    assert "is licensed in" not in text(browse(house.alice).get(f"/desk/sessions/{house.session.uid}/"))


def test_told_after_adding_a_member(house, browse):  # noqa: F811
    make_able(house.alice, "CA")
    one, other = (make_patient(house.program, house.alice, name) for name in ("Cory", "Cal"))
    move_to(one.patient, "CO")
    client = browse(house.alice)
    join = f"/desk/series/{house.group.uid}/join/"
    sent = {"episode": one.pk, "joined_on": "2026-03-02"}
    said = told(client.post(join, sent, follow=True))
    assert said[0] == "Cory Patient is now a member."
    assert said[1].startswith("Nobody who leads is licensed in CO") and "Cory" not in said[1]
    said = told(client.post(join, {**sent, "episode": other.pk}, follow=True))
    assert said == ["Cal Patient is now a member."]  # CO is not their matter


def test_the_home_page_counts_for_who_plans(house, browse):  # noqa: F811
    make_able(house.alice, "CA")
    make_able(house.charlie, "CA")
    assert sessions_with_gaps(house.coordinator) == 0
    assert LICENCES not in text(browse(house.coordinator).get("/desk/"))
    move_to(house.pat, "CO")
    for reader in (house.coordinator, house.admin):
        page = text(browse(reader).get("/desk/"))
        assert "in 9 coming sessions nobody who leads is licensed" in page and LICENCES in page
    assert LICENCES not in text(browse(house.alice).get("/desk/"))
    assert sessions_with_gaps(make_staff(make_program())) == 0


def test_the_list_by_group_and_state(house, browse):  # noqa: F811
    make_able(house.alice, "CA")
    make_able(house.charlie, "CA")
    move_to(house.pat, "CO")
    move_to(house.quinn, "NY")
    (colorado, york) = gaps_by_group(house.coordinator)
    assert (colorado.group, colorado.state, len(colorado.sessions)) == (house.group, "CO", 9)
    assert (york.state, york.sessions[0]) == ("NY", house.session)
    page = text(browse(house.coordinator).get(LICENCES))
    assert "Monday process" in page and "9 sessions" in page and "first Mon, Mar 2" in page
    assert "Peerson" not in page and "Quill" not in page
    assert [gap.group for gap in gaps_by_group(house.bob)] == [house.group] * 2  # who supervises Alice
    assert gaps_by_group(house.charlie) == []


def test_who_may_open_the_list(house, browse):  # noqa: F811
    for reader, status in ((house.bob, 200), (house.coordinator, 200), (house.admin, 200), (house.alice, 403)):
        assert browse(reader).get(LICENCES).status_code == status
    assert browse(house.pat.user).get(LICENCES).status_code == 403
    other = make_staff(make_program("Elsewhere"), "program_admin")
    move_to(house.pat, "CO")
    assert "Monday process" not in text(browse(other).get(LICENCES))


def test_licences_that_expire_soon(house, browse):  # noqa: F811
    make_able(house.alice, "CA", "CO", "NY")
    ends = {"CA": dt.date(2026, 5, 1), "CO": dt.date(2026, 5, 2), "NY": dt.date(2026, 2, 1)}
    for state, day in ends.items():
        Licence.objects.filter(state=state).update(expires_on=day)
    assert [licence.state for licence in expiring_soon(house.coordinator)] == ["NY", "CA"]
    assert [licence.state for licence in expiring_soon(house.bob)] == ["NY", "CA"]
    assert expiring_soon(make_staff(make_program(), "program_admin")) == expiring_soon(house.charlie) == []
    page = text(browse(house.admin).get(LICENCES))
    assert "Alice Clinician" in page and "expires May 1, 2026" in page and "expired Feb 1, 2026" in page


def test_the_list_takes_a_fixed_number_of_queries(house, browse):  # noqa: F811
    client = browse(house.coordinator)
    before = count(client, LICENCES)
    for patient in more_people(house, 6):
        move_to(patient, "CO")
    make_able(make_staff(house.program), "CO", "NY")
    assert count(client, LICENCES) == before == 6
