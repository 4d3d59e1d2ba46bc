"""Plans: versions, walls, agreement, reviews."""

import dataclasses
import datetime as dt
import threading
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import StaffProfile
from clinical.models import Goal, Objective, PlanAgreement, PlanReview, Problem, TreatmentPlan
from clinical.services import plans, sealing
from clinical.services.plan_text import PlanText, lacking, read_text
from core.errors import Refusal
from core.tests.racing import failures, together
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from tests.clinical_factories import cosigned, make_plan, plan_text

PARTS = ["clinical_problem", "clinical_goal", "clinical_objective", "clinical_intervention"]


@contextmanager
def refuses(code):
    with pytest.raises(Refusal) as caught:
        yield caught
    assert caught.value.code == code


def test_a_plan_is_written_changed_and_signed(house):
    plan = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    assert (plan.number, plan.review_days, plan.is_signed) == (1, 30, False)
    text = plan_text(house.alice)
    plan = plans.save_plan(plan=plan, text=text, version=plan.version, by=house.alice)
    stored = read_text(plan)
    assert [len(g.objectives) for p in stored.problems for g in p.goals] == [2, 1]
    deed = stored.problems[0].goals[0].objectives[0].interventions[0]
    assert deed.responsible_words == str(house.alice)
    lines = {o.text: o.line for p in stored.problems for g in p.goals for o in g.objectives}

    # The second problem goes first, one objective goes, one is new; rows that stay are the same rows.
    moved = dataclasses.replace(stored, problems=stored.problems[::-1])
    gone = moved.problems[1].goals[0].objectives.pop(0)
    moved.problems[0].goals[0].text = "Enjoy days again, with others"
    plan = plans.save_plan(plan=plan, text=moved, version=plan.version, by=house.alice)
    again = read_text(plan)
    assert again == moved
    assert not Objective.objects.filter(uid=gone.uid).exists()
    assert {o.line for p in again.problems for g in p.goals for o in g.objectives} < set(lines.values())

    signed = plans.sign_plan(plan=plan, by=house.alice, version=plan.version)
    assert signed.is_sealed
    assert signed.is_intact
    assert signed.seal["signer"]["credential"] == "LMFT"
    assert plans.plan_in_force(house.pat_episode) == signed


def test_saving_the_same_changes_nothing_and_an_old_version_is_told(house):
    plan = make_plan(house.pat_episode, house.alice, sign=False)
    version, text = plan.version, read_text(plan)
    assert plans.save_plan(plan=plan, text=text, version=0, by=house.bob).version == version
    plans.save_plan(plan=plan, text=dataclasses.replace(text, strengths="Other"), version=version, by=house.bob)
    with refuses("changed_meanwhile") as caught:
        plans.save_plan(plan=plan, text=dataclasses.replace(text, strengths="Mine"), version=version, by=house.alice)
    assert str(house.bob) in caught.value.message
    with refuses("changed_meanwhile"):
        plans.sign_plan(plan=plan, by=house.alice, version=version)


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda t: t.problems.clear(), "add-p"),
        (lambda t: setattr(t.problems[0], "text", ""), "p0-text"),
        (lambda t: t.problems[1].goals.clear(), "add-p1-g"),
        (lambda t: t.problems[0].goals[0].objectives.clear(), "add-p0-g0-o"),
        (lambda t: setattr(t.problems[0].goals[0].objectives[1], "baseline", ""), "p0-g0-o1-baseline"),
        (lambda t: setattr(t.problems[0].goals[0].objectives[1], "target", ""), "p0-g0-o1-target"),
        (lambda t: setattr(t.problems[0].goals[0].objectives[1], "target_on", None), "p0-g0-o1-target_on"),
        (
            lambda t: setattr(t.problems[0].goals[0].objectives[1], "target_on", dt.date(2020, 1, 1)),
            "p0-g0-o1-target_on",
        ),
        (lambda t: t.problems[0].goals[0].objectives[0].interventions.clear(), "add-p0-g0-o0-i"),
        (
            lambda t: setattr(t.problems[0].goals[0].objectives[0].interventions[0], "frequency", ""),
            "p0-g0-o0-i0-frequency",
        ),
        (
            lambda t: setattr(t.problems[0].goals[0].objectives[0].interventions[0], "responsible", None),
            "p0-g0-o0-i0-responsible",
        ),
    ],
)
def test_each_refusal_to_sign_names_its_place(house, spoil, place):
    text = plan_text(house.alice)
    spoil(text)
    assert [lack.place for lack in lacking(text, timezone.localdate())] == [place]
    plan = make_plan(house.pat_episode, house.alice, text=text, sign=False)
    with refuses("incomplete") as caught:
        plans.sign_plan(plan=plan, by=house.alice)
    assert caught.value.field == place
    assert not TreatmentPlan.objects.get().is_signed


def test_a_new_version_keeps_the_lines_and_the_old_one_stays(house, clock):
    first = make_plan(house.pat_episode, house.alice)
    clock.shift(dt.timedelta(days=10))
    second = plans.begin_plan(episode=house.pat_episode, by=house.bob)
    assert plans.begin_plan(episode=house.pat_episode, by=house.alice) == second
    assert second.number == 2
    before, after = read_text(first), read_text(second)
    assert before.as_copy() == after.as_copy()  # lines included
    assert before.problems[0].uid != after.problems[0].uid
    line = after.problems[0].goals[0].objectives[0].line
    after.problems[0].goals[0].objectives[0].status = "achieved"
    second = plans.save_plan(plan=second, text=after, version=second.version, by=house.bob)
    assert plans.plan_in_force(house.pat_episode) == first
    second = plans.sign_plan(plan=second, by=house.bob, version=second.version)
    assert plans.plan_in_force(house.pat_episode) == second
    sealed = TreatmentPlan.objects.sealed().filter(episode=house.pat_episode).order_by("sealed_at")
    assert list(sealed) == [first, second] and sealed[0].sealed_at == timezone.now() - dt.timedelta(days=10)
    assert [o.status for o in Objective.objects.filter(line=line).order_by("pk")] == ["open", "achieved"]
    assert TreatmentPlan.objects.get(pk=first.pk).is_intact
    sealing.void(second, reason="Wrong person", by=house.bob)
    assert plans.plan_in_force(house.pat_episode) == first


@pytest.mark.parametrize("table", PARTS)
def test_the_parts_of_a_sealed_plan_stay_in_sql_too(house, table):
    make_plan(house.pat_episode, house.alice)
    draft = make_plan(house.robin_episode, house.charlie, sign=False)  # what is not signed can change
    assert draft.problems.exists()
    copy = f"""INSERT INTO {table} SELECT (r).* FROM (SELECT jsonb_populate_record(t, jsonb_build_object(
        'id', t.id + 100000, 'uid', gen_random_uuid())) r FROM {table} t WHERE t.id = (SELECT min(id) FROM {table})) x"""  # noqa: S608
    for sql in (
        f"UPDATE {table} SET place = 9 WHERE id = (SELECT min(id) FROM {table})",  # noqa: S608
        f"DELETE FROM {table} WHERE id = (SELECT min(id) FROM {table})",  # noqa: S608
        copy,
    ):
        with pytest.raises(IntegrityError, match="stays as it was signed"), transaction.atomic():
            connection.cursor().execute(sql)
    connection.cursor().execute(f"UPDATE {table} SET place = 9 WHERE id = (SELECT max(id) FROM {table})")  # noqa: S608


def test_a_sealed_plan_takes_no_part_of_a_draft(house):
    sealed = make_plan(house.pat_episode, house.alice)
    draft = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        Problem.objects.filter(plan=draft).update(plan=sealed)
    with pytest.raises(IntegrityError), transaction.atomic():
        Goal.objects.filter(problem__plan=sealed).update(problem=draft.problems.first())
    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentPlan.objects.filter(pk=sealed.pk).update(review_days=9)
    with refuses("signed"):
        plans.save_plan(plan=sealed, text=PlanText(), version=sealed.version, by=house.alice)
    with refuses("signed"):
        plans.discard_draft(plan=sealed, version=sealed.version, by=house.alice)


def test_a_draft_is_thrown_away(house):
    make_plan(house.pat_episode, house.alice)
    draft = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    plans.discard_draft(plan=draft, version=draft.version, by=house.alice)
    assert plans.open_version(house.pat_episode) is None
    assert Problem.objects.count() == 2  # those of the sealed one


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_write_one_version(committed_house):
    house = committed_house
    found = together(
        [lambda who=who: plans.begin_plan(episode=house.pat_episode, by=who) for who in (house.alice, house.bob)] * 2
    )
    assert failures(found) == []
    assert len({plan.pk for plan in found}) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_still_keeps_one(committed_house, monkeypatch):
    """The negative control: both look before either writes, and only the constraint is left."""
    gate, look = threading.Barrier(2), plans.open_version

    def slow(episode):
        found = look(episode)
        gate.wait(5)
        return found

    monkeypatch.setattr(plans, "open_version", slow)
    manager = plans.Episode.objects
    monkeypatch.setattr(type(manager), "select_for_update", lambda self, **how: manager.all(), raising=False)
    house = committed_house
    found = together(
        [lambda who=who: plans.begin_plan(episode=house.pat_episode, by=who) for who in (house.alice, house.bob)]
    )
    assert [type(error) for error in failures(found)] == [IntegrityError]
    assert TreatmentPlan.objects.count() == 1


def test_an_associates_plan_waits_for_the_supervisor(house):
    StaffProfile.objects.filter(user=house.alice).update(credential="AMFT", needs_cosignature=True)
    alice = type(house.alice).objects.get(pk=house.alice.pk)
    plan = make_plan(house.pat_episode, alice)
    assert plan.is_awaiting
    assert plans.plan_in_force(house.pat_episode) is None
    assert not Delivery.objects.filter(kind="plan_ready").exists()
    with refuses("awaiting"):
        plans.begin_plan(episode=house.pat_episode, by=alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        plan.problems.first().delete()
    sealing.return_for_changes(plan, reason="Say more on sleep.", by=house.bob)
    plan = plans.sign_plan(plan=plan, by=alice)
    plan = plans.take_back_plan(plan=plan, by=alice)
    plan = cosigned(plans.sign_plan(plan=plan, by=alice), house.bob)
    assert plan.is_sealed
    assert plan.is_intact
    assert Delivery.objects.filter(kind="plan_ready", recipient=house.pat.user).count() == 1


def answer(house, plan, **more):
    given = {"answer": "agrees", "name": "Pat Peerson", "patient": house.pat, **more}
    return plans.answer_plan(plan=plan, **given)


def test_the_patient_agrees_to_exactly_what_was_sealed(house):
    plan = make_plan(house.pat_episode, house.alice)
    delivery = Delivery.objects.get(kind="plan_ready")
    assert isinstance(compose(delivery), Call)
    with refuses("no_name"):
        answer(house, plan, name="  ")
    with refuses("no_words"):
        answer(house, plan, answer="disagrees")
    with refuses("changed_meanwhile"):
        answer(house, plan, content_hash="0" * 64)
    with refuses("not_yours"):
        answer(house, plan, patient=house.robin)
    agreed = answer(house, plan, content_hash=plan.content_hash)
    assert agreed.content_hash == plan.content_hash == TreatmentPlan.objects.get().fingerprint()
    assert answer(house, plan) == agreed
    assert isinstance(compose(delivery), Skip)
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        PlanAgreement.objects.update(name="Somebody")
    assert not Delivery.objects.filter(kind="plan_answered").exists()


def test_a_disagreement_reaches_the_primary_clinician_in_neutral_words(house):
    plan = make_plan(house.pat_episode, house.alice)
    answer(house, plan, answer="disagrees", words="Three groups a week are too many.")
    delivery = Delivery.objects.get(kind="plan_answered")
    assert delivery.recipient == house.alice
    call = compose(delivery)
    assert str(house.pat.uid) in call.path
    assert "groups" not in str(call)
    answer(house, plan)
    assert isinstance(compose(delivery), Skip)
    draft = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    with refuses("not_in_force"):
        answer(house, draft)


def test_reviews_move_the_clock(house, clock):
    plan = make_plan(house.pat_episode, house.alice)
    today = timezone.localdate()
    assert plans.review_due(plan) == today + dt.timedelta(days=30)
    clock.shift(dt.timedelta(days=20))
    later = today + dt.timedelta(days=20)
    with refuses("next_date"):
        plans.review_plan(plan=plan, outcome="continues", next_on=later + dt.timedelta(days=31), by=house.alice)
    with refuses("review_date"):
        plans.review_plan(plan=plan, outcome="continues", reviewed_on=later + dt.timedelta(days=1), by=house.alice)
    plans.review_plan(plan=plan, outcome="continues", text="Going well.", by=house.alice)
    assert plans.review_due(plan) == later + dt.timedelta(days=30)
    assert plans.open_version(house.pat_episode) is None
    plans.review_plan(plan=plan, outcome="revised", by=house.alice)
    assert plans.review_due(plan) == later + dt.timedelta(days=7)
    assert plans.open_version(house.pat_episode).number == 2
    assert PlanReview.objects.count() == 2


def test_saving_takes_as_many_queries_for_many_parts(house):
    counts = []
    for episode, many in ((house.pat_episode, 1), (house.quinn_episode, 9)):
        plan = plans.begin_plan(episode=episode, by=house.alice)
        with CaptureQueriesContext(connection) as seen:
            plans.save_plan(plan=plan, text=plan_text(house.alice, objectives=many), version=1, by=house.alice)
        counts.append(len(seen))
    assert counts[0] == counts[1]
