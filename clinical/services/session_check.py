"""The check at the end of a session, answered while people are still in its room. What was answered there goes the usual way:
low answers become follow-ups, and whoever answers nothing is asked after the session like everybody else."""

import zoneinfo
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.instruments import given
from clinical.models import MeasureAssignment, MeasureResponse, Moment
from clinical.services.asking import opening, rules_of
from clinical.services.measures import Answered, record_response
from core.errors import Refusal
from patients.models import Patient
from scheduling.models import Booking, Session

CHECK = "group_climate"


def is_given(session: Session) -> bool:
    """Whether the session's program gives the check at the end of sessions. Two queries."""
    program = session.group.program_id
    return CHECK in given() and (CHECK, Moment.SESSION_END) in rules_of([program])[program]


def check_of(session: Session, patient: Patient) -> MeasureAssignment | None:
    """What the patient is asked after this session, whatever became of it; None when nobody asked yet. One query."""
    return MeasureAssignment.objects.filter(session=session, patient=patient, measure=CHECK).first()


@transaction.atomic
def ask_now(*, session: Session, patient: Patient) -> MeasureAssignment:
    """Ask somebody who is at the session for its check, ahead of everybody being asked after it; once.

    Raises Refusal (not_given, not_expected).
    """
    found = check_of(session, patient)
    if found:
        return found
    if not is_given(session):
        raise Refusal(_("This session has no check at its end."), "not_given")
    booking = (
        Booking.objects.live()
        .filter(session=session, patient=patient)
        .select_related("membership__episode", "episode")
        .first()
    )
    if booking is None:
        raise Refusal(_("There is no such session for you."), "not_expected")
    # The same day as `assign_due` would take, so that it does not ask again.
    day = booking.ends_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    try:
        with transaction.atomic():
            made = opening(booking.stay, CHECK, Moment.SESSION_END, day, session_id=session.pk)
            made.save()
    except IntegrityError:  # asked at this very moment by somebody else
        made = check_of(session, patient)
    return made


@transaction.atomic
def answer_now(*, session: Session, patient: Patient, answers: Mapping[str, int | None], by: User) -> Answered:
    """Keep somebody's answers to the check of the session they are at. Raises Refusal (those of `ask_now`, `record_response`)."""
    asked = ask_now(session=session, patient=patient)
    return record_response(measure=CHECK, answers=answers, mode=MeasureResponse.Mode.SELF, by=by, assignment=asked)
