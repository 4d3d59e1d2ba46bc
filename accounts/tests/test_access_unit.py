"""Who may do what, as a table one can read; and stamps: what they do to a view, and that none starts without."""

import importlib
import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.views import View
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import (
    GRANTS,
    Can,
    Role,
    allows,
    check_stamps,
    every_view,
    refuse_unstamped_views,
    requires,
    stamp_of,
    stamped,
    unstamped,
)
from accounts.models import User

# Roles in the order of the columns; "x" may.
ROLES = [Role.PATIENT, Role.CLINICIAN, Role.SUPERVISOR, Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN, Role.BILLING]
TABLE = """
                  patient clinician supervisor coordinator admin billing nobody
ENTER             x       x         x          x           x     x       x
USE_ACCOUNT       x       x         x          x           x     x       -
USE_PORTAL        x       -         -          -           -     -       -
USE_DASHBOARD     -       x         x          x           x     x       -
SEE_SCHEDULE      -       x         x          x           x     -       -
SEE_PATIENT       -       x         x          x           x     -       -
SEE_HOURS         -       x         x          x           x     x       -
ADMIT             -       -         x          x           x     -       -
INVITE            -       x         x          x           x     -       -
MANAGE_MEMBERS    -       x         x          x           x     -       -
MANAGE_SCHEDULE   -       x         x          x           x     -       -
PLAN_SCHEDULE     -       -         x          x           x     -       -
TAKE_TIME_OFF     -       x         x          x           x     -       -
BOOK_APPOINTMENTS -       x         x          x           x     -       -
SEE_DELIVERIES    -       x         x          x           x     -       -
SEE_ALL_DELIVERIES -      -         -          -           x     -       -
WRITE_WORDINGS    -       -         x          -           x     -       -
TAKE_ATTENDANCE   -       x         x          -           -     -       -
READ_NOTES        -       x         x          -           -     -       -
WRITE_NOTES       -       x         x          -           -     -       -
COSIGN            -       -         x          -           -     -       -
LEAD_WORKSPACE    -       x         x          -           -     -       -
FOLLOW_UP         -       x         x          x           -     -       -
ANSWER_MESSAGES   -       x         x          x           -     -       -
SET_HOMEWORK      -       x         x          -           -     -       -
LOOK_AFTER_BOARDS -       x         x          -           x     -       -
ANSWER_REQUESTS   -       x         x          -           x     -       -
WRITE_PLANS       -       x         x          -           -     -       -
KEEP_LISTS        -       x         x          -           -     -       -
GIVE_MEASURES     -       x         x          -           -     -       -
SET_RECORD_RULES  -       -         x          -           x     -       -
RAISE_CONCERN     -       x         x          x           x     -       -
HANDLE_RISK       -       x         x          -           -     -       -
USE_ROOM          x       x         x          -           -     -       -
LEAD_ROOM         -       x         x          -           -     -       -
WORD_CONSENTS     -       -         x          -           x     -       -
SET_ROOM_RULES    -       -         x          -           x     -       -
USE_ADMIN         -       -         -          -           x     -       -
READ_AUDIT        -       -         -          -           x     -       -
"""
CELLS = [
    (Can[name], role, mark == "x")
    for name, *marks in (line.split() for line in TABLE.strip().splitlines()[1:])
    for role, mark in zip([*ROLES, None], marks, strict=True)
]


class Somebody:
    """An account that holds certain roles."""

    def __init__(self, *roles):
        self.roles, self.is_authenticated = frozenset(roles), True


@pytest.mark.parametrize(("can", "role", "may"), CELLS)
def test_the_table(can, role, may):
    assert allows(AnonymousUser() if role is None else Somebody(role), can) is may


def test_the_table_is_whole():
    assert {can for can, _role, _may in CELLS} == set(Can) == set(GRANTS)
    assert set(ROLES) == set(Role)


def test_an_account_without_roles_can_use_its_account_and_nothing_else():
    assert [can for can in Can if allows(Somebody(), can)] == [Can.ENTER, Can.USE_ACCOUNT]


def test_roles_add_up():
    both = Somebody(Role.BILLING, Role.CLINICIAN)
    for can in Can:
        assert allows(both, can) == (allows(Somebody(Role.BILLING), can) or allows(Somebody(Role.CLINICIAN), can))


def test_a_closed_account_holds_nothing(house):
    User.objects.filter(pk=house.admin.pk).update(is_active=False)
    closed = User.objects.get(pk=house.admin.pk)
    assert closed.roles == frozenset()
    assert not any(allows(closed, can) for can in Can if can not in (Can.ENTER, Can.USE_ACCOUNT))


# --- stamps


@requires(Can.USE_DASHBOARD)
def function_view(request):
    return HttpResponse("in")


@requires(Can.USE_DASHBOARD)
class ClassView(View):
    def get(self, request):
        return HttpResponse("in")

    post = get


class ChildView(ClassView):
    """Inherits the check with the stamp."""


@requires(Can.READ_AUDIT)
class NarrowerView(ClassView):
    """Asks for more than its parent."""


class OverridingView(ClassView):
    """Loses the check, and so the stamp."""

    def dispatch(self, request, *args, **kwargs):
        return HttpResponse("in")


@requires(Can.USE_DASHBOARD)
class Door(APIView):
    def get(self, request):
        return Response("in")


class OverridingDoor(Door):
    def initial(self, request, *args, **kwargs):
        pass


@requires(Can.USE_DASHBOARD)
@api_view(["GET"])
def function_door(request):
    return Response("in")


def bare_view(request):
    return HttpResponse("in")


PAGES = ["function/", "class/", "child/"]
DOORS = ["door/", "function-door/"]
urlpatterns = [
    path("function/", function_view),
    path("class/", ClassView.as_view()),
    path("child/", ChildView.as_view()),
    path("narrower/", NarrowerView.as_view()),
    path("door/", Door.as_view()),
    path("function-door/", function_door),
    path("account/", stamped(Can.ENTER, include("allauth.urls"))),
]
here = override_settings(ROOT_URLCONF=__name__)


class WithBareView:
    """Addresses of which some lack their stamp."""

    urlpatterns = [
        *urlpatterns,
        path("bare/", bare_view),
        path("deep/", include([path("<uuid:uid>/bare/", View.as_view())])),
        path("overriding/", OverridingView.as_view()),
        path("overriding-door/", OverridingDoor.as_view()),
    ]


BARE = ["bare/", "deep/<uuid:uid>/bare/", "overriding/", "overriding-door/"]


@here
@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_for_staff(house, client, address, method):
    answer = getattr(client, method)(f"/{address}")
    assert answer.status_code == 302
    assert answer["Location"] == f"/account/login/?next=/{address}"
    client.force_login(house.pat.user)
    assert getattr(client, method)(f"/{address}").status_code == 403
    client.force_login(house.alice)
    assert getattr(client, method)(f"/{address}").content == b"in"


@here
@pytest.mark.parametrize("address", DOORS)
def test_a_door_for_programs(house, client, address):
    assert client.get(f"/{address}").status_code in (302, 403)
    client.force_login(house.pat.user)
    answer = client.get(f"/{address}")
    assert answer.status_code == 403
    client.force_login(house.alice)
    assert json.loads(client.get(f"/{address}").content) == "in"


@here
def test_a_door_answers_a_stranger_in_json(client, db):
    answer = client.get("/door/")
    assert answer.status_code == 403
    assert json.loads(answer.content)["detail"]


@here
def test_a_child_may_ask_for_more(house, client):
    client.force_login(house.alice)
    assert client.get("/narrower/").status_code == 403
    client.force_login(house.admin)
    assert client.get("/narrower/").content == b"in"
    assert client.get("/class/").content == b"in"


@here
def test_every_stamp_is_found():
    stamps = {route: stamp_of(p.callback) for route, _name, p in every_view()}
    assert {route: stamps[route] for route in [*PAGES, *DOORS]} == dict.fromkeys([*PAGES, *DOORS], Can.USE_DASHBOARD)
    assert stamps["narrower/"] is Can.READ_AUDIT
    assert stamps["account/login/"] is Can.ENTER
    assert None not in stamps.values()
    refuse_unstamped_views()


@override_settings(ROOT_URLCONF=WithBareView)
def test_a_view_without_a_stamp_does_not_start():
    assert unstamped() == BARE
    with pytest.raises(ImproperlyConfigured) as caught:
        refuse_unstamped_views()
    assert all(route in str(caught.value) for route in BARE)
    assert [e.id for e in check_stamps(None)] == ["accounts.E001"] * len(BARE)
    with pytest.raises(CommandError, match="has no access stamp"):
        call_command("check", tags=["urls"])


@override_settings(ROOT_URLCONF=WithBareView)
def test_neither_server_starts_with_one():
    for name in ("iop.wsgi", "iop.asgi"):
        with pytest.raises(ImproperlyConfigured, match="without an access stamp"):
            importlib.reload(importlib.import_module(name))


def test_names_carry_their_namespace():
    names = {name for _route, name, _p in every_view()}
    assert "account_login" in names
    assert any(name.startswith("admin:") for name in names)
