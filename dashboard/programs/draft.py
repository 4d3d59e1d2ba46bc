"""A file as far as it makes sense: what `checks` reads, to find everything also in a file with wrong values."""

import contextlib
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from dashboard.programs.reader import Spot
from dashboard.programs.schema import Entry, ProgramFile, entry_type, item_adapter


class Draft:
    """One entry. `draft.name` is the field's value; its default when not given; None when what is given is wrong.

    A list is a list of Drafts, or of (place, value) pairs for those of its values that are right.
    """

    def __init__(self, model: type[Entry], raw: dict, spot: Spot):
        self.spot, self.raw = spot, raw
        self.program_name: str | None = None  # of a group or patient, once `checks` has found it
        for key, name in model.keys().items():
            setattr(self, name, self._read(model, name, raw.get(key), (*spot, key)))

    def at(self, *parts: str | int) -> Spot:
        """The place of something in this entry."""
        return (*self.spot, *parts)

    def _read(self, model: type[Entry], name: str, value: Any, spot: Spot) -> Any:
        info = model.model_fields[name]
        if typing.get_origin(info.annotation) is list:
            return list(self._items(model, name, value if isinstance(value, list) else [], spot))
        if value is None:
            return None if info.is_required() else info.default
        try:
            return item_adapter(model, name).validate_python(value)
        except ValidationError:
            return None

    def _items(self, model: type[Entry], name: str, values: list, spot: Spot) -> Iterator[Any]:
        entry = entry_type(model.model_fields[name].annotation)
        for index, value in enumerate(values):
            if entry:
                if isinstance(value, dict):
                    yield Draft(entry, value, (*spot, index))
                continue
            with contextlib.suppress(ValidationError):
                yield (*spot, index), item_adapter(model, name).validate_python(value)


def draft_of(values: Any) -> Draft:
    """The draft of a whole file."""
    return Draft(ProgramFile, values if isinstance(values, dict) else {}, ())
