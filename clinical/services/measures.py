"""Measures: what was answered and what it scores; risk raised in the same transaction."""

import datetime as dt
import logging
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.instruments import definition_of, given
from clinical.models import (
    ClinicalPolicy,
    FollowUp,
    MeasureAssignment,
    MeasureResponse,
    MeasureScore,
    RiskAlert,
)
from clinical.scoring import Result, score
from clinical.services import followups, risk
from clinical.services.sealing import signature
from core.errors import Refusal
from patients.models import Episode, Patient
from scheduling.models import Session

State = MeasureAssignment.State
log = logging.getLogger(__name__)
CLIMATE_LOW, CLIMATE_FALL = 4, 3  # CLINICAL_FACTS section 4: any item 4 or less, or the mean 3 below the last three


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of answering: the row, its result, and the alert that was raised, if one was."""

    response: MeasureResponse
    result: Result
    alert: RiskAlert | None


@transaction.atomic
def record_response(
    *,
    measure: str,
    answers: Mapping[str, int | None],
    mode: MeasureResponse.Mode,
    by: User,
    episode: Episode | None = None,
    assignment: MeasureAssignment | None = None,
    now: dt.datetime | None = None,
) -> Answered:
    """Keep answers with their scores, and raise the risk alert they call for, in one transaction.

    Either an assignment that is open, or an episode (read aloud without being asked for). Raises Refusal (answered_already,
    nothing_answered) and those of `check_answers`.
    """
    moment = now or timezone.now()
    if assignment is not None:
        assignment = MeasureAssignment.objects.select_for_update(no_key=True, of=("self",)).get(pk=assignment.pk)
        if assignment.state == State.ANSWERED:
            raise Refusal(_("This is answered already. Thank you."), "answered_already")
        if assignment.state != State.OPEN:
            raise Refusal(_("This is no longer asked for."), "not_open")
        episode, measure = assignment.episode, assignment.measure
    definition = definition_of(measure)
    policy = ClinicalPolicy.of(episode.program_id)
    result = score(definition, answers, may_prorate=policy.may_prorate)
    kept = {key: value for key, value in answers.items() if value is not None}
    if not kept:
        raise Refusal(_("Nothing is answered yet."), "nothing_answered")
    response = MeasureResponse.objects.create(
        patient_id=episode.patient_id,
        episode=episode,
        assignment=assignment,
        session=assignment.session if assignment else None,
        measure=measure,
        form=definition.form,
        answers=kept,
        mode=mode,
        entered_by=by,
        answered_at=moment,
    )
    MeasureScore.objects.bulk_create(
        MeasureScore(
            response=response,
            scale=scored.scale,
            value=scored.value,
            band=scored.band,
            prorated=scored.prorated,
            answered=scored.answered,
            items=scored.items,
        )
        for scored in result.scores
    )
    if assignment is not None:
        assignment.state = State.ANSWERED
        assignment.save(update_fields=["state"])
    alert = _raise(response, result, episode, by, moment)
    if measure == "group_climate":
        _tell_leader(response, result, episode, by)
    return Answered(response, result, alert)


def _raise(response: MeasureResponse, result: Result, episode: Episode, by: User, now: dt.datetime) -> RiskAlert | None:
    if not result.flags:
        return None
    gravest = min(result.flags, key=lambda flag: flag.level)
    source = RiskAlert.Source.SCREENER if response.measure == "cssrs" else RiskAlert.Source.MEASURE
    return risk.raise_alert(
        patient=episode.patient,
        episode=episode,
        source=source,
        level=gravest.level,
        trigger=gravest.trigger,
        response=response,
        by=by,
        now=now,
    )


def _tell_leader(response: MeasureResponse, result: Result, episode: Episode, by: User) -> None:
    """A low check, or one far below the person's last three, becomes a follow-up of the session's leader."""
    mean = result.score().value
    before = list(
        MeasureScore.objects.filter(
            response__patient=response.patient_id,
            response__measure="group_climate",
            response__voided_at=None,
            value__isnull=False,
        )
        .exclude(response=response)
        .order_by("-response__answered_at")
        .values_list("value", flat=True)[:3]
    )
    is_low = any(value <= CLIMATE_LOW for value in response.answers.values())
    fell = mean is not None and len(before) == 3 and sum(before) / 3 - mean >= CLIMATE_FALL
    if is_low or fell:
        try:
            followups.open_follow_up(
                episode=episode,
                session=response.session,
                reason=FollowUp.Reason.OTHER,
                words=_("Their check at the end of the session was low."),
                by=by,
            )
        except Refusal as refusal:  # nobody can be given it: the answers are kept all the same
            log.warning("no follow-up of a low check: %s", refusal.code)


@transaction.atomic
def void_response(*, response: MeasureResponse, reason: str, by: User) -> MeasureResponse:
    """Void answers entered by mistake: they stay readable and count for nothing. Raises Refusal (empty, void_already)."""
    found = MeasureResponse.objects.select_for_update(no_key=True, of=("self",)).get(pk=response.pk)
    if found.voided_at:
        raise Refusal(_("This is voided already."), "void_already")
    if not reason.strip():
        raise Refusal(_("Say why it is voided."), "empty", "reason")
    found.voided_at, found.voided_by, found.voided_name = timezone.now(), by, signature(by)
    found.void_reason = reason.strip()
    found.save(update_fields=["voided_at", "voided_by", "voided_name", "void_reason"])
    return found


def open_for(patient: Patient, zone: str) -> list[MeasureAssignment]:
    """What the patient is asked for today in their zone, the soonest to end first. One query."""
    today = timezone.now().astimezone(zoneinfo.ZoneInfo(zone)).date()
    mine = MeasureAssignment.objects.filter(patient=patient).open(today)
    found = mine.select_related("session__group").order_by("closes_on", "pk")
    return [assignment for assignment in found if assignment.measure in given()]


def climate_of(sessions: Iterable[Session]) -> dict[int, tuple[float, int]]:
    """The mean check of each session (id) as (mean, n), only where five people or more answered. One query."""
    least = definition_of("group_climate").group_from
    by_session: dict[int, list] = defaultdict(list)
    found = MeasureScore.objects.filter(
        response__session__in=list(sessions),
        response__measure="group_climate",
        response__voided_at=None,
        value__isnull=False,
    ).values_list("response__session", "value")
    for session, value in found:
        by_session[session].append(float(value))
    return {s: (round(sum(v) / len(v), 1), len(v)) for s, v in by_session.items() if len(v) >= least}
