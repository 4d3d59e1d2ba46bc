"""Alerts that somebody took on and then nothing was written about: taking one on must not be where it is forgotten.

CLINICAL_FACTS section 9, 3: contact on the same day; the times are the project's own. Until something is written (a step, the
disposition) whoever took it on and the supervisors are told: of a high one after an hour at any hour, of others after four hours
by day. What has steps and stays open is told of once a day.
"""

import datetime as dt
import logging
import zoneinfo

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from accounts.access import Role
from accounts.models import User
from clinical.models import Level, RiskAlert, RiskStep
from clinical.services import risk

QUIET = "risk_quiet"
FIRST = {Level.HIGH: dt.timedelta(hours=1), Level.MODERATE: dt.timedelta(hours=4), Level.LOW: dt.timedelta(hours=4)}
JUST_BEFORE = dt.timedelta(hours=1)  # who called first and took it on afterwards has written already
AGAIN = dt.timedelta(days=1)
BY_DAY = range(8, 20)  # o'clock where the program is: nobody is woken for what can wait

What = RiskStep.What
log = logging.getLogger(__name__)


def with_steps(alerts):
    """The alerts with written_at (the last step by hand), told_at (when last anybody was told of it) and again_at (when it was
    last raised)."""
    return alerts.annotate(
        again_at=Max("steps__at", filter=Q(steps__what=What.RAISED)),
        written_at=Max("steps__at", filter=Q(steps__what__in=risk.BY_HAND)),
        told_at=Max("steps__at", filter=Q(steps__what=What.TOLD)),
    )


def is_written_since(alert: RiskAlert, moment: dt.datetime) -> bool:
    """Whether a step by hand was written since then. One query."""
    return alert.steps.filter(what__in=risk.BY_HAND, at__gte=moment).exists()


def is_begun(alert: RiskAlert) -> bool:
    """Whether something is written since it was taken on, or just before (one of `with_steps`)."""
    return alert.written_at is not None and alert.written_at > alert.acknowledged_at - JUST_BEFORE


def is_quiet(alert: RiskAlert, now: dt.datetime) -> bool:
    """Whether people are to be told now of an alert that is taken on and open (one of `with_steps`)."""
    taken, written, told = alert.acknowledged_at, alert.written_at, alert.told_at
    was_told = told is not None and told > taken
    last = max(moment for moment in (taken, written, told) if moment is not None)
    if now - last < (AGAIN if is_begun(alert) or was_told else FIRST[Level(alert.level)]):
        return False
    if alert.level == Level.HIGH and not is_begun(alert):
        return True
    return now.astimezone(zoneinfo.ZoneInfo(alert.program.zone)).hour in BY_DAY


def tell_quiet(*, now: dt.datetime | None = None) -> int:
    """Tell of every alert that is taken on and quiet. Returns how many. Each in its own transaction; those another worker
    holds are passed over, and one that can’t be told of does not hold up the others."""
    moment = now or timezone.now()
    open_ones = RiskAlert.objects.filter(closed_at=None, acknowledged_at__isnull=False)
    due = [a.pk for a in with_steps(open_ones).select_related("program") if is_quiet(a, moment)]
    told, failed = 0, 0
    for pk in due:
        try:
            told += _tell_one(pk, moment)
        except Exception:
            log.exception("an alert that is quiet could not be told of")
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} alerts that are quiet could not be told of") from None
    return told


@transaction.atomic
def _tell_one(pk: int, moment: dt.datetime) -> bool:
    """Tell of one, as it is under its lock. Returns whether it still was quiet."""
    held = RiskAlert.objects.filter(pk=pk, closed_at=None, acknowledged_at__isnull=False)
    if not held.select_for_update(no_key=True, skip_locked=True).exists():
        return False
    alert = with_steps(RiskAlert.objects.filter(pk=pk)).select_related("program", "patient").get()
    if not is_quiet(alert, moment):
        return False
    who = alert.acknowledged_by_id
    people = {who} | set(User.objects.filter(supervisees__user=who).values_list("pk", flat=True))
    people |= set(risk.holding(alert.program, Role.SUPERVISOR) or risk.holding(alert.program, Role.PROGRAM_ADMIN))
    turn = alert.steps.filter(what=What.TOLD).count()
    risk.tell_of(alert, QUIET, sorted(people), moment, turn=turn)
    return True
