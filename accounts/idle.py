"""Automatic log-off (45 CFR 164.312(a)(2)(iii)): when nobody has been at a browser, and what goes on in a live room all the same.

Somebody in a live room speaks and listens for an hour without asking for a page. Their room's socket says so (`note_in_room`),
and as long as it does the session lives, so that the room goes on. Pages about people do not: staff confirm who they are before
the next one is shown. Somebody in care has only their own pages, and goes on.
"""

import time
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError

# Seconds that a sign of life from a room holds. It comes every minute; whoever lost their connection has five to come back.
IN_ROOM_HOLDS = 300


def idle_minutes(user) -> int:
    """After how many minutes without a request this person is signed out."""
    return settings.IDLE_MINUTES_STAFF if user.is_staff_member else settings.IDLE_MINUTES_PATIENT


def is_silent(session, user) -> bool:
    """Whether this session asked for nothing, and its person proved nothing, for longer than they may be silent."""
    seen = session.get("seen")
    if seen is None:
        return False
    proved = max((record.get("at", 0) for record in session.get("account_authentication_methods", [])), default=0)
    return int(time.time()) - max(seen, int(proved)) > idle_minutes(user) * 60


def is_in_room(session) -> bool:
    """Whether a page of this session is connected to a live room, or was a moment ago."""
    return int(time.time()) - session.get("in_room", 0) <= IN_ROOM_HOLDS


def is_idle(session, user) -> bool:
    """Whether its person is to be signed out: nothing was heard from them, and they are in no live room."""
    return is_silent(session, user) and not is_in_room(session)


def note_in_room(session_key: str) -> bool:
    """A page of this session is connected to a live room now. False when there is no such session any more: signed out."""
    # Read anew, and never made: what a socket loaded when it opened is old, and a session that was ended stays ended.
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    if SESSION_KEY not in session:
        return False
    session["in_room"] = int(time.time())
    try:
        session.save()  # of a row that is there: it makes none
    except UpdateError:
        return False
    return True
