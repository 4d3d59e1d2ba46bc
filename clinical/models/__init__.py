"""The clinical record: attendance, notes, plans, measures, risk, and what is kept apart from it."""

from clinical.models.amendments import AmendmentRequest, AmendmentStatement
from clinical.models.attendance import ATTENDED, Attendance, Participation, Status
from clinical.models.common import OfPatientQuerySet, Signed, SignedQuerySet
from clinical.models.daily import FEW_HOURS, MANY_HOURS, DailyCheckIn, SleepQuality
from clinical.models.documents import VISITS, Diagnosis, Document, Kind, Medication, Template, WorkedOn
from clinical.models.dynamics import GroupObservation, GroupRole, GroupStage, PsychotherapyNote
from clinical.models.followups import FollowUp
from clinical.models.goals import OwnStep, PlainWords, PlanSuggestion, SharedGoal
from clinical.models.measures import (
    MeasureAssignment,
    MeasureResponse,
    MeasureRule,
    MeasureScore,
    Moment,
)
from clinical.models.notes import (
    Addendum,
    Affect,
    Countersignature,
    Engagement,
    GroupNote,
    Overrule,
    Progress,
    ProgressNote,
    Risk,
    Snippet,
)
from clinical.models.plans import Goal, Intervention, Objective, PlanAgreement, PlanReview, Problem, TreatmentPlan
from clinical.models.policy import ClinicalPolicy
from clinical.models.records import RecordExport, ReleasePolicy, Withholding
from clinical.models.risk import Level, OnCallShift, RiskAlert, RiskStep

__all__ = [
    "ATTENDED",
    "FEW_HOURS",
    "MANY_HOURS",
    "VISITS",
    "Addendum",
    "Affect",
    "AmendmentRequest",
    "AmendmentStatement",
    "Attendance",
    "ClinicalPolicy",
    "Countersignature",
    "DailyCheckIn",
    "Diagnosis",
    "Document",
    "Engagement",
    "FollowUp",
    "Goal",
    "GroupNote",
    "GroupObservation",
    "GroupRole",
    "GroupStage",
    "Intervention",
    "Kind",
    "Level",
    "MeasureAssignment",
    "MeasureResponse",
    "MeasureRule",
    "MeasureScore",
    "Medication",
    "Moment",
    "Objective",
    "OfPatientQuerySet",
    "OnCallShift",
    "Overrule",
    "OwnStep",
    "Participation",
    "PlainWords",
    "PlanAgreement",
    "PlanReview",
    "PlanSuggestion",
    "Problem",
    "Progress",
    "ProgressNote",
    "PsychotherapyNote",
    "RecordExport",
    "ReleasePolicy",
    "Risk",
    "RiskAlert",
    "RiskStep",
    "SharedGoal",
    "Signed",
    "SignedQuerySet",
    "SleepQuality",
    "Snippet",
    "Status",
    "Template",
    "TreatmentPlan",
    "Withholding",
    "WorkedOn",
]
