"""`manage.py show_sign_ins`: whom to sign in as, after a local start."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.models import RoleAssignment, User
from dashboard.programs import DEVELOPMENT_PASSWORD


class Command(BaseCommand):
    """Prints one sign-in per role, of a program loaded with --development-sign-ins."""

    help = "Show one sign-in per role (only with DEBUG on)."
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        """Raises CommandError outside settings.DEBUG."""
        if not settings.DEBUG:
            raise CommandError(_("This shows a password, so it needs DEBUG on."))
        accounts = [(role, account) for role in Role if (account := first_account(role))]
        if not accounts:
            self.stdout.write(_("Nobody can sign in yet. Load a program first: manage.py load_program PATH"))
            return
        rows = [(_("Role"), _("E-mail"), _("Password"))]
        rows += [(str(role.label), account.email, _password(account)) for role, account in accounts]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def first_account(role: Role) -> User | None:
    """The first account made that may sign in and holds the role today."""
    holders = RoleAssignment.objects.current().filter(role=role, user__is_active=True)
    return User.objects.filter(pk__in=holders.values("user")).order_by("pk").first()


def _password(account: User) -> str:
    if check_password(DEVELOPMENT_PASSWORD, account.password):
        return DEVELOPMENT_PASSWORD
    return _("(one of its own)") if account.has_usable_password() else _("(none; by reset link)")
