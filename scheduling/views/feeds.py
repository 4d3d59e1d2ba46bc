"""The calendar feed itself, for anybody who has its address, and the page where somebody makes their own."""

import hashlib

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from scheduling import feeds
from scheduling.models import CalendarFeed
from scheduling.services.feeds import open_feed, revoke_feed
from scheduling.views.common import form_status


@requires(Can.ENTER)
@require_safe
def calendar(request, token: str) -> HttpResponse:
    """Somebody's feed. Nobody signs in: the address is the key. 404 for one that is unknown, revoked or of a closed account."""
    feed = feeds.feed_of(token)
    if feed is None:
        raise Http404
    feeds.note_read(feed)
    body = feeds.calendar_of(feed.user)
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer = get_conditional_response(request, etag=etag, response=response)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return answer


def own_feed(request, template: str) -> HttpResponse:
    """The page of one's own feed: makes its address, which is shown this once, and revokes it."""
    address = ""
    if request.method == "POST":
        deed = request.POST.get("deed")
        if deed == "revoke":
            if revoke_feed(user=request.user):
                messages.success(
                    request, _("The address no longer works. Calendars that used it are told nothing more.")
                )
            return redirect(request.path)
        if deed == "make":
            _feed, address = open_feed(user=request.user)
    feed = CalendarFeed.objects.visible_to(request.user).in_force().first()
    context = {
        "feed": feed,
        "address": address,
        "subscribe": "webcal://" + address.partition("://")[2] if address else "",
    }
    return render(request, template, context, status=200 if address else form_status(request))


@requires(Can.SEE_SCHEDULE)
@never_cache
def mine(request) -> HttpResponse:
    """A member of staff's own feed."""
    return own_feed(request, "scheduling/feed.html")
