"""Patients, their episodes, who may see them; how they get in, what they consent to, and how far they are in their first days."""

from patients.models.consents import Consent, ConsentDocument, ConsentWording
from patients.models.first_days import MAX_TRIES, FirstStep, Invitation
from patients.models.people import (
    CareTeamMember,
    CareTeamQuerySet,
    Episode,
    EpisodeQuerySet,
    Patient,
    PatientQuerySet,
    date_range,
    id_range,
    own_or_of_team,
)

__all__ = [
    "MAX_TRIES",
    "CareTeamMember",
    "CareTeamQuerySet",
    "Consent",
    "ConsentDocument",
    "ConsentWording",
    "Episode",
    "EpisodeQuerySet",
    "FirstStep",
    "Invitation",
    "Patient",
    "PatientQuerySet",
    "date_range",
    "id_range",
    "own_or_of_team",
]
