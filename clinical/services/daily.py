"""Checking in once a day, in one's own words and numbers. Nothing here raises an alert: see docs/own.md."""

import datetime as dt
import zoneinfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinical.models import FEW_HOURS, MANY_HOURS, DailyCheckIn, SleepQuality
from core.errors import Refusal
from patients.models import Patient

MOST_WORDS = 500  # "a word": whoever has more to say has the journal
RANGES = {
    "mood": range(11),
    "craving": range(11),
    "coping": range(11),
    "sleep_hours": range(FEW_HOURS, MANY_HOURS + 1),
    "sleep_quality": SleepQuality.values,
}


def today_of(patient: Patient) -> dt.date:
    """The day it is where the person is."""
    return timezone.now().astimezone(zoneinfo.ZoneInfo(patient.user.zone)).date()


@transaction.atomic
def check_in(
    *,
    patient: Patient,
    on: dt.date,
    mood: int | None = None,
    craving: int | None = None,
    no_craving: bool = False,
    coping: int | None = None,
    sleep_hours: int | None = None,
    sleep_quality: int | None = None,
    words: str = "",
) -> DailyCheckIn:
    """Say how a day is; a second time the same day says it anew, with whatever is left blank now blank. None: not answered.

    Raises Refusal (another_day, nothing, both, out_of_range, too_long).
    """
    answers = {
        "mood": mood,
        "craving": craving,
        "coping": coping,
        "sleep_hours": sleep_hours,
        "sleep_quality": sleep_quality,
    }
    words = words.strip()
    if no_craving and craving is not None:
        raise Refusal(_("Choose a number, or that it doesn’t apply to you."), "both", "craving")
    for name, value in answers.items():
        if value is not None and value not in RANGES[name]:
            raise Refusal(_("Choose one of the answers shown."), "out_of_range", name)
    if len(words) > MOST_WORDS:
        raise Refusal(
            _("This is longer than %(most)s characters. Your journal has room for more.") % {"most": MOST_WORDS},
            "too_long",
            "words",
        )
    if not words and not no_craving and all(value is None for value in answers.values()):
        raise Refusal(_("Nothing is chosen yet. One answer is enough."), "nothing")
    # Two at once are one after the other: the second says the day anew.
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if on != today_of(patient):
        raise Refusal(
            _(
                "A new day has begun since this page was opened. Your answers are still here: save them if they are for today."
            ),
            "another_day",
        )
    told = {**answers, "no_craving": no_craving, "words": words, "changed_at": timezone.now()}
    return DailyCheckIn.objects.update_or_create(patient=patient, on=on, defaults=told)[0]
