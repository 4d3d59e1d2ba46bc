"""How somebody admitted gets in for the first time, and which of their first steps are done."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import HouseModel
from messaging.models import Channel
from patients.models.people import Patient

MAX_TRIES = 5  # wrong birth dates, then an invitation opens nothing any more


class OfPatientQuerySet(models.QuerySet):
    """Rows of one patient each."""

    def visible_to(self, user) -> "OfPatientQuerySet":
        """Of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


class InvitationQuerySet(OfPatientQuerySet):
    """Invitations."""

    def standing(self) -> "InvitationQuerySet":
        """Neither used nor taken back nor locked; it may have run out."""
        return self.filter(used_at=None, revoked_at=None, locked_at=None)

    def usable(self, at=None) -> "InvitationQuerySet":
        """What opens a door at a moment (now by default)."""
        return self.standing().filter(expires_at__gt=at or timezone.now())


# Its history leaves out the hash.
@pghistory.track(exclude=["key_hash"])
class Invitation(HouseModel):
    """One link by which somebody admitted gets in for the first time: once, for some days, after saying their birth date.

    The link's key is kept nowhere: it is computed when the message is written (`services.invitations`); here is its hash.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="invitations", verbose_name=_("patient"))
    channel = models.CharField(
        _("sent by"), max_length=8, choices=[(str(c), c.label) for c in (Channel.EMAIL, Channel.SMS)]
    )
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    expires_at = models.DateTimeField(_("works until"))
    tries = models.PositiveSmallIntegerField(_("wrong birth dates"), default=0)
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(used_at=None, revoked_at=None, locked_at=None),
                name="one_standing_invitation",
            ),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms"]), name="invitation_channel_known"),
            models.CheckConstraint(condition=Q(tries__lte=MAX_TRIES), name="invitation_tries_end"),
            models.CheckConstraint(
                condition=Q(tries__lt=MAX_TRIES) | Q(locked_at__isnull=False),
                name="invitation_locks_after_the_last_try",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(locked_at=None, revoked_at=None), name="a_used_invitation_was_open"
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(used_at__lte=F("expires_at")), name="an_invitation_is_used_in_time"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="used_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__used_at__isnull=False) | pgtrigger.Q(old__locked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient} · {self.get_channel_display()}"

    @property
    def has_run_out(self) -> bool:
        """It was never used, and is too old."""
        return self.used_at is None and self.expires_at <= timezone.now()


@pghistory.track()
class FirstStep(models.Model):
    """Something of somebody's first days that is done: a lesson read, their details looked through."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="first_steps", verbose_name=_("patient"))
    step = models.CharField(_("step"), max_length=40)
    done_at = models.DateTimeField(_("done"))

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("first step")
        verbose_name_plural = _("first steps")
        ordering = ["done_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "step"], name="a_first_step_is_done_once"),
            models.CheckConstraint(condition=~Q(step=""), name="a_first_step_has_a_name"),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.patient} · {self.step}"
