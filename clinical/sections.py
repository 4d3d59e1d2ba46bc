"""Which texts each kind of document has: in which order, under which words, and which of them a signature needs.

Our own wording throughout. The safety plan has the six parts of Stanley and Brown (CLINICAL_FACTS section 9, 4), whose
template is theirs: it is paraphrased here, never copied. A crisis contact asks for what section 9, 7 wants on the record.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinical.models import VISITS, Kind, Template

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """One text of a document. key: in the stored texts, for ever. required: a signature needs it. rows: how tall its field is.

    drafted: in a discharge summary, put together from the record.
    """

    key: str
    label: Words
    help: Words = ""
    required: bool = True
    rows: int = 4
    drafted: bool = False


_ASSESSMENT = Section(
    "assessment", _("Assessment"), _("What you make of it: how they are, progress, what stands in the way.")
)
_PLAN = Section("plan", _("Plan"), _("What comes next: between sessions, next time, who does what."))

TEMPLATES: dict[str, tuple[Section, ...]] = {
    Template.DAP: (
        Section("data", _("Data"), _("What was said and seen, what you worked on and how."), rows=6),
        _ASSESSMENT,
        _PLAN,
    ),
    Template.SOAP: (
        Section("subjective", _("Subjective"), _("What they report, in their own words where it helps.")),
        Section("objective", _("Objective"), _("What you observed: appearance, affect, thinking, scores.")),
        _ASSESSMENT,
        _PLAN,
    ),
    Template.BIRP: (
        Section("behavior", _("Behavior"), _("How they came, what they said and did.")),
        Section("intervention", _("Intervention"), _("What you did, and why.")),
        Section("response", _("Response"), _("How they took it up.")),
        _PLAN,
    ),
    Template.FREE: (Section("text", _("Note"), rows=10),),
}

# Kinds whose note follows a template, with what their kind asks for besides.
_FIRST: dict[str, tuple[Section, ...]] = {
    Kind.INDIVIDUAL: (),
    Kind.COACHING: (),
    Kind.FAMILY: (
        Section(
            "present",
            _("Who was present"),
            _("Each person and what they are to the patient; whether the patient was there."),
            rows=2,
        ),
    ),
    Kind.PRESCRIBER: (),
}
_LAST: dict[str, tuple[Section, ...]] = {
    Kind.PRESCRIBER: (
        Section("adherence", _("Taking it"), _("What is taken as agreed, what is missed, and why."), rows=2),
        Section("response_to_medication", _("How it works"), _("Effect on symptoms, sleep and cravings."), rows=2),
        Section("side_effects", _("Side effects"), _("“None reported” is an answer."), rows=2),
        Section("vitals", _("Vital signs"), _("Where they were taken."), required=False, rows=2),
    ),
}

_OWN: dict[str, tuple[Section, ...]] = {
    Kind.CASE_MANAGEMENT: (
        Section("need", _("Need"), _("What the person needs, and what stands in the way."), rows=3),
        Section("action", _("What was done"), _("Calls, letters, forms, appointments made.")),
        Section("referral", _("Referral"), _("To whom, for what, and with whose consent."), required=False, rows=2),
        Section("result", _("Result"), _("What came of it, and what is still open."), rows=3),
    ),
    Kind.CRISIS: (
        Section("trigger", _("What happened, and when"), _("What set it off; the time."), rows=3),
        Section("seen", _("Who saw it, and when"), _("Who noticed or was told, and when they responded."), rows=2),
        Section("answers", _("Questions asked, and the answers"), rows=5),
        Section("risk_factors", _("What raises the risk"), rows=3),
        Section("protective", _("What protects"), rows=3),
        Section("means", _("Means at hand"), _("What there is, and what was agreed to make the place safer."), rows=3),
        Section("level", _("Level of risk, and why"), _("The level you settled on, with your reasoning."), rows=4),
        Section("consults", _("Consulted"), _("Whom, when, and what they advised. “Nobody” is an answer."), rows=2),
        Section("actions", _("What was done"), rows=4),
        Section("contacts", _("Who was told"), _("Family, emergency services, team; with whose consent."), rows=2),
        Section("plan", _("Plan"), _("How the coming hours and days are made safe."), rows=4),
        Section("next", _("Next contact"), _("When, by whom, how. A day to three days is usual."), rows=2),
    ),
    Kind.CONTACT: (
        Section("who", _("With whom, and how"), _("Who called or wrote; by phone, message or in person."), rows=2),
        Section("about", _("What it was about")),
        Section("next", _("What follows"), required=False, rows=2),
    ),
    Kind.SAFETY_PLAN: (
        Section(
            "signs",
            _("How I notice that a crisis is coming"),
            _("Thoughts, moods, situations or behavior that come before it."),
        ),
        Section("own", _("What I can do myself"), _("To get through the moment, without anybody else.")),
        Section(
            "distraction",
            _("People and places that take my mind off it"),
            _("Somewhere to be, or company, without having to talk about it."),
            required=False,
            rows=3,
        ),
        Section("help", _("People I can ask for help"), _("Names and numbers."), required=False, rows=3),
        Section(
            "professionals",
            _("Professionals and services"),
            _("Clinician, clinic, nearest emergency department, with numbers. 988 stands on every plan."),
            required=False,
            rows=3,
        ),
        Section(
            "safer",
            _("Making my surroundings safer"),
            _("What is put out of reach, by whom and until when: medications, firearms, other means."),
        ),
    ),
    Kind.RELAPSE_PLAN: (
        Section("early", _("Early signs"), _("What I or others notice before I use or before it gets worse.")),
        Section("situations", _("Situations that are hard for me"), _("Feelings, times, dates, money, pain.")),
        Section("places", _("People and places to stay away from for now"), required=False, rows=3),
        Section("coping", _("What has worked for me"), _("Skills, routines, things that let a craving pass.")),
        Section("people", _("People I call"), _("Names and numbers, at any hour."), rows=3),
        Section(
            "slip",
            _("If I slip"),
            _("The first hour and the first day: whom I tell, where I go, how I stay safe."),
        ),
        Section("reasons", _("My reasons to stay with it"), rows=3),
        Section("week", _("My week"), _("Meetings, groups, work, sleep, movement."), required=False, rows=3),
    ),
    Kind.DISCHARGE: (
        Section("reason", _("Why they came, and why they leave now"), rows=3),
        Section("course", _("Course of treatment"), _("What was worked on, what changed, what helped."), rows=6),
        Section("attendance", _("Attendance"), rows=4, drafted=True),
        Section("scores", _("Measures, first and last"), required=False, rows=4, drafted=True),
        Section("diagnoses", _("Diagnoses at discharge"), rows=3, drafted=True),
        Section("medications", _("Medications at discharge"), rows=3, drafted=True),
        Section("goals", _("Objectives of the treatment plan"), required=False, rows=4, drafted=True),
        Section("risk", _("Risk at exit"), _("Assessed when and how; what was found."), rows=3, drafted=True),
        Section("aftercare", _("Plan and referrals"), _("Next level, appointments made, contacts, what to watch for.")),
        Section("safety", _("Safety plan, as they take it along"), required=False, rows=6, drafted=True),
    ),
}

TEMPLATED = tuple(_FIRST)  # their template can be chosen
PLANS = (Kind.SAFETY_PLAN, Kind.RELAPSE_PLAN)  # versions, the patient's own to read
# One open draft of these per stay; visits may have many.
SINGLE = (Kind.SAFETY_PLAN, Kind.RELAPSE_PLAN, Kind.DISCHARGE)

# CLINICAL_FACTS section 1, discharge types.
DISCHARGE_TYPES: tuple[tuple[str, Words], ...] = (
    ("completed", _("Completed")),
    ("step_down", _("Step down to a lower level of care")),
    ("step_up", _("Step up to a higher level of care")),
    ("transfer", _("Transfer to another program")),
    ("left", _("Left against advice")),
    ("administrative", _("Administrative")),
    ("lost_to_contact", _("Lost to contact, after documented outreach")),
    ("medical", _("Medical")),
    ("incarcerated", _("Incarcerated")),
    ("deceased", _("Deceased")),
)


def sections_of(kind: str, template: str = "") -> tuple[Section, ...]:
    """The sections of a kind of document, in order. template: of a visit that follows one, else ""."""
    if kind in _OWN:
        return _OWN[kind]
    return (*_FIRST[kind], *TEMPLATES[template or Template.DAP], *_LAST.get(kind, ()))


def needs_stop(kind: str) -> bool:
    """Whether a signature needs the time it stopped: every visit, but not a call or a message in between."""
    return kind in VISITS and kind != Kind.CONTACT
