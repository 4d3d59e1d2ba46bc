"""Calls to the leaders, over the socket and where that is blocked by HTTP."""

import uuid

from django.utils.translation import gettext as _
from pydantic import Field

from core.errors import Refusal
from rooms.deeds import By
from rooms.live import Asked, command
from rooms.models import Call, Participant
from rooms.services import calls


class Words(Asked):
    """Whatever they want to add."""

    text: str = Field("", max_length=calls.LONGEST)


class One(Asked):
    """Which call."""

    uid: uuid.UUID


class Close(One):
    """Which call, and what was done."""

    outcome: str = Field("", max_length=calls.LONGEST)


def _call(by: Participant, uid: uuid.UUID) -> Call:
    found = Call.objects.filter(participant__room=by.room_id, uid=uid).first()
    if found is None:
        raise Refusal(_("There is no such call."), "no_call")
    return found


@command("call.not_ok", By.ANYBODY, Words)
def not_ok(by: Participant, asked: Words) -> dict:
    return calls.for_caller(calls.call_leaders(by=by, kind=Call.Kind.NOT_OK, text=asked.text))


@command("call.trouble", By.ANYBODY, Words)
def trouble(by: Participant, asked: Words) -> dict:
    return calls.for_caller(calls.call_leaders(by=by, kind=Call.Kind.TROUBLE, text=asked.text))


@command("call.works_again", By.ANYBODY)
def works_again(by: Participant) -> None:
    calls.take_back(by=by, kind=Call.Kind.TROUBLE)


@command("call.take", By.LEADER, One)
def take(by: Participant, asked: One) -> None:
    calls.take_call(by=by, call=_call(by, asked.uid))


@command("call.close", By.LEADER, Close)
def close(by: Participant, asked: Close) -> None:
    calls.close_call(by=by, call=_call(by, asked.uid), outcome=asked.outcome)
