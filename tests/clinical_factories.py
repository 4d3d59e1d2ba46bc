"""Rows of the clinical record for tests, made by the services themselves. All of it is invented."""

import datetime as dt

from django.utils import timezone

from accounts.models import User
from clinical.models import TreatmentPlan
from clinical.services import plans
from clinical.services.cosigning import cosign_all
from clinical.services.plan_text import GoalText, InterventionText, ObjectiveText, PlanText, ProblemText
from patients.models import Episode


def plan_text(by: User, *, objectives: int = 2) -> PlanText:
    """Two problems: one with so many objectives, one with a single one."""
    in_a_month = timezone.localdate() + dt.timedelta(days=30)

    def objective(text: str) -> ObjectiveText:
        return ObjectiveText(
            text=text,
            baseline="2 of 7 days",
            target="6 of 7 days",
            target_on=in_a_month,
            interventions=[InterventionText("Skills group", "3 times a week", by.pk)],
        )

    first = [objective(f"Uses a coping skill each day ({n + 1})") for n in range(objectives)]
    return PlanText(
        strengths="Has kept a job for years; close to a sister.",
        culture="Prefers Spanish with family.",
        problems=[
            ProblemText("Drinks to sleep", "four nights a week", None, [GoalText("Sleep without drinking", first)]),
            ProblemText(
                "Low mood", "stays in bed", None, [GoalText("Enjoy days again", [objective("Goes out daily")])]
            ),
        ],
    )


def make_plan(
    episode: Episode, by: User, *, text: PlanText | None = None, objectives: int = 2, sign: bool = True
) -> TreatmentPlan:
    """A plan of two problems and three objectives, signed (sealed, unless `by` needs a co-signature). sign=False: a draft."""
    plan = plans.begin_plan(episode=episode, by=by)
    text = text or plan_text(by, objectives=objectives)
    plan = plans.save_plan(plan=plan, text=text, version=plan.version, by=by)
    return plans.sign_plan(plan=plan, by=by, version=plan.version) if sign else plan


def cosigned(plan: TreatmentPlan, by: User) -> TreatmentPlan:
    """The plan after its co-signature, as the supervisor's queue gives it."""
    (sealed,) = cosign_all(things=[plan], by=by, seen={("plan", plan.pk): plan.content_hash}).sealed
    return sealed
