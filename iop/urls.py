"""Every address. None holds a name or a clinical word; every view carries its access stamp."""

from django.contrib import admin
from django.urls import include, path

from accounts.access import Can, stamped

urlpatterns = [
    path("admin/", stamped(Can.USE_ADMIN, admin.site.urls)),
    path("account/", stamped(Can.ENTER, include("allauth.urls"))),
]
