"""Two people at one thing of the record at the same moment, each on a connection of their own: one of the allowed
outcomes comes of it, and nothing between."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from clinical.models import (
    Addendum,
    FollowUp,
    Level,
    MeasureAssignment,
    MeasureResponse,
    MeasureRule,
    Moment,
    OnCallShift,
    ProgressNote,
    RiskAlert,
)
from clinical.queries_measures import series_of
from clinical.services import asking, cosigning, followups, measures, risk
from clinical.services.addenda import add_addendum
from clinical.services.documents import save_document, sign_document
from clinical.tests.documenting import content_of, write_one
from core.errors import Refusal
from core.tests.racing import backend_pid, eventually, failures, somebody_else, together, waits_for_a_lock
from tests.desk import browser_of, document

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = 4  # each race is run so often
WORDS = "Named two triggers at work and how to leave the room before they grow."


@pytest.fixture
def held(committed_house, clock):
    """The Monday session is over, and nothing of it is written yet."""
    clock.shift(dt.timedelta(hours=3))
    return committed_house


def codes(outcomes) -> list[str]:
    """What was refused. Anything else that was raised fails the test."""
    wrong = [o for o in failures(outcomes) if not isinstance(o, Refusal)]
    assert not wrong, wrong
    return [o.code for o in failures(outcomes)]


def answers(house, item9: int = 0) -> measures.Answered:
    return measures.record_response(
        measure="phq9",
        answers={str(n): 0 for n in range(1, 9)} | {"9": item9},
        mode=MeasureResponse.Mode.SELF,
        by=house.pat.user,
        episode=house.pat_episode,
    )


# --- notes


def test_voided_while_somebody_adds_to_it(held):
    document(held.session, held.alice, Pat=WORDS)
    note = ProgressNote.objects.get(patient=held.pat)
    outcomes = together(
        [
            lambda: cosigning.void(thing=note, reason="Of somebody else", by=held.bob),
            lambda: add_addendum(thing=note, text="She called later.", by=held.alice),
        ]
    )
    assert codes(outcomes) in ([], ["void"])
    assert ProgressNote.objects.get(pk=note.pk).is_void
    assert Addendum.objects.count() == (0 if codes(outcomes) else 1)


def test_what_is_added_waits_for_the_voiding_that_came_first(held):
    """The same in one order: the addendum waits for the note's row, and then sees that it is void."""
    document(held.session, held.alice, Pat=WORDS)
    note = ProgressNote.objects.get(patient=held.pat)
    with somebody_else() as they:
        pid = they(backend_pid).result()
        with transaction.atomic():
            cosigning.void(thing=note, reason="Of somebody else", by=held.bob)
            adding = they(lambda: add_addendum(thing=note, text="She called later.", by=held.alice))
            eventually(lambda: waits_for_a_lock(pid))
        assert codes([adding.exception()]) == ["void"]
    assert not Addendum.objects.exists()


def test_without_the_lock_something_is_added_to_what_is_void(held, monkeypatch):
    """The negative control."""
    document(held.session, held.alice, Pat=WORDS)
    note = ProgressNote.objects.get(patient=held.pat)
    with transaction.atomic():
        cosigning.void(thing=note, reason="Of somebody else", by=held.bob)
        with monkeypatch.context() as patch, somebody_else() as they:
            patch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self.all())
            they(lambda: add_addendum(thing=note, text="She called later.", by=held.alice)).result(timeout=20)
    assert Addendum.objects.count() == 1


def test_co_signed_and_returned_at_once_one_of_them_wins(held):
    profile = held.alice.staff_profile
    profile.needs_cosignature = True
    profile.save()
    document(held.session, held.alice, Pat=WORDS)
    note = ProgressNote.objects.get(patient=held.pat)
    seen = {("note", note.pk): note.content_hash}
    co_signed, returned = together(
        [
            lambda: cosigning.cosign_all(things=[note], by=held.bob, seen=seen),
            lambda: cosigning.send_back(thing=note, reason="Say more", by=held.bob),
        ]
    )
    after = ProgressNote.objects.get(pk=note.pk)
    if after.is_sealed:
        assert codes([returned]) == ["not_awaiting"] and after.is_intact and not after.return_reason
    else:
        assert not co_signed.sealed and co_signed.left
        assert not after.is_signed and after.return_reason == "Say more" and after.cosigner is None


def test_a_document_signed_while_somebody_saves_it(held):
    for turn in range(TURNS):
        draft = write_one(held.pat, held.alice, said=f"Turn {turn} of writing")
        other = replace(
            content_of(draft, f"Other words {turn}"), happened_at=draft.happened_at, ended_at=draft.ended_at
        )
        signed, saved = together(
            [
                lambda d=draft: sign_document(document=d, version=d.version, by=held.alice, confirmed=True),
                lambda d=draft, o=other: save_document(document=d, content=o, version=d.version, by=held.bob),
            ]
        )
        draft.refresh_from_db()
        if draft.is_signed:
            assert codes([signed, saved]) == ["signed"] and draft.is_intact
            assert not any("Other" in text for text in draft.sections.values())
        else:
            assert codes([signed, saved]) == ["changed_meanwhile"]
            assert all("Other" in text for text in draft.sections.values())


# --- risk


def test_two_people_close_one_alert(held):
    alert = risk.raise_concern(patient=held.pat, level=Level.HIGH, words="Gave things away.", by=held.coordinator)
    risk.acknowledge(alert=alert, by=held.alice)
    soon = timezone.now() + dt.timedelta(days=1)

    def close(by, disposition):
        return risk.close_alert(alert=alert, disposition=disposition, words="Assessed.", by=by, follow_up_at=soon)

    outcomes = together([lambda: close(held.alice, "continue"), lambda: close(held.bob, "no_risk")])
    assert codes(outcomes) == ["closed"]
    after = RiskAlert.objects.get(pk=alert.pk)
    winner = next(o for o in outcomes if isinstance(o, RiskAlert))
    assert (after.closed_by, after.disposition) == (winner.closed_by, winner.disposition)
    assert after.steps.filter(what="closed").count() == 1
    assert FollowUp.objects.count() == 1


def test_without_the_lock_the_database_refuses_the_second_closing(held, monkeypatch):
    """The negative control: without the lock the second is no longer told kindly, and the wall holds."""
    alert = risk.raise_concern(patient=held.pat, level=Level.HIGH, words="Gave things away.", by=held.coordinator)
    risk.acknowledge(alert=alert, by=held.alice)
    both = threading.Barrier(2, timeout=20)
    real = RiskAlert.save

    def save(self, **kwargs):
        both.wait()
        real(self, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self.all())
    monkeypatch.setattr(RiskAlert, "save", save)
    outcomes = together(
        [
            lambda by=by: risk.close_alert(alert=alert, disposition="no_risk", words="Assessed.", by=by)
            for by in (held.alice, held.bob)
        ]
    )
    (failed,) = failures(outcomes)
    assert isinstance(failed, DatabaseError)
    assert RiskAlert.objects.get(pk=alert.pk).steps.filter(what="closed").count() == 1


@pytest.mark.parametrize("item9", [1, 3])
def test_an_answer_that_shows_risk_while_the_last_alert_is_closed_raises_another(held, item9):
    """It must neither be lost nor join what is closed in the same moment, graver or not."""
    first = answers(held, item9=1).alert
    risk.acknowledge(alert=first, by=held.alice)
    with somebody_else() as they:
        pid = they(backend_pid).result()
        with transaction.atomic():
            risk.close_alert(alert=first, disposition="no_risk", words="Assessed.", by=held.alice)
            answered = they(lambda: answers(held, item9=item9))
            eventually(lambda: waits_for_a_lock(pid))
        second = answered.result().alert
    assert second.pk != first.pk and second.closed_at is None
    assert MeasureResponse.objects.count() == 2
    assert first.steps.filter(what="raised").count() == 1


def test_acknowledged_in_the_moment_it_escalates(held, clock):
    alert = risk.raise_concern(patient=held.pat, level=Level.HIGH, words="Gave things away.", by=held.coordinator)
    clock.shift(dt.timedelta(minutes=16))
    outcomes = together([lambda: risk.acknowledge(alert=alert, by=held.alice), risk.escalate_due])
    assert not codes(outcomes)
    after = RiskAlert.objects.get(pk=alert.pk)
    assert after.acknowledged_by == held.alice
    assert after.escalations == outcomes[1] == after.steps.filter(what="escalated").count()
    assert risk.escalate_due(now=timezone.now() + dt.timedelta(hours=1)) == 0


# --- follow-ups


def test_done_while_somebody_hands_it_over(held):
    for _turn in range(TURNS):
        task = followups.open_follow_up(episode=held.pat_episode, reason="care", by=held.alice)
        closed, handed = together(
            [
                lambda t=task: followups.close_follow_up(follow_up=t, outcome="spoke", by=held.alice),
                lambda t=task: followups.hand_over(follow_up=t, owner=held.bob, due_on=t.due_on, by=held.alice),
            ]
        )
        assert codes([closed]) == []
        after = FollowUp.objects.get(pk=task.pk)
        assert after.outcome == "spoke" and after.closed_by == held.alice
        assert after.owner == (held.alice if codes([handed]) == ["closed"] else held.bob)


def test_two_people_do_one_task(held):
    task = followups.open_follow_up(episode=held.pat_episode, reason="care", by=held.alice)
    outcomes = together(
        [
            lambda: followups.close_follow_up(follow_up=task, outcome="spoke", by=held.alice),
            lambda: followups.close_follow_up(follow_up=task, outcome="not_needed", by=held.bob),
        ]
    )
    assert codes(outcomes) == ["closed"]
    assert FollowUp.objects.get(pk=task.pk).outcome == next(o.outcome for o in outcomes if isinstance(o, FollowUp))


def test_two_clicks_on_one_row_are_one_task(held):
    outcomes = together(
        [
            lambda: followups.open_follow_up(
                episode=held.pat_episode, session=held.session, reason="quiet", by=held.alice
            )
        ]
        * 4
    )
    assert not codes(outcomes)
    assert len({task.pk for task in outcomes}) == FollowUp.objects.count() == 1


# --- measures


def test_rules_set_twice_at_once_are_those_of_one(held):
    one = {("phq9", Moment.INTAKE), ("gad7", Moment.WEEKLY)}
    other = {("phq9", Moment.INTAKE), ("pcl5", Moment.MONTHLY)}
    for _turn in range(TURNS):
        outcomes = together(
            [
                lambda rules=rules: asking.set_rules(program=held.program, rules=rules, may_prorate=True, by=held.bob)
                for rules in (one, other)
            ]
        )
        assert not codes(outcomes)
        kept = MeasureRule.objects.filter(ended_at=None).values_list("measure", "moment")
        assert len(kept) == 2 and set(kept) in (one, other)


def test_answered_twice_at_once_counts_once(held):
    asked = asking.ask(episode=held.pat_episode, measure="gad7", by=held.alice)

    def answer():
        return measures.record_response(
            measure="gad7",
            answers={str(n): 1 for n in range(1, 8)},
            mode=MeasureResponse.Mode.SELF,
            by=held.pat.user,
            assignment=asked,
        )

    assert codes(together([answer] * 3)) == ["answered_already"] * 2
    assert MeasureResponse.objects.count() == 1


def test_answered_while_it_is_withdrawn(held):
    asked = asking.ask(episode=held.pat_episode, measure="gad7", by=held.alice)
    answered, withdrawn = together(
        [
            lambda: measures.record_response(
                measure="gad7",
                answers={"1": 1},
                mode=MeasureResponse.Mode.SELF,
                by=held.pat.user,
                assignment=asked,
            ),
            lambda: asking.withdraw(assignment=asked, by=held.alice),
        ]
    )
    assert codes([answered, withdrawn]) == ["not_open"]
    state = MeasureAssignment.objects.get(pk=asked.pk).state
    assert (state, MeasureResponse.objects.count()) in (("answered", 1), ("withdrawn", 0))


def test_voided_while_it_is_read(held, settings):
    """Whoever reads gets the page, of before or of after; the score counts no more as soon as it is void."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    done = answers(held).response
    page, person = reverse("clinical:answers", args=[done.uid]), reverse("clinical:measures", args=[held.pat.uid])

    def read(address):
        return browser_of(held.alice).get(address).status_code

    outcomes = together(
        [
            lambda: measures.void_response(response=done, reason="Somebody else’s", by=held.alice),
            lambda: measures.void_response(response=done, reason="Twice", by=held.bob),
            lambda: read(page),
            lambda: read(person),
        ]
    )
    assert codes(outcomes) == ["void_already"]
    assert outcomes[2:] == [200, 200]
    assert series_of(held.pat) == []
    assert read(page) == 200


def test_two_people_take_one_shift_away(held, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    tomorrow = timezone.now() + dt.timedelta(days=1)
    shift = OnCallShift.objects.create(
        program=held.program, user=held.alice, starts_at=tomorrow, ends_at=tomorrow + dt.timedelta(hours=8)
    )
    address = reverse("clinical:end_shift", args=[shift.uid])
    outcomes = together([lambda: browser_of(held.bob).post(address).status_code] * 2)
    assert set(outcomes) <= {302, 404} and 302 in outcomes
    assert not OnCallShift.objects.exists()
