"""What leaders keep apart from the members' records: how the group as a whole went, and a clinician's own psychotherapy notes."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from clinical.models.common import all_events, scale, scales_are_0_to_4
from core.fields import EncryptedTextField, PrivateTextField
from core.models import HouseModel
from groups.models import Facilitator
from scheduling.models import Booking, Session


class GroupStage(models.TextChoices):
    """Where the group is in its life (CLINICAL_FACTS section 4)."""

    FORMING = "forming", _("Forming")
    CONFLICT = "conflict", _("Conflict")
    WORKING = "working", _("Working")
    ENDING = "ending", _("Ending")


class GroupRole(models.TextChoices):
    """Roles that came up in a session. They pass, and are never a person's: nobody is named with one."""

    INITIATOR = "initiator", _("Initiator")
    ENCOURAGER = "encourager", _("Encourager")
    HARMONIZER = "harmonizer", _("Harmonizer")
    CHALLENGER = "challenger", _("Challenger")
    MONOPOLIZER = "monopolizer", _("Takes much of the room")
    HELP_REJECTING = "help_rejecting", _("Turns help down")
    SILENT = "silent", _("Silent, observing")
    CARETAKER = "caretaker", _("Caretaker")
    JOKER = "joker", _("Joker, deflector")
    SCAPEGOATED = "scapegoated", _("Scapegoated")
    TRUTH_TELLER = "truth_teller", _("Truth-teller")
    NEWCOMER = "newcomer", _("Newcomer")
    MENTOR = "mentor", _("Graduate, mentor")


SCALES = (
    *("climate", "cohesion", "safety", "conflict", "repair", "subgrouping", "dominance", "silence"),
    *("disclosure", "feedback", "avoidance", "contagion", "hope"),
)


class ObservationQuerySet(models.QuerySet):
    """Observations of groups."""

    def visible_to(self, user) -> "ObservationQuerySet":
        """Of the groups the user leads now, of sessions they led, and of those whose leaders they supervise."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        leaders = Q(user=user)
        if Role.SUPERVISOR in user.roles:
            leaders |= Q(user__staff_profile__supervisor=user)
        led = Booking.objects.live().filter(leaders, session__isnull=False, user__isnull=False).values("session_id")
        groups = Facilitator.objects.current().filter(leaders).values("group_id")
        return self.filter(Q(session__in=led) | Q(session__group__in=groups))


@pghistory.track()
class GroupObservation(HouseModel):
    """How the group as a whole was in one session, for its leaders' eyes. About the group: nobody in it is named."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="observation", verbose_name=_("session"))
    stage = models.CharField(_("stage"), max_length=8, choices=GroupStage.choices, blank=True)
    climate = scale(_("climate"))
    cohesion = scale(_("cohesion"))
    safety = scale(_("safety"))
    conflict = scale(_("conflict"))
    repair = scale(_("repair"))
    subgrouping = scale(_("subgrouping"))
    dominance = scale(_("dominance"))
    silence = scale(_("silence"))
    disclosure = scale(_("depth of self-disclosure"))
    feedback = scale(_("quality of feedback"))
    avoidance = scale(_("avoidance"))
    contagion = scale(_("craving or use talk that spreads"))
    hope = scale(_("hope"))
    roles = ArrayField(
        models.CharField(max_length=16, choices=GroupRole.choices),
        verbose_name=_("roles seen"),
        default=list,
        blank=True,
    )
    text = EncryptedTextField(_("what was seen"), blank=True)
    version = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="group_observations", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"), auto_now=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("observation of a group")
        verbose_name_plural = _("observations of groups")
        constraints = [
            scales_are_0_to_4("observation_scales_0_to_4", *SCALES),
            models.CheckConstraint(condition=Q(stage__in=["", *GroupStage.values]), name="observation_stage_is_known"),
            models.CheckConstraint(
                condition=Q(roles__contained_by=GroupRole.values), name="observation_roles_are_known"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.session)


class PrivateQuerySet(models.QuerySet):
    """Notes only their author reads."""

    def visible_to(self, user) -> "PrivateQuerySet":
        """One's own."""
        return self.filter(author=user) if user.is_authenticated and user.is_active else self.none()


@pghistory.track(*all_events())
class PsychotherapyNote(HouseModel):
    """A clinician's own analysis of a session (45 CFR 164.501), apart from the record: under keys of its own, read by its author
    alone, and in no export. It names no patient in a column, so that nothing leads here from anybody's record."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="psychotherapy_notes", verbose_name=_("written by")
    )
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("session")
    )
    about_on = models.DateField(_("about the day"))
    text = PrivateTextField(_("note"))
    version = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField(_("written"), auto_now=True)

    objects = PrivateQuerySet.as_manager()

    class Meta:
        verbose_name = _("psychotherapy note")
        verbose_name_plural = _("psychotherapy notes")
        ordering = ["-about_on", "-pk"]
        indexes = [models.Index(fields=["author", "-about_on"], name="private_notes_of_an_author")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="private_note_says_something")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.about_on}"
