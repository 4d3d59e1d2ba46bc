"""What the pages of the library and of homework read. A fixed number of queries whatever the rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import get_language

from accounts.models import User
from groups.models import CurriculumUnit, Group
from library.answers import Answered, read_out
from library.models import Homework, ItemKind, LibraryItem, Reply, Sending
from library.services.own import questions_of
from patients.models import Patient

DONE_SHOWN = 50
ANSWERS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part of the library. unit: what it belongs to; None: everything else. is_own: what one's own sessions work through."""

    unit: CurriculumUnit | None
    is_own: bool
    items: list[LibraryItem] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The unit's, as the reader reads it."""
        return unit_title(self.unit) if self.unit else ""


def unit_title(unit: CurriculumUnit) -> str:
    """A unit's title in the reader's language."""
    in_spanish = (get_language() or "").startswith("es")
    return (in_spanish and unit.title_es) or unit.title


def shelves_of(patient: Patient, kind: str = "") -> list[Shelf]:
    """What is in the library of somebody in care: first what their groups work through, in its order. Two queries."""
    rows = LibraryItem.objects.offered_to(patient)
    if kind in ItemKind.values:
        rows = rows.filter(kind=kind)
    own = set(_units_of(patient))
    found: dict[int | None, Shelf] = {}
    for item in rows.select_related("unit__curriculum").in_order():
        unit = item.unit
        key = unit.pk if unit else None
        if key not in found:
            found[key] = Shelf(unit, key in own)
        found[key].items.append(item)
    return sorted(found.values(), key=_place)


def _place(shelf: Shelf) -> tuple:
    if shelf.unit is None:
        return (2, 0, 0)
    return (0 if shelf.is_own else 1, shelf.unit.curriculum_id, shelf.unit.place)


def _units_of(patient: Patient) -> Iterable[int]:
    """Ids of the units that their groups of today work through. One query."""
    members = Group.objects.filter(pk__in=patient.memberships.current().values("group_id"))
    return CurriculumUnit.objects.filter(curriculum__in=members.values("curriculum_id")).values_list("pk", flat=True)


def homework_of(patient: Patient) -> dict[str, list[Homework]]:
    """Their own, to do and done; what was withdrawn is left out. One query."""
    rows = list(Homework.objects.filter(patient=patient).standing().select_related("item", "assigned_by", "patient"))
    to_do = sorted(
        (one for one in rows if one.is_to_do), key=lambda one: (one.due_on is None, one.due_on, one.assigned_at)
    )
    done = sorted((one for one in rows if one.is_done), key=lambda one: one.done_at, reverse=True)
    return {"to_do": to_do, "done": done[:DONE_SHOWN]}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody in care. due: of the one that is due first; news: how many answers they have not seen."""

    to_do: int
    due_on: object
    news: int

    def __bool__(self) -> bool:
        return bool(self.to_do or self.news)


def waiting_for(patient: Patient) -> Waiting:
    """What waits for them. One query."""
    rows = Homework.objects.filter(patient=patient).standing().filter(Q(state="assigned") | Q(news_at__isnull=False))
    found = list(rows.values_list("state", "due_on", "news_at"))
    to_do = [due for state, due, _news in found if state == Homework.State.ASSIGNED]
    return Waiting(
        to_do=len(to_do),
        due_on=min((due for due in to_do if due), default=None),
        news=sum(news is not None for _state, _due, news in found),
    )


@dataclass(frozen=True, slots=True)
class Round:
    """What was sent once, as it reads, and what was answered to it."""

    sending: Sending
    answered: list[Answered]
    replies: list[Reply]


def rounds_of(homework: Homework) -> list[Round]:
    """Everything that was sent and answered, the first coming first. Three queries, none for what is no worksheet."""
    if not homework.item.is_worksheet:
        return []
    fields = questions_of(homework.item)
    rows = homework.sendings.prefetch_related("replies__author").order_by("number")
    return [
        Round(sending, [one for one in read_out(fields, sending.answers) if one.lines], list(sending.replies.all()))
        for sending in rows
    ]


def homework_for_team(user: User, patient: Patient) -> list[Homework]:
    """A patient's homework as far as the reader may see it, what waits for an answer first. One query."""
    rows = Homework.objects.visible_to(user).filter(patient=patient)
    found = list(rows.select_related("item", "assigned_by", "patient", "session"))
    order = {Homework.State.ASSIGNED: 1, Homework.State.DONE: 2, Homework.State.WITHDRAWN: 3}
    return sorted(found, key=lambda one: (one.waiting_since is None, order[one.state], -one.assigned_at.timestamp()))


def to_answer(user: User) -> list[Homework]:
    """What their people sent and nobody has answered, the longest first. One query."""
    rows = Homework.objects.visible_to(user).waiting().select_related("item", "patient")
    return list(rows[:ANSWERS_SHOWN])


def count_for_team(user: User, patient: Patient) -> dict[str, int]:
    """How much is to do and how much waits for an answer. One query."""
    rows = Homework.objects.visible_to(user).filter(patient=patient).standing()
    found = list(rows.values_list("state", "waiting_since"))
    return {
        "to_do": sum(state == Homework.State.ASSIGNED for state, _waiting in found),
        "waiting": sum(waiting is not None for _state, waiting in found),
        "all": len(found),
    }
