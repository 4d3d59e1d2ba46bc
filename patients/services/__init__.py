"""Deeds on patients. Invitations, consents and first steps are modules of their own."""

from patients.services.people import (
    Part,
    add_to_care_team,
    admit_patient,
    assign_primary_clinician,
    end_care_team,
    follow_supervisor,
    holds_role,
    open_episode,
    set_about,
    set_preferences,
)

__all__ = [
    "Part",
    "add_to_care_team",
    "admit_patient",
    "assign_primary_clinician",
    "end_care_team",
    "follow_supervisor",
    "holds_role",
    "open_episode",
    "set_about",
    "set_preferences",
]
