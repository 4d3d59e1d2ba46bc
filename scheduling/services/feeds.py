"""Private calendar feeds are opened and revoked by the person they are of."""

import hashlib
import secrets

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.transactions import in_one_piece
from scheduling.models import CalendarFeed


def hash_of(token: str) -> str:
    """What is kept of a feed's token."""
    return hashlib.sha256(token.encode()).hexdigest()


@in_one_piece
def open_feed(*, user: User) -> tuple[CalendarFeed, str]:
    """A new feed and its address, which nobody can be told again. A feed the person had before is revoked."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once must not both find none to revoke
    revoke_feed(user=user)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=user, token_hash=hash_of(token))
    return feed, settings.SITE_URL + reverse("calendar_feed", args=[token])


@in_one_piece
def revoke_feed(*, user: User) -> bool:
    """The person's feed answers nobody any more. Whether there was one."""
    return bool(CalendarFeed.objects.in_force().filter(user=user).update(revoked_at=timezone.now()))
