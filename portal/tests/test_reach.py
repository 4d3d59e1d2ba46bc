"""How a patient is reached, as they choose it themselves."""

import base64
import datetime as dt
import hashlib
import json

import pytest
from django.test import Client
from django.utils import timezone

from messaging.channels import push
from messaging.models import Address, Category, Channel, Policy, Preference, PushSubscription, Stop
from messaging.preferences import set_mobile, tell_browser
from portal.tests.helpers import queries, text
from tests.desk import browser_of, fields, told

PAGE = "/my/reach/"
NUMBER = "+12135550123"
KEYS = {"p256dh": "B" + "A" * 86, "auth": "A" * 22}
PUSH = "https://fcm.googleapis.com/fcm/send/abc"
ALL = [str(c) for c in (Category.REMINDER, Category.CHANGE, Category.OFFER)]


@pytest.fixture
def choices(pat_client):
    """What the page would send as it stands."""
    return {**fields(pat_client.get(PAGE), "way_0"), "lead_minutes": ["1440", "60", "10"], "wanted": ALL}


# A private key of nobody: 32 bytes, base64url.
VAPID = base64.urlsafe_b64encode(bytes(range(1, 33))).decode().rstrip("=")


def test_as_the_program_does_it_until_something_is_chosen(pat_client, house, choices):
    assert [choices[f"way_{n}"] for n in range(4)] == ["email", "sms", "push", "in_app"]
    pat_client.post(PAGE, choices)
    mine = Preference.objects.get()
    assert (mine.channels, mine.lead_minutes, mine.quiet_from, mine.quiet_until, mine.muted) == (
        None,
        None,
        None,
        None,
        [],
    )
    Policy.objects.create(program=house.program, channels=["sms", "email"], lead_minutes=[120])
    page = text(pat_client.get(PAGE))
    assert "Usual here: Text message, E-mail." in page and "Usual here: 2 hours before." in page
    assert fields(pat_client.get(PAGE), "way_0")["way_0"] == "sms"


def test_what_is_chosen_is_kept(pat_client, choices):
    mine = {"way_0": "in_app", "way_1": "email", "way_2": "", "way_3": "", "lead_minutes": ["2880", "30"]}
    answer = pat_client.post(
        PAGE,
        {**choices, **mine, "quiet_from": "20:00", "quiet_until": "10:00", "wanted": [Category.REMINDER]},
        follow=True,
    )
    assert told(answer) == ["Saved."]
    kept = Preference.objects.get()
    assert kept.channels == ["in_app", "email"] and kept.lead_minutes == [2880, 30]
    assert (kept.quiet_from, kept.quiet_until) == (dt.time(20), dt.time(10))
    assert kept.muted == ["change", "offer"]
    again = fields(answer, "way_0")
    assert (again["way_0"], again["way_1"], again["way_2"], again["quiet_from"]) == ("in_app", "email", "", "20:00")


def test_back_to_the_usual_keeps_what_is_not_wanted(pat_client, choices):
    pat_client.post(PAGE, {**choices, "way_0": "in_app", "way_3": "", "wanted": [Category.REMINDER]})
    assert "As it is usual here" in text(pat_client.get(PAGE))
    pat_client.post(PAGE, {"usual": "1"})
    kept = Preference.objects.get()
    assert kept.channels is None and kept.muted == ["change", "offer"]
    assert "As it is usual here" not in text(pat_client.get(PAGE))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"way_1": "email"}, "This way is chosen already."),
        ({"way_0": ""}, "This field is required."),
        ({"lead_minutes": []}, "Choose at least one."),
        ({"lead_minutes": ["10080", "2880", "1440", "120", "60", "30"]}, "Choose 5 at most."),
        ({"wanted": ["crisis"]}, "Select a valid choice."),
        ({"quiet_until": "soon"}, "Select a valid choice."),
    ],
)
def test_what_can_not_be_is_said_beside_it(pat_client, choices, changed, said):
    answer = pat_client.post(PAGE, {**choices, **changed})
    assert answer.status_code == 422 and said in text(answer) and not Preference.objects.exists()


def test_no_reminders_need_no_times(pat_client, choices):
    pat_client.post(PAGE, {**choices, "lead_minutes": [], "wanted": ["change"]})
    assert Preference.objects.get().lead_minutes is None and Preference.objects.get().muted == ["offer", "reminder"]


def test_only_patients_and_only_their_own(house, pat_client, choices, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    for address in (PAGE, "/my/reach/number/", "/my/reach/browsers/", "/my/notices/"):
        assert browser_of(house.alice).get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/account/login/")
    pat_client.post(PAGE, {**choices, "user": house.quinn.user_id, "way_0": "in_app", "way_3": ""})
    assert Preference.objects.get().user == house.pat.user
    set_mobile(user=house.quinn.user, number=NUMBER, consent=True)
    pat_client.post("/my/reach/number/", {"remove": "1"})
    assert Address.objects.get().user == house.quinn.user
    assert "555-0123" not in text(pat_client.get(PAGE))


def test_a_fixed_number_of_queries(pat_client, house):
    few = queries(pat_client, PAGE)
    set_mobile(user=house.pat.user, number=NUMBER, consent=True)
    for n in range(5):
        tell_browser(user=house.pat.user, endpoint=f"{PUSH}{n}", **KEYS)
    assert queries(pat_client, PAGE) == few == 13


# --- a mobile number


def test_a_number_needs_consent(pat_client, house):
    page = text(pat_client.get(PAGE))
    for words in ("automated texts", "rates may apply", "STOP", "HELP", "My care does not depend on this"):
        assert words in page
    answer = pat_client.post("/my/reach/number/", {"number": "213 555 0123"})
    assert answer.status_code == 422 and "Without your consent" in text(answer) and not Address.objects.exists()
    assert 'value="213 555 0123"' in text(answer)
    answer = pat_client.post("/my/reach/number/", {"number": "213 555 0123", "consent": "on"}, follow=True)
    assert answer.redirect_chain == [(PAGE, 302)] and "(213) 555-0123" in text(answer)
    kept = Address.objects.get()
    assert (kept.user, kept.channel, kept.value) == (house.pat.user, Channel.SMS, NUMBER)
    assert kept.consented_at == timezone.now()


def test_a_number_that_is_none(pat_client):
    answer = pat_client.post("/my/reach/number/", {"number": "555", "consent": "on"})
    assert (
        answer.status_code == 422 and "no telephone number" in text(answer) and 'id="id_number_error"' in text(answer)
    )
    assert not Address.objects.exists()


def test_a_number_is_taken_off(pat_client, house):
    set_mobile(user=house.pat.user, number=NUMBER, consent=True)
    answer = pat_client.post("/my/reach/number/", {"remove": "1"}, follow=True)
    assert told(answer) == ["Your number is taken off. You get no more texts."] and not Address.objects.exists()


def test_a_number_that_said_stop_says_how_to_resume(pat_client, house, settings):
    settings.TWILIO_FROM = "+12135550100"
    set_mobile(user=house.pat.user, number=NUMBER, consent=True)
    stop = Stop.objects.create(number=NUMBER, stopped_at=timezone.now())
    page = text(pat_client.get(PAGE))
    assert "said STOP on March 2" in page and "text START to (213) 555-0100" in page
    stop.resumed_at = timezone.now()
    stop.save()
    assert "said STOP" not in text(pat_client.get(PAGE))


def test_mail_that_came_back_is_told(pat_client, house):
    user = house.pat.user
    Address.objects.create(user=user, channel="email", value=user.email, failed_at=timezone.now(), failure="refused")
    assert "came back on March 2" in text(pat_client.get(PAGE))


# --- this browser


def tell(client, body, **kwargs):
    return client.post("/my/reach/browsers/", json.dumps(body), content_type="application/json", **kwargs)


def test_a_browser_is_offered_only_with_a_key(pat_client, settings):
    settings.VAPID_PRIVATE_KEY = ""
    assert "Tell this browser" not in text(pat_client.get(PAGE)) and "reach.js" not in text(pat_client.get(PAGE))
    settings.VAPID_PRIVATE_KEY = VAPID
    assert f'data-push-key="{push.public_key()}"' in text(pat_client.get(PAGE))


def test_a_browser_is_told(pat_client, house, settings):
    settings.VAPID_PRIVATE_KEY = VAPID
    assert tell(pat_client, {"endpoint": PUSH, "keys": KEYS}).json() == {"told": True}
    kept = PushSubscription.objects.get()
    assert (kept.user, kept.endpoint, kept.auth) == (house.pat.user, PUSH, KEYS["auth"])
    page = text(pat_client.get(PAGE))
    assert hashlib.sha256(PUSH.encode()).hexdigest() in page and PUSH not in page and "1 browser of yours" in page
    assert tell(pat_client, {"endpoint": PUSH, "remove": True}).json() == {"told": False}
    assert not PushSubscription.objects.exists()


def test_all_browsers_are_told_no_more(pat_client, house):
    tell_browser(user=house.pat.user, endpoint=PUSH, **KEYS)
    tell_browser(user=house.quinn.user, endpoint=PUSH + "q", **KEYS)
    pat_client.post("/my/reach/browsers/", {"all": "1"})
    assert PushSubscription.objects.get().user == house.quinn.user


def test_another_persons_browser_is_not_taken_off(pat_client, house):
    tell_browser(user=house.quinn.user, endpoint=PUSH, **KEYS)
    tell(pat_client, {"endpoint": PUSH, "remove": True})
    assert PushSubscription.objects.get().user == house.quinn.user


@pytest.mark.parametrize("body", [[], "x", None, {}, {"endpoint": PUSH, "keys": []}, {"endpoint": PUSH, "keys": "x"}])
def test_what_is_no_browser_is_refused(pat_client, body):
    assert tell(pat_client, body).status_code in (400, 409) and not PushSubscription.objects.exists()


def test_an_address_that_is_no_push_service_is_refused(pat_client):
    answer = tell(pat_client, {"endpoint": "https://example.org/", "keys": KEYS})
    assert answer.status_code == 409 and answer.json()["code"] == "bad_browser"
    assert tell(pat_client, {"endpoint": PUSH}).status_code == 409


def test_only_from_our_own_pages(house):
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.pat.user)
    assert tell(client, {"endpoint": PUSH, "keys": KEYS}).status_code == 403


def test_the_service_worker(client, db, settings):
    answer = client.get("/sw.js")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in answer["Content-Security-Policy"]
    body = answer.content.decode()
    assert settings.SITE_NAME in body and "respondWith(fetch(request).catch(offline))" in body
