"""The headings and words under which people read what is written about them, in their language. The texts stay as they were
written."""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinical.models import Document, ProgressNote
from clinical.sections import sections_of

Said = tuple[str, str, str]  # key, heading, text

# By the key of a section, for good: the same as clinicians see (`clinical.sections`), in every language of the portal.
HEADINGS: dict[str, str | Promise] = {
    "data": gettext_lazy("What was said and seen"),
    "assessment": gettext_lazy("Assessment"),
    "plan": gettext_lazy("Plan"),
    "subjective": gettext_lazy("What you reported"),
    "objective": gettext_lazy("What was observed"),
    "behavior": gettext_lazy("What you said and did"),
    "intervention": gettext_lazy("What was done"),
    "response": gettext_lazy("How you took it up"),
    "text": gettext_lazy("Note"),
    "present": gettext_lazy("Who was present"),
    "adherence": gettext_lazy("Taking the medication"),
    "response_to_medication": gettext_lazy("How the medication works"),
    "side_effects": gettext_lazy("Side effects"),
    "vitals": gettext_lazy("Vital signs"),
    "need": gettext_lazy("What was needed"),
    "action": gettext_lazy("What was done"),
    "referral": gettext_lazy("Referral"),
    "result": gettext_lazy("What came of it"),
    "trigger": gettext_lazy("What happened, and when"),
    "seen": gettext_lazy("Who saw it, and when"),
    "answers": gettext_lazy("Questions asked, and the answers"),
    "risk_factors": gettext_lazy("What raises the risk"),
    "protective": gettext_lazy("What protects"),
    "means": gettext_lazy("Making the place safer"),
    "level": gettext_lazy("Level of risk, and why"),
    "consults": gettext_lazy("Who was consulted"),
    "actions": gettext_lazy("What was done"),
    "contacts": gettext_lazy("Who was told"),
    "next": gettext_lazy("What follows"),
    "who": gettext_lazy("With whom, and how"),
    "about": gettext_lazy("What it was about"),
    "reason": gettext_lazy("Why you came, and why you leave"),
    "course": gettext_lazy("Course of treatment"),
    "attendance": gettext_lazy("Attendance"),
    "scores": gettext_lazy("Answers to questions, first and last"),
    "diagnoses": gettext_lazy("Diagnoses"),
    "medications": gettext_lazy("Medications"),
    "goals": gettext_lazy("Goals"),
    "risk": gettext_lazy("Risk at the end"),
    "aftercare": gettext_lazy("What comes next, and who helps"),
    "safety": gettext_lazy("Safety plan"),
}


def parts_of(thing: ProgressNote | Document) -> list[Said]:
    """What it says, part by part, in the order one reads it; empty parts are left out. No queries."""
    said = _of_note(thing) if isinstance(thing, ProgressNote) else _of_document(thing)
    return [(key, str(heading), text) for key, heading, text in said if text]


def _of_note(note: ProgressNote) -> Iterator[Said]:
    yield "participation", _("How you took part"), note.text
    yield "aim", _("Goal you worked on"), note.aim
    yield "progress", _("Progress on it"), str(note.get_progress_display()) if note.progress is not None else ""
    yield "engagement", _("Engagement"), str(note.get_engagement_display()) if note.engagement is not None else ""
    yield "affect", _("How you seemed"), str(note.get_affect_display()) if note.affect else ""
    yield "risk", _("Risk"), _lines(note.get_risk_display() if note.risk else "", note.risk_text)
    yield "homework_done", _("Homework"), {True: _("Done"), False: _("Not done")}.get(note.homework_done, "")
    yield "camera", _("Camera"), {True: _("On"), False: _("Off")}.get(note.camera_on, "")
    trouble = [_("Technical trouble")] if note.tech_trouble else []
    trouble += [_("Trouble in your surroundings")] if note.place_trouble else []
    yield "disruptions", _("Disruptions"), _lines(", ".join(trouble), note.trouble_text)
    yield "next_step", _("What follows"), note.next_step
    yield "objective", _("Aim of the session"), note.objective
    yield "topic", _("Topic"), note.topic
    yield "intervention", _("What was done"), note.intervention
    yield "activities", _("Activities"), note.activities
    yield "handouts", _("Handouts"), note.handouts
    yield "homework", _("Homework given"), note.homework


def _of_document(document: Document) -> Iterator[Said]:
    known = {section.key: section.label for section in sections_of(document.kind, document.template)}
    is_plan = document.kind in ("safety_plan", "relapse_plan")
    # Whatever is stored is read, also what this version of the program has no heading for.
    for key in [*known, *(key for key in document.sections if key not in known)]:
        heading = known.get(key) if is_plan and key in known else HEADINGS.get(key, key.replace("_", " ").capitalize())
        yield key, heading, document.sections.get(key, "")
    yield "risk_stated", _("Risk"), _lines(document.get_risk_display() if document.risk else "", document.risk_text)


def _lines(*texts: str) -> str:
    return "\n".join(str(text) for text in texts if text)


def band_words(band: str) -> str:
    """In which band of its measure a score lies, in the reader's language; "" for none."""
    return {
        "minimal": _("minimal"),
        "mild": _("mild"),
        "moderate": _("moderate"),
        "moderately_severe": _("moderately severe"),
        "severe": _("severe"),
        "substantial": _("substantial"),
        "low": _("low"),
        "none": _("none"),
        "subclinical": _("below what is usually treated"),
        "significant": _("noticeable"),
    }.get(band, "")
