"""Who read what and who changed what, in the administration site; and what holds for every page of it."""

import datetime as dt

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.access import GRANTS, Can, Role, every_view, stamp_of
from accounts.models import User
from accounts.tests.admin_site import build_next_door, page, pages, queries, readings, rows, save, signed_in, words
from audit.models import Read
from clinical.models import ProgressNote
from clinical.tests.test_admin import NARRATIVE, hold
from groups.models import Group
from messaging.models import (
    Address,
    Delivery,
    InboundText,
    Notice,
    Policy,
    Preference,
    Provider,
    PushSubscription,
    Stop,
    Template,
)
from patients.models import Episode, Patient
from patients.records import log_shown, open_record
from patients.services import assign_primary_clinician
from scheduling.models import AppointmentKind, OpenHours
from scheduling.services import book_appointment, close_days, offer_seat, start_series, take_time_off
from scheduling.services.feeds import open_feed
from tests import examples
from tests.factories import make_patient
from threads.models import AnswerPolicy

UserChange, PatientChange = User.pgh_event_model, Patient.pgh_event_model
EpisodeChange, NoteChange = Episode.pgh_event_model, ProgressNote.pgh_event_model


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


@pytest.fixture
def ada(house):
    """The program admin's browser."""
    return signed_in(house.admin)


def asked_by(user, path="/desk/"):
    """A request of this person's."""
    request = RequestFactory().get(path)
    request.user = user
    return request


# --- every page


@pytest.fixture
def full(house, clock):
    """The house with a held session, so that nearly every table has a row; and the program next door."""
    clock.shift(dt.timedelta(hours=3))
    hold(house, house.session)
    Patient.objects.filter(pk=house.pat.pk).update(needs="Large print")
    open_record(asked_by(house.alice), house.pat.uid)
    tomorrow = timezone.now() + dt.timedelta(days=1)
    take_time_off(user=house.alice, starts_at=tomorrow, ends_at=tomorrow + dt.timedelta(days=7), by=house.alice)
    _individual_work(house)
    _messages(house)
    other = house.other_group.sessions.earliest("starts_at")
    examples.make(house, {"own": house.session, "other": other})
    return house, build_next_door()


def _individual_work(house) -> None:
    """An appointment, a series, open hours, a closed day, a seat on offer, a feed."""
    away = timezone.now() + dt.timedelta(days=15)
    common = {
        "kind": AppointmentKind.INDIVIDUAL,
        "provider": house.alice,
        "episode": house.pat_episode,
        "by": house.alice,
    }
    book_appointment(starts_at=away, minutes=50, **common)
    start_series(
        weekday=3,
        starts_at=dt.time(15),
        zone=house.program.zone,
        minutes=50,
        every=2,
        starts_on=away.date(),
        **common,
    )
    OpenHours.objects.create(
        provider=house.alice,
        program=house.program,
        kinds=["individual"],
        weekday=4,
        starts_at=dt.time(13),
        ends_at=dt.time(15),
    )
    day = away.date() + dt.timedelta(days=30)
    close_days(
        program=house.program, starts_on=day, last_on=day, reason="Holiday", with_appointments=True, by=house.admin
    )
    session = house.other_group.sessions.filter(starts_at__gt=timezone.now() + dt.timedelta(days=8)).earliest(
        "starts_at"
    )
    offer_seat(session=session, episode=house.pat_episode, by=house.alice)
    open_feed(user=house.pat.user)


def _messages(house) -> None:
    """Rules, choices, a number that said STOP, a browser, a wording, a notice."""
    user, number = house.pat.user, "+12135550123"
    Policy.objects.create(program=house.program)
    AnswerPolicy.objects.create(program=house.program)
    Preference.objects.create(user=user, muted=["offer"])
    Address.objects.create(user=user, channel="sms", value=number, consented_at=timezone.now())
    Stop.objects.create(number=number, stopped_at=timezone.now())
    InboundText.objects.create(provider_id="SM1", number=number, meaning="stop")
    PushSubscription.objects.create(user=user, endpoint="https://fcm.googleapis.com/x", p256dh="x", auth="x")
    Provider.objects.create(name="email")
    Template.objects.create(
        program=house.program,
        kind="session_reminder",
        channel="sms",
        language="en",
        text="See you {when}. {link}",
        written_by=house.admin,
    )
    delivery = Delivery.objects.filter(recipient=user).earliest("pk")
    Notice.objects.create(user=user, delivery=delivery, subject="Booked", text="Your appointment is booked.")


def test_next_door_nothing_of_ours_is_seen_on_any_page(full):
    house, other = full
    otto, ours = signed_in(other.otto), {"Pat Peerson", "Quinn Quill", "Monday process", "Day track", "Alice Clinician"}
    for model, found in pages():
        mine = found.of_programs(model._base_manager.all(), [house.program.pk])
        for address in (page(model), *(page(model, "change", row.pk) for row in mine.order_by("pk")[:2])):
            answer = otto.get(address, follow=True)
            assert answer.status_code == 200
            assert not {name for name in ours if name in words(answer)}, address
        if found.has_add_permission(asked_by(other.otto)):
            assert not {name for name in ours if name in words(otto.get(page(model, "add")))}


def test_our_admin_sees_them(full):
    """The other side of the test above: those pages do show rows to whom they belong."""
    house, _other = full
    ada, empty = signed_in(house.admin), set()
    for model, found in pages():
        mine = found.of_programs(model._base_manager.all(), [house.program.pk])
        assert len(rows(ada.get(page(model)))) == min(mine.count(), found.list_per_page) or model is Read
        if not mine.exists():
            empty.add(model._meta.model_name)
        for row in mine.order_by("pk")[:2]:
            assert ada.get(page(model, "change", row.pk)).context["original"] == row
    assert empty == {"licence", "licenceevent", "waitlistentry", "waitlistentryevent"}


def test_no_page_shows_narrative(full):
    house, _other = full
    ada = signed_in(house.admin)
    for model, found in pages():
        for address in (
            page(model),
            *(page(model, "change", row.pk) for row in model._base_manager.order_by("-pk")[:3]),
        ):
            answer = ada.get(address, follow=True)
            assert not [text for text in [*NARRATIVE, "Large print"] if text in words(answer)], (found, address)


def test_no_page_can_be_searched_by_a_name():
    allowed = {"uid", "record_number"}
    for _model, found in pages():
        assert {name.rpartition("__")[2] for name in found.search_fields} <= allowed
        assert not found.autocomplete_fields


def test_every_address_of_the_audit_asks_for_the_right_to_read_it():
    ours = {f"{m._meta.app_label}_{m._meta.model_name}_" for m, found in pages() if found.can is Can.READ_AUDIT}
    stamps = {
        name: stamp_of(pattern.callback)
        for _route, name, pattern in every_view()
        if any(name.startswith(f"admin:{start}") for start in ours)
    }
    assert len(stamps) == 5 * len(ours) and set(stamps.values()) == {Can.READ_AUDIT}


def test_without_the_right_to_read_it_the_audit_is_not_there(house, ada, monkeypatch):
    monkeypatch.setitem(GRANTS, Can.READ_AUDIT, frozenset({Role.SUPERVISOR}))
    assert "Changes, table by table" not in words(ada.get(reverse("admin:index")))
    assert ada.get(page(Read)).status_code == 403
    assert ada.get(page(PatientChange)).status_code == 403
    answer = words(ada.get(page(Patient, "change", house.pat.pk)))
    assert "History" not in answer and "Who read this record" not in answer


def test_the_index_lists_the_audit_and_its_histories_apart(ada):
    index = words(ada.get(reverse("admin:index")))
    assert "Readings of records" in index and "Changes, table by table" in index
    assert "Changes of patients" not in index and "Recent actions" not in index
    histories = [model for model, _found in pages() if hasattr(model, "pgh_tracked_model")]
    listed = words(ada.get(reverse("admin:app_list", args=["audit"])))
    assert len(histories) == listed.count("Changes of ") >= 36
    assert "Changes of" not in words(ada.get(reverse("admin:app_list", args=["patients"])))


# --- readings


def test_a_reading_names_reader_and_patient(house, ada):
    open_record(asked_by(house.alice, "/desk/people/x/"), house.pat.uid)
    answer = words(ada.get(page(Read)))
    assert "March 2, 2026, 8 a.m." in answer
    assert f"Alice Clinician {house.pat.record_number} Pat Peerson Patient's page care /desk/people/x/" in answer
    row = Read.objects.earliest("pk")
    assert "Alice Clinician" in words(ada.get(page(Read, "change", row.pk)))
    assert ada.post(page(Read, "change", row.pk), {"why": "x"}).status_code == 403
    assert ada.get(page(Read, "add")).status_code == 403


def test_readings_are_narrowed_by_what_and_day_and_by_links(house, ada, clock):
    open_record(asked_by(house.alice), house.pat.uid)
    open_record(asked_by(house.alice), house.quinn.uid, Read.What.NOTE)
    assert {row.patient_id for row in rows(ada.get(page(Read, what__exact="note")))} == {house.quinn.pk}
    clock.shift(dt.timedelta(days=1))
    ada = signed_in(house.admin)
    log_shown(asked_by(house.bob), [house.pat.pk], Read.What.LIST)
    day = {"at__year": 2026, "at__month": 3, "at__day": 3}
    assert [row.reader_id for row in rows(ada.get(page(Read, **day)))] == [house.bob.pk]
    assert {row.reader_id for row in rows(ada.get(page(Read, reader_id=house.bob.pk)))} == {house.bob.pk}
    link = page(Read, patient_id=house.quinn.pk)
    assert link in ada.get(page(Patient, "change", house.quinn.pk)).content.decode()
    assert {row.what for row in rows(ada.get(link))} == {"note", "admin"}
    assert page(Read, reader_id=house.bob.pk) in ada.get(page(User, "change", house.bob.pk)).content.decode()


def test_reading_the_readings_is_put_on_the_record_and_left_out_of_the_list(house, ada):
    open_record(asked_by(house.alice), house.pat.uid)
    ada.get(page(Read))
    assert readings(house.admin) == [(house.pat.pk, "administration", page(Read))]
    assert [row.reader_id for row in rows(ada.get(page(Read)))] == [house.alice.pk]
    shown = rows(ada.get(page(Read, of_this_list="shown")))
    assert {row.reader_id for row in shown} == {house.alice.pk, house.admin.pk}


def test_readings_of_people_next_door_are_not_shown(house, ada):
    other = build_next_door()
    log_shown(asked_by(house.alice), [other.zed.pk], Read.What.LIST)
    assert rows(ada.get(page(Read))) == []
    assert len(rows(signed_in(other.otto).get(page(Read)))) == 1


def test_the_list_of_readings_costs_the_same_for_one_row_and_five(house, ada):
    log_shown(asked_by(house.alice), [house.pat.pk], Read.What.LIST)
    assert queries(ada, page(Read)) == 10
    for person in (house.bob, house.charlie):
        log_shown(asked_by(person), [house.quinn.pk, house.robin.pk], Read.What.LIST)
    assert queries(ada, page(Read)) == 10


# --- changes


def test_a_change_names_who_what_and_from_where(house, ada):
    address = page(Patient, "change", house.pat.pk)
    save(ada, address, legal_last_name="Peterson", may_leave_message="on", birth_date="1991-02-03")
    answer = words(ada.get(page(PatientChange)))
    assert "legal last name: Peerson → Peterson" in answer
    assert "a message may be left on the phone: no → yes" in answer
    assert "birth date: Jan. 1, 1990 → Feb. 3, 1991" in answer
    assert f"Ada Admin {address}" in answer
    assert "phone:" not in answer.replace("left on the phone:", "") and "pronouns:" not in answer
    assert house.pat.pk in [found[0] for found in readings(house.admin) if found[2] == page(PatientChange)]


def test_of_narrative_only_that_it_changed_is_said(house, ada):
    person = Patient.objects.get(pk=house.pat.pk)
    for needs in ("Large print", "Large print, and a lamp"):
        person.needs = needs
        person.save()
    change = PatientChange.objects.latest("pgh_id")
    for address in (page(PatientChange), page(PatientChange, "change", change.pgh_id)):
        answer = ada.get(address)
        assert "needs and accommodations: changed" in words(answer)
        assert "lamp" not in words(answer) and "gAAAA" not in answer.content.decode()
    assert "needs and accommodations: not shown here" in words(ada.get(page(PatientChange, "change", change.pgh_id)))


def test_the_same_narrative_encrypted_anew_is_no_change(house, ada):
    person = Patient.objects.get(pk=house.pat.pk)
    person.needs = "Large print"
    person.save()
    person.phone = "555"
    person.save()  # a new token of the same text
    assert words(ada.get(page(PatientChange, pgh_obj=person.pk))).count("accommodations: changed") == 1


def test_people_are_named_in_changes(house, ada):
    assign_primary_clinician(episode=house.pat_episode, clinician=house.charlie)
    answer = words(ada.get(page(EpisodeChange)))
    assert "primary clinician: Alice Clinician → Charlie Stranger" in answer
    assert "The system" in answer


def test_history_leads_to_the_rows_changes(house, ada):
    save(ada, page(Group, "change", house.group.pk), topic="Triggers")
    link = page(Group.pgh_event_model, pgh_obj=house.group.pk)
    assert link in ada.get(page(Group, "change", house.group.pk)).content.decode()
    answer = ada.get(page(Group, "history", house.group.pk), follow=True)
    assert answer.redirect_chain == [(link, 302)]
    assert {row.pgh_obj_id for row in rows(answer)} == {house.group.pk}
    assert "topic: — → Triggers" in words(answer)


def test_changes_are_narrowed_by_deed_and_person(house, ada):
    save(ada, page(Group, "change", house.group.pk), topic="Triggers")
    changes = Group.pgh_event_model
    assert [row.pgh_label for row in rows(ada.get(page(changes, deed="update")))] == ["update"]
    assert len(rows(ada.get(page(changes, by=house.admin.pk)))) == 1
    assert rows(ada.get(page(changes, by=house.alice.pk))) == []
    assert {row.pgh_label for row in rows(ada.get(page(changes, by="system")))} == {"insert"}
    assert ada.get(page(changes, topic="Triggers")).status_code == 400


def test_changes_cannot_be_written(house, ada):
    change = PatientChange.objects.first()
    assert ada.get(page(PatientChange, "add")).status_code == 403
    assert ada.post(page(PatientChange, "change", change.pgh_id), {"phone": "1"}).status_code == 403
    assert ada.post(page(PatientChange, "delete", change.pgh_id), {"post": "yes"}).status_code == 403


def test_a_seal_appears_in_the_history_without_its_text(full):
    house, _other = full
    answer = words(signed_in(house.admin).get(page(NoteChange)))
    assert "signature: — → Alice Clinician, LMFT" in answer and "objective: changed" in answer


def more(house, count):
    for number in range(count):
        patient = make_patient(house.program, house.alice).patient
        for word in ("555", "556"):
            patient.phone, patient.needs = f"{word}{number}", f"{word}{number}"
            patient.save()


@pytest.mark.parametrize(("model", "cost"), [(PatientChange, 11), (EpisodeChange, 12), (UserChange, 10)])
def test_a_history_costs_the_same_for_one_person_more_and_five_more(house, ada, model, cost):
    more(house, 1)
    assert queries(ada, page(model)) == cost
    more(house, 4)
    assert queries(ada, page(model)) == cost


def test_a_page_of_changes_reads_no_narrative_of_other_rows(house, ada):
    """What stands behind a change today is joined without its encrypted columns."""
    with CaptureQueriesContext(connection) as caught:
        ada.get(page(PatientChange))
    joined = [query["sql"] for query in caught if '"patients_patient"."legal_last_name"' in query["sql"]]
    assert joined and not [sql for sql in joined if '"patients_patient"."needs"' in sql]
