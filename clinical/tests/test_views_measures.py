"""Measures on staff's pages and in the portal."""

import datetime as dt

import pytest

from clinical.models import ClinicalPolicy, MeasureAssignment, MeasureResponse, MeasureRule, RiskAlert
from clinical.services import asking
from tests.desk import Readings, count, text


def phq9(**other) -> dict:
    return {f"q{n}": "0" for n in range(1, 10)} | other


@pytest.fixture
def asked(house) -> MeasureAssignment:
    return asking.ask(episode=house.pat_episode, measure="phq9", by=house.alice)


def form(asked) -> str:
    return f"/my/check-ins/{asked.uid}/"


# --- the portal


def test_the_patient_answers_and_is_thanked(house, browse, asked):
    client = browse(house.pat.user)
    assert "Low mood" in text(client.get("/my/check-ins/"))
    shown = text(client.get(form(asked)))
    assert "Little interest or pleasure in doing things" in shown and "More than half the days" in shown
    answer = client.post(form(asked), phq9(q1="2"))
    assert answer["Location"] == "/my/check-ins/"
    response = MeasureResponse.objects.get()
    assert (response.patient, response.mode, response.scores.get().value) == (house.pat, "self", 2)
    assert "Nothing to answer now" in text(client.get("/my/check-ins/"))
    assert client.get(form(asked))["Location"] == "/my/check-ins/"


def test_an_answer_that_shows_risk_leads_to_help_and_not_to_thanks(house, browse, asked):
    client = browse(house.pat.user)
    answer = client.post(form(asked), phq9(q9="1"))
    assert answer["Location"] == "/my/help/" and RiskAlert.objects.get().patient == house.pat
    shown = text(client.get("/my/help/"))
    assert "Your team knows" in shown and "tel:988" in shown and "Thank you" not in shown


def test_a_blank_is_all_right_and_no_score(house, browse, asked):
    given = phq9()
    del given["q4"]
    client = browse(house.pat.user)
    client.post(form(asked), given)
    assert MeasureResponse.objects.get().scores.get().value is None
    assert "blank" in text(client.get("/my/check-ins/"))


def test_nothing_typed_is_lost_when_something_is_wrong(house, browse):
    one = asking.ask(episode=house.pat_episode, measure="bam_r", by=house.alice)
    answer = browse(house.pat.user).post(form(one), {"q4": "3", "q5": "9", "q10": "17"})
    shown = text(answer)
    assert answer.status_code == 422 and "more than the answer to question 4" in shown
    assert 'value="17"' in shown and 'value="9"' in shown
    answer = browse(house.pat.user).post(form(one), {"q4": "31"})
    assert answer.status_code == 422 and not MeasureResponse.objects.exists()


def test_nobody_answers_for_somebody_else(house, browse, asked):
    assert browse(house.quinn.user).get(form(asked)).status_code == 404
    assert browse(house.quinn.user).post(form(asked), phq9()).status_code == 404
    assert browse(house.alice).get(form(asked)).status_code == 403
    assert not MeasureResponse.objects.exists()


def test_no_score_and_no_band_is_shown_to_the_patient(house, browse, asked):
    client = browse(house.pat.user)
    client.post(form(asked), {f"q{n}": "3" for n in range(1, 9)} | {"q9": "0"})
    for address in ("/my/", "/my/check-ins/"):
        shown = text(client.get(address))
        assert "evere" not in shown and "PHQ" not in shown and ">24<" not in shown


# --- staff


def test_doors(house, browse):
    address = f"/desk/people/{house.pat.uid}/check-ins/"
    for wrong in (house.billing, house.coordinator, house.admin, house.pat.user):
        assert browse(wrong).get(address).status_code == 403
    assert browse(house.charlie).get(address).status_code == 404
    readings = Readings()
    assert browse(house.alice).get(address).status_code == 200
    assert readings.of(house.alice) == {"Pat"}


def test_giving_and_taking_back(house, browse):
    address = f"/desk/people/{house.pat.uid}/check-ins/"
    client = browse(house.alice)
    client.post(address, {"measure": "pcl5"})
    one = MeasureAssignment.objects.get()
    assert (one.measure, one.asked_by) == ("pcl5", house.alice)
    client.post(address, {"withdraw": one.uid})
    one.refresh_from_db()
    assert one.state == "withdrawn"
    assert client.post(address, {"measure": "gad7", "aloud": "1"})["Location"] == f"{address}3/aloud/"


def test_read_aloud_answers_what_was_asked_for(house, browse, asked):
    address = f"/desk/people/{house.pat.uid}/check-ins/1/aloud/"
    answer = browse(house.alice).post(address, phq9(q1="1"))
    response = MeasureResponse.objects.get()
    assert answer["Location"] == f"/desk/check-ins/{response.uid}/"
    assert (response.mode, response.entered_by, response.assignment) == ("read_aloud", house.alice, asked)
    answer = browse(house.alice).post(address, phq9(q9="3"))
    assert answer["Location"] == f"/desk/alerts/{RiskAlert.objects.get().uid}/"
    assert browse(house.alice).get(address.replace("/1/", "/10/")).status_code == 404  # no wording
    assert browse(house.alice).get(address.replace("/1/", "/99/")).status_code == 404


def test_the_history_is_a_table_and_each_row_opens(house, browse):
    client = browse(house.alice)
    address = f"/desk/people/{house.pat.uid}/check-ins/1/"
    client.post(f"{address}aloud/", phq9(q1="3", q2="3", q3="3", q4="2"))
    client.post(f"{address}aloud/", {"q1": "1"})
    shown = text(client.get(address))
    assert (
        '<strong>11</strong> <span class="score-band">Moderate</span>' in shown and "no total: 1 of 9 answered" in shown
    )
    response = MeasureResponse.objects.earliest("pk")
    one = text(client.get(f"/desk/check-ins/{response.uid}/"))
    assert "Nearly every day" in one and "10 or more" in one
    client.post(f"/desk/check-ins/{response.uid}/", {"reason": "Somebody else’s"})
    assert "Voided by Alice Clinician" in text(client.get(f"/desk/check-ins/{response.uid}/"))
    assert browse(house.charlie).get(f"/desk/check-ins/{response.uid}/").status_code == 404


def test_a_fixed_number_of_queries(house, browse, clock):
    client = browse(house.alice)
    page = f"/desk/people/{house.pat.uid}/check-ins/"
    client.post(f"{page}1/aloud/", phq9())
    client.post(f"{page}3/aloud/", {"q1": "1"})
    few = count(client, page), count(client, f"{page}1/")
    for _week in range(6):
        clock.shift(dt.timedelta(minutes=10))
        client.post(f"{page}1/aloud/", phq9(q2="1"))
        client.post(f"{page}7/aloud/", {"q4": "1"})
    asking.ask(episode=house.pat_episode, measure="pcl5", by=house.alice)
    assert (count(client, page), count(client, f"{page}1/")) == few


def test_rules_are_set_for_ones_own_programs(house, browse):
    assert browse(house.alice).get("/desk/check-ins/").status_code == 403
    client = browse(house.bob)
    assert 'value="phq9:weekly" checked' in text(client.get("/desk/check-ins/"))  # the defaults
    client.post(
        "/desk/check-ins/", {"program": house.program.uid, "rule": ["phq9:weekly", "who5:weekly"], "may_prorate": "on"}
    )
    assert [(r.measure, r.moment) for r in MeasureRule.objects.filter(ended_at=None)] == [("phq9", "weekly")]
    assert ClinicalPolicy.of(house.program.pk).may_prorate
    assert 'value="gad7:weekly" checked' not in text(client.get("/desk/check-ins/"))
