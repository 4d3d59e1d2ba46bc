"""Every address. None holds a name or a clinical word; every view carries its access stamp."""

from django.contrib import admin
from django.urls import include, path, register_converter
from django.urls.converters import StringConverter
from django.views.i18n import set_language

from accounts.access import Can, requires, stamped
from accounts.views import leave
from core.converters import Code
from iop.health import health
from iop.views import home
from messaging.webhooks import sms
from portal.installed import manifest, offline, service_worker
from rooms.views.hooks import media
from scheduling.views.feeds import calendar


class TokenConverter(StringConverter):
    """A long random word: the key to what is behind it, and the name of nobody."""

    regex = "[-_a-zA-Z0-9]+"


register_converter(TokenConverter, "token")
register_converter(Code, "code")

urlpatterns = [
    path("", home, name="home"),
    path("health/", requires(Can.ENTER)(health), name="health"),
    path("welcome/", include("patients.urls")),
    path("cal/<token:token>.ics", calendar, name="calendar_feed"),
    path("desk/", include("dashboard.urls")),
    path("desk/", include("scheduling.urls")),
    path("desk/", include("library.urls")),
    path("desk/", include("rooms.urls")),
    path("desk/", include("clinical.urls")),
    path("desk/", include("messaging.urls")),
    path("desk/", include("threads.urls")),
    path("my/", include("portal.urls")),
    path("hooks/sms/", sms, name="hook_sms"),
    path("hooks/media/", media, name="hook_media"),
    path("sw.js", service_worker, name="service_worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("offline/<code:language>/", offline, name="offline"),
    path("language/", requires(Can.ENTER)(set_language), name="set_language"),
    path("leave/", leave, name="leave"),
    path("admin/", stamped(Can.USE_ADMIN, admin.site.urls)),
    path("account/", include("accounts.urls")),
    path("account/", stamped(Can.ENTER, include("allauth.urls"))),
]
