"""Every address. None holds a name or a clinical word; every view carries its access stamp."""

from django.contrib import admin
from django.urls import include, path

from accounts.access import Can, requires, stamped
from iop.health import health
from iop.views import home
from messaging.webhooks import sms
from portal.reach import service_worker

urlpatterns = [
    path("", home, name="home"),
    path("health/", requires(Can.ENTER)(health), name="health"),
    path("desk/", include("dashboard.urls")),
    path("desk/", include("scheduling.urls")),
    path("desk/", include("clinical.urls")),
    path("desk/", include("messaging.urls")),
    path("my/", include("portal.urls")),
    path("hooks/sms/", sms, name="hook_sms"),
    path("sw.js", service_worker, name="service_worker"),
    path("admin/", stamped(Can.USE_ADMIN, admin.site.urls)),
    path("account/", include("accounts.urls")),
    path("account/", stamped(Can.ENTER, include("allauth.urls"))),
]
