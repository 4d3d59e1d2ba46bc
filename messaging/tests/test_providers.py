"""What workers share about a provider: the circuit breaker, the rate, and messages that failed and are sent again."""

import datetime as dt
from collections import Counter
from functools import partial

import pytest
from django.utils import timezone

from core.errors import Refusal
from core.tests.racing import failures, together
from messaging.models import Address, Category, Delivery, Preference, Provider
from messaging.services import MAX_ATTEMPTS, claim_due, deliver, mark, providers, send_again, send_due
from messaging.services.providers import BREAK_AFTER, FIRST_BREAK, LONGEST_BREAK, take_trial, take_turn
from messaging.tests.test_outbox import CALL, composed_as
from messaging.tests.test_ways import HOUR, NUMBER, message, sent

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def pat(house, mail, twilio):
    """Pat, who takes texts, then mail; it is 8:00 where Pat is."""
    user = house.pat.user
    Address.objects.create(user=user, channel="sms", value=NUMBER, consented_at=timezone.now())
    Preference.objects.create(user=user, channels=["sms", "email"])
    return user


def send(category=Category.CHANGE) -> Counter:
    with composed_as(CALL, category):
        return send_due()


def the_provider() -> Provider:
    return Provider.objects.get(name="sms")


def break_down(user, twilio, rows=BREAK_AFTER + 3) -> None:
    """The provider fails at every one of so many messages."""
    twilio.manner = "down"
    for number in range(100, 100 + rows):
        message(user, number)
    assert send() == {"planned": rows}


# --- the breaker


def test_a_provider_that_is_down_is_left_alone(pat, twilio):
    break_down(pat, twilio)
    assert twilio.asked == BREAK_AFTER
    waiting = Delivery.objects.filter(reason="provider is down")
    assert set(waiting.values_list("state", "attempts", "lease")) == {("planned", 0, None)}  # no attempt was made
    assert waiting.count() == 3
    assert all(row.due_at >= the_provider().open_until for row in waiting)
    assert FIRST_BREAK * 0.8 <= the_provider().open_until - timezone.now() <= FIRST_BREAK * 1.2


def test_an_answer_in_between_begins_the_count_anew(pat, twilio):
    answers = iter(["down"] * (BREAK_AFTER - 1) + ["fine"] + ["down"] * (BREAK_AFTER - 1))
    twilio.manner = lambda: next(answers)
    for number in range(2 * BREAK_AFTER - 1):
        message(pat, number)
    assert send() == {"planned": 2 * BREAK_AFTER - 2, "sent": 1}
    assert (the_provider().failures, the_provider().open_until) == (BREAK_AFTER - 1, None)


def test_what_it_says_of_a_number_is_no_failure_of_the_provider(pat, twilio):
    twilio.manner = "not a number"
    for number in range(BREAK_AFTER + 1):
        Address.objects.update(failed_at=None, failure="")
        assert sent(pat, variant=number).channel == "email"
    assert not Provider.objects.filter(failures__gt=0).exists()


def test_after_its_pause_one_tries_and_the_rest_follow(pat, twilio, clock):
    break_down(pat, twilio)
    twilio.manner, twilio.asked = "fine", 0
    clock.move_to(the_provider().open_until + 10 * SECOND)
    assert send()["sent"] >= 3
    assert (the_provider().failures, the_provider().open_until) == (0, None)
    clock.shift(HOUR)
    send()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert len(twilio.taken) == BREAK_AFTER + 3


def test_a_trial_that_fails_makes_the_pause_longer(pat, twilio, clock):
    break_down(pat, twilio)
    pauses = []
    for _trial in range(9):
        clock.move_to(the_provider().open_until + 10 * SECOND)
        twilio.asked = 0
        Delivery.objects.update(attempts=0, due_at=timezone.now())
        send()
        assert twilio.asked == 1
        pauses.append(the_provider().open_until - timezone.now())
    assert pauses[0] > 1.3 * FIRST_BREAK
    assert pauses[3] > 3 * pauses[0]
    assert pauses[-1] <= LONGEST_BREAK * 1.2


def test_only_one_worker_tries(transactional_db, clock):
    now = timezone.now()
    Provider.objects.create(name="sms", failures=BREAK_AFTER, open_until=now - SECOND)
    tried = together([partial(take_trial, "sms", now)] * 6)
    assert failures(tried) == []
    assert sorted(tried) == [False] * 5 + [True]
    assert not take_trial("sms", now)
    assert take_trial("sms", now + providers.TRIAL)  # who tried has died


def test_failures_of_workers_at_once_are_all_counted(transactional_db, clock):
    now = timezone.now()
    assert failures(together([partial(providers.failed, "sms", now, trial=False)] * (BREAK_AFTER - 1))) == []
    assert (the_provider().failures, the_provider().open_until) == (BREAK_AFTER - 1, None)
    providers.failed("sms", now, trial=False)
    opened = the_provider().open_until
    providers.failed("sms", now, trial=False)  # was under way when it opened
    assert (the_provider().failures, the_provider().open_until) == (BREAK_AFTER, opened)


def test_what_would_be_useless_after_the_pause_takes_the_next_way(pat, twilio, mail):
    Provider.objects.create(name="sms", failures=BREAK_AFTER, open_until=timezone.now() + HOUR)
    delivery = sent(pat, expires_at=timezone.now() + HOUR / 2)
    assert (delivery.state, delivery.channel, delivery.tried) == ("sent", "email", [])
    assert sent(pat, variant=2).reason == "provider is down"


# --- the rate


def test_a_rate_is_kept_and_every_turn_is_used(pat, twilio, settings, clock):
    settings.PROVIDER_RATES = {"sms": 2}
    clock.shift(SECOND)
    for number in range(12):
        message(pat, number)
    gone = send()["sent"]
    assert gone == 3  # a second's worth saved up, and the present one
    waiting = Delivery.objects.filter(reason="waits for its turn").order_by("due_at")
    begin = timezone.now()
    assert [(row.due_at - begin) / SECOND for row in waiting] == [n / 2 for n in range(1, 10)]
    for _half_second in range(9):
        clock.shift(SECOND / 2)
        assert send() == {"sent": 1}
    assert set(Delivery.objects.values_list("state", "attempts", "reason")) == {("sent", 1, "")}


def test_turns_nobody_took_are_lost(pat, twilio, settings, clock):
    """Workers that were down for an hour don't send an hour's worth at once."""
    settings.PROVIDER_RATES = {"sms": 1}
    for number in range(30):
        message(pat, number)
    first = send()["sent"]
    clock.shift(HOUR)
    assert send()["sent"] == 2
    assert len(twilio.taken) == first + 2


def test_whose_turn_would_come_too_late_takes_the_next_way(pat, twilio, settings, mail):
    settings.PROVIDER_RATES = {"sms": 1}
    Provider.objects.create(name="sms", next_at=timezone.now() + HOUR)
    assert sent(pat, expires_at=timezone.now() + HOUR / 2).channel == "email"
    assert the_provider().next_at == timezone.now() + HOUR  # and takes nobody's turn


def test_turns_of_workers_at_once_are_different(transactional_db, clock, settings):
    settings.PROVIDER_RATES = {"sms": 10}
    now = timezone.now()

    def many():
        return [take_turn("sms", now, now + HOUR) for _n in range(25)]

    turns = together([many] * 4)
    assert failures(turns) == []
    later = sorted(turn for turns in turns for turn in turns if turn > now)
    assert len(later) == len(set(later)) == 100 - 11
    assert later[-1] - now == SECOND * 8.9


def test_no_rate_costs_no_query(pat, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert take_turn("sms", timezone.now(), timezone.now() + HOUR) == timezone.now()


# --- what failed


def test_what_failed_is_sent_again_when_a_person_says_so(pat, twilio, clock, house):
    twilio.manner = "busy"
    delivery = message(pat)
    for _attempt in range(MAX_ATTEMPTS):
        Provider.objects.all().delete()
        outcome = send()
        clock.shift(HOUR)
    assert outcome == {"failed": 1}
    twilio.manner = "fine"
    assert send() == {}
    again = send_again(delivery=delivery, by=house.admin)
    assert (again.state, again.attempts, again.due_at, again.tried) == ("planned", 0, timezone.now(), [])
    assert send() == {"sent": 1}
    assert len(twilio.taken) == 1
    delivery.refresh_from_db()
    assert delivery.reason == f"sent again by account {house.admin.pk}"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": "planned"}, "not_failed"),
        ({"state": "unknown", "reason": "x"}, "not_failed"),
        ({"state": "skipped", "reason": "x"}, "not_failed"),
        ({"state": "failed", "reason": "x", "expires_at": dt.datetime(2026, 3, 1, tzinfo=dt.UTC)}, "too_late"),
    ],
)
def test_what_is_not_sent_again(pat, house, fields, code):
    delivery = message(pat, **fields)
    with pytest.raises(Refusal) as caught:
        send_again(delivery=delivery, by=house.admin)
    assert caught.value.code == code
    delivery.refresh_from_db()
    assert delivery.state == fields["state"]


# --- slow and stopped workers


def test_a_row_that_waited_too_long_in_a_slow_workers_batch_is_sent_once(pat, twilio, clock):
    """Its lease runs out while the rows before it are sent: another worker takes it, and the slow one passes over it."""
    for number in range(3):
        message(pat, number)
    with composed_as(CALL):
        slow = claim_due()
        assert deliver(slow[0]) == "sent"
        clock.shift(6 * dt.timedelta(minutes=1))
        assert send_due() == {"sent": 2}
        assert [deliver(row) for row in slow[1:]] == ["lost", "lost"]
    assert len(twilio.taken) == 3


def test_a_worker_that_is_stopped_puts_its_rows_back(pat, twilio, monkeypatch):
    from messaging.services import outbox

    for number in range(5):
        message(pat, number)

    def stopped(row):
        if row.variant == 2:
            raise SystemExit
        return deliver(row)

    monkeypatch.setattr(outbox, "deliver", stopped)
    with pytest.raises(SystemExit):
        send()
    assert dict(Delivery.objects.values_list("variant", "state")) == dict.fromkeys((2, 3, 4), "planned") | {
        0: "sent",
        1: "sent",
    }
    assert not Delivery.objects.filter(lease__isnull=False).exists()


def test_marking_touches_only_what_is_still_ours(pat, django_assert_num_queries):
    for number in range(4):
        message(pat, number)
    rows = claim_due()
    Delivery.objects.filter(pk=rows[0].pk).update(lease=None)
    Delivery.objects.filter(pk=rows[1].pk).update(state="sending")
    with django_assert_num_queries(1):
        assert mark(rows, Delivery.State.SENT) == 2
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["claimed", "sending", "sent", "sent"]
