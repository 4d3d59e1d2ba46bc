"""Our views about an account. The rest are allauth's."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, requires


@requires(Can.USE_ACCOUNT)
@require_POST
def still_here(request) -> HttpResponse:
    """Somebody types, moves or clicks: put off the idle sign-out (static/js/idle.js, at most once a minute). 204."""
    request.session["seen"] = int(timezone.now().timestamp())
    return HttpResponse(status=204)


@requires(Can.USE_ACCOUNT)
def email(request) -> HttpResponse:
    """The address one signs in with is changed by staff, who know whom they speak with."""
    messages.info(request, _("To change the e-mail address you sign in with, ask your care team."))
    return redirect("home")
