"""Warnings before signing, each naming the place. One that may be wrong can be overruled with a reason, which is kept.

The rules are CLINICAL_FACTS section 1 (per-patient group note, minimum fields; rules): nobody else's name or initials, own words
for each person, objective, minutes and risk stated, times that can be. Whether texts are alike: `clinical.services.likeness`.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from clinical.models import Attendance, ProgressNote
from clinical.models.notes import Risk
from clinical.services.guard_case import SHARED_TEXTS, Case, load
from clinical.services.likeness import NEAR, essence, likeness
from clinical.services.names import Finder, Person
from patients.models import Patient
from scheduling.models import Session

OFF = dt.timedelta(minutes=15)  # a session that began or stopped so far from its plan is asked about
OWN_TEXTS = {
    "text": gettext_lazy("participation and response"),
    "risk_text": gettext_lazy("what was reported"),
    "trouble_text": gettext_lazy("disruptions"),
    "next_step": gettext_lazy("follow-up"),
}
NEEDED = ("objective", "topic", "intervention")
# What each warning that may be overruled was about, where its reason is read.
GUARDS = {
    "name": gettext_lazy("Another member’s name or initials"),
    "alike": gettext_lazy("Text like another person’s"),
    "alike_last": gettext_lazy("Text like the last note’s"),
    "plan_objective": gettext_lazy("No objective of the treatment plan"),
    "times": gettext_lazy("Start or stop off the plan"),
}


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning. patient_id: in whose note; None: in the shared part. field: the form field it belongs beside. message: one
    sentence that names the place. place: what it points at, in short, so that the same words are not asked about again.
    lacks: the same in a few words, after somebody's name ("… stays a draft: no text of their own yet")."""

    guard: str
    patient_id: int | None
    field: str
    message: str
    may_overrule: bool
    place: str
    excerpt: str = ""
    lacks: str = ""

    @property
    def key(self) -> tuple[int | None, str, str]:
        """How `sign_notes` is told of a reason to overrule it."""
        return self.patient_id, self.guard, self.place


def place_of(name: str, *words: str) -> str:
    """A field and the words in it, in at most 64 characters that say nothing of them."""
    if not words:
        return name
    digest = hashlib.sha256("\x1f".join(" ".join(w.split()) for w in words).encode()).hexdigest()
    return f"{name}:{digest[:40]}"


def warnings_of(session: Session, by: User) -> list[Warned]:
    """What stands in the way of signing the session's drafts, as they are stored, for the people visible to `by`: first the
    shared part, then by person. What was overruled is not said again. The same number of queries for any number of people.

    Sources: CLINICAL_FACTS section 1."""
    return check(load(session, by))


def check(case: Case) -> list[Warned]:
    """The warnings of a case, without those overruled. No queries."""
    finder = _finder(case)
    found = [*_shared(case), *_times(case), *_names_in_shared(case, finder)]
    alike = _alike(case)
    for attendance in case.attended:
        note = case.notes.get(attendance.patient_id)
        if note and note.is_signed:
            continue
        found += _missing(case, attendance, note)
        found += _minutes(case, attendance)
        if note:
            found += _names(case, note, finder)
            found += alike[attendance.patient_id]
    found += _absent(case)
    found += _not_taken(case)
    return [w for w in found if not (w.may_overrule and w.key in case.overruled)]


def _shared(case: Case) -> Iterable[Warned]:
    for name in NEEDED:
        if not (case.shared and getattr(case.shared, name).strip()):
            yield Warned(
                "shared",
                None,
                name,
                _("The shared part has no %(part)s yet.") % {"part": SHARED_TEXTS[name]},
                may_overrule=False,
                place=name,
                lacks=_("the shared part needs objective, topic and intervention"),
            )


def _times(case: Case) -> Iterable[Warned]:
    """Start and stop as held: not in the future, in order, and not far from the plan without a reason."""
    shared, session, now = case.shared, case.session, timezone.now()
    if not shared:
        return

    def warned(name: str, message: str, *, may_overrule: bool) -> Warned:
        moment = getattr(shared, name)
        said = moment.isoformat() if isinstance(moment, dt.datetime) else str(moment)
        return Warned(
            "times",
            None,
            name,
            message,
            may_overrule=may_overrule,
            place=place_of(name, said),
            lacks=_("the session’s start and stop need a look"),
        )

    for name, planned, words in (
        ("began_at", session.starts_at, _("start")),
        ("stopped_at", session.ends_at, _("stop")),
    ):
        moment = getattr(shared, name)
        if moment is None:
            continue
        if moment > now:
            yield warned(
                name,
                _("The %(which)s of the session, in the shared part, is in the future.") % {"which": words},
                may_overrule=False,
            )
        elif abs(moment - planned) > OFF:
            minutes = int(abs(moment - planned).total_seconds() // 60)
            yield warned(
                name,
                _("The %(which)s of the session, in the shared part, is %(n)s minutes off its plan.")
                % {"which": words, "n": minutes},
                may_overrule=True,
            )
    if case.stopped_at <= case.began_at:
        yield warned(
            "stopped_at" if shared.stopped_at else "began_at",
            _("The session, in the shared part, stops before it begins."),
            may_overrule=False,
        )
    elif case.treatment_minutes < 1:
        yield warned(
            "break_minutes",
            _("The breaks, in the shared part, are as long as the session."),
            may_overrule=False,
        )


def person_of(patient: Patient) -> Person:
    """The ways a patient may be named."""
    account = patient.user
    return Person(
        patient.pk,
        firsts=tuple(
            dict.fromkeys(
                n
                for n in (patient.legal_first_name, patient.preferred_name, patient.display_name, account.first_name)
                if n
            )
        ),
        lasts=tuple(dict.fromkeys(n for n in (patient.legal_last_name, account.last_name) if n)),
    )


def _finder(case: Case) -> Finder:
    staff = {b.user_id: b.user for b in case.bookings if b.user_id} | {case.by.pk: case.by}
    known = [Person(-pk, (u.first_name,), (u.last_name,)) for pk, u in staff.items()]
    return Finder([person_of(p) for p in case.members.values()], known)


def _named(found, *, patient_id: int | None, name: str, where: str) -> Warned:
    words = {"words": found.words, "where": where}
    message = (
        _("%(where)s: “%(words)s” may be another member’s initials. Write “a peer”.")
        if found.is_initials
        else _("%(where)s: “%(words)s” may be another member’s name. Write “a peer”.")
    )
    return Warned(
        "name",
        patient_id,
        name,
        message % words,
        may_overrule=True,
        place=place_of(name, found.words, found.excerpt),
        excerpt=found.excerpt,
        lacks=_("“%(words)s” may be another member’s name") % words,
    )


def _names_in_shared(case: Case, finder: Finder) -> Iterable[Warned]:
    """The shared part is about nobody: anybody's name there goes into everybody's note."""
    if case.shared:
        for name, words in SHARED_TEXTS.items():
            for found in finder.look(getattr(case.shared, name)):
                where = str(format_lazy("{}, {}", _("Shared part"), words))
                yield _named(found, patient_id=None, name=name, where=where)


def _names(case: Case, note: ProgressNote, finder: Finder) -> Iterable[Warned]:
    for name, words in OWN_TEXTS.items():
        for found in finder.look(getattr(note, name), own=note.patient_id):
            where = f"{case.members[note.patient_id].name}, {words}"
            yield _named(found, patient_id=note.patient_id, name=name, where=where)


def _missing(case: Case, attendance: Attendance, note: ProgressNote | None) -> Iterable[Warned]:
    person = {"name": attendance.patient.name}

    def warned(guard: str, name: str, message: str, lacks: str, *, may_overrule: bool = False) -> Warned:
        return Warned(guard, attendance.patient_id, name, message % person, may_overrule, name, lacks=lacks)

    if note is None or not note.text.strip():
        yield warned("text", "text", _("%(name)s has no text of their own yet."), _("no text of their own yet"))
        if note is None:
            return
    if note.plan_objective_id is None:
        if attendance.patient_id in case.planned:
            message = _("%(name)s: the objective of the treatment plan worked on is not chosen.")
        else:
            message = _("%(name)s has no treatment plan in force, so the note names no objective of it.")
        lacks = _("no objective of the treatment plan")
        yield warned("plan_objective", "plan_objective", message, lacks, may_overrule=True)
    elif note.plan_objective.goal.problem.plan.patient_id != note.patient_id:
        yield warned(
            "plan_objective",
            "plan_objective",
            _("%(name)s: the objective chosen is not of their own treatment plan."),
            _("the objective is not of their own plan"),
        )
    if not note.risk:
        yield warned(
            "risk",
            "risk",
            _("%(name)s: risk is not stated. “None reported” is an answer; blank is not."),
            _("risk is not stated"),
        )
    elif note.risk == Risk.REPORTED and not note.risk_text.strip():
        yield warned(
            "risk",
            "risk_text",
            _("%(name)s: risk was reported, and what was reported and done is not written."),
            _("what was reported is not written"),
        )


def _minutes(case: Case, attendance: Attendance) -> Iterable[Warned]:
    if attendance.minutes is None or attendance.minutes > case.treatment_minutes:
        yield Warned(
            "minutes",
            attendance.patient_id,
            "minutes",
            _("%(name)s: %(n)s minutes attended are more than the %(most)s of the session as held.")
            % {"name": attendance.patient.name, "n": attendance.minutes or 0, "most": max(0, case.treatment_minutes)},
            may_overrule=False,
            place=place_of("minutes", str(attendance.minutes), str(case.treatment_minutes)),
            lacks=_("the minutes are more than those of the session"),
        )


def _absent(case: Case) -> Iterable[Warned]:
    """A draft about somebody who is absent on the roll-call. The database allows none; should one stand, it is named."""
    for attendance in case.attendances:
        note = case.notes.get(attendance.patient_id)
        if not attendance.attended and attendance.patient_id in case.visible and note and not note.is_signed:
            yield Warned(
                "absent",
                attendance.patient_id,
                "text",
                _("%(name)s was absent: somebody absent gets no note.") % {"name": attendance.patient.name},
                may_overrule=False,
                place="text",
                lacks=_("they were absent"),
            )


def _not_taken(case: Case) -> Iterable[Warned]:
    """Somebody expected of whom the roll-call says nothing: no minutes, and so no note. Nobody else's note waits for it."""
    taken = {a.patient_id for a in case.attendances}
    for booking in case.bookings:
        if booking.patient_id in case.visible and booking.patient_id not in taken:
            yield Warned(
                "minutes",
                booking.patient_id,
                "minutes",
                _("%(name)s is not on the roll-call yet: whether they attended, and how long, is missing.")
                % {"name": case.members[booking.patient_id].name},
                may_overrule=False,
                place="minutes",
                lacks=_("not on the roll-call yet"),
            )


def _alike(case: Case) -> dict[int, list[Warned]]:
    """By patient: texts that are the same, or nearly, as another person's of this session or as their own last one.

    The same as another person's is never signed; what is nearly so, or like one's own last, can be overruled."""
    drafts = {pk: note for pk, note in case.notes.items() if note.text.strip()}
    said = {pk: essence(note.text, _own(case, pk)) for pk, note in drafts.items()}
    found: dict[int, list[Warned]] = defaultdict(list)
    for pk, note in drafts.items():
        if note.is_signed or pk not in case.visible:
            continue
        person = {"name": case.members[pk].name}
        near = max(
            ((likeness(said[pk], other), peer) for peer, other in said.items() if peer != pk),
            default=(0.0, None),
        )
        if near[0] >= NEAR:
            is_same = near[0] == 100
            message = (
                _("%(name)s, participation and response: the text is the same as another person’s.")
                if is_same
                else _("%(name)s, participation and response: the text is nearly the same as another person’s.")
            )
            found[pk].append(
                Warned(
                    "alike",
                    pk,
                    "text",
                    message % person,
                    may_overrule=not is_same,
                    place=place_of("text", said[pk], said[near[1]]),
                    lacks=_("the text is the same as another person’s")
                    if is_same
                    else _("the text is nearly the same as another person’s"),
                )
            )
        last = case.last.get(pk)
        before = essence(last.text, _own(case, pk)) if last else ""
        if likeness(said[pk], before) >= NEAR:
            found[pk].append(
                Warned(
                    "alike_last",
                    pk,
                    "text",
                    _("%(name)s, participation and response: the text is nearly the same as in their last note.")
                    % person,
                    may_overrule=True,
                    place=place_of("text", said[pk], before),
                    lacks=_("the text is nearly the same as in their last note"),
                )
            )
    return found


def _own(case: Case, pk: int) -> set[str]:
    return {word for way in person_of(case.members[pk]).ways for word in way}
