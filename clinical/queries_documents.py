"""The record of a person as pages show it: their documents, lists and plans. Fixed numbers of queries."""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.access import Can, allows
from clinical.models import Diagnosis, Document, Kind, Medication
from clinical.sections import PLANS
from clinical.services.diagnoses import current_diagnoses
from clinical.services.medications import current_medications
from patients.models import Patient
from scheduling.models import Appointment

LATEST = 5


def plans_of(patient: Patient) -> dict[str, dict[str, Document | None]]:
    """By kind of plan: the version `in_force` and the one that is `open` (a draft, or waiting for a co-signature). One query.

    Their texts are read with them.
    """
    found: dict[str, dict[str, Document | None]] = {kind: {"in_force": None, "open": None} for kind in PLANS}
    rows = Document.objects.standing().filter(patient=patient, kind__in=PLANS)
    for document in rows.select_related("author", "signed_by").order_by("-number", "-pk"):
        place = "in_force" if document.is_sealed else "open"
        found[document.kind][place] = found[document.kind][place] or document
    return found


def documents_of(user, patient: Patient, kind: str = ""):
    """Documents of a patient without their texts, the newest first; of one kind when asked. Drafts and voided ones included."""
    rows = Document.objects.visible_to(user).filter(patient=patient)
    if kind in Kind.values:
        rows = rows.filter(kind=kind)
    return rows.select_related("author", "cosigner").defer("sections").order_by("-happened_at", "-pk")


def kinds_of(patient: Patient) -> list[tuple[int, Kind]]:
    """The kinds of document a patient has, in their usual order, each with its number in addresses. One query."""
    held = set(Document.objects.filter(patient=patient).order_by().values_list("kind", flat=True).distinct())
    return [(number, kind) for number, kind in enumerate(Kind, start=1) if kind in held]


def appointments_without_note(user, patient: Patient) -> list[Appointment]:
    """The latest appointments of a patient that are over or were held, have no note, and are the reader's to write (their own, or
    of somebody they supervise). One query."""
    noted = Document.objects.standing().filter(appointment=OuterRef("pk"))
    return list(
        Appointment.objects.scheduled()
        .filter(Q(provider=user) | Q(provider__staff_profile__supervisor=user), ~Exists(noted), patient=patient)
        .filter(Q(outcome="held") | Q(outcome="", ends_at__lte=timezone.now()))
        .select_related("provider")
        .order_by("-starts_at")[:LATEST]
    )


def past_diagnoses(patient: Patient) -> list[Diagnosis]:
    """Resolved, and recorded by mistake. One query."""
    rows = Diagnosis.objects.filter(patient=patient).exclude(resolved_on=None, mistaken_at=None)
    return list(rows.select_related("by").order_by("mistaken_at", "-resolved_on", "-pk"))


def past_medications(patient: Patient) -> list[Medication]:
    """Stopped, and recorded by mistake; the latest first. One query."""
    rows = Medication.objects.filter(patient=patient).filter(~Q(stopped_on=None) | ~Q(mistaken_at=None))
    return list(rows.select_related("by").order_by("mistaken_at", "-stopped_on", "-pk"))


def summary_of(user, patient: Patient) -> dict | None:
    """What a person's page shows of their documents and lists (`clinical/documents/_summary.html`); None for who reads no notes.

    Four queries.
    """
    if not allows(user, Can.READ_NOTES):
        return None
    plans = plans_of(patient)
    return {
        "patient": patient,
        "diagnoses": current_diagnoses(patient),
        "medications": current_medications(patient),
        "safety_plan": plans[Kind.SAFETY_PLAN],
        "relapse_plan": plans[Kind.RELAPSE_PLAN],
        "documents": list(documents_of(user, patient)[:LATEST]),
    }
