"""What a program's library holds. It is about nobody, and written in English, in Spanish, or in both."""

import uuid
from pathlib import PurePath

import pghistory
import pgtrigger
from django.core.files.storage import storages
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.access import STAFF
from accounts.models import Program
from core.models import HouseModel
from groups.models import CurriculumUnit
from library.recordings import refuse_strange_file
from patients.models import Episode

# A unit is of the item's own program.
_OWN_UNIT = """
IF NEW.unit_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM groups_curriculumunit u JOIN groups_curriculum c ON c.id = u.curriculum_id
    WHERE u.id = NEW.unit_id AND c.program_id = NEW.program_id
) THEN
    RAISE EXCEPTION 'a unit of another program' USING ERRCODE = 'check_violation', CONSTRAINT = 'item_of_its_programs_unit';
END IF;
RETURN NEW;
"""
# Questions somebody has begun to answer stay as they were asked. The lock is the one a first answer takes.
_ASKED = """
PERFORM 1 FROM library_libraryitem WHERE id = NEW.item_id FOR NO KEY UPDATE;
IF EXISTS (SELECT 1 FROM library_sheet s JOIN library_homework h ON h.id = s.homework_id WHERE h.item_id = NEW.item_id) THEN
    RAISE EXCEPTION 'somebody has answered this worksheet' USING ERRCODE = 'check_violation', CONSTRAINT = 'questions_asked_stay';
END IF;
RETURN NEW;
"""


def recordings():
    """Where recordings stand."""
    return storages["recordings"]


def file_name(_item, name: str) -> str:
    """A random name with the ending of what was uploaded: what a file was called on somebody's computer says too much."""
    return f"{uuid.uuid4()}{PurePath(name).suffix.lower()}"


class ItemKind(models.TextChoices):
    """What it is."""

    ARTICLE = "article", _("Article")
    WORKSHEET = "worksheet", _("Worksheet")
    RECORDING = "recording", _("Recording")


class Ask(models.TextChoices):
    """How a question of a worksheet is answered."""

    SHORT = "short", _("A few words")
    LONG = "long", _("Some lines")
    SCALE = "scale", _("0 to 10")
    CHOICE = "choice", _("One of several")
    CHOICES = "choices", _("Any of several")
    YES_NO = "yes_no", _("Yes or no")


class InTwoLanguages(models.Model):
    """Words in columns `x` (English) and `x_es` (Spanish), of which one may be blank."""

    class Meta:
        abstract = True

    def said(self, name: str) -> str:
        """The words in the reader's language, else in the other."""
        english, spanish = getattr(self, name), getattr(self, f"{name}_es")
        return (spanish or english) if _in_spanish() else (english or spanish)

    def lang_of(self, name: str) -> str:
        """The language of what `said` answers with, where it is not the reader's; else ""."""
        english, spanish = getattr(self, name), getattr(self, f"{name}_es")
        if _in_spanish():
            return "en" if english and not spanish else ""
        return "es" if spanish and not english else ""


def _in_spanish() -> bool:
    return (get_language() or "").startswith("es")


class ItemQuerySet(models.QuerySet):
    def published(self) -> "ItemQuerySet":
        """In the library now."""
        return self.filter(published_at__isnull=False, withdrawn_at=None)

    def visible_to(self, user) -> "ItemQuerySet":
        """Staff: everything of their programs. Somebody in care: what is published in the program they are in."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(program__in=user.program_ids(*STAFF))
        here = Episode.objects.open().filter(patient__user=user, program=OuterRef("program"))
        return self.filter(seen | Q(Exists(here), published_at__isnull=False, withdrawn_at=None))

    def offered_to(self, patient) -> "ItemQuerySet":
        """What is in the library of somebody in care, whoever reads it: of the programs they are in."""
        return self.published().filter(program__in=Episode.objects.open().filter(patient=patient).values("program"))

    def in_order(self) -> "ItemQuerySet":
        """As the program has put them."""
        return self.order_by("place", "title", "title_es", "pk")


@pghistory.track()
class LibraryItem(InTwoLanguages, HouseModel):
    """One thing to read, to fill in or to listen to."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="library", verbose_name=_("program"))
    unit = models.ForeignKey(
        CurriculumUnit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="library",
        verbose_name=_("unit of a curriculum"),
        help_text=_("Members of groups that work through it find it first."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ItemKind.choices)
    code = models.CharField(_("text of the house"), max_length=40, blank=True, editable=False)
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    title_es = models.CharField(_("title in Spanish"), max_length=120, blank=True)
    summary = models.CharField(_("summary"), max_length=240, blank=True)
    summary_es = models.CharField(_("summary in Spanish"), max_length=240, blank=True)
    text = models.TextField(
        _("text"),
        blank=True,
        help_text=_(
            "A blank line parts paragraphs; “# ” begins a heading, “- ” a point of a list, “1. ” a numbered one. Of a"
            " worksheet: what stands above its questions. Of a recording: every word that is said in it."
        ),
    )
    text_es = models.TextField(_("text in Spanish"), blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes it takes"), default=5)
    place = models.PositiveSmallIntegerField(_("place in the list"), default=0)
    file = models.FileField(
        _("audio or video file"),
        upload_to=file_name,
        storage=recordings,
        blank=True,
        validators=[refuse_strange_file],
        help_text=_("MP3, M4A, OGG, WAV, MP4 or WebM, 200 MB at most."),
    )
    link = models.URLField(
        _("or a link to it"), blank=True, help_text=_("Begins with https://. Only to a place your program controls.")
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("library item")
        verbose_name_plural = _("library")
        ordering = ["place", "title", "title_es", "pk"]
        indexes = [models.Index(fields=["program", "place"], name="library_of_a_program")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ItemKind.values), name="library_kind_is_known"),
            models.CheckConstraint(condition=~Q(title="") | ~Q(title_es=""), name="library_item_has_a_title"),
            models.CheckConstraint(condition=Q(minutes__range=(1, 240)), name="library_item_takes_some_minutes"),
            models.CheckConstraint(
                condition=Q(kind="recording") | Q(file="", link=""), name="only_recordings_have_files"
            ),
            # Nobody is shut out: what is said can be read.
            models.CheckConstraint(
                condition=Q(published_at=None)
                | Q(kind="worksheet")
                | ~Q(text="") & ~Q(title="")
                | ~Q(text_es="") & ~Q(title_es=""),
                name="published_items_can_be_read",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | ~Q(kind="recording") | ~Q(file="") | ~Q(link=""),
                name="published_recordings_can_be_heard",
            ),
            models.CheckConstraint(condition=Q(link="") | Q(link__startswith="https://"), name="library_link_is_safe"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(published_at__isnull=False), name="withdrawn_items_were_published"
            ),
            models.UniqueConstraint(
                fields=["program", "code"],
                condition=~Q(code="") & Q(replaces=None),
                name="a_text_of_the_house_is_loaded_once",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="stays_what_it_is", fields=["program", "kind"]),
            pgtrigger.Trigger(
                name="unit_of_own_program",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_OWN_UNIT,
            ),
        ]

    def __str__(self) -> str:
        return self.said("title")

    @property
    def heading(self) -> str:
        """Its title as the reader reads it."""
        return self.said("title")

    @property
    def heading_lang(self) -> str:
        return self.lang_of("title")

    @property
    def about(self) -> str:
        """Its summary as the reader reads it."""
        return self.said("summary")

    @property
    def about_lang(self) -> str:
        return self.lang_of("summary")

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.withdrawn_at is None

    @property
    def is_worksheet(self) -> bool:
        return self.kind == ItemKind.WORKSHEET

    @property
    def is_recording(self) -> bool:
        return self.kind == ItemKind.RECORDING


@pghistory.track()
class WorksheetField(InTwoLanguages, HouseModel):
    """One question of a worksheet."""

    item = models.ForeignKey(
        LibraryItem,
        models.PROTECT,
        related_name="fields",
        limit_choices_to={"kind": "worksheet"},
        verbose_name=_("worksheet"),
    )
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    kind = models.CharField(_("how it is answered"), max_length=8, choices=Ask.choices, default=Ask.LONG)
    label = models.CharField(_("question"), max_length=240, blank=True)
    label_es = models.CharField(_("question in Spanish"), max_length=240, blank=True)
    help = models.CharField(_("help"), max_length=300, blank=True)
    help_es = models.CharField(_("help in Spanish"), max_length=300, blank=True)
    choices = models.TextField(
        _("answers"), blank=True, help_text=_("One on each line. Of a scale: what 0 means, and what 10 means.")
    )
    choices_es = models.TextField(_("answers in Spanish"), blank=True, help_text=_("In the same order."))
    required = models.BooleanField(_("needed before it can be sent"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("question of a worksheet")
        verbose_name_plural = _("questions of worksheets")
        ordering = ["place", "pk"]
        indexes = [models.Index(fields=["item", "place"], name="questions_of_a_worksheet")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Ask.values), name="question_kind_is_known"),
            models.CheckConstraint(condition=~Q(label="") | ~Q(label_es=""), name="a_question_asks_something"),
            models.CheckConstraint(
                condition=~Q(kind__in=["choice", "choices"]) | ~Q(choices="") | ~Q(choices_es=""),
                name="a_choice_has_answers",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="stays_in_its_worksheet", fields=["item"]),
            pgtrigger.Trigger(
                name="asked_stays",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_ASKED,
            ),
        ]

    def __str__(self) -> str:
        return self.said("label")

    @property
    def asked(self) -> str:
        """The question as the reader reads it."""
        return self.said("label")

    @property
    def asked_lang(self) -> str:
        return self.lang_of("label")

    @property
    def hint(self) -> str:
        """Its help as the reader reads it."""
        return self.said("help")

    @property
    def options(self) -> list[str]:
        """The answers to choose from, as the reader reads them."""
        return [line.strip() for line in self.said("choices").splitlines() if line.strip()]
