"""Mail by a real SMTP server that misbehaves: what certainly did not leave is tried again, what may have left never is."""

import datetime as dt
import email
import email.policy
from collections import Counter

import pytest
from django.utils import timezone

from messaging.models import Address, Delivery, Notice
from messaging.services import MAX_ATTEMPTS, claim_due, providers, send_due, trust_again
from messaging.tests.mail import news
from messaging.tests.smtp_server import MailServer, mail_server
from scheduling.models import Session

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def server(settings):
    """A mail server, and the settings that name it."""
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_TIMEOUT = 20
        yield running


@pytest.fixture
def called_off(house, server):
    """The news of a cancelled session is due to Pat and to Quinn."""
    session = Session.objects.filter(slot=house.slot).latest("starts_at")
    Session.objects.filter(pk=session.pk).update(status="cancelled", reason="holiday")
    news(session, [house.pat.user, house.quinn.user])
    return house


def taken(server: MailServer) -> Counter:
    """How often the server took each message, by its id."""
    return Counter(email.message_from_bytes(text, policy=email.policy.default)["Message-ID"] for text in server.taken)


def the_two() -> list[Delivery]:
    return list(Delivery.objects.order_by("pk"))


def test_a_well_behaved_server_gets_each_message_once(called_off, server):
    assert send_due() == {"sent": 2}
    assert taken(server) == {d.provider_ref: 1 for d in the_two()}
    message = email.message_from_bytes(server.taken[0], policy=email.policy.default)
    assert message["To"] in {called_off.pat.user.email, called_off.quinn.user.email}
    assert "Pat" in message.get_content() or "Quinn" in message.get_content()


def test_hung_up_after_the_text_nobody_knows_and_it_is_never_sent_again(called_off, server, clock):
    server.manner = "drop"
    assert send_due() == {"unknown": 2}
    server.manner = "fine"
    for _hour in range(3):
        clock.shift(HOUR)
        assert send_due() == {}
    assert set(taken(server).values()) == {1}
    assert {d.reason for d in the_two()} == {"interrupted while sending: SMTPServerDisconnected"}


def test_no_answer_after_the_text_nobody_knows_either(called_off, server, settings):
    settings.EMAIL_TIMEOUT = 0.5
    server.manner = "silent"
    assert send_due(limit=1) == {"unknown": 1}
    assert set(taken(server).values()) == {1}


def test_a_rude_goodbye_changes_nothing_of_what_was_taken(called_off, server, clock):
    server.manner = "rude"
    assert send_due() == {"sent": 2}
    clock.shift(HOUR)
    assert send_due() == {}
    assert set(taken(server).values()) == {1}


def test_an_address_that_is_refused_is_given_up_at_once_for_the_next_way(called_off, server, clock):
    server.manner = "refuse"
    assert send_due() == {"planned": 2, "sent": 2}
    assert {(d.channel, d.tried[0], d.reason, d.attempts) for d in the_two()} == {
        ("in_app", "email", "address refused", 1)
    }
    assert set(Address.objects.values_list("user", "channel", "value", "failure")) == {
        (user.pk, "email", user.email, "address refused") for user in (called_off.pat.user, called_off.quinn.user)
    }
    assert Notice.objects.count() == 2
    server.manner = "fine"
    clock.shift(HOUR)
    assert send_due() == {}
    assert server.taken == []


def test_a_refused_address_is_not_tried_until_it_is_another_or_trusted_again(called_off, server):
    pat, quinn = called_off.pat.user, called_off.quinn.user
    server.manner = "refuse"
    send_due()
    server.manner = "fine"
    pat.email = "elsewhere@example.org"
    pat.save()
    news(called_off.session, [pat, quinn], kind="session_cancelled", first=50)
    Session.objects.filter(pk=called_off.session.pk).update(status="cancelled", reason="holiday")
    assert send_due() == {"sent": 2}
    assert dict(Delivery.objects.filter(variant=50).values_list("recipient", "channel")) == {
        pat.pk: "email",
        quinn.pk: "in_app",
    }
    trust_again(address=Address.objects.get(user=quinn))
    news(called_off.session, [quinn], kind="session_cancelled", first=51)
    assert send_due() == {"sent": 1}
    assert Delivery.objects.get(variant=51).channel == "email"


def test_a_server_that_refuses_the_sender_says_nothing_of_the_address(called_off, server):
    """5.7.x would hold for every address: none is marked, and each message is tried again."""
    server.manner = "policy"
    assert send_due() == {"planned": 2}
    assert not Address.objects.exists()


@pytest.mark.parametrize(("manner", "reason"), [("busy", "SMTPRecipientsRefused"), ("full", "SMTPDataError")])
def test_what_certainly_did_not_leave_is_tried_again_after_a_pause(
    called_off, server, clock, monkeypatch, manner, reason
):
    server.manner = manner
    monkeypatch.setattr(providers, "BREAK_AFTER", 1000)
    pauses = []
    for attempt in range(1, 4):
        assert send_due() == {"planned": 2}
        assert send_due() == {}  # not at once
        assert {(d.state, d.reason, d.attempts, d.lease) for d in the_two()} == {("planned", reason, attempt, None)}
        pauses.append(min(d.due_at for d in the_two()) - timezone.now())
        clock.move_to(max(d.due_at for d in the_two()))
    assert dt.timedelta(seconds=10) < pauses[0] < dt.timedelta(minutes=1)
    assert pauses[0] * 1.3 < pauses[2]  # each twice the one before, give or take half
    server.manner = "fine"
    assert send_due() == {"sent": 2}
    assert set(taken(server).values()) == {1}
    assert {d.attempts for d in the_two()} == {4}


def test_it_gives_up_in_the_end_and_says_so(called_off, server, clock):
    server.manner = "busy"
    outcomes = Counter()
    for _hour in range(MAX_ATTEMPTS + 2):
        outcomes += send_due()
        clock.shift(HOUR)
    assert outcomes == {"planned": 2 * (MAX_ATTEMPTS - 1), "failed": 2}
    assert {(d.state, d.attempts) for d in the_two()} == {("failed", MAX_ATTEMPTS)}


def test_it_gives_up_when_the_next_attempt_would_be_useless(called_off, server):
    server.manner = "busy"
    Delivery.objects.update(expires_at=timezone.now() + dt.timedelta(seconds=5))
    assert send_due() == {"failed": 2}
    assert {d.attempts for d in the_two()} == {1}


def test_no_server_at_all_is_tried_again(called_off, server, settings, clock):
    with mail_server() as gone:
        settings.EMAIL_PORT = gone.port
    assert send_due() == {"planned": 2}
    assert {d.reason for d in the_two()} == {"ConnectionRefusedError"}
    settings.EMAIL_PORT = server.port
    clock.shift(HOUR)
    assert send_due() == {"sent": 2}


def test_a_worker_that_died_while_sending_leaves_a_question_for_a_person(called_off, server, clock):
    """A mail server can't be asked what it took."""
    first, second = claim_due()
    Delivery.objects.filter(pk=first.pk).update(state="sending", attempts=1)
    clock.shift(HOUR)
    assert send_due() == {"unknown": 1, "sent": 1}
    assert {d.pk: (d.state, d.reason) for d in the_two()} == {
        first.pk: ("unknown", "interrupted while sending"),
        second.pk: ("sent", ""),
    }
    assert len(server.taken) == 1


def test_what_a_server_says_of_an_address_is_not_kept(called_off, server, caplog):
    for server.manner in ("busy", "drop", "refuse"):
        Address.objects.all().delete()
        Delivery.objects.exclude(state="sent").update(state="planned", due_at=timezone.now(), attempts=0)
        send_due()
        kept = " ".join(d.reason for d in the_two()) + caplog.text
        assert "@" not in kept
        assert "mailbox" not in kept
