"""Care during a session: who is not OK, who dropped out, what a leader saw, which guideline was not kept."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from core.models import HouseModel
from groups.models import Group
from patients.models import Patient
from rooms.models.people import OfParticipantQuerySet, Participant


@pghistory.track()
class Call(HouseModel):
    """Somebody called the leaders: they are not OK, something technical is wrong, or a room beside wants help."""

    class Kind(models.TextChoices):
        """Why."""

        NOT_OK = "not_ok", _("Is not OK")
        TROUBLE = "trouble", _("Technical trouble")
        HELP = "help", _("Wants a leader in the room beside")

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="calls", verbose_name=_("person in the room")
    )
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    text = EncryptedTextField(_("in their words"), blank=True)
    at = models.DateTimeField(_("called"))
    taken_at = models.DateTimeField(_("taken on"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken on by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    outcome = EncryptedTextField(_("what was done"), blank=True)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("call to the leaders")
        verbose_name_plural = _("calls to the leaders")
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "kind"], condition=Q(closed_at=None), name="one_open_call_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(taken_at=None, taken_by=None) | Q(taken_at__isnull=False, taken_by__isnull=False),
                name="call_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("at")), name="call_closes_after_it_came"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_kind_display()


@pghistory.track()
class QuickRating(models.Model):
    """A leader's quick impression of somebody during the session, 0-4. A hint beside the note's rating, and never that rating."""

    class Scale(models.TextChoices):
        """Of what."""

        TONE = "tone", _("Tone")
        ENGAGEMENT = "engagement", _("Engagement")

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="quick_ratings", verbose_name=_("person in the room")
    )
    scale = models.CharField(_("scale"), max_length=10, choices=Scale.choices)
    value = models.PositiveSmallIntegerField(_("value"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("quick rating")
        verbose_name_plural = _("quick ratings")
        ordering = ["at"]
        constraints = [models.CheckConstraint(condition=Q(value__range=(0, 4)), name="quick_rating_0_to_4")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_scale_display()} {self.value}"


@pghistory.track()
class DropOut(HouseModel):
    """Somebody's connection was lost and did not come back: after five minutes a leader calls (CLINICAL_FACTS section 6)."""

    class Outcome(models.TextChoices):
        """How it ended."""

        RETURNED = "returned", _("Came back")
        REACHED = "reached", _("Reached by phone, is all right")
        NOT_REACHED = "not_reached", _("Not reached")
        CONTACT = "contact", _("Emergency contact called")
        WELFARE = "welfare", _("Welfare check asked for")
        LEFT = "left", _("Had left, all right")

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="drop_outs", verbose_name=_("person in the room")
    )
    lost_at = models.DateTimeField(_("lost"))
    called_at = models.DateTimeField(_("called"), null=True, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("called by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome.choices, blank=True)
    text = EncryptedTextField(_("what was done"), blank=True)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("drop-out")
        verbose_name_plural = _("drop-outs")
        ordering = ["lost_at"]
        constraints = [
            models.UniqueConstraint(fields=["participant"], condition=Q(ended_at=None), name="one_open_drop_out"),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="drop_out_ends_with_an_outcome",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_outcome_display()


@pghistory.track()
class Breach(HouseModel):
    """A guideline of the agreement was not kept in a session, and what was done."""

    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="breaches", verbose_name=_("person in the room")
    )
    guideline = models.CharField(_("guideline"), max_length=200)
    text = EncryptedTextField(_("what happened"), blank=True)
    done = EncryptedTextField(_("what was done"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("breach of a guideline")
        verbose_name_plural = _("breaches of guidelines")
        ordering = ["at"]
        constraints = [
            models.CheckConstraint(condition=~Q(guideline="") & ~Q(done=""), name="a_breach_says_what_was_done")
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.guideline


class ApartQuerySet(models.QuerySet):
    """Pairs."""

    def visible_to(self, user) -> "ApartQuerySet":
        """Of patients both of whom are visible to the user, and never to a patient."""
        seen = Patient.objects.visible_to(user).exclude(user=user)
        return self.filter(one__in=seen, other__in=seen)


@pghistory.track()
class Apart(HouseModel):
    """Two members of a group who are not put into one room beside."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="apart", verbose_name=_("group"))
    one = models.ForeignKey(Patient, models.PROTECT, related_name="+", verbose_name=_("one"))
    other = models.ForeignKey(Patient, models.PROTECT, related_name="+", verbose_name=_("the other"))
    reason = EncryptedTextField(_("reason"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ApartQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair kept apart")
        verbose_name_plural = _("pairs kept apart")
        constraints = [
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="a_pair_is_two_in_order"),
            models.UniqueConstraint(
                fields=["group", "one", "other"], condition=Q(ended_at=None), name="kept_apart_once"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.group)
