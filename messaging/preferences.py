"""Deeds on how somebody is reached: a program's rules, a person's own choices, their number, their browsers, their notices."""

import base64
import binascii
import datetime as dt
from collections.abc import Iterable, Sequence

import phonenumbers
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import GRANTS, Can
from accounts.models import Program, User
from core.errors import Refusal
from messaging.channels import push
from messaging.models import MUTABLE, Address, Channel, Notice, Policy, Preference, PushSubscription

LEADS_AT_MOST = 5
LEAD_MINUTES_BETWEEN = (5, 7 * 24 * 60)
BROWSERS_AT_MOST = 10


@transaction.atomic
def set_policy(
    *,
    program: Program,
    lead_minutes: Iterable[int],
    channels: Sequence[str],
    quiet_from: dt.time,
    quiet_until: dt.time,
    by: User,
) -> Policy:
    """The program's rules, for everybody who didn't choose for themselves. lead_minutes: none means no reminders.

    Quiet hours are wall times in each person's zone; the same twice: none. Raises Refusal (not_yours, too_many_leads,
    bad_lead, no_channel, bad_channel).
    """
    if program.pk not in by.program_ids(*GRANTS[Can.WRITE_WORDINGS]):
        raise Refusal(_("You don’t set this program’s rules."), "not_yours")
    policy, _made = Policy.objects.update_or_create(
        program=program,
        defaults={
            "lead_minutes": _leads(lead_minutes),
            "channels": _channels(channels),
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
        },
    )
    return policy


@transaction.atomic
def set_preference(
    *,
    user: User,
    channels: Sequence[str] | None,
    lead_minutes: Iterable[int] | None,
    quiet_from: dt.time | None,
    quiet_until: dt.time | None,
    muted: Iterable[str] = (),
) -> Preference:
    """A person's own choices; None: as their program does it. muted: categories they don't want to hear of.

    Reminders planned already are asked again when they fall due. Raises Refusal (too_many_leads, bad_lead, no_channel,
    bad_channel, half_quiet, not_yours_to_mute).
    """
    muted = sorted({str(category) for category in muted})
    if not {*muted} <= {str(category) for category in MUTABLE}:
        raise Refusal(_("Nobody can say no to these."), "not_yours_to_mute", "wanted")
    if (quiet_from is None) != (quiet_until is None):
        raise Refusal(_("Quiet hours have a beginning and an end."), "half_quiet", "quiet_until")
    preference, _made = Preference.objects.update_or_create(
        user=user,
        defaults={
            "channels": None if channels is None else _channels(channels),
            "lead_minutes": None if lead_minutes is None else _leads(lead_minutes),
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "muted": muted,
        },
    )
    return preference


def _leads(given: Iterable[int]) -> list[int]:
    leads = sorted(set(given), reverse=True)
    if len(leads) > LEADS_AT_MOST:
        raise Refusal(_("Choose %(n)s at most.") % {"n": LEADS_AT_MOST}, "too_many_leads", "lead_minutes")
    least, most = LEAD_MINUTES_BETWEEN
    if any(not least <= lead <= most for lead in leads):
        raise Refusal(
            _("A reminder leaves between 5 minutes and 7 days before."),
            "bad_lead",
            "lead_minutes",
        )
    return leads


def _channels(given: Sequence[str]) -> list[str]:
    channels = list(dict.fromkeys(str(channel) for channel in given))
    if not channels:
        raise Refusal(_("Choose at least one way."), "no_channel", "way_0")
    if not {*channels} <= {*Channel.values}:
        raise Refusal(_("There is no such way."), "bad_channel", "way_0")
    return channels


@transaction.atomic
def set_mobile(*, user: User, number: str, consent: bool) -> Address:
    """Text this person at this number (any usual way of writing it; stored as E.164), with their consent as of now.

    A number that said STOP stays stopped until it says START: the carrier holds it too. Raises Refusal (no_consent,
    bad_number, not_here, not_a_mobile).
    """
    if not consent:
        raise Refusal(_("Without your consent we can’t text you."), "no_consent", "consent")
    value = e164(number)
    address, made = Address.objects.select_for_update().get_or_create(
        user=user, channel=Channel.SMS, defaults={"value": value, "consented_at": timezone.now()}
    )
    if not made:
        address.value, address.consented_at = value, timezone.now()
        address.failed_at, address.failure = None, ""
        address.save(update_fields=["value", "consented_at", "failed_at", "failure"])
    return address


def e164(number: str) -> str:
    """A number of the United States or Canada as E.164: "(213) 555-0123" -> "+12135550123".

    Raises Refusal (bad_number, not_here, not_a_mobile).
    """
    wrong = Refusal(
        _("This is no telephone number. Write it with its area code: (213) 555-0123."), "bad_number", "number"
    )
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        raise wrong from None
    if parsed.country_code != 1:
        raise Refusal(_("Only numbers of the United States and Canada can be texted."), "not_here", "number")
    if not phonenumbers.is_valid_number(parsed) or parsed.extension:
        raise wrong
    types = phonenumbers.PhoneNumberType
    if phonenumbers.number_type(parsed) not in (types.MOBILE, types.FIXED_LINE_OR_MOBILE, types.PERSONAL_NUMBER):
        raise Refusal(_("This number can’t receive texts. Write a mobile number."), "not_a_mobile", "number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@transaction.atomic
def remove_mobile(*, user: User) -> bool:
    """Text this person nowhere: their number and consent are gone, but for the history. Returns whether there was one."""
    return bool(Address.objects.filter(user=user, channel=Channel.SMS).delete()[0])


@transaction.atomic
def tell_browser(*, user: User, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Send notices to one browser, as its push service named it. A browser another person used is theirs no more.

    Raises Refusal (bad_browser, too_many_browsers).
    """
    wrong = Refusal(_("This browser can’t be told."), "bad_browser")
    if not _known_push_service(endpoint) or len(_decoded(p256dh)) != 65 or len(_decoded(auth)) != 16:
        raise wrong
    others = PushSubscription.objects.filter(user=user, gone_at=None).exclude(endpoint=endpoint)
    if others.count() >= BROWSERS_AT_MOST:
        raise Refusal(_("You have chosen many browsers already; take them off first."), "too_many_browsers")
    found, _made = PushSubscription.objects.update_or_create(
        endpoint=endpoint, defaults={"user": user, "p256dh": p256dh, "auth": auth, "gone_at": None}
    )
    return found


def _known_push_service(endpoint: str) -> bool:
    """Whether this is an address of a push service we know: our worker calls it, so it must be nobody else's."""
    longest = PushSubscription._meta.get_field("endpoint").max_length
    plain = len(endpoint) <= longest and endpoint.isascii() and not any(c.isspace() or c in "\\#" for c in endpoint)
    return plain and push.allowed(endpoint)


def _decoded(key: str) -> bytes:
    """The bytes of a key in URL-safe base64; none for what is not."""
    try:
        return base64.b64decode(key + "=" * (-len(key) % 4), altchars="-_", validate=True) if len(key) <= 200 else b""
    except (binascii.Error, ValueError):
        return b""


@transaction.atomic
def forget_browsers(*, user: User, endpoint: str | None = None) -> int:
    """Tell one of the person's browsers no more (None: none of them). Returns how many were told before."""
    mine = PushSubscription.objects.filter(user=user)
    if endpoint is not None:
        mine = mine.filter(endpoint=endpoint)
    return mine.delete()[0]


def mark_read(*, user: User, notices: Iterable[Notice]) -> int:
    """The person has seen these notices of theirs. Returns how many were new. One query."""
    pks = [notice.pk for notice in notices]
    return Notice.objects.filter(user=user, pk__in=pks, read_at=None).update(read_at=timezone.now())
