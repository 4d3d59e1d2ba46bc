"""Gathers somebody's own record once, as plain data: what the JSON file is, and what the PDF is written from.

The shape is a promise (docs/record_access.md): keys stay, new ones may come, and `VERSION` counts what breaks. Times are ISO 8601
in UTC, dates are dates; a code has its words beside it, in the person's language. Nobody else's name or uid is in it but those of
staff who signed; no draft, nothing withheld or not released, no psychotherapy note, no private journal.
"""

from collections.abc import Iterable

from django.utils import timezone

from clinical.models import (
    AmendmentRequest,
    Attendance,
    DailyCheckIn,
    Diagnosis,
    Medication,
    TreatmentPlan,
)
from clinical.own_record.homework import homework_of
from clinical.own_record.measured import response_of
from clinical.own_record.plain import at, coded, on
from clinical.own_record.signed import agreements_of, consents_of
from clinical.own_record.words import parts_of
from clinical.queries_release import Entry, entries_of, plans_of, policies_of, responses_of
from patients.models import Patient
from scheduling.models import Appointment

SCHEMA, VERSION = "own-record", 1


def gather(patient: Patient) -> dict:
    """The whole record, in the language in force. A fixed number of queries."""
    policies = policies_of(patient)
    entries = entries_of(patient, policies=policies, whole=True)
    episodes = list(patient.episodes.select_related("program", "primary_clinician").order_by("started_on", "pk"))
    plans, responses = plans_of(patient, policies), responses_of(patient, policies)
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "made_at": at(timezone.now()),
        "language": patient.user.language,
        "zone": patient.user.zone,
        "person": _person(patient),
        "stays": [_stay(episode) for episode in episodes],
        "attendance": _attendance(patient),
        "appointments": _appointments(patient),
        "plans": _plans(plans),
        "diagnoses": [_diagnosis(row) for row in Diagnosis.objects.filter(patient=patient, mistaken_at=None)],
        "medications": [_medication(row) for row in Medication.objects.filter(patient=patient, mistaken_at=None)],
        "measures": [response_of(row) for row in responses],
        "homework": homework_of(patient),
        "daily_check_ins": [_check_in(row) for row in DailyCheckIn.objects.filter(patient=patient).order_by("on")],
        "notes": [_note(e) for e in reversed(entries) if e.is_note and not e.withholding],
        "documents": [_document(e) for e in reversed(entries) if not e.is_note and not e.withholding],
        "withheld": [_withheld(e) for e in reversed(entries) if e.withholding],
        "not_shown": policies.hidden,
        "consents": consents_of(patient),
        "agreements": agreements_of(patient),
        "corrections": _requests(patient),
    }


# The parts that are lists: what a download's row counts.
LISTS = (
    *("stays", "attendance", "appointments", "plans", "diagnoses", "medications", "measures", "daily_check_ins"),
    "homework",
    *("notes", "documents", "withheld", "consents", "agreements", "corrections"),
)


def counts_of(facts: dict) -> dict[str, int]:
    """How much of what is in it."""
    return {name: len(facts[name]) for name in LISTS}


def _person(patient: Patient) -> dict:
    user = patient.user
    return {
        "uid": str(patient.uid),
        "record_number": patient.record_number,
        "legal_first_name": patient.legal_first_name,
        "legal_last_name": patient.legal_last_name,
        "preferred_name": patient.preferred_name,
        "pronouns": patient.pronouns,
        "birth_date": on(patient.birth_date),
        "email": user.email,
        "phone": patient.phone,
        "state": patient.state,
        "emergency_contact": {
            "name": patient.emergency_name,
            "relation": patient.emergency_relation,
            "phone": patient.emergency_phone,
        },
        "needs": patient.needs,
        "background": patient.background,
        "interests": patient.interests,
    }


def _stay(episode) -> dict:
    return {
        "uid": str(episode.uid),
        "program": str(episode.program),
        "level_of_care": coded(episode, "level_of_care"),
        "weekly_goal_minutes": episode.weekly_goal_minutes,
        "started_on": on(episode.started_on),
        "ended_on": on(episode.ended_on),
        "ended_reason": episode.ended_reason,
        "primary_clinician": str(episode.primary_clinician),
    }


def _attendance(patient: Patient) -> list[dict]:
    rows = Attendance.objects.filter(patient=patient).select_related("session__group").order_by("session__starts_at")
    return [
        {
            "uid": str(row.uid),
            "starts_at": at(row.session.starts_at),
            "ends_at": at(row.session.ends_at),
            "title": row.session.title,
            "attended": coded(row, "status"),
            "minutes": row.minutes,
            "possible_minutes": row.possible_minutes,
        }
        for row in rows
    ]


def _appointments(patient: Patient) -> list[dict]:
    rows = Appointment.objects.filter(patient=patient, starts_at__lte=timezone.now())
    return [
        {
            "uid": str(row.uid),
            "kind": coded(row, "kind"),
            "with": str(row.provider),
            "starts_at": at(row.starts_at),
            "ends_at": at(row.ends_at),
            "is_cancelled": row.is_cancelled,
            "outcome": row.outcome or None,
            "minutes": row.attended_minutes,
        }
        for row in rows.select_related("provider").order_by("starts_at")
    ]


def _plans(plans: Iterable[TreatmentPlan]) -> list[dict]:
    """Five queries for any number."""
    ids = [plan.pk for plan in plans]
    rows = TreatmentPlan.objects.filter(pk__in=ids).prefetch_related(
        "problems__goals__objectives__interventions", "problems__diagnosis", "agreements"
    )
    return [
        {
            "uid": str(plan.uid),
            "number": plan.number,
            "strengths": plan.strengths,
            "culture": plan.culture,
            "review_days": plan.review_days,
            "problems": [_problem(problem) for problem in plan.problems.all()],
            "answers": [
                {
                    "answer": coded(one, "answer"),
                    "words": one.words,
                    "signed_name": one.name,
                    "signed_at": at(one.at),
                }
                for one in plan.agreements.all()
            ],
            **_signatures(plan),
        }
        for plan in rows.order_by("sealed_at", "number")
    ]


def _problem(problem) -> dict:
    return {
        "text": problem.text,
        "evidence": problem.evidence,
        "diagnosis": {"code": problem.diagnosis.code, "words": problem.diagnosis.text} if problem.diagnosis else None,
        "goals": [
            {
                "text": goal.text,
                "objectives": [
                    {
                        "text": o.text,
                        "baseline": o.baseline,
                        "target": o.target,
                        "target_on": on(o.target_on),
                        "status": coded(o, "status"),
                        "interventions": [
                            {"text": i.text, "frequency": i.frequency, "responsible": i.responsible_words}
                            for i in o.interventions.all()
                        ],
                    }
                    for o in goal.objectives.all()
                ],
            }
            for goal in problem.goals.all()
        ],
    }


def _signatures(thing) -> dict:
    return {
        "signed_name": thing.signed_name,
        "signed_at": at(thing.signed_at),
        "cosigned_name": thing.cosigned_name,
        "cosigned_at": at(thing.cosigned_at),
        "content_hash": thing.content_hash,
    }


def _added(thing) -> list[dict]:
    return [
        {
            "uid": str(row.uid),
            "kind": coded(row, "kind"),
            "about_at": at(row.about_at),
            "text": row.text,
            "signed_name": row.signed_name,
            "signed_at": at(row.signed_at),
        }
        for row in thing.addenda.all()
    ]


def _said(thing) -> list[dict]:
    return [{"key": key, "heading": heading, "text": text} for key, heading, text in parts_of(thing)]


def _note(entry: Entry) -> dict:
    note = entry.thing
    return {
        "uid": str(note.uid),
        "starts_at": at(note.session.starts_at),
        "ends_at": at(note.session.ends_at),
        "title": note.session.title,
        "minutes": note.seal.get("minutes"),
        "parts": _said(note),
        "cosigned_by_leaders": [{"name": c.name, "at": at(c.at)} for c in note.countersignatures.all()],
        "added": _added(note),
        **_signatures(note),
    }


def _document(entry: Entry) -> dict:
    document = entry.thing
    return {
        "uid": str(document.uid),
        "kind": coded(document, "kind"),
        "number": document.number,
        "happened_at": at(document.happened_at),
        "ended_at": at(document.ended_at),
        "parts": _said(document),
        "worked_on": [
            {"objective": row.objective.text, "progress": coded(row, "progress")} for row in document.worked_on.all()
        ],
        "added": _added(document),
        **_signatures(document),
    }


def _withheld(entry: Entry) -> dict:
    held = entry.withholding
    return {
        "of": at(entry.at),
        "ground": coded(held, "ground"),
        "review_asked_at": at(held.review_asked_at),
        "reviewed_at": at(held.reviewed_at),
        "review": held.review_words,
    }


def _diagnosis(row: Diagnosis) -> dict:
    return {
        "uid": str(row.uid),
        "code": row.code,
        "system": "ICD-10-CM",
        "text": row.text,
        "rank": coded(row, "rank"),
        "since": on(row.since),
        "diagnosed_on": on(row.diagnosed_on),
        "resolved_on": on(row.resolved_on),
    }


def _medication(row: Medication) -> dict:
    return {
        "uid": str(row.uid),
        "name": row.name,
        "dose": row.dose,
        "how": row.how,
        "reason": row.reason,
        "prescriber": row.prescriber,
        "source": coded(row, "source"),
        "started_on": on(row.started_on),
        "stopped_on": on(row.stopped_on),
        "stop_reason": row.stop_reason,
    }


def _check_in(row: DailyCheckIn) -> dict:
    return {
        "on": on(row.on),
        "mood": row.mood,
        "craving": row.craving,
        "craving_does_not_apply": row.no_craving,
        "coping": row.coping,
        "sleep_hours": row.sleep_hours,
        "sleep_quality": coded(row, "sleep_quality"),
        "words": row.words,
    }


def _requests(patient: Patient) -> list[dict]:
    rows = AmendmentRequest.objects.filter(patient=patient)
    rows = rows.select_related("note", "document", "plan", "response").prefetch_related("statements")
    return [
        {
            "uid": str(row.uid),
            "about": coded(row, "about"),
            "of": str(row.thing.uid) if row.thing else None,
            "wish": row.wish,
            "why": row.why,
            "others": row.others,
            "asked_at": at(row.asked_at),
            "due_on": on(row.due_on),
            "extension_reason": row.extension_reason,
            "withdrawn_at": at(row.withdrawn_at),
            "decision": coded(row, "decision"),
            "basis": coded(row, "basis"),
            "answer": row.answer,
            "decided_name": row.decided_name,
            "decided_at": at(row.decided_at),
            "statements": [
                {"kind": coded(s, "kind"), "text": s.text, "signed_name": s.name, "signed_at": at(s.at)}
                for s in row.statements.all()
            ],
        }
        for row in rows.order_by("asked_at", "pk")
    ]
