"""The first program of an installation and its admin."""

import getpass

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.access import Role
from accounts.models import Program, User
from accounts.services import create_account, give_role
from core.errors import Refusal
from core.fields import validate_zone


class Command(BaseCommand):
    help = "Make a program (if it is not there yet) and an account that administers it. Asks for the password."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("first_name")
        parser.add_argument("last_name")
        parser.add_argument("--program", required=True, help="the program's name")
        parser.add_argument("--zone", default="America/Los_Angeles", help="IANA time zone of program and account")
        parser.add_argument(
            "--reset-link", action="store_true", help="ask for no password: it is set through “Forgot your password?”"
        )

    def handle(self, *, email, first_name, last_name, program, zone, reset_link, **options):
        try:
            validate_email(email)
            validate_zone(zone)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if User.objects.filter(email__iexact=email).exists():
            raise CommandError("Somebody already signs in with this e-mail address.")
        password = None if reset_link else self._ask()
        try:
            with transaction.atomic():
                found, _made = Program.objects.get_or_create(name=program, defaults={"zone": zone})
                user = create_account(
                    email=email, first_name=first_name, last_name=last_name, zone=zone, password=password
                )
                give_role(user=user, program=found, role=Role.PROGRAM_ADMIN)
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from None
        self.stdout.write("Done. The second step is set up at the first sign-in.")

    def _ask(self) -> str:
        try:
            first, second = getpass.getpass("Password: "), getpass.getpass("Again: ")
        except (EOFError, KeyboardInterrupt):
            raise CommandError("No password was given. Use --reset-link to set it by mail.") from None
        if first != second:
            raise CommandError("The two passwords differ.")
        return first
