"""Goals: of each one put into plain words, with steps, shared with their group; and a change suggested to their safety plan.

After the plans and the documents, which they are about."""

import uuid

from clinical.models import Document, Kind, PlanSuggestion
from clinical.services import goals
from clinical.services.suggestions import suggest
from groups.models import Membership

WORDS = "988 911 min"  # said the same in both languages


def make(house, sessions) -> None:
    """Pat and Robin."""
    for episode, clinician in ((house.pat_episode, house.alice), (house.robin_episode, house.charlie)):
        patient = episode.patient
        line = goals.objectives_in_force(patient)[0].line
        goals.set_plain_words(patient=patient, line=line, text=WORDS, by=clinician)
        step = goals.add_step(patient=patient, line=line, text=WORDS, key=uuid.uuid4())
        goals.tick_step(step=step, done=True)
        goals.add_step(patient=patient, line=line, text=WORDS, key=uuid.uuid4())
        membership = Membership.objects.current().get(patient=patient)
        goals.share_goal(patient=patient, line=line, membership=membership, words=WORDS)
        plan = _safety_plan(patient)
        suggest(patient=patient, document=plan, sections={"own": WORDS}, words=WORDS)


def _safety_plan(patient) -> Document:
    return Document.objects.sealed().get(patient=patient, kind=Kind.SAFETY_PLAN)


def uids(patient, session, leader) -> dict:
    """Of the patient's goal, plan and suggestion."""
    return {
        "clinical:goals": patient.uid,
        "clinical:suggestion": PlanSuggestion.objects.get(patient=patient).uid,
        "portal:share_goal": goals.objectives_in_force(patient)[0].line,
        "portal:plan_change": _safety_plan(patient).uid,
        "portal:plan_paper": _safety_plan(patient).uid,
    }
