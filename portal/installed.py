"""What makes the patients' pages an app on a phone: the manifest, the worker, and the page shown where there is no network.

The worker keeps no page about anybody. What it keeps is the same for everyone (static files, this offline page); of a person,
only their language and the bare time of the next session, until they sign out (docs/portal.md).
"""

import hashlib
import json

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.access import Can, requires

PAPER = {"theme_color": "#fffdfa", "background_color": "#f6f2ec"}  # css/theme.css: --surface, --paper
# What an offline page looks like, and what every page of the door shares.
SHARED = (
    "vendor/tabler.min.css",
    "css/theme.css",
    "css/shell.css",
    "css/pieces.css",
    "css/check_ins.css",
    "js/theme.js",
    "js/house.js",
    "js/idle.js",
    "js/app.js",
    "js/exit.js",
    "js/offline.js",
    "vendor/htmx.min.js",
    "img/favicon.svg",
    "img/logo.svg",
    "img/icon-192.png",
)


@requires(Can.ENTER)
@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request) -> JsonResponse:
    """How the pages stand on a phone's first screen: under a neutral name, with a neutral sign."""
    icons = [
        {"src": static("img/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": static("img/icon-maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    said = {
        "id": "/my/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "start_url": reverse("portal:today"),
        "scope": "/",
        "display": "standalone",
        "icons": icons,
        **PAPER,
    }
    return JsonResponse(said, content_type="application/manifest+json")


def offline_pages() -> dict[str, str]:
    """The offline page of each language: its address, which changes with its words, so that a new one is kept."""
    pages = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            said = render(None, "portal/offline.html", _context()).content
        pages[code] = f"{reverse('offline', args=[code])}?v={hashlib.sha256(said).hexdigest()[:12]}"
    return pages


def _context() -> dict:
    return {"site_name": settings.SITE_NAME, "clinic_phone": settings.CLINIC_PHONE}


@requires(Can.ENTER)
@require_safe
@cache_control(no_cache=True)
def offline(request, language: str) -> HttpResponse:
    """Whom to call, and when the next session is: what is shown where there is no network. It names nobody."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        return render(None, "portal/offline.html", _context())


@requires(Can.ENTER)
@require_safe
def service_worker(request) -> HttpResponse:
    """What a browser runs beside the pages. It stands at the root, since a notice may lead to any of them."""
    assets = [static(name) for name in SHARED]
    pages = offline_pages()
    context = {
        "site_name": settings.SITE_NAME,
        "kept": mark_safe(json.dumps({"pages": pages, "assets": assets})),  # noqa: S308 - addresses of ours
        "version": hashlib.sha256(repr((pages, assets)).encode()).hexdigest()[:12],
    }
    response = render(request, "portal/sw.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
