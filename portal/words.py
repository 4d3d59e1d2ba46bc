"""Sentences the patients' pages say about time and hours. Kind, exact, never a reproach."""

import datetime as dt
import math

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinical.queries import Hours
from core.templatetags.house import hours as spoken


def until(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """How far away a moment is, by the reader's own calendar.

    "now", "in 12 minutes", "in 2 h 10 min", "tomorrow", "in 3 days".
    """
    now = now or timezone.now()
    minutes = math.ceil((moment - now).total_seconds() / 60)
    days = (timezone.localtime(moment).date() - timezone.localtime(now).date()).days
    if minutes <= 0:
        return _("now")
    if minutes < 60:
        return ngettext("in %(n)s minute", "in %(n)s minutes", minutes) % {"n": minutes}
    if days == 0:
        return _("in %(time)s") % {"time": spoken(minutes)}
    if days == 1:
        return _("tomorrow")
    return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}


def hours_so_far(hours: Hours) -> str:
    """What the week's hours mean for the person whose hours they are."""
    ahead = spoken(hours.ahead)
    if hours.is_met:
        if hours.ahead:
            return _("You have reached this week’s goal. Well done. Still planned: %(ahead)s.") % {"ahead": ahead}
        return _("You have reached this week’s goal. Well done.")
    if not hours.ahead and not hours.attended:
        return _("Nothing is planned this week. The clinic can tell you whether there is a session for you.")
    if not hours.ahead:
        return _(
            "Every session you came to counts. Nothing more is planned this week. The clinic can tell you whether there is"
            " another one for you."
        )
    if not hours.short_by:
        if not hours.attended:
            return _("Planned this week: %(ahead)s. That is enough for your goal.") % {"ahead": ahead}
        return _("Still planned this week: %(ahead)s. That is enough to reach your goal.") % {"ahead": ahead}
    return _(
        "Every session counts. Still planned this week: %(ahead)s. Another %(short)s would reach your goal: the clinic helps"
        " you find it."
    ) % {"ahead": ahead, "short": spoken(hours.short_by)}


def seat_helps(hours: Hours | None, minutes: int) -> str:
    """What another session of so many treatment minutes does for the week. hours: as they are without it; None: unknown, or
    the session is of another week."""
    more = {"minutes": spoken(minutes)}
    if hours is None:
        return _("It would add %(minutes)s to your hours.") % more
    reached = hours.attended + hours.ahead + minutes
    more |= {"reached": spoken(reached), "goal": spoken(hours.goal)}
    if not hours.short_by:
        return _("It would add %(minutes)s. You reach your goal without it, too.") % more
    if reached >= hours.goal:
        return _("It adds %(minutes)s, and with it you can reach your goal of %(goal)s this week.") % more
    return _("It adds %(minutes)s and brings you to %(reached)s of your %(goal)s this week: a good step.") % more
