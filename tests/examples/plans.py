"""A sealed plan that its patient answered and that was reviewed, and the draft of the next version."""

from clinical.models import TreatmentPlan
from clinical.services import plans
from tests.clinical_factories import make_plan


def make(house, sessions) -> None:
    """For Pat by Alice, for Robin by Charlie."""
    for episode, clinician in ((house.pat_episode, house.alice), (house.robin_episode, house.charlie)):
        plan = make_plan(episode, clinician)
        name = f"{episode.patient.legal_first_name} {episode.patient.legal_last_name}"
        plans.answer_plan(plan=plan, patient=episode.patient, answer="agrees", name=name)
        plans.review_plan(plan=plan, outcome="revised", by=clinician)


def uids(patient, session, leader) -> dict:
    """Example uids by the name of a URL."""
    sealed, draft = TreatmentPlan.objects.filter(patient=patient).order_by("number")[:2]
    return {
        "clinical:plan": patient.uid,
        "clinical:begin_plan": patient.uid,
        "clinical:plan_version": sealed.uid,
        "clinical:review_plan": sealed.uid,
        "clinical:edit_plan": draft.uid,
        "clinical:sign_plan": draft.uid,
        "clinical:discard_plan": draft.uid,
    }
