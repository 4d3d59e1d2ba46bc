"""How a kind of delivery is written and re-checked. The floors above register theirs; this floor knows none of them.

A composer is called with the delivery's row locked, just before sending, and answers with what is true at that moment:
a `Letter` to send, a `Skip` (no longer called for) or a `Later` (called for, but not yet).
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from messaging.models import Delivery


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it leaves. It names no diagnosis, no program and nobody's last name."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Not to be sent any more. reason: a short code, kept on the row."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """What it speaks of moved: due at another time."""

    due_at: dt.datetime
    expires_at: dt.datetime


Composer = Callable[[Delivery], Letter | Skip | Later]
_composers: dict[str, Composer] = {}


def composes(kind: str) -> Callable[[Composer], Composer]:
    """Register the composer of a kind of delivery."""

    def register(composer: Composer) -> Composer:
        _composers[kind] = composer
        return composer

    return register


def compose(delivery: Delivery) -> Letter | Skip | Later:
    """What to do with the delivery now. Raises KeyError for a kind nobody registered."""
    return _composers[delivery.kind](delivery)
