"""What a library holds: who sees it, when it can be published, and that questions asked once stay as they were asked."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone, translation

from accounts.access import Role
from core.errors import Refusal
from groups.models import Curriculum, CurriculumUnit
from journal.prompts import prompts_for
from library.house import house_items
from library.models import ItemKind, LibraryItem, WorksheetField
from library.queries import shelves_of
from library.recordings import refuse_strange_file, type_of
from library.services import add_house_library, new_version, publish, save_sheet, withdraw_item
from library.text import blocks_of
from tests.examples.library import WAV, filled, make_article, make_worksheet, questions
from tests.factories import make_program, make_staff


def refused(code: str, deed, **kwargs) -> None:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code


def wall(name: str, deed) -> None:
    """The database itself refuses it."""
    with pytest.raises((IntegrityError, DatabaseError)) as caught, transaction.atomic():
        deed()
    assert name in str(caught.value) or name in str(getattr(caught.value.__cause__.diag, "constraint_name", ""))


def test_who_sees_what(house, article):
    draft = make_article(house.program, title="Another")
    LibraryItem.objects.filter(pk=draft.pk).update(published_at=None)
    elsewhere = make_program("Elsewhere")
    stranger = make_staff(elsewhere, Role.CLINICIAN)
    seen = LibraryItem.objects.visible_to
    for user in (house.alice, house.charlie, house.coordinator, house.admin):
        assert set(seen(user)) == {article, draft}
    assert list(seen(house.pat.user)) == [article]
    assert not seen(stranger).exists()
    house.pat_episode.ended_on, house.pat_episode.ended_reason = timezone.localdate(), "Completed"
    house.pat_episode.save()
    assert not seen(house.pat.user).exists(), "no longer in care"
    house.alice.is_active = False
    assert not seen(house.alice).exists()


def test_published_only_when_nobody_is_shut_out(house):
    bare = {"program": house.program, "title": "A"}
    refused("no_text", publish, item=LibraryItem.objects.create(kind=ItemKind.ARTICLE, **bare))
    refused("no_questions", publish, item=LibraryItem.objects.create(kind=ItemKind.WORKSHEET, **bare))
    sound = LibraryItem.objects.create(kind=ItemKind.RECORDING, **bare, link="https://example.org/a")
    refused("no_text", publish, item=sound)
    written = LibraryItem.objects.create(kind=ItemKind.RECORDING, **bare, text="Word for word")
    refused("no_file", publish, item=written)
    wall("published_items_can_be_read", lambda: _set(sound, published_at=timezone.now()))
    wall("published_recordings_can_be_heard", lambda: _set(written, published_at=timezone.now()))
    wall("only_recordings_have_files", lambda: _set(make_article(house.program), link="https://example.org/a"))
    wall("library_link_is_safe", lambda: _set(written, link="http://example.org/a"))
    wall("library_item_has_a_title", lambda: _set(written, title=""))
    wall("stays_what_it_is", lambda: _set(written, kind=ItemKind.ARTICLE))
    wall("Cannot delete", written.delete)


def _set(row, **fields) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


def test_a_unit_and_a_curriculum_are_of_the_own_program(house, article):
    other = Curriculum.objects.create(program=make_program("Elsewhere"), name="Theirs")
    unit = CurriculumUnit.objects.create(curriculum=other, title="One")
    wall("item_of_its_programs_unit", lambda: _set(article, unit=unit))
    wall("groups_group_curriculum_of_program", lambda: _set(house.group, curriculum=other))


def test_questions_change_until_somebody_answers(house, given, worksheet):
    field = questions(worksheet)["short"]
    field.label = "Asked otherwise"
    field.save()
    save_sheet(homework=given, answers=filled(worksheet), version=0)
    field.label = "And again"
    wall("questions_asked_stay", field.save)
    wall("questions_asked_stay", lambda: WorksheetField.objects.create(item=worksheet, label="One more"))
    wall("Cannot delete", field.delete)


def test_a_new_version_takes_the_place_of_the_old_one(house, given, worksheet):
    save_sheet(homework=given, answers=filled(worksheet), version=0)
    fresh = new_version(item=worksheet)
    refused("has_one", new_version, item=worksheet)
    assert (fresh.version, fresh.is_published, worksheet.fields.count()) == (2, False, fresh.fields.count())
    field = fresh.fields.first()
    field.label = "Asked otherwise"
    field.save()
    publish(item=fresh)
    worksheet.refresh_from_db()
    assert not worksheet.is_published and list(LibraryItem.objects.published()) == [fresh]
    assert worksheet.fields.first().label == "Question 1", "who answered it finds it as it was"
    withdraw_item(item=fresh)
    assert not LibraryItem.objects.published().exists()


def test_what_ones_own_sessions_work_through_comes_first(house, article, django_assert_num_queries):
    curriculum = Curriculum.objects.create(program=house.program, name="Week by week")
    units = [CurriculumUnit.objects.create(curriculum=curriculum, title=f"Unit {n}", place=-n % 5) for n in (1, 2)]
    other = Curriculum.objects.create(program=house.program, name="Another")
    theirs = CurriculumUnit.objects.create(curriculum=other, title="Not ours")
    house.group.curriculum = curriculum
    house.group.save()
    for unit in (theirs, *units):
        make_article(house.program, unit, title=f"Of {unit.title}")
    with django_assert_num_queries(2):
        found = shelves_of(house.pat)
    assert [(shelf.title, shelf.is_own) for shelf in found] == [
        *(("Unit 2", True), ("Unit 1", True), ("Not ours", False)),
        ("", False),
    ]
    assert [shelf.items for shelf in found if shelf.unit is None] == [[article]]
    assert shelves_of(house.pat, "worksheet") == [] and len(shelves_of(house.pat, "nonsense")) == 4


def test_words_in_the_readers_language_else_in_the_other(house):
    item = make_article(house.program, title_es="", text_es="")
    with translation.override("es"):
        assert (item.said("title"), item.lang_of("title")) == ("An article", "en")
        assert (item.said("summary"), item.lang_of("summary")) == ("Lo que dice", "")
    with translation.override("en"):
        assert (item.said("title"), item.lang_of("title")) == ("An article", "")


def test_the_texts_of_the_house(house):
    """Whole in both languages; loaded once; what a program changed stays."""
    made = add_house_library(program=house.program)
    assert len(made) == len(house_items()) >= 12
    assert all(item.is_published and item.unit_id and item.title_es and item.text and item.text_es for item in made)
    fields = WorksheetField.objects.filter(item__in=made)
    assert not fields.filter(label="").exists() and not fields.filter(label_es="").exists()
    for field in fields:
        lines = [len(words.splitlines()) for words in (field.choices, field.choices_es)]
        assert lines[0] == lines[1] and (field.kind != "scale" or lines[0] == 2), field
    _set(made[0], title="Our own title")
    call_command("load_library", house.program.name)
    assert LibraryItem.objects.filter(program=house.program).count() == len(made)
    assert LibraryItem.objects.filter(title="Our own title").exists()


def test_journal_prompts_of_what_ones_groups_work_through_come_first_in_ones_language(house, django_assert_num_queries):
    add_house_library(program=house.program)
    curriculum = Curriculum.objects.get(program=house.program)
    assert all(unit.prompts and unit.prompts_es for unit in curriculum.units.all())
    house.group.curriculum = curriculum
    house.group.save()
    first = curriculum.units.earliest("place")
    CurriculumUnit.objects.filter(pk=first.pk).update(prompts="One of ours\n\n  Two of ours ", prompts_es="")
    second = curriculum.units.filter(place__gt=first.place).earliest("place")
    with django_assert_num_queries(3):
        assert prompts_for(house.pat)[:3] == ["One of ours", "Two of ours", second.prompts]
    with translation.override("es"):
        assert prompts_for(house.pat)[:3] == ["One of ours", "Two of ours", second.prompts_es]
    assert second.prompts not in prompts_for(house.robin), "a group that works through something else"
    curriculum.ended_on = timezone.localdate()
    curriculum.save()
    assert second.prompts not in prompts_for(house.pat)


def test_a_text_is_blocks_and_nothing_in_it_is_markup():
    text = "One\r\ntwo\r\n\r\n# A heading\n- a\n* b\n\n1. first\n2) second\n> Keep <b>this</b>\n\n\n"
    assert [(block.kind, block.lines) for block in blocks_of(text)] == [
        ("p", ("One", "two")),
        ("h", ("A heading",)),
        ("ul", ("a", "b")),
        ("ol", ("first", "second")),
        ("keep", ("Keep <b>this</b>",)),
    ]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (WAV[:16], "audio/wav"),
        (b"\x1a\x45\xdf\xa3", "video/webm"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"<html>", ""),
        (b"%PDF-1.7", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_say_what_a_recording_is(head, kind):
    assert type_of(head) == kind
    if not kind:
        with pytest.raises(ValidationError):
            refuse_strange_file(ContentFile(head, "a.mp3"))


def test_a_worksheet_of_nobody_can_be_made(house):
    """The other kinds of question, as an admin writes them."""
    item = make_worksheet(house.program, is_published=False)
    wall("a_choice_has_answers", lambda: WorksheetField.objects.create(item=item, kind="choice", label="Which?"))
    wall("a_question_asks_something", lambda: WorksheetField.objects.create(item=item))
