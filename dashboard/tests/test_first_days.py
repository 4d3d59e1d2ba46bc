"""Somebody's first days on their team's page, and wording what people consent to."""

import datetime as dt

import pytest
from django.utils import timezone

from messaging.models import Delivery
from patients.models import Consent, ConsentDocument, Invitation
from patients.services import consents, invitations
from rooms.services.device_tests import keep_test
from tests.desk import Readings, count, fields, text, told
from tests.factories import make_program, make_staff


def address(patient) -> str:
    return f"/desk/people/{patient.uid}/start/"


@pytest.fixture
def consent(house) -> Consent:
    draft = consents.start_version(program=house.program, kind="sharing", by=house.admin)
    document = consents.publish(document=draft, by=house.admin)
    return consents.sign(document=document, patient=house.pat, name="Pat Peerson", by=house.pat.user)


def test_doors(house, browse):
    page = address(house.pat)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for wrong in (house.billing, house.pat.user):
        assert browse(wrong).get(page).status_code == 403
    for stranger in (house.charlie, house.coordinator):
        assert browse(stranger).get(page).status_code == 404
        assert browse(stranger).post(page, {"do": "invite", "channel": "email"}).status_code == 404
    readings = Readings()
    for reader in (house.alice, house.bob, house.admin):
        assert browse(reader).get(page).status_code == 200
    assert readings.of(house.alice) == {"Pat"}
    assert not Invitation.objects.exists()


def test_inviting_inviting_anew_and_taking_it_back(house, browse):
    client, page = browse(house.alice), address(house.pat)
    answer = client.post(page, {"do": "invite", "channel": "email"}, follow=True)
    assert told(answer) == ["The link is on its way. It works once, for seven days."]
    first = Invitation.objects.get()
    assert Delivery.objects.get(kind="account_invitation").subject_id == first.pk
    assert "Send a new link" in text(answer)
    client.post(page, {"do": "invite", "channel": "email"})
    second = Invitation.objects.standing().get()
    assert second != first
    client.post(page, {"do": "revoke", "invitation": second.uid})
    second.refresh_from_db()
    assert second.revoked_at
    assert client.post(page, {"do": "revoke", "invitation": house.pat.uid}).status_code == 404
    assert client.post(page, {"do": "revoke", "invitation": "nonsense"}).status_code == 404


def test_what_can_not_be_sent_is_said_in_words(house, browse):
    client, page = browse(house.alice), address(house.pat)
    for sent, said in (
        ({}, "Choose e-mail or text."),
        ({"channel": "pigeon"}, "Select a valid choice"),
        ({"channel": "sms"}, "No phone is on their record."),
    ):
        answer = client.post(page, {"do": "invite", **sent})
        assert answer.status_code == 422 and said in text(answer)


def test_a_locked_link_says_what_to_do(house, browse):
    invitation = invitations.invite(patient=house.pat, channel="email", by=house.alice)
    for _n in range(5):
        invitations._compare(invitation, dt.date(1991, 1, 1))
    page = text(browse(house.alice).get(address(house.pat)))
    assert "Five wrong birth dates. Call them at a number you know" in page


def test_who_has_no_way_in_is_shown_on_the_persons_page(house, browse):
    house.pat.user.set_unusable_password()
    house.pat.user.save()
    page = text(browse(house.alice).get(f"/desk/people/{house.pat.uid}/"))
    assert "They can’t sign in yet." in page and address(house.pat) in page
    assert "They can’t sign in yet." not in text(browse(house.alice).get(f"/desk/people/{house.quinn.uid}/"))


def test_devices_lessons_and_consents_are_read_here(house, browse, consent):
    keep_test(patient=house.pat, microphone="trouble", connection="works")
    page = text(browse(house.alice).get(address(house.pat)))
    assert "<strong>Trouble</strong>" in page and "Signed as “Pat Peerson”" in page and "42 CFR Part 2" in page


def test_a_withdrawal_waits_on_both_pages_until_somebody_dealt_with_it(house, browse, consent):
    consents.withdraw(consent=consent, words="Not my insurance.", by=house.pat.user)
    client = browse(house.alice)
    assert "They took back a signed consent" in text(client.get(f"/desk/people/{house.pat.uid}/"))
    assert "Not my insurance." in text(client.get(address(house.pat)))
    today = timezone.localdate()
    tomorrow = (today + dt.timedelta(days=1)).isoformat()
    sent = {"do": "handle", "consent": consent.uid, "relied_until": tomorrow}
    answer = client.post(address(house.pat), sent)
    assert answer.status_code == 422 and "This day is not between" in text(answer) and tomorrow in text(answer)
    client.post(address(house.pat), {**sent, "relied_until": today.isoformat()})
    consent.refresh_from_db()
    assert (consent.relied_until, consent.handled_by) == (today, house.alice)
    assert "They took back" not in text(client.get(f"/desk/people/{house.pat.uid}/"))
    assert client.post(address(house.quinn), sent).status_code == 404, "not on another person's page"


@pytest.mark.parametrize("many", [1, 4])
def test_a_fixed_number_of_queries(house, browse, consent, many):
    for _n in range(many):
        invitations.invite(patient=house.pat, channel="email", by=house.alice)
    client = browse(house.alice)
    assert count(client, address(house.pat)) == 12


# --- wording


def test_wording_a_consent_from_the_first_draft_to_publishing(house, browse):
    client = browse(house.bob)
    answer = client.post("/desk/papers/", {"program": house.program.uid, "kind": "sharing"})
    draft = ConsentDocument.objects.get()
    assert answer["Location"] == f"/desk/papers/{draft.uid}/"
    sent = fields(client.get(answer["Location"]), "title")
    assert sent["text"].startswith("A federal law (42 CFR Part 2)")
    sent["recipients"] = ""
    answer = client.post(f"/desk/papers/{draft.uid}/", {**sent, "do": "publish", "title": "To share"})
    assert answer.status_code == 422 and "It can’t be published without this: with whom." in text(answer)
    draft.refresh_from_db()
    assert draft.title == "To share" and not draft.published_at, "what was typed is kept"
    sent |= {"recipients": "Those who treat me.", "still_same": "on"}
    answer = client.post(f"/desk/papers/{draft.uid}/", {**sent, "do": "publish"})
    assert answer["Location"] == "/desk/papers/"
    draft.refresh_from_db()
    assert draft.published_by == house.bob
    page = client.get(f"/desk/papers/{draft.uid}/")
    assert "Those who treat me." in text(page) and "<textarea" not in text(page)
    assert client.post(f"/desk/papers/{draft.uid}/", {"do": "discard"}).status_code == 302
    assert ConsentDocument.objects.filter(pk=draft.pk).exists()


def test_wording_both_languages_and_giving_a_version_one_it_lacks(house, browse):
    client = browse(house.bob)
    address = client.post("/desk/papers/", {"program": house.program.uid, "kind": "telehealth"})["Location"]
    sent = fields(client.get(address), "title")
    assert sent["es_text"].startswith("Nos reunimos por video")
    answer = client.post(address, {**sent, "text": "Other words.", "do": "publish"})
    assert answer.status_code == 422 and "The English was changed and the Spanish was not." in text(answer)
    answer = client.post(address, {**sent, "es_text": "", "do": "publish"})
    assert answer.status_code == 422 and "It can’t be published without this: text (Spanish)." in text(answer)
    assert client.post(address, {**sent, "es_title": "", "es_text": "", "do": "publish"}).status_code == 302
    document = ConsentDocument.objects.get()
    assert document.published_at and not document.wordings.exists()
    answer = client.post(address, {"do": "word", "title": "Por video", "text": ""})
    assert answer.status_code == 422 and "Por video" in text(answer), "nothing typed is lost"
    client.post(address, {"do": "word", "title": "Por video", "text": "Nos vemos por video."})
    assert document.wordings.get().text == "Nos vemos por video."
    page = text(client.get(address))
    assert "Nos vemos por video." in page and "<textarea" not in page, "once kept it never changes"


def test_for_our_own_words_the_spanish_is_offered_later_too(house, browse):
    draft = consents.start_version(program=house.program, kind="sharing", by=house.admin)
    offered = consents.words_of(draft.wordings.get())
    consents.save_draft(document=draft, by=house.admin, **consents.words_of(draft))
    document = consents.publish(document=draft, by=house.admin)
    client, address = browse(house.bob), f"/desk/papers/{document.uid}/"
    sent = fields(client.get(address), "title")
    assert {name: sent[name].replace("\r\n", "\n") for name in offered} == offered
    assert client.post(address, {**sent, "do": "word"}).status_code == 302
    assert consents.words_of(document.wordings.get()) == offered


def test_a_draft_is_thrown_away(house, browse):
    draft = consents.start_version(program=house.program, kind="treatment", by=house.admin)
    browse(house.admin).post(f"/desk/papers/{draft.uid}/", {"do": "discard"})
    assert not ConsentDocument.objects.exists()


def test_doors_of_the_wording(house, browse):
    draft = consents.start_version(program=house.program, kind="treatment", by=house.admin)
    elsewhere = make_staff(make_program("Elsewhere"), "program_admin")
    for page in ("/desk/papers/", f"/desk/papers/{draft.uid}/"):
        for wrong in (house.alice, house.coordinator, house.billing, house.pat.user):
            assert browse(wrong).get(page).status_code == 403
    assert browse(elsewhere).get(f"/desk/papers/{draft.uid}/").status_code == 404
    assert (
        browse(elsewhere).post("/desk/papers/", {"program": house.program.uid, "kind": "treatment"}).status_code == 404
    )
    assert "Day track" not in text(browse(elsewhere).get("/desk/papers/"))
