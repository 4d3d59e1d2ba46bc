"""A program's own words."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import Program
from core.models import HouseModel
from messaging.models.choices import Channel


class TemplateQuerySet(models.QuerySet):
    def visible_to(self, user) -> "TemplateQuerySet":
        """Those of the programs a program admin or supervisor works in."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(program__in=user.program_ids(Role.PROGRAM_ADMIN, Role.SUPERVISOR))


@pghistory.track()
class Template(HouseModel):
    """A program's own wording of a kind of message, for one channel and language. Without a row, the product's own wording."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="message_templates", verbose_name=_("program"))
    kind = models.CharField(_("kind"), max_length=40)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    text = models.TextField(_("text"), max_length=2000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"), auto_now=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [
            models.UniqueConstraint(fields=["program", "kind", "channel", "language"], name="one_wording_each"),
            models.CheckConstraint(condition=~Q(text=""), name="a_wording_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.get_channel_display()} · {self.get_language_display()}"
