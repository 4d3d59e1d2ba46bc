"""Gathers somebody's own record once, as plain data: what the JSON file is, and what the PDF is written from.

The shape is a promise (docs/record_access.md): keys stay, new ones may come, and `VERSION` counts what breaks. Times are ISO 8601
in UTC, dates are dates; a code has its words beside it, in the person's language. Nobody else's name or uid is in it but those of
staff who signed; no draft, nothing withheld or not released, no psychotherapy note, no private journal.
"""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from clinical.instruments import definitions
from clinical.models import (
    AmendmentRequest,
    Attendance,
    DailyCheckIn,
    Diagnosis,
    MeasureResponse,
    Medication,
    TreatmentPlan,
)
from clinical.own_record.words import band_words, parts_of
from clinical.queries_release import Entry, entries_of, plans_of, policies_of, responses_of
from patients.models import Consent, Patient
from scheduling.models import Appointment

SCHEMA, VERSION = "own-record", 1


def _at(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if moment else None


def _on(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _coded(row, field: str, **more) -> dict | None:
    """A choice as its code and its words; None where there is no answer."""
    value = getattr(row, field)
    if value is None or value == "":
        return None
    return {"code": value, "words": str(getattr(row, f"get_{field}_display")()), **more}


def gather(patient: Patient) -> dict:
    """The whole record, in the language in force. A fixed number of queries."""
    policies = policies_of(patient)
    entries = entries_of(patient, policies=policies, whole=True)
    episodes = list(patient.episodes.select_related("program", "primary_clinician").order_by("started_on", "pk"))
    plans, responses = plans_of(patient, policies), responses_of(patient, policies)
    consents = Consent.objects.filter(patient=patient).select_related("document__program")
    agreements = patient.agreements.select_related("agreement__program").order_by("at", "pk")
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "made_at": _at(timezone.now()),
        "language": patient.user.language,
        "zone": patient.user.zone,
        "person": _person(patient),
        "stays": [_stay(episode) for episode in episodes],
        "attendance": _attendance(patient),
        "appointments": _appointments(patient),
        "plans": _plans(plans),
        "diagnoses": [_diagnosis(row) for row in Diagnosis.objects.filter(patient=patient, mistaken_at=None)],
        "medications": [_medication(row) for row in Medication.objects.filter(patient=patient, mistaken_at=None)],
        "measures": [found for row in responses if (found := _response(row))],
        "daily_check_ins": [_check_in(row) for row in DailyCheckIn.objects.filter(patient=patient).order_by("on")],
        "notes": [_note(e) for e in reversed(entries) if e.is_note and not e.withholding],
        "documents": [_document(e) for e in reversed(entries) if not e.is_note and not e.withholding],
        "withheld": [_withheld(e) for e in reversed(entries) if e.withholding],
        "not_shown": policies.hidden,
        "consents": [_consent(row) for row in consents],
        "agreements": [
            {
                "version": row.agreement.version,
                "text": row.agreement.text,
                "program": str(row.agreement.program),
                "signed_name": row.name,
                "signed_at": _at(row.at),
            }
            for row in agreements
        ],
        "corrections": _requests(patient),
    }


# The parts that are lists: what a download's row counts.
LISTS = (
    *("stays", "attendance", "appointments", "plans", "diagnoses", "medications", "measures", "daily_check_ins"),
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
        "birth_date": _on(patient.birth_date),
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
        "level_of_care": _coded(episode, "level_of_care"),
        "weekly_goal_minutes": episode.weekly_goal_minutes,
        "started_on": _on(episode.started_on),
        "ended_on": _on(episode.ended_on),
        "ended_reason": episode.ended_reason,
        "primary_clinician": str(episode.primary_clinician),
    }


def _attendance(patient: Patient) -> list[dict]:
    rows = Attendance.objects.filter(patient=patient).select_related("session__group").order_by("session__starts_at")
    return [
        {
            "uid": str(row.uid),
            "starts_at": _at(row.session.starts_at),
            "ends_at": _at(row.session.ends_at),
            "title": row.session.title,
            "attended": _coded(row, "status"),
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
            "kind": _coded(row, "kind"),
            "with": str(row.provider),
            "starts_at": _at(row.starts_at),
            "ends_at": _at(row.ends_at),
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
                    "answer": _coded(one, "answer"),
                    "words": one.words,
                    "signed_name": one.name,
                    "signed_at": _at(one.at),
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
                        "target_on": _on(o.target_on),
                        "status": _coded(o, "status"),
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
        "signed_at": _at(thing.signed_at),
        "cosigned_name": thing.cosigned_name,
        "cosigned_at": _at(thing.cosigned_at),
        "content_hash": thing.content_hash,
    }


def _added(thing) -> list[dict]:
    return [
        {
            "uid": str(row.uid),
            "kind": _coded(row, "kind"),
            "about_at": _at(row.about_at),
            "text": row.text,
            "signed_name": row.signed_name,
            "signed_at": _at(row.signed_at),
        }
        for row in thing.addenda.all()
    ]


def _said(thing) -> list[dict]:
    return [{"key": key, "heading": heading, "text": text} for key, heading, text in parts_of(thing)]


def _note(entry: Entry) -> dict:
    note = entry.thing
    return {
        "uid": str(note.uid),
        "starts_at": _at(note.session.starts_at),
        "ends_at": _at(note.session.ends_at),
        "title": note.session.title,
        "minutes": note.seal.get("minutes"),
        "parts": _said(note),
        "cosigned_by_leaders": [{"name": c.name, "at": _at(c.at)} for c in note.countersignatures.all()],
        "added": _added(note),
        **_signatures(note),
    }


def _document(entry: Entry) -> dict:
    document = entry.thing
    return {
        "uid": str(document.uid),
        "kind": _coded(document, "kind"),
        "number": document.number,
        "happened_at": _at(document.happened_at),
        "ended_at": _at(document.ended_at),
        "parts": _said(document),
        "worked_on": [
            {"objective": row.objective.text, "progress": _coded(row, "progress")} for row in document.worked_on.all()
        ],
        "added": _added(document),
        **_signatures(document),
    }


def _withheld(entry: Entry) -> dict:
    held = entry.withholding
    return {
        "of": _at(entry.at),
        "ground": _coded(held, "ground"),
        "review_asked_at": _at(held.review_asked_at),
        "reviewed_at": _at(held.reviewed_at),
        "review": held.review_words,
    }


def _diagnosis(row: Diagnosis) -> dict:
    return {
        "uid": str(row.uid),
        "code": row.code,
        "system": "ICD-10-CM",
        "text": row.text,
        "rank": _coded(row, "rank"),
        "since": _on(row.since),
        "diagnosed_on": _on(row.diagnosed_on),
        "resolved_on": _on(row.resolved_on),
    }


def _medication(row: Medication) -> dict:
    return {
        "uid": str(row.uid),
        "name": row.name,
        "dose": row.dose,
        "how": row.how,
        "reason": row.reason,
        "prescriber": row.prescriber,
        "source": _coded(row, "source"),
        "started_on": _on(row.started_on),
        "stopped_on": _on(row.stopped_on),
        "stop_reason": row.stop_reason,
    }


def _response(row: MeasureResponse) -> dict | None:
    """Answers with their wording where it may be shown, and the scores as they were computed then."""
    definition = definitions().get(row.measure)
    if definition is None:  # of a measure this installation no longer has: what was answered stays readable
        return {
            "uid": str(row.uid),
            "measure": row.measure,
            "name": row.measure,
            "loinc": None,
            "answered_at": _at(row.answered_at),
            "mode": _coded(row, "mode"),
            "answers": [
                {"item": key, "text": "", "value": value, "words": str(value), "loinc": None, "answer_loinc": None}
                for key, value in row.answers.items()
            ],
            "scores": [],
        }
    answers = []
    for item in definition.items:
        if (value := row.answers.get(item.key)) is None:
            continue
        options = definition.options_of(item)
        chosen = next((choice for choice in options.values if choice.value == value), None)
        answers.append(
            {
                "item": item.key,
                "text": definition.said(item.text),
                "value": value,
                "words": definition.said(options.label_of(value)),
                "loinc": item.loinc,
                "answer_loinc": chosen.loinc if chosen else None,
            }
        )
    return {
        "uid": str(row.uid),
        "measure": row.measure,
        "name": definition.said(definition.name),
        "loinc": definition.loinc,
        "answered_at": _at(row.answered_at),
        "mode": _coded(row, "mode"),
        "answers": answers,
        "scores": [_score(definition, score) for score in row.scores.all()],
    }


def _score(definition, score) -> dict:
    scale = next((s for s in definition.scales if s.key == score.scale), None)
    return {
        "scale": score.scale,
        "name": scale.name if scale else score.scale,
        "loinc": scale.loinc if scale else None,
        "value": float(score.value) if score.value is not None else None,
        "low": scale.low if scale else None,
        "high": scale.high if scale else None,
        "band": {"code": score.band, "words": band_words(score.band)} if score.band else None,
        "is_prorated": score.prorated,
        "answered": score.answered,
        "items": score.items,
    }


def _check_in(row: DailyCheckIn) -> dict:
    return {
        "on": _on(row.on),
        "mood": row.mood,
        "craving": row.craving,
        "craving_does_not_apply": row.no_craving,
        "coping": row.coping,
        "sleep_hours": row.sleep_hours,
        "sleep_quality": _coded(row, "sleep_quality"),
        "words": row.words,
    }


def _consent(row: Consent) -> dict:
    return {
        "uid": str(row.uid),
        "kind": _coded(row.document, "kind"),
        "title": row.document.title,
        "version": row.document.version,
        "program": str(row.document.program),
        "text": row.document.text,
        "signed_name": row.name,
        "signed_at": _at(row.signed_at),
        "withdrawn_at": _at(row.withdrawn_at),
    }


def _requests(patient: Patient) -> list[dict]:
    rows = AmendmentRequest.objects.filter(patient=patient)
    rows = rows.select_related("note", "document", "plan", "response").prefetch_related("statements")
    return [
        {
            "uid": str(row.uid),
            "about": _coded(row, "about"),
            "of": str(row.thing.uid) if row.thing else None,
            "wish": row.wish,
            "why": row.why,
            "others": row.others,
            "asked_at": _at(row.asked_at),
            "due_on": _on(row.due_on),
            "extension_reason": row.extension_reason,
            "withdrawn_at": _at(row.withdrawn_at),
            "decision": _coded(row, "decision"),
            "basis": _coded(row, "basis"),
            "answer": row.answer,
            "decided_name": row.decided_name,
            "decided_at": _at(row.decided_at),
            "statements": [
                {"kind": _coded(s, "kind"), "text": s.text, "signed_name": s.name, "signed_at": _at(s.at)}
                for s in row.statements.all()
            ],
        }
        for row in rows.order_by("asked_at", "pk")
    ]
