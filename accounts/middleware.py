"""What holds for every request of somebody signed in: idle sign-out, the second factor, their own zone and language."""

import re
import zoneinfo

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from accounts.idle import is_idle, is_silent
from core.returning import where_to_go_on

# Pages of one live room, and the pages on which one confirms who one is or signs out: they stay open to silent staff in a room.
ROOM = re.compile(r"/desk/rooms/[0-9a-f-]{36}/")
CONFIRMING = re.compile(r"/account/(reauthenticate|logout|2fa/reauthenticate|2fa/webauthn/reauthenticate)/")


class IdleSignOutMiddleware:
    """Automatic log-off (`accounts.idle`). Writes the session at most once a minute."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            now = int(timezone.now().timestamp())
            seen = request.session.get("seen")
            if is_idle(request.session, request.user):
                logout(request)
                messages.info(request, _("You were signed out because nothing happened for a while."))
                return _sent_to(settings.LOGIN_URL, request)
            is_locked = request.user.is_staff_member and is_silent(request.session, request.user)
            if is_locked and not ROOM.match(request.path) and not CONFIRMING.match(request.path):
                return _sent_to("account_reauthenticate", request)
            # What a page asks by itself, on a clock, is nobody being there; nor does what stays open open the rest.
            asked = "X-Nobody-Asked" not in request.headers and not is_locked
            if seen is None or (now - seen >= 60 and asked):
                request.session["seen"] = now
        response = self.get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(
                response
            )  # no page about a person in the browser's store, nor behind its back button
        return response


def _sent_to(page: str, request) -> HttpResponse:
    """To a page where one says who one is, and from there back to where one was."""
    response = redirect_to_login(where_to_go_on(request), page)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": response.url})
    return response


# Recovery codes alone are no second factor.
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class SecondFactorMiddleware:
    """Staff without a second factor can only set one up (45 CFR 164.312(d)); outside DEBUG."""

    FREE = ("/account/", "/static/", "/health/")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if (
            settings.MFA_REQUIRED_FOR_STAFF
            and user.is_authenticated
            and not request.path.startswith(self.FREE)
            and user.is_staff_member
            and not is_mfa_enabled(user, SECOND_FACTORS)
        ):
            messages.info(request, _("Staff sign in with a second step. Set it up to go on."))
            return redirect("mfa_activate_totp")
        return self.get_response(request)


class OwnZoneMiddleware:
    """Every time is shown in the reader's own zone, every word in their language."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(request.user.zone)), translation.override(request.user.language):
            response = self.get_response(request)
            if hasattr(response, "render") and callable(response.render) and not getattr(response, "is_rendered", True):
                response.render()
            return response
