"""Realistic rows for tests of the pages of care in a browser: a group of twelve sessions, measures, alerts, follow-ups."""

import datetime as dt

import time_machine
from django.utils import timezone

from clinical.models import (
    Attendance,
    FollowUp,
    GroupObservation,
    Level,
    MeasureAssignment,
    MeasureResponse,
    OnCallShift,
    Status,
)
from clinical.models.dynamics import SCALES
from clinical.models.policy import ClinicalPolicy
from clinical.services import asking, followups, measures, risk
from patients.models import Episode
from scheduling.models import Session
from scheduling.services import seat_member
from tests.desk import attend
from tests.factories import make_patient

LONG = ("Maximiliana-Alexandrina", "Featherstonehaugh-Wolfeschlegelstein")
ANSWERS = {str(n): 1 for n in range(1, 9)}


def long_named(house, **fields) -> Episode:
    """Somebody of Alice's whose name fills a line."""
    return make_patient(house.program, house.alice, *LONG, **fields)


def add_group_past(house, extra: list[Episode]) -> list[Session]:
    """Eleven weeks of sessions before the house's own, each with attendance; most of them observed, one scale with gaps."""
    first = house.session
    past = Session.objects.bulk_create(
        Session(
            group=house.group,
            starts_at=first.starts_at - dt.timedelta(weeks=week),
            ends_at=first.ends_at - dt.timedelta(weeks=week),
            zone=first.zone,
            break_minutes=15,
        )
        for week in range(11, 0, -1)
    )
    for number, session in enumerate(past):
        _take_part(house, extra, session, number)
        if number % 4 != 2:
            GroupObservation.objects.create(
                session=session,
                written_by=house.alice,
                stage=("forming", "conflict", "working")[number // 4],
                roles=["silent", "harmonizer"] if number % 2 else ["challenger"],
                **{name: (number * (place + 1)) % 5 for place, name in enumerate(SCALES) if (number + place) % 6},
            )
    return past


def _take_part(house, extra: list[Episode], session: Session, number: int) -> None:
    everybody = [house.pat_episode, house.quinn_episode, *extra]
    Attendance.objects.bulk_create(
        Attendance(
            session=session,
            patient=episode.patient,
            episode=episode,
            status=Status.NO_SHOW if (number + place) % 7 == 5 else Status.PRESENT,
            minutes=None if (number + place) % 7 == 5 else 75,
            possible_minutes=75,
            participation=None if (number + place) % 7 in (3, 5) else (number + place) % 5,
            taken_by=house.alice,
        )
        for place, episode in enumerate(everybody)
    )


def add_measures(house, episode: Episode) -> None:
    """Three PHQ-9 a fortnight apart, an incomplete one, a voided one, BAM-R, GAD-7; one asked for; one missed."""
    now, by = timezone.now(), house.alice
    given = {"mode": MeasureResponse.Mode.READ_ALOUD, "by": by, "episode": episode}
    for weeks, value in ((12, 3), (6, 2), (3, 1)):
        answers = {str(n): value for n in range(1, 9)} | {"9": 0, "difficulty": 1}
        measures.record_response(measure="phq9", answers=answers, now=now - dt.timedelta(weeks=weeks), **given)
    measures.record_response(measure="phq9", answers={"1": 1, "2": 2}, now=now - dt.timedelta(days=9), **given)
    wrong = measures.record_response(
        measure="phq9", answers=ANSWERS | {"9": 0}, now=now - dt.timedelta(days=8), **given
    ).response
    measures.void_response(response=wrong, reason="Entered for the wrong person.", by=house.bob)
    measures.record_response(measure="gad7", answers={str(n): 1 for n in range(1, 8)}, now=now, **given)
    measures.record_response(measure="bam_r", answers={"1": 2, "2": 4, "4": 0, "6": 3}, now=now, **given)
    asking.ask(episode=episode, measure="pcl5", by=by)
    MeasureAssignment.objects.create(
        patient=episode.patient,
        episode=episode,
        measure="audit_c",
        moment="intake",
        opens_on=timezone.localdate() - dt.timedelta(days=20),
        closes_on=timezone.localdate() - dt.timedelta(days=7),
        state=MeasureAssignment.State.MISSED,
    )


def ask_for_all(house) -> dict[str, MeasureAssignment]:
    """Pat is asked for four things, the check of the last session among them."""
    found = {code: asking.ask(episode=house.pat_episode, measure=code, by=house.alice) for code in ("phq9", "bam_r")}
    today = timezone.localdate()
    for code, moment, session in (("check_in", "daily", None), ("group_climate", "session_end", house.session)):
        found[code] = MeasureAssignment.objects.create(
            patient=house.pat,
            episode=house.pat_episode,
            measure=code,
            moment=moment,
            session=session,
            opens_on=today - dt.timedelta(days=1),
            closes_on=today + dt.timedelta(days=1),
        )
    return found


def add_follow_ups(house, long: Episode) -> dict[str, FollowUp]:
    """One to do, one overdue (of the person with the long name), one of Bob's, one done; Quinn went quiet."""
    opened = {
        "mine": followups.open_follow_up(
            episode=house.pat_episode,
            session=house.session,
            reason="withdrawn",
            words="Camera off after the second round; said “fine” twice. Ask how the week with her mother went.",
            by=house.alice,
        ),
        "late": followups.open_follow_up(episode=long, reason="distressed", by=house.alice, owner=house.alice),
        "done": followups.open_follow_up(episode=house.pat_episode, reason="homework", by=house.alice),
    }
    # The day passes: nothing but time makes a task overdue.
    FollowUp.objects.filter(pk=opened["late"].pk).update(due_on=timezone.localdate() - dt.timedelta(days=2))
    followups.close_follow_up(
        follow_up=opened["done"], outcome="spoke", words="Went through the sheet together.", by=house.alice
    )
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    # Seated before the session was held, so that they were expected there.
    with time_machine.travel(house.session.starts_at - dt.timedelta(days=1), tick=False):
        quiet = make_patient(house.program, house.alice, "Bartholomew-Christopher", "Castellanos-Montgomery")
        seat_member(group=house.group, episode=quiet, joined_on=house.session.starts_at.date())
    past = Session.objects.filter(group=house.group, starts_at__lte=house.session.starts_at).order_by("-starts_at")[:2]
    Attendance.objects.bulk_create(
        Attendance(
            session=session,
            patient=quiet.patient,
            episode=quiet,
            status=Status.PRESENT,
            minutes=75,
            possible_minutes=75,
            participation=1,
            taken_by=house.alice,
        )
        for session in past
    )
    return opened


def add_alerts(house, long: Episode) -> dict:
    """One nobody has taken on, one taken on with steps, one closed."""
    untaken = risk.raise_concern(
        patient=long.patient,
        level=Level.HIGH,
        words="Said at the end that it would be easier not to wake up, and that the pills are still in the house.",
        by=house.bob,
    )
    answered = measures.record_response(
        measure="phq9",
        answers=ANSWERS | {"9": 2},
        mode=MeasureResponse.Mode.SELF,
        by=house.pat.user,
        episode=house.pat_episode,
    ).alert
    taken = risk.acknowledge(alert=answered, by=house.alice)
    risk.add_step(alert=taken, what="tried", words="Called twice, no answer; left word to call back.", by=house.alice)
    risk.add_step(
        alert=taken,
        what="spoke",
        words="Reached at 4 pm. At her sister’s. No plan; agreed to talk at 6.",
        by=house.alice,
    )
    closed = risk.acknowledge(
        alert=risk.raise_concern(patient=house.quinn, level=Level.LOW, words="Flat, not herself.", by=house.alice),
        by=house.alice,
    )
    risk.close_alert(
        alert=closed,
        disposition="continue",
        words="Passive ideation in the past, none now. Sister is with her. Agreed to call on Friday.",
        by=house.alice,
        follow_up_at=timezone.now() + dt.timedelta(days=2),
    )
    return {"untaken": untaken, "taken": taken, "closed": closed}


def add_on_call(house) -> None:
    """A shift of now and one to come, and the clinic's line."""
    now = timezone.now()
    for user, start in ((house.bob, -2), (house.alice, 10)):
        begins = now + dt.timedelta(hours=start)
        OnCallShift.objects.create(
            program=house.program, user=user, starts_at=begins, ends_at=begins + dt.timedelta(hours=12)
        )
    ClinicalPolicy.objects.update_or_create(program=house.program, defaults={"crisis_phone": "(415) 555-0134"})
