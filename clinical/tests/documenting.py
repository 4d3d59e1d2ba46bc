"""Shared by the tests of documents: a visit written and signed, a plan in force with one objective."""

import datetime as dt

from django.utils import timezone

from clinical.models import Document, Goal, Intervention, Kind, Objective, Problem, Risk, Template, TreatmentPlan
from clinical.sections import sections_of
from clinical.services.documents import Content, save_document, sign_document, start_document
from clinical.services.sealing import SIGNING, sign, signer_facts

HOUR = dt.timedelta(hours=1)


def make_plan(episode, by, *objectives: str) -> TreatmentPlan:
    """A sealed treatment plan with these open objectives."""
    plan = TreatmentPlan.objects.create(
        patient=episode.patient, episode=episode, number=1, author=by, written_at=timezone.now()
    )
    problem = Problem.objects.create(plan=plan, text="Drinks when alone")
    goal = Goal.objects.create(problem=problem, text="Live sober")
    for place, text in enumerate(objectives):
        objective = Objective.objects.create(goal=goal, text=text, place=place)
        Intervention.objects.create(objective=objective, text="CBT")
    sign(plan, by=by, facts={}, signer=signer_facts(by))
    plan.sealed_at = plan.sealed_at or plan.signed_at
    plan.save(update_fields=SIGNING)
    return plan


def words_for(document: Document, said: str = "Said") -> dict[str, str]:
    """Something under every heading of a document."""
    return {
        section.key: f"{said}: {section.key} of this very day"
        for section in sections_of(document.kind, document.template)
    }


def content_of(document: Document, said: str = "Said", **changes) -> Content:
    """A complete document's content: an hour that has just ended, no risk reported."""
    given = {"sections": words_for(document, said)}
    if document.is_visit:
        now = timezone.now().replace(second=0, microsecond=0)
        given |= {"happened_at": now - HOUR, "ended_at": now - dt.timedelta(minutes=10), "risk": Risk.NONE}
    elif document.kind == Kind.DISCHARGE:
        given |= {"facts": {"type": "completed"}}
    return Content(**(given | changes))


def write_one(patient, by, kind=Kind.INDIVIDUAL, template="", said: str = "Said", **changes) -> Document:
    """A draft with everything a signature needs."""
    template = template or (
        Template.DAP if kind in (Kind.INDIVIDUAL, Kind.FAMILY, Kind.COACHING, Kind.PRESCRIBER) else ""
    )
    document = start_document(patient=patient, kind=kind, by=by, template=template)
    return save_document(
        document=document, content=content_of(document, said, **changes), version=document.version, by=by
    )


def sign_one(patient, by, kind=Kind.INDIVIDUAL, said: str = "Said", **changes) -> Document:
    """The same, signed."""
    document = write_one(patient, by, kind, said=said, **changes)
    return sign_document(document=document, version=document.version, by=by)
