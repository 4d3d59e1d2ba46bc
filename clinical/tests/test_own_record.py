"""The record as a file: JSON and PDF hold the same, all of what is one's own, and nothing of anybody else's."""

import datetime as dt
import io
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pypdf import PdfReader

from clinical.models import Kind, PsychotherapyNote, ReleasePolicy
from clinical.own_record import pdf
from clinical.own_record.facts import LISTS, counts_of, gather
from clinical.services import amendments, release
from clinical.services.addenda import add_addendum
from clinical.services.daily import check_in, today_of
from clinical.services.diagnoses import add_diagnosis
from clinical.services.measures import record_response
from clinical.services.medications import add_medication
from clinical.services.plans import answer_plan
from clinical.services.risk import raise_concern
from clinical.services.snippets import save_phrase
from clinical.tests.documenting import sign_one, write_one
from library.services import assign, reply
from library.services.own import save_sheet, send_sheet
from patients.models import Patient
from tests.clinical_factories import make_plan
from tests.desk import document
from tests.examples.library import filled, make_worksheet

# What must be in neither file. Each is written where it belongs, by the services.
NEEDLES = (
    "NeedleDraft",
    "NeedlePrivate",
    "NeedleRisk",
    "NeedleHeld",
    "NeedleReason",
    "NeedleQuinn",
    "NeedleSnippet",
    "NeedleSheetDraft",
)
NAME = ("Nguyễn", "Đặng-Żółć")
# Keys whose values name rows and codes rather than facts: the PDF leaves them out.
NO_FACTS = re.compile(r"uid|content_hash|code|(answer_)?loinc|schema|version|language|zone|key|measure|scale|item|of")


@pytest.fixture
def full(house, clock):
    """Pat with one of everything, Quinn beside them, and what is nobody's but its writer's."""
    clock.shift(dt.timedelta(hours=4))
    pat, alice = house.pat, house.alice
    document(house.session, alice, Pat="Spoke of the long week.", Quinn="NeedleQuinn had her own story.")
    note = pat.notes.get()
    add_addendum(note=note, text="Came back to it on Tuesday.", by=alice)
    visit = sign_one(pat, alice, said="We went through the week")
    held = sign_one(pat, alice, Kind.CASE_MANAGEMENT, said="NeedleHeld")
    release.withhold(thing=held, ground="safety", reason="NeedleReason", by=alice)
    write_one(pat, alice, Kind.CONTACT, said="NeedleDraft")
    PsychotherapyNote.objects.create(
        author=alice, session=house.session, about_on=today_of(pat), text="NeedlePrivate about Pat"
    )
    raise_concern(patient=pat, level=3, words="NeedleRisk", by=alice)
    plan = make_plan(house.pat_episode, alice)
    answer_plan(plan=plan, patient=pat, answer="disagrees", words="Slower, please.", name="Pat Peerson")
    add_diagnosis(episode=house.pat_episode, code="F10.20", text="Alcohol dependence", rank="primary", by=alice)
    add_medication(episode=house.pat_episode, name="Naltrexone", dose="50 mg", source="patient", by=alice)
    given = {"mode": "self", "by": pat.user, "episode": house.pat_episode}
    record_response(measure="phq9", answers={str(n): 1 for n in range(1, 9)} | {"9": 0}, **given)
    check_in(patient=pat, on=today_of(pat), mood=0, no_craving=True, words="A long <b>day</b> & night")
    asked = amendments.ask(patient=pat, thing=visit, wish="On weekends only", why="I said so", by=pat.user)
    refused = amendments.decide(request=asked, decision="denied", basis="correct", answer="It is as said.", by=alice)
    amendments.disagree(request=refused, text="I see it differently.", by=pat.user)
    work_through(house)
    named = {"legal_first_name": NAME[0], "legal_last_name": NAME[1], "pronouns": "they/them"}
    Patient.objects.filter(pk=pat.pk).update(**named)
    house.pat.refresh_from_db()
    return house


def work_through(house) -> None:
    """A worksheet was given, sent and answered, and goes on in a draft; Quinn has theirs."""
    item = make_worksheet(house.program)
    for patient, said in ((house.pat, "A walk by the river"), (house.quinn, "NeedleQuinnSheet")):
        given = assign(patient=patient, item=item, note=f"Take your time, {patient.called}.", by=house.alice)
        sent = send_sheet(homework=given, answers=filled(item, long=said), version=0)
        reply(sending=sent, text=f"Well seen, {patient.called}.", again=True, by=house.alice)
        save_sheet(homework=given, answers=filled(item, long="NeedleSheetDraft"), version=1)


def text_of(data: bytes) -> str:
    """The words of a PDF without spaces and feet of pages: where a line or a page ends is no fact."""
    whole = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return re.sub(r"Myrecord·P\d+?Page\d+of\d+", "", _bare(whole))


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def facts_in(value, key: str = "") -> list[str]:
    """Every text of the JSON that a person reads."""
    if isinstance(value, dict):
        return [said for name, one in value.items() for said in facts_in(one, name)]
    if isinstance(value, list):
        return [said for one in value for said in facts_in(one, key)]
    is_fact = isinstance(value, str) and value and not NO_FACTS.fullmatch(key)
    return [value] if is_fact and not re.fullmatch(r"[\d\-]+(T[\d:.]+Z)?", value) else []


def test_both_files_hold_all_of_ones_own_and_the_same(full):
    facts = gather(full.pat)
    assert all(facts[name] for name in LISTS if name not in ("appointments", "consents", "agreements")), counts_of(
        facts
    )
    written = json.loads(json.dumps(facts))
    assert written == facts, "plain data"
    read = text_of(pdf.render(facts))
    missing = [said for said in facts_in(facts) if _bare(said) not in read]
    assert not missing
    for said in ("Spoke of the long week.", "Came back to it on Tuesday.", "I see it differently.", "Slower, please."):
        assert said in json.dumps(facts, ensure_ascii=False) and _bare(said) in read
    assert _bare(NAME[0]) in read and _bare(NAME[1]) in read


def test_neither_holds_anybody_else_nor_what_is_kept_apart(full):
    save_phrase(user=full.alice, short="nd", text="NeedleSnippet")
    facts = gather(full.pat)
    whole, read = json.dumps(facts, ensure_ascii=False), text_of(pdf.render(facts))
    others = [str(full.quinn.uid), str(full.robin.uid), "Quinn", "Quill", "Robin", full.quinn.user.email]
    for needle in (*NEEDLES, *others, full.quinn.record_number):
        assert needle not in whole and _bare(needle) not in read, needle
    # The negative control: of Quinn's own record they are found.
    assert "NeedleQuinn" in json.dumps(gather(full.quinn))


def test_what_is_withheld_is_named_and_not_told(full):
    (held,) = gather(full.pat)["withheld"]
    assert held["ground"]["code"] == "safety" and set(held) == {
        *("of", "ground", "review_asked_at", "reviewed_at", "review")
    }


def test_what_a_program_does_not_show_is_said(full):
    ReleasePolicy.objects.create(program=full.program, notes=False, measures=False)
    facts = gather(full.pat)
    assert facts["not_shown"] == ["notes", "measures"] and facts["notes"] == [] and facts["measures"] == []
    assert _bare("Ask the clinic for what is missing") in text_of(pdf.render(facts))


def test_the_shape_is_a_promise(full):
    """docs/record_access.md: a key that is there stays. A new one is added here."""
    facts = gather(full.pat)
    assert (facts["schema"], facts["version"]) == ("own-record", 1)
    assert set(facts) == {
        *("schema", "version", "made_at", "language", "zone", "person", "not_shown"),
        *LISTS,
    }
    assert facts["made_at"] == "2026-03-02T20:00:00Z"
    (measure,) = facts["measures"]
    assert (measure["measure"], measure["loinc"]) == ("phq9", "44249-1")
    assert measure["answers"][0]["answer_loinc"] == "LA6569-3" and measure["scores"][0]["value"] == 8.0
    (day,) = facts["daily_check_ins"]
    assert (day["mood"], day["craving"], day["craving_does_not_apply"], day["coping"]) == (0, None, True, None)
    (work,) = facts["homework"]
    (sent,) = work["sent"]
    assert set(work) == {*("uid", "title", "kind", "given_at", "due_on", "note", "state", "done_at", "sent")}
    assert set(sent) == {"number", "at", "answers", "replies"} and len(sent["replies"]) == 1
    (note,) = facts["notes"]
    assert set(note) == {
        *("uid", "starts_at", "ends_at", "title", "minutes", "parts", "cosigned_by_leaders", "added"),
        *("signed_name", "signed_at", "cosigned_name", "cosigned_at", "content_hash"),
    }


def test_the_pdf_says_what_it_is_in_whose_language_and_how_long(full):
    with translation.override("en"):
        reader = PdfReader(io.BytesIO(pdf.render(gather(full.pat))))
    assert reader.metadata.title == "My record" and not reader.metadata.author
    assert reader.root_object["/Lang"] == "en"
    titles = [item.title for item in reader.outline if not isinstance(item, list)]
    assert titles[:2] == ["About me", "Times in care"] and "Corrections" in titles
    last = len(reader.pages)
    assert last > 1 and _bare(f"Page {last} of {last}") in _bare(reader.pages[-1].extract_text())
    full.pat.user.language = "es"
    with translation.override("es"):
        spanish = PdfReader(io.BytesIO(pdf.render(gather(full.pat))))
    assert spanish.metadata.title == "Mi expediente" and spanish.root_object["/Lang"] == "es"


def test_long_and_strange_texts_are_written_whole(full):
    long = "<para>&amp; " + "long " * 1000 + "END"
    full.pat.needs = full.pat.background = long
    full.pat.save()
    amendments.ask(patient=full.pat, thing=None, wish=long[:4900] + " \U0001f600 中", why="x", by=full.pat.user)
    read = text_of(pdf.render(gather(full.pat)))
    assert read.count(_bare(long)) == 2 and "\u25a1\u25a1" in read


def test_as_many_queries_for_much_as_for_little(full):
    def count():
        full.pat.refresh_from_db()
        with CaptureQueriesContext(connection) as seen:
            gather(full.pat)
        return len(seen)

    before = count()
    for n in range(3):
        sign_one(full.pat, full.alice, said=f"And {n} more")
        record_response(
            measure="gad7",
            answers={str(k): 1 for k in range(1, 8)},
            mode="self",
            by=full.pat.user,
            episode=full.pat_episode,
            now=timezone.now() - dt.timedelta(days=n + 1),
        )
        amendments.ask(patient=full.pat, thing=None, wish=f"Wish {n}", why="x", by=full.pat.user)
    assert count() == before
