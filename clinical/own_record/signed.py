"""What somebody signed, word for word as they read it, as plain data."""

from django.utils.text import capfirst

from clinical.own_record.plain import at, coded
from core.wordings import reading
from patients.models import Consent, Patient
from patients.models.consents import ELEMENTS


def consents_of(patient: Patient) -> list[dict]:
    """Consents, in the language each was read in, and when they were taken back. Two queries."""
    rows = Consent.objects.filter(patient=patient).select_related("document__program")
    return [_consent(row) for row in rows.prefetch_related("document__wordings__document")]


def _consent(row: Consent) -> dict:
    read = reading(row.document, row.language)
    return {
        "uid": str(row.uid),
        "kind": coded(row.document, "kind"),
        "title": read.words.title,
        "version": row.document.version,
        "program": str(row.document.program),
        "language": read.language,
        "text": read.words.text,
        "in_short": [
            {"key": key, "heading": str(capfirst(heading)), "text": text}
            for key, (heading, text) in zip(ELEMENTS, read.words.elements, strict=False)
        ],
        "signed_name": row.name,
        "signed_at": at(row.signed_at),
        "withdrawn_at": at(row.withdrawn_at),
    }


def agreements_of(patient: Patient) -> list[dict]:
    """The agreements of those who meet, in the language each was read in. Two queries."""
    rows = patient.agreements.select_related("agreement__program").prefetch_related("agreement__wordings")
    return [_agreement(row) for row in rows.order_by("at", "pk")]


def _agreement(row) -> dict:
    read = reading(row.agreement, row.language)
    return {
        "version": row.agreement.version,
        "language": read.language,
        "text": read.words.text,
        "guidelines": list(read.words.guidelines),
        "program": str(row.agreement.program),
        "signed_name": row.name,
        "signed_at": at(row.at),
    }
