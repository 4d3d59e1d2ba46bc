"""A patient's own calendar feed."""

from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from patients.records import own_record
from scheduling.views.feeds import own_feed


@requires(Can.USE_PORTAL)
@never_cache
def calendar_feed(request) -> HttpResponse:
    """Makes the private address of one's own appointments, and revokes it."""
    own_record(request)
    return own_feed(request, "portal/feed.html")
