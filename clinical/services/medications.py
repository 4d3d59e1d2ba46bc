"""The list of medications: what somebody takes, as recorded here. Nothing is prescribed here."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Medication
from core.errors import Refusal
from groups.services import lock_episode
from patients.models import Episode, Patient

Source = Medication.Source


def current_medications(patient: Patient) -> list[Medication]:
    """What is taken now, medications for addiction treatment first. One query."""
    rows = Medication.objects.filter(patient=patient, stopped_on=None, mistaken_at=None)
    return list(rows.select_related("by").order_by("-for_addiction", "-started_on", "pk"))


def _require_past(day: dt.date | None, place: str) -> None:
    if day and day > timezone.localdate():
        raise Refusal(_("This lies in the future."), "future", place)


@transaction.atomic
def add_medication(
    *,
    episode: Episode,
    name: str,
    source: str,
    dose: str = "",
    how: str = "",
    reason: str = "",
    for_addiction: bool = False,
    prescriber: str = "",
    started_on: dt.date | None = None,
    by: User,
) -> Medication:
    """Record a medication. started_on: empty when nobody knows. The same name with the same dose twice at once is refused.

    Raises Refusal (empty, source, future, open_already).
    """
    episode = lock_episode(episode)
    name, dose = name.strip(), dose.strip()
    if not name:
        raise Refusal(_("Write the name of the medication."), "empty", "name")
    if source not in Source.values:
        raise Refusal(_("Say who says so."), "source", "source")
    _require_past(started_on, "started_on")
    for other in current_medications(episode.patient):  # encrypted: compared here
        if (other.name.lower(), other.dose.lower()) == (name.lower(), dose.lower()):
            raise Refusal(_("This is on the list already. Change its dose there."), "open_already", "name")
    return Medication.objects.create(
        patient=episode.patient,
        episode=episode,
        name=name,
        dose=dose,
        how=how.strip(),
        reason=reason.strip(),
        for_addiction=for_addiction,
        prescriber=prescriber.strip(),
        source=source,
        started_on=started_on,
        by=by,
    )


def _lock(medication: Medication) -> Medication:
    """The row that is taken now, under its lock. Raises Refusal (mistaken, stopped)."""
    found = (
        Medication.objects.select_for_update(no_key=True, of=("self",))
        .select_related("episode", "patient")
        .get(pk=medication.pk)
    )
    if found.mistaken_at:
        raise Refusal(_("It was recorded by mistake and stays struck out."), "mistaken")
    if found.stopped_on:
        raise Refusal(_("It is stopped already. If it is taken again, record it anew."), "stopped")
    return found


def _stop(medication: Medication, on: dt.date, reason: str) -> None:
    _require_past(on, "on")
    if medication.started_on and on < medication.started_on:
        raise Refusal(_("It can’t end before it began."), "dates", "on")
    if not reason.strip():
        raise Refusal(_("Say why it was stopped."), "empty", "reason")
    medication.stopped_on, medication.stop_reason = on, reason.strip()
    medication.save(update_fields=["stopped_on", "stop_reason", "recorded_at"])


@transaction.atomic
def change_dose(*, medication: Medication, dose: str, how: str, source: str, on: dt.date, by: User) -> Medication:
    """Another dose, or another way of taking it, from a day on: this row ends, and a new one begins. Returns the new one.

    Raises Refusal (same, source, future, dates, stopped, mistaken).
    """
    medication = _lock(medication)
    dose, how = dose.strip(), how.strip()
    if (dose, how) == (medication.dose, medication.how):
        raise Refusal(_("That is what the list says already."), "same", "dose")
    if source not in Source.values:
        raise Refusal(_("Say who says so."), "source", "source")
    _stop(medication, on, _("Dose changed"))
    return Medication.objects.create(
        patient=medication.patient,
        episode=medication.episode,
        name=medication.name,
        dose=dose,
        how=how,
        reason=medication.reason,
        for_addiction=medication.for_addiction,
        prescriber=medication.prescriber,
        source=source,
        started_on=on,
        by=by,
    )


@transaction.atomic
def stop_medication(*, medication: Medication, on: dt.date, reason: str) -> Medication:
    """No longer taken, from a day on, and why. Raises Refusal (empty, future, dates, stopped, mistaken)."""
    medication = _lock(medication)
    _stop(medication, on, reason)
    return medication


@transaction.atomic
def strike_medication(*, medication: Medication, mistake: str) -> Medication:
    """It was recorded by mistake: it stays, struck out, and counts for nothing. Raises Refusal (empty, mistaken)."""
    if not mistake.strip():
        raise Refusal(_("Say what the mistake was."), "empty", "mistake")
    found = Medication.objects.select_for_update(no_key=True).get(pk=medication.pk)
    if found.mistaken_at:
        raise Refusal(_("It was recorded by mistake and stays struck out."), "mistaken")
    found.mistaken_at, found.mistake = timezone.now(), mistake.strip()
    found.save(update_fields=["mistaken_at", "mistake", "recorded_at"])
    return found
