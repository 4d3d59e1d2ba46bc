"""What a load did: counts, and what it found different and left alone. No names of people."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.programs.reader import Problem, Source, Spot, shown
from dashboard.programs.schema import Entry

SECTIONS = {
    "programs": gettext_lazy("programs"),
    "staff": gettext_lazy("staff"),
    "groups": gettext_lazy("groups"),
    "slots": gettext_lazy("weekly slots"),
    "patients": gettext_lazy("patients"),
    "seats": gettext_lazy("seats in groups"),
    "waiting": gettext_lazy("places on wait-lists"),
}


@dataclass
class Report:
    """Counts by section, and notes by line of the file."""

    source: Source
    made: Counter = field(default_factory=Counter)
    there: Counter = field(default_factory=Counter)
    left: list[Problem] = field(default_factory=list)

    def leave(self, spot: Spot, sentence: str) -> None:
        """Something the file says otherwise stays as it is."""
        self.left.append(self.source.problem(spot, sentence))

    def compare(self, spot: Spot, entry: Entry, stored: dict[str, Any], *, personal: bool = False) -> None:
        """Note the fields the file gives and that are stored otherwise. personal: their values are not shown."""
        for name, value in stored.items():
            if entry.states(name) and getattr(entry, name) != value:
                key = type(entry).model_fields[name].alias or name
                self.leave(
                    (*spot, key),
                    _("it differs from the file.") if personal else _both(name, value, getattr(entry, name)),
                )

    def lines(self) -> list[str]:
        """The counts, a line a section."""
        return [
            _("%(what)-22s %(made)4d made %(there)4d already there")
            % {"what": label, "made": self.made[section], "there": self.there[section]}
            for section, label in SECTIONS.items()
        ]


def _both(name: str, stored: Any, said: Any) -> str:
    """What is stored beside what the file says; hours are kept in minutes."""
    if name.endswith("_hours"):
        stored, said = f"{stored / 60:g}", f"{said / 60:g}"
    if stored in (None, "") or said in (None, ""):
        return _("it differs from the file.")
    return _("it is %(stored)s, the file says %(said)s.") % {"stored": shown(stored), "said": shown(said)}
