"""The administration site behind our own doors: its sign-in is the house's, its rights are the house's."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login

from accounts.access import Can, allows


class HouseAdminSite(admin.AdminSite):
    """Django's admin for program admins."""

    site_header = settings.SITE_NAME
    site_title = settings.SITE_NAME
    index_title = "Administration"

    def has_permission(self, request) -> bool:
        return request.user.is_active and allows(request.user, Can.USE_ADMIN)

    def login(self, request, extra_context=None):
        return redirect_to_login(request.get_full_path())
