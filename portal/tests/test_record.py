"""One's own record in the portal: notes that are shown, what is withheld, who looked, downloading, corrections."""

import datetime as dt
import json

import pytest

from audit.models import Read
from clinical.models import AmendmentRequest, Kind, RecordExport, ReleasePolicy
from clinical.services import amendments, release
from clinical.services.addenda import add_addendum
from clinical.services.measures import record_response
from clinical.tests.documenting import sign_one, write_one
from portal.tests.every_page import as_just_signed_in
from portal.tests.helpers import queries, sign_in, text
from tests.clinical_factories import make_plan
from tests.desk import browser_of, document, fields

pytestmark = pytest.mark.django_db
NOTES, LOOKED, FILE, ASK = (
    "/my/record/notes/",
    "/my/record/looked/",
    "/my/record/download/",
    "/my/record/corrections/new/",
)


@pytest.fixture
def desk(house, clock, settings):
    """Monday noon: the session is documented, and a visit of Pat's."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    clock.shift(dt.timedelta(hours=4))
    document(house.session, house.alice, Pat="Spoke of the long week.", Quinn="Her own story.")
    house.note = house.pat.notes.get()
    house.visit = sign_one(house.pat, house.alice, said="We looked ahead")
    return house


@pytest.fixture
def pat(client, desk):
    sign_in(client, desk.pat.user)
    return client


def page_of(thing) -> str:
    return f"{NOTES}{thing.uid}/"


def test_the_notes_and_what_was_added(pat, desk):
    add_addendum(note=desk.note, text="Came back to it.", by=desk.alice)
    listed = text(pat.get(NOTES))
    assert f'href="{page_of(desk.note)}"' in listed and f'href="{page_of(desk.visit)}"' in listed
    assert "Alice Clinician, LMFT" in listed
    read = text(pat.get(page_of(desk.note)))
    assert "Spoke of the long week." in read and "Came back to it." in read and "you were there for 1 h 15 min" in read
    assert "Quinn" not in read and "Her own story" not in read
    assert "We looked ahead" in text(pat.get(page_of(desk.visit)))
    seen = Read.objects.filter(reader_id=desk.pat.user_id, path=page_of(desk.note)).latest("pk")
    assert (seen.patient_id, seen.what, seen.why) == (desk.pat.pk, "own", "own")


def test_drafts_others_notes_and_what_is_not_shown_are_not_there(pat, desk):
    draft = write_one(desk.pat, desk.alice, Kind.CASE_MANAGEMENT)
    for thing in (draft, desk.quinn.notes.get()):
        assert pat.get(page_of(thing)).status_code == 404
        assert pat.get(f"{ASK}?of={thing.uid}").status_code == 404
    ReleasePolicy.objects.create(program=desk.program, notes=False, days=0)
    assert pat.get(page_of(desk.note)).status_code == 404
    assert "does not show every kind" in text(pat.get(NOTES))


def test_staff_and_strangers_are_kept_out(client, desk):
    for url in ("/my/record/", NOTES, page_of(desk.note), LOOKED, FILE, ASK):
        assert client.get(url).status_code == 302
        assert browser_of(desk.alice).get(url).status_code == 403
    sign_in(client, desk.quinn.user)
    assert client.get(page_of(desk.note)).status_code == 404


def test_withheld_is_said_with_its_ground_and_a_review_can_be_asked_for(pat, desk):
    held = release.withhold(thing=desk.visit, ground="safety", reason="A threat.", by=desk.alice)
    assert "not shown" in text(pat.get(NOTES))
    page = text(pat.get(page_of(desk.visit)))
    assert "endanger" in page and "Ask for a review" in page and "Office for Civil Rights" in page
    assert "We looked ahead" not in page and "A threat." not in page
    answer = pat.post(f"/my/record/withheld/{held.uid}/", follow=True)
    assert answer.redirect_chain == [(page_of(desk.visit), 302)] and "You asked for a review" in text(answer)
    release.review(withholding=held, upheld=True, words="It stays for now.", by=desk.bob)
    assert "It stays for now." in text(pat.get(page_of(desk.visit)))
    sign_in(pat, desk.quinn.user)
    assert pat.post(f"/my/record/withheld/{held.uid}/").status_code == 404


def test_plans_and_answers(pat, desk):
    plan = make_plan(desk.pat_episode, desk.alice)
    record_response(measure="phq2", answers={"1": 1, "2": 2}, mode="self", by=desk.pat.user, episode=desk.pat_episode)
    assert "Version 1" in text(pat.get("/my/record/plans/"))
    assert "Sleep without drinking" in text(pat.get(f"/my/record/plans/{plan.uid}/"))
    answers = text(pat.get("/my/record/answers/"))
    assert "PHQ-2" in answers and "<strong>3</strong>" in answers and "of 0 to 6" in answers


# --- who looked


def test_who_looked_in_plain_words(pat, desk):
    alice, admin = browser_of(desk.alice), browser_of(desk.admin)
    for _again in range(3):
        alice.get(f"/desk/notes/{desk.note.uid}/")
    admin.get(f"/desk/people/{desk.pat.uid}/")
    page = text(pat.get(LOOKED))
    assert "<strong>Alice</strong>, your clinician: your notes" in page and "3 times" in page
    assert "<strong>Ada</strong>, runs the program: your page" in page
    assert "Clinician, LMFT" not in page and "Pat" not in page.split("<main")[1].split("Ask my team")[0]
    assert "your own" not in page
    row = Read.objects.filter(reader_id=desk.alice.pk).latest("pk")
    Read.objects.create(reader_id=desk.bob.pk, patient_id=desk.pat.pk, what="note", why="break_glass", path=row.path)
    assert "in an emergency, without being on your care team" in text(pat.get(LOOKED))


def test_as_many_queries_for_a_hundred_looks_as_for_one(pat, desk):
    Read.objects.create(reader_id=desk.bob.pk, patient_id=desk.pat.pk, what="note", path="/")
    before = queries(pat, LOOKED)
    for user in (desk.alice, desk.charlie, desk.admin, desk.billing, desk.coordinator):
        Read.objects.bulk_create(
            Read(reader_id=user.pk, patient_id=desk.pat.pk, what=what, path="/") for what in Read.What.values
        )
    assert queries(pat, LOOKED) == before
    assert 'rel="next"' in text(pat.get(LOOKED))


def test_as_many_queries_for_ten_notes_as_for_two(pat, desk):
    before = queries(pat, NOTES), queries(pat, page_of(desk.visit))
    for n in range(4):
        sign_one(desk.pat, desk.alice, Kind.CASE_MANAGEMENT, said=f"More {n}")
        amendments.ask(patient=desk.pat, thing=desk.visit, wish=f"{n}", why="x", by=desk.pat.user)
    with_one = queries(pat, page_of(desk.visit))
    assert (queries(pat, NOTES), with_one) == (before[0], before[1] + 1)  # the statements of what was asked


# --- downloading


def test_an_old_sign_in_says_once_more_who_it_is(pat, desk):
    for method in (pat.get, pat.post):
        answer = method(FILE)
        assert answer.status_code == 302 and answer.url.startswith("/account/reauthenticate/?next=%2Fmy%2Frecord")
    assert not RecordExport.objects.exists()


@pytest.mark.parametrize(("form", "kind"), [("pdf", "application/pdf"), ("json", "application/json")])
def test_a_file_to_be_saved_that_is_on_the_record(pat, desk, form, kind):
    as_just_signed_in(pat)
    answer = pat.post(FILE, {"form": form})
    assert answer.status_code == 200 and answer["Content-Type"] == kind
    assert answer["Content-Disposition"] == f'attachment; filename="my-record.{form}"'
    assert "no-store" in answer["Cache-Control"] and "sandbox" in answer["Content-Security-Policy"]
    row = RecordExport.objects.get()
    assert (row.patient, row.by, row.form, row.size) == (desk.pat, desk.pat.user, form, len(answer.content))
    assert row.facts["notes"] == 1 and row.facts["documents"] == 1 and "long week" not in json.dumps(row.facts)
    if form == "json":
        assert json.loads(answer.content)["person"]["record_number"] == desk.pat.record_number
    assert text(pat.get(FILE)).count("JSON" if form == "json" else "PDF") == 2


def test_strange_forms_and_too_many_downloads(pat, desk):
    as_just_signed_in(pat)
    assert pat.post(FILE, {"form": "exe"}).status_code == 422
    for _n in range(release.AT_MOST):
        release.keep_download(patient=desk.pat, form="pdf", counts={}, data=b"x", by=desk.pat.user)
    answer = pat.post(FILE, {"form": "json"}, follow=True)
    assert "many downloads in an hour" in text(answer)
    assert RecordExport.objects.count() == release.AT_MOST


# --- corrections


def test_asking_and_reading_the_answer(pat, desk):
    asked = pat.get(f"{ASK}?of={desk.visit.uid}")
    assert "Individual session" in text(asked)
    sent = fields(asked, "wish") | {"wish": "On weekends only.", "why": "I said so."}
    answer = pat.post(ASK, sent, follow=True)
    found = AmendmentRequest.objects.get()
    page = f"/my/record/corrections/{found.uid}/"
    assert answer.redirect_chain == [(page, 302)] and "You get an answer by Friday, May 1, 2026." in text(answer)
    assert found.document == desk.visit
    assert "1 request of yours is waiting" in text(pat.get("/my/record/"))
    amendments.decide(request=found, decision="denied", basis="correct", answer="As you told us.", by=desk.alice)
    told = text(pat.get(page))
    assert "As you told us." in told and "It is accurate and complete." in told and "Office for Civil Rights" in told
    assert pat.post(page, {"deed": "disagree", "text": " "}).status_code == 422
    pat.post(page, {"deed": "disagree", "text": "I see it differently."})
    amendments.reply(request=found, text="We wrote it down.", by=desk.alice)
    told = text(pat.get(page))
    assert "I see it differently." in told and "We wrote it down." in told and "Add my statement" not in told
    assert "I see it differently." in text(pat.get(page_of(desk.visit)))


def test_what_was_typed_is_kept(pat, desk):
    answer = pat.post(ASK, {"of": str(desk.visit.uid), "wish": "On weekends only.", "why": ""})
    assert answer.status_code == 422 and "Please write something here." in text(answer)
    assert "On weekends only." in text(answer) and str(desk.visit.uid) in text(answer)
    assert not AmendmentRequest.objects.exists()
    for strange in ("x", "0", str(desk.quinn.uid)):
        assert pat.get(ASK, {"of": strange}).status_code == 404


def test_taking_it_back_and_somebody_elses(pat, desk):
    found = amendments.ask(patient=desk.pat, thing=None, wish="x", why="y", by=desk.pat.user)
    page = f"/my/record/corrections/{found.uid}/"
    assert "You took this back" in text(pat.post(page, {"deed": "take_back"}, follow=True))
    sign_in(pat, desk.quinn.user)
    assert pat.get(page).status_code == 404 and pat.post(page, {"deed": "take_back"}).status_code == 404


def test_it_has_its_place_in_the_portal(pat, desk):
    page = text(pat.get("/my/details/"))
    assert page.count('href="/my/record/"') == 2  # a tab, and the way on this page
    index = text(pat.get("/my/record/"))
    for way in (NOTES, LOOKED, FILE, "/my/papers/", "/my/hours/", "/my/plans/", "/my/record/corrections/"):
        assert f'href="{way}"' in index
