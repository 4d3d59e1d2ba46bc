"""Deeds of the library itself: put something in, take it out, ask other questions, bring in the texts of the house."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Program
from core.errors import Refusal
from groups.models import Curriculum, CurriculumUnit
from library.house import CURRICULUM, PROMPTS, UNITS, house_items
from library.models import ItemKind, LibraryItem, WorksheetField


def _locked(item: LibraryItem) -> LibraryItem:
    return LibraryItem.objects.select_for_update(no_key=True).get(pk=item.pk)


@transaction.atomic
def publish(*, item: LibraryItem) -> LibraryItem:
    """Put an item into the library; a new version takes the place of the one before. Twice changes nothing.

    Raises Refusal (no_text, no_questions, no_file).
    """
    found = _locked(item)
    if found.is_published:
        return found
    in_english, in_spanish = bool(found.title and found.text), bool(found.title_es and found.text_es)
    if found.is_worksheet:
        if not found.fields.filter(is_active=True).exists():
            raise Refusal(_("“%(item)s” has no questions yet.") % {"item": found}, "no_questions")
    elif not (in_english or in_spanish):
        said = (
            _("“%(item)s” needs every word that is said in it as text, so that nobody is shut out.")
            if found.is_recording
            else _("“%(item)s” has no text yet.")
        )
        raise Refusal(said % {"item": found}, "no_text")
    if found.is_recording and not (found.file or found.link):
        raise Refusal(_("“%(item)s” has no file and no link.") % {"item": found}, "no_file")
    found.published_at, found.withdrawn_at = found.published_at or timezone.now(), None
    found.save(update_fields=["published_at", "withdrawn_at"])
    if found.replaces_id:
        withdraw_item(item=found.replaces)
    return found


@transaction.atomic
def withdraw_item(*, item: LibraryItem) -> LibraryItem:
    """Take an item out of the library. Who has it as homework keeps it. Twice changes nothing."""
    found = _locked(item)
    if found.is_published:
        found.withdrawn_at = timezone.now()
        found.save(update_fields=["withdrawn_at"])
    return found


@transaction.atomic
def new_version(*, item: LibraryItem) -> LibraryItem:
    """A copy with its questions, to be changed and published in place of this one: what was asked once stays as it was asked.

    Raises Refusal (has_one).
    """
    found = _locked(item)
    if LibraryItem.objects.filter(replaces=found).exists():
        raise Refusal(_("“%(item)s” has a newer version already.") % {"item": found}, "has_one")
    same = ("program_id", "unit_id", "kind", "code", "title", "title_es", "summary", "summary_es", "text", "text_es")
    same += ("minutes", "place", "link")
    fresh = LibraryItem(
        replaces=found, version=found.version + 1, file=found.file.name, **{name: getattr(found, name) for name in same}
    )
    fresh.save()
    asked = ("place", "kind", "label", "label_es", "help", "help_es", "choices", "choices_es", "required")
    for field in found.fields.filter(is_active=True):
        WorksheetField.objects.create(item=fresh, **{name: getattr(field, name) for name in asked})
    return fresh


@transaction.atomic
def add_house_library(*, program: Program) -> list[LibraryItem]:
    """Give a program the texts of the house and the curriculum they belong to; what it has already stays. The new ones."""
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    had = set(LibraryItem.objects.filter(program=program).exclude(code="").values_list("code", flat=True))
    missing = [one for one in house_items() if one.code not in had]
    if not missing:
        return []
    curriculum, _is_new = Curriculum.objects.get_or_create(program=program, name=CURRICULUM)
    units = {}
    for place, (code, title, title_es, aim) in enumerate(UNITS, 1):
        english, spanish = PROMPTS[code]
        defaults = {"place": place, "title_es": title_es, "aim": aim, "prompts": english, "prompts_es": spanish}
        units[code], _is_new = CurriculumUnit.objects.get_or_create(
            curriculum=curriculum, title=title, defaults=defaults
        )
    made = []
    for one in missing:
        item = LibraryItem.objects.create(
            program=program,
            unit=units.get(one.unit),
            kind=ItemKind(one.kind),
            code=one.code,
            place=one.place,
            minutes=one.minutes,
            **one.words,
        )
        WorksheetField.objects.bulk_create(
            WorksheetField(item=item, place=place, **field) for place, field in enumerate(one.fields, 1)
        )
        made.append(publish(item=item))
    return made
