"""The outbox in the administration site, and settling a message whose outcome is unknown."""

import datetime as dt

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts.tests.admin_site import build_next_door, page, queries, readings, rows, signed_in, words
from core.errors import Refusal
from messaging.models import Delivery
from messaging.services import plan, send_due, settle_unknown
from scheduling.services import plan_reminders

State = Delivery.State


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def ada(house):
    """The program admin's browser."""
    return signed_in(house.admin)


@pytest.fixture
def unknown(house) -> Delivery:
    """Pat's reminder of the session in an hour, interrupted while it was sent."""
    plan_reminders()
    delivery = Delivery.objects.get(recipient=house.pat.user, variant=60)
    Delivery.objects.filter(pk=delivery.pk).update(state=State.UNKNOWN, reason="interrupted while sending", attempts=1)
    return delivery


def act(browser, action, *deliveries):
    """Choose an action for some rows of the list."""
    sent = {"action": action, "_selected_action": [delivery.pk for delivery in deliveries]}
    return browser.post(page(Delivery), sent, follow=True)


def test_deliveries_are_only_shown(house, ada, unknown):
    address = page(Delivery, "change", unknown.pk)
    assert ada.get(page(Delivery, "add")).status_code == 403
    assert ada.post(address, {"state": "sent"}).status_code == 403
    assert "interrupted while sending" in words(ada.get(address))
    assert readings(house.admin) == [(house.pat.pk, "administration", address)]


def test_it_did_arrive(house, ada, unknown):
    assert "1 message settled." in words(act(ada, "it_left", unknown))
    unknown.refresh_from_db()
    assert (unknown.state, unknown.sent_at) == (State.SENT, timezone.now())
    assert unknown.reason == f"settled by account {house.admin.pk}: it left"
    send_due()
    assert house.pat.user.email not in [to for letter in mail.outbox for to in letter.to]


def test_it_did_not_arrive_and_is_sent_once_more(house, ada, unknown):
    act(ada, "send_again", unknown)
    unknown.refresh_from_db()
    assert (unknown.state, unknown.due_at) == (State.PLANNED, timezone.now())
    send_due()
    send_due()
    assert [letter.to for letter in mail.outbox].count([house.pat.user.email]) == 1
    unknown.refresh_from_db()
    assert (unknown.state, unknown.reason) == (
        State.SENT,
        f"settled by account {house.admin.pk}: it did not leave",
    )


def test_a_message_that_is_no_longer_called_for_is_not_sent_again(house, unknown, clock):
    clock.shift(dt.timedelta(hours=5))
    settle_unknown(delivery=unknown, left=False, by=house.admin)
    send_due()
    unknown.refresh_from_db()
    assert unknown.state == State.SKIPPED
    assert house.pat.user.email not in [to for letter in mail.outbox for to in letter.to]


def test_only_the_unknown_are_settled(house, ada, unknown):
    other = Delivery.objects.get(recipient=house.quinn.user, variant=60)
    with pytest.raises(Refusal) as caught, transaction.atomic():
        settle_unknown(delivery=other, left=True, by=house.admin)
    assert caught.value.code == "not_unknown"
    said = words(act(ada, "it_left", unknown, other))
    assert "1 message settled." in said and "there is nothing to settle" in said
    other.refresh_from_db()
    assert other.state == State.PLANNED


def test_messages_next_door_are_out_of_reach(house, unknown):
    otto = signed_in(build_next_door().otto)
    assert rows(otto.get(page(Delivery))) == []
    assert otto.get(page(Delivery, "change", unknown.pk)).status_code == 302
    act(otto, "it_left", unknown)
    unknown.refresh_from_db()
    assert unknown.state == State.UNKNOWN


def test_a_kind_nobody_speaks_for_is_seen_by_nobody(house, ada, unknown):
    now = timezone.now()
    stray = Delivery(kind="stray", subject_id=1, recipient=house.pat.user, variant=0, due_at=now, expires_at=now)
    plan([stray])
    assert {row.kind for row in rows(ada.get(page(Delivery)))} == {"session_reminder"}


def test_the_list_costs_the_same_for_one_row_and_five(house, ada):
    def planned(first, last):
        now = timezone.now()
        plan(
            Delivery(
                kind="session_reminder",
                subject_id=house.session.pk,
                recipient=person.user,
                variant=number,
                due_at=now,
                expires_at=now,
            )
            for number, person in enumerate([house.pat, house.quinn] * 3)
            if first <= number <= last
        )

    planned(1, 1)
    assert queries(ada, page(Delivery)) == 11
    planned(2, 5)
    assert queries(ada, page(Delivery)) == 11
