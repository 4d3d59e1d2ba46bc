"""Private calendar feeds."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import HouseModel


class FeedQuerySet(models.QuerySet):
    def visible_to(self, user) -> "FeedQuerySet":
        """A person's own."""
        return self.filter(user=user) if user.is_authenticated and user.is_active else self.none()

    def in_force(self) -> "FeedQuerySet":
        """Not revoked."""
        return self.filter(revoked_at=None)


@pghistory.track(exclude=["token_hash", "read_at"])
class CalendarFeed(HouseModel):
    """One person's feed. Whoever has its address reads it, so only the address's SHA-256 is kept, and it can be revoked."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="calendar_feeds", verbose_name=_("person")
    )
    token_hash = models.CharField(max_length=64, unique=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    read_at = models.DateTimeField(_("last read"), null=True, blank=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [models.UniqueConstraint(fields=["user"], condition=Q(revoked_at=None), name="one_feed_a_person")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user}"
