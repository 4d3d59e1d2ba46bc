"""What is said of risk alerts and overdue follow-ups. Nothing of whom or why: the page says it after signing in."""

from django.utils.translation import gettext_lazy as _

from clinical.models import FollowUp, RiskAlert
from clinical.services import followups, risk, risk_quiet
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from messaging.subjects import about
from scheduling.services.reminders import called


def _alert(delivery: Delivery) -> Call | Skip:
    alert = RiskAlert.objects.get(pk=delivery.subject_id)
    if alert.closed_at:
        return Skip("alert closed")
    # Pressed again after somebody took it on: that is news to whoever has it, and told.
    if alert.acknowledged_at and delivery.created_at <= alert.acknowledged_at:
        return Skip("alert taken on")
    return Call({"name": called(delivery.recipient)}, alert.program_id, path="/desk/alerts/")


@composes(
    risk.RAISED,
    category=Category.CRISIS,
    label=_("Somebody needs a colleague now"),
    subject=_("Please look now"),
    sentence=_("somebody needs you. Please sign in now."),
)
def risk_raised(delivery: Delivery) -> Call | Skip:
    """To the primary clinician and whoever is on call, until somebody has taken it on."""
    return _alert(delivery)


@composes(
    risk.ESCALATED,
    category=Category.CRISIS,
    label=_("Nobody has answered yet"),
    subject=_("Please look now: nobody has answered yet"),
    sentence=_("somebody needs a colleague, and nobody has answered yet. Please sign in now."),
)
def risk_escalated(delivery: Delivery) -> Call | Skip:
    """To supervisors and everybody told before, until somebody has taken it on."""
    return _alert(delivery)


@composes(
    risk_quiet.QUIET,
    category=Category.CRISIS,
    label=_("Taken on, and nothing more is written"),
    subject=_("Please look: is this still being dealt with?"),
    sentence=_("a colleague took something urgent on, and nothing more is written yet. Please sign in and look."),
)
def risk_quiet_told(delivery: Delivery) -> Call | Skip:
    """To whoever took an alert on and to supervisors, while it is open and nothing was written since they were to be told."""
    alert = RiskAlert.objects.get(pk=delivery.subject_id)
    if alert.closed_at:
        return Skip("alert closed")
    if risk_quiet.is_written_since(alert, delivery.created_at):
        return Skip("written meanwhile")
    return Call({"name": called(delivery.recipient)}, alert.program_id, path="/desk/alerts/")


@composes(
    followups.OVERDUE,
    category=Category.STAFF,
    label=_("A task is overdue"),
    subject=_("A task is overdue"),
    sentence=_("a task somebody was to do is overdue. Please have a look."),
)
def follow_up_overdue(delivery: Delivery) -> Call | Skip:
    """To the lead, unless everything was done meanwhile: one message stands for all that were told of together."""
    task = FollowUp.objects.select_related("episode").get(pk=delivery.subject_id)
    if not followups.is_anything_left(task, delivery.recipient_id):
        return Skip("done meanwhile")
    return Call({"name": called(delivery.recipient)}, task.episode.program_id, path="/desk/follow-ups/")


@about(risk.RAISED, risk.ESCALATED, risk_quiet.QUIET)
def _alerts(programs: list[int]):
    return RiskAlert.objects.filter(program__in=programs).order_by().values("pk")


@about(followups.OVERDUE)
def _tasks(programs: list[int]):
    return FollowUp.objects.filter(episode__program__in=programs).order_by().values("pk")
