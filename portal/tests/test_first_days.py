"""The first days of somebody new: the list, the papers, the test of devices, the lessons, and what Today says of them."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Read
from clinical.models import FollowUp
from messaging.kinds import Skip, compose
from messaging.models import Delivery
from patients.lessons import LESSONS
from patients.models import Consent, ConsentDocument, FirstStep
from patients.services import consents
from portal.first_days import first_days_of
from portal.tests.helpers import queries, sign_in, text
from rooms.models import Agreement, AgreementSignature, DeviceTest
from rooms.services import agreements
from tests.desk import browse
from tests.factories import make_patient, make_program, make_staff

__all__ = ["browse"]

pytestmark = pytest.mark.django_db
DETAILS = {"display_name": "Pax", "zone": "America/Los_Angeles", "language": "en"}


def publish(house, kind="telehealth", **words) -> ConsentDocument:
    draft = consents.start_version(program=house.program, kind=kind, by=house.admin)
    if words:
        kept = {"title": draft.title, "text": draft.text, **{n: getattr(draft, n) for n in consents.ELEMENTS}}
        consents.save_draft(document=draft, by=house.admin, **{**kept, **words})
    return consents.publish(document=draft, by=house.admin)


def write_agreement(house) -> Agreement:
    return agreements.write_version(
        program=house.program,
        text="What is said here stays here.",
        guidelines=["Come alone"],
        in_force_from=house.program.today,
        by=house.bob,
    )


# --- the list


def test_the_list_says_what_is_left_and_ticks_what_is_done(house, pat_client):
    document, agreement = publish(house), write_agreement(house)
    page = text(pat_client.get("/my/start/"))
    assert "0 of 4 done" in page and "2 to sign" in page and "0 of 5 read" in page
    assert f"/my/papers/{document.uid}/" in page and f"/my/papers/agreement/{agreement.uid}/" in page
    pat_client.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson"})
    pat_client.post(f"/my/papers/agreement/{agreement.uid}/", {"name": "Pat Peerson"})
    pat_client.post("/my/start/devices/", {"microphone": "works", "connection": "works", "camera": "off"})
    answer = pat_client.post("/my/details/", {**DETAILS, "first": "1"})
    assert answer.url == "/my/start/"
    for lesson in LESSONS:
        pat_client.post(f"/my/start/pages/{lesson.code}/")
    page = text(pat_client.get("/my/start/"))
    assert "All done." in page and "5 of 5 read" in page and page.count("is-done") == 4 + len(LESSONS)


def test_today_leads_there_until_it_is_done_and_only_while_one_is_new(house, pat_client, clock):
    assert "Your first days: 1 of 4 done." in text(pat_client.get("/my/"))
    clock.shift(dt.timedelta(days=30))
    sign_in(pat_client, house.pat.user)
    assert "/my/start/" not in text(pat_client.get("/my/")), "nobody is reminded of first days for ever"
    publish(house)
    assert "1 paper is waiting for you to read and sign." in text(pat_client.get("/my/")), "but of what is to be signed"


def test_nothing_of_it_stands_in_the_way_of_help_or_of_a_session(house, pat_client, clock):
    publish(house)
    clock.shift(dt.timedelta(minutes=55))
    sign_in(pat_client, house.pat.user)
    assert pat_client.get("/my/help/").status_code == 200
    answer = pat_client.get(f"/my/sessions/{house.session.uid}/join/")
    assert answer.url == f"/my/rooms/{house.session.uid}/door/"
    assert pat_client.get(answer.url).status_code == 200
    for page in ("/my/start/", "/my/start/devices/", f"/my/start/pages/{LESSONS[0].code}/"):
        assert 'href="tel:988"' in text(pat_client.get(page))


@pytest.mark.parametrize("many", [1, 3])
def test_a_fixed_number_of_queries(house, pat_client, many):
    write_agreement(house)
    for kind in list(ConsentDocument.Kind.values)[:many]:
        publish(house, kind)
    assert queries(pat_client, "/my/start/") == 11
    for document in consents.to_sign(house.pat):
        consents.sign(document=document, patient=house.pat, name="Pat Peerson", by=house.pat.user)
    assert queries(pat_client, "/my/papers/") == 13


# --- papers


def test_reading_signing_and_reading_again(house, pat_client):
    document = publish(house, "sharing")
    page = text(pat_client.get(f"/my/papers/{document.uid}/"))
    for _label, said in document.elements:
        assert said.splitlines()[0] in page.replace("&#x27;", "'")
    answer = pat_client.post(f"/my/papers/{document.uid}/", {"name": "  Pat   Peerson "}, follow=True)
    assert "Signed." in text(answer)
    consent = Consent.objects.get()
    assert (consent.name, consent.document, consent.patient) == ("Pat Peerson", document, house.pat)
    assert pat_client.get(f"/my/papers/{document.uid}/").url == f"/my/papers/signed/{consent.uid}/"
    page = text(pat_client.get(f"/my/papers/signed/{consent.uid}/"))
    assert "Signed by Pat Peerson on March 2, 2026." in page and "42 CFR Part 2" in page


def test_an_empty_name_signs_nothing(house, pat_client):
    document = publish(house)
    answer = pat_client.post(f"/my/papers/{document.uid}/", {"name": " "})
    assert answer.status_code == 422 and "Write your name to sign." in text(answer)
    assert not Consent.objects.exists()


def test_a_new_version_asks_again_and_keeps_the_old(house, pat_client):
    old = publish(house)
    pat_client.post(f"/my/papers/{old.uid}/", {"name": "Pat Peerson"})
    new = publish(house, text="Other words.")
    assert consents.to_sign(house.pat) == [new]
    page = text(pat_client.get(f"/my/papers/{new.uid}/"))
    assert "There is a new version." in page and "Other words." in page
    consent = Consent.objects.get()
    assert "nothing is recorded" in text(pat_client.get(f"/my/papers/signed/{consent.uid}/"))


def test_the_page_of_a_version_that_was_replaced_leads_to_the_new_one(house, pat_client):
    old, new = publish(house), publish(house, text="Other words.")
    answer = pat_client.post(f"/my/papers/{old.uid}/", {"name": "Pat Peerson"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/my/papers/{new.uid}/" and "newer version" in text(answer)
    assert not Consent.objects.exists(), "nobody signs what they did not read"


def test_taking_a_consent_back_is_dated_and_staff_are_told(house, pat_client):
    document = publish(house, "sharing")
    pat_client.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson"})
    consent = Consent.objects.get()
    answer = pat_client.post(f"/my/papers/signed/{consent.uid}/", {"words": "Not to my insurance."}, follow=True)
    assert "Taken back on March 2, 2026." in text(answer)
    consent.refresh_from_db()
    assert consent.withdrawn_at == timezone.now() and consent.withdrawn_words == "Not to my insurance."
    task = FollowUp.objects.get()
    assert (task.patient, task.owner) == (house.pat, house.alice) and document.title in task.words
    told = Delivery.objects.filter(kind="consent_withdrawn")
    assert {one.recipient for one in told} == {house.alice, house.admin}
    assert compose(told.first()).path == f"/desk/people/{house.pat.uid}/start/"
    assert consents.to_sign(house.pat) == [], "nobody is pressed to sign again what they took back"
    assert "Sign it again" in text(answer)
    pat_client.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson"})
    assert Consent.objects.standing().get().document == document and Consent.objects.count() == 2
    consents.handle_withdrawal(consent=consent, relied_until=house.program.today, by=house.alice)
    assert compose(told.first()) == Skip("dealt with")


def test_twice_taken_back_is_refused_in_words(house, pat_client):
    document = publish(house)
    pat_client.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson"})
    address = f"/my/papers/signed/{Consent.objects.get().uid}/"
    pat_client.post(address, {"words": ""})
    assert pat_client.post(address, {"words": ""}).status_code == 422
    assert FollowUp.objects.count() == 1


def test_a_withdrawal_holds_where_nobody_can_have_the_task(house, pat_client):
    document = publish(house)
    pat_client.post(f"/my/papers/{document.uid}/", {"name": "Pat Peerson"})
    house.pat_episode.ended_on = house.program.today
    house.pat_episode.save()
    pat_client.post(f"/my/papers/signed/{Consent.objects.get().uid}/", {"words": ""})
    assert Consent.objects.get().withdrawn_at and not FollowUp.objects.exists()
    assert Delivery.objects.filter(kind="consent_withdrawn", recipient=house.admin).exists()


def test_somebody_elses_papers_are_not_there(house, client, pat_client):
    document = publish(house)
    consent = consents.sign(document=document, patient=house.quinn, name="Quinn Quill", by=house.quinn.user)
    assert pat_client.get(f"/my/papers/signed/{consent.uid}/").status_code == 404
    assert pat_client.post(f"/my/papers/signed/{consent.uid}/", {"words": ""}).status_code == 404
    consent.refresh_from_db()
    assert consent.withdrawn_at is None
    elsewhere = make_program("Elsewhere")
    zed = make_patient(elsewhere, make_staff(elsewhere), "Zed").patient
    sign_in(client, zed.user)
    assert client.get(f"/my/papers/{document.uid}/").status_code == 404
    draft = consents.start_version(program=house.program, kind="treatment", by=house.admin)
    sign_in(client, house.pat.user)
    assert client.get(f"/my/papers/{draft.uid}/").status_code == 404, "a draft is nobody's to sign"


def test_the_agreement_signed_here_is_not_asked_for_at_the_door(house, pat_client):
    agreement = write_agreement(house)
    pat_client.post(f"/my/papers/agreement/{agreement.uid}/", {"name": "Pat Peerson"})
    assert AgreementSignature.objects.get().patient == house.pat
    assert agreements.to_sign(house.program.pk, house.pat) is None
    assert "Signed by Pat Peerson" in text(pat_client.get(f"/my/papers/agreement/{agreement.uid}/"))


# --- devices


def test_what_was_tried_is_kept_and_what_helps_is_said(house, pat_client):
    answer = pat_client.post(
        "/my/start/devices/",
        {"camera": "denied", "microphone": "trouble", "speaker": "works", "connection": "works"},
        follow=True,
    )
    page = text(answer)
    assert "What helps" in page and "Allow it in the browser, and look for a mute switch" in page
    assert "Sit nearer to the router" not in page
    assert "not everything works yet" in text(pat_client.get("/my/start/"))
    pat_client.post("/my/start/devices/", {"camera": "off", "microphone": "works", "connection": "works"})
    assert first_days_of(house.pat).devices_work and DeviceTest.objects.count() == 2


@pytest.mark.parametrize("sent", [{}, {"camera": "splendid"}, {"camera": ""}])
def test_nothing_tried_or_nonsense_is_not_kept(house, pat_client, sent):
    assert pat_client.post("/my/start/devices/", sent).status_code == 422
    assert not DeviceTest.objects.exists()


# --- lessons and details


def test_lessons_lead_from_one_to_the_next(house, pat_client):
    address = f"/my/start/pages/{LESSONS[0].code}/"
    seen = []
    for _n in LESSONS:
        page = text(pat_client.get(address))
        seen.append(address.split("/")[-2])
        assert "You have read this" not in page
        address = pat_client.post(address).url
    assert seen == [lesson.code for lesson in LESSONS] and address == "/my/start/"
    assert "You have read this" in text(pat_client.get(f"/my/start/pages/{LESSONS[0].code}/"))
    pat_client.post(f"/my/start/pages/{LESSONS[0].code}/")
    assert FirstStep.objects.filter(patient=house.pat).count() == len(LESSONS)
    assert pat_client.get("/my/start/pages/nothing/").status_code == 404


def test_what_they_tell_their_team_is_kept_encrypted_and_read_by_the_team(house, pat_client, browse):
    said = {"needs": "Captions, please.", "background": "My grandmother’s kitchen in Oaxaca", "interests": "Bikes"}
    pat_client.post("/my/details/", {**DETAILS, **said})
    house.pat.refresh_from_db()
    assert {name: getattr(house.pat, name) for name in said} == said
    with connection.cursor() as cursor:
        cursor.execute("SELECT needs, background, interests FROM patients_patient WHERE id = %s", [house.pat.pk])
        stored = " ".join(cursor.fetchone())
    assert not any(words in stored for words in ("Captions", "Oaxaca", "Bikes"))
    page = text(browse(house.alice).get(f"/desk/people/{house.pat.uid}/"))
    assert all(words in page for words in said.values())
    assert "Oaxaca" in text(pat_client.get("/my/details/"))


def test_too_much_is_said_beside_its_field_and_kept(house, pat_client):
    answer = pat_client.post("/my/details/", {**DETAILS, "background": "x" * 2001})
    page = text(answer)
    assert 'id="id_background_error"' in page and "x" * 2001 in page
    assert not FirstStep.objects.exists()


def test_the_readings_are_on_the_record(house, pat_client):
    for page in ("/my/start/", "/my/papers/", "/my/start/devices/"):
        pat_client.get(page)
        assert Read.objects.latest("pk").path == page
