"""Goals in plain words, own steps, what is shared with a group, changes suggested to plans: deeds, walls, who sees what."""

import uuid
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinical.models import Document, Kind, OwnStep, PlainWords, PlanSuggestion, SharedGoal
from clinical.queries_goals import circles_of, goals_of, memberships_of, shared_in
from clinical.services import goals, plans, suggestions
from clinical.services.documents import Content, save_document, sign_document, start_document
from core.errors import Refusal
from core.tests.racing import failures, together
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from messaging.services import send_due
from messaging.tests.mail import Mail
from portal.tests.helpers import text
from scheduling.services import leave_group
from tests.clinical_factories import make_plan
from tests.desk import browser_of


@pytest.fixture
def mail(settings, tmp_path) -> Mail:
    settings.EMAIL_BACKEND = "messaging.backends.OneFileEach"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return Mail(tmp_path / "mail")


@pytest.fixture
def line(house) -> uuid.UUID:
    """The first objective of Pat's plan."""
    make_plan(house.pat_episode, house.alice)
    return goals.objectives_in_force(house.pat)[0].line


def refusal_of(deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        deed(**kwargs)
    return refusal.value


def refused(deed) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        deed()
    return str(error.value)


def words_of(house, which=0) -> list[str]:
    return [step.text for step in goals_of(house.pat)[0][which].steps]


# --- goals and steps


def test_the_objectives_own_text_until_a_clinician_says_it_plainly(house, line):
    found, reached = goals_of(house.pat)
    assert [g.words for g in found] == [
        "Uses a coping skill each day (1)",
        "Uses a coping skill each day (2)",
        "Goes out daily",
    ]
    assert reached == []
    goals.set_plain_words(patient=house.pat, line=line, text=" One skill, every day. ", by=house.alice)
    assert goals_of(house.pat)[0][0].words == "One skill, every day."
    goals.set_plain_words(patient=house.pat, line=line, text="", by=house.bob)
    assert goals_of(house.pat)[0][0].words == "Uses a coping skill each day (1)" and PlainWords.objects.count() == 1
    strange = {"patient": house.pat, "line": uuid.uuid4(), "text": "x", "by": house.alice}
    assert refusal_of(goals.set_plain_words, **strange).code == "not_in_plan"


def test_steps_are_added_once_ticked_moved_and_put_away(house, line):
    add = partial(goals.add_step, patient=house.pat, line=line)
    key = uuid.uuid4()
    first = add(text=" Call  my sister ", key=key)
    assert add(text="Call my sister", key=key) == first
    second, third = (add(text=t, key=uuid.uuid4()) for t in ("Walk", "Write"))
    assert words_of(house) == ["Call my sister", "Walk", "Write"]
    goals.move_step(step=third, up=True)
    goals.move_step(step=first, up=True)
    assert words_of(house) == ["Call my sister", "Write", "Walk"]
    done = goals.tick_step(step=first, done=True).done_at
    assert goals.tick_step(step=first, done=True).done_at == done and goals_of(house.pat)[0][0].done == 1
    assert goals.tick_step(step=first, done=False).done_at is None
    goals.put_away_step(step=first, away=True)
    assert words_of(house) == ["Write", "Walk"]
    goals.put_away_step(step=first, away=False)
    assert words_of(house) == ["Write", "Walk", "Call my sister"]
    assert goals.change_step(step=second, text="Walk to the lake").text == "Walk to the lake"


def test_steps_follow_the_objective_into_the_next_version(house, line):
    goals.add_step(patient=house.pat, line=line, text="Walk", key=uuid.uuid4())
    plan = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    plans.sign_plan(plan=plan, by=house.alice, version=plan.version)
    assert words_of(house) == ["Walk"]


@pytest.mark.parametrize(("said", "code"), [("  ", "empty"), ("x" * 301, "long")])
def test_what_is_no_step(house, line, said, code):
    assert refusal_of(goals.add_step, patient=house.pat, line=line, text=said, key=uuid.uuid4()).code == code
    strange = {"patient": house.pat, "line": uuid.uuid4(), "text": "x", "key": uuid.uuid4()}
    assert refusal_of(goals.add_step, **strange).code == "not_in_plan"


def test_steps_have_an_end_and_walls(house, line):
    for n in range(goals.MOST_STEPS):
        step = goals.add_step(patient=house.pat, line=line, text=f"Step {n}", key=uuid.uuid4())
    assert refusal_of(goals.add_step, patient=house.pat, line=line, text="x", key=uuid.uuid4()).code == "too_many"
    assert "step_says_something" in refused(lambda: OwnStep.objects.filter(pk=step.pk).update(text=""))
    goals.set_plain_words(patient=house.pat, line=line, text="x", by=house.alice)
    again = partial(PlainWords.objects.create, patient=house.pat, line=line, text="y", by=house.alice)
    assert "plain_words_once_a_line" in refused(again)
    for rows in (OwnStep.objects.all(), PlainWords.objects.all()):
        with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
            rows.delete()


# --- shared with a group


@pytest.fixture
def shared(house, line) -> SharedGoal:
    (membership,) = memberships_of(house.pat)
    return goals.share_goal(patient=house.pat, line=line, membership=membership, words="I practise every day.")


def test_peers_read_the_name_and_the_words_and_only_while_both_are_there(house, shared):
    (circle,) = circles_of(house.quinn)
    ((name, said, own),) = circle.said
    assert (name, [s.words for s in said], own) == (house.pat.display_name, ["I practise every day."], False)
    assert circles_of(house.pat)[0].said[0][2] is True
    assert all(not c.said for c in circles_of(house.robin))
    assert not SharedGoal.objects.visible_to(house.robin.user).exists()
    leave_group(membership=house.quinn.memberships.get(), left_on=timezone.localdate(), reason="finished")
    assert circles_of(house.quinn) == [] and not SharedGoal.objects.visible_to(house.quinn.user).exists()


def test_gone_when_one_leaves_oneself(house, shared):
    leave_group(membership=house.pat.memberships.get(), left_on=timezone.localdate(), reason="finished")
    assert circles_of(house.quinn)[0].said == [] and shared_in(house.alice, house.group) == []
    assert list(SharedGoal.objects.visible_to(house.pat.user)) == [shared], "one’s own stays one’s own"
    other = {"patient": house.pat, "line": shared.line, "membership": shared.membership, "words": "x"}
    assert refusal_of(goals.share_goal, **other).code == "not_in_group"


def test_who_leads_sees_it_too(house, shared):
    assert shared_in(house.alice, house.group) == [shared]
    assert shared_in(house.charlie, house.group) == []
    page = text(browser_of(house.alice).get(f"/desk/series/{house.group.uid}/"))
    assert "Shared with the group" in page and "I practise every day." in page
    assert "I practise" not in text(browser_of(house.coordinator).get(f"/desk/series/{house.group.uid}/"))


def test_shared_anew_and_taken_back_the_words_are_nowhere(house, shared):
    again = goals.share_goal(patient=house.pat, line=shared.line, membership=shared.membership, words="Every day.")
    shared.refresh_from_db()
    assert again != shared and shared.words == "" and shared.ended_at
    same = {"patient": house.pat, "line": shared.line, "membership": shared.membership}
    assert goals.share_goal(words="Every day.", **same) == again
    assert goals.take_back_goal(shared=again).words == "" and goals.take_back_goal(shared=again).ended_at
    assert circles_of(house.quinn)[0].said == []
    assert "words" not in {f.name for f in again.events.model._meta.get_fields()}
    assert refusal_of(goals.share_goal, words=" ", **same).code == "empty"
    assert refusal_of(goals.share_goal, words="x" * 301, **same).code == "long"


def test_a_leader_takes_it_down_with_a_word(house, shared, mail):
    client = browser_of(house.alice)
    address = f"/desk/series/{house.group.uid}/"
    assert "Take it down" in text(client.get(address))
    answer = client.post(address, {"shared": shared.uid, "words": " "})
    assert answer.status_code == 422 and "Write them a word, kindly" in text(answer)
    long = "x" * 501
    assert long in text(client.post(address, {"shared": shared.uid, "words": long})), "nothing typed is lost"
    client.post(address, {"shared": shared.uid, "words": "Please leave out where you live."})
    shared.refresh_from_db()
    assert (shared.words, shared.taken_down_by) == ("", house.alice) and shared.ended_at
    assert all(not circle.said for circle in circles_of(house.quinn)) and shared_in(house.alice, house.group) == []
    send_due()
    (letter,) = [one for one in mail.of(house.pat.user) if one["Subject"] == "A word for you"]
    said = letter.get_content()
    assert "there is a word for you about something you shared" in said
    assert "leave out where" not in said and "goal" not in said and house.group.name not in said
    answer = client.post(address, {"shared": shared.uid, "words": "Once more."}, follow=True)
    assert "It does not stand there any more." in text(answer)


def test_told_only_while_it_was_not_said_anew(house, shared):
    goals.take_down_goal(shared=shared, words="Please leave out where you live.", by=house.bob)
    told = Delivery.objects.get(kind="goal_taken_down")
    assert told.recipient == house.pat.user and isinstance(compose(told), Call)
    again = {"patient": house.pat, "line": shared.line, "membership": shared.membership}
    goals.share_goal(**again, words="I practise every day.")
    assert compose(told) == Skip("shared anew")


def test_nobody_but_a_leader_takes_it_down(house, shared):
    for who in (house.charlie, house.coordinator, house.admin, house.quinn.user, house.pat.user):
        refusal = refusal_of(goals.take_down_goal, shared=shared, words="No.", by=who)
        assert refusal.code == "not_theirs"
    assert (
        browser_of(house.coordinator)
        .post(f"/desk/series/{house.group.uid}/", {"shared": shared.uid, "words": "No."})
        .status_code
        == 200
    )
    shared.refresh_from_db()
    assert shared.words == "I practise every day."
    goals.take_back_goal(shared=shared)
    assert refusal_of(goals.take_down_goal, shared=shared, words="No.", by=house.alice).code == "gone"
    with pytest.raises(IntegrityError, match="a_goal_taken_down_has_a_word"), transaction.atomic():
        fresh = goals.share_goal(patient=house.pat, line=shared.line, membership=shared.membership, words="Every day.")
        SharedGoal.objects.filter(pk=fresh.pk).update(words="", ended_at=timezone.now(), taken_down_by=house.alice)


def test_walls_of_what_is_shared(house, shared):
    rows = SharedGoal.objects.filter(pk=shared.pk)
    twice = partial(
        SharedGoal.objects.create, patient=house.pat, membership=shared.membership, line=shared.line, words="x"
    )
    assert "a_goal_is_shared_once" in refused(twice)
    assert "a_goal_taken_back_is_empty" in refused(lambda: rows.update(ended_at=timezone.now()))
    others = partial(
        SharedGoal.objects.create, patient=house.quinn, membership=shared.membership, line=uuid.uuid4(), words="x"
    )
    assert "in a group of one's own" in refused(others)
    goals.take_back_goal(shared=shared)
    assert "not shared again" in refused(lambda: rows.update(ended_at=None, words="x"))


# --- suggested changes


@pytest.fixture
def plan(house) -> Document:
    """Pat's safety plan in force."""
    return seal(house, signs="Not sleeping.", own="A walk.", safer="A friend keeps the key.")


def seal(house, **sections) -> Document:
    draft = start_document(patient=house.pat, kind=Kind.SAFETY_PLAN, by=house.alice)
    content = Content(sections={**draft.sections, **sections})
    draft = save_document(document=draft, content=content, version=draft.version, by=house.alice)
    return sign_document(document=draft, version=draft.version, by=house.alice)


@pytest.fixture
def made(house, plan) -> PlanSuggestion:
    sections = {"signs": "Not sleeping.", "own": "Music.", "nonsense": "x"}
    return suggestions.suggest(patient=house.pat, document=plan, sections=sections, words="The walk no longer helps.")


def test_only_what_differs_is_suggested_and_the_clinician_is_told_neutrally(house, made, mail):
    assert made.sections == {"own": "Music."} and made.state == "open"
    send_due()
    (message,) = mail.of(house.alice)
    said = f"{message['Subject']} {message.get_content()}"
    assert "A suggestion for you to read" in said
    assert not any(word in said for word in ("Pat", "safety", "plan", "Music", "relapse"))


def test_written_anew_while_nobody_answered(house, plan, made):
    again = partial(suggestions.suggest, patient=house.pat, document=plan, words="")
    assert refusal_of(again, sections={"own": "Tea."}, version=0).code == "changed_meanwhile"
    newer = again(sections={"own": "Tea."}, version=1)
    assert newer.pk == made.pk and newer.sections == {"own": "Tea."} and newer.version == 2
    assert Delivery.objects.filter(kind="suggestion_made").count() == 1
    assert refusal_of(again, sections={"own": "A walk."}, version=2).code == "nothing_changed"
    assert refusal_of(again, sections={"own": " "}, version=2).code == "section_empty"
    assert refusal_of(again, sections={"own": "x" * 4001}, version=2).code == "long"
    late = {"suggestion": made, "version": 1, "by": house.alice}
    assert refusal_of(suggestions.take_over, **late).code == "changed_meanwhile"


def test_taken_over_it_stands_in_the_next_draft_and_the_plan_stays(house, plan, made, mail):
    draft = suggestions.take_over(suggestion=made, version=1, by=house.alice, words="Let us look on Friday.")
    assert draft.number == 2 and not draft.is_signed
    assert draft.sections == {**plan.sections, "own": "Music."}
    plan.refresh_from_db()
    assert plan.sections["own"] == "A walk."
    made.refresh_from_db()
    assert (made.state, made.closed_by) == ("taken", house.alice)
    assert refusal_of(suggestions.take_back_suggestion, suggestion=made).code == "answered"
    send_due()
    assert "There is an answer for you" in [m["Subject"] for m in mail.of(house.pat.user)]


def test_answered_or_taken_back(house, plan, made):
    answer = partial(suggestions.answer_suggestion, suggestion=made, version=1, by=house.alice)
    assert refusal_of(answer, words=" ").code == "no_words"
    assert answer(words="Let us talk first.").state == "answered"
    again = suggestions.suggest(patient=house.pat, document=plan, sections={"own": "Tea."}, words="")
    assert suggestions.take_back_suggestion(suggestion=again).state == "withdrawn"
    late = {"suggestion": again, "version": 1, "by": house.alice}
    assert refusal_of(suggestions.take_over, **late).code == "taken_back"


def test_of_an_older_version_or_somebody_elses(house, plan):
    seal(house, own="A longer walk.")
    ask = partial(suggestions.suggest, document=plan, sections={"own": "Tea."}, words="")
    assert refusal_of(ask, patient=house.pat).code == "not_in_force"
    assert refusal_of(ask, patient=house.quinn).code == "not_yours"


def test_walls_of_suggestions(house, plan, made):
    rows = PlanSuggestion.objects.filter(pk=made.pk)
    new = partial(PlanSuggestion.objects.create, document=plan, kind="safety_plan", sections={"own": "x"})
    assert "one_open_suggestion_per_plan" in refused(lambda: new(patient=house.pat))
    assert "a plan of one's own" in refused(lambda: new(patient=house.quinn))
    assert "suggestion_ends_whole" in refused(lambda: rows.update(state="taken", closed_at=timezone.now()))
    suggestions.take_back_suggestion(suggestion=made)
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        rows.update(state="open", closed_at=None)


def test_two_devices_at_once_make_one_suggestion(committed_house):
    house = committed_house
    plan = seal(house, signs="Not sleeping.", own="A walk.", safer="A friend keeps the key.")
    send = partial(suggestions.suggest, patient=house.pat, document=plan, sections={"own": "Tea."}, words="")
    (failure,) = failures(together([send, send]))
    assert isinstance(failure, Refusal) and failure.code == "changed_meanwhile"
    assert PlanSuggestion.objects.count() == 1


# --- the desk


def test_the_clinician_sees_the_steps_beside_the_plan_and_words_them(house, line, shared):
    goals.add_step(patient=house.pat, line=line, text="Walk to the lake", key=uuid.uuid4())
    page = f"/desk/people/{house.pat.uid}/goals/"
    desk = browser_of(house.alice)
    assert "Walk to the lake" in text(desk.get(page)) and page in text(desk.get(f"/desk/people/{house.pat.uid}/plan/"))
    long = desk.post(page, {"goal": line, "text": "x" * 501})
    assert long.status_code == 422 and "x" * 501 in text(long)
    assert desk.post(page, {"goal": line, "text": "One skill a day"}).status_code == 302
    assert "One skill a day" in text(desk.get(page))
    assert desk.post(page, {"goal": uuid.uuid4(), "text": "x"}).status_code == 404
    assert browser_of(house.charlie).get(page).status_code == 404
    assert browser_of(house.coordinator).get(page).status_code == 403


def test_the_clinician_takes_a_suggestion_over(house, made, clock):
    desk, page = browser_of(house.alice), f"/desk/suggestions/{made.uid}/"
    assert page in text(desk.get("/desk/")) and page in text(desk.get(f"/desk/people/{house.pat.uid}/"))
    shown = text(desk.get(page))
    assert "A walk." in shown and "Music." in shown and "The walk no longer helps." in shown
    assert desk.post(page, {"deed": "answer", "version": 1, "words": ""}).status_code == 422
    answer = desk.post(page, {"deed": "take", "version": 1, "words": ""})
    draft = Document.objects.get(patient=house.pat, sealed_at=None)
    assert answer.status_code == 302 and answer.url == f"/desk/documents/{draft.uid}/edit/"
    assert page not in text(desk.get("/desk/"))
    assert browser_of(house.charlie).get(page).status_code == 404
