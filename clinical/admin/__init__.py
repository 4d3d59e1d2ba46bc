"""The clinical record in the administration site, a file for each matter: what was recorded, by whom and when.

Nothing is written here, and no narrative is shown: that is read in the record, by the care team.
"""

from clinical.admin import (
    daily,
    documents,
    dynamics,
    followups,
    goals,
    measures,
    notes,
    plans,
    policy,
    records,
    risk,
    snippets,
)

__all__ = [
    "daily",
    "documents",
    "dynamics",
    "followups",
    "goals",
    "measures",
    "notes",
    "plans",
    "policy",
    "records",
    "risk",
    "snippets",
]
