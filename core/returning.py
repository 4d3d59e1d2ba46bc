"""The page somebody came from, and what to say when what they sent from it could not be kept."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

SAFE = ("GET", "HEAD", "OPTIONS")


def came_from(request, otherwise: str = "/") -> str:
    """The page of ours that a request was sent from. otherwise: where none is known."""
    back = request.META.get("HTTP_REFERER", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        return back
    return otherwise


def is_page(request) -> bool:
    """Whether the answer is shown as a page, and not taken by a script of one."""
    if request.headers.get("HX-Request"):
        return False
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def where_to_go_on(request, otherwise: str = "/") -> str:
    """Where somebody goes on after signing in again: the page they asked for, or that of the form they sent. Of this they are
    told that it was not saved: nobody shall believe it was. otherwise: where that page is not known."""
    if request.method in SAFE:
        return request.get_full_path()
    if is_page(request):
        said = _("What you sent was not saved. Sign in first, then send it once more.")
        messages.warning(request, said, fail_silently=True)
    back = urlsplit(came_from(request, otherwise))
    return back._replace(scheme="", netloc="").geturl()
