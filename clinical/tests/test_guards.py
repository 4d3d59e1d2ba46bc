"""Warnings before signing: each named place, what may be overruled, and that it is not asked again."""

import datetime as dt

import pytest

from clinical.models import GroupNote, Overrule, ProgressNote, Status
from clinical.services import Draft, save_drafts, sign_notes
from clinical.services.guards import warnings_of
from clinical.tests.test_signing import WORDS, plan_of
from scheduling.models import Session
from tests.desk import attend, document, no_risk, reasons, sign, write


@pytest.fixture
def held(house, clock):
    """The Monday session is over and documented as drafts."""
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    write(house.session, house.alice, Pat=WORDS[0], Quinn=WORDS[1])
    no_risk(house.session)
    return house


def change(patient, **fields) -> None:
    for note in ProgressNote.objects.filter(patient=patient, signed_at=None):
        for name, value in fields.items():
            setattr(note, name, value)
        note.save()


def share(**fields) -> None:
    shared = GroupNote.objects.get()
    for name, value in fields.items():
        setattr(shared, name, value)
    shared.save()


def warned(house, guard: str = "") -> list:
    found = warnings_of(house.session, house.alice)
    return [w for w in found if w.guard == guard] if guard else found


@pytest.mark.parametrize("field", ["text", "risk_text", "trouble_text", "next_step"])
def test_a_peers_name_in_somebodys_note_is_named_with_its_place(held, field):
    change(held.pat, **{field: "Was encouraged by Quinn after the break, and thanked her."})
    (found,) = warned(held, "name")
    assert (found.patient_id, found.field, found.may_overrule) == (held.pat.pk, field, True)
    assert "Pat Peerson" in found.message and "“Quinn”" in found.message and "a peer" in found.message
    assert "encouraged by Quinn" in found.excerpt and len(found.place) <= 64 and "Quinn" not in found.place


def test_a_name_in_the_shared_part_is_everybodys(held):
    share(activities="Role play, led by Pat.")
    (found,) = warned(held, "name")
    assert (found.patient_id, found.field) == (None, "activities") and "Shared part" in found.message
    outcome = sign_notes(session=held.session, by=held.alice, overrules={})
    assert outcome.signed == [] and len(outcome.left) == 2
    sign(held.session, held.alice)  # with a reason, it is kept with both
    assert Overrule.objects.filter(guard="name").count() == 2


def test_ones_own_name_and_staffs_are_no_warning(held):
    change(held.pat, text="Pat said that Alice had helped; Pat’s plan stands. P.P. signed the sheet.")
    assert warned(held, "name") == []


def test_somebody_who_left_the_group_last_month_is_still_a_peer(held):
    held.robin.preferred_name = "Robbie"
    held.robin.save()
    change(held.pat, text="Misses Robbie and said so with tears.")
    assert warned(held, "name") == []  # never a member here
    from groups.models import Membership

    day = dt.date(2026, 2, 1)
    Membership.objects.create(
        group=held.group,
        patient=held.robin,
        episode=held.robin_episode,
        joined_on=day,
        left_on=day + dt.timedelta(days=9),
    )
    assert [w.field for w in warned(held, "name")] == ["text"]


def test_an_overruled_place_is_not_asked_about_again_and_other_words_are(held):
    change(held.pat, text="Said that a cousin, Quinn, will drive him on Friday.")
    (found,) = warned(held, "name")
    ProgressNote.objects.filter(patient=held.pat).update(risk="")  # something else is still missing
    sign_notes(session=held.session, by=held.alice, overrules={found.key: "The cousin’s name."})
    assert warned(held, "name") == [] and Overrule.objects.get().reason == "The cousin’s name."
    change(held.pat, text="Said that a cousin, Quinn, will drive him on Friday. Quinn also cried in the group.")
    assert len(warned(held, "name")) >= 1


def test_a_text_that_is_another_persons_with_the_name_exchanged_is_never_signed(held):
    change(held.pat, text="Pat shared that he felt calm and used his breathing skill twice.")
    change(held.quinn, text="Quinn shared that she felt calm, and used her breathing skill twice!")
    found = warned(held, "alike")
    assert {w.patient_id for w in found} == {held.pat.pk, held.quinn.pk}
    assert not any(w.may_overrule for w in found)
    assert sign(held.session, held.alice).signed == []


def test_nearly_the_same_text_may_be_overruled(held):
    change(
        held.pat, text="Shared openly about cravings on the weekend and practised urge surfing with the group today."
    )
    change(
        held.quinn, text="Shared openly about cravings on the weekday and practised urge surfing with the group today."
    )
    assert {w.may_overrule for w in warned(held, "alike")} == {True}
    assert len(sign(held.session, held.alice).signed) == 2


def test_the_same_as_their_own_last_note(held, clock):
    sign(held.session, held.alice)
    after = Session.objects.filter(slot=held.slot).order_by("starts_at")[1]
    clock.move_to(after.ends_at + dt.timedelta(minutes=5))
    attend(after, held.alice, Pat=Status.PRESENT, Quinn=Status.PRESENT)
    write(after, held.alice, Pat=WORDS[0], Quinn=WORDS[2])
    found = [w for w in warnings_of(after, held.alice) if w.guard == "alike_last"]
    assert [(w.patient_id, w.may_overrule) for w in found] == [(held.pat.pk, True)]


def test_what_is_missing(held):
    change(held.pat, risk="")
    change(held.quinn, risk="reported")
    plan_of(held.pat_episode, held.bob)
    found = {(w.patient_id, w.guard, w.field): w for w in warned(held)}
    assert not found[held.pat.pk, "risk", "risk"].may_overrule
    assert not found[held.quinn.pk, "risk", "risk_text"].may_overrule
    assert "is not chosen" in found[held.pat.pk, "plan_objective", "plan_objective"].message
    assert "no treatment plan in force" in found[held.quinn.pk, "plan_objective", "plan_objective"].message
    share(topic=" ")
    assert [(w.field, w.patient_id) for w in warned(held, "shared")] == [("topic", None)]
    save_drafts(session=held.session, drafts=[Draft(held.pat.pk, "", 1)], by=held.alice)
    assert [w.patient_id for w in warned(held, "text")] == [held.pat.pk]


def test_an_objective_of_somebody_elses_plan_is_refused(held):
    objective = plan_of(held.quinn_episode, held.bob)
    change(held.pat, plan_objective=objective)
    found = next(w for w in warned(held, "plan_objective") if w.patient_id == held.pat.pk)
    assert not found.may_overrule
    assert [p.pk for p in sign(held.session, held.alice).signed] == [held.quinn.pk]


def test_start_and_stop_outside_the_session(held):
    start, end = held.session.starts_at, held.session.ends_at
    minute = dt.timedelta(minutes=1)
    share(began_at=start + 15 * minute, stopped_at=end - 15 * minute)
    assert warned(held, "times") == []
    assert {w.patient_id for w in warned(held, "minutes")} == {held.pat.pk}  # 75 minutes of a session that had 45
    share(began_at=start - 16 * minute, stopped_at=None)
    assert [(w.field, w.may_overrule) for w in warned(held, "times")] == [("began_at", True)]
    share(began_at=None, stopped_at=end + dt.timedelta(days=1))
    assert [(w.field, w.may_overrule) for w in warned(held, "times")] == [("stopped_at", False)]
    share(began_at=end + minute, stopped_at=None)
    assert ("began_at", False) in [(w.field, w.may_overrule) for w in warned(held, "times")]
    share(began_at=None, stopped_at=None, break_minutes=90)
    assert ("break_minutes", False) in [(w.field, w.may_overrule) for w in warned(held, "times")]


def test_of_whom_one_may_not_know_nothing_is_said(held):
    change(held.pat, risk="")
    assert [w for w in warnings_of(held.session, held.charlie) if w.patient_id] == []


def test_complete_notes_have_no_warnings(held):
    for episode in (held.pat_episode, held.quinn_episode):
        change(episode.patient, plan_objective=plan_of(episode, held.bob))
    assert warned(held) == []
    assert len(sign_notes(session=held.session, by=held.alice).signed) == 2


def test_notes_signed_before_are_left_alone(held, clock):
    sign(held.session, held.alice)
    assert [w for w in warned(held) if w.patient_id] == []
    assert reasons(held.session, held.alice) == {}


def test_a_text_of_another_session_is_not_compared(house, clock):
    """Only this session's peers and the person's own last note are; the same words of a peer's older note are not looked up."""
    clock.shift(dt.timedelta(hours=3))
    document(house.session, house.alice, Quinn=WORDS[0])
    after = Session.objects.filter(slot=house.slot).order_by("starts_at")[1]
    clock.move_to(after.ends_at + dt.timedelta(minutes=5))
    attend(after, house.alice, Pat=Status.PRESENT)
    write(after, house.alice, Pat=WORDS[0])
    assert [w.guard for w in warnings_of(after, house.alice) if w.guard.startswith("alike")] == []


def test_somebody_not_on_the_roll_call_is_said_and_holds_nobody_up(house, clock):
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    write(house.session, house.alice, Pat=WORDS[0])
    (found,) = warned(house, "minutes")
    assert (found.patient_id, found.field, found.may_overrule) == (house.quinn.pk, "minutes", False)
    assert [p.pk for p in sign(house.session, house.alice).signed] == [house.pat.pk]


def test_an_associates_note_that_waits_is_not_signed_again_and_its_words_still_count(held):
    profile = held.alice.staff_profile
    profile.needs_cosignature = True
    profile.save()
    change(held.quinn, risk="")
    assert [
        p.pk
        for p in sign_notes(session=held.session, by=held.alice, overrules=reasons(held.session, held.alice)).signed
    ]
    change(held.quinn, risk="none", text=WORDS[0])
    assert [w.patient_id for w in warned(held, "alike")] == [held.quinn.pk]
