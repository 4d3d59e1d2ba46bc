"""What something signed says, as headings and texts in the order one reads them, whatever it is. No queries but a plan's."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinical.models import Document, ProgressNote, TreatmentPlan
from clinical.queries_clock import Waiting
from clinical.sections import sections_of
from clinical.services.guards import GUARDS


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and its text."""

    label: str
    text: str


def contents_of(waiting: Waiting) -> list[Part]:
    """The parts of a note, a document or a plan that say something."""
    read = {"note": of_note, "document": of_document, "plan": of_plan}[waiting.kind]
    return [part for part in read(waiting.thing) if part.text]


def of_note(note: ProgressNote) -> list[Part]:
    """A progress note: what is this person's own first, then the shared part. No queries."""
    return of_own(note) + of_shared(note)


def of_own(note: ProgressNote) -> list[Part]:
    """What a progress note says of this person alone."""
    return [
        Part(_("Participation and response"), note.text),
        Part(_("Objective of the treatment plan"), note.aim),
        Part(_("Progress on it"), note.get_progress_display() if note.progress is not None else ""),
        Part(_("Engagement"), note.get_engagement_display() if note.engagement is not None else ""),
        Part(_("Affect"), note.get_affect_display() if note.affect else ""),
        Part(_("Risk"), "\n".join(filter(None, (note.get_risk_display() if note.risk else "", note.risk_text)))),
        Part(_("Homework"), {True: _("Done"), False: _("Not done")}.get(note.homework_done, "")),
        Part(_("Camera"), {True: _("On"), False: _("Off")}.get(note.camera_on, "")),
        Part(_("Disruptions"), _disruptions(note)),
        Part(_("Follow-up"), note.next_step),
    ]


def of_shared(note: ProgressNote) -> list[Part]:
    """The shared part as it was copied in."""
    return [
        Part(_("Objective of the session"), note.objective),
        Part(_("Topic"), note.topic),
        Part(_("Interventions"), note.intervention),
        Part(_("Activities"), note.activities),
        Part(_("Handouts"), note.handouts),
        Part(_("Homework given"), note.homework),
    ]


# What a document's author looked at again and said is right (`document_guards.CONFIRMABLE`), as the guards of notes call it.
_CONFIRMED = {"peer_name": "name", "same_as_last": "alike_last"}


def overrules_of(note: ProgressNote | Document) -> list[dict]:
    """Warnings overruled before the note or document was signed: what each was about, why, by whom and when. One query."""
    if isinstance(note, Document):
        given = {"reason": _("Looked at again, and right as it is."), "by": note.signed_name, "at": note.signed_at}
        return [given | {"words": GUARDS[_CONFIRMED[code]]} for code in note.seal.get("confirmed", ())]
    return [
        {"words": GUARDS.get(o.guard, o.guard), "reason": o.reason, "by": o.by, "at": o.at}
        for o in note.overrules.select_related("by").order_by("at", "pk")
    ]


def _disruptions(note: ProgressNote) -> str:
    kinds = []
    if note.tech_trouble:
        kinds.append(_("Technical trouble"))
    if note.place_trouble:
        kinds.append(_("Trouble in their surroundings"))
    return "\n".join(filter(None, (", ".join(kinds), note.trouble_text)))


def of_document(document: Document) -> list[Part]:
    """A document: its sections in their stored order, then risk. No queries."""
    known = {section.key: str(section.label) for section in sections_of(document.kind, document.template)}
    # Whatever is stored is read, also what this version of the program has no heading for.
    order = [*known, *(key for key in document.sections if key not in known)]
    sections = [
        Part(known.get(key, key.replace("_", " ").capitalize()), document.sections.get(key, "")) for key in order
    ]
    risk = "\n".join(filter(None, (document.get_risk_display() if document.risk else "", document.risk_text)))
    return [*sections, Part(_("Risk"), risk)]


def of_plan(plan: TreatmentPlan) -> list[Part]:
    """A treatment plan: strengths, culture, then each problem with its goals, objectives and interventions. Four queries."""
    said = plan.said()
    parts = [
        Part(_("Strengths"), said["strengths"]),
        Part(_("Cultural considerations and preferences"), said["culture"]),
    ]
    for problem in said["problems"]:
        lines = [problem["text"]]
        if problem["evidence"]:
            lines.append(_("As shown by: %(words)s") % {"words": problem["evidence"]})
        for goal in problem["goals"]:
            lines.append(_("Goal: %(words)s") % {"words": goal["text"]})
            for objective in goal["objectives"]:
                lines.append(_("Objective: %(words)s") % {"words": objective["text"]})
                lines += [" · ".join(filter(None, words)) for words in objective["interventions"]]
        parts.append(Part(_("Problem"), "\n".join(lines)))
    return parts
