"""The pages of alerts, concerns and on-call shifts; and the patient's page with help."""

import datetime as dt

import pytest
from django.utils import timezone

from audit.models import Read
from clinical.models import ClinicalPolicy, Level, OnCallShift, RiskAlert
from clinical.services import risk
from tests.desk import Readings, count, more_people, text
from tests.factories import PASSWORD

WORDS = "Spoke of giving up."


@pytest.fixture
def alert(house) -> RiskAlert:
    return risk.raise_concern(patient=house.pat, level=Level.HIGH, words=WORDS, by=house.alice)


def page(alert: RiskAlert) -> str:
    return f"/desk/alerts/{alert.uid}/"


def test_doors(house, browse, alert):
    assert browse(None).get("/desk/alerts/")["Location"].startswith("/account/login/")
    for wrong in (house.billing, house.pat.user):
        assert browse(wrong).get("/desk/alerts/").status_code == 403
        assert browse(wrong).get(page(alert)).status_code == 403
    assert browse(house.charlie).get(page(alert)).status_code == 404
    assert "Peerson" not in text(browse(house.charlie).get("/desk/alerts/"))
    for reader in (house.alice, house.bob):
        assert browse(reader).get(page(alert)).status_code == 200


def test_an_admin_sees_that_there_is_one_and_never_what_was_said(house, browse, alert):
    client = browse(house.admin)
    seen = text(client.get("/desk/alerts/"))
    assert "Peerson" in seen and WORDS not in seen
    assert client.get(page(alert)).status_code == 403


def test_opening_one_is_read_and_a_step(house, browse, alert):
    readings = Readings()
    assert WORDS in text(browse(house.bob).get(page(alert)))
    assert readings.of(house.bob) == {"Pat"} and Read.objects.latest("pk").what == Read.What.RISK
    assert alert.steps.filter(what="seen", by=house.bob).count() == 1


def test_from_taking_it_on_to_the_disposition(house, browse, alert):
    client = browse(house.alice)
    assert "I take it on" in text(client.get(page(alert)))
    client.post(page(alert), {"deed": "acknowledge"})
    client.post(page(alert), {"deed": "step", "what": "spoke", "words": "Safe tonight."})
    answer = client.post(page(alert), {"deed": "step", "what": "spoke", "words": ""})
    assert answer.status_code == 422
    close = {"deed": "close", "disposition": "continue", "words": "Low now."}
    answer = client.post(page(alert), close | {"password": "wrong"})
    assert answer.status_code == 422 and "Low now." in text(answer) and "not your password" in text(answer)
    alert.refresh_from_db()
    assert alert.closed_at is None
    client.post(page(alert), close | {"password": PASSWORD})
    alert.refresh_from_db()
    assert (alert.disposition, alert.closed_by) == ("continue", house.alice)
    assert [s.what for s in alert.steps.exclude(what__in=("told", "seen"))] == [
        *("raised", "acknowledged", "spoke", "closed"),
    ]
    assert "Low now." in text(client.get(page(alert)))


def test_there_is_no_way_to_dismiss_it(house, browse, alert):
    client = browse(house.alice)
    client.post(page(alert), {"deed": "acknowledge"})
    for data in ({"deed": "close"}, {"deed": "close", "words": "x"}, {"deed": "close", "disposition": "continue"}):
        assert client.post(page(alert), data | {"password": PASSWORD}).status_code == 422
    alert.refresh_from_db()
    assert alert.closed_at is None


def test_whoever_sees_the_person_raises_a_concern(house, browse):
    address = f"/desk/people/{house.pat.uid}/concern/"
    answer = browse(house.admin).post(address, {"level": "2", "words": ""})
    assert answer.status_code == 422 and not RiskAlert.objects.exists()
    answer = browse(house.admin).post(address, {"level": "2", "words": WORDS})
    assert answer["Location"] == "/desk/alerts/"
    assert RiskAlert.objects.get().words == WORDS
    assert browse(house.charlie).post(address, {"level": "2", "words": WORDS}).status_code == 404


def test_a_fixed_number_of_queries(house, browse, alert):
    risk.acknowledge(alert=alert, by=house.alice)  # from here on one can sign on the page
    client = browse(house.alice)
    risk.acknowledge(alert=alert, by=house.alice)  # the form that closes it asks for a proof
    client.get(page(alert))
    few = count(client, "/desk/alerts/"), count(client, page(alert))
    for person in more_people(house, 4):
        risk.raise_concern(patient=person, level=Level.LOW, words=WORDS, by=house.bob)
    for _n in range(4):
        risk.add_step(alert=alert, what="noted", words="x", by=house.bob)
    assert (count(client, "/desk/alerts/"), count(client, page(alert))) == few


# --- on call


def test_on_call_is_set_by_supervisors_and_admins(house, browse):
    assert browse(house.alice).get("/desk/on-call/").status_code == 403
    client = browse(house.bob)
    begin = timezone.localtime() + dt.timedelta(days=1)
    shift = {"deed": "shift", "program": house.program.pk, "user": house.charlie.pk}
    times = {"starts_at": f"{begin:%Y-%m-%dT%H:%M}", "ends_at": f"{begin + dt.timedelta(hours=12):%Y-%m-%dT%H:%M}"}
    assert client.post("/desk/on-call/", shift | times).status_code == 302
    found = OnCallShift.objects.get()
    assert (found.user, found.ends_at - found.starts_at) == (house.charlie, dt.timedelta(hours=12))
    back = {"starts_at": times["ends_at"], "ends_at": times["starts_at"]}
    assert "ends after it begins" in text(client.post("/desk/on-call/", shift | back))
    assert client.post("/desk/on-call/", shift | times | {"user": house.billing.pk}).status_code == 422
    client.post(f"/desk/on-call/{found.uid}/end/")
    assert not OnCallShift.objects.exists()


def test_a_shift_that_has_begun_ends_now_and_stays_known(house, browse):
    now = timezone.now()
    shift = OnCallShift.objects.create(
        program=house.program,
        user=house.alice,
        starts_at=now - dt.timedelta(hours=2),
        ends_at=now + dt.timedelta(hours=2),
    )
    browse(house.bob).post(f"/desk/on-call/{shift.uid}/end/")
    shift.refresh_from_db()
    assert shift.ends_at == now and risk.on_call(house.program, now) == [house.bob.pk]


def test_the_programs_own_line_is_shown_to_its_patients(house, browse, settings):
    settings.CLINIC_PHONE = "555-0100"
    assert "555-0100" in text(browse(house.pat.user).get("/my/help/"))
    browse(house.bob).post(
        "/desk/on-call/", {"deed": "phone", "program": house.program.uid, "crisis_phone": "555-0199"}
    )
    assert ClinicalPolicy.of(house.program.pk).crisis_phone == "555-0199"
    shown = text(browse(house.pat.user).get("/my/"))
    assert "555-0199" in shown and "555-0100" not in shown


def test_a_line_nobody_can_call_comes_back_as_it_was_typed(house, browse):
    for typed in ("ask at the desk", "5" * 40):
        answer = browse(house.bob).post(
            "/desk/on-call/", {"deed": "phone", "program": house.program.uid, "crisis_phone": typed}
        )
        assert answer.status_code == 422 and typed in text(answer) and "is-invalid" in text(answer)
    assert ClinicalPolicy.of(house.program.pk).crisis_phone == ""


# --- the patient's page


def test_one_press_tells_the_team(house, browse):
    client = browse(house.pat.user)
    before = text(client.get("/my/help/"))
    assert "tel:988" in before and "sms:988" in before and "tel:911" in before and "I need somebody" in before
    for _turn in range(2):
        assert client.post("/my/help/")["Location"] == "/my/help/"
    raised = RiskAlert.objects.get()
    assert (raised.patient, raised.level, raised.source) == (house.pat, Level.HIGH, "own")
    after = text(client.get("/my/help/"))
    assert "Your team knows" in after and "Somebody will contact you" in after
    risk.acknowledge(alert=raised, by=house.alice)
    assert "took it on" in text(client.get("/my/help/"))


def test_an_alert_that_is_open_keeps_nobody_from_asking_now(house, clock, browse):
    """Yesterday's answer in a form is known and taken on; who asks for help today is heard today."""
    old = risk.raise_concern(patient=house.pat, level=Level.LOW, words="Flat.", by=house.alice)
    risk.acknowledge(alert=old, by=house.alice)
    clock.shift(dt.timedelta(days=1))
    client = browse(house.pat.user)
    before = text(client.get("/my/help/"))
    assert "They were told on Monday" in before and "I still need somebody" in before
    client.post("/my/help/")
    raised = RiskAlert.objects.exclude(pk=old.pk).get()
    assert (raised.source, raised.level, raised.acknowledged_at) == ("own", Level.HIGH, None)
    assert "They were told on Tuesday" in text(client.get("/my/help/"))


def test_a_peer_learns_nothing(house, browse):
    risk.raise_own(patient=house.pat)
    assert "Your team knows" not in text(browse(house.quinn.user).get("/my/help/"))
    assert browse(house.alice).get("/my/help/").status_code == 403


def test_every_patient_page_leads_there(house, browse):
    for address in ("/my/", "/my/week/", "/my/hours/", "/my/check-ins/"):
        assert "/my/help/" in text(browse(house.pat.user).get(address))
