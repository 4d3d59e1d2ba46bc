"""Staff's pages of a plan: reading, the editor with and without scripts' help, signing, reviewing, walls."""

import datetime as dt

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import StaffProfile
from clinical.forms.plans import changed
from clinical.models import Document, Objective, ProgressNote, TreatmentPlan, WorkedOn
from clinical.queries_plans import attainment_of, plans_due, summary_of
from clinical.services import plans, sealing, sign_notes
from clinical.services.plan_text import read_text
from tests.clinical_factories import cosigned, make_plan, plan_text
from tests.desk import Readings, attend, count, fields, text, write
from tests.factories import PASSWORD


def edit(plan) -> str:
    return f"/desk/plans/{plan.uid}/edit/"


@pytest.fixture
def alice(house, browse):
    return browse(house.alice)


def test_from_nothing_to_a_sealed_plan(house, alice):
    page = f"/desk/people/{house.pat.uid}/plan/"
    assert "No treatment plan yet" in text(alice.get(page))
    answer = alice.post(f"{page}begin/")
    draft = TreatmentPlan.objects.get()
    assert answer.url == edit(draft)
    sent = fields(alice.get(edit(draft)), "version") | {"strengths": "Humor"}
    # Without scripts: a button posts, and what was typed comes back with a whole new problem.
    answer = alice.post(edit(draft), sent | {"do": "add:p"})
    assert answer.status_code == 200
    sent = fields(answer, "version")
    assert sent["strengths"] == "Humor"
    sent |= {
        "p0-text": "Drinks to sleep",
        "p0-g0-text": "Sleep without drinking",
        "p0-g0-o0-text": "Four dry nights",
        "p0-g0-o0-baseline": "0",
        "p0-g0-o0-target": "4",
        "p0-g0-o0-target_on": "not a date",
        "p0-g0-o0-i0-text": "Skills group",
        "p0-g0-o0-i0-frequency": "Weekly",
        "p0-g0-o0-i0-responsible": str(house.alice.pk),
    }
    answer = alice.post(edit(draft), sent | {"do": "save"})
    assert answer.status_code == 422
    assert "Four dry nights" in text(answer)
    assert "not a date" in text(answer)
    assert not Objective.objects.exists()
    sent["p0-g0-o0-target_on"] = "2026-04-01"
    assert alice.post(edit(draft), sent | {"do": "sign"}).url == f"/desk/plans/{draft.uid}/sign/"
    draft.refresh_from_db()
    sign = f"/desk/plans/{draft.uid}/sign/"
    version = fields(alice.get(sign), "version")["version"]
    wrong = alice.post(sign, {"version": version, "password": "guess"})
    assert wrong.status_code == 422
    assert "This is not your password" in text(wrong)
    assert alice.post(sign, {"version": version, "password": PASSWORD}).url == page
    assert plans.plan_in_force(house.pat_episode) == draft
    shown = text(alice.get(page))
    for words in (
        "Four dry nights",
        "Skills group",
        "Alice Clinician",
        "Next review by",
        "Not signed by the patient yet",
    ):
        assert words in shown


def test_parts_are_removed_and_moved_by_posting(house, alice):
    draft = make_plan(house.pat_episode, house.alice, sign=False)
    sent = alice.get(edit(draft))
    data = QueryDict(mutable=True)
    data.setlist("p", ["0", "1", "x; drop"])
    assert changed(data, "down:p0").getlist("p") == ["1", "0"]
    assert changed(data, "up:p0").getlist("p") == ["0", "1"]
    assert changed(data, "remove:p1").getlist("p") == ["0"]
    for strange in ("add:", "remove:p9", "up:zzz", "nonsense:", ":"):
        changed(data, strange)
    answer = alice.post(edit(draft), fields(sent, "version") | {"p": "0", "do": "remove:p0"})
    assert "Drinks to sleep" not in text(answer)
    assert TreatmentPlan.objects.get().problems.count() == 2  # not before it is saved


def test_two_people_are_told_and_shown_both(house, alice, browse):
    draft = make_plan(house.pat_episode, house.alice, sign=False)
    mine = fields(alice.get(edit(draft)), "version")
    bob = browse(house.bob)
    theirs = fields(bob.get(edit(draft)), "version") | {"strengths": "Theirs"}
    assert bob.post(edit(draft), theirs | {"do": "save"}).status_code == 302
    answer = alice.post(edit(draft), mine | {"strengths": "Mine", "do": "save"})
    assert answer.status_code == 422
    shown = text(answer)
    assert "Bob Supervisor changed this plan meanwhile" in shown
    assert "As stored now" in shown
    assert "Theirs" in shown
    again = fields(answer, "version")
    assert again["strengths"] == "Mine"
    assert alice.post(edit(draft), again | {"do": "save"}).status_code == 302
    assert TreatmentPlan.objects.get().strengths == "Mine"


def test_a_stranger_knows_of_nothing(house, browse):
    sealed = make_plan(house.pat_episode, house.alice)
    draft = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    charlie = browse(house.charlie)
    for address in (
        f"/desk/people/{house.pat.uid}/plan/",
        f"/desk/plans/{sealed.uid}/",
        f"/desk/plans/{sealed.uid}/review/",
        *(f"/desk/plans/{draft.uid}/{deed}/" for deed in ("edit", "sign", "discard")),
    ):
        assert charlie.get(address).status_code == 404
        assert charlie.post(address, {"password": PASSWORD, "do": "save", "version": "1"}).status_code == 404
    assert charlie.post(f"/desk/people/{house.pat.uid}/plan/begin/").status_code == 404
    assert browse(house.coordinator).get(f"/desk/plans/{sealed.uid}/").status_code == 403
    assert summary_of(house.charlie, house.pat) is None
    assert plans_due(house.charlie) != []
    assert {due.patient for due in plans_due(house.charlie)} == {house.robin}


def test_the_supervisor_reads_what_waits_and_what_came_of_it(house, browse):
    StaffProfile.objects.filter(user=house.alice).update(needs_cosignature=True)
    alice = type(house.alice).objects.get(pk=house.alice.pk)
    plan = make_plan(house.pat_episode, alice)
    page, bob, readings = f"/desk/plans/{plan.uid}/", browse(house.bob), Readings()
    shown = text(bob.get(page))
    assert "Awaiting co-signature by Bob Supervisor" in shown
    assert "Drinks to sleep" in shown
    assert readings.of(house.bob) == {"Pat"}
    own = browse(alice)
    assert own.post(page, {"take_back": "1"}).url == edit(plan)
    plan.refresh_from_db()
    plan = plans.sign_plan(plan=plan, by=alice)
    sealing.return_for_changes(plan, reason="Say more on sleep.", by=house.bob)
    assert "Say more on sleep." in text(own.get(f"/desk/people/{house.pat.uid}/plan/"))
    plan = cosigned(plans.sign_plan(plan=plan, by=alice), house.bob)
    sealing.void(plan, reason="Wrong person.", by=house.bob)
    assert "Wrong person." in text(own.get(page))


def test_a_review_is_signed_and_moves_the_clock(house, browse, clock):
    plan = make_plan(house.pat_episode, house.alice)
    clock.shift(dt.timedelta(days=5))
    alice = browse(house.alice)
    page = f"/desk/plans/{plan.uid}/review/"
    sent = {"reviewed_on": "2026-03-07", "outcome": "continues", "text": "Going well", "next_on": "2027-01-01"}
    answer = alice.post(page, sent | {"password": PASSWORD})
    assert answer.status_code == 422
    assert "within 30 days" in text(answer)
    assert alice.post(page, sent | {"next_on": ""}).status_code == 422  # no password
    assert alice.post(page, sent | {"next_on": "", "password": PASSWORD}).status_code == 302
    assert plans.review_due(plan) == dt.date(2026, 4, 6)
    answer = alice.post(page, sent | {"next_on": "", "outcome": "revised", "password": PASSWORD})
    assert answer.url == edit(plans.open_version(house.pat_episode))
    draft = plans.open_version(house.pat_episode)
    discard = f"/desk/plans/{draft.uid}/discard/"
    assert alice.post(discard, fields(alice.get(discard), "version")).status_code == 302
    assert plans.open_version(house.pat_episode) is None


def worked_on(house, objective, progress) -> ProgressNote:
    """Pat's signed note of the Monday session, about this objective."""
    attend(house.session, house.alice, Pat="present")
    write(house.session, house.alice, Pat="Named a trigger.")
    ProgressNote.objects.update(plan_objective=objective, progress=progress, risk="none")
    return ProgressNote.objects.get()


def visit(episode, by, objective, progress, *, days_ago: int, sign: bool = True) -> Document:
    """The note of an individual session so many days ago that worked on the objective."""
    at = timezone.now() - dt.timedelta(days=days_ago)
    kind = {"kind": "individual", "template": "free", "sections": {"text": "Spoke."}, "risk": "none"}
    document = Document.objects.create(
        patient=episode.patient, episode=episode, happened_at=at, author=by, written_at=at, **kind
    )
    WorkedOn.objects.create(document=document, objective=objective, progress=progress)
    if sign:
        sealing.sign(document, by=by, facts={}, signer=sealing.signer_facts(by))
        document.save(update_fields=sealing.SIGNING)
    return document


def test_individual_notes_are_on_the_timeline_in_time_order(house):
    plan = make_plan(house.pat_episode, house.alice)
    objective = Objective.objects.filter(goal__problem__plan=plan).first()
    visit(house.pat_episode, house.alice, objective, 2, days_ago=1)
    visit(house.pat_episode, house.alice, objective, None, days_ago=3)
    visit(house.pat_episode, house.alice, objective, 3, days_ago=2, sign=False)
    sealing.void(visit(house.pat_episode, house.alice, objective, -1, days_ago=2), reason="Wrong", by=house.bob)
    other = make_plan(house.robin_episode, house.charlie)
    theirs = Objective.objects.filter(goal__problem__plan=other).first()
    visit(house.robin_episode, house.charlie, theirs, -1, days_ago=1)
    lines = {line.line: line for line in attainment_of(house.pat)}
    assert [(p.kind, p.words) for p in lines[objective.line].points] == [
        ("Individual session", "Not rated"),
        ("Individual session", "Much progress"),
    ]
    assert sum(len(line.points) for line in lines.values()) == 2


def test_a_long_timeline_takes_three_queries(house, django_assert_num_queries):
    plan = make_plan(house.pat_episode, house.alice, objectives=6)
    objectives = list(Objective.objects.filter(goal__problem__plan=plan))
    for n in range(60):
        visit(house.pat_episode, house.alice, objectives[n % 7], n % 5 - 1, days_ago=n)
    with django_assert_num_queries(3):
        lines = attainment_of(house.pat)
    assert sum(len(line.points) for line in lines) == 60
    recent = attainment_of(house.pat, since=timezone.now() - dt.timedelta(days=10))
    assert sum(len(line.points) for line in recent) == 11


def test_the_timeline_counts_what_is_signed_across_versions(house, clock, browse):
    plan = make_plan(house.pat_episode, house.alice)
    objective = Objective.objects.filter(goal__problem__plan=plan).first()
    clock.shift(dt.timedelta(hours=3))
    note = worked_on(house, objective, 1)
    assert all(not line.points for line in attainment_of(house.pat))  # a draft
    sign_notes(session=house.session, by=house.alice)
    draft = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    again = read_text(draft)
    again.problems[0].goals[0].objectives[0].text = "In other words"
    draft = plans.save_plan(plan=draft, text=again, version=draft.version, by=house.alice)
    plans.sign_plan(plan=draft, by=house.alice)
    lines = attainment_of(house.pat)
    line = next(line for line in lines if line.line == objective.line)
    assert line.text == "In other words"
    assert [(p.words, p.kind, p.who) for p in line.points] == [
        ("Some progress", "Group session", "Alice Clinician, LMFT")
    ]
    assert len(lines) == 3
    assert "Some progress" in text(browse(house.alice).get(f"/desk/people/{house.pat.uid}/plan/"))
    sealing.void(ProgressNote.objects.get(pk=note.pk), reason="Wrong person", by=house.bob)
    assert all(not line.points for line in attainment_of(house.pat))


def test_the_page_takes_as_many_queries_for_many_objectives(house, alice):
    pages = []
    for episode, many in ((house.pat_episode, 1), (house.quinn_episode, 8)):
        make_plan(episode, house.alice, text=plan_text(house.alice, objectives=many))
        draft = plans.begin_plan(episode=episode, by=house.alice)
        page = f"/desk/people/{episode.patient.uid}/plan/"
        pages.append([count(alice, a) for a in (page, edit(draft), f"/desk/plans/{draft.uid}/sign/")])
    assert pages[0] == pages[1]


def test_what_is_due_and_to_whom(house, clock):
    def seen(user) -> list:
        with CaptureQueriesContext(connection) as queries:
            found = plans_due(user)
        counts.append(len(queries))
        return [(due.patient.legal_first_name, due.what, due.is_overdue) for due in found]

    counts: list[int] = []
    # Admitted a week ago: due today; a day later it is the supervisor's matter too.
    assert seen(house.alice) == [("Pat", "first", False), ("Quinn", "first", False)]
    assert seen(house.bob) == []
    clock.shift(dt.timedelta(days=1))
    assert [row[0] for row in seen(house.bob)] == ["Pat", "Quinn"]
    plan = make_plan(house.pat_episode, house.alice)
    assert ("Pat", "unanswered", False) in seen(house.alice)
    plans.answer_plan(plan=plan, patient=house.pat, answer="agrees", name="Pat")
    assert seen(house.alice) == [("Quinn", "first", True)]
    assert summary_of(house.alice, house.pat).agreement.answer == "agrees"
    assert summary_of(house.alice, house.quinn).first_due_on == timezone.localdate() - dt.timedelta(days=1)
    clock.shift(dt.timedelta(days=31))
    assert ("Pat", "review", True) in seen(house.alice)
    assert max(counts) <= 7


# --- it saves itself


def keep(client, plan, **changes):
    sent = fields(client.get(edit(plan)), "version") | changes | {"do": "keep"}
    return client.post(edit(plan), sent)


def test_a_draft_saves_itself_and_the_page_learns_its_rows(house, alice):
    draft = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    new = {"p": "1001", "p1001-g": "1002", "p1001-text": "Drinks to sleep", "p1001-g1002-text": "Sleep"}
    answer = keep(alice, draft, **new)
    assert answer.status_code == 200
    brought = answer.json()
    whole = read_text(TreatmentPlan.objects.get(pk=draft.pk))
    assert whole.problems[0].goals[0].text == "Sleep"
    assert brought["version"] == draft.version + 1 and brought["saved"].startswith("Saved at")
    assert brought["uids"] == {
        "p1001-uid": str(whole.problems[0].uid),
        "p1001-g1002-uid": str(whole.problems[0].goals[0].uid),
    }
    # The same page goes on with them: nothing is written twice, and the same row is kept.
    sent = fields(alice.get(edit(draft)), "version")
    sent = {"who": sent["who"], "do": "keep", "version": brought["version"]} | new | brought["uids"]
    sent |= {"p1001-text": "Drinks to fall asleep"}
    assert alice.post(edit(draft), sent).json()["uids"] == brought["uids"]
    assert [p.text for p in read_text(draft).problems] == ["Drinks to fall asleep"]


def test_what_somebody_else_changed_is_not_saved_over_and_a_signed_one_stays(house, alice):
    draft = make_plan(house.pat_episode, house.alice, sign=False)
    sent = fields(alice.get(edit(draft)), "version") | {"do": "keep"}
    text_now = read_text(draft)
    text_now.strengths = "Bob's words"
    plans.save_plan(plan=draft, text=text_now, version=draft.version, by=house.bob)
    answer = alice.post(edit(draft), sent | {"strengths": "Alice's words"})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    assert "compare" in answer.json()["message"]
    draft.refresh_from_db()
    plans.sign_plan(plan=draft, by=house.alice)
    assert alice.post(edit(draft), sent).json()["code"] == "signed"


def test_a_page_of_somebody_who_is_signed_out_by_now_is_not_saved_as_somebody_elses(house, alice, browse):
    draft = make_plan(house.pat_episode, house.alice, sign=False)
    sent = fields(browse(house.bob).get(edit(draft)), "version") | {"do": "keep", "strengths": "Bob's words"}
    answer = alice.post(edit(draft), sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "somebody_else")
    assert "Bob" not in TreatmentPlan.objects.get(pk=draft.pk).strengths


def test_half_a_date_is_not_saved_and_nothing_is_lost(house, alice):
    draft = make_plan(house.pat_episode, house.alice, sign=False)
    answer = keep(alice, draft, **{"p1-g0-o0-target_on": "2026-1"})
    assert answer.status_code == 422 and "can’t be read" in answer.json()["message"]
    assert TreatmentPlan.objects.get(pk=draft.pk).version == draft.version
