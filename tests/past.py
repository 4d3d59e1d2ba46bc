"""A long past of one person, made in bulk: what a patient's pages must show with the same number of queries as a short one."""

import datetime as dt
import itertools

from clinical.models import Affect, Attendance, MeasureResponse, MeasureScore, ProgressNote, Status
from patients.models import Episode
from scheduling.models import Session

MEASURES = (("phq9", 27), ("gad7", 21))


def add_past(house, episode: Episode, *, weeks: int) -> None:
    """Three held sessions a week of the house's group for so many weeks before the house's own, each with attendance and a
    sealed note (every tenth missed), and two measures answered every week."""
    first = house.session
    moments = [first.starts_at - dt.timedelta(weeks=w, days=d) for w in range(1, weeks + 1) for d in (0, 2, 3)]
    sessions = Session.objects.bulk_create(
        Session(
            group=house.group,
            starts_at=moment,
            ends_at=moment + (first.ends_at - first.starts_at),
            zone=first.zone,
            break_minutes=15,
        )
        for moment in moments
    )
    _attend(house, episode, sessions)
    _answer(house, episode, [first.starts_at - dt.timedelta(weeks=w) for w in range(1, weeks + 1)])


def _attend(house, episode: Episode, sessions: list[Session]) -> None:
    missed = itertools.cycle([False] * 9 + [True])
    rows = []
    for number, (session, absent) in enumerate(zip(sessions, missed, strict=False)):
        rows.append(
            Attendance(
                session=session,
                patient=episode.patient,
                episode=episode,
                status=Status.NO_SHOW if absent else Status.PRESENT,
                minutes=None if absent else 75,
                possible_minutes=75,
                participation=None if absent or number % 7 == 0 else number % 5,
                taken_by=house.alice,
            )
        )
    attended = [row for row in Attendance.objects.bulk_create(rows) if row.status == Status.PRESENT]
    ProgressNote.objects.bulk_create(
        ProgressNote(
            session=row.session,
            patient=episode.patient,
            attendance=row,
            author=house.alice,
            text="Their own words.",
            objective="o",
            topic="t",
            intervention="i",
            risk="none",
            engagement=number % 5,
            affect=list(Affect)[number % 4],
            homework_done=bool(number % 3),
            written_at=row.session.ends_at,
            signed_at=row.session.ends_at,
            sealed_at=row.session.ends_at,
            signed_by=house.alice,
            signed_name="Alice Clinician, LMFT",
            seal={"form": 2, "attending": 1},
            content_hash="0" * 64,
        )
        for number, row in enumerate(attended)
    )


def _answer(house, episode: Episode, moments: list[dt.datetime]) -> None:
    answers = MeasureResponse.objects.bulk_create(
        MeasureResponse(
            patient=episode.patient,
            episode=episode,
            measure=measure,
            form="1",
            answers={},
            mode="self",
            entered_by=episode.patient.user,
            answered_at=moment,
        )
        for moment in moments
        for measure, _most in MEASURES
    )
    most = dict(MEASURES)
    MeasureScore.objects.bulk_create(
        MeasureScore(response=answer, scale="total", value=number % (most[answer.measure] + 1), answered=9, items=9)
        for number, answer in enumerate(answers)
    )
