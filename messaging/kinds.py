"""Kinds of message. The floors above register theirs: how it is re-checked, what it says by default, and what it is to a person.

A composer is called with the delivery's row locked, just before sending, and answers with what is true at that moment:
a `Call` (called for: what the words need), a `Skip` (no longer called for) or a `Later` (called for, but not yet). The words
come from `messaging.texts`: a program's own template, else the kind's default.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise

from messaging.models import Category, Delivery

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it leaves. It names no diagnosis, no program and nobody's last name."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """Called for. values: what the kind's placeholders stand for ("name", "when" …), in the recipient's language.

    program_id: whose wording and rules hold. path: the page it leads to after signing in, without anybody's data.
    sentence: another sentence than the kind's own, where the facts ask for one (its placeholders are in `values`). only: the
    channels it may leave by, whatever the person wants (none: any): a link that lets somebody in goes where staff sent it."""

    values: Mapping[str, str]
    program_id: int | None = None
    path: str = "/"
    subject: Words | None = None
    sentence: Words | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """Not to be sent any more. reason: a short code, kept on the row."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """What it speaks of moved: due at another time."""

    due_at: dt.datetime
    expires_at: dt.datetime


Composer = Callable[[Delivery], Call | Skip | Later]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message. subject and sentence: the default wording, with {placeholders}; the sentence follows "Hi Pat,"."""

    name: str
    category: Category
    label: Words
    subject: Words
    sentence: Words
    composer: Composer
    # Placeholder -> what it stands for in a preview. {name}, {link} and {site} are always there.
    samples: Mapping[str, Words] = field(default_factory=dict)
    # Channel -> the whole default text, of a kind whose link is not to a page one signs in to.
    texts: Mapping[str, Words] = field(default_factory=dict)


KINDS: dict[str, Kind] = {}


def composes(
    name: str,
    *,
    category: Category,
    label: Words,
    subject: Words,
    sentence: Words,
    samples: Mapping[str, Words] | None = None,
    texts: Mapping[str, Words] | None = None,
) -> Callable[[Composer], Composer]:
    """Register a kind of delivery by its composer."""

    def register(composer: Composer) -> Composer:
        KINDS[name] = Kind(name, category, label, subject, sentence, composer, samples or {}, texts or {})
        return composer

    return register


def kind_of(delivery: Delivery) -> Kind:
    """The delivery's kind. Raises KeyError for one nobody registered."""
    return KINDS[delivery.kind]


def compose(delivery: Delivery) -> Call | Skip | Later:
    """What to do with the delivery now. Raises KeyError for a kind nobody registered."""
    return kind_of(delivery).composer(delivery)
