"""Which deliveries belong to which programs.

This floor doesn't know what a delivery is about. The floor that writes a kind of delivery says which of its subjects belong to
which programs (`about`); a kind nobody speaks for is seen by nobody.
"""

from collections import defaultdict
from collections.abc import Callable

from django.db.models import Q, QuerySet

from messaging.kinds import KINDS
from messaging.models import DeliveryQuerySet

Subjects = Callable[[list[int]], QuerySet]
_subjects: dict[str, Subjects] = {}


def about(*kinds: str) -> Callable[[Subjects], Subjects]:
    """Register, for kinds of delivery, the function from programs to the ids of the subjects that belong to them.

    "session_*" stands for every kind that begins so and is not named otherwise.
    """

    def register(subjects: Subjects) -> Subjects:
        _subjects.update(dict.fromkeys(kinds, subjects))
        return subjects

    return register


def _subjects_of(kind: str) -> Subjects | None:
    if kind in _subjects:
        return _subjects[kind]
    return next((found for name, found in _subjects.items() if name[-1:] == "*" and kind.startswith(name[:-1])), None)


def of_programs(deliveries: DeliveryQuerySet, programs: list[int]) -> DeliveryQuerySet:
    """Those of the deliveries that belong to these programs (ids)."""
    kinds: dict[Subjects, list[str]] = defaultdict(list)
    for kind in {*KINDS, *_subjects}:
        if subjects := _subjects_of(kind):
            kinds[subjects].append(kind)
    seen = Q(pk__in=[])
    for subjects, names in kinds.items():
        seen |= Q(kind__in=sorted(names), subject_id__in=subjects(programs))
    return deliveries.filter(seen)
