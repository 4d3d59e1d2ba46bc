"""Documents of one person: begin, write, sign, discard.

Whoever may write a document may sign it (`may_write`). Two people may have one draft open: each save names the version its
writer saw, and what somebody else changed meanwhile is refused, so that both texts can be shown.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Can, allows
from accounts.models import User
from clinical.models import Document, Kind, Level, Risk, Template, TreatmentPlan, WorkedOn
from clinical.models.plans import Objective
from clinical.sections import PLANS, SINGLE, TEMPLATED, sections_of
from clinical.services.discharge import assemble_discharge
from clinical.services.document_guards import CONFIRMABLE, lacks
from clinical.services.risk import raise_from_note
from clinical.services.sealing import SIGNING, sign, signer_facts
from core.errors import Refusal
from groups.services import lock_episode
from patients.models import Episode, Patient
from scheduling.models import Appointment
from scheduling.services.appointments.single import may_record


@dataclass(frozen=True, slots=True)
class Content:
    """What a page brings to be saved. `worked_on`: progress by objective id (None: worked on, progress not rated)."""

    sections: Mapping[str, str]
    happened_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    risk: str = ""
    risk_text: str = ""
    worked_on: Mapping[int, int | None] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


def with_times_of(content: Content, document: Document) -> Content:
    """The same content with the times that are stored: for a page on which a time is half written."""
    return replace(content, happened_at=document.happened_at, ended_at=document.ended_at)


def stay_of(patient: Patient) -> Episode | None:
    """The stay a new document belongs to: the one in force, else the latest that has begun. One query."""
    begun = Episode.objects.filter(patient=patient, started_on__lte=timezone.localdate())
    return begun.select_related("program", "patient").order_by("-started_on", "-pk").first()


def plan_in_force(episode: Episode) -> TreatmentPlan | None:
    """The newest sealed treatment plan of a stay. One query."""
    return TreatmentPlan.objects.sealed().filter(episode=episode).order_by("-number").first()


def objectives_for(document: Document) -> list[Objective]:
    """What a visit may have worked on: open objectives of the plan in force, and what the draft already names. Two queries."""
    plan = plan_in_force(document.episode)
    named = Q(pk__in=document.worked_on.values("objective"))
    offered = Q(goal__problem__plan=plan, status=Objective.Status.OPEN) if plan else Q(pk=None)
    return list(
        Objective.objects.filter(named | offered).order_by("goal__problem__place", "goal__place", "place", "pk")
    )


def may_write(user: User, document: Document) -> bool:
    """Whether the person may write and sign it: of a visit its author or provider, and who supervises them; of a plan or a
    summary any clinician who may know of the patient. Says nothing of whether it is signed already. One query at most.
    """
    if not allows(user, Can.WRITE_NOTES):
        return False
    if not document.is_visit:
        return Patient.objects.visible_to(user).filter(pk=document.patient_id).exists()
    if document.appointment_id and may_record(user, document.appointment):
        return True
    supervisor = getattr(getattr(document.author, "staff_profile", None), "supervisor_id", None)
    return user.pk in (document.author_id, supervisor)


def _require_writer(document: Document, by: User) -> None:
    if not may_write(by, document):
        raise Refusal(_("Only who had this visit, or supervises them, writes its note."), "not_yours")


def _lock(document: Document, by: User) -> Document:
    """The draft under its lock. Raises Refusal (gone, signed, not_yours)."""
    found = (
        Document.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient", "episode__program", "appointment", "author__staff_profile")
        .filter(pk=document.pk)
        .first()
    )
    if found is None:
        raise Refusal(_("This draft was discarded."), "gone")
    _require_writer(found, by)
    if found.is_signed:
        raise Refusal(_("This is signed: it stays as it is. Add an addendum instead."), "signed")
    return found


def require_documentable(appointment: Appointment) -> None:
    """An appointment that took place, as far as one knows. Raises Refusal (cancelled, not_held, not_over)."""
    if appointment.is_cancelled:
        raise Refusal(_("This appointment was cancelled: there is nothing to document."), "cancelled")
    if appointment.outcome in (Appointment.Outcome.MISSED, Appointment.Outcome.EXCUSED):
        raise Refusal(_("It did not take place, as recorded. An absence gets no note."), "not_held")
    if not appointment.is_over and appointment.outcome != Appointment.Outcome.HELD:
        raise Refusal(_("Its note can be written once it is over."), "not_over")


@transaction.atomic
def start_document(*, patient: Patient, kind: str, by: User, template: str = "") -> Document:
    """Begin a document of the person's present stay. Of a plan or a discharge summary the open draft, if there is one.

    A plan begins with the texts of the version in force and the next number; a discharge summary with what the record says.
    template: of kinds that follow one; the writer's last one by default. Raises Refusal (kind, template, no_stay).
    """
    if kind not in Kind.values:
        raise Refusal(_("Choose what you want to write."), "kind", "kind")
    if template and (template not in Template.values or kind not in TEMPLATED):
        raise Refusal(_("Choose one of the templates."), "template", "template")
    episode = stay_of(patient)
    if episode is None:
        raise Refusal(_("There is no stay yet to write about."), "no_stay")
    episode = lock_episode(episode)  # two who begin a plan at once begin the same one
    if kind in SINGLE:
        found = Document.objects.filter(episode=episode, kind=kind, sealed_at=None).first()
        if found is not None:
            return found
    now = timezone.now()
    document = Document(
        patient=patient, episode=episode, kind=kind, author=by, happened_at=now.replace(second=0, microsecond=0)
    )
    document.written_at = now
    if kind in TEMPLATED:
        document.template = template or last_template(by)
    if kind in PLANS:
        _continue(document)
    elif kind == Kind.DISCHARGE:
        document.sections, document.facts = assemble_discharge(episode)
    document.save()
    return document


def last_template(user: User) -> str:
    """The template somebody used last; DAP for who has used none. One query."""
    used = Document.objects.filter(author=user).exclude(template="").order_by("-pk").values_list("template", flat=True)
    return used.first() or Template.DAP


def _continue(document: Document) -> None:
    """The next version of the person's plan, with the texts of the one in force."""
    before = Document.objects.filter(patient=document.patient, kind=document.kind)
    document.number = (before.aggregate(n=Max("number"))["n"] or 0) + 1
    if present := in_force(document.patient, document.kind):
        document.sections = dict(present.sections)


def in_force(patient: Patient, kind: str) -> Document | None:
    """The person's safety plan or relapse-prevention plan in force: the newest sealed one. One query."""
    return Document.objects.sealed().filter(patient=patient, kind=kind).order_by("-number", "-pk").first()


@transaction.atomic
def document_appointment(*, appointment: Appointment, by: User, template: str = "") -> Document:
    """The note of an appointment: the one there is, else a new draft with its kind and times.

    Raises Refusal (cancelled, not_held, not_over, not_yours, template).
    """
    appointment = Appointment.objects.select_for_update(no_key=True, of=("self",)).get(pk=appointment.pk)
    if found := Document.objects.standing().filter(appointment=appointment).first():
        return found
    if not may_record(by, appointment):
        raise Refusal(_("Only who provides it, or supervises them, writes its note."), "not_yours")
    require_documentable(appointment)
    if template and template not in Template.values:
        raise Refusal(_("Choose one of the templates."), "template", "template")
    minutes = dt.timedelta(minutes=appointment.attended_minutes or appointment.minutes)
    return Document.objects.create(
        patient=appointment.patient,
        episode=appointment.episode,
        kind=appointment.kind,
        template=(template or last_template(by)) if appointment.kind in TEMPLATED else "",
        appointment=appointment,
        happened_at=appointment.starts_at,
        ended_at=min(appointment.starts_at + minutes, appointment.ends_at),
        author=by,
        written_at=timezone.now(),
    )


@transaction.atomic
def save_document(*, document: Document, content: Content, version: int, by: User) -> Document:
    """Save a draft as its page brings it. version: the one its writer saw.

    Nothing changed: nothing is written and nobody is refused. Raises Refusal (gone, signed, not_yours, changed_meanwhile, stop).
    """
    document = _lock(document, by)
    known = {section.key for section in sections_of(document.kind, document.template)}
    texts = {key: text.strip() for key, text in content.sections.items() if key in known and text.strip()}
    new = {"sections": texts}
    if document.is_visit:
        happened_at = content.happened_at or document.happened_at
        if content.ended_at and content.ended_at <= happened_at:
            raise Refusal(_("It stops after it began."), "stop", "stopped")
        reported = content.risk_text.strip() if content.risk == Risk.REPORTED else ""
        new |= {
            "happened_at": happened_at,
            "ended_at": content.ended_at,
            "risk": content.risk if content.risk in Risk.values else "",
            "risk_text": reported,
        }
    elif document.kind == Kind.DISCHARGE:
        new["facts"] = {**document.facts, **{k: v for k, v in content.facts.items() if k in ("type", "discharged_on")}}
    worked_on = dict(content.worked_on) if document.is_visit else {}
    before = dict(document.worked_on.values_list("objective_id", "progress"))
    if all(getattr(document, name) == value for name, value in new.items()) and worked_on == before:
        return document
    if document.version != version:
        raise Refusal(
            _("Somebody changed this meanwhile. Your text is still here: compare, then save again."),
            "changed_meanwhile",
        )
    for name, value in new.items():
        setattr(document, name, value)
    # A visit is its provider's, whoever lent a hand.
    if not document.is_visit or (document.appointment and document.appointment.provider_id == by.pk):
        document.author = by
    document.version, document.written_at = document.version + 1, timezone.now()
    document.save(update_fields=[*new, "author", "version", "written_at"])
    if worked_on != before:
        _work_on(document, worked_on)
    return document


def _work_on(document: Document, worked_on: Mapping[int, int | None]) -> None:
    allowed = {objective.pk for objective in objectives_for(document)}
    document.worked_on.all().delete()
    WorkedOn.objects.bulk_create(
        WorkedOn(document=document, objective_id=pk, progress=progress)
        for pk, progress in worked_on.items()
        if pk in allowed
    )


@transaction.atomic
def change_template(*, document: Document, template: str, version: int, by: User) -> Document:
    """Give a draft another template. What has no place in the new one goes to the front of its first text, under its old heading.

    Raises Refusal (gone, signed, not_yours, template, changed_meanwhile).
    """
    document = _lock(document, by)
    if template not in Template.values or document.kind not in TEMPLATED:
        raise Refusal(_("Choose one of the templates."), "template", "template")
    if document.version != version:
        raise Refusal(_("Somebody changed this meanwhile. Read it first."), "changed_meanwhile")
    if template == document.template:
        return document
    old, new = sections_of(document.kind, document.template), sections_of(document.kind, template)
    keys = {section.key for section in new}
    texts = {key: text for key, text in document.sections.items() if key in keys}
    homeless = [
        f"{s.label}: {document.sections[s.key]}" for s in old if s.key not in keys and s.key in document.sections
    ]
    if homeless:
        own = {section.key for section in old}
        first = next((s.key for s in new if s.key not in own), new[0].key)
        texts[first] = "\n\n".join([*homeless, *([texts[first]] if texts.get(first) else [])])
    document.template, document.sections = template, texts
    document.version, document.written_at = document.version + 1, timezone.now()
    document.save(update_fields=["template", "sections", "version", "written_at"])
    return document


@transaction.atomic
def refill_discharge(*, document: Document, version: int, by: User) -> Document:
    """Put the parts of a discharge summary that come from the record together once more; what was written stays.

    Raises Refusal (gone, signed, not_yours, kind, changed_meanwhile).
    """
    document = _lock(document, by)
    if document.kind != Kind.DISCHARGE:
        raise Refusal(_("Only a discharge summary is put together from the record."), "kind")
    if document.version != version:
        raise Refusal(_("Somebody changed this meanwhile. Read it first."), "changed_meanwhile")
    texts, facts = assemble_discharge(document.episode)
    drafted = {section.key for section in sections_of(document.kind) if section.drafted}
    kept = {key: text for key, text in document.sections.items() if key not in drafted}
    document.sections, document.facts = texts | kept, facts | document.facts
    document.version, document.written_at, document.author = document.version + 1, timezone.now(), by
    document.save(update_fields=["sections", "facts", "version", "written_at", "author"])
    return document


@transaction.atomic
def sign_document(*, document: Document, version: int, by: User, confirmed: bool = False) -> Document:
    """Sign a draft: sealed at once, or waiting for the signer's supervisor. version: the one the signer read.

    confirmed: the signer looked again at what may be wrong (`CONFIRMABLE`) and says it is right. Raises Refusal (gone, signed,
    not_yours, changed_meanwhile, and everything `document_guards.lacks` names).
    """
    document = _lock(document, by)
    if document.version != version:
        raise Refusal(_("Somebody changed this meanwhile. Read it, then sign."), "changed_meanwhile")
    found = lacks(document)
    for lack in found:
        if lack.code not in CONFIRMABLE or not confirmed:
            raise lack
    now = timezone.now()
    if not document.is_visit:
        document.happened_at, document.author = now, by
    facts = _facts(document, sorted({lack.code for lack in found}))
    sign(document, by=by, facts=facts, signer=signer_facts(by, document.patient.state), now=now)
    document.save(update_fields=[*SIGNING, "happened_at", "author"])
    # A crisis is told of as high: who writes one has seen it (CLINICAL_FACTS section 9).
    raise_from_note(note=document, by=by, level=Level.HIGH if document.kind == Kind.CRISIS else Level.MODERATE)
    return document


def _facts(document: Document, confirmed: list[str]) -> dict:
    """What the seal stands on, without narrative: stay, times, appointment, objectives by their lines, what was confirmed."""
    episode, appointment = document.episode, document.appointment
    facts = {
        "document": document.kind,
        "program": episode.program.name,
        "level_of_care": episode.level_of_care,
        "episode": str(episode.uid),
        "happened_at": document.happened_at.isoformat(),
        "ended_at": document.ended_at.isoformat() if document.ended_at else None,
        "zone": episode.program.zone,
        "worked_on": [
            [str(line), progress]
            for line, progress in document.worked_on.order_by("pk").values_list("objective__line", "progress")
        ],
    }
    if appointment is not None:
        facts |= {
            "appointment": str(appointment.uid),
            "starts_at": appointment.starts_at.isoformat(),
            "ends_at": appointment.ends_at.isoformat(),
            "minutes": appointment.attended_minutes,
            "modality": "video",
        }
    if confirmed:
        facts["confirmed"] = confirmed
    return facts


@transaction.atomic
def discard_draft(*, document: Document, by: User) -> None:
    """Throw a draft away; its history keeps what it said. Raises Refusal (gone, signed, not_yours)."""
    document = _lock(document, by)
    document.worked_on.all().delete()
    document.delete()
