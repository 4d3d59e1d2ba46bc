"""What the tests of program files share: a small file, counts of every table, the command's output."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "weekly_iop.yaml"

SMALL = """\
programs:
  - name: Day track
    zone: America/Los_Angeles

staff:
  - email: sam@example.org
    first_name: Sam
    last_name: Super
    roles: [supervisor]
    credential: LCSW
  - email: cleo@example.org
    first_name: Cleo
    last_name: Clinic
    roles: [clinician]
    supervisor: sam@example.org
    licences:
      - {state: CA, kind: LMFT, number: X-1, expires_on: 2030-01-31}
  - email: corey@example.org
    first_name: Corey
    last_name: Care
    roles: [care_coordinator]

groups:
  - name: Morning
    kind: process
    capacity: 5
    lead: cleo@example.org
    slots:
      - {weekday: Monday, start: "09:00", minutes: 90, break: 10}
      - {weekday: Monday, start: "10:45", minutes: 60}
    waitlist: [ed@example.org]
  - name: Noon
    kind: skills
    lead: cleo@example.org
    co_facilitator: sam@example.org
    slots:
      - {weekday: Monday, start: "12:00", minutes: 60}
  - name: Clash
    kind: skills
    slots:
      - {weekday: Monday, start: "10:00", minutes: 60}

patients:
"""
for _first in ("Ann", "Ben", "Cat", "Dan", "Eve", "Ed"):
    SMALL += f"""\
  - email: {_first.lower()}@example.org
    legal_first_name: {_first}
    legal_last_name: Doe
    birth_date: 1990-01-01
    state: CA
    primary_clinician: cleo@example.org
    started_on: -14 days
    groups: [{"Noon" if _first == "Ed" else "Morning, Noon" if _first == "Ann" else "Morning"}]
"""


def row_counts() -> dict[str, int]:
    """Rows of every table, histories included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in tables))
        return dict(cursor.fetchall())


def load(path: Path, **options) -> str:
    """The command's output. Raises CommandError."""
    out = io.StringIO()
    call_command("load_program", str(path), stdout=out, **options)
    return out.getvalue()


def refusal(path: Path, **options) -> list[str]:
    """What the command says is wrong, a line each, without the file's name; nothing of any table has changed."""
    before = row_counts()
    with pytest.raises(CommandError) as caught:
        load(path, **options)
    assert caught.value.returncode == 1
    assert row_counts() == before
    *lines, last = str(caught.value).splitlines()
    assert last.endswith("nothing is loaded.")
    assert all(line.startswith(f"{path}, line ") for line in lines)
    return [line.removeprefix(f"{path}, ") for line in lines]
