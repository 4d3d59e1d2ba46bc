from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import Tags, register


class AccountsConfig(AppConfig):
    name = "accounts"
    default = True

    def ready(self):
        from accounts.access import check_stamps

        register(check_stamps, Tags.urls)


class HouseAdminConfig(admin_apps.AdminConfig):
    """Django's admin, behind our own doors (`accounts.site.HouseAdminSite`)."""

    default = False
    default_site = "accounts.site.HouseAdminSite"
