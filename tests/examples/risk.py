"""Risk: an open alert of each, and a shift to come."""

import datetime as dt

from django.utils import timezone

from clinical.models import Level, OnCallShift, RiskAlert
from clinical.services.risk import raise_concern
from patients.services import end_care_team


def make(house, sessions) -> None:
    """Their clinicians are concerned."""
    for patient, clinician in ((house.pat, house.alice), (house.robin, house.charlie)):
        alert = raise_concern(patient=patient, level=Level.MODERATE, words="Something changed.", by=clinician)
        # Whoever is told of an alert sees the person meanwhile; the list is about those who are told of none.
        end_care_team(source=f"risk:{alert.pk}")
    tomorrow = timezone.now() + dt.timedelta(days=1)
    OnCallShift.objects.create(
        program=house.program, user=house.alice, starts_at=tomorrow, ends_at=tomorrow + dt.timedelta(hours=12)
    )


def uids(patient, session, leader) -> dict:
    """Of the patient's alert."""
    return {
        "clinical:alert": RiskAlert.objects.get(patient=patient).uid,
        "clinical:raise_concern": patient.uid,
        "clinical:end_shift": OnCallShift.objects.get().uid,
    }
