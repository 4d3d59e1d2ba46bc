"""What the short codes on a delivery say, in words for staff."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.house import hours
from messaging.kinds import KINDS
from messaging.models import Delivery

# Codes of composers and of the outbox, and the classes of errors that ended or put off an attempt. What is not here is shown
# as it stands on the row.
REASONS = {
    # no longer called for
    "session cancelled": gettext_lazy("The session was cancelled."),
    "appointment cancelled": gettext_lazy("The appointment was cancelled."),
    "cancelled": gettext_lazy("It was cancelled."),
    "cancelled meanwhile": gettext_lazy("It was cancelled before this left; that news counts."),
    "nothing to come": gettext_lazy("None of them is still to come."),
    "past": gettext_lazy("What it speaks of was past."),
    "no longer cancelled": gettext_lazy("It takes place after all."),
    "changed again": gettext_lazy("It was changed again before this left; the later news counts."),
    "no longer expected": gettext_lazy("They were no longer expected there."),
    "expected again": gettext_lazy("They are expected there again."),
    "no longer offered": gettext_lazy("The offer was answered or taken back."),
    "no longer wanted of them": gettext_lazy("Somebody else took it, or it is no longer needed."),
    "no longer on the care team": gettext_lazy("They were no longer on the person’s care team."),
    "alert closed": gettext_lazy("It was seen to before this left."),
    "alert taken on": gettext_lazy("Somebody had taken it on before this left."),
    "written meanwhile": gettext_lazy("Something was written about it before this left."),
    "nothing late": gettext_lazy("Nothing was late any more when it was to leave."),
    "no longer in force": gettext_lazy("A newer version had taken its place."),
    "answered": gettext_lazy("They had answered before this left."),
    "answered again": gettext_lazy("They answered otherwise before this left."),
    "answered or taken back": gettext_lazy("It was answered or taken back before this left."),
    "answered again or taken back": gettext_lazy("It was answered otherwise, or taken back, before this left."),
    "asked again": gettext_lazy("They asked anew before this left; the later news counts."),
    "excused": gettext_lazy("They are excused from it."),
    "shared anew": gettext_lazy("It was shared anew before this left."),
    "done meanwhile": gettext_lazy("It was done before this left."),
    "another lead time is wanted": gettext_lazy("They want reminders at other times now."),
    "opted out": gettext_lazy("They do not want this kind of message."),
    "quiet hours": gettext_lazy("Their quiet hours lasted until it was too late."),
    "too late": gettext_lazy("Its time had passed before it could leave."),
    "no address": gettext_lazy("There is no way to reach them: no address, or the account is closed."),
    "stopped": gettext_lazy("They asked for no texts (STOP)."),
    # went wrong
    "address refused": gettext_lazy("The address was refused. Ask them for another."),
    "interrupted while sending": gettext_lazy("The sender was interrupted, and the provider can’t be asked."),
    "found at provider": gettext_lazy("The sender was interrupted; the provider says it left."),
    "SMTPRecipientsRefused": gettext_lazy("The mail server did not accept the address for now."),
    "SMTPSenderRefused": gettext_lazy("The mail server refuses our sender address."),
    "SMTPDataError": gettext_lazy("The mail server did not accept the message."),
    "SMTPAuthenticationError": gettext_lazy("The mail server refuses our sign-in."),
    "SMTPServerDisconnected": gettext_lazy("The mail server broke off."),
    "SMTPConnectError": gettext_lazy("The mail server does not answer."),
    "SMTPResponseException": gettext_lazy("The mail server answered with an error."),
    "SMTPException": gettext_lazy("The mail server answered with an error."),
    "ConnectionRefusedError": gettext_lazy("The provider can’t be reached."),
    "ConnectionResetError": gettext_lazy("The provider broke off."),
    "ConnectionError": gettext_lazy("The provider can’t be reached."),
    "BrokenPipeError": gettext_lazy("The provider broke off."),
    "TimeoutError": gettext_lazy("The provider did not answer in time."),
    "Timeout": gettext_lazy("The provider did not answer in time."),
    "ReadTimeout": gettext_lazy("The provider did not answer in time."),
    "ConnectTimeout": gettext_lazy("The provider did not answer in time."),
    "gaierror": gettext_lazy("The provider’s name can’t be found: is the network down?"),
    "SSLError": gettext_lazy("The connection to the provider is not safe."),
    "SSLCertVerificationError": gettext_lazy("The connection to the provider is not safe."),
    "OSError": gettext_lazy("The provider can’t be reached."),
    "KeyError": gettext_lazy("It could not be written: its kind is not known here."),
    "DoesNotExist": gettext_lazy("It could not be written: what it speaks of is gone."),
}
BY_HAND = {
    "settled": {
        "it left": gettext_lazy("%(name)s found out: it arrived."),
        "it did not leave": gettext_lazy("%(name)s found out: it had not arrived. It was sent again."),
    },
    "sent again": {"": gettext_lazy("%(name)s let it be tried again.")},
}
_SETTLED = re.compile(r"^(settled|sent again) by account (\d+)(?:: (.+))?$")


def settler_of(reason: str) -> int | None:
    """The id of the account that settled a delivery, if its reason names one."""
    found = _SETTLED.match(reason)
    return int(found[2]) if found else None


def reason_words(reason: str, names: dict[int, str]) -> str:
    """A delivery's reason as a sentence; a code that is not known stays as it is. names: of accounts, by their id."""
    if found := _SETTLED.match(reason):
        sentence = BY_HAND[found[1]].get(found[3] or "")
        return sentence % {"name": names.get(int(found[2]), _("Somebody"))} if sentence else reason
    if reason in REASONS:
        return str(REASONS[reason])
    code, _colon, cause = reason.partition(": ")
    if code in REASONS and cause:
        return f"{REASONS[code]} {REASONS.get(cause, cause)}"
    return reason


def kind_words(kind: str) -> str:
    """What a kind of message is to a person."""
    return str(KINDS[kind].label) if kind in KINDS else kind


def lead_words(delivery: Delivery) -> str:
    """Of a reminder, how long before; else ""."""
    if not delivery.kind.endswith("_reminder"):
        return ""
    minutes = delivery.variant
    if minutes and minutes % 1440 == 0:
        days = minutes // 1440
        return _("1 day before") if days == 1 else _("%(n)s days before") % {"n": days}
    return _("%(time)s before") % {"time": hours(minutes)}
