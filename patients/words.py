"""What no message may say of people: last names."""

from collections.abc import Iterable

from accounts.models import Program
from messaging.wording import Why, forbids
from patients.models import Patient


@forbids(Why.NAME)
def last_names(program: Program) -> Iterable[str]:
    """Everybody's who is or was in care in the program."""
    people = Patient.objects.filter(episodes__program=program)
    return people.values_list("legal_last_name", flat=True).distinct()
