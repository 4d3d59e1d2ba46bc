"""The treatment plan: problems, long-term goals, measurable objectives, interventions; versions, agreement and review.

CLINICAL_FACTS section 1: problem, long-term goal, measurable objective, intervention, frequency, responsible staff, target date,
patient agreement and signature.
"""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinical.models.common import (
    OfPatientQuerySet,
    Signed,
    SignedQuerySet,
    all_events,
    sealing_constraints,
    sealing_triggers,
)
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Episode, Patient


def _sealed_with_plan(path: str) -> str:
    """A part of a signed plan stays as it is. path: the query that finds the part's plan, with {row} for OLD or NEW."""
    return f"""
    IF TG_OP <> 'INSERT' AND EXISTS ({path.format(row="OLD")} AND p.signed_at IS NOT NULL)
        OR TG_OP <> 'DELETE' AND EXISTS ({path.format(row="NEW")} AND p.signed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a signed plan stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""


def _part_of_plan(path: str) -> list[pgtrigger.Trigger]:
    return [
        pgtrigger.Trigger(
            name="sealed_with_plan",
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            when=pgtrigger.Before,
            func=_sealed_with_plan(path),
        )
    ]


_PLAN = "SELECT FROM clinical_treatmentplan p WHERE p.id = {row}.plan_id"
_OF_PROBLEM = (
    "SELECT FROM clinical_problem b JOIN clinical_treatmentplan p ON p.id = b.plan_id WHERE b.id = {row}.problem_id"
)
_OF_GOAL = (
    "SELECT FROM clinical_goal g JOIN clinical_problem b ON b.id = g.problem_id "
    "JOIN clinical_treatmentplan p ON p.id = b.plan_id WHERE g.id = {row}.goal_id"
)
_OF_OBJECTIVE = (
    "SELECT FROM clinical_objective o JOIN clinical_goal g ON g.id = o.goal_id JOIN clinical_problem b ON b.id = g.problem_id "
    "JOIN clinical_treatmentplan p ON p.id = b.plan_id WHERE o.id = {row}.objective_id"
)


@pghistory.track(*all_events())
class TreatmentPlan(HouseModel, Signed):
    """One version of an episode's plan. The newest sealed one is in force; the ones before stay readable."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plans", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="plans", verbose_name=_("episode"))
    number = models.PositiveSmallIntegerField(_("version"))
    strengths = EncryptedTextField(_("strengths"), blank=True)
    culture = EncryptedTextField(_("cultural considerations and preferences"), blank=True)
    review_days = models.PositiveSmallIntegerField(_("reviewed every (days)"), default=30)

    objects = SignedQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment plan")
        verbose_name_plural = _("treatment plans")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["patient", "-sealed_at"], name="plans_of_a_patient"),
            models.Index(
                fields=["cosigner"], condition=Q(signed_at__isnull=False, sealed_at=None), name="plans_to_cosign"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["episode", "number"], name="one_plan_per_version"),
            models.UniqueConstraint(
                fields=["episode"], condition=Q(sealed_at=None), name="one_open_version_per_episode"
            ),
            models.CheckConstraint(condition=Q(review_days__range=(1, 90)), name="plan_review_1_to_90_days"),
            *sealing_constraints("plan"),
        ]
        triggers = sealing_triggers()

    def __str__(self) -> str:
        return f"{self.patient} · {self.number}"

    def said(self) -> dict:
        """Strengths, culture, and every problem, goal, objective and intervention in order. Four queries."""
        problems = []
        for problem in self.problems.select_related("diagnosis").prefetch_related("goals__objectives__interventions"):
            goals = [
                {
                    "text": goal.text,
                    "objectives": [
                        {
                            **{name: getattr(o, name) for name in ("text", "baseline", "target", "status")},
                            "line": str(o.line),
                            "target_on": o.target_on.isoformat() if o.target_on else "",
                            "interventions": [
                                [i.text, i.frequency, i.responsible_words] for i in o.interventions.all()
                            ],
                        }
                        for o in goal.objectives.all()
                    ],
                }
                for goal in problem.goals.all()
            ]
            problems.append({"text": problem.text, "evidence": problem.evidence, "goals": goals})
        return {"strengths": self.strengths, "culture": self.culture, "problems": problems}


@pghistory.track(*all_events())
class Problem(HouseModel):
    """A problem the plan works on."""

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="problems", verbose_name=_("plan"))
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    text = EncryptedTextField(_("problem"), blank=True)
    evidence = EncryptedTextField(_("as shown by"), blank=True)
    diagnosis = models.ForeignKey(
        "clinical.Diagnosis",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="problems",
        verbose_name=_("diagnosis"),
    )

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        ordering = ["place", "pk"]
        triggers = _part_of_plan(_PLAN)

    def __str__(self) -> str:
        return str(self.plan)


@pghistory.track(*all_events())
class Goal(HouseModel):
    """A long-term goal, in the person's own words where it can be."""

    problem = models.ForeignKey(Problem, models.PROTECT, related_name="goals", verbose_name=_("problem"))
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    text = EncryptedTextField(_("long-term goal"), blank=True)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["place", "pk"]
        triggers = _part_of_plan(_OF_PROBLEM)

    def __str__(self) -> str:
        return str(self.problem)


@pghistory.track(*all_events())
class Objective(HouseModel):
    """A measurable objective. `line` stays the same from version to version, so that its timeline goes on."""

    class Status(models.TextChoices):
        """How it stands in this version."""

        OPEN = "open", _("Open")
        ACHIEVED = "achieved", _("Achieved")
        DEFERRED = "deferred", _("Put off")
        DROPPED = "dropped", _("Given up")

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="objectives", verbose_name=_("goal"))
    line = models.UUIDField(_("line"), default=uuid.uuid4, editable=False, db_index=True)
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    text = EncryptedTextField(_("measurable objective"), blank=True)
    baseline = EncryptedTextField(_("baseline"), blank=True)
    target = EncryptedTextField(_("target"), blank=True)
    target_on = models.DateField(_("target date"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.OPEN)

    class Meta:
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")
        ordering = ["place", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "achieved", "deferred", "dropped"]), name="objective_status_is_known"
            )
        ]
        triggers = _part_of_plan(_OF_GOAL)

    def __str__(self) -> str:
        return str(self.goal)


@pghistory.track(*all_events())
class Intervention(HouseModel):
    """What is done towards an objective, how often, and who is responsible."""

    objective = models.ForeignKey(Objective, models.PROTECT, related_name="interventions", verbose_name=_("objective"))
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    text = EncryptedTextField(_("intervention"), blank=True)
    frequency = EncryptedTextField(_("how often"), blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible"),
    )
    responsible_words = models.CharField(_("responsible, as written"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("intervention")
        verbose_name_plural = _("interventions")
        ordering = ["place", "pk"]
        triggers = _part_of_plan(_OF_OBJECTIVE)

    def __str__(self) -> str:
        return str(self.objective)


@pghistory.track()
class PlanAgreement(HouseModel):
    """What the patient said to a sealed version: they agree and sign, or they don't and say why. The latest counts."""

    class Answer(models.TextChoices):
        """Their answer."""

        AGREES = "agrees", _("I agree")
        DISAGREES = "disagrees", _("I don’t agree")

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="agreements", verbose_name=_("plan"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plan_agreements", verbose_name=_("patient"))
    answer = models.CharField(_("answer"), max_length=9, choices=Answer.choices)
    words = EncryptedTextField(_("in their words"), blank=True)
    name = models.CharField(_("signature"), max_length=200)
    at = models.DateTimeField(_("signed"))
    content_hash = models.CharField(_("content hash of what was signed"), max_length=64)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient's agreement")
        verbose_name_plural = _("patients' agreements")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="agreement_is_whole"
            ),
            models.CheckConstraint(
                condition=Q(answer="agrees") | Q(answer="disagrees") & ~Q(words=""), name="disagreement_says_why"
            ),
        ]
        triggers = [pgtrigger.Protect(name="sealed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_answer_display()


@pghistory.track()
class PlanReview(HouseModel):
    """The plan was gone through with the patient, on a day, and goes on; or a new version was begun."""

    class Outcome(models.TextChoices):
        """What came of it."""

        CONTINUES = "continues", _("Goes on as it is")
        REVISED = "revised", _("A new version was begun")

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="reviews", verbose_name=_("plan"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plan_reviews", verbose_name=_("patient"))
    reviewed_on = models.DateField(_("reviewed on"))
    next_on = models.DateField(_("next review by"))
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices)
    text = EncryptedTextField(_("what was said"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="plan_reviews", verbose_name=_("by"))
    name = models.CharField(_("signature"), max_length=200)
    at = models.DateTimeField(_("signed"))

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of a plan")
        verbose_name_plural = _("reviews of plans")
        ordering = ["reviewed_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="review_is_signed"),
            models.CheckConstraint(condition=Q(next_on__gt=models.F("reviewed_on")), name="next_review_comes_later"),
        ]
        triggers = [pgtrigger.Protect(name="sealed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_outcome_display()
