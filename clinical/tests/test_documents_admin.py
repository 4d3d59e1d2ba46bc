"""Documents and lists in the administration site: everything but the narrative, and nothing is written."""

import datetime as dt

import pytest

from accounts.tests.admin_site import build_next_door, page, queries, rows, signed_in, words
from clinical.models import Diagnosis, Document, Medication, WorkedOn
from clinical.services.diagnoses import add_diagnosis
from clinical.services.medications import add_medication
from clinical.tests.documenting import make_plan, sign_one

MODELS = [Document, WorkedOn, Diagnosis, Medication]


@pytest.fixture
def desk(house, clock, settings):
    """Monday noon, with one of each."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    clock.shift(dt.timedelta(hours=4))
    hold(house, "F10.20")
    return house


def hold(house, code: str):
    plan = make_plan(house.pat_episode, house.alice, "Secret aim") if code == "F10.20" else None
    one = plan and plan.problems.get().goals.get().objectives.get()
    if one:
        house.one = one
    sign_one(house.pat, house.alice, said=f"Secret {code * 9}", worked_on={house.one.pk: 1})
    add_diagnosis(episode=house.pat_episode, code=code, text="Secret words", by=house.alice)
    add_medication(
        episode=house.pat_episode, name="Secretin", dose=code, reason="Secret", source="patient", by=house.alice
    )


@pytest.mark.parametrize("model", MODELS)
def test_only_shown_and_without_narrative(desk, model):
    ada, row = signed_in(desk.admin), model.objects.first()
    address = page(model, "change", row.pk)
    for answer in (ada.get(page(model)), ada.get(address)):
        assert answer.status_code == 200 and "Secret" not in words(answer)
    assert ada.get(page(model, "add")).status_code == 403
    assert ada.post(address, {"rank": "primary"}).status_code == 403
    assert ada.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_a_seal_is_shown_with_its_facts(desk):
    said = words(signed_in(desk.admin).get(page(Document, "change", Document.objects.get().pk)))
    assert "Alice Clinician, LMFT" in said and "Yes, intact" in said and "document: individual" in said


@pytest.mark.parametrize("model", MODELS)
def test_next_door_sees_nothing_and_costs_are_fixed(desk, model):
    otto = signed_in(build_next_door().otto)
    assert rows(otto.get(page(model))) == []
    assert otto.get(page(model, "change", model.objects.first().pk)).status_code == 302
    ada = signed_in(desk.admin)
    few = queries(ada, page(model))
    for n in range(4):
        hold(desk, f"F33.{n}")
    assert queries(signed_in(desk.admin), page(model)) == few
