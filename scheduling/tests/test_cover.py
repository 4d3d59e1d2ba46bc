"""Time off and cover: requests that follow the schedule, who could cover, taking over and giving back."""

import datetime as dt
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.access import Role
from accounts.models import Licence, User
from accounts.services import give_role
from clinical.queries import documented_by, may_document
from conftest import PACIFIC
from core.errors import Refusal
from core.tests.racing import failures, meeting_after, together
from groups.models import Facilitator, Kind, Qualification
from groups.services import qualify
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from patients.models import CareTeamMember, Patient
from scheduling.models import Booking, CoverRequest, Session
from scheduling.services import (
    cancel_session,
    cover,
    create_slot,
    extend_horizon,
    give_back,
    lead_group,
    leave_group,
    move_session,
    reconcile_bookings,
    seat_member,
    take_over,
    take_time_off,
    withdraw_time_off,
)
from scheduling.services.candidates import candidates, candidates_for
from scheduling.services.cover_lists import could_take
from scheduling.services.windows import note_due
from scheduling.tests.covering import DAY, NEXT_MONDAY, a_day_off, able_staff, make_able, request_of, second_session
from tests.factories import make_group, make_patient, make_program, make_staff

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def charlie(house):
    """Charlie, who could cover."""
    return make_able(house.charlie)


def refused(code: str, deed, **kwargs) -> str:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code
    return str(caught.value.message)


def leaders(session) -> dict[str, str]:
    rows = Booking.objects.live().filter(session=session, user__isnull=False)
    return dict(rows.values_list("part", "user__first_name"))


def sees(user, patient) -> bool:
    return Patient.objects.visible_to(user).filter(pk=patient.pk).exists()


def words_to(user, kind: str) -> list[str]:
    """What would be said now to somebody by the deliveries of a kind; "" where nothing would be sent."""
    said = []
    for delivery in Delivery.objects.filter(recipient=user, kind=kind).order_by("pk"):
        call = compose(delivery)
        said.append(str(call.sentence or "default") if isinstance(call, Call) else "")
        assert isinstance(call, Call | Skip)
    return said


# --- time off


def test_time_off_asks_for_cover_of_what_one_leads_in_it(house, charlie):
    session = second_session(house)
    time_off = a_day_off(house)
    request = CoverRequest.objects.get()
    assert (request.session, request.part, request.absent, request.time_off) == (session, "lead", house.alice, time_off)
    assert leaders(session) == {"lead": "Alice"}  # until somebody takes it
    assert list(Delivery.objects.filter(kind="cover_wanted").values_list("recipient", flat=True)) == [charlie.pk]


def test_an_hour_of_a_day_touches_only_what_overlaps(house):
    session = second_session(house)
    take_time_off(user=house.alice, starts_at=session.ends_at, ends_at=session.ends_at + HOUR, by=house.alice)
    assert not CoverRequest.objects.exists()
    take_time_off(user=house.alice, starts_at=session.starts_at - HOUR, ends_at=session.starts_at, by=house.alice)
    assert not CoverRequest.objects.exists()
    minute = dt.timedelta(minutes=1)
    take_time_off(user=house.alice, starts_at=session.ends_at - minute, ends_at=session.ends_at, by=house.alice)
    assert CoverRequest.objects.get().session == session


def test_what_is_no_time_off(house):
    off = partial(take_time_off, user=house.alice, by=house.alice)
    now = timezone.now()
    refused("ends_before_start", off, starts_at=now + DAY, ends_at=now + DAY)
    refused("ends_before_start", off, starts_at=now + 2 * DAY, ends_at=now + DAY)
    refused("in_the_past", off, starts_at=now - DAY, ends_at=now + DAY)
    refused("in_the_past", off, starts_at=now - HOUR, ends_at=now)
    refused("too_long", off, starts_at=now, ends_at=now + 400 * DAY)
    a_day_off(house)
    said = refused("time_off_overlaps", off, starts_at=NEXT_MONDAY - DAY, ends_at=NEXT_MONDAY + HOUR)
    assert "Mon, Mar 9, 12:00 AM" in said
    off(starts_at=NEXT_MONDAY - DAY, ends_at=NEXT_MONDAY)  # touching is fine


def test_somebody_ill_says_so_in_the_morning(house):
    """From this midnight on: the session in an hour asks for cover."""
    midnight = timezone.now() - 8 * HOUR
    take_time_off(user=house.alice, starts_at=midnight, ends_at=midnight + DAY, by=house.alice)
    assert CoverRequest.objects.get().session == house.session


def test_whose_time_off_one_may_enter(house):
    off = partial(take_time_off, user=house.alice, starts_at=NEXT_MONDAY)
    for number, by in enumerate((house.alice, house.bob, house.coordinator, house.admin)):
        start = NEXT_MONDAY + number * DAY
        assert take_time_off(user=house.alice, starts_at=start, ends_at=start + HOUR, by=by).created_by == by
    outsider = make_staff(make_program(), Role.PROGRAM_ADMIN)
    for by in (house.charlie, house.billing, outsider, house.pat.user):
        refused("not_yours", off, ends_at=NEXT_MONDAY + DAY, by=by)
    refused("not_yours", off, user=house.pat.user, ends_at=NEXT_MONDAY + DAY, by=house.admin)


def test_withdrawing_closes_what_is_open(house, charlie):
    time_off = a_day_off(house)
    refused("not_yours", withdraw_time_off, time_off=time_off, by=house.charlie)
    withdraw_time_off(time_off=time_off, by=house.alice)
    assert request_of(second_session(house)).outcome == "withdrawn"
    assert words_to(charlie, "cover_wanted") == [""]
    refused("already_withdrawn", withdraw_time_off, time_off=time_off, by=house.alice)
    a_day_off(house)  # the same again
    assert CoverRequest.objects.open().count() == 1


# --- requests follow the schedule


def test_sessions_made_later_ask_too(house, charlie, clock):
    off = take_time_off(
        user=house.alice, starts_at=NEXT_MONDAY + 63 * DAY, ends_at=NEXT_MONDAY + 64 * DAY, by=house.alice
    )
    assert not CoverRequest.objects.exists()  # beyond the horizon
    clock.shift(dt.timedelta(days=14))
    extend_horizon()
    request = CoverRequest.objects.get()
    assert request.time_off == off and off.starts_at < request.session.starts_at < off.ends_at
    assert Delivery.objects.filter(kind="cover_wanted", recipient=charlie).count() == 1
    extend_horizon()
    assert CoverRequest.objects.count() == Delivery.objects.filter(kind="cover_wanted").count() == 1


def test_moved_into_and_out_of_time_off(house):
    a_day_off(house)
    session = second_session(house)
    move_session(session=session, starts_at=session.starts_at + 2 * DAY)
    assert request_of(session).outcome == "withdrawn"
    move_session(session=session, starts_at=session.starts_at + HOUR)
    assert CoverRequest.objects.open().get().session == session


def test_cancelled_or_led_by_somebody_else_asks_no_longer(house, charlie):
    a_day_off(house, days=8)
    first, second = CoverRequest.objects.open().order_by("session__starts_at")
    cancel_session(session=first.session, reason="closed")
    assert request_of(first.session).outcome == "withdrawn"
    refused("already_cancelled", take_over, session=first.session, part="lead", user=charlie, by=charlie)
    lead_group(group=house.group, user=charlie, part=Facilitator.Part.LEAD, from_day=dt.date(2026, 3, 10))
    assert request_of(second.session).outcome == "withdrawn"


def test_a_slot_made_within_time_off_asks(house):
    a_day_off(house, days=3)
    create_slot(group=house.group, weekday=2, starts_at=dt.time(14), minutes=60)
    assert CoverRequest.objects.open().count() == 2


def test_one_message_each_however_many_sessions(house, charlie):
    create_slot(group=house.group, weekday=2, starts_at=dt.time(14), minutes=60)
    a_day_off(house, days=14)
    assert CoverRequest.objects.open().count() == 4
    message = Delivery.objects.get(kind="cover_wanted")
    assert message.recipient == charlie and message.subject_id == CoverRequest.objects.earliest("pk").pk
    # Of the first that they can still take: not the one that is gone.
    first, *_rest = Session.objects.filter(cover_requests__isnull=False).order_by("starts_at")
    assert compose(message).values["when"].startswith("Monday, March 9, 9:00 AM")
    take_over(session=first, part="lead", user=able_staff(house, "Dana"), by=house.coordinator)
    assert compose(message).values["when"].startswith("Wednesday, March 11, 2:00 PM")


# --- who could cover


def test_who_could_and_why_not(house):
    """Each rule by itself, and everything at once."""
    session = second_session(house)
    pat_too = make_patient(house.program, house.alice, "Visi", "Tor").patient
    pat_too.state = "CO"
    pat_too.save()
    expected = Booking(session=session, starts_at=session.starts_at, ends_at=session.ends_at, part="visitor")
    expected.patient, expected.episode = pat_too, pat_too.episodes.get()
    expected.save()
    able_staff(house, "Able", "CA", "CO")
    able_staff(house, "Narrow", "CA")
    able_staff(house, "Skills", "CA", "CO", kinds=[Kind.SKILLS])
    expired = able_staff(house, "Expired", "CA", "CO")
    Licence.objects.filter(staff__user=expired, state="CO").update(expires_on=dt.date(2026, 3, 8))
    last_day = able_staff(house, "Lastday", "CA", "CO")
    Licence.objects.filter(staff__user=last_day, state="CO").update(expires_on=dt.date(2026, 3, 9))
    away = able_staff(house, "Away", "CA", "CO")
    a_day_off(house, away)
    busy = able_staff(house, "Busy", "CA", "CO")
    create_slot(group=make_group(house.program, busy, name="At ten"), weekday=0, starts_at=dt.time(10), minutes=60)
    after = able_staff(house, "After", "CA", "CO")
    create_slot(
        group=make_group(house.program, after, name="Just after"), weekday=0, starts_at=dt.time(10, 30), minutes=60
    )
    elsewhere = make_able(make_staff(make_program()), "CA", "CO")
    gone = able_staff(house, "Gone", "CA", "CO")
    gone.role_assignments.update(ends_on=dt.date(2026, 3, 8))
    inactive = able_staff(house, "Inactive", "CA", "CO")
    inactive.is_active = False
    inactive.save()
    with timezone.override(PACIFIC):
        found = {c.user.first_name: c for c in candidates(session=session, part="lead")}
    assert {name: c.why_not for name, c in found.items()} == {
        "Able": "",
        "After": "",
        "Lastday": "",
        "Narrow": "not licensed in CO",
        "Skills": "not qualified for process",
        "Expired": "not licensed in CO",
        "Away": "away",
        "Busy": "busy 10:00–11:00 AM",
        "Bob": "not licensed in CA, CO, not qualified for process",
        "Charlie": "not licensed in CA, CO, not qualified for process",
    }
    assert [c.fits for c in candidates(session=session, part="lead")][:3] == [True] * 3
    assert elsewhere.first_name not in found


def test_whoever_is_there_already_does_not_cover_the_other_part(house, charlie):
    dana = able_staff(house, "Dana")
    lead_group(group=house.group, user=dana, part=Facilitator.Part.CO, from_day=timezone.localdate())
    session = second_session(house)
    found = {c.user.first_name: c.why_not for c in candidates(session=session, part="lead")}
    assert found["Dana"] == "is there already" and found["Charlie"] == "" and "Alice" not in found
    found = {c.user.first_name: c.why_not for c in candidates(session=session, part="co")}
    assert found["Alice"].startswith("is there already") and "Dana" not in found


def test_a_fixed_number_of_queries_for_any_number(house, charlie):
    def queries(places) -> int:
        with CaptureQueriesContext(connection) as seen:
            candidates_for(places=places)
        return len(seen)

    sessions = list(Session.objects.select_related("group"))
    assert queries([(sessions[0], "lead")]) == 6
    for name in ("Dana", "Eli", "Fay"):
        able_staff(house, name)
    assert queries([(s, part) for s in sessions for part in ("lead", "co")]) == 6


def test_leading_a_group_qualifies_for_its_kind(house):
    assert set(Qualification.objects.values_list("user__first_name", "kind")) == {
        ("Alice", "process"),
        ("Charlie", "skills"),
    }
    qualify(user=house.charlie, kinds=[Kind.SKILLS])
    assert Qualification.objects.count() == 2


# --- taking over


def test_taking_over(house, charlie):
    session = second_session(house)
    a_day_off(house)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    session.refresh_from_db()
    assert (session.lead, session.co, session.by_hand, session.changes) == (charlie, None, True, 1)
    assert leaders(session) == {"lead": "Charlie"}
    request = request_of(session)
    assert (request.outcome, request.taken_by) == ("taken", charlie)
    assert not Booking.objects.live().filter(user=house.alice, session=session).exists()
    assert sees(house.alice, house.pat)  # what the group gives her stays
    later = Session.objects.filter(slot=house.slot, starts_at__gt=session.starts_at).earliest("starts_at")
    assert leaders(later) == leaders(house.session) == {"lead": "Alice"}


def test_access_for_the_window_and_no_longer(house, charlie, clock):
    """From an hour before until the end of the day the notes are due: three business days after Monday is Thursday."""
    session = second_session(house)
    a_day_off(house)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    row = CareTeamMember.objects.get(user=charlie, patient=house.pat)
    assert (row.part, row.source) == ("cover", f"session:{session.pk}")
    assert row.starts_at == session.starts_at - HOUR
    assert note_due(session) == dt.date(2026, 3, 12) and row.ends_at == dt.datetime(2026, 3, 13, 7, tzinfo=dt.UTC)
    assert not sees(charlie, house.pat)
    clock.move_to(row.starts_at - dt.timedelta(seconds=1))
    assert not sees(charlie, house.pat) and not sees(charlie, house.quinn)
    clock.move_to(row.starts_at)
    assert sees(charlie, house.pat) and sees(charlie, house.quinn)
    clock.move_to(session.ends_at + HOUR)
    assert may_document(charlie, session) and sees(charlie, house.pat)
    assert not documented_by(house.alice).filter(session=session).exists()
    clock.move_to(row.ends_at - dt.timedelta(seconds=1))
    assert sees(charlie, house.pat)
    clock.move_to(row.ends_at)
    assert not sees(charlie, house.pat) and not sees(charlie, house.quinn)


@pytest.mark.parametrize("weekday", range(7))
def test_the_window_ends_with_the_day_notes_are_due(house, charlie, weekday):
    """SQL and Python count business days alike, on every weekday and across the clock change."""
    create_slot(group=house.group, weekday=weekday, starts_at=dt.time(18), minutes=60)
    a_day_off(house, days=7)
    session = Session.objects.filter(
        cover_requests__isnull=False, slot__weekday=weekday, slot__starts_at=dt.time(18)
    ).get()
    take_over(session=session, part="lead", user=charlie, by=charlie)
    row = CareTeamMember.objects.filter(user=charlie, patient=house.pat).get()
    assert row.ends_at == dt.datetime.combine(note_due(session) + DAY, dt.time.min, PACIFIC)


def test_the_window_follows_members_and_moves(house, charlie):
    session = second_session(house)
    a_day_off(house, days=3)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    windows = CareTeamMember.objects.filter(source=f"session:{session.pk}")

    def open_to() -> set[str]:
        rows = windows.filter(ends_at__gt=session.starts_at)
        return set(rows.values_list("patient__legal_first_name", flat=True))

    assert open_to() == {"Pat", "Quinn"}
    seat_member(
        group=house.group, episode=make_patient(house.program, house.alice, "Newt"), joined_on=timezone.localdate()
    )
    leave_group(membership=house.group.memberships.get(patient=house.quinn), left_on=dt.date(2026, 3, 5), reason="done")
    assert open_to() == {"Pat", "Newt"}
    moved = move_session(session=session, starts_at=session.starts_at + 2 * DAY)
    assert set(windows.filter(ends_at__gt=moved.starts_at).values_list("starts_at", flat=True)) == {
        moved.starts_at - HOUR
    }
    cancel_session(session=moved, reason="ill")
    assert not windows.filter(ends_at__gt=moved.starts_at - HOUR).exists()
    assert not Patient.objects.visible_to(charlie).exclude(pk=house.robin.pk).exists()


def test_who_may_say_who_covers(house, charlie):
    session = second_session(house)
    dana = able_staff(house, "Dana")
    take = partial(take_over, session=session, part="lead", user=charlie)
    refused("not_wanted", take, by=charlie)
    a_day_off(house)
    for by in (dana, house.alice, house.billing):
        refused("not_yours", take, by=by)
    outsider = make_staff(make_program(), Role.PROGRAM_ADMIN)
    refused("not_yours", take, by=outsider)
    refused("not_a_clinician", take, user=house.coordinator, by=house.coordinator)
    for by in (house.coordinator, house.admin, house.bob):
        with transaction.atomic():
            assert take(by=by).lead == charlie
            transaction.set_rollback(True)
    take(by=house.bob)
    assert "Charlie Stranger has taken" in refused("taken", take, user=dana, by=dana)


def test_somebody_who_could_not_is_refused_with_the_reason(house):
    session = second_session(house)
    a_day_off(house)
    take = partial(take_over, session=session, part="lead", by=house.coordinator)
    said = refused("not_licensed", take, user=house.charlie)
    assert "not licensed in CA, not qualified for process" in said
    assert leaders(session) == {"lead": "Alice"} and CoverRequest.objects.open().count() == 1
    busy = able_staff(house, "Busy")
    create_slot(group=make_group(house.program, busy, name="At ten"), weekday=0, starts_at=dt.time(10), minutes=60)
    assert "“At ten”" in refused("elsewhere", take, user=busy)


def test_what_one_is_busy_with_is_named_only_to_who_may_see_it(house):
    session = second_session(house)
    a_day_off(house)
    busy = able_staff(house, "Busy")
    create_slot(group=make_group(house.program, busy, name="At ten"), weekday=0, starts_at=dt.time(10), minutes=60)
    assert "“At ten”" in refused("elsewhere", take_over, session=session, part="lead", user=busy, by=busy)
    said = refused("elsewhere", take_over, session=session, part="lead", user=busy, by=house.bob)
    assert "At ten" not in said and "something else" in said


def test_not_once_it_has_begun(house, charlie, clock):
    session = second_session(house)
    a_day_off(house)
    clock.move_to(session.starts_at)
    refused("has_begun", take_over, session=session, part="lead", user=charlie, by=charlie)
    assert could_take(charlie) == 0


def test_two_people_take_one_request(committed_house):
    """One does, the other is told who."""
    house = committed_house
    people = [make_able(house.charlie), able_staff(house, "Dana")]
    session = second_session(house)
    a_day_off(house)
    outcomes = together([partial(take_over, session=session, part="lead", user=user, by=user) for user in people])
    (refusal,) = failures(outcomes)
    assert isinstance(refusal, Refusal) and refusal.code == "taken"
    winner = next(o for o in outcomes if isinstance(o, Session)).lead
    assert str(refusal.message) == f"{winner} has taken this session already."
    assert leaders(session) == {"lead": winner.first_name}
    assert CareTeamMember.objects.filter(source=f"session:{session.pk}").values("user").distinct().count() == 1


def test_without_the_lock_both_are_told_that_they_took_it(committed_house, monkeypatch):
    """The negative control: both look before either writes, and whoever writes last leads."""
    house = committed_house
    people = [make_able(house.charlie), able_staff(house, "Dana")]
    session = second_session(house)
    a_day_off(house)
    monkeypatch.setattr(cover, "_lock", lambda session: Session.objects.select_related("group").get(pk=session.pk))
    monkeypatch.setattr(cover, "_require_fit", meeting_after(cover._require_fit))
    outcomes = together([partial(take_over, session=session, part="lead", user=user, by=user) for user in people])
    assert failures(outcomes) == []
    assert CoverRequest.objects.filter(session=session).count() == 1


def two_at_one_time(house) -> tuple[User, list[Session]]:
    """Charlie, who could take either, and two sessions at one hour that nobody leads."""
    charlie = make_able(house.charlie)
    dana = make_staff(house.program, first="Dana")
    create_slot(group=make_group(house.program, dana, name="Same hour"), weekday=0, starts_at=dt.time(9), minutes=60)
    a_day_off(house)
    a_day_off(house, dana)
    sessions = list(Session.objects.filter(cover_requests__isnull=False))
    assert len(sessions) == 2
    return charlie, sessions


def take_both(charlie: User, sessions: list[Session]) -> list:
    return together([partial(take_over, session=s, part="lead", user=charlie, by=charlie) for s in sessions])


def test_two_sessions_at_one_time_are_not_both_taken(committed_house, monkeypatch):
    """One person says yes twice at once: the database lets one of them be."""
    charlie, sessions = two_at_one_time(committed_house)
    monkeypatch.setattr(cover, "_require_fit", meeting_after(cover._require_fit))
    (refusal,) = failures(take_both(charlie, sessions))
    assert isinstance(refusal, Refusal) and refusal.code == "elsewhere"
    assert CoverRequest.objects.open().count() == 1
    assert Booking.objects.live().filter(user=charlie, starts_at=sessions[0].starts_at).count() == 1


def test_without_the_constraint_one_person_is_in_two_places(committed_house, monkeypatch):
    """The negative control: what holds it is the database's own wall."""
    charlie, sessions = two_at_one_time(committed_house)
    monkeypatch.setattr(cover, "_require_fit", meeting_after(cover._require_fit))
    wall = next(one for one in Booking._meta.constraints if one.name == "user_in_one_place")
    with connection.schema_editor() as schema:
        schema.remove_constraint(Booking, wall)
    try:
        assert failures(take_both(charlie, sessions)) == []
        assert Booking.objects.live().filter(user=charlie, starts_at=sessions[0].starts_at).count() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE scheduling_booking CASCADE")
        with connection.schema_editor() as schema:
            schema.add_constraint(Booking, wall)


# --- news


def test_everybody_affected_is_told_at_once(house, charlie):
    session = second_session(house)
    dana = able_staff(house, "Dana")
    lead_group(group=house.group, user=dana, part=Facilitator.Part.CO, from_day=timezone.localdate())
    a_day_off(house)
    take_over(session=session, part="lead", user=charlie, by=house.coordinator)
    assert words_to(house.pat.user, "session_cover") == words_to(house.quinn.user, "session_cover") == ["default"]
    assert words_to(charlie, "cover_settled") == ["you take the appointment on {when}."]
    assert words_to(house.alice, "cover_settled") == ["default"]
    assert words_to(dana, "cover_settled") == ["somebody else than usual is with you on {when}."]
    assert not Delivery.objects.filter(kind__startswith="session_", recipient=house.robin.user).exists()
    assert words_to(charlie, "cover_wanted") == [""]  # the request is gone
    due = set(Delivery.objects.filter(kind="session_cover").values_list("due_at", "expires_at"))
    assert due == {(timezone.now(), session.starts_at)}


def test_words_name_nobody_and_nothing(house, charlie):
    session = second_session(house)
    a_day_off(house)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    call = compose(Delivery.objects.get(kind="session_cover", recipient=house.pat.user))
    assert call.values == {"name": "Pat", "when": "Monday, March 9, 9:00 AM PDT"}
    for kind in ("session_cover", "cover_settled", "cover_wanted"):
        for delivery in Delivery.objects.filter(kind=kind):
            if isinstance(call := compose(delivery), Call):
                assert not any(word in str(call) for word in ("Stranger", "Clinician", "Monday process", "Day track"))


def test_the_news_of_a_new_time_is_not_lost_when_somebody_covers(house, charlie):
    a_day_off(house, days=3)
    session = second_session(house)
    move_session(session=session, starts_at=session.starts_at + 2 * DAY)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    assert words_to(house.pat.user, "session_moved") == ["default"]
    session.refresh_from_db()
    move_session(session=session, starts_at=session.starts_at + HOUR)
    assert words_to(house.pat.user, "session_moved") == ["", "default"]


# --- giving back


def test_giving_back_opens_the_request_again(house, charlie):
    session = second_session(house)
    dana = able_staff(house, "Dana")
    a_day_off(house)
    refused("not_covered", give_back, session=session, part="lead", by=charlie)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    for by in (dana, house.alice):
        refused("not_yours", give_back, session=session, part="lead", by=by)
    give_back(session=session, part="lead", by=charlie)
    session.refresh_from_db()
    assert session.lead is None and leaders(session) == {"lead": "Alice"} and session.changes == 2
    assert CoverRequest.objects.open().get().absent == house.alice
    assert not CareTeamMember.objects.filter(user=charlie, ends_at__gt=session.starts_at - HOUR, part="cover").exists()
    assert words_to(house.pat.user, "session_cover") == [
        "",
        "on {when} whoever is usually with you will be there after all.",
    ]
    assert words_to(house.alice, "cover_settled")[-1] == "the appointment on {when} is yours as before."
    assert Delivery.objects.filter(kind="cover_wanted", recipient=dana).count() == 2
    assert Delivery.objects.filter(kind="cover_wanted", recipient=charlie).count() == 1  # who just gave it back
    take_over(session=session, part="lead", user=dana, by=dana)
    assert leaders(session) == {"lead": "Dana"}


def test_back_after_all(house, charlie, clock):
    """The time off is withdrawn: what is covered stays so, until it is given back, and then nobody is asked."""
    session = second_session(house)
    time_off = a_day_off(house)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    withdraw_time_off(time_off=time_off, by=house.alice)
    assert leaders(session) == {"lead": "Charlie"}
    give_back(session=session, part="lead", by=house.bob)
    assert leaders(session) == {"lead": "Alice"} and not CoverRequest.objects.open().exists()
    clock.move_to(session.starts_at)
    refused("has_begun", give_back, session=session, part="lead", by=charlie)


def test_whoever_covers_may_be_away_too(house, charlie):
    session = second_session(house)
    a_day_off(house)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    dana = able_staff(house, "Dana")
    a_day_off(house, charlie)
    assert CoverRequest.objects.open().get(session=session).absent == charlie
    take_over(session=session, part="lead", user=dana, by=dana)
    assert leaders(session) == {"lead": "Dana"}
    assert sorted(
        CareTeamMember.objects.filter(part="cover", ends_at__gt=session.starts_at).values_list("user__first_name")
    ) == [("Dana",), ("Dana",)]


def test_given_back_when_the_usual_leader_is_elsewhere(house, charlie):
    """Without their booking the request opens all the same."""
    session = second_session(house)
    a_day_off(house)
    take_over(session=session, part="lead", user=charlie, by=charlie)
    odd = make_group(house.program, house.alice, name="Odd")
    Session.objects.create(group=odd, starts_at=session.starts_at, ends_at=session.ends_at, zone=session.zone)
    reconcile_bookings(group_ids=[odd.pk])
    give_back(session=session, part="lead", by=charlie)
    assert CoverRequest.objects.open().filter(session=session).get().absent == house.alice


def test_cover_of_a_co_facilitator(house, charlie):
    dana = able_staff(house, "Dana")
    lead_group(group=house.group, user=dana, part=Facilitator.Part.CO, from_day=timezone.localdate())
    session = second_session(house)
    a_day_off(house, dana)
    take_over(session=session, part="co", user=charlie, by=charlie)
    assert leaders(session) == {"lead": "Alice", "co": "Charlie"}
    assert could_take(charlie) == 0


def test_somebody_who_coordinates_counts_all_that_is_open(house):
    assert could_take(house.coordinator) == 0
    a_day_off(house)
    assert could_take(house.coordinator) == 1 and could_take(house.charlie) == 0
    give_role(user=house.charlie, program=house.program, role=Role.CARE_COORDINATOR)
    assert could_take(house.charlie) == 1
