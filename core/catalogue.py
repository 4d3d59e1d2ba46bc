"""The Spanish catalogue: which words it holds, taking them from the sources, compiling them. docs/languages.md.

`python -m core.catalogue update|check|compile`; `script/words` updates. Nothing but Babel and Django's own reader of templates
is needed: no gettext on the machine. It holds what a person in care can read; what only staff read stays English for now, so
that a word changed on a staff page is no work here.
"""

import ast
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("es",)
KEYWORDS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}

MARKS = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+|href=\"[^\"]*\"|%%")

# Where words stand that a person in care can read. A page that asks for others fails portal/tests/test_spanish.py.
PATIENT_FILES = (
    "templates/4*.html",
    "templates/500.html",
    "templates/base.html",
    "templates/account/**/*",
    "templates/mfa/**/*",
    "templates/components/*.html",
    "templates/portal/**/*",
    "templates/library/_facts.html",
    "templates/library/_read.html",
    "templates/library/_rounds.html",
    "templates/messaging/_notices.html",
    "templates/patients/*.html",
    "templates/messaging/_times_and_ways.html",
    "templates/clinical/documents/_lines.html",
    "templates/threads/_board_box.html",
    "templates/threads/_box.html",
    "templates/threads/_lines.html",
    "templates/clinical/documents/_naloxone.html",
    "templates/clinical/measures/_questions.html",
    "templates/clinical/plans/_attainment.html",
    "templates/clinical/plans/_document.html",
    "templates/clinical/plans/_signatures.html",
    "templates/clinical/plans/_status.html",
    "templates/rooms/_bar.html",
    "templates/rooms/_devices.html",
    "templates/rooms/_pages.html",
    "templates/rooms/_reactions.html",
    "templates/rooms/_stage.html",
    "templates/rooms/door*.html",
    "templates/rooms/room.html",
    "templates/rooms/panels/_door_note.html",
    "templates/rooms/panels/_grounding.html",
    "templates/rooms/panels/_handouts.html",
    "templates/rooms/panels/_polls.html",
    "templates/rooms/panels/_prompts.html",
    "templates/rooms/panels/agenda.html",
    "templates/rooms/panels/beside.html",
    "templates/rooms/panels/board.html",
    "templates/rooms/panels/chat.html",
    "templates/rooms/panels/check.html",
    "templates/rooms/panels/floor.html",
    "templates/rooms/panels/hands.html",
    "templates/rooms/panels/own.html",
    "templates/rooms/panels/people.html",
    "templates/rooms/panels/tools.html",
    "templates/rooms/panels/waiting.html",
    "accounts/middleware.py",
    "accounts/views.py",
    "clinical/charts.py",
    "clinical/forms/daily.py",
    "clinical/own_record/*.py",
    "clinical/forms/measures.py",
    "clinical/queries_daily.py",
    "clinical/scoring.py",
    "clinical/services/daily.py",
    "clinical/services/goal_news.py",
    "clinical/services/goals.py",
    "clinical/services/make_up.py",
    "clinical/services/measures.py",
    "clinical/services/plan_news.py",
    "clinical/services/suggestion_news.py",
    "clinical/services/record_news.py",
    "clinical/trend.py",
    "core/fields.py",
    "core/returning.py",
    "core/sentences.py",
    "accounts/adapter.py",
    "core/templatetags/house.py",
    "journal/days.py",
    "journal/prompts.py",
    "journal/services.py",
    "library/answers.py",
    "library/forms_own.py",
    "library/news.py",
    "library/recordings.py",
    "library/services/own.py",
    "messaging/forms.py",
    "messaging/inbound.py",
    "messaging/models/choices.py",
    "messaging/preferences.py",
    "messaging/texts.py",
    "patients/consent_words.py",
    "patients/forms.py",
    "patients/lessons.py",
    "patients/news.py",
    "patients/services/*.py",
    "patients/views.py",
    "portal/**/*.py",
    "rooms/commands/*.py",
    "rooms/consumers.py",
    "rooms/deeds.py",
    "rooms/drawings.py",
    "rooms/forms/door.py",
    "rooms/live.py",
    "rooms/services/*.py",
    "rooms/wire.py",
    "scheduling/feeds.py",
    "scheduling/services/appointments/news.py",
    "scheduling/services/appointments/rules.py",
    "scheduling/services/appointments/single.py",
    "scheduling/services/excuses.py",
    "scheduling/services/feeds.py",
    "scheduling/services/offers.py",
    "scheduling/services/reminders.py",
    "scheduling/services/request_news.py",
    "scheduling/services/seat_requests.py",
    "scheduling/services/seat_news.py",
    "scheduling/services/seats.py",
    "scheduling/services/slot_news.py",
    "scheduling/views/feeds.py",
    "threads/board_forms.py",
    "threads/board_pages.py",
    "threads/discretion.py",
    "threads/files.py",
    "threads/forms.py",
    "threads/guidelines.py",
    "threads/news.py",
    "threads/pages.py",
    "threads/services/*.py",
)
# Of those, what only staff see.
NOT = (
    "templates/components/nav_staff.html",
    "rooms/services/agenda.py",
    "rooms/services/agreements.py",
    "rooms/services/apart.py",
    "rooms/services/beside.py",
    "rooms/services/breaches.py",
    "rooms/services/dropouts.py",
    "rooms/services/grants.py",
    "rooms/services/plan.py",
    "rooms/services/policies.py",
    "threads/services/moderation.py",
)
# Of modules that are otherwise staff's: classes (labels of choices, above all), functions, and entries of a dictionary.
PARTS = {
    "accounts/models.py": ("User", "LevelOfCare"),
    "clinical/forms/amendments.py": ("_words", "AskForm", "StatementForm"),
    "clinical/models/amendments.py": ("About", "Decision", "Basis", "Kind"),
    "clinical/models/daily.py": ("SleepQuality",),
    "clinical/models/documents.py": ("Kind", "Rank", "Source"),
    "clinical/models/measures.py": ("Mode",),
    "clinical/models/notes.py": ("Engagement", "Affect", "Progress", "Risk", "Kind"),
    "clinical/models/records.py": ("Ground",),
    "clinical/models/attendance.py": ("Status",),
    "clinical/models/plans.py": ("Status", "Answer", "Outcome"),
    "clinical/sections.py": ("_OWN[SAFETY_PLAN]", "_OWN[RELAPSE_PLAN]"),
    "clinical/services/amendments.py": (
        "_program_of",
        "_need_words",
        "ask",
        "_open",
        "take_back",
        "_state",
        "disagree",
    ),
    "clinical/services/asking.py": ("withdraw", "skip", "close"),
    "clinical/services/release.py": ("too_long", "_locked", "ask_review", "take_a_download"),
    "clinical/services/risk.py": ("raise_own",),
    "clinical/services/suggestions.py": ("_changed", "suggest", "_require_open"),
    "groups/models.py": ("Kind",),
    "library/models/items.py": ("ItemKind",),
    "rooms/models/floor.py": ("Kind",),
    "rooms/models/people.py": ("Part", "State", "Device"),
    "rooms/models/rooms.py": ("Camera", "StepKind"),
    "patients/models/consents.py": ("ConsentDocument",),
    "rooms/models/care.py": ("Scale",),
    "rooms/models/words.py": ("To", "PollKind"),
    "rooms/services/agreements.py": ("offered_text", "offered_guidelines", "sign"),
    "rooms/services/policies.py": ("kept_words",),
    "scheduling/models/appointments.py": ("AppointmentKind",),
    "scheduling/models/requests.py": ("Reason", "State"),
    "scheduling/services/preview.py": ("clock_span",),
    "threads/models/posts.py": ("ReportReason",),
}
# Questionnaires in our own words. Published ones are never translated here: their wording is part of the measure.
INSTRUMENTS = "clinical/instruments/*.toml"


def files(patterns: tuple[str, ...] = PATIENT_FILES, without: tuple[str, ...] = NOT) -> list[Path]:
    """The files, in order."""
    left_out = {ROOT / name for name in without}
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found - left_out if "tests" not in path.relative_to(ROOT).parts)


def _python(path: Path) -> str:
    """A file as Python that Babel can read: of a template, its words as calls."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return source
    return "\n".join(line.strip() for line in templatize(source).splitlines())


def _messages(source: str) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """(message, or singular and plural; context) of a piece of Python."""
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        if message and (isinstance(message, str) or message[0]):
            yield message, context


def _parts(path: Path, names: tuple[str, ...]) -> str:
    """The source of some classes, functions and entries of dictionaries of a module, wherever they stand in it."""
    source = path.read_text(encoding="utf-8")
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names:
            found.append(node)
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict):
            (target,) = node.targets if isinstance(node, ast.Assign) else (node.target,)
            entries = zip(node.value.keys, node.value.values, strict=True)
            found += [value for key, value in entries if f"{ast.unparse(target)}[{getattr(key, 'attr', '')}]" in names]
    return "\n".join(ast.get_source_segment(source, node) for node in found)


def _instrument(path: Path) -> Iterator[str]:
    """Words of a questionnaire that are ours: what it is about, always; all of it, where it is our own."""
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    yield given["about"]
    if not given.get("is_own"):
        return
    yield given["name"]
    yield given.get("stem", "")
    yield from (item.get("text", "") for item in given["items"])
    for options in given["options"].values():
        yield from (options.get(key, "") for key in ("unit", "low_label", "high_label"))
        yield from (choice["label"] for choice in options.get("values", ()))


def extracted() -> Catalog:
    """Every word a person in care can read, from the sources as they are now."""
    catalog = Catalog(project="schedule", charset="utf-8", fuzzy=False)

    def add(message, context, path: Path) -> None:
        catalog.add(message, locations=[(str(path.relative_to(ROOT)), 0)], context=context)

    for path in files():
        for message, context in _messages(_python(path)):
            add(message, context, path)
    for name, parts in PARTS.items():
        for message, context in _messages(_parts(ROOT / name, parts)):
            add(message, context, ROOT / name)
    for path in sorted(ROOT.glob(INSTRUMENTS)):
        for message in filter(None, _instrument(path)):
            add(message, None, path)
    return catalog


def po_file(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def stored(language: str) -> Catalog:
    """The catalogue as it is in the repository; an empty one, where it is not yet."""
    path = po_file(language)
    if not path.exists():
        return Catalog(locale=language, domain="django", project="schedule", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def update(language: str) -> None:
    """Take in what is new with an empty translation, drop what is gone, keep the rest."""
    catalog = stored(language)
    fresh = extracted()
    fresh.creation_date = catalog.creation_date  # else every update would change the file
    catalog.update(fresh, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = "-"
    catalog.version, catalog.revision_date = "1", catalog.creation_date
    catalog.header_comment = "# What people in care read, in their language (docs/languages.md)."
    path = po_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, sort_output=True, include_lineno=False)


def faults(language: str) -> list[str]:
    """What keeps a catalogue from being whole: words that are missing, empty or unsure; placeholders that differ.

    Words that are gone do no harm until the next `update` drops them: branches that change pages at once need not meet here."""
    catalog, fresh = stored(language), extracted()
    said = []
    wanted = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in fresh if m.id}
    there = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalog if m.id}
    said += [f"missing: {identity!r}" for _context, identity in sorted(wanted - there, key=str)]
    for message in catalog:
        if not message.id:
            continue
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        if message.fuzzy:
            said.append(f"fuzzy: {message.id!r}")
        if not all(strings):
            said.append(f"empty: {message.id!r}")
        said += [f"{error}: {message.id!r}" for error in message.check(catalog)]
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        # Of one, the number may be left out.
        if any(_marks(string) not in (_marks(ids[-1]), _marks(ids[0])) for string in strings if string):
            said.append(f"placeholders or links differ: {message.id!r}")
    return said


def _marks(text: str) -> set[str]:
    """What a translation must keep: placeholders, tags, addresses."""
    return set(MARKS.findall(text))


def compile_all() -> None:
    """Write the compiled form beside each catalogue, unless it is there and newer."""
    for language in LANGUAGES:
        source = po_file(language)
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
            continue
        fresh = target.with_suffix(".new")
        with fresh.open("wb") as file:
            write_mo(file, stored(language))
        fresh.replace(target)


def main(deed: str) -> int:
    if deed == "compile":
        compile_all()
        return 0
    said = []
    for language in LANGUAGES:
        if deed == "update":
            update(language)
        said += [f"{po_file(language).relative_to(ROOT)}: {fault}" for fault in faults(language)]
    if said:
        print(*said, sep="\n", file=sys.stderr)
        print("Run script/words, then translate what is empty (docs/languages.md).", file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
