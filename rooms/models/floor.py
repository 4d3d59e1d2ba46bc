"""Who has the floor: rounds and their turns, raised hands."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rooms.models.people import OfParticipantQuerySet, Participant
from rooms.models.rooms import Room, Step


class Round(models.Model):
    """Everybody in turn, and anybody may pass: speaking is never forced."""

    class Kind(models.TextChoices):
        """When it is held."""

        CHECK_IN = "check_in", _("Check-in round")
        CLOSING = "closing", _("Closing round")
        OTHER = "other", _("Round")

    room = models.ForeignKey(Room, models.PROTECT, related_name="rounds", verbose_name=_("room"))
    step = models.ForeignKey(
        Step, models.PROTECT, null=True, blank=True, related_name="rounds", verbose_name=_("step of the agenda")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["began_at"]
        constraints = [
            models.UniqueConstraint(fields=["room"], condition=Q(ended_at=None), name="one_round_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="round_ends_after_it_began"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_kind_display()


class Turn(models.Model):
    """One person's turn in a round."""

    class State(models.TextChoices):
        """How it stands."""

        WAITING = "waiting", _("To come")
        NOW = "now", _("Has the floor")
        DONE = "done", _("Spoke")
        PASSED = "passed", _("Passed")

    round = models.ForeignKey(Round, models.PROTECT, related_name="turns", verbose_name=_("round"))
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="turns", verbose_name=_("person in the room")
    )
    place = models.PositiveSmallIntegerField(_("place"))
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Whoever passes is asked once more at the end of the round.
    times_passed = models.PositiveSmallIntegerField(_("times passed"), default=0)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["round", "participant"], name="one_turn_each"),
            models.UniqueConstraint(fields=["round"], condition=Q(state="now"), name="one_turn_at_a_time"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_state_display()


class Hand(models.Model):
    """A raised hand."""

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="hands", verbose_name=_("person in the room")
    )
    raised_at = models.DateTimeField(_("raised"))
    lowered_at = models.DateTimeField(_("lowered"), null=True, blank=True)
    called_at = models.DateTimeField(_("called on"), null=True, blank=True)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("raised hand")
        verbose_name_plural = _("raised hands")
        ordering = ["raised_at"]
        constraints = [
            models.UniqueConstraint(fields=["participant"], condition=Q(lowered_at=None), name="one_hand_up"),
            models.CheckConstraint(
                condition=Q(lowered_at=None) | Q(lowered_at__gte=F("raised_at")), name="hand_lowers_after_it_rose"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)
