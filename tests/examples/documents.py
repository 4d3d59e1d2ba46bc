"""Documents, diagnoses and medications of Pat's and of Robin's: a signed contact, a draft, a safety plan, a line of each list."""

import datetime as dt

from django.utils import timezone

from clinical.models import Diagnosis, Document, Goal, Kind, Medication, Objective, Problem, TreatmentPlan, WorkedOn
from clinical.services.diagnoses import add_diagnosis
from clinical.services.documents import Content, save_document, sign_document, start_document
from clinical.services.medications import add_medication
from scheduling.models import Appointment


def make(house, sessions) -> None:
    """A draft and signed documents on both sides, and the lists."""
    for clinician, episode in ((house.alice, house.pat_episode), (house.charlie, house.robin_episode)):
        patient = episode.patient
        contact = start_document(patient=patient, kind=Kind.CONTACT, by=clinician)
        content = Content(
            sections={"who": "They called.", "about": "The week ahead."},
            happened_at=timezone.now() - dt.timedelta(hours=1),
            risk="none",
        )
        contact = save_document(document=contact, content=content, version=1, by=clinician)
        sign_document(document=contact, version=contact.version, by=clinician)
        plan = start_document(patient=patient, kind=Kind.SAFETY_PLAN, by=clinician)
        content = Content(sections={"signs": "Not sleeping.", "own": "A walk.", "safer": "A friend keeps the key."})
        plan = save_document(document=plan, content=content, version=1, by=clinician)
        sign_document(document=plan, version=plan.version, by=clinician)
        draft = start_document(patient=patient, kind=Kind.INDIVIDUAL, by=clinician)
        WorkedOn.objects.create(document=draft, objective=_objective(episode, clinician), progress=1)
        add_diagnosis(episode=episode, code="F10.20", text="Alcohol dependence", rank="primary", by=clinician)
        add_medication(episode=episode, name="Naltrexone", dose="50 mg", source="patient", by=clinician)


def _objective(episode, clinician) -> Objective:
    """One of a plan of theirs that can still be worked on; made when no other example has made one."""
    found = Objective.objects.filter(goal__problem__plan__episode=episode).first()
    if found:
        return found
    plan = TreatmentPlan.objects.create(
        patient=episode.patient, episode=episode, number=1, author=clinician, written_at=timezone.now()
    )
    goal = Goal.objects.create(problem=Problem.objects.create(plan=plan, text="Drinks alone"), text="Sober")
    return Objective.objects.create(goal=goal, text="Two meetings a week")


def uids(patient, session, leader) -> dict:
    """The person's record, the draft, the lines of the lists, and an appointment."""
    draft = Document.objects.get(patient=patient, kind=Kind.INDIVIDUAL)
    return {
        "clinical:record": patient.uid,
        "clinical:start_document": patient.uid,
        "clinical:diagnoses": patient.uid,
        "clinical:medications": patient.uid,
        "clinical:diagnosis": Diagnosis.objects.filter(patient=patient).first().uid,
        "clinical:medication": Medication.objects.filter(patient=patient).first().uid,
        "clinical:document": draft.uid,
        "clinical:edit_document": draft.uid,
        "clinical:autosave_document": draft.uid,
        "clinical:discard_document": draft.uid,
        "clinical:take_back_document": draft.uid,
        "clinical:void_document": draft.uid,
        "clinical:document_appointment": Appointment.objects.filter(patient=patient).first().uid,
    }
