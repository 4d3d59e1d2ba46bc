"""What pages read about messages: how somebody is reached, and what stands on their pages."""

import datetime as dt
from dataclasses import dataclass

import phonenumbers
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Subquery

from accounts.models import User
from messaging.models import CHANNELS, Address, Category, Channel, Notice, Policy, PushSubscription, Stop

NOTICES_ON_PAGE = 20


@dataclass(frozen=True, slots=True)
class Reach:
    """How one person is reached. channels: in their order, as they or their program chose."""

    channels: tuple[str, ...]
    own: bool  # whether they chose the order themselves
    muted: tuple[Category, ...]
    number: str
    stopped_at: dt.datetime | None
    number_failed_at: dt.datetime | None
    email_failed_at: dt.datetime | None
    browsers: bool

    @property
    def ways(self) -> list[tuple[str, bool]]:
        """(name of the way, whether it works now) in order."""
        works = {
            Channel.EMAIL: not self.email_failed_at,
            Channel.SMS: bool(self.number) and not self.stopped_at and not self.number_failed_at,
            Channel.PUSH: self.browsers,
            Channel.IN_APP: True,
        }
        return [(str(Channel(channel).label), works[Channel(channel)]) for channel in self.channels]

    @property
    def number_words(self) -> str:
        """The number as people here write it: "(213) 555-0123"."""
        if not self.number:
            return ""
        parsed = phonenumbers.parse(self.number)
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)

    @property
    def wants_reminders(self) -> bool:
        """Whether they did not say no to reminders."""
        return Category.REMINDER not in self.muted


def reach_of(user: User, program_id: int | None) -> Reach:
    """How the person is reached in a program. Two queries."""
    found = (
        User.objects.select_related("message_preference")
        .annotate(
            has_browser=Exists(PushSubscription.objects.filter(user=OuterRef("pk"), gone_at=None)),
            of_program=Subquery(Policy.objects.filter(program=program_id).values("channels")[:1]),
        )
        .get(pk=user.pk)
    )
    stopped = Stop.objects.filter(number=OuterRef("value"), resumed_at=None).values("stopped_at")[:1]
    addresses = {a.channel: a for a in Address.objects.filter(user=user).annotate(stopped_at=Subquery(stopped))}
    sms, email = addresses.get(Channel.SMS), addresses.get(Channel.EMAIL)
    own = getattr(found, "message_preference", None)
    chosen = own.channels if own else None
    return Reach(
        channels=tuple(chosen or found.of_program or CHANNELS),
        own=bool(chosen),
        muted=tuple(Category(category) for category in (own.muted if own else [])),
        number=sms.value if sms else "",
        stopped_at=sms.stopped_at if sms else None,
        number_failed_at=sms.failed_at if sms else None,
        # Of another address than the account's present one it says nothing.
        email_failed_at=email.failed_at if email and email.value.lower() == found.email.lower() else None,
        browsers=found.has_browser,
    )


def notices_page(user: User, number) -> Page:
    """One page of the person's notices, the newest first. Two queries."""
    return Paginator(Notice.objects.visible_to(user), NOTICES_ON_PAGE).get_page(number)


def unread(user: User) -> int:
    """How many notices the person has not seen. One query."""
    return Notice.objects.visible_to(user).filter(read_at=None).count()
