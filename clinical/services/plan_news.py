"""What is said of plans, in words that name nothing: there is something to read and sign; somebody answered."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.models import PlanAgreement, TreatmentPlan
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from messaging.subjects import about
from scheduling.services.news import tell
from scheduling.services.reminders import called

USEFUL = dt.timedelta(days=14)


def tell_ready(plan: TreatmentPlan) -> None:
    """Tell the patient that there is something to read and sign. One query."""
    until = timezone.now() + USEFUL
    tell("plan_ready", plan.pk, variant=plan.number, to=[plan.patient.user_id], until=until)


def tell_answered(answer: PlanAgreement) -> None:
    """Tell the primary clinician that the patient answered. One query."""
    until = timezone.now() + USEFUL
    tell("plan_answered", answer.pk, variant=0, to=[answer.plan.episode.primary_clinician_id], until=until)


@composes(
    "plan_ready",
    category=Category.CHANGE,
    label=_("There is something to read and sign"),
    subject=_("Something for you to read and sign"),
    sentence=_("there is something for you to read and sign."),
)
def plan_ready(delivery: Delivery) -> Call | Skip:
    """To the patient, while the version waits for their answer."""
    plan = TreatmentPlan.objects.select_related("episode").get(pk=delivery.subject_id)
    newest = TreatmentPlan.objects.sealed().filter(episode=plan.episode).order_by("-number").first()
    if newest != plan:
        return Skip("no longer in force")
    if plan.agreements.exists():
        return Skip("answered")
    return Call({"name": called(delivery.recipient)}, plan.episode.program_id, path="/my/plan/")


@composes(
    "plan_answered",
    category=Category.STAFF,
    label=_("Somebody has answered and asks for a change"),
    subject=_("An answer for you to read"),
    sentence=_("somebody answered what they were given to sign, and asks for a change."),
)
def plan_answered(delivery: Delivery) -> Call | Skip:
    """To the primary clinician, while the answer is the last one to the version in force."""
    answer = PlanAgreement.objects.select_related("plan__episode", "patient").get(pk=delivery.subject_id)
    if answer.plan.agreements.filter(pk__gt=answer.pk).exists():
        return Skip("answered again")
    path = f"/desk/people/{answer.patient.uid}/plan/"
    return Call({"name": called(delivery.recipient)}, answer.plan.episode.program_id, path=path)


@about("plan_ready")
def _plans(programs: list[int]) -> QuerySet:
    return TreatmentPlan.objects.filter(episode__program__in=programs).order_by().values("pk")


@about("plan_answered")
def _answers(programs: list[int]) -> QuerySet:
    return PlanAgreement.objects.filter(plan__episode__program__in=programs).order_by().values("pk")
