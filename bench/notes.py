"""Documentation of a session of twelve: its page, the save of a row, the signing of all, beside a plain page in the same run."""

import datetime as dt
import statistics
import time
from collections.abc import Callable

import pghistory
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases
from django.utils import timezone

PEOPLE, ROUNDS, WARM_UP, SIGNINGS = 12, 60, 5, 20
PASSWORD = "a password of the bench"  # noqa: S105 - of an invented person
WORDS = (
    "payday", "shame", "mornings", "a party", "the worksheet", "Friday’s dinner", "dreams", "the chat", "anger", "walks",
    "loneliness", "a small step",
)  # fmt: skip


def run() -> None:
    """Measure and print."""
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        _run()
    finally:
        teardown_databases(databases, verbosity=0)


def _run() -> None:
    with pghistory.context(actor="bench"):  # requests have their own
        clinician, session, people = _world()
        filled = _fill(session, people, clinician)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(clinician)
    kept = client.session
    kept["seen"] = int(timezone.now().timestamp())
    kept.save()
    page = f"/desk/sessions/{session.uid}/notes/"
    turn = iter(range(1, 1_000_000))
    figures = [
        _measure("plain Django page", lambda: client.get("/plain/"), 200),
        _measure(f"documentation page of {PEOPLE}", lambda: client.get(page), 200),
        _measure("save of a row", lambda: _save_row(client, page, people[0], next(turn)), 200),
        _measure("how each part stands (every 20 s)", lambda: client.get(f"{page}state/"), 200),
        _measure(
            f"sign of {PEOPLE}, by the service", lambda: _sign(session, clinician, filled), None, SIGNINGS, undo=True
        ),
        _measure(
            f"sign of {PEOPLE}, page, password and all", lambda: _sign_page(client, page), 302, SIGNINGS, undo=True
        ),
        _measure("plain Django page again", lambda: client.get("/plain/"), 200),
    ]
    plain = figures[0][1]
    print(f"{'':42} {'median ms':>10} {'p95 ms':>8} {'× plain':>8} {'queries':>8}")
    for name, median, p95, queries in figures:
        print(f"{name:42} {median:10.1f} {p95:8.1f} {median / plain:8.1f} {queries:8}")


def _world():
    """A clinician, a session of twelve that is over, its people with a plan each."""
    from bench.world import fill
    from clinical.models import Goal, Objective, Problem, TreatmentPlan
    from clinical.services import sealing
    from groups.models import Facilitator, Membership
    from patients.models import CareTeamMember, Episode
    from scheduling.models import Session
    from scheduling.services import extend_horizon

    _program, clinicians, monday = fill(groups=4, weekdays=1)
    clinician = clinicians[0]
    clinician.password = make_password(PASSWORD)
    clinician.save(update_fields=["password"])
    group = Facilitator.objects.get(user=clinician).group
    more = Episode.objects.exclude(patient__memberships__group=group)[: PEOPLE - group.memberships.count()]
    for episode in more:
        Membership.objects.filter(patient=episode.patient).update(group=group)
        CareTeamMember.objects.create(
            patient=episode.patient, user=clinician, part="facilitator", source=f"group:{group.pk}", starts_at=monday
        )
    week = dt.timedelta(weeks=1)
    group.slots.update(starts_on=(monday - week).date())
    group.memberships.update(joined_on=(monday - week).date())
    group.facilitators.update(joined_on=(monday - week).date())
    extend_horizon(now=monday - week - dt.timedelta(minutes=1))
    session = Session.objects.filter(group=group, ends_at__lt=timezone.now()).earliest("starts_at")
    people = [m.patient for m in group.memberships.select_related("patient").order_by("pk")]
    if len(people) != PEOPLE or session.bookings.filter(patient__isnull=False).count() != PEOPLE:
        raise RuntimeError(f"{len(people)} people, {session.bookings.count()} bookings")
    for person in people:
        plan = TreatmentPlan.objects.create(
            patient=person, episode=person.episodes.get(), number=1, author=clinician, written_at=timezone.now()
        )
        goal = Goal.objects.create(problem=Problem.objects.create(plan=plan, text="p"), text="g")
        Objective.objects.create(goal=goal, text="Uses a coping skill")
        sealing.sign(plan, by=clinician, facts={}, signer=sealing.signer_facts(clinician))
        plan.save()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return clinician, session, people


def _fill(session, people, clinician) -> int:
    """Everybody's row and the shared part, complete; how many rows."""
    from clinical.models import Objective, Status
    from clinical.services import RollCallRow, save_group_note
    from clinical.services.documentation import Row, save_rows

    save_group_note(session=session, objective="o", topic="t", intervention="i", version=0, by=clinician)
    aims = dict(Objective.objects.values_list("goal__problem__plan__patient_id", "pk"))
    rows = [
        Row(
            person.pk,
            RollCallRow(person.pk, Status.PRESENT, session.treatment_minutes, 3),
            {
                "text": f"Spoke of {words} at length.",
                "risk": "none",
                "plan_objective_id": aims[person.pk],
                "engagement": 3,
            },
        )
        for person, words in zip(people, WORDS, strict=True)
    ]
    return save_rows(session=session, rows=rows, by=clinician)


def _save_row(client: Client, page: str, person, turn: int):
    from clinical.models import ProgressNote
    from clinical.views.documentation_keys import who

    note = ProgressNote.objects.get(patient=person)
    mine = f"p{person.pk}"
    return client.post(
        f"{page}save/",
        {
            "parts": str(person.pk), "who": who(note.author), f"{mine}-version": note.version, f"{mine}-seen": "older",
            f"{mine}-was": "present:all:3", f"{mine}-status": "present", f"{mine}-participation": "3",
            f"{mine}-text": f"Spoke of payday at length, {turn} times.", f"{mine}-risk": "none", f"{mine}-engagement": "3",
            f"{mine}-plan_objective": note.plan_objective_id,
        },
    )  # fmt: skip


def _sign(session, clinician, filled: int) -> None:
    from accounts.models import User
    from clinical.services import sign_notes

    with pghistory.context(actor="bench"):
        outcome = sign_notes(session=session, by=User.objects.get(pk=clinician.pk))
    if len(outcome.signed) != filled:
        raise RuntimeError([lack for _person, lack in outcome.left])


def _sign_page(client: Client, page: str):
    from clinical.models import GroupNote, ProgressNote

    cache.clear()
    sent = {"sign": "1", "password": PASSWORD, "shared-version": GroupNote.objects.get().version, "shared-seen": ""}
    sent |= {"shared-objective": "o", "shared-topic": "t", "shared-intervention": "i"}
    for note in ProgressNote.objects.all():
        mine = f"p{note.patient_id}"
        sent |= {
            f"{mine}-version": note.version, f"{mine}-seen": "", f"{mine}-was": "present:all:3", f"{mine}-status": "present",
            f"{mine}-participation": "3", f"{mine}-text": note.text, f"{mine}-risk": "none", f"{mine}-engagement": "3",
            f"{mine}-plan_objective": note.plan_objective_id,
        }  # fmt: skip
    answer = client.post(page, sent)
    if not ProgressNote.objects.signed().count() == PEOPLE:
        raise RuntimeError("not all were signed")
    return answer


def _measure(name: str, deed: Callable, status: int | None, rounds: int = ROUNDS, *, undo: bool = False):
    """Name, median and p95 in milliseconds, most queries (those of transactions left out). undo: each round is taken back."""
    times, queries = [], 0
    for turn in range(WARM_UP + rounds):
        with transaction.atomic():
            # The queries are counted in a round that is not timed.
            began = time.perf_counter()
            if turn == 0:
                with CaptureQueriesContext(connection) as seen:
                    answer = deed()
                queries = sum(not q["sql"].startswith(("SAVEPOINT", "RELEASE")) for q in seen.captured_queries)
            else:
                answer = deed()
            took = (time.perf_counter() - began) * 1000
            transaction.set_rollback(undo)
        if status is not None and answer.status_code != status:
            raise RuntimeError(f"{name} answered {answer.status_code}: {answer.content[:300]}")
        if turn >= WARM_UP:
            times.append(took)
    return name, statistics.median(times), statistics.quantiles(times, n=20)[-1], queries
