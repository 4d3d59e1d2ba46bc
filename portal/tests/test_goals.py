"""Goals, what is shared, and changes to one's plans, as their person's pages have them."""

import uuid

import pytest

from clinical.models import Kind, OwnStep, PlanSuggestion, SharedGoal
from clinical.queries_goals import goals_of, memberships_of
from clinical.services.documents import Content, save_document, sign_document, start_document
from clinical.services.goals import add_step, objectives_in_force, share_goal, take_down_goal
from clinical.services.suggestions import answer_suggestion
from portal.tests.helpers import queries, sign_in, text
from tests.clinical_factories import make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(house) -> uuid.UUID:
    """The first objective of Pat's plan."""
    make_plan(house.pat_episode, house.alice)
    return objectives_in_force(house.pat)[0].line


@pytest.fixture
def plan(house):
    """Pat's safety plan in force."""
    draft = start_document(patient=house.pat, kind=Kind.SAFETY_PLAN, by=house.alice)
    content = Content(sections={"signs": "Not sleeping.", "own": "A walk.", "safer": "A friend keeps the key."})
    draft = save_document(document=draft, content=content, version=draft.version, by=house.alice)
    return sign_document(document=draft, version=draft.version, by=house.alice)


def post(client, line, deed: str, **more):
    return client.post("/my/goals/", {"goal": line, "deed": deed, **more})


def test_steps_from_the_page(pat_client, house, line):
    page = text(pat_client.get("/my/goals/"))
    assert "Uses a coping skill each day (1)" in page and "Sleep without drinking" in page
    assert "Call 988" in page and "Only you and your care team see this." in page
    answer = post(pat_client, line, "add", text="Call my sister", key=uuid.uuid4())
    assert answer.status_code == 302 and answer.url == f"/my/goals/#goal-{line}"
    post(pat_client, line, "add", text="Walk")
    first, second = OwnStep.objects.order_by("pk")
    assert post(pat_client, line, "tick", step=first.uid).status_code == 302
    assert "Ticked:" in text(pat_client.get("/my/goals/"))
    post(pat_client, line, "untick", step=first.uid)
    post(pat_client, line, "up", step=second.uid)
    post(pat_client, line, "away", step=first.uid)
    assert [s.text for s in goals_of(house.pat)[0][0].steps] == ["Walk"]
    assert "Put away: 1 step" in text(pat_client.get("/my/goals/"))
    assert post(pat_client, line, "out", step=first.uid).status_code == 302
    assert [s.text for s in goals_of(house.pat)[0][0].steps] == ["Walk", "Call my sister"]


def test_what_was_typed_is_kept_and_strange_requests_do_nothing(pat_client, line):
    page = post(pat_client, line, "add", text="x" * 301)
    assert page.status_code == 422 and "x" * 301 in text(page)
    assert post(pat_client, line, "add", text=" ").status_code == 422
    assert "Write what the step is." in text(post(pat_client, line, "add", text=" "))
    assert "no longer part of the plan" in text(post(pat_client, uuid.uuid4(), "add", text="x"))
    assert post(pat_client, "nonsense", "add", text="x").status_code == 404
    assert post(pat_client, line, "tick", step="nonsense").status_code == 404
    assert post(pat_client, line, "tick", step=uuid.uuid4()).status_code == 404
    assert not OwnStep.objects.exists()


def test_a_step_in_other_words(pat_client, line):
    pat_client.post("/my/goals/", {"deed": "add", "goal": line, "text": "Walk at nooon"})
    step = OwnStep.objects.get()
    sent = {"deed": "word", "goal": line, "step": step.uid}
    answer = pat_client.post("/my/goals/", sent | {"text": "Walk at noon"})
    assert answer.status_code == 302
    step.refresh_from_db()
    assert step.text == "Walk at noon"
    answer = pat_client.post("/my/goals/", sent | {"text": "x" * 2000})
    page = text(answer)
    assert answer.status_code == 422 and "x" * 2000 in page and "Keep this to" in page
    assert 'class="step-more" open' in page
    assert pat_client.post("/my/goals/", sent | {"step": uuid.uuid4(), "text": "y"}).status_code == 404
    step.refresh_from_db()
    assert step.text == "Walk at noon"


def test_nobody_elses_steps(client, house, line):
    step = add_step(patient=house.pat, line=line, text="Walk", key=uuid.uuid4())
    sign_in(client, house.quinn.user)
    assert post(client, line, "tick", step=step.uid).status_code == 404
    assert client.get(f"/my/goals/{line}/share/").status_code == 404
    assert "Walk" not in text(client.get("/my/goals/"))


def test_shared_after_a_look_and_taken_back(client, pat_client, house, line):
    address = f"/my/goals/{line}/share/"
    page = text(pat_client.get(address))
    assert "it needs nobody’s consent" in page and f"Your name there: {house.pat.display_name}." in page
    membership = house.pat.memberships.get()
    sent = {"with_whom": membership.uid, "words": "I practise every day."}
    looked = pat_client.post(address, {"deed": "look", **sent})
    said = text(looked)
    assert looked.status_code == 200 and "This is all that the others in Monday process will read" in said
    assert not SharedGoal.objects.exists()
    seen = said[said.index('<div class="said">') :].split("</div>")[0]
    edit = pat_client.post(address, {"deed": "edit", **sent})
    assert edit.status_code == 200 and "I practise every day." in text(edit)
    assert pat_client.post(address, {"deed": "share", **sent}).url == "/my/circle/"
    sign_in(client, house.quinn.user)
    there = text(client.get("/my/circle/"))
    assert "I practise every day." in there and "Peerson" not in there and str(house.pat.uid) not in there
    assert (
        seen.split('"said">')[1]
        .replace(" ", "")
        .startswith(there[there.index('<p class="said-who">') :].split("</p>")[0].replace(" ", ""))
    ), "the look shows the card the others see"
    sign_in(client, house.robin.user)
    assert "I practise" not in text(client.get("/my/circle/"))
    sign_in(pat_client, house.pat.user)
    shared = SharedGoal.objects.get()
    assert pat_client.post(address, {"deed": "back", "shared": shared.uid}).status_code == 302
    sign_in(client, house.quinn.user)
    assert "I practise" not in text(client.get("/my/circle/"))


def test_what_a_leader_took_down_is_told_kindly_and_may_be_said_anew(client, pat_client, house, line):
    (membership,) = memberships_of(house.pat)
    shared = share_goal(patient=house.pat, line=line, membership=membership, words="Come to my place on Elm Street.")
    take_down_goal(shared=shared, words="Please leave out where you live.", by=house.alice)
    for address in ("/my/circle/", f"/my/goals/{line}/share/"):
        page = text(pat_client.get(address))
        assert "Please leave out where you live." in page and "Alice took down what you shared on March 2." in page
        assert "Elm Street" not in page
    sign_in(client, house.quinn.user)
    assert "leave out where" not in text(client.get("/my/circle/")), "nobody else reads the word"
    sign_in(pat_client, house.pat.user)
    share_goal(patient=house.pat, line=line, membership=membership, words="I practise every day.")
    assert "leave out where" not in text(pat_client.get("/my/circle/"))


def test_what_is_refused_of_sharing(pat_client, house, line):
    address = f"/my/goals/{line}/share/"
    for sent in ({"with_whom": "", "words": "x"}, {"with_whom": house.quinn.memberships.get().uid, "words": "x"}):
        assert pat_client.post(address, {"deed": "share", **sent}).status_code == 422
    mine = house.pat.memberships.get().uid
    page = pat_client.post(address, {"deed": "look", "with_whom": mine, "words": "x" * 301})
    assert page.status_code == 422 and "x" * 301 in text(page)
    assert not SharedGoal.objects.exists()


def test_a_change_suggested_kept_answered(pat_client, house, plan):
    address = f"/my/plans/{plan.uid}/change/"
    assert address in text(pat_client.get("/my/plans/"))
    page = text(pat_client.get(address))
    assert "A walk." in page and "I need somebody" in page and "Until then the plan stays as it is." in page
    same = {"signs": "Not sleeping.", "own": "A walk.", "safer": "A friend keeps the key.", "words": "Why"}
    refused = pat_client.post(address, {"deed": "send", "version": 0, **same})
    assert refused.status_code == 422 and "Nothing is different yet." in text(refused) and "Why" in text(refused)
    sent = {"deed": "send", "version": 0, **same, "own": "Music."}
    assert pat_client.post(address, sent).status_code == 302
    assert "It waits for your clinician." in text(pat_client.get("/my/plans/"))
    late = pat_client.post(address, {**sent, "own": "Tea."})
    assert late.status_code == 422 and "Tea." in text(late) and 'name="version" value="1"' in text(late)
    found = PlanSuggestion.objects.get()
    answer_suggestion(suggestion=found, version=1, words="Let us talk on Friday.", by=house.alice)
    assert "Let us talk on Friday." in text(pat_client.get("/my/plans/"))


def test_taken_back(pat_client, house, plan):
    address = f"/my/plans/{plan.uid}/change/"
    pat_client.post(address, {"deed": "send", "signs": "a", "own": "b", "safer": "c", "words": "", "version": ""})
    assert pat_client.post(address, {"deed": "back"}).status_code == 302
    assert PlanSuggestion.objects.get().state == "withdrawn"


def test_for_paper_under_a_title_that_says_nothing(client, pat_client, house, plan):
    for what in ("paper", "change"):
        page = text(pat_client.get(f"/my/plans/{plan.uid}/{what}/"))
        assert "A friend keeps the key." in page and "<title>" in page
        title = page.split("<title>")[1].split("</title>")[0]
        assert "safety" not in title.lower() and "plan" not in title.lower()
    sign_in(client, house.quinn.user)
    for what in ("paper", "change"):
        assert client.get(f"/my/plans/{plan.uid}/{what}/").status_code == 404


@pytest.mark.parametrize("steps", [1, 8])
def test_query_counts(pat_client, house, line, plan, steps):
    for n in range(steps):
        add_step(patient=house.pat, line=line, text=f"Step {n}", key=uuid.uuid4())
    counts = {name: queries(pat_client, f"/my/{name}/") for name in ("goals", "circle", "plans")}
    assert counts == {"goals": 12, "circle": 10, "plans": 10}  # of the circle one for what a leader took down
