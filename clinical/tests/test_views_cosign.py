"""The supervisor's queue, returning for changes, taking back, and the co-facilitator's page."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from accounts.access import Role
from clinical.models import Addendum, Countersignature, Document, ProgressNote, Status, TreatmentPlan
from clinical.queries_clock import cosign_queue, returned_to, waiting_of
from clinical.services import Draft, cosigning, save_drafts, sealing
from clinical.services.addenda import add_addendum
from clinical.tests.test_signing import WORDS, co_lead
from core.errors import Refusal
from tests.desk import Readings, attend, count, document, sign, text, told, write
from tests.factories import PASSWORD, make_staff

QUEUE = "/desk/cosign/"


@pytest.fixture
def awaiting(house, clock):
    """Alice is an associate: her notes of Pat and Quinn, a document and a plan wait for Bob."""
    clock.shift(dt.timedelta(hours=3))
    profile = house.alice.staff_profile
    profile.needs_cosignature = True
    profile.save()
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    write(house.session, house.alice, Pat=WORDS[0], Quinn=WORDS[1])
    sign(house.session, house.alice)
    more(house)
    return house


def more(house) -> None:
    """A document and a plan of Quinn's that wait."""
    whose = {"patient": house.quinn, "episode": house.quinn_episode, "author": house.alice}
    written = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    contact = Document(
        **whose,
        kind="contact",
        template="free",
        happened_at=written,
        written_at=written,
        risk="none",
        sections={"text": "Called about Thursday."},
    )
    plan = TreatmentPlan.objects.create(**whose, number=1, strengths="Humor", written_at=written)
    for thing in (contact, plan):
        sealing.sign(thing, by=house.alice, facts={}, signer=sealing.signer_facts(house.alice))
        thing.save()


def note(patient) -> ProgressNote:
    return ProgressNote.objects.standing().get(patient=patient)


def ticked(*notes, **more) -> dict:
    sent = {"password": PASSWORD, **more}
    for n in notes:
        sent |= {f"sign-note-{n.pk}": "1", f"seen-note-{n.pk}": n.content_hash}
    return sent


def test_doors(awaiting, browse):
    assert browse(None).get(QUEUE)["Location"].startswith("/account/login/")
    for other in (
        awaiting.alice,
        awaiting.charlie,
        awaiting.coordinator,
        awaiting.admin,
        awaiting.billing,
        awaiting.pat.user,
    ):
        assert browse(other).get(QUEUE).status_code == 403
        assert browse(other).post(QUEUE, ticked(note(awaiting.pat))).status_code == 403
    stranger = make_staff(awaiting.program, Role.SUPERVISOR, "Sam", "Stranger")
    client = browse(stranger)
    assert "Nothing waits for you" in text(client.get(QUEUE))
    for address in (f"{QUEUE}{note(awaiting.pat).uid}/", f"{QUEUE}{note(awaiting.pat).uid}/return/"):
        assert client.get(address).status_code == 404 and client.post(address, ticked()).status_code == 404
    client.post(QUEUE, ticked(note(awaiting.pat)))
    assert note(awaiting.pat).is_awaiting


def test_everything_that_waits_is_there_and_its_reading_is_on_the_record(awaiting, browse):
    readings = Readings()
    page = text(browse(awaiting.bob).get(QUEUE))
    assert WORDS[0] in page and WORDS[1] in page and "Called about Thursday." in page
    assert "Treatment plan, version 1" in page and "Humor" not in page
    assert readings.of(awaiting.bob) == {"Pat", "Quinn"}
    assert [w.kind for w in cosign_queue(awaiting.bob)] == ["note", "note", "document", "plan"]
    assert len(waiting_of(awaiting.alice)) == 4 and cosign_queue(awaiting.alice) == []


def test_several_are_co_signed_at_once_with_one_proof(awaiting, browse):
    client = browse(awaiting.bob)
    both = [note(awaiting.pat), note(awaiting.quinn)]
    for wrong in ({"password": ""}, {"password": "wrong"}):
        page = client.post(QUEUE, ticked(*both) | wrong)
        assert page.status_code == 422 and "checked" in text(page) and note(awaiting.pat).is_awaiting
    assert "Tick what you co-sign." in text(client.post(QUEUE, {"password": PASSWORD}))
    page = client.post(QUEUE, ticked(*both), follow=True)
    assert told(page) == ["2 are co-signed and sealed."]
    assert all(
        n.is_sealed and n.is_intact and n.cosigner == awaiting.bob for n in map(note, (awaiting.pat, awaiting.quinn))
    )
    sealed = text(browse(awaiting.alice).get(f"/desk/notes/{note(awaiting.pat).uid}/"))
    assert "Co-signed by <strong>Bob Supervisor, LCSW</strong>" in sealed


def test_overruled_warnings_are_read_before_co_signing(awaiting, browse):
    page = text(browse(awaiting.bob).get(f"{QUEUE}{note(awaiting.pat).uid}/"))
    assert "1 warning was overruled before signing" in page and "No plan yet." in page and "1 h 15 min" in page


def test_what_changed_since_it_was_read_is_not_signed(awaiting, browse):
    sent = ticked(note(awaiting.pat)) | {f"seen-note-{note(awaiting.pat).pk}": "0" * 64}
    page = browse(awaiting.bob).post(QUEUE, sent, follow=True)
    assert told(page) == ["1 changed since you read it: it is not signed."] and note(awaiting.pat).is_awaiting


@pytest.mark.parametrize("kind", ["document", "plan"])
def test_a_document_and_a_plan_on_a_page_of_their_own(awaiting, browse, kind):
    waiting = next(w for w in cosign_queue(awaiting.bob) if w.kind == kind)
    client = browse(awaiting.bob)
    page = client.get(waiting.url)
    assert {"document": "Called about Thursday.", "plan": "Humor"}[kind] in text(page)
    sent = {"password": PASSWORD, f"sign-{waiting.key}": "1", f"seen-{waiting.key}": waiting.thing.content_hash}
    client.post(waiting.url, sent)
    waiting.thing.refresh_from_db()
    assert waiting.thing.is_sealed and waiting.thing.is_intact


def test_returned_for_changes_the_author_sees_the_reason(awaiting, browse):
    address = f"{QUEUE}{note(awaiting.pat).uid}/return/"
    client = browse(awaiting.bob)
    assert client.post(address, {"reason": "  "}).status_code == 422 and note(awaiting.pat).is_awaiting
    assert told(client.post(address, {"reason": "Name the skill used."}, follow=True)) == [
        "Returned to Alice Clinician."
    ]
    page = text(browse(awaiting.alice).get(f"/desk/notes/{note(awaiting.pat).uid}/"))
    assert "Returned by Bob Supervisor, March 2:" in page and "Name the skill used." in page and "Go on writing" in page
    assert [w.thing.patient for w in returned_to(awaiting.alice)] == [awaiting.pat]
    assert returned_to(awaiting.bob) == [] and returned_to(awaiting.charlie) == []


def test_taken_back(awaiting, browse):
    address = f"/desk/notes/{note(awaiting.pat).uid}/take-back/"
    assert browse(awaiting.bob).post(address).status_code == 302 and note(awaiting.pat).is_awaiting
    assert browse(awaiting.charlie).post(address).status_code == 404
    assert told(browse(awaiting.alice).post(address, follow=True)) == ["It is a draft again."]
    assert not note(awaiting.pat).is_signed


def test_the_queue_has_a_fixed_number_of_queries(house, browse, clock):
    clock.shift(dt.timedelta(hours=3))
    profile = house.alice.staff_profile
    profile.needs_cosignature = True
    profile.save()
    document(house.session, house.alice, Pat=WORDS[0])
    attend(house.session, house.alice, Quinn=Status.PRESENT)
    client = browse(house.bob)
    few = count(client, QUEUE)
    save_drafts(session=house.session, drafts=[Draft(house.quinn.pk, WORDS[1], 0)], by=house.alice)
    note(house.quinn)  # a draft, and then signed: the session is owed no more, so its line costs nothing
    sign(house.session, house.alice)
    assert count(client, QUEUE) <= few
    more(house)
    assert count(client, QUEUE) <= few + 2  # a document and a plan: their readings


def test_the_co_facilitators_page(house, browse, clock):
    clock.shift(dt.timedelta(hours=3))
    document(house.session, house.alice, Pat=WORDS[0], Quinn=WORDS[1])
    co_lead(house)
    address = f"/desk/sessions/{house.session.uid}/countersign/"
    for other in (house.charlie, house.bob):
        assert browse(other).get(address).status_code == 404
    assert "Nothing waits for you here" in text(browse(house.alice).get(address))
    readings = Readings()
    client = browse(house.dana)
    page = client.get(address)
    assert WORDS[0] in text(page) and readings.of(house.dana) == {"Pat", "Quinn"}
    seen = {f"seen-{n.pk}": n.content_hash for n in ProgressNote.objects.all()}
    assert client.post(address, seen | {"password": "wrong"}).status_code == 422
    assert told(client.post(address, seen | {"password": PASSWORD}, follow=True)) == ["Your name stands under 2 notes."]
    assert Countersignature.objects.filter(user=house.dana).count() == 2
    shown = text(browse(house.alice).get(f"/desk/notes/{note(house.pat).uid}/"))
    assert "Co-facilitator <strong>Dana Cofacilitator, LPCC</strong>" in shown


def test_entries_are_added_to_documents_too(awaiting):
    contact = Document.objects.get(kind="contact")
    entry = add_addendum(thing=contact, text=" Called back. ", kind=Addendum.Kind.CORRECTION, by=awaiting.alice)
    assert (entry.document, entry.note, entry.text, entry.kind) == (contact, None, "Called back.", "correction")
    assert add_addendum(thing=contact, text="Called back.", kind=Addendum.Kind.CORRECTION, by=awaiting.alice) == entry
    cosigning.cosign_all(things=[contact], by=awaiting.bob, seen={("document", contact.pk): contact.content_hash})
    cosigning.void(thing=contact, reason="Another person called.", by=awaiting.bob)
    draft = Document.objects.create(
        patient=awaiting.pat,
        episode=awaiting.pat_episode,
        author=awaiting.alice,
        kind="contact",
        happened_at=contact.happened_at,
        written_at=contact.written_at,
    )
    for thing, code in ((contact, "void"), (draft, "not_signed")):
        with pytest.raises(Refusal) as caught:
            add_addendum(thing=thing, text="More.", by=awaiting.alice)
        assert caught.value.code == code
    with pytest.raises(DatabaseError), transaction.atomic():
        Addendum.objects.filter(pk=entry.pk).update(text="else")


def test_several_documents_and_notes_go_with_one_tick_each_and_only_what_waits_for_the_reader(awaiting, browse):
    """Somebody else's waiting note, named by hand in the form, is not touched."""
    other = make_staff(awaiting.program, Role.SUPERVISOR, "Sam", "Stranger")
    mine = ticked(note(awaiting.pat), note(awaiting.quinn))
    page = browse(other).post(QUEUE, mine)
    assert page.status_code == 422 and note(awaiting.pat).is_awaiting and note(awaiting.quinn).is_awaiting
