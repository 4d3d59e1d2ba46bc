"""Who may do what: the one place.

`Can` names the deeds, `GRANTS` says which roles may do them, `@requires(Can.X)` stamps a view. A view without a stamp does not
start (`refuse_unstamped_views`). Wrong role: 403. Right role, but not your patient: 404, by `visible_to` of the model.
`tests/access.txt` holds the outcome for every address, role and relation.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Any

from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext_lazy as _

from core.returning import where_to_go_on


class Role(models.TextChoices):
    """What a person is to a program. A person may hold several."""

    PATIENT = "patient", _("Patient")
    CLINICIAN = "clinician", _("Clinician")
    SUPERVISOR = "supervisor", _("Supervisor")
    CARE_COORDINATOR = "care_coordinator", _("Care coordinator")
    PROGRAM_ADMIN = "program_admin", _("Program admin")
    BILLING = "billing", _("Billing")


STAFF = frozenset(Role) - {Role.PATIENT}
CLINICAL = frozenset({Role.CLINICIAN, Role.SUPERVISOR})
# These see a whole program's people, each only as far as their deeds below go; everybody else sees by care team.
PROGRAM_WIDE = frozenset({Role.PROGRAM_ADMIN, Role.BILLING})


class Can(Enum):
    """Deeds a view may ask for."""

    ENTER = "be here without signing in"
    USE_ACCOUNT = "use one's own account"
    USE_PORTAL = "use the patients' portal"
    USE_DASHBOARD = "use the staff dashboard"
    SEE_SCHEDULE = "see sessions and the week"
    SEE_PATIENT = "open a patient's page"
    SEE_HOURS = "see attended hours"
    ADMIT = "admit patients"
    INVITE = "invite people to sign in, look after their first days"
    MANAGE_MEMBERS = "let people join and leave groups"
    MANAGE_SCHEDULE = "cancel and move sessions"
    PLAN_SCHEDULE = "change weekly slots, close days"
    TAKE_TIME_OFF = "enter time off, ask for cover and give it"
    BOOK_APPOINTMENTS = "book individual appointments, open hours"
    SEE_DELIVERIES = "see what was sent about a session or to a patient"
    SEE_ALL_DELIVERIES = "see and settle a program’s messages"
    WRITE_WORDINGS = "word a program’s messages and set their rules"
    TAKE_ATTENDANCE = "take attendance"
    READ_NOTES = "read narrative notes"
    WRITE_NOTES = "write and sign notes"
    COSIGN = "co-sign notes, return them and void them"
    LEAD_WORKSPACE = "observe a group, keep psychotherapy notes"
    FOLLOW_UP = "follow up on people"
    ANSWER_MESSAGES = "read and answer messages of one’s people"
    SET_HOMEWORK = "set homework, read what is sent back and answer it"
    LOOK_AFTER_BOARDS = "look after the boards of groups"
    ANSWER_REQUESTS = "answer requests to correct a record"
    WRITE_PLANS = "write treatment plans"
    KEEP_LISTS = "record diagnoses and medications"
    GIVE_MEASURES = "give measures and read them"
    SET_RECORD_RULES = "say which measures are given when, and who is on call"
    RAISE_CONCERN = "raise a concern about somebody’s safety"
    HANDLE_RISK = "deal with risk alerts"
    USE_ROOM = "be in a live room"
    LEAD_ROOM = "lead a live room"
    WORD_CONSENTS = "word what people consent to"
    SET_ROOM_RULES = "say what live rooms allow, word the agreement"
    USE_ADMIN = "use the administration site"
    READ_AUDIT = "read who read and changed what"


ANYONE = "anyone"  # signed in or not
GRANTS: dict[Can, frozenset[Role] | str] = {
    Can.ENTER: ANYONE,
    Can.USE_ACCOUNT: frozenset(Role),
    Can.USE_PORTAL: frozenset({Role.PATIENT}),
    Can.USE_DASHBOARD: STAFF,
    Can.SEE_SCHEDULE: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.SEE_PATIENT: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.SEE_HOURS: STAFF,
    Can.ADMIT: frozenset({Role.SUPERVISOR, Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN}),
    Can.INVITE: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.MANAGE_MEMBERS: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.MANAGE_SCHEDULE: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.PLAN_SCHEDULE: frozenset({Role.SUPERVISOR, Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN}),
    Can.TAKE_TIME_OFF: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.BOOK_APPOINTMENTS: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.SEE_DELIVERIES: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.SEE_ALL_DELIVERIES: frozenset({Role.PROGRAM_ADMIN}),
    Can.WRITE_WORDINGS: frozenset({Role.SUPERVISOR, Role.PROGRAM_ADMIN}),
    Can.TAKE_ATTENDANCE: CLINICAL,
    Can.READ_NOTES: CLINICAL,
    Can.WRITE_NOTES: CLINICAL,
    Can.COSIGN: frozenset({Role.SUPERVISOR}),
    Can.LEAD_WORKSPACE: CLINICAL,
    Can.FOLLOW_UP: CLINICAL | {Role.CARE_COORDINATOR},
    Can.ANSWER_MESSAGES: CLINICAL | {Role.CARE_COORDINATOR},
    Can.SET_HOMEWORK: CLINICAL,
    Can.LOOK_AFTER_BOARDS: CLINICAL | {Role.PROGRAM_ADMIN},
    Can.ANSWER_REQUESTS: CLINICAL | {Role.PROGRAM_ADMIN},
    Can.WRITE_PLANS: CLINICAL,
    Can.KEEP_LISTS: CLINICAL,
    Can.GIVE_MEASURES: CLINICAL,
    Can.SET_RECORD_RULES: frozenset({Role.SUPERVISOR, Role.PROGRAM_ADMIN}),
    Can.RAISE_CONCERN: CLINICAL | {Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN},
    Can.HANDLE_RISK: CLINICAL,
    Can.USE_ROOM: CLINICAL | {Role.PATIENT},
    Can.LEAD_ROOM: CLINICAL,
    Can.WORD_CONSENTS: frozenset({Role.SUPERVISOR, Role.PROGRAM_ADMIN}),
    Can.SET_ROOM_RULES: frozenset({Role.SUPERVISOR, Role.PROGRAM_ADMIN}),
    Can.USE_ADMIN: frozenset({Role.PROGRAM_ADMIN}),
    Can.READ_AUDIT: frozenset({Role.PROGRAM_ADMIN}),
}


def allows(user: Any, can: Can) -> bool:
    """Whether one of the user's current roles grants the deed. Says nothing about whose record: that is `visible_to`."""
    grant = GRANTS[can]
    if grant == ANYONE:
        return True
    if not user.is_authenticated:
        return False
    return can is Can.USE_ACCOUNT or not grant.isdisjoint(user.roles)


def requires(can: Can) -> Callable:
    """Stamp a function view, class view, DRF view or websocket consumer with the deed it needs.

    Somebody not signed in is sent to sign in (a program: 401/403); somebody without the role gets 403. A socket is refused
    before it is accepted, which answers its handshake with 403.
    """

    def stamp(view):
        if isinstance(view, type) and hasattr(view, "websocket_connect"):
            connect = view.websocket_connect

            @functools.wraps(connect)
            async def checked_connect(self, message):
                if await _socket_allowed(self.scope, can):
                    await connect(self, message)
                else:
                    await self.close()

            view.websocket_connect, checked_connect.stamp = checked_connect, can
            return view
        if isinstance(view, type) and hasattr(
            view, "initialize_request"
        ):  # DRF: inside its pipeline, so it answers JSON
            initial = view.initial

            @functools.wraps(initial)
            def checked(self, request, *args, **kwargs):
                initial(self, request, *args, **kwargs)
                if not allows(request.user, can):
                    self.permission_denied(request)

            view.initial, checked.stamp = checked, can
            return view
        if isinstance(view, type):
            dispatch = view.dispatch

            @functools.wraps(dispatch)
            def guarded_dispatch(self, request, *args, **kwargs):
                return _answer(can, request) or dispatch(self, request, *args, **kwargs)

            view.dispatch, guarded_dispatch.stamp = guarded_dispatch, can
            return view

        @functools.wraps(view)
        def guarded(request, *args, **kwargs):
            return _answer(can, request) or view(request, *args, **kwargs)

        guarded.stamp = can
        return guarded

    return stamp


async def _socket_allowed(scope: dict, can: Can) -> bool:
    """Whether whoever opened the socket is signed in and has the role."""
    from channels.db import database_sync_to_async  # here, since models import this module for its roles

    return await database_sync_to_async(allows)(scope["user"], can)


def _answer(can: Can, request):
    """None when allowed; else the redirect to sign in. Raises PermissionDenied for the wrong role."""
    if allows(request.user, can):
        return None
    if request.user.is_authenticated:
        raise PermissionDenied
    from django.contrib.auth.views import redirect_to_login  # here, since models import this module for its roles

    return redirect_to_login(where_to_go_on(request, otherwise=request.get_full_path()))


def stamped(can: Can, urls: Any) -> Any:
    """Stamp every view of somebody else's URL patterns (an `include()` tuple or a list), for those that are not ours."""
    patterns = urls[0] if isinstance(urls, tuple) else urls
    for pattern in getattr(patterns, "urlpatterns", patterns):
        if isinstance(pattern, URLResolver):
            stamped(can, pattern.url_patterns)
        elif stamp_of(pattern.callback) is None:
            pattern.callback = requires(can)(pattern.callback)
    return urls


def stamp_of(callback: Any) -> Can | None:
    """The deed a URL's callback is stamped with, or None.

    A class bears the stamp on the method that checks it (Django copies what stands on `dispatch` to the callback). So a class
    that overrides that method of a stamped parent, and with it the check, counts as unstamped.
    """
    in_pipeline = getattr(getattr(callback, "cls", None), "initial", None)  # DRF
    on_connect = getattr(getattr(callback, "consumer_class", None), "websocket_connect", None)
    return next((found for f in (callback, in_pipeline, on_connect) if (found := getattr(f, "stamp", None))), None)


def every_view(
    resolver: URLResolver | None = None, prefix: str = "", names: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Every URL of the project: (route, namespaced name or "", pattern)."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every_view(pattern, route, f"{names}{pattern.namespace}:" if pattern.namespace else names)
        else:
            yield route, f"{names}{pattern.name}" if pattern.name else "", pattern


def unstamped(sockets: Iterable[URLPattern] = ()) -> list[str]:
    """Routes whose view, or socket of these, has no stamp."""
    pages = ((route, pattern.callback) for route, _name, pattern in every_view())
    rooms = ((str(pattern.pattern), pattern.callback) for pattern in sockets)
    return [route for route, callback in (*pages, *rooms) if stamp_of(callback) is None]


def refuse_unstamped_views(sockets: Iterable[URLPattern] = ()) -> None:
    """Called when a server starts. Raises ImproperlyConfigured naming the routes without a stamp."""
    if routes := unstamped(sockets):
        raise ImproperlyConfigured(f"Views without an access stamp: {', '.join(routes)}")


def check_stamps(app_configs, **kwargs) -> list[Error]:
    """System check: the same, for `manage.py`."""
    return [
        Error(f"The view at “{route}” has no access stamp.", hint="Add @requires(Can.X).", id="accounts.E001")
        for route in unstamped()
    ]
