"""Who was there from when to when. Facts of machines: they propose an attendance, and never are one.

Connections are not in the change history: they are their own, and a row of each is written every few seconds.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from rooms.models.people import OfParticipantQuerySet, Participant
from rooms.models.rooms import Room, media_number, media_secret


class ConnectionQuerySet(OfParticipantQuerySet):
    """Connections."""

    def open(self) -> "ConnectionQuerySet":
        """Not closed."""
        return self.filter(closed_at=None)


class Connection(models.Model):
    """One page of one person connected to a room. seen_at: when its process last knew it alive. Of a process that was killed, the
    sweep closes it at that moment."""

    class Why(models.TextChoices):
        """How it closed."""

        LEFT = "left", _("Left")
        LOST = "lost", _("Lost")  # the network, the browser or our process went away
        REMOVED = "removed", _("Removed")
        ENDED = "ended", _("The session ended")

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="connections", verbose_name=_("person in the room")
    )
    opened_at = models.DateTimeField(_("opened"))
    seen_at = models.DateTimeField(_("last seen"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    why = models.CharField(_("why closed"), max_length=8, choices=Why.choices, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        indexes = [
            models.Index(fields=["participant", "opened_at"], name="connections_of_somebody"),
            models.Index(fields=["seen_at"], condition=Q(closed_at=None), name="connections_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="connection_closes_after_it_opened"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, why="") | (Q(closed_at__isnull=False) & ~Q(why="")),
                name="connection_closes_for_a_reason",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)


class Spell(models.Model):
    """A stretch of a session that somebody spent otherwise than in the room: stepped away, or in a room beside it."""

    class Kind(models.TextChoices):
        """How."""

        AWAY = "away", _("Stepped away")
        BESIDE = "beside", _("In a room beside")

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="spells", verbose_name=_("person in the room")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    beside = models.ForeignKey(
        "rooms.Beside", models.PROTECT, null=True, blank=True, related_name="spells", verbose_name=_("room beside")
    )
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("stretch of a session")
        verbose_name_plural = _("stretches of a session")
        ordering = ["began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "kind"], condition=Q(ended_at=None), name="one_open_spell_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="away", beside=None) | Q(kind="beside", beside__isnull=False),
                name="spell_is_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="spell_ends_after_it_began"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_kind_display()


class Beside(models.Model):
    """A room beside the room: a breakout, or a private one for somebody and a leader."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="beside", verbose_name=_("room"))
    number = models.BigIntegerField(_("number of the media room"), unique=True, default=media_number, editable=False)
    secret = EncryptedTextField(_("secret of the media room"), default=media_secret, editable=False)
    name = models.CharField(_("name"), max_length=40)
    is_private = models.BooleanField(_("for one person and a leader"), default=False)
    # Only the person themselves can say so, once they are in it.
    is_told = models.BooleanField(_("the others may know that they are being supported"), default=False)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("room beside")
        verbose_name_plural = _("rooms beside")
        ordering = ["pk"]
        indexes = [models.Index(fields=["room"], condition=Q(closed_at=None), name="beside_open")]
        constraints = [
            models.CheckConstraint(condition=Q(number__range=(1, 2**53 - 1)), name="beside_number_fits_a_browser"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(opened_at=None) | Q(closed_at__gte=F("opened_at")),
                name="beside_closes_after_it_opened",
            ),
            models.CheckConstraint(condition=Q(is_told=False) | Q(is_private=True), name="told_of_a_private_room"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """To which room beside somebody goes when it opens, and comes back from a private one."""

    participant = models.OneToOneField(
        Participant, models.PROTECT, related_name="place_beside", verbose_name=_("person in the room")
    )
    beside = models.ForeignKey(Beside, models.PROTECT, related_name="places", verbose_name=_("room beside"))

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("place in a room beside")
        verbose_name_plural = _("places in rooms beside")

    def __str__(self) -> str:
        return str(self.beside)


class MediaHandle(models.Model):
    """One connection to the media server, as it tells it: the ledger is keyed by the server's handle."""

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="media_handles", verbose_name=_("person in the room")
    )
    number = models.BigIntegerField(_("number of the media room"))
    handle = models.CharField(_("handle"), max_length=64, unique=True)
    joined_at = models.DateTimeField(_("joined"))
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection to the media server")
        verbose_name_plural = _("connections to the media server")
        indexes = [models.Index(fields=["number"], condition=Q(left_at=None), name="media_handles_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")), name="media_left_after_it_joined"
            )
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.handle


class TalkSpell(models.Model):
    """Somebody was heard talking, from when to when: that they spoke, never what."""

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="talk_spells", verbose_name=_("person in the room")
    )
    handle = models.ForeignKey(
        MediaHandle, models.PROTECT, null=True, blank=True, related_name="talk_spells", verbose_name=_("connection")
    )
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("stretch of talking")
        verbose_name_plural = _("stretches of talking")
        indexes = [models.Index(fields=["participant", "began_at"], name="talk_of_somebody")]
        constraints = [
            models.UniqueConstraint(fields=["handle"], condition=Q(ended_at=None), name="one_open_talk_spell"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="talk_ends_after_it_began"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)
