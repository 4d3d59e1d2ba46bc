"""The library, and homework: both have a worksheet that was sent, answered and is open again, and something to read. What Robin's
side has no right to is an item that is not published."""

from django.core.files.base import ContentFile

from groups.models import Curriculum, CurriculumUnit
from library.models import Ask, Homework, ItemKind, LibraryItem, WorksheetField
from library.services import assign, publish, reply, save_sheet, send_sheet

TITLE = {"title": "My worksheet", "title_es": "Mi hoja"}
WAV = (
    b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00"
    b"\x01\x00\x08\x00data\x00\x00\x00\x00"
)


def make_article(program, unit=None, **fields) -> LibraryItem:
    """Published, in both languages."""
    words = {
        "title": "An article",
        "title_es": "Un artículo",
        "summary": "What it says",
        "summary_es": "Lo que dice",
        "text": "First.\n\n# A heading\n\n- one\n- two\n\n> Keep this.",
        "text_es": "Primero.\n\n# Un título\n\n- uno\n- dos\n\n> Guarde esto.",
    }
    item = LibraryItem.objects.create(program=program, unit=unit, kind=ItemKind.ARTICLE, **(words | fields))
    return publish(item=item)


def make_worksheet(program, unit=None, *, is_published: bool = True, **fields) -> LibraryItem:
    """With a question of each kind; the first is needed."""
    item = LibraryItem.objects.create(program=program, unit=unit, kind=ItemKind.WORKSHEET, **(TITLE | fields))
    lines = {"choices": "One\nTwo\nThree", "choices_es": "Uno\nDos\nTres"}
    for place, kind in enumerate(Ask.values, 1):
        WorksheetField.objects.create(
            item=item,
            place=place,
            kind=kind,
            label=f"Question {place}",
            label_es=f"Pregunta {place}",
            help="A hint" if place == 1 else "",
            help_es="Una pista" if place == 1 else "",
            required=place == 1,
            **(lines if kind in (Ask.CHOICE, Ask.CHOICES, Ask.SCALE) else {}),
        )
    return publish(item=item) if is_published else item


def make_recording(program, **fields) -> LibraryItem:
    """A sound of no length, and what is said in it."""
    words = {"title": "A recording", "title_es": "Una grabación", "text": "Breathe.", "text_es": "Respire."}
    item = LibraryItem(program=program, kind=ItemKind.RECORDING, **(words | fields))
    item.file.save("breath.wav", ContentFile(WAV), save=False)
    item.save()
    return publish(item=item)


def questions(item: LibraryItem) -> dict[str, WorksheetField]:
    """Its questions by kind."""
    return {field.kind: field for field in item.fields.all()}


def filled(item: LibraryItem, short: str = "At the bus stop", long: str = "It was loud.") -> dict:
    """An answer to every question."""
    asked = {kind: str(field.pk) for kind, field in questions(item).items()}
    return {
        asked["short"]: short,
        asked["long"]: long,
        asked["scale"]: "7",
        asked["choice"]: "1",
        asked["choices"]: ["0", "2"],
        asked["yes_no"]: "no",
    }


def make(house, sessions) -> None:
    """Pat and Robin."""
    curriculum = Curriculum.objects.create(program=house.program, name="Week by week", kind="process")
    unit = CurriculumUnit.objects.create(curriculum=curriculum, title="Beginning", title_es="El comienzo", place=1)
    house.group.curriculum = curriculum
    house.group.save(update_fields=["curriculum"])
    article, worksheet = make_article(house.program, unit), make_worksheet(house.program, unit)
    make_recording(house.program)
    make_worksheet(house.program, title="A draft", title_es="Un borrador", is_published=False)
    for patient, clinician in ((house.pat, house.alice), (house.robin, house.charlie)):
        assign(patient=patient, item=article, by=clinician)
        given = assign(patient=patient, item=worksheet, by=clinician, note="PIN")
        saved = save_sheet(homework=given, answers=filled(worksheet), version=0)
        sending = send_sheet(homework=given, answers=filled(worksheet), version=saved.version)
        reply(sending=sending, text="PIN", by=clinician, again=True)


def uids(patient, session, leader) -> dict:
    """Of the patient's worksheet; of the group; of items that are there, and of one that is not there yet."""
    is_own = patient.legal_first_name == "Pat"
    items = {item.kind: item for item in LibraryItem.objects.published()}
    draft = LibraryItem.objects.get(published_at=None)
    given = Homework.objects.get(patient=patient, item=items["worksheet"])
    article = items["article"] if is_own else draft
    recording = items["recording"] if is_own else draft
    return {
        "portal:library_item": article.uid,
        "portal:library_recording": recording.uid,
        "portal:homework_sheet": given.uid,
        "portal:homework_save": given.uid,
        "library:item": article.uid,
        "library:recording": recording.uid,
        "library:person": patient.uid,
        "library:series": session.group.uid,
        "library:homework": given.uid,
    }
