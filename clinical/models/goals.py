"""What a person makes of their plan: goals in plain words, steps of their own, what they share with their group; and changes they
suggest to their plans for hard times.

Objectives are known by their `line`, which stays the same from version to version of the plan.
"""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from clinical.models.common import OfPatientQuerySet
from clinical.models.documents import Document
from core.fields import EncryptedJSONField, EncryptedTextField
from core.models import HouseModel
from groups.models import Membership
from patients.models import Patient


@pghistory.track()
class PlainWords(HouseModel):
    """An objective as a clinician says it to the person. Without a row the objective's own text stands."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plain_words", verbose_name=_("patient"))
    line = models.UUIDField(_("line"))
    text = EncryptedTextField(_("in plain words"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))
    at = models.DateTimeField(_("written"), default=timezone.now)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("goal in plain words")
        verbose_name_plural = _("goals in plain words")
        constraints = [models.UniqueConstraint(fields=["patient", "line"], name="plain_words_once_a_line")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


@pghistory.track()
class OwnStep(HouseModel):
    """A step the person sets themselves towards an objective. Ticked, unticked, put elsewhere, put away; never gone."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="own_steps", verbose_name=_("patient"))
    line = models.UUIDField(_("line"))
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    text = EncryptedTextField(_("step"))
    done_at = models.DateTimeField(_("ticked"), null=True, blank=True)
    removed_at = models.DateTimeField(_("put away"), null=True, blank=True)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("own step")
        verbose_name_plural = _("own steps")
        ordering = ["place", "pk"]
        indexes = [models.Index(fields=["patient", "line"], name="steps_of_a_patient")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="step_says_something")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"


class SharedGoalQuerySet(models.QuerySet):
    def standing(self) -> "SharedGoalQuerySet":
        """Not taken back, by somebody who is in the group today."""
        here = Membership.objects.current().values("pk")
        return self.filter(ended_at=None, membership__in=here)

    def visible_to(self, user) -> "SharedGoalQuerySet":
        """One's own; what stands in the groups one is in today as a member; and, for staff, what stands of patients visible to
        them: leading a group brings its members onto one's care team."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(pk__in=[])
        standing = self.model.objects.standing().values("pk")
        if Role.PATIENT in user.roles:
            mine = Membership.objects.current().filter(patient__user=user).values("group_id")
            seen |= Q(patient__user=user) | Q(pk__in=standing, membership__group__in=mine)
        if user.is_staff_member:
            seen |= Q(pk__in=standing, patient__in=Patient.objects.visible_to(user))
        return self.filter(seen)


_TAKEN_BACK_STAYS = """
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'what was taken back is not shared again' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM groups_membership m WHERE m.id = NEW.membership_id AND m.patient_id = NEW.patient_id) THEN
        RAISE EXCEPTION 'one shares in a group of one''s own' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""


# Its history says when and with whom, never what: taken back, the words are nowhere.
@pghistory.track(exclude=["words"])
class SharedGoal(HouseModel):
    """What somebody chose to say of a goal to one group they are in: their words, as previewed, until they take them back."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="shared_goals", verbose_name=_("patient"))
    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="shared_goals", verbose_name=_("membership")
    )
    line = models.UUIDField(_("line"))
    words = EncryptedTextField(_("as shared"), blank=True)
    shared_at = models.DateTimeField(_("shared"), default=timezone.now)
    ended_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    # Where it was not the person: who leads the group, and what they said to them, which they alone read.
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken down by"),
    )
    taken_down_words = EncryptedTextField(_("said to them"), blank=True)

    objects = SharedGoalQuerySet.as_manager()

    class Meta:
        verbose_name = _("goal shared with a group")
        verbose_name_plural = _("goals shared with a group")
        ordering = ["-shared_at", "-pk"]
        indexes = [models.Index(fields=["membership"], condition=Q(ended_at=None), name="goals_shared_now")]
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "line"], condition=Q(ended_at=None), name="a_goal_is_shared_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) & ~Q(words="") | Q(ended_at__isnull=False, words=""),
                name="a_goal_taken_back_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(taken_down_by=None, taken_down_words="")
                | Q(taken_down_by__isnull=False, ended_at__isnull=False) & ~Q(taken_down_words=""),
                name="a_goal_taken_down_has_a_word",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="taken_back_stays",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_TAKEN_BACK_STAYS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shared_at:%Y-%m-%d}"


class SuggestionQuerySet(OfPatientQuerySet):
    def open(self) -> "SuggestionQuerySet":
        """Nobody has answered yet, the longest waiting first."""
        return self.filter(state=PlanSuggestion.State.OPEN).order_by("created_at", "pk")


_SUGGESTION_OF_PATIENT = """
    IF NOT EXISTS (SELECT FROM clinical_document d WHERE d.id = NEW.document_id AND d.patient_id = NEW.patient_id
        AND d.kind IN ('safety_plan', 'relapse_plan') AND d.sealed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'one suggests changes to a plan of one''s own' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""


@pghistory.track()
class PlanSuggestion(HouseModel):
    """What the person would change in their safety plan or relapse-prevention plan. A clinician takes it over into a draft of the
    next version, which both then settle, or answers. The plan itself changes by that alone."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("Waits for an answer")
        TAKEN = "taken", _("Taken over into the plan")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Taken back")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plan_suggestions", verbose_name=_("patient"))
    document = models.ForeignKey(
        Document, models.PROTECT, related_name="suggestions", verbose_name=_("the version it is about")
    )
    kind = models.CharField(_("kind"), max_length=16)
    sections = EncryptedJSONField(_("texts"), help_text=_("By section, only those that would change."))
    words = EncryptedTextField(_("why"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    version = models.PositiveSmallIntegerField(_("times written"), default=1)
    changed_at = models.DateTimeField(_("last written"), default=timezone.now)
    answer = EncryptedTextField(_("answer"), blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    closed_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggested change")
        verbose_name_plural = _("suggested changes")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["patient", "state"], name="suggestions_of_a_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(state="open"), name="one_open_suggestion_per_plan"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["safety_plan", "relapse_plan"]), name="suggestion_is_about_a_plan"
            ),
            models.CheckConstraint(condition=~Q(sections=""), name="suggestion_says_something"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, closed_by=None, answer="")
                | Q(state="taken", closed_at__isnull=False, closed_by__isnull=False)
                | Q(state="answered", closed_at__isnull=False, closed_by__isnull=False) & ~Q(answer="")
                | Q(state="withdrawn", closed_at__isnull=False, closed_by=None, answer=""),
                name="suggestion_ends_whole",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="closed_stays", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__state="open")
            ),
            pgtrigger.Trigger(
                name="of_an_own_plan",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_SUGGESTION_OF_PATIENT,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"
