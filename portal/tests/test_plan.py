"""The patient's own plan: reading, agreeing and signing, saying what should be different."""

import datetime as dt

import pytest

from audit.models import Read
from clinical.models import PlanAgreement
from clinical.services import plans
from messaging.models import Delivery
from portal.tests.helpers import queries, sign_in, text
from tests.clinical_factories import make_plan, plan_text
from tests.desk import fields
from tests.factories import PASSWORD

PAGE = "/my/plan/"


@pytest.fixture
def plan(house):
    return make_plan(house.pat_episode, house.alice)


def test_nothing_yet_and_never_a_draft(pat_client, house):
    assert "Nothing here yet" in text(pat_client.get(PAGE))
    make_plan(house.pat_episode, house.alice, sign=False)
    assert "Drinks" not in text(pat_client.get(PAGE))


def test_reading_is_on_the_record_and_shows_the_newest_sealed(pat_client, house, plan):
    draft = plans.begin_plan(episode=house.pat_episode, by=house.alice)
    changed = plan_text(house.alice)
    changed.strengths = "Only in the draft"
    plans.save_plan(plan=draft, text=changed, version=draft.version, by=house.alice)
    shown = text(pat_client.get(PAGE))
    assert "What we are working on" in shown
    assert "Uses a coping skill each day (1)" in shown
    assert "Only in the draft" not in shown
    assert Read.objects.filter(patient_id=house.pat.pk, what=Read.What.OWN).exists()


def test_agreeing_takes_name_and_password(pat_client, house, plan):
    sent = fields(pat_client.get(PAGE), "plan")
    for missing, words in (
        ({}, "Choose whether you agree"),
        ({"answer": "agrees", "name": "Pat Peerson"}, "Enter your password"),
        ({"answer": "agrees", "name": " ", "password": PASSWORD}, "Type your name"),
        ({"answer": "agrees", "name": "Pat Peerson", "password": "no"}, "not your password"),
        ({"answer": "disagrees", "name": "Pat Peerson", "password": PASSWORD}, "what you would like to be different"),
    ):
        answer = pat_client.post(PAGE, sent | missing)
        assert answer.status_code == 422
        assert words in text(answer)
    assert not PlanAgreement.objects.exists()
    sent |= {"answer": "agrees", "name": "Pat Peerson", "password": PASSWORD}
    assert pat_client.post(PAGE, sent).status_code == 302
    given = PlanAgreement.objects.get()
    assert (given.name, given.content_hash, given.patient) == ("Pat Peerson", plan.content_hash, house.pat)
    shown = text(pat_client.get(PAGE))
    assert "You agreed and signed on" in shown
    assert "Send my answer" not in shown


def test_what_should_be_different_reaches_the_clinician(pat_client, house, plan):
    sent = fields(pat_client.get(PAGE), "plan")
    sent |= {"answer": "disagrees", "words": "Fewer evenings", "name": "Pat", "password": PASSWORD}
    assert pat_client.post(PAGE, sent).status_code == 302
    assert Delivery.objects.get(kind="plan_answered").recipient == house.alice
    assert "Fewer evenings" in text(pat_client.get(PAGE))


def test_nobody_answers_anothers(client, house, plan):
    other = make_plan(house.robin_episode, house.charlie)
    sign_in(client, house.pat.user)
    sent = fields(client.get(PAGE), "plan") | {"answer": "agrees", "name": "Pat", "password": PASSWORD}
    assert client.post(PAGE, sent | {"plan": str(other.uid)}).status_code == 404
    assert client.post(PAGE, sent | {"plan": "strange"}).status_code == 404
    assert not PlanAgreement.objects.exists()


def test_as_many_queries_for_many_objectives(client, house, clock):
    make_plan(house.pat_episode, house.alice, objectives=1)
    make_plan(house.quinn_episode, house.alice, objectives=9)
    counts = []
    for patient in (house.pat, house.quinn):
        sign_in(client, patient.user)
        counts.append(queries(client, PAGE))
    assert counts[0] == counts[1]
    clock.shift(dt.timedelta(minutes=1))
