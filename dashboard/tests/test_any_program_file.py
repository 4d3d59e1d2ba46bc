"""Whatever a program file holds: it loads, or every problem has its line. Never a traceback."""

import copy
import io
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from dashboard.programs import loader
from dashboard.programs.reader import FileProblems, parse
from dashboard.tests.program_files import EXAMPLE, SMALL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ODD = [
    None,
    "",
    0,
    -1,
    40,
    3.5,
    float("nan"),
    True,
    [],
    {},
    ["x"],
    {"a": 1},
    "x" * 500,
    "09:00",
    "é",
    "%s {x}",
    10**30,
    "-14 days",
]


def places(value: Any, place: tuple = ()) -> list[tuple]:
    """Every place within a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(inner for key, item in items for inner in places(item, (*place, key)))]


def mutated(document: Any, changes: list[tuple[int, int]]) -> str:
    """The document as YAML after dropping, doubling, renaming and replacing things."""
    document = copy.deepcopy(document)
    for where, what in changes:
        *around, key = (all_places := places(document)[1:])[where % len(all_places)] if places(document)[1:] else (0,)
        holder = document
        for part in around:
            holder = holder[part]
        if not holder:
            continue
        value = holder[key]
        if what == 0:
            del holder[key]
        elif what == 1 and isinstance(holder, list):
            holder.append(copy.deepcopy(value))
        elif what == 1:
            holder[f"{key}s"] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(ODD[what % len(ODD)])
    yaml, out = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style = False
    yaml.dump(document, out)
    return out.getvalue()


CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, len(ODD) + 1)), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("text", "examples"), [(SMALL, 40), (EXAMPLE.read_text(encoding="utf-8"), 8)], ids=["small", "example"]
)
def test_a_mutated_file_loads_or_names_its_lines(text, examples):
    document = YAML(typ="safe", pure=True).load(text)

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(CHANGES)
    def loads_or_says(changes):
        written = mutated(document, changes)
        try:
            source = parse(written)
            file = loader.checked(source)
            with transaction.atomic():
                loader.Loader(file, source).run()
                transaction.set_rollback(True)
        except FileProblems as found:
            assert found.problems
            for problem in found.problems:
                assert 1 <= problem.line <= written.count("\n")
                assert problem.sentence.endswith((".", "?"))

    loads_or_says()
