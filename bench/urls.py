"""The product's addresses and the plain page it is compared with."""

from django.http import HttpResponse
from django.template import engines
from django.urls import path

from accounts.access import Can, requires
from accounts.models import User
from iop.urls import urlpatterns as product

PLAIN = engines["django"].from_string(
    "<!doctype html><title>Plain</title><p>{{ count }} accounts, signed in as {{ user }}</p>"
)


@requires(Can.USE_ACCOUNT)
def plain(request):
    """A plain Django page: the product's middleware, a signed-in user, one query of its own, a small template."""
    return HttpResponse(PLAIN.render({"count": User.objects.count(), "user": request.user}, request))


urlpatterns = [path("plain/", plain, name="plain"), *product]
