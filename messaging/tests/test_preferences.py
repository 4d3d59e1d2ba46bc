"""How somebody wants to be reached: what is stored and what is refused."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.access import Role
from core.errors import Refusal
from messaging.models import Address, Category, Channel, Notice, Policy, Preference, PushSubscription, Stop
from messaging.preferences import (
    BROWSERS_AT_MOST,
    e164,
    forget_browsers,
    remove_mobile,
    set_mobile,
    set_policy,
    set_preference,
    tell_browser,
)
from messaging.queries import reach_of
from messaging.wishes import usual_of, wishes_of
from tests.factories import make_program, make_staff

NUMBER = "+12135550123"
NOTHING = {"channels": None, "lead_minutes": None, "quiet_from": None, "quiet_until": None}
KEYS = {"p256dh": "B" + "A" * 86, "auth": "A" * 22}
PUSH = "https://fcm.googleapis.com/fcm/send/abc:def"


def refused(code, deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


RULES = {"lead_minutes": [60], "channels": ["sms"], "quiet_from": dt.time(22), "quiet_until": dt.time(7)}


def test_a_program_s_rules_hold_for_whoever_chose_nothing(house):
    set_policy(program=house.program, **{**RULES, "lead_minutes": [10, 120, 10]}, by=house.bob)
    wishes = wishes_of(house.pat.user_id, house.program.pk)
    assert wishes.lead_minutes == (120, 10) and wishes.channels == ("sms",)
    assert (wishes.quiet_from, wishes.quiet_until) == (dt.time(22), dt.time(7))
    set_preference(user=house.pat.user, **{**NOTHING, "channels": ["in_app", "email"]}, muted=[Category.OFFER])
    wishes = wishes_of(house.pat.user_id, house.program.pk)
    assert wishes.channels == ("in_app", "email") and wishes.lead_minutes == (120, 10)
    assert not wishes.wants(Category.OFFER) and wishes.wants(Category.REMINDER)
    set_policy(program=house.program, **RULES, by=house.admin)
    assert Policy.objects.count() == 1 and usual_of(house.program.pk).lead_minutes == (60,)


def test_rules_are_refused(house):
    def change(code, by=house.admin, **changed):
        refused(code, set_policy, program=house.program, by=by, **{**RULES, **changed})

    change("not_yours", by=make_staff(make_program("Elsewhere"), Role.PROGRAM_ADMIN))
    change("not_yours", by=house.alice)
    change("too_many_leads", lead_minutes=[5, 10, 15, 20, 25, 30])
    change("bad_lead", lead_minutes=[4])
    change("bad_lead", lead_minutes=[7 * 24 * 60 + 1])
    change("no_channel", channels=[])
    change("bad_channel", channels=["fax"])
    assert not Policy.objects.exists()


def test_choices_are_refused(house):
    def choose(code, **changed):
        refused(code, set_preference, user=house.pat.user, **{**NOTHING, **changed})

    choose("not_yours_to_mute", muted=[Category.CRISIS])
    choose("not_yours_to_mute", muted=["nonsense"])
    choose("half_quiet", quiet_from=dt.time(21))
    choose("too_many_leads", lead_minutes=range(10, 16))
    choose("bad_channel", channels=["fax"])
    choose("no_channel", channels=[])
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    "written", ["(213) 555-0123", "213-555-0123", "2135550123", "+1 213 555 0123", "1.213.555.0123", " 213 555 0123 "]
)
def test_a_number_however_it_is_written(written):
    assert e164(written) == NUMBER


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "bad_number"),
        ("my phone", "bad_number"),
        ("555-0123", "bad_number"),
        ("213 555 01234", "bad_number"),
        ("213 555 0123 ext 4", "bad_number"),
        ("(123) 555-0123", "bad_number"),
        ("+44 7400 123456", "not_here"),
        ("+1 800 555 0123", "not_a_mobile"),
        ("911", "bad_number"),
    ],
)
def test_a_number_that_cannot_be_texted(written, code):
    assert refused(code, e164, number=written).field == "number"


def test_no_text_without_consent(house):
    assert refused("no_consent", set_mobile, user=house.pat.user, number=NUMBER, consent=False).field == "consent"
    assert not Address.objects.exists()
    address = set_mobile(user=house.pat.user, number="213 555 0123", consent=True)
    assert (address.value, address.channel, address.consented_at) == (NUMBER, Channel.SMS, timezone.now())
    assert address.events.count() == 1


def test_another_number_begins_anew(house, clock):
    address = set_mobile(user=house.pat.user, number=NUMBER, consent=True)
    Address.objects.update(failed_at=timezone.now(), failure="landline")
    clock.shift(60)
    again = set_mobile(user=house.pat.user, number="213 555 0199", consent=True)
    assert again.pk == address.pk and again.value == "+12135550199"
    assert again.failed_at is None and again.failure == "" and again.consented_at == timezone.now()


def test_a_number_taken_off_is_gone_but_for_its_history(house):
    address = set_mobile(user=house.pat.user, number=NUMBER, consent=True)
    set_mobile(user=house.quinn.user, number=NUMBER, consent=True)
    assert remove_mobile(user=house.pat.user) and not remove_mobile(user=house.pat.user)
    assert list(Address.objects.values_list("user", flat=True)) == [house.quinn.user_id]
    model = address.pgh_event_models["insert"]
    assert model.objects.filter(value=NUMBER, user=house.pat.user).exists()


def test_consent_given_anew_does_not_lift_a_stop(house):
    Stop.objects.create(number=NUMBER, stopped_at=timezone.now())
    set_mobile(user=house.pat.user, number=NUMBER, consent=True)
    assert reach_of(house.pat.user, None).stopped_at
    assert ("Text message", False) in reach_of(house.pat.user, None).ways


def test_of_another_address_than_the_present_one_a_failure_says_nothing(house):
    user = house.pat.user
    Address.objects.create(
        user=user, channel=Channel.EMAIL, value=user.email, failed_at=timezone.now(), failure="refused"
    )
    assert reach_of(user, None).email_failed_at
    user.email = "new@example.org"
    user.save()
    assert reach_of(user, None).email_failed_at is None


# --- browsers


def test_a_browser_is_told_and_told_no_more(house):
    user = house.pat.user
    first = tell_browser(user=user, endpoint=PUSH, **KEYS)
    PushSubscription.objects.update(gone_at=timezone.now())
    assert not reach_of(user, None).browsers
    assert tell_browser(user=user, endpoint=PUSH, **KEYS).pk == first.pk
    assert reach_of(user, None).browsers
    assert forget_browsers(user=house.quinn.user, endpoint=PUSH) == 0
    assert forget_browsers(user=user, endpoint=PUSH) == 1 and not PushSubscription.objects.exists()


def test_a_browser_is_of_whoever_used_it_last(house):
    tell_browser(user=house.pat.user, endpoint=PUSH, **KEYS)
    tell_browser(user=house.quinn.user, endpoint=PUSH, **KEYS)
    assert PushSubscription.objects.get().user == house.quinn.user


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://example.org/x",
        "https://fcm.googleapis.com.example.org/x",
        "https://evilfcm.googleapis.com@example.org/x",
        "https://xfcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user:pw@fcm.googleapis.com/x",
        "https://169.254.169.254/latest",
        "https://fcm.googleapis.com\\@example.org/",
        "https://[::1/x",
        "https://fcm.googleapis.com:port/x",
        "https://fcm.googleapis.com/" + "x" * 1000,
        "javascript:alert(1)",
        "",
    ],
)
def test_only_push_services_we_know_are_called(house, endpoint):
    refused("bad_browser", tell_browser, user=house.pat.user, endpoint=endpoint, **KEYS)


@pytest.mark.parametrize(
    "endpoint",
    [
        PUSH,
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://wns2-by3p.notify.windows.com/w/?token=abc",
        "https://web.push.apple.com/abc",
    ],
)
def test_push_services_of_the_browsers(house, endpoint):
    assert tell_browser(user=house.pat.user, endpoint=endpoint, **KEYS).gone_at is None


@pytest.mark.parametrize("keys", [{"p256dh": "short"}, {"auth": ""}, {"auth": "!" * 22}, {"p256dh": "A" * 4000}])
def test_keys_that_are_none(house, keys):
    refused("bad_browser", tell_browser, user=house.pat.user, endpoint=PUSH, **{**KEYS, **keys})


def test_not_without_end(house):
    for n in range(BROWSERS_AT_MOST):
        tell_browser(user=house.pat.user, endpoint=f"{PUSH}{n}", **KEYS)
    tell_browser(user=house.pat.user, endpoint=f"{PUSH}0", **KEYS)
    refused("too_many_browsers", tell_browser, user=house.pat.user, endpoint=f"{PUSH}x", **KEYS)
    assert not Notice.objects.exists()
