"""What keeps a document from being signed, each with its place on the page."""

import datetime as dt
import difflib

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Document, Kind, Risk
from clinical.sections import DISCHARGE_TYPES, PLANS, needs_stop, sections_of
from clinical.services.guard_case import MEMBERS_BACK
from clinical.services.guards import person_of
from clinical.services.names import Finder, Person
from core.errors import Refusal
from groups.models import Membership
from patients.models import Patient
from scheduling.models import Appointment

# What may be right as it is: signed once the signer looked again and said so.
CONFIRMABLE = ("peer_name", "same_as_last")

LONGEST = dt.timedelta(hours=8)  # of a visit: more is a slip of the pen
ALIKE = 0.92  # share of the words that are the same, from which on a text looks cloned
_SHORT = 8  # words: two short texts are alike by chance


def lacks(document: Document) -> list[Refusal]:
    """Everything that keeps the draft from being signed, in the order of its page. Four queries at the most.

    Codes: missing, risk, risk_text, stop, future, too_long, before_stay, not_held, type, and those of CONFIRMABLE.
    """
    found = _of_times(document) if document.is_visit else []
    for section in sections_of(document.kind, document.template):
        if section.required and not document.sections.get(section.key):
            sentence = _("“%(part)s” is still empty.") % {"part": section.label}
            found.append(Refusal(sentence, "missing", section.key))
    if document.kind not in PLANS:
        found += _of_peers(document)
    if document.is_visit:
        found += _of_risk(document)
        if _is_alike(document):
            found.append(
                Refusal(
                    _("This is nearly the same text as their last one. Look again; if it is meant so, say so below."),
                    "same_as_last",
                )
            )
    elif document.kind == Kind.DISCHARGE:
        found += _of_discharge(document)
    return found


def _of_peers(document: Document) -> list[Refusal]:
    """Names of somebody in one of their groups: nobody's record holds another patient (CLINICAL_FACTS section 1, rules). Plans
    are in the person's own words and name whom they call. Two queries."""
    texts = [(s.key, document.sections.get(s.key, "")) for s in sections_of(document.kind, document.template)]
    texts = [(place, text) for place, text in (*texts, ("risk_text", document.risk_text)) if text]
    lately = ~Q(left_on__lte=timezone.localtime(document.happened_at).date() - MEMBERS_BACK)
    theirs = Membership.objects.filter(lately, patient=document.patient_id).values("group")
    together = Membership.objects.filter(lately, group__in=theirs).values("patient")
    peers = list(Patient.objects.filter(pk__in=together).exclude(pk=document.patient_id).select_related("user"))
    if not (texts and peers):
        return []
    staff = User.objects.filter(care_team_places__patient=document.patient_id).distinct()
    known = [Person(-user.pk, (user.first_name,), (user.last_name,)) for user in staff]
    finder = Finder([person_of(p) for p in (document.patient, *peers)], known)
    message = _(
        "“%(words)s” may be the name of somebody in their group (%(excerpt)s). Write “a peer”, or say below that it is not."
    )
    return [
        Refusal(message % {"words": found.words, "excerpt": found.excerpt}, "peer_name", place)
        for place, text in texts
        for found in finder.look(text, own=document.patient_id)
    ]


def _of_discharge(document: Document) -> list[Refusal]:
    found = []
    if document.facts.get("type") not in dict(DISCHARGE_TYPES):
        found.append(Refusal(_("Say how the stay ends."), "type", "type"))
    day = parse_date(document.facts.get("discharged_on", ""))
    if day is None or day < document.episode.started_on:
        found.append(Refusal(_("The discharge comes after the admission."), "before_stay", "discharged_on"))
    return found


def _of_times(document: Document) -> list[Refusal]:
    now, began, stopped = timezone.now(), document.happened_at, document.ended_at
    found = []
    if began > now:
        found.append(Refusal(_("This lies in the future."), "future", "began"))
    elif timezone.localtime(began).date() < document.episode.started_on:
        found.append(Refusal(_("This lies before the admission."), "before_stay", "day"))
    if stopped is None:
        if needs_stop(document.kind):
            found.append(Refusal(_("Say when it stopped."), "stop", "stopped"))
    elif stopped > now:
        found.append(Refusal(_("This lies in the future."), "future", "stopped"))
    elif stopped - began > LONGEST:
        found.append(Refusal(_("That is more than eight hours: check the times."), "too_long", "stopped"))
    outcome = document.appointment.outcome if document.appointment else ""
    if outcome in (Appointment.Outcome.MISSED, Appointment.Outcome.EXCUSED):
        found.append(Refusal(_("The appointment is recorded as not held. An absence gets no note."), "not_held"))
    return found


def _of_risk(document: Document) -> list[Refusal]:
    if not document.risk:
        return [Refusal(_("Say whether any risk was reported. “None reported” is an answer."), "risk", "risk")]
    # A crisis contact says it in its own parts.
    if document.risk == Risk.REPORTED and not document.risk_text and document.kind != Kind.CRISIS:
        return [Refusal(_("Say what was reported, and what was done."), "risk_text", "risk_text")]
    return []


def _words(document: Document) -> list[str]:
    return " ".join(text for _key, text in sorted(document.sections.items())).lower().split()


def _is_alike(document: Document) -> bool:
    """Whether it says nearly what this person's last signed note of the same kind says. One query."""
    last = (
        Document.objects.signed()
        .filter(patient=document.patient, kind=document.kind)
        .exclude(pk=document.pk)
        .order_by("-happened_at", "-pk")
        .first()
    )
    if last is None:
        return False
    now, before = _words(document), _words(last)
    if min(len(now), len(before)) < _SHORT:
        return now == before
    matcher = difflib.SequenceMatcher(None, now, before, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
