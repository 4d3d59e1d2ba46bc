"""Texts that come in by the provider's webhook."""

import datetime as dt
import logging
import re

import pytest
from django.test import Client
from django.utils import timezone
from twilio.request_validator import RequestValidator

from core.tests.racing import together
from messaging.models import Address, Channel, InboundText, Stop

TOKEN = "the account's secret"
SITE = "https://schedule.example.org"
NUMBER = "+12135550123"
_ids = iter(range(1, 10_000))


@pytest.fixture(autouse=True)
def provider(settings):
    settings.TWILIO_AUTH_TOKEN = TOKEN
    settings.SITE_URL = SITE
    settings.SITE_NAME = "My schedule"
    settings.CLINIC_PHONE = "(213) 555-0100"


def post(text="", number=NUMBER, sid=None, client=None, signature=None, url=f"{SITE}/hooks/sms/", **more):
    """What the provider sends, signed as it signs."""
    fields = {"MessageSid": sid or f"SM{next(_ids):032}", "From": number, "To": "+12135550100", "Body": text, **more}
    signature = RequestValidator(TOKEN).compute_signature(url, fields) if signature is None else signature
    # The proxy calls us by another name than the provider calls it.
    return (client or Client(enforce_csrf_checks=True)).post(
        "/hooks/sms/", fields, headers={"X-Twilio-Signature": signature} if signature else {}
    )


def said(*args, **kwargs) -> str:
    """The one message answered, or ""."""
    answer = post(*args, **kwargs)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/xml")
    body = answer.content.decode()
    found = re.findall(r"<Message>(.*?)</Message>", body)
    assert len(found) <= 1 and body.startswith("<?xml") and "<Response" in body
    return found[0] if found else ""


def stopped(number=NUMBER) -> bool:
    return Stop.objects.filter(number=number, resumed_at=None).exists()


# --- who may call


def test_without_its_signature_nothing_happens(db):
    for signature in ("", "nonsense", RequestValidator("another secret").compute_signature(f"{SITE}/hooks/sms/", {})):
        assert post("STOP", signature=signature).status_code == 403
    assert post("STOP", url="http://testserver/hooks/sms/").status_code == 403
    assert not InboundText.objects.exists() and not Stop.objects.exists()


def test_a_changed_message_is_not_taken(db):
    fields = {"MessageSid": "SM1", "From": NUMBER, "Body": "hello"}
    signature = RequestValidator(TOKEN).compute_signature(f"{SITE}/hooks/sms/", fields)
    changed = Client().post("/hooks/sms/", {**fields, "Body": "STOP"}, headers={"X-Twilio-Signature": signature})
    assert changed.status_code == 403 and not stopped()


def test_without_a_provider_there_is_no_such_page(db, settings):
    settings.TWILIO_AUTH_TOKEN = ""
    fields = {"MessageSid": "SM1", "From": NUMBER, "Body": "STOP"}
    signature = RequestValidator("").compute_signature(f"{SITE}/hooks/sms/", fields)
    assert Client().post("/hooks/sms/", fields, headers={"X-Twilio-Signature": signature}).status_code == 404
    assert not stopped()


def test_only_by_post(db):
    assert Client().get("/hooks/sms/").status_code == 405


def test_behind_a_proxy_the_providers_address_counts(db):
    assert said("STOP", url=f"{SITE}/hooks/sms/") and stopped()


# --- STOP


def test_stop_has_one_neutral_confirmation(db):
    answer = said("Stop.")
    assert "no more texts" in answer and "START" in answer and answer.startswith("My schedule:")
    assert "988" not in answer and "clinic" not in answer.lower()
    assert stopped()
    assert said("STOP") == "" and said("please stop texting me") == ""
    assert Stop.objects.count() == 1 and InboundText.objects.filter(meaning="stop").count() == 3


def test_stop_is_of_the_number_whoevers_it_is(house):
    for person in (house.pat.user, house.quinn.user):
        Address.objects.create(user=person, channel=Channel.SMS, value=NUMBER, consented_at=timezone.now())
    said("STOP")
    assert stopped() and not stopped("+12135550199")
    assert Stop.objects.get().stopped_at == timezone.now()


def test_the_same_message_again_is_answered_the_same_and_done_once(db):
    first = said("STOP", sid="SMsame")
    said("START")
    assert said("STOP", sid="SMsame") == first != ""
    assert not stopped()  # it is not done again
    assert InboundText.objects.filter(provider_id="SMsame").count() == 1


def test_stop_that_says_more_is_answered_with_whom_to_call(db):
    answer = said("Stop. I want to die.")
    assert stopped() and "no more texts" in answer and "988" in answer and "911" in answer
    assert "988" in said("Stop. I really want to die.")  # even a second one


def test_in_the_language_of_the_person(house):
    Address.objects.create(user=house.pat.user, channel=Channel.SMS, value=NUMBER)
    house.pat.user.language = "es"
    house.pat.user.save()
    assert "ya no recibirá mensajes" in said("STOP") and stopped()


# --- START, HELP, anything else


def test_start_resumes_with_one_confirmation(db, clock):
    said("STOP")
    clock.shift(60)
    assert "texts at this number again" in said("START") and not stopped()
    assert Stop.objects.get().resumed_at == timezone.now()
    assert said("start") == ""
    clock.shift(60)
    assert "no more texts" in said("STOP") and stopped()
    assert Stop.objects.get().resumed_at is None


def test_start_of_a_number_that_gets_texts_says_nothing(db):
    assert said("START") == "" and not Stop.objects.exists()


def test_help_says_who_whom_to_call_and_how_to_end(db):
    answer = said("Help!")
    assert answer.startswith("My schedule:") and "(213) 555-0100" in answer and "STOP" in answer
    assert "988" in answer and "911" in answer and len(answer) <= 320
    said("STOP")
    assert said("HELP")  # also to a number that is stopped
    assert stopped()


def test_anything_else_is_told_once_a_day_that_nobody_reads_it(db, clock):
    answer = said("I can't stop crying, help")
    assert "nobody reads" in answer and "988" in answer and "911" in answer and len(answer) <= 320
    assert not stopped()
    assert said("are you there?") == ""
    assert said("are you there?", number="+12135550199") != ""
    clock.shift(dt.timedelta(hours=23, minutes=59))
    assert said("hello?") == ""
    clock.shift(dt.timedelta(minutes=2))
    assert said("hello?") != ""


def test_what_the_provider_answered_itself_is_not_answered_twice(db):
    assert said("STOP", OptOutType="STOP") == "" and stopped()
    assert said("anything they set up", OptOutType="START") == "" and not stopped()


def test_no_answer_says_what_this_is(db):
    from messaging.wording import forbidden_in

    for text in ("STOP", "START", "HELP", "hello", "Stop. I want to die."):
        assert list(forbidden_in(said(text))) == []


@pytest.mark.parametrize(
    ("number", "sid"), [("", "SM1"), ("nobody", "SM1"), (NUMBER, "no good id"), (NUMBER, "x" * 65)]
)
def test_what_is_no_text_is_passed_over(db, number, sid):
    assert said("STOP", number=number, sid=sid) == "" and not InboundText.objects.exists()


def test_the_words_are_kept_nowhere(db, caplog):
    caplog.set_level(logging.DEBUG)
    said("I drank again last night, zanzibar")
    row = InboundText.objects.values().get()
    assert "zanzibar" not in str(row) and "zanzibar" not in caplog.text


def test_two_at_once_get_one_confirmation(committed_house):
    def texts(sid, text):
        return lambda: said(text, sid=sid)

    answers = together([texts(f"SMrace{n}", "STOP") for n in range(4)])
    assert sorted(map(bool, answers)) == [False, False, False, True]
    answers = together([texts("SMtwice", "hello")] * 3)
    assert len(set(answers)) == 1 and answers[0] and InboundText.objects.filter(provider_id="SMtwice").count() == 1
