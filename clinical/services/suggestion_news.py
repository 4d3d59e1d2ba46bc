"""What is said of suggested changes, in words that name nothing."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.models import PlanSuggestion
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from messaging.subjects import about
from scheduling.services.news import tell
from scheduling.services.reminders import called

USEFUL = dt.timedelta(days=14)
MADE, ANSWERED = "suggestion_made", "suggestion_answered"


def tell_made(suggestion: PlanSuggestion) -> None:
    """Tell the primary clinician that somebody suggests a change. Two queries."""
    stay = suggestion.patient.episodes.open().order_by("-started_on", "-pk").first() or suggestion.document.episode
    tell(MADE, suggestion.pk, variant=0, to=[stay.primary_clinician_id], until=timezone.now() + USEFUL)


def tell_answered(suggestion: PlanSuggestion) -> None:
    """Tell the person that there is an answer. One query."""
    until = timezone.now() + USEFUL
    tell(ANSWERED, suggestion.pk, variant=0, to=[suggestion.patient.user_id], until=until)


def _of(delivery: Delivery) -> PlanSuggestion:
    return PlanSuggestion.objects.select_related("document__episode").get(pk=delivery.subject_id)


@composes(
    MADE,
    category=Category.STAFF,
    label=_("Somebody suggests a change"),
    subject=_("A suggestion for you to read"),
    sentence=_("somebody suggests a change to something you wrote together."),
)
def suggestion_made(delivery: Delivery) -> Call | Skip:
    """To the primary clinician, while it is open."""
    suggestion = _of(delivery)
    if suggestion.state != PlanSuggestion.State.OPEN:
        return Skip("answered or taken back")
    path = f"/desk/suggestions/{suggestion.uid}/"
    return Call({"name": called(delivery.recipient)}, suggestion.document.episode.program_id, path=path)


@composes(
    ANSWERED,
    category=Category.CHANGE,
    label=_("There is an answer to a suggestion"),
    subject=_("There is an answer for you"),
    sentence=_("there is an answer to what you suggested."),
)
def suggestion_answered(delivery: Delivery) -> Call | Skip:
    """To the person."""
    suggestion = _of(delivery)
    values = {"name": called(delivery.recipient)}
    return Call(values, suggestion.document.episode.program_id, path="/my/plans/")


@about(MADE, ANSWERED)
def _suggestions(programs: list[int]) -> QuerySet:
    return PlanSuggestion.objects.filter(document__episode__program__in=programs).order_by().values("pk")
