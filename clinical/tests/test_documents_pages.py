"""The pages of a person's record, as clinicians use them."""

import datetime as dt

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from clinical.models import Document, Kind, Risk, WorkedOn
from clinical.queries_documents import summary_of
from clinical.services.diagnoses import add_diagnosis
from clinical.services.documents import in_force
from clinical.tests.documenting import make_plan, sign_one, write_one
from conftest import PACIFIC
from patients.models import CareTeamMember
from scheduling.services import book_appointment, record_outcome
from tests.desk import Readings, count, fields, text, told
from tests.factories import PASSWORD, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(house, clock):
    """Monday noon."""
    clock.shift(dt.timedelta(hours=4))
    return house


def at(name: str, thing) -> str:
    return reverse(f"clinical:{name}", args=[thing.uid])


def begin(client, patient, kind="individual", template="dap"):
    page = client.post(at("start_document", patient), {"kind": kind, "template": template})
    assert page.status_code == 302, text(page)
    return Document.objects.latest("pk")


def test_doors(desk, browse):
    signed, draft = sign_one(desk.pat, desk.alice), write_one(desk.pat, desk.alice, Kind.COACHING)
    person = ("record", "start_document", "diagnoses", "medications")
    pages = [at(name, desk.pat) for name in person] + [at("document", signed), at("edit_document", draft)]
    pages += [at("discard_document", draft), at("document", draft)]
    for page in pages:
        assert browse(None).get(page)["Location"].startswith("/account/login/")
        for stranger in (desk.coordinator, desk.admin, desk.billing, desk.pat.user):
            assert browse(stranger).get(page).status_code == 403, page
        assert browse(desk.charlie).get(page).status_code == 404, page
        assert browse(desk.alice).get(page).status_code == 200, page
        assert browse(desk.bob).get(page).status_code == 200, page  # supervises Alice
    assert browse(desk.charlie).post(at("autosave_document", draft), {"version": "2"}).status_code == 404
    assert browse(desk.alice).get(at("autosave_document", draft)).status_code == 405


def test_from_nothing_to_sealed(desk, browse):
    plan = make_plan(desk.pat_episode, desk.alice, "Two meetings a week", "Call before drinking")
    client = browse(desk.alice)
    draft = begin(client, desk.pat)
    page = client.get(at("edit_document", draft))
    assert "Two meetings a week" in text(page)
    sent = fields(page, "s-data")
    first = plan.problems.get().goals.get().objectives.first()
    sent |= {"s-data": "Spoke of Sunday.", "s-assessment": "Steady.", "s-plan": "Meets her sponsor."}
    sent |= {"began": "10:00", "stopped": "10:50", "risk": "none", f"o-{first.pk}": "2"}
    page = client.post(at("edit_document", draft), sent | {"save": "1"}, follow=True)
    assert told(page) == ["Saved as a draft."]
    sent = fields(page, "s-data") | {"sign": "1"}
    page = client.post(at("edit_document", draft), sent)
    assert (
        page.status_code == 422
        and "Enter your password to sign." in text(page)
        and not Document.objects.get().is_signed
    )
    page = client.post(at("edit_document", draft), sent | {"password": "wrong"})
    assert page.status_code == 422 and "This is not your password" in text(page)
    page = client.post(at("edit_document", draft), sent | {"password": PASSWORD}, follow=True)
    assert told(page) == ["It is signed and sealed."]
    said = text(page)
    assert "Signed by <strong>Alice Clinician, LMFT</strong>" in said and "Spoke of Sunday." in said
    assert "Two meetings a week" in said and "Much progress" in said and "None reported" in said
    sealed = Document.objects.get()
    assert sealed.is_sealed and sealed.is_intact and sealed.author == desk.alice
    assert sealed.seal["worked_on"] == [[str(first.line), 2]] and sealed.seal["signer"]["credential"] == "LMFT"
    assert WorkedOn.objects.get().objective == first
    assert client.get(at("edit_document", sealed))["Location"] == at("document", sealed)


def test_what_is_missing_is_said_beside_its_place(desk, browse):
    client = browse(desk.alice)
    draft = begin(client, desk.pat)
    sent = fields(client.get(at("edit_document", draft)), "s-data") | {"s-data": "Something.", "password": PASSWORD}
    page = client.post(at("edit_document", draft), sent | {"sign": "1"})
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert set(errors) == {"stopped", "s-assessment", "s-plan", "risk"}
    assert Document.objects.get().sections == {"data": "Something."}  # saved all the same


def test_a_risk_that_is_reported_needs_words(desk, browse):
    draft = write_one(desk.pat, desk.alice, risk=Risk.REPORTED, risk_text="")
    client = browse(desk.alice)
    sent = fields(client.get(at("edit_document", draft)), "s-data") | {"password": PASSWORD, "sign": "1"}
    page = client.post(at("edit_document", draft), sent)
    assert set(page.context["form"].errors) == {"risk_text"}
    page = client.post(at("edit_document", draft), sent | {"risk_text": "Thoughts of dying; plan gone through."})
    assert Document.objects.get().is_sealed and Document.objects.get().risk_text.startswith("Thoughts")


def test_enter_in_the_password_signs_and_elsewhere_saves(desk, browse):
    draft = write_one(desk.pat, desk.alice)
    client = browse(desk.alice)
    sent = fields(client.get(at("edit_document", draft)), "s-data") | {"enter": "1"}
    client.post(at("edit_document", draft), sent)
    assert not Document.objects.get().is_signed
    client.post(at("edit_document", draft), sent | {"password": PASSWORD})
    assert Document.objects.get().is_sealed


def test_two_people_are_both_shown(desk, browse):
    """Bob supervises Alice; both have the safety plan open."""
    alice, bob = browse(desk.alice), browse(desk.bob)
    draft = begin(alice, desk.pat, "safety_plan")
    page = at("edit_document", draft)
    hers, his = fields(alice.get(page), "s-signs"), fields(bob.get(page), "s-signs")
    bob.post(page, his | {"s-signs": "Not sleeping."})
    answer = alice.post(page, hers | {"s-signs": "Pacing.", "s-own": "A walk."})
    assert answer.status_code == 422
    assert "Somebody changed this meanwhile" in text(answer)
    assert "As stored now:</strong><br>Not sleeping." in text(answer) and "Pacing." in text(answer)
    assert Document.objects.get().sections == {"signs": "Not sleeping."}
    again = alice.post(page, fields(answer, "s-signs"), follow=True)
    assert told(again) == ["Saved as a draft."]
    assert Document.objects.get().sections == {"signs": "Pacing.", "own": "A walk."}


def test_it_saves_itself(desk, browse):
    client = browse(desk.alice)
    draft = begin(client, desk.pat)
    sent = fields(client.get(at("edit_document", draft)), "s-data")
    answer = client.post(at("autosave_document", draft), sent | {"s-data": "Half a sen", "stopped": "1"})
    assert answer.status_code == 200 and answer.json() == {"version": 2, "saved": "Saved at 12:00 PM."}
    assert Document.objects.get().sections == {"data": "Half a sen"}
    late = client.post(at("autosave_document", draft), sent | {"s-data": "From an old page"})
    assert late.status_code == 409 and late.json()["code"] == "changed_meanwhile"
    assert Document.objects.get().sections == {"data": "Half a sen"}
    same = client.post(at("autosave_document", draft), sent | {"s-data": "Half a sen"})
    assert same.status_code == 200 and same.json()["version"] == 2  # nothing changed, nobody refused
    early = client.post(at("autosave_document", draft), sent | {"version": "2", "s-data": "More", "stopped": "09:00"})
    assert early.status_code == 200 and Document.objects.get().ended_at is None
    sign_one(desk.pat, desk.alice, Kind.COACHING)
    signed = Document.objects.signed().get()
    answer = client.post(at("autosave_document", signed), sent)
    assert answer.status_code == 409 and answer.json()["code"] == "signed"


def test_another_template_loses_nothing(desk, browse):
    client = browse(desk.alice)
    draft = begin(client, desk.pat)
    sent = fields(client.get(at("edit_document", draft)), "s-data")
    sent |= {"s-data": "Spoke of Sunday.", "s-plan": "Sponsor.", "template": "soap", "switch": "1"}
    page = client.post(at("edit_document", draft), sent, follow=True)
    assert "Subjective" in text(page)
    assert Document.objects.get().sections == {"subjective": "Data: Spoke of Sunday.", "plan": "Sponsor."}


def test_nearly_the_same_as_last_time_asks_once(desk, browse):
    sign_one(desk.pat, desk.alice)
    draft = write_one(desk.pat, desk.alice)
    client = browse(desk.alice)
    sent = fields(client.get(at("edit_document", draft)), "s-data") | {"password": PASSWORD, "sign": "1"}
    page = client.post(at("edit_document", draft), sent)
    assert page.status_code == 422 and "nearly the same text" in text(page) and 'name="confirmed"' in text(page)
    page = client.post(at("edit_document", draft), sent | {"confirmed": "1"})
    assert page.status_code == 302
    assert Document.objects.get(pk=draft.pk).seal["confirmed"] == ["same_as_last"]


def test_a_plan_is_revised_as_the_next_version(desk, browse):
    first = sign_one(desk.pat, desk.alice, Kind.SAFETY_PLAN)
    client = browse(desk.alice)
    page = text(client.get(at("record", desk.pat)))
    assert "Version 1, Mar 2, 2026" in page and "Revise it" in page
    draft = begin(client, desk.pat, "safety_plan")
    assert draft.number == 2 and draft.sections == first.sections
    assert begin(browse(desk.bob), desk.pat, "safety_plan") == draft  # there is one open draft
    assert in_force(desk.pat, Kind.SAFETY_PLAN) == first
    sent = fields(client.get(at("edit_document", draft)), "s-signs") | {"s-signs": "Other signs"}
    client.post(at("edit_document", draft), sent | {"password": PASSWORD, "sign": "1"})
    assert in_force(desk.pat, Kind.SAFETY_PLAN) == draft
    old = text(client.get(at("document", first)))
    assert "A newer version is in force." in old and "signs of this very day" in old
    assert 'href="tel:988"' in old


def test_a_draft_is_discarded_after_asking(desk, browse):
    draft = write_one(desk.pat, desk.alice)
    client = browse(desk.alice)
    assert "Discard this draft?" in text(client.get(at("discard_document", draft)))
    page = client.post(at("discard_document", draft), follow=True)
    assert told(page) == ["The draft is discarded."] and not Document.objects.exists()
    signed = sign_one(desk.pat, desk.alice)
    assert client.post(at("discard_document", signed)).status_code == 404 and Document.objects.exists()


def test_somebody_elses_draft_of_a_visit_is_read_not_written(desk, browse):
    """Dana has a place on Pat's care team and reads; the visit was Alice's."""
    dana = make_staff(desk.program, first="Dana")
    CareTeamMember.objects.create(
        patient=desk.pat, user=dana, part="facilitator", source="test", starts_at=timezone.now()
    )
    draft = write_one(desk.pat, desk.alice)
    assert "Go on writing" not in text(browse(dana).get(at("document", draft)))
    assert browse(dana).get(at("edit_document", draft)).status_code == 404
    plan = write_one(desk.pat, desk.alice, Kind.RELAPSE_PLAN)
    assert browse(dana).get(at("edit_document", plan)).status_code == 200  # a plan is the whole team's


def test_reading_is_on_the_record_and_queries_are_fixed(desk, browse):
    readings = Readings()
    client = browse(desk.alice)
    one = sign_one(desk.pat, desk.alice, Kind.SAFETY_PLAN)
    client.get(at("document", one))
    assert readings.of(desk.alice) == {"Pat"}
    few = count(client, at("record", desk.pat))
    for n in range(6):
        sign_one(desk.pat, desk.alice, said=f"A different thing {n} altogether {'abc'[n % 3] * 60}")
        write_one(desk.pat, desk.alice, Kind.COACHING)
    assert count(client, at("record", desk.pat)) == few
    assert count(client, at("document", one)) < 14


def test_documents_by_kind(desk, browse):
    sign_one(desk.pat, desk.alice)
    sign_one(desk.pat, desk.alice, Kind.CONTACT)
    client = browse(desk.alice)
    page = client.get(at("record", desk.pat), {"kind": "7"})
    assert [d.kind for d in page.context["page"]] == ["contact"]
    assert [d.kind for d in client.get(at("record", desk.pat), {"kind": "x"}).context["page"]] == [
        "contact",
        "individual",
    ]


# --- the note of an appointment


@pytest.fixture
def over(house, clock):
    """Alice's appointment with Pat at 10:40 is over; it is Monday noon."""
    made = book_appointment(
        kind="individual",
        provider=house.alice,
        episode=house.pat_episode,
        starts_at=timezone.now() + dt.timedelta(hours=2, minutes=40),
        minutes=50,
        by=house.alice,
    )
    clock.shift(dt.timedelta(hours=4))
    return house, made


def test_the_note_of_an_appointment(over, browse):
    house, made = over
    client, page = browse(house.alice), at("document_appointment", made)
    assert page in client.get(f"/desk/appointments/{made.uid}/").content.decode()
    assert page in client.get(at("start_document", house.pat)).content.decode()
    assert page in browse(house.bob).get(at("start_document", house.pat)).content.decode()
    asked = client.get(page)
    assert asked.status_code == 200 and "Nobody has said yet how it went" in text(asked)
    assert not Document.objects.exists()  # looking makes nothing
    answer = client.post(page, {"template": "birp"})
    note = Document.objects.get()
    assert answer["Location"] == at("edit_document", note) and note.template == "birp"
    assert (note.happened_at, note.ended_at) == (made.starts_at, made.ends_at)
    assert client.get(page)["Location"] == at("edit_document", note)
    assert client.post(page, {"template": "dap"})["Location"] == at("edit_document", note)
    assert page not in client.get(at("start_document", house.pat)).content.decode()
    shown = fields(client.get(at("edit_document", note)), "s-behavior")
    assert (shown["day"], shown["began"], shown["stopped"]) == ("2026-03-02", "10:40", "11:30")


def test_the_note_of_an_appointment_is_its_providers(over, browse):
    house, made = over
    page = at("document_appointment", made)
    CareTeamMember.objects.create(
        patient=house.pat, user=house.charlie, part="facilitator", source="test", starts_at=timezone.now()
    )
    assert browse(house.charlie).get(page).status_code == 404
    assert browse(house.charlie).post(page, {"template": "dap"}).status_code == 404
    for stranger in (house.coordinator, house.admin, house.billing, house.pat.user):
        assert browse(stranger).get(page).status_code == 403
    assert not Document.objects.exists()
    record_outcome(appointment=made, outcome="missed", by=house.alice)
    answer = browse(house.alice).post(page, {"template": "dap"}, follow=True)
    assert told(answer) == ["It did not take place, as recorded. An absence gets no note."]
    assert page not in answer.content.decode() and not Document.objects.exists()


def test_a_page_to_write_costs_the_same_for_any_number_of_objectives(desk, browse):
    make_plan(desk.pat_episode, desk.alice, "One")
    make_plan(desk.quinn_episode, desk.alice, *[f"Objective {n}" for n in range(8)])
    client = browse(desk.alice)
    few, many = (write_one(person, desk.alice) for person in (desk.pat, desk.quinn))
    assert count(client, at("edit_document", few)) == count(client, at("edit_document", many)) <= 14
    assert count(client, at("start_document", desk.pat)) <= 14


def test_past_midnight(desk, browse, clock):
    """A crisis call from half past eleven to ten past twelve is forty minutes long."""
    clock.move_to(dt.datetime(2026, 3, 3, 1, tzinfo=PACIFIC))
    draft = write_one(desk.pat, desk.alice, Kind.CRISIS)
    client = browse(desk.alice)
    sent = fields(client.get(at("edit_document", draft)), "s-trigger")
    sent |= {"day": "2026-03-02", "began": "23:30", "stopped": "00:10"}
    assert client.post(at("edit_document", draft), sent).status_code == 302
    stored = Document.objects.get()
    assert stored.ended_at - stored.happened_at == dt.timedelta(minutes=40)
    sent = fields(client.get(at("edit_document", draft)), "s-trigger") | {"stopped": "23:30"}
    slip = client.post(at("edit_document", draft), sent)
    assert slip.status_code == 422 and "It stops after it began." in text(slip)


def test_the_part_of_a_persons_page(desk, rf):
    """What the person's page includes: for clinicians; nothing at all for who reads no notes."""
    sign_one(desk.pat, desk.alice, Kind.SAFETY_PLAN)
    write_one(desk.pat, desk.alice)
    add_diagnosis(episode=desk.pat_episode, code="F10.20", text="Alcohol dependence", by=desk.alice)
    for reader, shown in ((desk.alice, True), (desk.coordinator, False)):
        request = rf.get("/desk/")
        request.user = reader
        given = {"documents_summary": summary_of(reader, desk.pat)}
        said = render_to_string("clinical/documents/_summary.html", given, request)
        assert ("Version 1, Mar 2, 2026" in said and "F10.20" in said and at("record", desk.pat) in said) == shown
        assert shown or not said.strip()


def test_a_sealed_document_is_added_to_corrected_and_voided(house, browse, clock):
    document = sign_one(house.pat, house.alice)
    address = f"/desk/documents/{document.uid}/"
    entry = {"kind": "correction", "text": "It was Tuesday.", "password": PASSWORD}
    client = browse(house.alice)
    assert client.post(address, entry | {"password": "wrong"}).status_code == 422
    assert client.post(address, entry)["Location"] == address
    shown = text(client.get(address))
    assert "It was Tuesday." in shown and "read the correction below" in shown
    void = f"{address}void/"
    assert client.get(void).status_code == 403  # a supervisor's deed
    assert browse(house.charlie).get(address).status_code == 404
    supervisor = browse(house.bob)
    assert supervisor.post(void, {"reason": "", "password": PASSWORD}).status_code == 422
    assert supervisor.post(void, {"reason": "Another person’s", "password": PASSWORD})["Location"] == address
    document.refresh_from_db()
    assert document.is_void and "Another person’s" in text(client.get(address))
    assert client.post(address, entry).status_code == 422  # nothing is added to what counts for nothing
