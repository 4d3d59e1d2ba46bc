"""Our views about an account. The rest are allauth's."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from accounts.proof import ask_passkey


@requires(Can.USE_ACCOUNT)
@require_POST
def still_here(request) -> HttpResponse:
    """Somebody types, moves or clicks: put off the idle sign-out (static/js/idle.js, at most once a minute). 204."""
    request.session["seen"] = int(timezone.now().timestamp())
    return HttpResponse(status=204)


@requires(Can.ENTER)
@csrf_exempt
@never_cache
def leave(request) -> HttpResponse:
    """Quick exit: signs out, and leads to a page that says nothing of this one. A POST is its signal in the background: 204.

    It asks for no token, so that an exit never fails for an old one. Another site's page can send somebody here, but signs
    nobody out: neither by a link (the browser says where it comes from) nor by a form (which comes without the cookie).
    """
    if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        logout(request)
    response = HttpResponse(status=204)
    if request.method != "POST":
        response = HttpResponseRedirect(settings.QUICK_EXIT_URL)
    response["Referrer-Policy"] = "no-referrer"
    return response


@requires(Can.USE_ACCOUNT)
@require_POST
def passkey_question(request) -> JsonResponse:
    """What the browser asks one's passkeys when one signs (static/js/sign.js)."""
    return JsonResponse(ask_passkey(request))


@requires(Can.USE_ACCOUNT)
def email(request) -> HttpResponse:
    """The address one signs in with is changed by staff, who know whom they speak with."""
    messages.info(request, _("To change the e-mail address you sign in with, ask your care team."))
    return redirect("home")
