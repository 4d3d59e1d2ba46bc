"""Every address × every role × (own patient, other patient), as a text that a compliance officer can read.

`tests/access.txt` holds the outcome. A change of access is a change of that file: write it anew with
`WRITE_ACCESS=1 script/test tests/test_access.py` and read the diff. On the way two rules are held for every page: somebody
sees only whom they may know of, and whoever's name a page shows has its reading on the record.
"""

import datetime as dt
import difflib
import logging
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.views.defaults import page_not_found, permission_denied

from accounts.access import Role, every_view
from accounts.services import create_account
from audit.models import Read
from clinical.models import ProgressNote, Status
from clinical.services import Draft, RollCallRow, save_drafts, save_group_note, take_attendance
from groups.models import Membership, WaitlistEntry
from scheduling.models import (
    Appointment,
    AppointmentSeries,
    Closure,
    CoverRequest,
    OpenHours,
    SeatOffer,
    Session,
    TimeOff,
)
from scheduling.services import free_times, open_hours, pick_time, start_series, take_time_off
from tests import examples
from tests.desk import sign
from tests.factories import make_program, make_staff

LIST = Path(__file__).with_name("access.txt")
PARTS = ("pages", "administration")
_RULE = "=" * 20
_HEAD = """\
# Who gets what answer at every address. 200 a page, 302 sent elsewhere (not signed in: to sign in), 403 wrong role, 404 not
# theirs, 405 wrong method, 422 a form that was not filled in. own: of a patient, group or session that Alice (clinician) and
# Pat (patient) belong to; other: of somebody else's. Written by tests/test_access.py.

"""
# Names of nobody but the patient, as they would stand on a page.
NAMES = {"own": "Peerson", "other": "Rosenquist"}


class _RolledBack(Exception):  # noqa: N818 - ends a savepoint
    pass


def _document(session, patient, by) -> None:
    take_attendance(
        session=session, rows=[RollCallRow(patient.pk, Status.PRESENT, session.treatment_minutes, 2)], by=by
    )
    save_group_note(session=session, objective="o", topic="t", intervention="i", version=0, by=by)
    save_drafts(session=session, drafts=[Draft(patient.pk, "Their own words.", 0)], by=by)
    sign(session, by)


@pytest.fixture
def world(house, clock, settings):
    """The house after Tuesday's sessions, with a signed note on both sides and somebody waiting for each group."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    return build_world(house, clock)


def build_world(house, clock):
    """The same, for whoever has a house: also for tests that walk the pages in a browser."""
    clock.shift(dt.timedelta(days=1, hours=5))
    sessions = {
        "own": house.session,
        "other": Session.objects.filter(group=house.other_group).earliest("starts_at"),
    }
    _document(sessions["own"], house.pat, house.alice)
    _document(sessions["other"], house.robin, house.charlie)
    for group, episode in ((house.group, house.pat_episode), (house.other_group, house.robin_episode)):
        WaitlistEntry.objects.create(group=group, patient=episode.patient, episode=episode)
        coming = group.sessions.filter(starts_at__gt=timezone.now()).earliest("starts_at")
        SeatOffer.objects.create(session=coming, patient=episode.patient, episode=episode, offered_by=house.coordinator)
    Closure.objects.create(
        program=house.program,
        starts_on=timezone.localdate() + dt.timedelta(days=90),
        last_on=timezone.localdate() + dt.timedelta(days=90),
        reason="Founder’s day",
        created_by=house.coordinator,
    )
    for clinician, episode in ((house.alice, house.pat_episode), (house.charlie, house.robin_episode)):
        _individual_work(clinician, episode)
    in_a_week = timezone.now() + dt.timedelta(days=5)
    for leader in (house.alice, house.charlie):
        take_time_off(user=leader, starts_at=in_a_week, ends_at=in_a_week + dt.timedelta(days=4), by=leader)
    examples.make(house, sessions)
    return house, sessions


def _individual_work(clinician, episode) -> None:
    """A series, and open hours of which a time is picked."""
    now = timezone.now()
    work = {"kind": "individual", "provider": clinician, "minutes": 50}
    start_series(
        episode=episode,
        weekday=2,
        starts_at=dt.time(10),
        starts_on=now.date() + dt.timedelta(days=1),
        by=clinician,
        **work,
    )
    hours = open_hours(
        provider=clinician,
        program=episode.program,
        kinds=["individual"],
        weekday=3,
        starts_at=dt.time(13),
        ends_at=dt.time(17),
        minutes=50,
    )
    free = free_times(patient=episode.patient, first=now.date(), last=now.date() + dt.timedelta(days=7))
    pick_time(hours=hours, patient=episode.patient, starts_at=free[0].starts_at, kind="individual")


def _kwargs(name: str, params: list[str], relation: str, house, sessions) -> dict:
    """Example values for a route's parameters; a route that is not known here fails the test, so that none is forgotten."""
    known = {
        "account_reset_password_from_key": {"uidb36": "1", "key": "set-password"},
        "account_confirm_email": {"key": "none"},
        "calendar_feed": {"token": "none"},
        "patients:open_link": {"key": "none"},
        "portal:lesson": {"lesson": "listening"},
        "mfa_remove_webauthn": {"pk": 1},  # its parameter stands in the include around it
        "mfa_edit_webauthn": {"pk": 1},
        "messaging:wording": {"kind": "session_reminder", "channel": "email", "language": "en"},
        "offline": {"language": "en"},
    }
    mine = relation == "own"
    patient = house.pat if mine else house.robin
    if name == "dashboard:door_card":
        on = examples.rooms.on_now(sessions[relation])
        return {"uid": on.uid, "key": examples.rooms.own(sessions[relation], patient).key}
    if params == ["measure", "uid"]:
        return {"uid": patient.uid, "measure": 1}
    if params != ["uid"]:
        return known[name] if params or name in known else {}
    session = sessions[relation]
    leader = house.alice if mine else house.charlie
    coming = Session.objects.filter(group=session.group, starts_at__gt=timezone.now()).earliest("starts_at")
    clinician = house.alice if mine else house.charlie
    series, hours = AppointmentSeries.objects.get(patient=patient), OpenHours.objects.get(provider=clinician)
    appointment = Appointment.objects.get(hours=hours)
    uids = {
        "scheduling:book": patient.uid,
        "scheduling:appointment": appointment.uid,
        "scheduling:move_appointment": appointment.uid,
        "scheduling:cancel_appointment": appointment.uid,
        "scheduling:series": series.uid,
        "scheduling:change_series": series.uid,
        "scheduling:end_series": series.uid,
        "scheduling:close_hours": hours.uid,
        "portal:pick": hours.uid,
        "portal:cancel_appointment": appointment.uid,
        "portal:join_appointment": appointment.uid,
        "dashboard:group": (house.group if mine else house.other_group).uid,
        "dashboard:session": sessions[relation].uid,
        "dashboard:person": patient.uid,
        "dashboard:session_messages": sessions[relation].uid,
        "dashboard:person_messages": patient.uid,
        "dashboard:calendar_preview": coming.uid,
        "dashboard:calendar_move": coming.uid,
        "scheduling:cancel": coming.uid,
        "scheduling:move": coming.uid,
        "scheduling:change_session": coming.uid,
        "scheduling:add_session": session.group.uid,
        "scheduling:add_slot": session.group.uid,
        "scheduling:change_slot": session.slot.uid,
        "scheduling:end_slot": session.slot.uid,
        "scheduling:join": (house.group if mine else house.other_group).uid,
        "scheduling:wait": (house.group if mine else house.other_group).uid,
        "scheduling:leave": Membership.objects.get(patient=patient).uid,
        "scheduling:end_stay": patient.uid,
        "scheduling:seat": WaitlistEntry.objects.get(patient=patient).uid,
        "scheduling:lift": Closure.objects.get().uid,
        "scheduling:visitor": coming.uid,
        "scheduling:release_visitor": coming.uid,
        "scheduling:offer": coming.uid,
        "scheduling:withdraw_offer": SeatOffer.objects.get(patient=patient).uid,
        "portal:accept_offer": SeatOffer.objects.get(patient=patient).uid,
        "portal:decline_offer": SeatOffer.objects.get(patient=patient).uid,
        "scheduling:withdraw": WaitlistEntry.objects.get(patient=patient).uid,
        "clinical:roll_call": sessions[relation].uid,
        "clinical:notes": sessions[relation].uid,
        "clinical:note": ProgressNote.objects.get(patient=patient).uid,
        "portal:join": coming.uid,
        "scheduling:withdraw_time_off": TimeOff.objects.get(user=leader).uid,
        "scheduling:take_cover": CoverRequest.objects.filter(absent=leader).earliest("pk").uid,
        "scheduling:give_back": CoverRequest.objects.filter(absent=leader).earliest("pk").uid,
        **examples.uids(patient, session, leader),
    }
    return {"uid": uids[name]}


def _admin_kwargs(params: list[str], pattern, house) -> dict | None:
    """The first row of an administration page's model; None where there is none."""
    if params == ["app_label"]:
        return {"app_label": "groups"}
    if params == ["content_type_id", "object_id"]:
        return {"content_type_id": 1, "object_id": 1}
    if params == ["url"]:
        return {"url": "nothing"}
    model = getattr(getattr(pattern.callback, "model_admin", None), "model", None)
    row = model._default_manager.order_by("pk").first() if model else None
    return {"object_id": row.pk} if row else None


def _parameters(pattern) -> list[str]:
    return sorted(getattr(pattern.pattern, "converters", None) or pattern.pattern.regex.groupindex)


def _people(house) -> dict[str, object]:
    elsewhere = make_program("Elsewhere")
    return {
        "nobody": None,
        "no-role": create_account(email="none@example.org", first_name="No", last_name="Role", zone="UTC"),
        "patient": house.pat.user,
        "clinician": house.alice,
        "supervisor": house.bob,
        "coordinator": house.coordinator,
        "admin": house.admin,
        "billing": house.billing,
        "outsider": make_staff(elsewhere, Role.CLINICIAN, "Olga", "Outsider"),
        "other-admin": make_staff(elsewhere, Role.PROGRAM_ADMIN, "Otto", "Outsider"),
    }


def _turned_away_in_short(monkeypatch) -> None:
    """The page that turns somebody away is really made once for each person and status, and afterwards left empty: to make it
    for every address again was two thirds of the walk, and nobody reads it."""
    made = set()

    def short(status: int, page):
        def answer(request, exception):
            if (status, request.user.pk) in made:
                return HttpResponse(status=status)
            made.add((status, request.user.pk))
            return page(request, exception)

        return answer

    monkeypatch.setattr("iop.urls.handler403", short(403, permission_denied), raising=False)
    monkeypatch.setattr("iop.urls.handler404", short(404, page_not_found), raising=False)


def _ask(client, method: str, address: str, last: int):
    """The answer, with everything the request changed taken back, and the patients whose reading a page recorded. last: the
    newest reading (pk) before."""
    cookies = client.cookies.copy()
    answer, read = None, set()
    try:
        with transaction.atomic():
            answer = client.get(address) if method == "GET" else client.post(address, {})
            if answer.status_code in (200, 422):
                read = set(Read.objects.filter(pk__gt=last).values_list("patient_id", flat=True))
            raise _RolledBack
    except _RolledBack:
        client.cookies = cookies  # a page that signs out does so once
    return answer, read


def _routes(part, house, sessions):
    """(label, relation, address) of every route of a part; a route with parameters once for each relation."""
    for route, name, pattern in every_view():
        if route.startswith("admin/") != (part == "administration"):
            continue
        params = _parameters(pattern)
        if route.startswith("admin/"):
            kwargs = _admin_kwargs(params, pattern, house) if params else {}
            label = route if name else f"{route} (catch-all)"
            if kwargs is None:
                yield label, "-", None
            else:
                yield label, "-", reverse(name, kwargs=kwargs) if name else "/admin/nothing"
            continue
        for relation in ("own", "other") if "uid" in params else ("-",):
            address = reverse(name, kwargs=_kwargs(name, params, relation, house, sessions))
            yield "/" + re.sub(r"[\^$]|\(\?P", "", route), relation, address


def test_no_two_views_share_an_address():
    """The second would never be reached, whatever its stamp says. Of one of allauth's pages that is meant."""
    shapes = Counter(re.sub(r"<(?:(\w+):)?\w+>", r"<\1>", route) for route, _name, _view in every_view())
    assert len(shapes) > 300 and [shape for shape, times in shapes.items() if times > 1] == ["account/email/"]


@pytest.mark.parametrize("part", PARTS)
def test_every_address_for_every_role(world, part, monkeypatch, caplog):
    house, sessions = world
    # A test's client keeps a copy of every context of every template: a quarter of the time, and nobody asks for them here.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_given, **_named: None)
    _turned_away_in_short(monkeypatch)
    caplog.set_level(logging.ERROR, "django.request")  # each refusal with its traceback: a third of the rest
    people = _people(house)
    clients = {}
    for who, user in people.items():
        clients[who] = Client(raise_request_exception=False)
        if user:
            clients[who].force_login(user)
    patients = {"own": house.pat, "other": house.robin}
    lines, faults = [], []
    last = Read.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for label, relation, address in _routes(part, house, sessions):
        if address is None:
            lines.append(f"{label} · no rows")
            continue
        for method in ("GET", "POST"):
            outcomes = []
            for who, client in clients.items():
                if "logout" in label and method == "POST":
                    continue
                answer, read = _ask(client, method, address, last)
                outcomes.append(f"{who}={answer.status_code}")
                if answer.status_code >= 500:
                    faults.append(f"{method} {label} for {who}: {answer.status_code}")
                if answer.status_code not in (200, 422) or answer.streaming:
                    continue
                text = answer.content.decode()
                for whose, patient in patients.items():
                    if NAMES[whose] not in text:
                        continue
                    if people[who].pk != patient.user_id and patient.pk not in read:
                        faults.append(f"{method} {label} shows {who} the {whose} patient, and no reading is recorded")
                    if not type(patient).objects.visible_to(people[who]).filter(pk=patient.pk).exists():
                        faults.append(f"{method} {label} shows {who} the {whose} patient, whom they may not know of")
            if outcomes:
                lines.append(f"{method} {label}{'' if relation == '-' else f' · {relation}'}: {' '.join(outcomes)}")
    assert not faults, "\n".join(faults)
    parts = dict(zip(PARTS, LIST.read_text().split(_RULE)[1:], strict=False))
    now = "\n".join(lines) + "\n"
    if os.environ.get("WRITE_ACCESS"):
        parts[part] = f" {part}\n\n{now}\n"
        LIST.write_text(_HEAD + "".join(_RULE + parts[p] for p in PARTS if p in parts))
    allowed = parts.get(part, "").splitlines()[2:]
    difference = "\n".join(difflib.unified_diff(allowed, [*now.splitlines(), ""], "allowed", "now", lineterm="", n=0))
    assert not difference, f"Access changed:\n{difference}"
