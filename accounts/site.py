"""The administration site behind our own doors: its sign-in is the house's, its rights are the house's.

Only pages built on `accounts.house_admin.HouseModelAdmin` get in. What an installed library registers for itself knows
neither our programs nor our record of readings, so it is passed over.
"""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Can, allows

# Autocomplete puts what is typed, a name, into an address and shows names that are not put on the record; the shortcut to
# a row's own page knows no programs.
CLOSED = {"autocomplete", "view_on_site"}


class HouseAdminSite(admin.AdminSite):
    """Django's admin for program admins."""

    site_header = settings.SITE_NAME
    site_title = settings.SITE_NAME
    index_title = gettext_lazy("Administration")
    empty_value_display = "—"

    def has_permission(self, request) -> bool:
        return request.user.is_active and allows(request.user, Can.USE_ADMIN)

    def register(self, model_or_iterable, admin_class=None, **options):
        """Register the house's own pages only."""
        from accounts.house_admin import HouseModelAdmin  # here: it needs the models, which are not loaded yet

        if admin_class is not None and issubclass(admin_class, HouseModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self):
        return [url for url in super().get_urls() if getattr(url, "name", None) not in CLOSED]

    def get_app_list(self, request, app_label=None):
        """The sections of the index. The change histories of all tables stand on the audit's own page, by one line here."""
        sections = super().get_app_list(request)
        histories = []
        for section in sections:
            tables = section["models"]
            section["models"] = [table for table in tables if not is_history(table["model"])]
            histories += [named_history(table) for table in tables if is_history(table["model"])]
        for section in sections:
            if section["app_label"] == "audit" and histories:
                section["models"] += histories if app_label == "audit" else [all_histories(section)]
        return [section for section in sections if section["models"] and app_label in (None, section["app_label"])]

    # --- Django's own sign-in, sign-out and password pages: the house has others

    def login(self, request, extra_context=None):
        return redirect("admin:index") if self.has_permission(request) else redirect_to_login(request.get_full_path())

    def logout(self, request, extra_context=None):
        return redirect("account_logout")

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def password_change_done(self, request, extra_context=None):
        return redirect("admin:index")


def is_history(model) -> bool:
    """Whether the model is the change history of another."""
    return hasattr(model, "pgh_tracked_model")


def all_histories(section: dict) -> dict:
    """The index's line for the page that lists them."""
    line = {"name": _("Changes, table by table"), "object_name": "Changes", "add_url": None, "view_only": True}
    return line | {"model": None, "perms": {"view": True}, "admin_url": f"{section['app_url']}#changes"}


def named_history(table: dict) -> dict:
    """The index's line of a change history, named after the table it is of."""
    of = table["model"].pgh_tracked_model._meta.verbose_name_plural
    return {**table, "name": _("Changes of %(rows)s") % {"rows": of}}
