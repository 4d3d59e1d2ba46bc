"""Which way a message leaves by: the first the person wants that works at this moment, their own pages last of all."""

import datetime as dt
import random
from dataclasses import dataclass

from messaging.channels import Way, way
from messaging.kinds import Call, Kind, Skip
from messaging.models import CHANNELS, Category, Channel, Delivery
from messaging.services import providers
from messaging.wishes import Wishes, quiet_ends, wishes_of

LOUD = (Channel.SMS, Channel.PUSH)  # they wake people up
# Why a row waits; forgotten once it leaves.
TURN, DOWN, QUIET = "waits for its turn", "provider is down", "quiet hours"
WAITING = (TURN, DOWN, QUIET)
SPREAD = 5  # seconds over which those who waited for the same moment come back
TURN_HOLDS = dt.timedelta(seconds=60)  # a reserved turn nobody took in this time is lost


@dataclass(frozen=True, slots=True)
class Choice:
    """shaky: the provider failed last time. trial: this delivery tries whether it is back."""

    channel: str
    out: Way
    to: str
    urgent: bool = False
    shaky: bool = False
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now, without anything having been tried. channel: whose turn is reserved, "" for none."""

    due_at: dt.datetime
    reason: str
    channel: str = ""


def choose(delivery: Delivery, kind: Kind, call: Call, now: dt.datetime, *, first: str = "") -> Choice | Wait | Skip:
    """The way out, in the transaction that marks the row `sending`. first: a channel to go on with, if it still can be."""
    user = delivery.recipient
    wishes = wishes_of(user.pk, call.program_id)
    urgent = kind.category == Category.CRISIS
    if not urgent and not wishes.wants(kind.category):
        return Skip("opted out")
    # A reminder's quiet hours are its planner's business; a crisis has none.
    free_of_quiet = urgent or kind.category == Category.REMINDER
    quiet = None if free_of_quiet else quiet_ends(now, user.zone, wishes)
    kept_quiet = False
    for channel in _order(delivery, wishes, urgent, first, call.only):
        out = way(channel)
        to = out.address(user, urgent=urgent)
        if not to:
            continue
        if quiet and channel in LOUD:
            kept_quiet = True
            continue
        if kept_quiet and channel == Channel.IN_APP and quiet < delivery.expires_at:
            return Wait(quiet, QUIET)  # a word in the morning reaches more people than a page nobody opens
        found = _at_provider(delivery, channel, out, to, now, urgent)
        if found:
            return found
    if kept_quiet and call.only and quiet < delivery.expires_at:
        return Wait(quiet, QUIET)
    return Skip("no address")


def _order(delivery: Delivery, wishes: Wishes, urgent: bool, first: str, only: tuple[str, ...] = ()) -> list[str]:
    """Channels to try, in order. A crisis takes every way there is before it is left on a page. only: these and no others."""
    if only:
        return [c for c in only if c not in delivery.tried]
    wanted = [c for c in (first, *wishes.channels) if c]
    if urgent:
        wanted = [c for c in (*wanted, *CHANNELS) if c != Channel.IN_APP]
    return [c for c in dict.fromkeys((*wanted, str(Channel.IN_APP))) if c not in delivery.tried]


def _at_provider(
    delivery: Delivery, channel: str, out: Way, to: str, now: dt.datetime, urgent: bool
) -> Choice | Wait | None:
    """The choice of a channel whose address is known, as its provider stands. None: useless by the time it could be."""
    if not out.provider:
        return Choice(channel, out, to, urgent)
    provider = providers.state_of(out.provider)
    broken = providers.is_broken(provider)
    if broken and provider.open_until and provider.open_until > now:
        return None if urgent else _wait(delivery, provider.open_until, DOWN)
    has_turn = delivery.reason == TURN and delivery.channel == channel and now - delivery.due_at <= TURN_HOLDS
    if not urgent and not has_turn:
        turn = providers.take_turn(out.provider, now, delivery.expires_at)
        if turn is None:
            return None
        if turn > now:
            return Wait(turn, TURN, channel)
    if broken and not providers.take_trial(out.provider, now):
        return None if urgent else _wait(delivery, now + providers.FIRST_BREAK, DOWN)
    return Choice(channel, out, to, urgent, shaky=provider.failures > 0, trial=broken)


def _wait(delivery: Delivery, until: dt.datetime, reason: str) -> Wait | None:
    """Wait until then and a little, so that not all come at once; None when that would be too late."""
    due_at = until + dt.timedelta(seconds=random.uniform(0, SPREAD))  # noqa: S311 - jitter
    return Wait(due_at, reason) if due_at < delivery.expires_at else None
