"""A person's own side of their plan: plain words, steps, and what they share with a group they are in."""

import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Can, allows
from accounts.models import User
from clinical.models import Objective, OwnStep, PlainWords, SharedGoal, TreatmentPlan
from clinical.services.dynamics import groups_led
from clinical.services.goal_news import tell_taken_down
from core.errors import Refusal
from groups.models import Membership
from patients.models import Episode, Patient

STEP_LENGTH = 300
WORDS_LENGTH = 500
SHARED_LENGTH = 300
MOST_STEPS = 20  # of one goal, not counting those put away


def objectives_in_force(patient: Patient) -> list[Objective]:
    """The objectives of the plans in force of the patient's open stays, in their order, with goal and plan. Two queries."""
    stays = Episode.objects.open().filter(patient=patient)
    newest: dict[int, int] = {}
    rows = TreatmentPlan.objects.sealed().filter(patient=patient, episode__in=stays).order_by("number")
    for pk, episode in rows.values_list("pk", "episode"):
        newest[episode] = pk
    found = Objective.objects.filter(goal__problem__plan__in=newest.values()).select_related("goal__problem")
    return list(found.order_by("goal__problem__plan", "goal__problem__place", "goal__place", "place", "pk"))


def _require_line(patient: Patient, line: uuid.UUID) -> Objective:
    """The objective of this line in the plan in force. Raises Refusal (not_in_plan)."""
    for objective in objectives_in_force(patient):
        if objective.line == line:
            return objective
    raise Refusal(_("This is no longer part of the plan. What you wrote is still with your team."), "not_in_plan")


def _plain(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


@transaction.atomic
def set_plain_words(*, patient: Patient, line: uuid.UUID, text: str, by: User) -> PlainWords | None:
    """Say an objective in plain words; nothing: its own text stands again. Raises Refusal (not_in_plan, long)."""
    text = _plain(text)
    if len(text) > WORDS_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": WORDS_LENGTH}, "long", "text")
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    _require_line(patient, line)
    known = PlainWords.objects.filter(patient=patient, line=line).first()
    if known is None:
        return PlainWords.objects.create(patient=patient, line=line, text=text, by=by) if text else None
    if known.text != text:
        known.text, known.by, known.at = text, by, timezone.now()
        known.save(update_fields=["text", "by", "at"])
    return known


# --- steps


def _locked_steps(patient: Patient, line: uuid.UUID) -> list[OwnStep]:
    """The steps of a goal that are not put away, in order, under the person's own lock: two devices don't cross."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    return list(OwnStep.objects.filter(patient=patient, line=line, removed_at=None))


def _words_of_step(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Refusal(_("Write what the step is."), "empty", "text")
    if len(text) > STEP_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": STEP_LENGTH}, "long", "text")
    return text


@transaction.atomic
def add_step(*, patient: Patient, line: uuid.UUID, text: str, key: uuid.UUID) -> OwnStep:
    """A step more, at the end. The same form sent twice (`key`) is one step.

    Raises Refusal (not_in_plan, empty, long, too_many).
    """
    text = _words_of_step(text)
    steps = _locked_steps(patient, line)
    _require_line(patient, line)
    if known := OwnStep.objects.filter(patient=patient, uid=key).first():
        return known
    if len(steps) >= MOST_STEPS:
        raise Refusal(_("These are enough steps for one goal. Put one away first."), "too_many", "text")
    place = steps[-1].place + 1 if steps else 0
    try:
        with transaction.atomic():
            return OwnStep.objects.create(patient=patient, line=line, text=text, place=place, uid=key)
    except IntegrityError:  # a key that is somebody else's: nobody's form makes it
        raise Refusal(_("Please send this once more."), "again", "text") from None


@transaction.atomic
def tick_step(*, step: OwnStep, done: bool) -> OwnStep:
    """Tick a step, or untick it. Twice changes nothing."""
    step = OwnStep.objects.select_for_update(no_key=True).get(pk=step.pk)
    if done != (step.done_at is not None):
        step.done_at = timezone.now() if done else None
        step.save(update_fields=["done_at"])
    return step


@transaction.atomic
def change_step(*, step: OwnStep, text: str) -> OwnStep:
    """Word a step anew; what it said before is in its history. Raises Refusal (empty, long)."""
    text = _words_of_step(text)
    step = OwnStep.objects.select_for_update(no_key=True).get(pk=step.pk)
    if step.text != text:
        step.text = text
        step.save(update_fields=["text"])
    return step


@transaction.atomic
def move_step(*, step: OwnStep, up: bool) -> None:
    """Put a step one place earlier or later; at the end of the list nothing changes."""
    steps = _locked_steps(step.patient, step.line)
    at = next((n for n, one in enumerate(steps) if one.pk == step.pk), None)
    if at is None:
        return
    to = at - 1 if up else at + 1
    if not 0 <= to < len(steps):
        return
    steps[at], steps[to] = steps[to], steps[at]
    for place, one in enumerate(steps):
        if one.place != place:
            one.place = place
            one.save(update_fields=["place"])


@transaction.atomic
def put_away_step(*, step: OwnStep, away: bool) -> OwnStep:
    """Put a step away, or take it out again, at the end of the list. Raises Refusal (too_many)."""
    steps = _locked_steps(step.patient, step.line)
    step = OwnStep.objects.get(pk=step.pk)
    if away == (step.removed_at is not None):
        return step
    if not away and len(steps) >= MOST_STEPS:
        raise Refusal(_("These are enough steps for one goal. Put one away first."), "too_many")
    step.removed_at = timezone.now() if away else None
    if not away:
        step.place = steps[-1].place + 1 if steps else 0
    step.save(update_fields=["removed_at", "place"])
    return step


# --- sharing with one's group


@transaction.atomic
def share_goal(*, patient: Patient, line: uuid.UUID, membership: Membership, words: str) -> SharedGoal:
    """Let the others of a group one is in read these words, beside the name one is known by there. Shared anew, the words before
    are gone. It is the person's own choice; nobody is told.

    Raises Refusal (not_in_group, not_in_plan, empty, long).
    """
    words = _plain(words)
    if not words:
        raise Refusal(_("Write what the others are to read."), "empty", "words")
    if len(words) > SHARED_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": SHARED_LENGTH}, "long", "words")
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if not Membership.objects.current().filter(pk=membership.pk, patient=patient).exists():
        raise Refusal(_("You are no longer with them, so nothing was shared."), "not_in_group", "membership")
    _require_line(patient, line)
    known = SharedGoal.objects.filter(membership=membership, line=line, ended_at=None).first()
    if known and known.words == words:
        return known
    if known:
        _end(known)
    return SharedGoal.objects.create(patient=patient, membership=membership, line=line, words=words)


@transaction.atomic
def take_back_goal(*, shared: SharedGoal) -> SharedGoal:
    """Nobody else reads it from now on: the words are emptied at once. Twice changes nothing."""
    shared = SharedGoal.objects.select_for_update(no_key=True).get(pk=shared.pk)
    if shared.ended_at is None:
        _end(shared)
    return shared


def _end(shared: SharedGoal) -> None:
    shared.words, shared.ended_at = "", timezone.now()
    shared.save(update_fields=["words", "ended_at", "taken_down_by", "taken_down_words"])


@transaction.atomic
def take_down_goal(*, shared: SharedGoal, words: str, by: User) -> SharedGoal:
    """Whoever leads the group, or supervises who does, takes down what should not stand there: nobody reads it from now on, and
    the person reads why. The goal itself and its steps stay theirs, and they may share it anew in other words.

    Raises Refusal (not_theirs, empty, long, gone).
    """
    words = _plain(words)
    if not allows(by, Can.READ_NOTES) or not groups_led(by).filter(pk=shared.membership.group_id).exists():
        raise Refusal(_("Only who leads this group, or supervises them, can take this down."), "not_theirs")
    if not words:
        raise Refusal(_("Write them a word, kindly: they read it."), "empty", "words")
    if len(words) > WORDS_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": WORDS_LENGTH}, "long", "words")
    shared = SharedGoal.objects.select_for_update(no_key=True, of=("self",)).select_related("patient").get(pk=shared.pk)
    if shared.ended_at:
        raise Refusal(_("They took it back themselves meanwhile, or it was taken down already."), "gone")
    shared.taken_down_by, shared.taken_down_words = by, words
    _end(shared)
    tell_taken_down(shared)
    return shared
