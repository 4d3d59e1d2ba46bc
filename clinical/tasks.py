"""What beat wakes: late notes, alerts nobody took on or went on with, follow-ups nobody did, measures to be asked for."""

from clinical.services import asking, clock, followups, record_news, risk, risk_quiet
from core.tasks import house_task


@house_task("clinical.escalate_alerts")
def escalate_alerts() -> None:
    """Escalate alerts nobody acknowledged in time."""
    risk.escalate_due()


@house_task("clinical.tell_quiet_alerts")
def tell_quiet_alerts() -> None:
    """Tell of alerts that somebody took on and then wrote nothing about."""
    risk_quiet.tell_quiet()


@house_task("clinical.tell_overdue")
def tell_overdue() -> None:
    """Tell leads of follow-ups that are overdue."""
    followups.tell_overdue()


@house_task("clinical.ask_measures")
def ask_measures() -> None:
    """Ask for the measures that are due, and close those whose time is over."""
    asking.assign_due()


@house_task("clinical.tell_late_notes")
def tell_late_notes() -> None:
    """Plan the day's message to each supervisor of somebody whose notes are late."""
    clock.tell_supervisors()


@house_task("clinical.tell_due_requests")
def tell_due_requests() -> None:
    """Tell whoever is to answer of requests about records that are due soon."""
    record_news.tell_due()
