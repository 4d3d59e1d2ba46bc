"""Risk that a draft reports does not wait for the signature: the team is told from the page, once, and signing says so."""

import datetime as dt

import pytest
from django.utils import timezone

from clinical.models import Document, Kind, Level, ProgressNote, Risk, RiskAlert, Status
from clinical.services import risk, sign_notes
from clinical.services.documents import sign_document
from clinical.tests.documenting import sign_one, write_one
from clinical.tests.test_views_notes import SIGN, address, complete
from core.errors import Refusal
from messaging.models import Delivery
from tests.desk import attend, fields, make_plan, text, told

WORDS = "Thoughts of not waking up, no plan; went through the safety plan."
DIFFERENT = {"Pat": "Spoke of payday as the hour of cravings.", "Quinn": "Drew the line from shame to isolation."}


@pytest.fixture
def held(house, clock):
    """The session is over; Pat and Quinn were there."""
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.PRESENT)
    for episode in (house.pat_episode, house.quinn_episode):
        make_plan(episode, house.alice, "Uses a coping skill when cravings come")
    complete(house, **DIFFERENT)
    return house


def reported(person, words: str = WORDS) -> ProgressNote:
    ProgressNote.objects.filter(patient=person).update(risk=Risk.REPORTED)
    note = ProgressNote.objects.get(patient=person)
    note.risk_text = words
    note.save()
    return note


def test_one_click_in_the_row_tells_the_team_before_anybody_signs(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic")
    sent |= {f"p{held.pat.pk}-risk": "reported", f"p{held.pat.pk}-risk_text": WORDS, "alert": str(held.pat.pk)}
    answer = client.post(address(held), sent, follow=True)
    assert any("Risk reported for Pat" in said for said in told(answer))
    alert = RiskAlert.objects.get()
    assert (alert.patient, alert.words, alert.level, alert.raised_by) == (held.pat, WORDS, Level.MODERATE, held.alice)
    assert Delivery.objects.filter(kind=risk.RAISED, subject_id=alert.pk).count() == 2
    assert not ProgressNote.objects.signed().exists()
    shown = text(client.get(address(held)))
    assert "The team was told" in shown and "Open the alert" in shown
    # Signing hours later, even after it was dealt with, is no second alert.
    risk.acknowledge(alert=alert, by=held.alice)
    risk.close_alert(alert=alert, disposition="continue", words="Assessed.", by=held.alice)
    answer = client.post(address(held), fields(client.get(address(held)), "shared-topic") | SIGN, follow=True)
    assert ProgressNote.objects.signed().count() == 2
    assert RiskAlert.objects.count() == 1


@pytest.mark.parametrize(("answer", "why"), [("none", "Say first that risk"), ("reported", "Say what was reported")])
def test_nobody_is_told_of_nothing(held, browse, answer, why):
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic")
    sent |= {f"p{held.pat.pk}-risk": answer, f"p{held.pat.pk}-risk_text": "", "alert": str(held.pat.pk)}
    said = told(client.post(address(held), sent, follow=True))
    assert any("nobody is told yet" in words and why in words for words in said)
    for strange in ("x", "999999999"):
        assert client.post(address(held), sent | {"alert": strange}).status_code == 302
    assert not RiskAlert.objects.exists()


def test_other_words_are_kept_as_a_step_while_it_is_open_and_raise_anew_once_it_is_closed(held, clock):
    note = reported(held.pat)
    first = risk.raise_from_draft(note=note, by=held.alice)
    clock.shift(dt.timedelta(hours=5))
    note = reported(held.pat, WORDS + " Now with a plan.")
    assert risk.raise_from_note(note=note, by=held.alice).pk == first.pk
    assert list(first.steps.filter(what="raised").values_list("at", flat=True))[-1] == timezone.now()
    risk.acknowledge(alert=first, by=held.alice)
    risk.close_alert(alert=first, disposition="continue", words="Assessed.", by=held.alice)
    assert risk.raise_from_note(note=note, by=held.alice).pk == first.pk
    note = reported(held.pat, "Bought pills since.")
    assert risk.raise_from_note(note=note, by=held.alice).pk != first.pk


def test_returned_and_signed_again_is_one_alert(held, clock):
    reported(held.pat)
    outcome = sign_notes(session=held.session, by=held.alice)
    assert outcome.alerted == [held.pat]
    note = ProgressNote.objects.get(patient=held.pat)
    clock.shift(dt.timedelta(days=1))
    assert risk.raise_from_note(note=note, by=held.alice) == RiskAlert.objects.get()


def test_signing_says_that_the_team_is_told(held, browse):
    reported(held.pat)
    client = browse(held.alice)
    answer = client.post(address(held), fields(client.get(address(held)), "shared-topic") | SIGN, follow=True)
    assert any("Risk reported for Pat" in said for said in told(answer))
    assert not any("Quinn" in said and "Risk" in said for said in told(answer))


@pytest.mark.parametrize("kind", [Kind.INDIVIDUAL, Kind.CRISIS])
def test_a_document_tells_before_it_is_signed(held, browse, kind):
    draft = write_one(held.pat, held.alice, kind, risk=Risk.REPORTED, risk_text=WORDS)
    client = browse(held.alice)
    page = f"/desk/documents/{draft.uid}/edit/"
    sent = fields(client.get(page), "version") | {"alert": "1"}
    answer = client.post(page, sent, follow=True)
    assert any("Risk reported for Pat" in said for said in told(answer))
    assert "The team was told" in text(answer)
    alert = RiskAlert.objects.get()
    assert alert.level == (Level.HIGH if kind == Kind.CRISIS else Level.MODERATE)
    draft = Document.objects.get(pk=draft.pk)
    sign_document(document=draft, version=draft.version, by=held.alice)
    assert RiskAlert.objects.count() == 1


def test_a_document_without_words_tells_nobody_and_says_why(held, browse):
    draft = write_one(held.pat, held.alice)
    client = browse(held.alice)
    page = f"/desk/documents/{draft.uid}/edit/"
    sent = fields(client.get(page), "version") | {"risk": "reported", "alert": "1"}
    answer = client.post(page, sent)
    assert answer.status_code == 422
    assert "Say what was reported, and what was done." in text(answer)
    assert not RiskAlert.objects.exists()
    with pytest.raises(Refusal) as refused:
        risk.raise_from_draft(note=sign_one(held.quinn, held.alice), by=held.alice)
    assert refused.value.code == "risk"
