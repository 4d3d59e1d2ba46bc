"""Signing a session: guards on the way, what the seal holds, associates, races, the co-facilitator's signature."""

import datetime as dt
import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.access import Role
from accounts.models import Licence, User
from clinical.models import Countersignature, GroupNote, Overrule, ProgressNote, RiskAlert, Status, TreatmentPlan
from clinical.models.plans import Goal, Objective, Problem
from clinical.queries_clock import to_countersign
from clinical.services import Draft, Seen, cosigning, guards, save_drafts, sealing, sign_notes, signing, take_attendance
from clinical.services.attendance import RollCallRow
from clinical.services.guards import warnings_of
from clinical.services.signing import countersign
from core.errors import Refusal
from core.tests.racing import failures, together
from patients.models import CareTeamMember
from scheduling.models import Booking, Session
from tests.desk import attend, document, more_people, no_risk, reasons, sign, write
from tests.factories import make_staff

WORDS = [
    "Named two triggers at work and how to leave the room before they grow.",
    "Spoke about a quarrel with a sister and rehearsed an apology.",
    "Listened, then said that nights are the hardest and planned a call.",
    "Came with the worksheet done and explained the third column to the room.",
    "Was tired; still offered a way to breathe that had helped on Sunday.",
    "Disagreed with the handout, gently, and found an example of their own.",
    "Laughed for the first time here and linked it to a walk with the dog.",
    "Told of an urge after payday and which number was dialled instead.",
    "Kept the camera on today, a step agreed last week, and answered twice.",
    "Asked for time at the end and used it to thank a peer for honesty.",
    "Wrote the plan for the weekend in the chat and read it out.",
    "Noticed shame rising, named it, and stayed until the close.",
]


@pytest.fixture
def held(house, clock):
    """The Monday session is over; Pat and Quinn were there, with a text each."""
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    write(house.session, house.alice, Pat=WORDS[0], Quinn=WORDS[1])
    no_risk(house.session)
    return house


def note(patient) -> ProgressNote:
    return ProgressNote.objects.standing().get(patient=patient)


def plan_of(episode, by, text="Practise refusal skills twice a week") -> Objective:
    """A sealed plan with one objective."""
    plan = TreatmentPlan.objects.create(
        patient=episode.patient, episode=episode, number=1, author=by, written_at=dt.datetime.now(dt.UTC)
    )
    problem = Problem.objects.create(plan=plan, text="Return to use")
    objective = Objective.objects.create(goal=Goal.objects.create(problem=problem, text="Sobriety"), text=text)
    sealing.sign(plan, by=by, facts={}, signer=sealing.signer_facts(by))
    plan.save()
    return objective


def refused(code, deed, **kwargs):
    with pytest.raises(Refusal) as caught, transaction.atomic():
        deed(**kwargs)
    assert caught.value.code == code


def test_a_warning_stands_in_the_way_until_a_reason_is_given_and_the_reason_is_kept(held):
    first = sign_notes(session=held.session, by=held.alice)
    assert first.signed == [] and {w.guard for w in first.warned} == {"plan_objective"}
    mine = next(w for w in first.warned if w.patient_id == held.pat.pk)
    assert "Pat Peerson" in mine.message and mine.field == "plan_objective" and mine.may_overrule
    blank = sign_notes(session=held.session, by=held.alice, overrules={mine.key: "   "})
    assert blank.signed == []
    second = sign_notes(session=held.session, by=held.alice, overrules={mine.key: "Admitted on Friday."})
    assert [p.pk for p in second.signed] == [held.pat.pk]
    kept = Overrule.objects.get()
    assert (kept.note, kept.guard, kept.reason, kept.by) == (
        note(held.pat),
        "plan_objective",
        "Admitted on Friday.",
        held.alice,
    )
    assert note(held.pat).is_intact and not note(held.quinn).is_signed


def test_a_reason_given_for_what_may_not_be_overruled_changes_nothing(held):
    ProgressNote.objects.filter(patient=held.pat).update(risk="")
    blank = next(w for w in warnings_of(held.session, held.alice) if w.guard == "risk")
    assert (blank.field, blank.may_overrule, blank.patient_id) == ("risk", False, held.pat.pk)
    outcome = sign_notes(
        session=held.session, by=held.alice, overrules=reasons(held.session, held.alice) | {blank.key: "It was quiet."}
    )
    assert [p.pk for p in outcome.signed] == [held.quinn.pk]
    assert not Overrule.objects.filter(guard="risk").exists()


def test_what_the_seal_holds(held, clock):
    Licence.objects.create(staff=held.alice.staff_profile, state="NV", kind="LMFT", number="N-1")
    Licence.objects.create(staff=held.alice.staff_profile, state="CA", kind="LMFT", number="C-2")
    objective = plan_of(held.pat_episode, held.bob)
    ProgressNote.objects.filter(patient=held.pat).update(
        plan_objective=objective, progress=1, engagement=3, affect="bright"
    )
    start = held.session.starts_at
    GroupNote.objects.update(began_at=start + dt.timedelta(minutes=2), break_minutes=10, homework="Page four")
    sign(held.session, held.alice)
    found = note(held.pat)
    assert found.aim == "Practise refusal skills twice a week" and found.homework == "Page four"
    assert found.seal["form"] == 2 and found.seal["plan_objective"] == str(objective.line)
    assert found.seal["signer"]["credential"] == "LMFT"
    assert found.seal["signer"]["licence"] == {"kind": "LMFT", "number": "C-2", "state": "CA"}
    assert found.seal["began_at"] == (start + dt.timedelta(minutes=2)).isoformat()
    assert (found.seal["starts_at"], found.seal["break_minutes"]) == (start.isoformat(), 10)
    assert (found.seal["patient_state"], found.seal["modality"], found.seal["attending"]) == ("CA", "video", 2)
    assert (found.seal["due_on"], found.seal["late"]) == ("2026-03-05", False)
    assert found.is_intact and "Quinn" not in str(found.seal) + str(found.said())


def test_late_is_said_in_the_seal(held, clock):
    clock.move_to(dt.datetime(2026, 3, 6, 9, tzinfo=dt.UTC))  # in Los Angeles the 6th is an hour old
    sign(held.session, held.alice)
    assert note(held.pat).seal["late"] is True
    assert note(held.pat).seal["due_on"] == "2026-03-05"


def test_risk_that_was_reported_needs_words_and_raises_an_alert(held):
    ProgressNote.objects.filter(patient=held.pat).update(risk="reported")
    outcome = sign(held.session, held.alice)
    assert [(p.pk, why) for p, why in outcome.left] == [(held.pat.pk, "what was reported is not written")]
    assert not RiskAlert.objects.exists()
    found = note(held.pat)
    found.risk_text = "Passive thoughts on Sunday; went through the safety plan."
    found.save()
    sign(held.session, held.alice)
    raised = RiskAlert.objects.get()
    assert (raised.patient, raised.raised_by, raised.words) == (held.pat, held.alice, found.risk_text)
    assert RiskAlert.Source(raised.source) == RiskAlert.Source.NOTE


def test_signing_twelve_takes_as_many_queries_as_signing_two(house, clock):
    taken, looked = {}, {}
    for n in (2, 12):
        people = more_people(house, n)
        session = Session.objects.filter(bookings__patient=people[0]).earliest("starts_at")
        clock.move_to(session.ends_at + dt.timedelta(minutes=5))
        rows = [RollCallRow(p.pk, Status.PRESENT, session.treatment_minutes, 3) for p in people]
        take_attendance(session=session, rows=rows, by=house.alice)
        write(session, house.alice)
        drafts = [Draft(p.pk, words, 0) for p, words in zip(people, WORDS, strict=False)]
        save_drafts(session=session, drafts=drafts, by=house.alice)
        no_risk(session)
        overrules = reasons(session, house.alice)
        by = User.objects.get(pk=house.alice.pk)  # who has not been asked for anything yet
        with CaptureQueriesContext(connection) as seen:
            outcome = sign_notes(session=session, by=by, overrules=overrules)
        assert len(outcome.signed) == n, [w.message for w in outcome.warned]
        taken[n] = len(seen)
        with CaptureQueriesContext(connection) as seen:
            warnings_of(session, User.objects.get(pk=house.alice.pk))
        looked[n] = len(seen)
        clock.shift(dt.timedelta(days=6))
    assert taken == {2: 18, 12: 18} and looked == {2: 11, 12: 11}


def test_what_was_read_is_what_is_signed(held):
    old = Seen(1, {held.pat.pk: 0, held.quinn.pk: 1})
    overrules = reasons(held.session, held.alice)
    outcome = sign_notes(session=held.session, by=held.alice, seen=old, overrules=overrules)
    assert [p.pk for p in outcome.signed] == [held.quinn.pk]
    assert [why for _p, why in outcome.left] == ["it was changed meanwhile: read it first"]


def test_two_people_sign_at_once_and_each_note_is_signed_once(committed_house, clock):
    house = committed_house
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.PRESENT)
    write(house.session, house.alice, Pat=WORDS[0], Quinn=WORDS[1])
    no_risk(house.session)
    session, overrules = house.session, reasons(house.session, house.alice)
    deeds = [lambda by=by: sign_notes(session=session, by=by, overrules=overrules) for by in (house.alice, house.bob)]
    outcomes = together(deeds)
    refusals = failures(outcomes)
    assert [getattr(r, "code", r) for r in refusals] == ["nothing_to_sign"]
    assert [n.is_intact for n in ProgressNote.objects.all()] == [True, True]
    assert ProgressNote.objects.values("signed_by").distinct().count() == 1


def test_signed_while_somebody_edits_either_comes_first_and_nothing_is_mixed(committed_house, clock):
    house = committed_house
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    write(house.session, house.alice, Pat=WORDS[0])
    no_risk(house.session)
    session, overrules = house.session, reasons(house.session, house.alice)
    seen = Seen(1, {house.pat.pk: 1})
    outcomes = together(
        [
            lambda: sign_notes(session=session, by=house.alice, seen=seen, overrules=overrules),
            lambda: save_drafts(session=session, drafts=[Draft(house.pat.pk, WORDS[2], 1)], by=house.bob),
        ]
    )
    found = note(house.pat)
    if found.is_signed:
        assert [e.code for e in failures(outcomes)] == ["signed"] and found.text == WORDS[0] and found.is_intact
    else:
        assert failures(outcomes) == [] and found.text == WORDS[2] and outcomes[0].left


# --- the walls, from SQL


def sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinical_progressnote SET text = 'x'",
        "UPDATE clinical_progressnote SET risk = 'reported'",
        "UPDATE clinical_progressnote SET seal = '{}'",
        "UPDATE clinical_progressnote SET signed_at = NULL, signed_by_id = NULL, sealed_at = NULL",
        "UPDATE clinical_progressnote SET voided_at = now(), text = 'x'",
        "DELETE FROM clinical_progressnote",
        "UPDATE clinical_overrule SET reason = 'x'",
        "DELETE FROM clinical_overrule",
        "UPDATE clinical_countersignature SET name = 'x'",
        "DELETE FROM clinical_countersignature",
    ],
)
def test_what_is_sealed_cannot_change(held, statement):
    sign(held.session, held.alice)
    co_lead(held)
    countersign(session=held.session, by=held.dana)
    with pytest.raises(DatabaseError):
        sql(statement)
    if "progressnote SET text" in statement:  # the negative control: without the walls it can
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        sql("ALTER TABLE clinical_progressnote DISABLE TRIGGER USER")
        sql(statement)


def co_lead(house):
    """Dana leads the group with Alice."""
    house.dana = make_staff(house.program, Role.CLINICIAN, "Dana", "Cofacilitator", credential="LPCC")
    session = house.session
    Booking.objects.create(
        session=session, user=house.dana, part="co", starts_at=session.starts_at, ends_at=session.ends_at
    )
    for patient in (house.pat, house.quinn):
        CareTeamMember.objects.create(
            patient=patient, user=house.dana, part="facilitator", source="test", starts_at=session.starts_at
        )


def test_the_co_facilitators_signature(held):
    co_lead(held)
    refused("nothing_to_sign", countersign, session=held.session, by=held.dana)
    sign(held.session, held.alice)
    refused("nothing_to_sign", countersign, session=held.session, by=held.alice)  # nobody signs twice
    refused("not_a_facilitator", countersign, session=held.session, by=held.charlie)
    refused("not_a_facilitator", countersign, session=held.session, by=held.bob)  # he was not there
    refused("changed_meanwhile", countersign, session=held.session, by=held.dana, seen={note(held.pat).pk: "0" * 64})
    assert to_countersign(held.dana) == [held.session] and to_countersign(held.alice) == to_countersign(held.bob) == []
    assert len(countersign(session=held.session, by=held.dana)) == 2
    assert to_countersign(held.dana) == []
    mark = Countersignature.objects.get(note=note(held.pat))
    assert (mark.name, mark.content_hash) == ("Dana Cofacilitator, LPCC", note(held.pat).content_hash)
    refused("nothing_to_sign", countersign, session=held.session, by=held.dana)


# --- associates


@pytest.fixture
def awaiting(held):
    """Alice is an associate: Pat's and Quinn's notes wait for Bob."""
    profile = held.alice.staff_profile
    profile.needs_cosignature = True
    profile.save()
    sign(held.session, held.alice)
    return held


def test_an_associates_notes_wait_and_are_sealed_by_the_co_signature(awaiting):
    waiting = [note(awaiting.pat), note(awaiting.quinn)]
    assert all(n.is_awaiting and n.cosigner == awaiting.bob and not n.is_sealed for n in waiting)
    seen = {("note", n.pk): n.content_hash for n in waiting}
    refused("not_the_supervisor", cosigning.cosign_all, things=waiting, by=awaiting.charlie, seen=seen)
    outcome = cosigning.cosign_all(things=waiting, by=awaiting.bob, seen={**seen, ("note", waiting[1].pk): "else"})
    assert [n.pk for n in outcome.sealed] == [waiting[0].pk] and [n.pk for n in outcome.left] == [waiting[1].pk]
    sealed = note(awaiting.pat)
    assert sealed.is_sealed and sealed.is_intact and sealed.cosigned_name == "Bob Supervisor, LCSW"
    assert sealed.seal["cosigner"]["name"] == "Bob Supervisor" and sealed.seal["signer"]["name"] == "Alice Clinician"


def test_returned_for_changes_it_is_a_draft_with_the_reason_and_can_be_signed_again(awaiting):
    refused("empty", cosigning.send_back, thing=note(awaiting.pat), reason=" ", by=awaiting.bob)
    refused("not_the_supervisor", cosigning.send_back, thing=note(awaiting.pat), reason="x", by=awaiting.charlie)
    cosigning.send_back(thing=note(awaiting.pat), reason="Name the skill.", by=awaiting.bob)
    found = note(awaiting.pat)
    assert (found.is_signed, found.returned_by, found.return_reason) == (False, awaiting.bob, "Name the skill.")
    save_drafts(session=awaiting.session, drafts=[Draft(awaiting.pat.pk, WORDS[3], found.version)], by=awaiting.alice)
    sign(awaiting.session, awaiting.alice)
    assert note(awaiting.pat).is_awaiting


def test_taken_back_by_whoever_signed_it(awaiting):
    refused("not_yours", cosigning.take_back, thing=note(awaiting.pat), by=awaiting.bob)
    cosigning.take_back(thing=note(awaiting.pat), by=awaiting.alice)
    assert not note(awaiting.pat).is_signed
    refused("not_awaiting", cosigning.take_back, thing=note(awaiting.pat), by=awaiting.alice)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinical_progressnote SET text = 'x'",
        "UPDATE clinical_progressnote SET risk_text = 'x', cosigned_at = now()",
        "UPDATE clinical_progressnote SET sealed_at = now()",  # a seal without the co-signature
        "UPDATE clinical_progressnote SET cosigner_id = NULL",
        "DELETE FROM clinical_progressnote",
    ],
)
def test_what_waits_changes_only_by_co_signature_or_return(awaiting, statement):
    with pytest.raises(DatabaseError):
        sql(statement)


def test_co_signed_and_taken_back_at_once_one_of_them_wins(committed_house, clock):
    house = committed_house
    clock.shift(dt.timedelta(hours=3))
    profile = house.alice.staff_profile
    profile.needs_cosignature = True
    profile.save()
    document(house.session, house.alice, Pat=WORDS[0])
    found = note(house.pat)
    seen = {("note", found.pk): found.content_hash}
    together(
        [
            lambda: cosigning.cosign_all(things=[found], by=house.bob, seen=seen),
            lambda: cosigning.take_back(thing=found, by=house.alice),
        ]
    )
    after = note(house.pat)
    assert after.is_sealed != (not after.is_signed) and (not after.is_sealed or after.is_intact)


# --- voided


def test_voided_once_with_a_reason_and_the_attendance_is_free(held):
    sign(held.session, held.alice)
    mistaken = note(held.quinn)
    refused("not_a_supervisor", cosigning.void, thing=mistaken, reason="x", by=held.alice)
    refused("empty", cosigning.void, thing=mistaken, reason=" ", by=held.bob)
    cosigning.void(thing=mistaken, reason="Quinn was not there.", by=held.bob)
    refused("void_already", cosigning.void, thing=mistaken, reason="again", by=held.bob)
    mistaken.refresh_from_db()
    assert mistaken.is_void and mistaken.is_intact and mistaken.text == WORDS[1]
    for statement in (
        "UPDATE clinical_progressnote SET voided_at = NULL WHERE voided_at IS NOT NULL",
        "UPDATE clinical_progressnote SET void_reason = 'x' WHERE voided_at IS NOT NULL",
        "UPDATE clinical_progressnote SET voided_at = now() WHERE voided_at IS NOT NULL",
    ):
        with pytest.raises(DatabaseError):
            sql(statement)
    rows = [RollCallRow(held.quinn.pk, Status.NO_SHOW, None, None)]
    assert take_attendance(session=held.session, rows=rows, by=held.alice) == 1
    connection.check_constraints()


def test_a_voided_note_makes_room_for_another(held):
    sign(held.session, held.alice)
    cosigning.void(thing=note(held.pat), reason="Written for the wrong day.", by=held.bob)
    save_drafts(session=held.session, drafts=[Draft(held.pat.pk, WORDS[4], 0)], by=held.alice)
    sign(held.session, held.alice)
    assert ProgressNote.objects.filter(patient=held.pat).count() == 2 and note(held.pat).text == WORDS[4]


def test_only_somebody_of_the_care_team_voids(held):
    sign(held.session, held.alice)
    stranger = make_staff(held.program, Role.SUPERVISOR, "Sam", "Stranger")
    refused("not_visible", cosigning.void, thing=note(held.pat), reason="x", by=stranger)


def test_without_the_locks_the_database_still_refuses_the_second_signature(committed_house, clock, monkeypatch):
    """The negative control of two people signing at once: both read the same drafts, and the wall stops the second."""
    house = committed_house
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    write(house.session, house.alice, Pat=WORDS[0])
    no_risk(house.session)
    session, overrules = house.session, reasons(house.session, house.alice)
    both_have_read, load = threading.Barrier(2), guards.load

    def unlocked(session, by):
        bookings = Booking.objects.live().filter(session=session).select_related("user__staff_profile")
        return Session.objects.select_related("group__program").get(pk=session.pk), list(bookings)

    def read(session, by, **kwargs):
        case = load(session, by, bookings=kwargs["bookings"], lock=False)
        both_have_read.wait(timeout=20)
        return case

    monkeypatch.setattr(signing, "_lock", unlocked)
    monkeypatch.setattr(guards, "load", read)
    deeds = [lambda by=by: sign_notes(session=session, by=by, overrules=overrules) for by in (house.alice, house.bob)]
    (refused,) = failures(together(deeds))
    assert isinstance(refused, DatabaseError)
    assert ProgressNote.objects.get().is_intact
