"""The one view of ours about an account: a browser says that somebody is there. The rest are allauth's."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Can, requires


@requires(Can.USE_ACCOUNT)
@require_POST
def still_here(request) -> HttpResponse:
    """Somebody types, moves or clicks: put off the idle sign-out (static/js/idle.js, at most once a minute). 204."""
    request.session["seen"] = int(timezone.now().timestamp())
    return HttpResponse(status=204)
