"""Documents: the life of one, its guards, its walls in the database."""

import dataclasses
import datetime as dt
import threading

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from clinical.models import VISITS, Document, Kind, Risk, Template, WorkedOn
from clinical.sections import TEMPLATED, TEMPLATES, sections_of
from clinical.services import documents
from clinical.services.document_guards import lacks
from clinical.services.documents import (
    change_template,
    discard_draft,
    document_appointment,
    may_write,
    save_document,
    sign_document,
    start_document,
)
from clinical.services.sealing import cosign, return_for_changes, signer_facts, void
from clinical.tests.documenting import content_of, make_plan, sign_one, write_one
from core.errors import Refusal
from core.tests.racing import together
from scheduling.services import book_appointment, cancel_appointment, record_outcome

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def desk(house, clock):
    """Monday noon."""
    clock.shift(dt.timedelta(hours=4))
    return house


def codes(document) -> set[str]:
    return {lack.code for lack in lacks(document)}


def refused(code: str):
    """A block that is refused with this code."""

    class Check:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, _trace):
            assert isinstance(error, Refusal) and error.code == code, error
            return True

    return Check()


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_is_written_and_sealed(desk, kind):
    document = sign_one(desk.pat, desk.alice, kind)
    assert document.is_sealed and document.is_intact
    again = Document.objects.get(pk=document.pk)
    assert again.is_intact and again.seal["document"] == kind and again.seal["form"] == 2
    assert {s.key for s in sections_of(kind, again.template)} == set(again.sections)


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_needs_its_parts(desk, kind):
    document = start_document(patient=desk.pat, kind=kind, by=desk.alice)
    needed = {s.key for s in sections_of(kind, document.template) if s.required and not document.sections.get(s.key)}
    assert needed and {x.field for x in lacks(document) if x.code == "missing"} == needed
    with pytest.raises(Refusal):
        sign_document(document=document, version=1, by=desk.alice)


def test_keys_are_one_of_a_kind():
    for kind in Kind.values:
        for template in Template.values if kind in TEMPLATED else [""]:
            keys = [s.key for s in sections_of(kind, template)]
            assert len(keys) == len(set(keys)), (kind, template)
    assert set(TEMPLATES) == set(Template.values)
    # What a crisis contact has to say: CLINICAL_FACTS section 9, 7. The six parts of a safety plan: 9, 4.
    assert len(sections_of(Kind.CRISIS)) == 12 and all(s.required for s in sections_of(Kind.CRISIS))
    assert len(sections_of(Kind.SAFETY_PLAN)) == 6


def test_times_are_sane(desk):
    now = timezone.now()
    for changes, code in (
        ({"happened_at": now + HOUR, "ended_at": now + 2 * HOUR}, "future"),
        ({"happened_at": now - HOUR, "ended_at": now + HOUR}, "future"),
        ({"happened_at": now - 9 * HOUR, "ended_at": now}, "too_long"),
        ({"happened_at": now - dt.timedelta(days=30), "ended_at": now - dt.timedelta(days=30) + HOUR}, "before_stay"),
        ({"ended_at": None}, "stop"),
        ({"risk": ""}, "risk"),
        ({"risk": Risk.REPORTED}, "risk_text"),
    ):
        assert codes(write_one(desk.pat, desk.alice, **changes)) == {code}
    draft = write_one(desk.pat, desk.alice)
    with refused("stop"):
        save_document(
            document=draft,
            content=dataclasses.replace(content_of(draft), ended_at=now - 3 * HOUR),
            version=draft.version,
            by=desk.alice,
        )
    assert codes(write_one(desk.pat, desk.alice, Kind.CONTACT, ended_at=None)) == set()
    crisis = write_one(desk.pat, desk.alice, Kind.CRISIS, risk=Risk.REPORTED)
    assert codes(crisis) == set()  # its own parts say it


def test_a_discharge_needs_its_type(desk):
    draft = write_one(desk.pat, desk.alice, Kind.DISCHARGE, facts={"type": "vanished"})
    assert codes(draft) == {"type"}
    draft = save_document(
        document=draft,
        content=content_of(draft, facts={"type": "completed", "discharged_on": "2020-01-01"}),
        version=draft.version,
        by=desk.bob,
    )
    assert codes(draft) == {"before_stay"}


def test_a_text_like_the_last_one_is_told_of_this_person_only(desk):
    sign_one(desk.pat, desk.alice)
    assert codes(write_one(desk.quinn, desk.alice)) == set()
    assert codes(write_one(desk.pat, desk.alice, Kind.COACHING)) == set()  # another kind
    same = write_one(desk.pat, desk.alice)
    assert codes(same) == {"same_as_last"}
    with refused("same_as_last"):
        sign_document(document=same, version=same.version, by=desk.alice)
    assert sign_document(document=same, version=same.version, by=desk.alice, confirmed=True).is_sealed


def test_who_may_write(desk):
    visit, plan = write_one(desk.pat, desk.alice), write_one(desk.pat, desk.alice, Kind.SAFETY_PLAN)
    for document in (visit, plan):
        assert may_write(desk.alice, document) and may_write(desk.bob, document)
        for stranger in (desk.charlie, desk.coordinator, desk.admin, desk.billing, desk.pat.user):
            assert not may_write(stranger, document), stranger
    content = content_of(visit, "Charlie was here")
    for deed in (
        lambda: save_document(document=visit, content=content, version=visit.version, by=desk.charlie),
        lambda: sign_document(document=visit, version=visit.version, by=desk.charlie),
        lambda: discard_draft(document=visit, by=desk.charlie),
        lambda: change_template(document=visit, template="soap", version=visit.version, by=desk.charlie),
    ):
        with refused("not_yours"):
            deed()
    assert Document.objects.visible_to(desk.charlie).count() == 0
    assert Document.objects.visible_to(desk.alice).count() == 2


def test_a_version_that_was_not_seen_is_neither_saved_nor_signed(desk):
    draft = write_one(desk.pat, desk.alice)
    save_document(document=draft, content=content_of(draft, "Bob’s"), version=draft.version, by=desk.bob)
    with refused("changed_meanwhile"):
        save_document(document=draft, content=content_of(draft, "Alice’s"), version=draft.version, by=desk.alice)
    with refused("changed_meanwhile"):
        sign_document(document=draft, version=draft.version, by=desk.alice)
    stored = Document.objects.get()
    assert stored.sections["data"].startswith("Bob’s") and stored.author == desk.alice  # it was her visit


def test_what_is_signed_is_not_written_any_more(desk):
    signed = sign_one(desk.pat, desk.alice)
    for deed in (
        lambda: save_document(document=signed, content=content_of(signed, "x"), version=signed.version, by=desk.alice),
        lambda: sign_document(document=signed, version=signed.version, by=desk.alice),
        lambda: discard_draft(document=signed, by=desk.alice),
    ):
        with refused("signed"):
            deed()
    draft = write_one(desk.pat, desk.alice, Kind.COACHING)
    discard_draft(document=draft, by=desk.alice)
    draft.pk = draft.pk or Document.objects.latest("pk").pk + 1
    with refused("gone"):
        sign_document(document=draft, version=draft.version, by=desk.alice)


def test_an_associate_waits_for_their_supervisor(desk):
    desk.alice.staff_profile.needs_cosignature = True
    desk.alice.staff_profile.save()
    plan = sign_one(desk.pat, desk.alice, Kind.SAFETY_PLAN)
    assert plan.is_awaiting and plan.cosigner == desk.bob
    assert start_document(patient=desk.pat, kind=Kind.SAFETY_PLAN, by=desk.bob) == plan  # not a second one beside it
    return_for_changes(plan, reason="Add the means.", by=desk.bob)
    plan = Document.objects.get()
    assert not plan.is_signed and plan.return_reason == "Add the means."
    plan = sign_document(document=plan, version=plan.version, by=desk.alice)
    cosign(plan, by=desk.bob, signer=signer_facts(desk.bob))
    assert Document.objects.get().is_sealed and Document.objects.get().is_intact


# --- appointments


@pytest.fixture
def booked(house, clock):
    """Alice's hour with Pat on Monday at 13:00; the clock then stands at 14:00."""
    made = book_appointment(
        kind="individual",
        provider=house.alice,
        episode=house.pat_episode,
        starts_at=timezone.now() + 5 * HOUR,
        minutes=50,
        by=house.alice,
    )
    return house, made


def test_an_appointment_gets_one_note_of_its_own(booked, clock):
    house, made = booked
    with refused("not_over"):
        document_appointment(appointment=made, by=house.alice)
    clock.shift(6 * HOUR)
    record_outcome(appointment=made, outcome="held", minutes=45, by=house.alice)
    with refused("not_yours"):
        document_appointment(appointment=made, by=house.charlie)
    note = document_appointment(appointment=made, by=house.alice)
    assert note.kind == "individual" and note.appointment == made and note.episode == house.pat_episode
    assert note.happened_at == made.starts_at and note.ended_at == made.starts_at + dt.timedelta(minutes=45)
    assert document_appointment(appointment=made, by=house.bob) == note
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.create(
            patient=house.pat,
            episode=house.pat_episode,
            kind="individual",
            appointment=made,
            author=house.bob,
            written_at=timezone.now(),
            happened_at=timezone.now(),
        )
    note = save_document(
        document=note,
        content=content_of(note, happened_at=note.happened_at, ended_at=note.ended_at),
        version=1,
        by=house.bob,
    )
    assert note.author == house.alice
    note = sign_document(document=note, version=note.version, by=house.alice)
    assert note.seal["minutes"] == 45 and note.seal["appointment"] == str(made.uid)
    void(note, reason="Wrong person.", by=house.bob)
    assert document_appointment(appointment=made, by=house.alice) != note  # a voided one makes room


def test_what_did_not_take_place_gets_none(booked, clock):
    house, made = booked
    clock.shift(6 * HOUR)
    note = document_appointment(appointment=made, by=house.alice)
    record_outcome(appointment=made, outcome="missed", by=house.alice)
    note = save_document(document=note, content=content_of(note), version=1, by=house.alice)
    with refused("not_held"):
        sign_document(document=note, version=note.version, by=house.alice)
    discard_draft(document=note, by=house.alice)
    with refused("not_held"):
        document_appointment(appointment=made, by=house.alice)


def test_a_cancelled_one_gets_none(booked, clock):
    house, made = booked
    made = cancel_appointment(appointment=made, reason="Snow", by=house.alice)
    clock.shift(6 * HOUR)
    with refused("cancelled"):
        document_appointment(appointment=made, by=house.alice)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_begin_one_plan(committed_house):
    house = committed_house
    people = (house.alice, house.bob, house.alice, house.bob)
    made = together([lambda by=by: start_document(patient=house.pat, kind=Kind.SAFETY_PLAN, by=by).pk for by in people])
    assert Document.objects.count() == 1 and len(set(made)) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_stays_lock_two_collide(committed_house, monkeypatch):
    """The negative control: everybody looks before anybody writes, and the database has to refuse."""
    house, gate = committed_house, threading.Barrier(3)
    monkeypatch.setattr(documents, "lock_episode", lambda episode: episode)
    go_on = documents._continue
    monkeypatch.setattr(documents, "_continue", lambda document: (gate.wait(timeout=20), go_on(document)))
    made = together(
        [lambda: start_document(patient=house.pat, kind=Kind.SAFETY_PLAN, by=house.alice).pk for _n in range(3)]
    )
    assert len([one for one in made if isinstance(one, IntegrityError)]) == 2 and Document.objects.count() == 1


# --- objectives


def test_objectives_worked_on(desk):
    plan = make_plan(desk.pat_episode, desk.alice, "One", "Two")
    other = make_plan(desk.quinn_episode, desk.alice, "Quinn’s")
    one = plan.problems.get().goals.get().objectives.get(place=0)
    strange = other.problems.get().goals.get().objectives.get()
    note = write_one(desk.pat, desk.alice, worked_on={one.pk: None, strange.pk: 2})
    assert list(WorkedOn.objects.values_list("objective", "progress")) == [(one.pk, None)]  # never another person's
    note = sign_document(document=note, version=note.version, by=desk.alice)
    assert note.seal["worked_on"] == [[str(one.line), None]]


# --- the walls


def by_sql(statement: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_walls_of_the_database(desk):
    plan = make_plan(desk.pat_episode, desk.alice, "One")
    one = plan.problems.get().goals.get().objectives.get()
    signed = sign_one(desk.pat, desk.alice, worked_on={one.pk: 1})
    for statement in (
        "UPDATE clinical_document SET sections = 'x' WHERE id = %s",
        "UPDATE clinical_document SET facts = '{\"a\": 1}' WHERE id = %s",
        "UPDATE clinical_document SET signed_at = NULL WHERE id = %s",
        "DELETE FROM clinical_document WHERE id = %s",
        "UPDATE clinical_workedon SET progress = 3 WHERE document_id = %s",
        "DELETE FROM clinical_workedon WHERE document_id = %s",
    ):
        with pytest.raises((IntegrityError, InternalError)):
            by_sql(statement, signed.pk)
    draft = write_one(desk.pat, desk.alice, Kind.COACHING)
    for statement in (
        # of another person's stay; unsigned risk; an unknown kind; a stop before the start
        f"UPDATE clinical_document SET episode_id = {desk.robin_episode.pk} WHERE id = %s; SET CONSTRAINTS ALL IMMEDIATE",
        "UPDATE clinical_document SET kind = 'poem' WHERE id = %s",
        "UPDATE clinical_document SET ended_at = happened_at WHERE id = %s",
        "UPDATE clinical_document SET signed_at = now() WHERE id = %s",
    ):
        with pytest.raises((IntegrityError, InternalError)):
            by_sql(statement, draft.pk)
    first = write_one(desk.pat, desk.alice, Kind.SAFETY_PLAN)
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.create(
            patient=desk.pat,
            episode=desk.pat_episode,
            kind=Kind.SAFETY_PLAN,
            number=first.number + 1,
            author=desk.bob,
            written_at=timezone.now(),
            happened_at=timezone.now(),
        )


def test_texts_are_never_stored_readable(desk):
    write_one(desk.pat, desk.alice, said="A secret")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sections FROM clinical_document UNION SELECT sections FROM clinical_documentevent")
        stored = [row[0] for row in cursor.fetchall()]
    assert stored and not [text for text in stored if "secret" in text]


def test_visits_are_the_kinds_that_state_risk():
    assert set(VISITS) == set(Kind) - {Kind.SAFETY_PLAN, Kind.RELAPSE_PLAN, Kind.DISCHARGE}
