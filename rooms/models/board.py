"""The whiteboard of a room: that there was one, and who may draw. What is drawn on it is not here (`services.board`)."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models.rooms import Room


class Board(models.Model):
    """The whiteboard of one room, from the first time a leader opened it."""

    room = models.OneToOneField(Room, models.PROTECT, related_name="board", verbose_name=_("room"))
    is_open = models.BooleanField(_("open"), default=True)
    all_draw = models.BooleanField(_("everybody may draw"), default=True)
    may_save = models.BooleanField(_("everybody may save a picture of it"), default=False)
    opened_at = models.DateTimeField(_("opened"))

    class Meta:
        verbose_name = _("whiteboard")
        verbose_name_plural = _("whiteboards")
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.room)
