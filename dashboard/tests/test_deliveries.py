"""Messages about a session, to a patient, and of a program: what was planned, sent, failed, why and to whom."""

import datetime as dt
import html
import re

import pytest
from django.utils import timezone

from accounts.tests.admin_site import build_next_door
from audit.models import Read
from core.errors import Refusal
from messaging.models import Address, Channel, Delivery, Provider, Stop
from messaging.services import plan, send_again
from patients.models import Patient
from scheduling.models import Appointment, AppointmentSeries, CoverRequest
from scheduling.services import cancel_session, move_session, plan_reminders, seat_member
from tests.desk import Readings, count, more_people, text, told

State = Delivery.State
QUERIES_SESSION, QUERIES_PERSON, QUERIES_ALL = 10, 13, 12
ALL = "/desk/messages/"
NOWHERE = "00000000-0000-4000-8000-000000000000"


def about(session) -> str:
    return f"/desk/sessions/{session.uid}/messages/"


def to(patient) -> str:
    return f"/desk/people/{patient.uid}/messages/"


def read(response) -> str:
    """What the page says, without its tags."""
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())
    return re.sub(r" ([,.])", r"\1", words)


def row(user, session, state=State.PLANNED, *, kind="session_reminder", variant=60, **fields) -> Delivery:
    """A delivery in some state."""
    now = timezone.now()
    fields = {"due_at": now, "expires_at": now + dt.timedelta(hours=1), **fields}
    if state == State.SENT:
        fields.setdefault("sent_at", now)
    return Delivery.objects.create(
        kind=kind, subject_id=session.pk, recipient=user, variant=variant, state=state, **fields
    )


def reads_of(reader) -> set[str]:
    ids = Read.objects.filter(reader_id=reader.pk, what=Read.What.DELIVERIES).values_list("patient_id", flat=True)
    return set(Patient.objects.filter(pk__in=ids).values_list("legal_first_name", flat=True))


# --- about a session


def test_session_doors(house, browse):
    page = about(house.session)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    assert browse(house.billing).get(page).status_code == 403
    assert browse(house.pat.user).get(page).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    assert browse(house.alice).get(f"/desk/sessions/{NOWHERE}/messages/").status_code == 404
    for reader in (house.alice, house.bob, house.coordinator, house.admin):
        assert browse(reader).get(page).status_code == 200


def test_a_session_nobody_was_told_of(house, browse):
    assert "No messages yet" in text(browse(house.alice).get(about(house.session)))


def test_what_was_planned_and_sent_about_a_session_by_message(house, browse):
    plan_reminders()
    Delivery.objects.filter(recipient=house.pat.user, variant=60).update(
        state=State.SENT, sent_at=timezone.now(), channel=Channel.EMAIL
    )
    page = read(browse(house.alice).get(about(house.session)))
    assert "Reminder of a session, 1 h before 1 Sent 1 Planned" in page
    assert "Reminder of a session, 10 min before 2 Planned" in page
    assert "Pat Peerson Sent Mon, Mar 2, 8:00 AM PST · E-mail" in page
    assert "Quinn Quill Planned Mon, Mar 2, 8:50 AM PST" in page
    assert reads_of(house.alice) == {"Pat", "Quinn"}


def test_the_news_of_a_session_with_staff_among_those_told(house, browse):
    cancel_session(session=house.session, reason="Flood", by=house.coordinator)
    page = read(browse(house.coordinator).get(about(house.session)))
    assert "A session is cancelled 3 Planned" in page
    assert "Alice Clinician (staff) Planned" in page and "Peerson" not in page
    assert "and 2 to people you are not on the care team of" in page
    assert reads_of(house.coordinator) == set()


def test_people_one_may_not_see_are_a_number(house, browse):
    seat_member(group=house.group, episode=house.robin_episode, joined_on=dt.date(2026, 3, 2))
    plan_reminders()
    page = read(browse(house.bob).get(about(house.session)))
    assert "Rosenquist" not in page and "and 1 to a person you are not on the care team of" in page
    assert reads_of(house.bob) == {"Pat", "Quinn"}
    assert "Rosenquist" in read(browse(house.admin).get(about(house.session)))
    assert reads_of(house.admin) == {"Pat", "Quinn", "Robin"}


def test_only_this_sessions_messages(house, browse):
    other = house.group.sessions.exclude(pk=house.session.pk).first()
    row(house.pat.user, other, kind="session_moved", variant=1)
    row(house.pat.user, house.session, kind="appointment_reminder", variant=60)  # an appointment of the same number
    assert "No messages yet" in text(browse(house.alice).get(about(house.session)))


def test_a_request_for_cover_belongs_to_its_session(house, browse, monkeypatch):
    """A kind whose subject is another table's row, as soon as it is registered."""
    from messaging import kinds

    asked = CoverRequest.objects.create(session=house.session, part="lead", absent=house.alice)
    kind = kinds.Kind("cover_wanted", "staff", "Cover is wanted", "", "", lambda delivery: None)
    monkeypatch.setitem(kinds.KINDS, "cover_wanted", kind)
    row(house.charlie, asked, kind="cover_wanted", variant=0)
    page = read(browse(house.alice).get(about(house.session)))
    assert "Cover is wanted 1 Planned Charlie Stranger (staff) Planned" in page
    page = read(browse(house.admin).get(ALL + "?state=all"))
    assert "Charlie Stranger (staff) Cover is wanted Monday process, Mon, Mar 2, 9:00 AM PST" in page


def test_slots_series_and_appointments_are_named_in_a_programs_list(house, browse, monkeypatch):
    """Each kind's subject is another table's row; the numbers may be the same."""
    from messaging import kinds

    for name in ("slot_changed", "series_booked"):
        monkeypatch.setitem(kinds.KINDS, name, kinds.Kind(name, "change", name, "", "", lambda delivery: None))
    at = timezone.now() + dt.timedelta(days=3)
    both = {"kind": "individual", "provider": house.alice, "patient": house.pat, "episode": house.pat_episode}
    appointment = Appointment.objects.create(
        **both, starts_at=at, ends_at=at + dt.timedelta(minutes=50), zone="UTC", booked_by=house.alice
    )
    series = AppointmentSeries.objects.create(
        **both, weekday=2, starts_at=dt.time(13), zone="UTC", minutes=50, starts_on=dt.date(2026, 3, 4)
    )
    row(house.pat.user, appointment, kind="appointment_reminder")
    row(house.pat.user, series, kind="series_booked")
    row(house.quinn.user, house.slot, kind="slot_changed")
    page = read(browse(house.admin).get(ALL + "?state=all"))
    assert "Pat Peerson Reminder of an appointment, 1 h before Individual session, Thu, Mar 5, 8:00 AM PST" in page
    assert "Pat Peerson series_booked Individual session · Wednesday 13:00" in page
    assert "Quinn Quill slot_changed Monday 09:00 · Monday process" in page
    assert "No such messages" in read(browse(build_next_door().otto).get(ALL + "?state=all"))


def test_a_fixed_number_of_queries_about_a_session(house, browse):
    plan_reminders()
    client = browse(house.alice)
    assert count(client, about(house.session)) == QUERIES_SESSION
    more_people(house, 3, group=house.group)
    plan_reminders()
    move_session(session=house.session, starts_at=timezone.now() + dt.timedelta(hours=9))
    assert count(client, about(house.session)) == QUERIES_SESSION


# --- to a patient


def test_person_doors(house, browse):
    page = to(house.pat)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    assert browse(house.billing).get(page).status_code == 403
    assert browse(house.pat.user).get(page).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    assert browse(house.coordinator).get(page).status_code == 404
    assert browse(house.alice).get(page).status_code == 200


def test_everything_that_went_to_a_patient(house, browse):
    client = browse(house.alice)
    assert "No messages yet" in text(client.get(to(house.pat)))
    row(house.pat.user, house.session, State.FAILED, reason="address refused", channel="email", attempts=3)
    row(house.pat.user, house.session, State.SKIPPED, reason="opted out", variant=10)
    row(house.pat.user, house.session, State.UNKNOWN, reason="interrupted while sending: TimeoutError", variant=1440)
    row(house.quinn.user, house.session, State.SENT, variant=4320)
    readings = Readings()
    page = read(client.get(to(house.pat)))
    assert readings.of(house.alice) == {"Pat"}
    assert (
        "Reminder of a session, 1 h before Monday process, Mon, Mar 2, 9:00 AM PST Could not be sent "
        "Mon, Mar 2, 8:00 AM PST · E-mail · tried 3 times The address was refused. Ask them for another." in page
    )
    assert "10 min before" in page and "They do not want this kind of message." in page
    assert "1 day before" in page and "Nobody knows whether it arrived" in page
    assert "The provider did not answer in time." in page
    assert "3 days before" not in page, "not Quinn's"


def test_a_group_one_does_not_work_with_is_no_link(house, browse):
    row(house.robin.user, house.session)
    page = browse(house.charlie).get(to(house.robin)).content.decode()
    assert "Monday process" in page and f"/desk/sessions/{house.session.uid}/" not in page


def test_addresses_that_do_not_reach_them(house, browse):
    client, now = browse(house.alice), timezone.now()
    mail = Address.objects.create(
        user=house.pat.user, channel="email", value=house.pat.user.email, failed_at=now, failure="address refused"
    )
    Address.objects.create(user=house.pat.user, channel="sms", value="+14155550100", consented_at=now)
    stop = Stop.objects.create(number="+14155550100", stopped_at=now)
    page = read(client.get(to(house.pat)))
    assert (
        f"E-mail: {house.pat.user.email}. It has not reached them since Mar 2, 2026. The address was refused." in page
    )
    assert "Text message: +14155550100. They asked for no texts on Mar 2, 2026." in page
    mail.value = "old@example.org"
    mail.save()
    stop.resumed_at = now + dt.timedelta(seconds=1)
    stop.save()
    page = read(client.get(to(house.pat)))
    assert "has not reached" not in page and "no texts" not in page


def test_a_fixed_number_of_queries_to_a_person(house, browse):
    client = browse(house.alice)
    row(house.pat.user, house.session, State.FAILED, reason=f"settled by account {house.bob.pk}: it left")
    assert count(client, to(house.pat)) == QUERIES_PERSON
    for number, session in enumerate(house.group.sessions.all()):
        by = house.alice if number % 2 else house.bob
        row(house.pat.user, session, State.FAILED, variant=10, reason=f"sent again by account {by.pk}")
    assert count(client, to(house.pat)) == QUERIES_PERSON


def test_the_pages_turn(house, browse):
    for number in range(55):
        row(house.pat.user, house.session, variant=100 + number, due_at=timezone.now() - dt.timedelta(minutes=number))
    first = read(browse(house.alice).get(to(house.pat)))
    second = read(browse(house.alice).get(to(house.pat) + "?page=2"))
    assert "Page 1 of 2" in first and "Page 2 of 2" in second
    assert first.count("before Monday process") == 50 and second.count("before Monday process") == 5


# --- of a program


def test_all_doors(house, browse):
    assert browse(None).get(ALL)["Location"].startswith("/account/login/")
    for reader in (house.alice, house.bob, house.coordinator, house.billing, house.pat.user):
        assert browse(reader).get(ALL).status_code == 403
        assert browse(reader).post(ALL, {"deed": "arrived"}).status_code == 403
    assert browse(house.admin).get(ALL).status_code == 200


@pytest.fixture
def mixed(house) -> dict[str, Delivery]:
    """One delivery in each state."""
    past = timezone.now() - dt.timedelta(hours=2)
    return {
        "planned": row(house.pat.user, house.session, variant=10, due_at=timezone.now() + dt.timedelta(minutes=50)),
        "late": row(house.quinn.user, house.session, variant=60, due_at=past),
        "sent": row(house.pat.user, house.session, State.SENT, variant=60, due_at=past),
        "skipped": row(house.pat.user, house.session, State.SKIPPED, variant=1440, reason="too late", due_at=past),
        "failed": row(house.quinn.user, house.session, State.FAILED, variant=10, reason="TimeoutError", due_at=past),
        "unknown": row(
            house.quinn.user,
            house.session,
            State.UNKNOWN,
            variant=1440,
            reason="interrupted while sending",
            due_at=past,
        ),
        "news": row(house.quinn.user, house.session, State.SENT, kind="session_moved", variant=1, due_at=past),
    }


def test_what_waits_for_a_person_comes_first(house, browse, mixed):
    page = read(browse(house.admin).get(ALL))
    assert "For you to settle 2 1 unknown, 1 not sent" in page
    assert "Waiting 2 1 longer than they should" in page
    assert "Sent 2 in the last 7 days" in page and "Not called for 1 in the last 7 days" in page
    assert "Quinn Quill Reminder of a session, 1 day before" in page and "It did not: send again" in page
    assert "Quinn Quill Reminder of a session, 10 min before" in page and "Try again" in page
    assert "Peerson" not in page
    assert reads_of(house.admin) == {"Quinn"}
    assert "Reminder of a session 1 1 1 1 2" in page and "A session has a new time 1 0 0 0 0" in page


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("?state=waiting", {"planned", "late"}),
        ("?state=sent", {"sent", "news"}),
        ("?state=sent&kind=session_moved", {"news"}),
        ("?state=skipped", {"skipped"}),
        ("?state=failed", {"failed"}),
        ("?state=unknown", {"unknown"}),
        ("?state=all&kind=strange", {"planned", "late", "sent", "skipped", "failed", "unknown", "news"}),
        ("?state=strange", {"failed", "unknown"}),
    ],
)
def test_narrowing(house, browse, mixed, asked, shown):
    found = {line.delivery for line in browse(house.admin).get(ALL + asked).context["lines"]}
    assert found == {mixed[name] for name in shown}


def test_nothing_to_settle(house, browse):
    page = text(browse(house.admin).get(ALL))
    assert "Nothing for you to settle" in page and "By kind" not in page
    assert "No such messages" in text(browse(house.admin).get(ALL + "?state=failed"))


def test_what_was_given_up_long_ago_is_in_its_list_only(house, browse, mixed, clock):
    clock.shift(dt.timedelta(days=8))
    page = read(browse(house.admin).get(ALL))
    assert "For you to settle 1 1 unknown, 0 not sent" in page and "Sent 0 in" in page
    assert "Its time is past: nothing more is sent." in read(browse(house.admin).get(ALL + "?state=failed"))


def test_it_arrived(house, browse, mixed):
    client = browse(house.admin)
    answer = client.post(ALL + "?state=unknown", {"delivery": mixed["unknown"].pk, "deed": "arrived"}, follow=True)
    assert answer.redirect_chain == [(ALL + "?state=unknown", 302)] and told(answer) == ["Noted: it arrived."]
    mixed["unknown"].refresh_from_db()
    assert mixed["unknown"].state == State.SENT
    assert "Ada Admin found out: it arrived." in read(client.get(ALL + "?state=sent"))


def test_it_did_not_arrive(house, browse, mixed):
    client = browse(house.admin)
    client.post(ALL, {"delivery": mixed["unknown"].pk, "deed": "again"})
    mixed["unknown"].refresh_from_db()
    assert (mixed["unknown"].state, mixed["unknown"].due_at) == (State.PLANNED, timezone.now())


def test_tried_again(house, browse, mixed):
    client = browse(house.admin)
    answer = client.post(ALL, {"delivery": mixed["failed"].pk, "deed": "retry"}, follow=True)
    assert told(answer) == ["It is tried again now."]
    mixed["failed"].refresh_from_db()
    assert (mixed["failed"].state, mixed["failed"].attempts) == (State.PLANNED, 0)
    assert "Ada Admin let it be tried again." in read(client.get(ALL + "?state=waiting"))


def test_too_late_to_try_again(house, mixed, clock):
    clock.shift(dt.timedelta(hours=3))
    with pytest.raises(Refusal) as caught:
        send_again(delivery=mixed["failed"], by=house.admin)
    assert caught.value.code == "too_late"
    with pytest.raises(Refusal) as caught:
        send_again(delivery=mixed["sent"], by=house.admin)
    assert caught.value.code == "not_failed"


def test_a_deed_that_does_not_fit_is_refused_in_words(house, browse, mixed):
    client = browse(house.admin)
    for name, deed in [("sent", "arrived"), ("planned", "retry"), ("failed", "again")]:
        before = Delivery.objects.values().get(pk=mixed[name].pk)
        (said,) = told(client.post(ALL, {"delivery": mixed[name].pk, "deed": deed}, follow=True))
        assert "there is nothing to" in said or said == "Only a message that failed can be sent again."
        assert Delivery.objects.values().get(pk=mixed[name].pk) == before
    for strange in ("", "x", "9" * 30, "0"):
        assert client.post(ALL, {"delivery": strange, "deed": "retry"}).status_code == 404


def test_messages_next_door_are_out_of_reach(house, browse, mixed):
    otto = browse(build_next_door().otto)
    page = read(otto.get(ALL + "?state=all"))
    assert "No such messages" in page and "Quill" not in page
    assert otto.post(ALL, {"delivery": mixed["unknown"].pk, "deed": "arrived"}).status_code == 404
    mixed["unknown"].refresh_from_db()
    assert mixed["unknown"].state == State.UNKNOWN


def test_a_kind_nobody_speaks_for_is_seen_by_nobody(house, browse):
    now = timezone.now()
    plan([Delivery(kind="stray", subject_id=1, recipient=house.pat.user, variant=0, due_at=now, expires_at=now)])
    assert "No such messages" in text(browse(house.admin).get(ALL + "?state=all"))


def test_a_provider_that_is_not_asked(house, browse):
    now = timezone.now()
    Provider.objects.create(name="smtp", failures=5, open_until=now + dt.timedelta(minutes=5))
    Provider.objects.create(name="sms", failures=5, open_until=now - dt.timedelta(minutes=5))
    page = read(browse(house.admin).get(ALL))
    assert "“smtp” failed 5 times in a row and is not asked again until 8:05 AM PST." in page and "“sms”" not in page


def test_a_fixed_number_of_queries_of_a_program(house, browse, mixed):
    client = browse(house.admin)
    page = ALL + "?state=all"
    assert count(client, page) == QUERIES_ALL
    for patient in more_people(house, 4):
        for minutes in (10, 60, 1440):
            row(patient.user, house.session, State.FAILED, variant=minutes, reason="TimeoutError")
    assert count(client, page) == QUERIES_ALL


# --- ways there


def test_the_session_and_the_patient_lead_there(house, browse):
    client = browse(house.alice)
    assert about(house.session) in client.get(f"/desk/sessions/{house.session.uid}/").content.decode()
    assert to(house.pat) in client.get(f"/desk/people/{house.pat.uid}/").content.decode()
