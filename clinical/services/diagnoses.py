"""Diagnoses: typed ICD-10-CM code and text. No code set is shipped: the shape is checked, not the meaning."""

import datetime as dt
import re

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Diagnosis
from core.errors import Refusal
from groups.services import lock_episode
from patients.models import Episode, Patient

# The shape of ICD-10-CM: a letter, a digit, a digit or A/B, then up to four characters behind a point.
_SHAPE = re.compile(r"[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?", re.ASCII)
Rank = Diagnosis.Rank


def normalise_code(typed: str) -> str:
    """An ICD-10-CM code as it is written: "f1020" -> "F10.20". Raises Refusal (code) when it has not the shape of one."""
    bare = re.sub(r"[\s.]", "", typed).upper()
    code = f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare
    # A point that was typed stands behind the third character, or nowhere.
    if not _SHAPE.fullmatch(code) or ("." in (given := "".join(typed.split())) and given.upper() != code):
        raise Refusal(_("That does not look like an ICD-10-CM code. Write one like F10.20."), "code", "code")
    return code


def current_diagnoses(patient: Patient) -> list[Diagnosis]:
    """What is open, the primary one first, then by rank and date. One query."""
    rows = Diagnosis.objects.filter(patient=patient, resolved_on=None, mistaken_at=None).select_related("by")
    ranks = Rank.values
    return sorted(rows, key=lambda d: (ranks.index(d.rank), -d.diagnosed_on.toordinal(), d.pk))


@transaction.atomic
def add_diagnosis(
    *,
    episode: Episode,
    code: str,
    text: str,
    rank: str = Rank.SECONDARY,
    diagnosed_on: dt.date | None = None,
    since: dt.date | None = None,
    by: User,
) -> Diagnosis:
    """Record a diagnosis, of today by default. A new primary one makes the former primary one secondary.

    Raises Refusal (code, empty, rank, future, dates, open_already).
    """
    episode = lock_episode(episode)
    code = normalise_code(code)
    if not text.strip():
        raise Refusal(_("Write the diagnosis in words."), "empty", "text")
    if rank not in Rank.values:
        raise Refusal(_("Choose what it is to the treatment."), "rank", "rank")
    day = diagnosed_on or timezone.localdate()
    _require_past(day, "diagnosed_on")
    if since and since > day:
        raise Refusal(_("It can’t have begun after it was diagnosed."), "dates", "since")
    if _open_of(episode).filter(code=code).exists():
        raise Refusal(_("%(code)s is on the list already.") % {"code": code}, "open_already", "code")
    if rank == Rank.PRIMARY:
        _step_aside(episode)
    return Diagnosis.objects.create(
        patient=episode.patient,
        episode=episode,
        code=code,
        text=text.strip(),
        rank=rank,
        diagnosed_on=day,
        since=since,
        by=by,
    )


def _open_of(episode: Episode):
    return Diagnosis.objects.filter(patient=episode.patient_id, resolved_on=None, mistaken_at=None)


def _step_aside(episode: Episode, but: int | None = None) -> None:
    """Whatever is primary becomes secondary: there is one primary diagnosis at a time."""
    for former in _open_of(episode).filter(rank=Rank.PRIMARY).exclude(pk=but):
        former.rank = Rank.SECONDARY
        former.save(update_fields=["rank"])


def _require_past(day: dt.date, place: str) -> None:
    if day > timezone.localdate():
        raise Refusal(_("This lies in the future."), "future", place)


def _lock(diagnosis: Diagnosis) -> Diagnosis:
    """The open diagnosis under its stay's lock. Raises Refusal (mistaken, resolved)."""
    lock_episode(diagnosis.episode)
    found = (
        Diagnosis.objects.select_for_update(no_key=True, of=("self",)).select_related("episode").get(pk=diagnosis.pk)
    )
    if found.mistaken_at:
        raise Refusal(_("It was recorded by mistake and stays struck out."), "mistaken")
    if found.resolved_on:
        raise Refusal(_("It is resolved already. If it came back, record it anew."), "resolved")
    return found


@transaction.atomic
def set_rank(*, diagnosis: Diagnosis, rank: str) -> Diagnosis:
    """Say what it is to the treatment. Made primary, the former primary one becomes secondary. Raises Refusal (rank, resolved,
    mistaken)."""
    if rank not in Rank.values:
        raise Refusal(_("Choose what it is to the treatment."), "rank", "rank")
    diagnosis = _lock(diagnosis)
    if rank == Rank.PRIMARY:
        _step_aside(diagnosis.episode, but=diagnosis.pk)
    diagnosis.rank = rank
    diagnosis.save(update_fields=["rank"])
    return diagnosis


@transaction.atomic
def resolve_diagnosis(*, diagnosis: Diagnosis, on: dt.date) -> Diagnosis:
    """It no longer holds, from a day on. Raises Refusal (future, dates, resolved, mistaken)."""
    diagnosis = _lock(diagnosis)
    _require_past(on, "on")
    if on < diagnosis.diagnosed_on:
        raise Refusal(_("It can’t end before it was diagnosed."), "dates", "on")
    diagnosis.resolved_on = on
    diagnosis.save(update_fields=["resolved_on"])
    return diagnosis


@transaction.atomic
def strike_diagnosis(*, diagnosis: Diagnosis, mistake: str) -> Diagnosis:
    """It was recorded by mistake: it stays, struck out, and counts for nothing; also when it is resolved. Raises Refusal (empty,
    mistaken)."""
    if not mistake.strip():
        raise Refusal(_("Say what the mistake was."), "empty", "mistake")
    found = Diagnosis.objects.select_for_update(no_key=True).get(pk=diagnosis.pk)
    if found.mistaken_at:
        raise Refusal(_("It was recorded by mistake and stays struck out."), "mistaken")
    found.mistaken_at, found.mistake = timezone.now(), mistake.strip()
    found.save(update_fields=["mistaken_at", "mistake"])
    return found
