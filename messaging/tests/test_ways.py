"""The way a message leaves by: the person's order, what they said no to, and what a provider says of an address."""

import base64
import datetime as dt
import json

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone

from messaging.channels import push
from messaging.models import Address, Category, Delivery, Notice, Preference, Provider, PushSubscription, Stop
from messaging.services import SENDING_LEASE, plan, send_due
from messaging.tests.http_server import stand_in
from messaging.tests.test_outbox import CALL, composed_as

NUMBER = "+12135550123"
HOUR = dt.timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def pat(house, mail):
    """Pat, who takes texts, then mail; it is 8:00 where Pat is."""
    user = house.pat.user
    Address.objects.create(user=user, channel="sms", value=NUMBER, consented_at=timezone.now())
    Preference.objects.create(user=user, channels=["sms", "email"])
    return user


def message(user, variant=1, **fields) -> Delivery:
    """One message of the kind "test", due now."""
    now = timezone.now()
    values = {"kind": "test", "subject_id": 1, "due_at": now, "expires_at": now + 48 * HOUR}
    plan([Delivery(recipient=user, variant=variant, **values | fields)])
    return Delivery.objects.get(kind="test", variant=variant)


def sent(user, category=Category.CHANGE, variant=1, **fields) -> Delivery:
    """What became of one message of that category, once nothing is due any more."""
    delivery = message(user, variant, **fields)
    with composed_as(CALL, category):
        send_due()
    delivery.refresh_from_db()
    return delivery


def browser(user, server, path="/push/1") -> PushSubscription:
    """A browser of the person, with keys of its own."""
    point = (
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    key, auth = (base64.urlsafe_b64encode(raw).rstrip(b"=").decode() for raw in (point, b"0123456789abcdef"))
    return PushSubscription.objects.create(user=user, endpoint=server.url + path, p256dh=key, auth=auth)


# --- texts


def test_a_text_leaves_by_twilio(pat, twilio, mail):
    delivery = sent(pat)
    (asked,) = twilio.taken
    assert asked.path == f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
    assert (asked.form["To"], asked.form["From"]) == (NUMBER, "+15005550006")
    assert asked.form["Body"].startswith("My schedule: Some words soon. Details: ")
    assert (delivery.state, delivery.channel, delivery.attempts) == ("sent", "sms", 1)
    assert delivery.provider_ref.startswith("SM")
    assert mail.all() == []


def test_a_messaging_service_is_named_as_one(pat, twilio, settings):
    settings.TWILIO_FROM = "MG" + "1" * 32
    assert sent(pat).channel == "sms"
    assert twilio.taken[0].form["MessagingServiceSid"] == settings.TWILIO_FROM


@pytest.mark.parametrize("why", ["not configured", "no consent", "refused", "stopped", "no number"])
def test_no_text_without_a_number_that_may_be_texted(pat, twilio, settings, why):
    if why == "not configured":
        settings.TWILIO_AUTH_TOKEN = ""
    if why == "no consent":
        Address.objects.update(consented_at=None)
    if why == "refused":
        Address.objects.update(failed_at=timezone.now(), failure="number refused")
    if why == "stopped":
        Stop.objects.create(number=NUMBER, stopped_at=timezone.now())
    if why == "no number":
        Address.objects.all().delete()
    assert (sent(pat).channel, twilio.asked) == ("email", 0)


def test_a_number_that_said_start_is_texted_again(pat, twilio):
    Stop.objects.create(number=NUMBER, stopped_at=timezone.now() - HOUR, resumed_at=timezone.now())
    assert sent(pat).channel == "sms"


def test_a_number_that_is_none_is_kept_as_refused_and_the_next_way_taken(pat, twilio, mail):
    twilio.manner = "not a number"
    delivery = sent(pat)
    assert (delivery.state, delivery.channel, delivery.tried) == ("sent", "email", ["sms"])
    assert Address.objects.get().failure == "number refused"
    assert len(mail.all()) == 1
    assert (sent(pat, variant=2).channel, twilio.asked) == ("email", 1)  # it is not asked again


def test_who_said_stop_to_twilio_is_stopped_here(pat, twilio):
    twilio.manner = "unsubscribed"
    assert sent(pat).channel == "email"
    assert Stop.objects.get(number=NUMBER).resumed_at is None
    assert Address.objects.get().failed_at is None  # START opens it again


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        ("busy", "HTTP 429 (20429)"),
        ("broken", "HTTP 500 (0)"),
        ("down", "HTTP 503 (0)"),
        ("wrong key", "HTTP 401 (20003)"),
    ],
)
def test_what_twilio_did_not_take_is_tried_again(pat, twilio, clock, manner, reason, caplog):
    twilio.manner = manner
    delivery = sent(pat)
    assert (delivery.state, delivery.reason, delivery.attempts) == ("planned", reason, 1)
    assert NUMBER not in caplog.text
    twilio.manner = "fine"
    clock.shift(HOUR)
    with composed_as(CALL):
        assert send_due() == {"sent": 1}
    assert len(twilio.taken) == 1


@pytest.mark.parametrize("manner", ["drop", "silent", "gateway", "nonsense"])
def test_what_twilio_may_have_taken_is_unknown_and_never_sent_again(pat, twilio, clock, settings, manner):
    settings.SMS_TIMEOUT = 0.3
    twilio.manner = manner
    assert sent(pat).state == "unknown"
    twilio.manner = "fine"
    clock.shift(HOUR)
    with composed_as(CALL):
        assert send_due() == {}
    assert len(twilio.taken) == 1


def test_no_twilio_at_all_is_certain(pat, twilio, settings):
    with stand_in() as gone:
        settings.TWILIO_API_URL = gone.url
    assert sent(pat).state == "planned"


def test_a_text_of_a_worker_that_died_is_a_question_for_a_person(pat, twilio, clock):
    message(pat, state="sending", channel="sms", attempts=1)
    with composed_as(CALL):
        assert send_due() == {"unknown": 1}
    assert twilio.asked == 0


def test_a_sending_lease_outlasts_every_provider(settings):
    answers = 10  # of a mail server: greeting, hello, TLS, hello, name and key, sender, recipient, "go on", taken
    assert dt.timedelta(seconds=settings.EMAIL_TIMEOUT * answers) < SENDING_LEASE
    assert dt.timedelta(seconds=2 * settings.SMS_TIMEOUT) < SENDING_LEASE
    assert dt.timedelta(seconds=2 * 5 * settings.PUSH_TIMEOUT) < SENDING_LEASE


# --- whose wish it is


def test_the_persons_order_holds(pat, twilio):
    Preference.objects.update(channels=["email", "sms"])
    assert sent(pat).channel == "email"
    Preference.objects.update(channels=["in_app"])
    assert sent(pat, variant=2).channel == "in_app"


@pytest.mark.parametrize("category", [Category.REMINDER, Category.CHANGE, Category.OFFER])
def test_who_said_no_is_not_told(pat, twilio, category):
    Preference.objects.update(muted=[str(category)])
    delivery = sent(pat, category)
    assert (delivery.state, delivery.reason) == ("skipped", "opted out")
    others = {Category.REMINDER, Category.CHANGE, Category.OFFER, Category.STAFF} - {category}
    for number, other in enumerate(sorted(others), start=2):
        assert sent(pat, other, variant=number).state == "sent"


def test_nobody_is_woken_by_news(pat, twilio, clock):
    clock.move_to(timezone.now() + 15 * HOUR)  # 23:00
    assert sent(pat).channel == "email"
    assert sent(pat, Category.REMINDER, variant=2).channel == "sms"  # its planner saw to it


def test_news_that_would_only_lie_on_a_page_waits_for_the_morning(pat, twilio, clock):
    Preference.objects.update(channels=["sms"])
    clock.move_to(timezone.now() + 15 * HOUR)  # 23:00
    delivery = sent(pat)
    assert (delivery.state, delivery.reason, delivery.due_at) == ("planned", "quiet hours", timezone.now() + 9 * HOUR)
    clock.shift(9 * HOUR)
    with composed_as(CALL):
        assert send_due() == {"sent": 1}
    delivery.refresh_from_db()
    assert (delivery.channel, delivery.reason) == ("sms", "")
    clock.move_to(timezone.now() + 15 * HOUR)
    soon = timezone.now() + HOUR
    assert sent(pat, variant=3, expires_at=soon).channel == "in_app"  # the morning would be too late


def test_a_crisis_passes_stop_opt_outs_quiet_hours_and_the_rate(pat, twilio, clock, settings):
    settings.PROVIDER_RATES = {"sms": 1}
    Provider.objects.create(name="sms", next_at=timezone.now() + 24 * HOUR)
    Stop.objects.create(number=NUMBER, stopped_at=timezone.now())
    Preference.objects.update(channels=["in_app", "email"], muted=["reminder", "change", "offer"])
    clock.move_to(timezone.now() + 15 * HOUR)
    assert sent(pat, Category.CRISIS).channel == "email"
    type(pat).objects.filter(pk=pat.pk).update(email="")
    assert sent(pat, Category.CRISIS, variant=2).channel == "sms"
    assert len(twilio.taken) == 1


def test_a_crisis_does_not_wait_for_a_provider_that_is_down(pat, twilio):
    Provider.objects.create(name="sms", failures=9, open_until=timezone.now() + HOUR)
    assert sent(pat, Category.CRISIS).channel == "email"


# --- on my pages


def test_the_last_resort_is_the_persons_own_page(pat):
    type(pat).objects.filter(pk=pat.pk).update(email="")
    delivery = sent(pat)
    assert (delivery.state, delivery.channel, delivery.attempts) == ("sent", "in_app", 1)
    notice = Notice.objects.get()
    assert (notice.user, notice.delivery, notice.text) == (pat, delivery, "Some words soon.")
    assert delivery.provider_ref == f"notice-{notice.pk}"


def test_a_page_is_written_in_one_piece_with_the_row(pat, monkeypatch):
    """Either both or none: what breaks between them leaves no notice."""
    from messaging.services import sending

    type(pat).objects.filter(pk=pat.pk).update(email="")
    end = sending._end

    def stumbles(delivery, state, **fields):
        if state == "sent":
            raise ZeroDivisionError
        return end(delivery, state, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_end", stumbles)
        assert sent(pat).state == "planned"
    assert not Notice.objects.exists()


# --- browsers


@pytest.fixture
def quinn(house, mail):
    """Quinn, who wants browser notices first."""
    Preference.objects.create(user=house.quinn.user, channels=["push", "email"])
    return house.quinn.user


def test_a_browser_is_told_what_only_it_can_read(quinn, pushes):
    browser(quinn, pushes)
    with time_machine.travel(dt.datetime.now(dt.UTC)):  # the signature bears the time
        delivery = sent(quinn)
    (asked,) = pushes.taken
    assert (delivery.state, delivery.channel, delivery.provider_ref) == ("sent", "push", f"delivery-{delivery.pk}")
    assert b"words" not in asked.body
    assert asked.headers["topic"] == f"delivery-{delivery.pk}"
    assert 47 * 3600 < int(asked.headers["ttl"]) <= 48 * 3600


def test_what_a_browser_gets_is_neutral(quinn, pushes, monkeypatch):
    bodies = []
    monkeypatch.setattr(push, "webpush", lambda info, **options: bodies.append(json.loads(options["data"])))
    browser(quinn, pushes)
    delivery = sent(quinn)
    assert bodies == [
        {"title": "My schedule", "body": "Some words soon.", "path": "/", "tag": f"delivery-{delivery.pk}"}
    ]


def test_of_several_browsers_one_is_enough(quinn, pushes):
    first, second = browser(quinn, pushes), browser(quinn, pushes, "/push/2")
    answers = iter(["gone", "fine"])
    pushes.manner = lambda: next(answers)
    assert sent(quinn).channel == "push"
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.gone_at is not None, second.gone_at) == (True, None)


def test_when_all_browsers_are_gone_the_next_way_is_taken(quinn, pushes):
    browser(quinn, pushes)
    pushes.manner = "gone"
    delivery = sent(quinn)
    assert (delivery.channel, delivery.tried) == ("email", ["push"])
    assert sent(quinn, variant=2).tried == []
    assert pushes.asked == 1


@pytest.mark.parametrize(
    ("manner", "state"), [("busy", "planned"), ("down", "planned"), ("drop", "unknown"), ("elsewhere", "planned")]
)
def test_a_push_service_in_trouble(quinn, pushes, manner, state):
    browser(quinn, pushes)
    pushes.manner = manner
    assert sent(quinn).state == state


def test_a_browser_can_not_have_us_call_what_is_inside(quinn, pushes, settings):
    browser(quinn, pushes)
    settings.PUSH_HOSTS = ["push.example.org"]
    assert (sent(quinn).channel, pushes.asked) == ("email", 0)


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/x", True),
        ("https://db5p.notify.windows.com/w/?token=x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.example.org/x", False),
        ("https://evilfcm.googleapis.com.", False),
        ("https://x@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:6379/x", False),
        ("https://fcm.googleapis.com:x/", False),
        ("https://127.0.0.1/x", False),
        ("https://169.254.169.254/latest", False),
        ("", False),
    ],
)
def test_whose_push_service_is_one(endpoint, known):
    assert push.allowed(endpoint) is known


def test_the_public_key_is_a_browsers(pushes, settings):
    assert len(push.public_key()) == 87
    settings.VAPID_PRIVATE_KEY = ""
    assert push.public_key() == ""


# --- mail by a provider's API


@pytest.fixture
def postmark(settings):
    """A stand-in for a mail provider."""
    with stand_in() as running:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "token",
            "POSTMARK_API_URL": running.url + "/",
            "REQUESTS_TIMEOUT": 0.3,
        }
        yield running


def test_mail_by_a_providers_api(pat, postmark):
    delivery = sent(pat)
    assert (delivery.state, delivery.channel, delivery.provider_ref) == ("sent", "email", "M1")
    assert json.loads(postmark.taken[0].body)["To"] == pat.email


@pytest.mark.parametrize(
    ("manner", "state"),
    [
        ("busy", "planned"),
        ("down", "planned"),
        ("wrong key", "planned"),
        ("drop", "unknown"),
        ("silent", "unknown"),
        ("gateway", "unknown"),
    ],
)
def test_a_mail_provider_in_trouble(pat, postmark, manner, state, caplog):
    postmark.manner = manner
    delivery = sent(pat)
    assert delivery.state == state
    assert "@" not in delivery.reason + caplog.text
    assert len(postmark.taken) == (state == "unknown")


def test_a_mail_provider_that_refuses_the_address(pat, postmark, monkeypatch):
    postmark.manner = lambda: "inactive"
    monkeypatch.setattr(
        "messaging.tests.http_server._Answer.do_POST",
        lambda self: (
            self.rfile.read(int(self.headers["Content-Length"])),
            self.answer(422, {"ErrorCode": 406, "Message": f"inactive addresses: {pat.email}. Inactive recipients"}),
        ),
    )
    delivery = sent(pat)
    assert (delivery.channel, delivery.tried) == ("in_app", ["email"])
    assert Address.objects.get(channel="email").failure == "address refused"


def test_no_mail_provider_at_all_is_certain(pat, postmark, settings):
    with stand_in() as gone:
        settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": gone.url + "/"}
    assert sent(pat).state == "planned"
