"""Diagnoses and medications."""

import datetime as dt
import re

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from clinical.models import Diagnosis, Medication
from clinical.queries_documents import past_diagnoses, past_medications, summary_of
from clinical.services.diagnoses import (
    add_diagnosis,
    current_diagnoses,
    normalise_code,
    resolve_diagnosis,
    set_rank,
    strike_diagnosis,
)
from clinical.services.medications import (
    add_medication,
    change_dose,
    current_medications,
    stop_medication,
    strike_medication,
)
from clinical.tests.documenting import sign_one
from core.errors import Refusal
from tests.desk import Readings, count, text, told

TODAY = dt.date(2026, 3, 2)
SHAPE = re.compile(r"^[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?$")
letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
codes = st.builds(
    lambda a, b, c, rest: f"{a}{b}{c}" + (f".{rest}" if rest else ""),
    st.sampled_from(letters),
    st.sampled_from("0123456789"),
    st.sampled_from("0123456789AB"),
    st.text(alphabet=letters + "0123456789", max_size=4),
)


@given(codes, st.booleans(), st.booleans(), st.text(alphabet=" \t", max_size=3))
@example("F10.20", True, True, " ")
@example("C7A.00", False, True, "")
def test_however_a_code_is_typed_it_is_the_same(code, lower, pointless, space):
    typed = code.lower() if lower else code
    typed = typed.replace(".", "") if pointless else typed
    assert normalise_code(f"{space}{typed}{space}") == code
    assert normalise_code(normalise_code(typed)) == code


@given(st.text(max_size=12))
@example("F1020.")
@example("F.1020")
@example("F10.")
@example("Ｆ10.20")
@example("F١0")
@example("F10.20\n")
@example("ß10")
def test_what_comes_out_has_the_shape_the_database_asks_for(typed):
    try:
        code = normalise_code(typed)
    except Refusal as refusal:
        assert (refusal.code, refusal.field) == ("code", "code")
    else:
        assert SHAPE.fullmatch(code) and code.isascii()


def diagnose(house, code="F10.20", **changes) -> Diagnosis:
    return add_diagnosis(episode=house.pat_episode, code=code, by=house.alice, **({"text": "Alcohol"} | changes))


def refusal_of(deed) -> str:
    with pytest.raises(Refusal) as caught, transaction.atomic():
        deed()
    return caught.value.code


@pytest.mark.django_db
class TestDiagnoses:
    def test_one_primary_at_a_time(self, house):
        first = diagnose(house, rank="primary")
        second = diagnose(house, "F33.1", text="Depression", rank="primary")
        assert [(d.code, d.rank) for d in current_diagnoses(house.pat)] == [
            ("F33.1", "primary"),
            ("F10.20", "secondary"),
        ]
        set_rank(diagnosis=first, rank="primary")
        assert [d.code for d in current_diagnoses(house.pat)] == ["F10.20", "F33.1"]
        set_rank(diagnosis=second, rank="rule_out")
        with pytest.raises(IntegrityError), transaction.atomic():
            Diagnosis.objects.filter(pk=second.pk).update(rank="primary")

    def test_refusals(self, house):
        diagnose(house)
        tomorrow = TODAY + dt.timedelta(days=1)
        for code, changes in (
            ("open_already", {"code": "f1020"}),
            ("code", {"code": "alcohol"}),
            ("empty", {"code": "F11.20", "text": " "}),
            ("rank", {"code": "F11.20", "rank": "first"}),
            ("future", {"code": "F11.20", "diagnosed_on": tomorrow}),
            ("dates", {"code": "F11.20", "since": TODAY, "diagnosed_on": TODAY - dt.timedelta(days=3)}),
        ):
            assert refusal_of(lambda given=changes: diagnose(house, **given)) == code
        assert Diagnosis.objects.count() == 1

    def test_resolved_and_struck(self, house):
        one, two = diagnose(house), diagnose(house, "F33.1")
        assert refusal_of(lambda: resolve_diagnosis(diagnosis=one, on=TODAY - dt.timedelta(days=1))) == "dates"
        assert refusal_of(lambda: resolve_diagnosis(diagnosis=one, on=TODAY + dt.timedelta(days=1))) == "future"
        resolve_diagnosis(diagnosis=one, on=TODAY)
        assert refusal_of(lambda: resolve_diagnosis(diagnosis=one, on=TODAY)) == "resolved"
        assert refusal_of(lambda: strike_diagnosis(diagnosis=two, mistake=" ")) == "empty"
        strike_diagnosis(diagnosis=two, mistake="Another person’s.")
        assert refusal_of(lambda: set_rank(diagnosis=two, rank="primary")) == "mistaken"
        assert current_diagnoses(house.pat) == [] and len(past_diagnoses(house.pat)) == 2
        assert diagnose(house).code == "F10.20"  # it came back
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            two.delete()

    def test_walls(self, house):
        one = diagnose(house)
        for statement in (
            "UPDATE clinical_diagnosis SET code = 'alcohol' WHERE id = %s",
            "UPDATE clinical_diagnosis SET text = '' WHERE id = %s",
            "UPDATE clinical_diagnosis SET mistaken_at = now() WHERE id = %s",
            "UPDATE clinical_diagnosis SET resolved_on = '2020-01-01' WHERE id = %s",
        ):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, [one.pk])

    def test_pages(self, house, browse):
        client, page = browse(house.alice), reverse("clinical:diagnoses", args=[house.pat.uid])
        sent = {"code": "f1020", "text": "Alcohol dependence", "rank": "primary", "diagnosed_on": "2026-03-02"}
        assert told(client.post(page, sent, follow=True)) == ["F10.20 is recorded."]
        again = client.post(page, sent)
        assert again.status_code == 422 and "is on the list already" in text(again)
        assert 'value="Alcohol dependence"' in text(again)
        one = Diagnosis.objects.get()
        line = reverse("clinical:diagnosis", args=[one.uid])
        answer = client.post(line, {"deed": "resolve", "resolve-on": "2025-01-01"})
        assert answer.status_code == 422 and "before it was diagnosed" in text(answer)
        client.post(line, {"deed": "mistake", "mistake-mistake": "Wrong person"})
        shown = text(client.get(page))
        assert "Recorded by mistake: Wrong person" in shown and "is-struck" in shown
        readings = Readings()
        assert browse(house.charlie).get(page).status_code == 404
        assert browse(house.charlie).get(line).status_code == 404
        assert browse(house.charlie).post(line, {"deed": "rank", "rank-rank": "primary"}).status_code == 404
        for stranger in (house.coordinator, house.admin, house.billing, house.pat.user):
            assert browse(stranger).get(page).status_code == 403
        client.get(line)
        assert readings.of(house.alice) == {"Pat"} and readings.of(house.charlie) == set()

    def test_queries_are_fixed(self, house, browse):
        client, page = browse(house.alice), reverse("clinical:diagnoses", args=[house.pat.uid])
        diagnose(house)
        few = count(client, page)
        for n in range(5):
            strike_diagnosis(diagnosis=diagnose(house, f"F33.{n}"), mistake="x")
            diagnose(house, f"F41.{n}")
        assert count(client, page) == few


def medicate(house, name="Sertraline", **changes) -> Medication:
    given = {"dose": "50 mg", "source": "patient"} | changes
    return add_medication(episode=house.pat_episode, name=name, by=house.alice, **given)


@pytest.mark.django_db
class TestMedications:
    def test_medication_for_addiction_comes_first(self, house):
        medicate(house, started_on=TODAY)
        medicate(house, "Buprenorphine / naloxone", dose="8 mg / 2 mg", for_addiction=True)
        assert [m.name for m in current_medications(house.pat)] == ["Buprenorphine / naloxone", "Sertraline"]

    def test_another_dose_is_another_row(self, house):
        one = medicate(house, reason="low mood", started_on=TODAY - dt.timedelta(days=9))
        two = change_dose(medication=one, dose="100 mg", how="", source="prescriber", on=TODAY, by=house.bob)
        one.refresh_from_db()
        assert (one.stopped_on, one.stop_reason, one.dose) == (TODAY, "Dose changed", "50 mg")
        assert (two.started_on, two.dose, two.reason, two.by) == (TODAY, "100 mg", "low mood", house.bob)
        assert current_medications(house.pat) == [two] and past_medications(house.pat) == [one]
        assert (
            refusal_of(
                lambda: change_dose(medication=two, dose="100 mg ", how="", source="patient", on=TODAY, by=house.bob)
            )
            == "same"
        )

    def test_stopped_and_struck(self, house):
        one, two = medicate(house, started_on=TODAY), medicate(house, "Lithium")
        yesterday = TODAY - dt.timedelta(days=1)
        assert refusal_of(lambda: stop_medication(medication=one, on=yesterday, reason="x")) == "dates"
        assert refusal_of(lambda: stop_medication(medication=one, on=TODAY, reason=" ")) == "empty"
        assert refusal_of(lambda: medicate(house, " sertraline ")) == "open_already"
        assert refusal_of(lambda: medicate(house, "X", source="")) == "source"
        stop_medication(medication=one, on=TODAY, reason="Side effects")
        assert refusal_of(lambda: stop_medication(medication=one, on=TODAY, reason="x")) == "stopped"
        strike_medication(medication=two, mistake="Never took it.")
        assert refusal_of(lambda: strike_medication(medication=two, mistake="x")) == "mistaken"
        assert current_medications(house.pat) == [] and len(past_medications(house.pat)) == 2
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            one.delete()

    def test_pages(self, house, browse):
        client, page = browse(house.alice), reverse("clinical:medications", args=[house.pat.uid])
        sent = {"name": "Naltrexone", "dose": "50 mg", "for_addiction": "on", "source": "outside"}
        assert client.post(page, sent).status_code == 302
        assert "For addiction treatment" in text(client.get(page))
        one = Medication.objects.get()
        line = reverse("clinical:medication", args=[one.uid])
        sent = {"deed": "dose", "dose-dose": "100 mg", "dose-source": "outside", "dose-on": "2026-03-02"}
        assert client.post(line, sent).status_code == 302 and Medication.objects.count() == 2
        answer = client.post(line, sent)  # it is stopped by now
        assert answer.status_code == 422 and Medication.objects.count() == 2
        assert browse(house.charlie).get(page).status_code == 404
        assert browse(house.charlie).get(line).status_code == 404
        assert browse(house.coordinator).get(page).status_code == 403

    def test_names_are_never_stored_readable(self, house):
        medicate(house, "Naltrexone", reason="cravings")
        with connection.cursor() as cursor:
            cursor.execute("SELECT name || reason || dose FROM clinical_medication")
            assert "altrexone" not in cursor.fetchone()[0]

    def test_the_summary(self, house, django_assert_num_queries):
        assert summary_of(house.coordinator, house.pat) is None and summary_of(house.pat.user, house.pat) is None
        diagnose(house)
        medicate(house)
        plan = sign_one(house.pat, house.alice, "safety_plan")
        _roles = house.alice.roles
        with django_assert_num_queries(4):
            found = summary_of(house.alice, house.pat)
        assert found["safety_plan"] == {"in_force": plan, "open": None}
        assert found["relapse_plan"] == {"in_force": None, "open": None}
        assert found["documents"] == [plan] and len(found["diagnoses"]) == len(found["medications"]) == 1
