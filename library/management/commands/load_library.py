"""Brings the texts of the house into a program's library. What it has already stays as it is."""

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Program
from library.services import add_house_library


class Command(BaseCommand):
    help = "Bring the texts of the house into a program's library. What it has already stays as it is."

    def add_arguments(self, parser):
        parser.add_argument("program", help="the program's name")

    def handle(self, *, program, **options):
        found = Program.objects.filter(name=program).first()
        if found is None:
            raise CommandError(f"There is no program “{program}”.")
        made = add_house_library(program=found)
        self.stdout.write(f"{len(made)} brought in.")
