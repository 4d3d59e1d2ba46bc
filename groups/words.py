"""What no message may say of groups: what they are called, and of what kind they are."""

from collections.abc import Iterable

from django.utils.translation import override

from accounts.models import Program
from groups.models import Approach, Group, Kind
from messaging.wording import Why, forbids


@forbids(Why.PROGRAM)
def group_names(program: Program) -> Iterable[str]:
    """Names and topics of the program's groups."""
    for name, topic in Group.objects.filter(program=program).values_list("name", "topic"):
        yield name
        yield topic


@forbids(Why.KIND)
def kinds_of_group(program: Program) -> Iterable[str]:
    """Kinds and ways of working, as they are called in every language."""
    for language in ("en", "es"):
        with override(language):
            yield from (str(label) for label in (*Kind.labels, *Approach.labels))
