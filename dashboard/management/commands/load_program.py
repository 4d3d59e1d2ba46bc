"""`manage.py load_program PATH`: see examples/README.md."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, SystemCheckError
from django.db.utils import OperationalError, ProgrammingError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Program
from dashboard.programs import DEVELOPMENT_PASSWORD
from dashboard.programs.loader import load_program
from dashboard.programs.reader import FileProblem, FileProblems


class WrongFile(SystemCheckError):
    """What is wrong with the file, a line each. Django prints this kind of CommandError as it stands."""


class Command(BaseCommand):
    """Loads programs with their staff, groups, slots and patients from a YAML file, all of it or nothing."""

    help = "Load programs, staff, groups, weekly slots and patients from a YAML file. Loading twice changes nothing."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        """The file, and what a local start needs."""
        parser.add_argument("path", type=Path, metavar="PATH", help="the file, in the format of examples/README.md")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there already is a program")
        parser.add_argument(
            "--development-sign-ins",
            action="store_true",
            help=f"let every new account sign in with the password {DEVELOPMENT_PASSWORD} (only with DEBUG on)",
        )

    def handle(self, *args, path: Path, if_empty: bool, development_sign_ins: bool, **options) -> None:
        """Raises CommandError (exit code 1) when nothing is loaded."""
        if development_sign_ins and not settings.DEBUG:
            raise CommandError(_("--development-sign-ins is for local use: it needs DEBUG on."))
        try:
            if if_empty and Program.objects.exists():
                self.stdout.write(_("There already is a program; %(path)s is not loaded.") % {"path": path})
                return
            report = load_program(path, development_sign_ins=development_sign_ins)
        except FileProblem as problem:
            raise CommandError(f"{path}: {problem}") from None
        except FileProblems as found:
            lines = [*(f"{path}, {problem}" for problem in found.problems), _nothing(len(found.problems))]
            raise WrongFile("\n".join(lines)) from None
        except (OperationalError, ProgrammingError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise CommandError(_("The database can't be used (%(reason)s).") % {"reason": reason}) from None
        for note in sorted(set(report.left)):
            self.stdout.write(_("left as it is: %(path)s, %(note)s") % {"path": path, "note": note})
        self.stdout.write("\n".join(report.lines()))
        if report.made["staff"] or report.made["patients"]:
            self.stdout.write(_sign_in_note(development_sign_ins))


def _nothing(count: int) -> str:
    return ngettext("%(n)d problem; nothing is loaded.", "%(n)d problems; nothing is loaded.", count) % {"n": count}


def _sign_in_note(development_sign_ins: bool) -> str:
    if development_sign_ins:
        return _("New accounts sign in with %(password)s (local use only).") % {"password": DEVELOPMENT_PASSWORD}
    return _("New accounts have no password: staff enter through a reset link, patients are invited from their page.")
