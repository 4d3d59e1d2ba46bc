"""What people consent to: written in versions, sealed when published, signed by each, withdrawn with a date."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from core.fields import EncryptedTextField
from core.models import HouseModel
from core.wordings import SOURCE, current
from patients.models.first_days import OfPatientQuerySet
from patients.models.people import Patient

# What a consent to share must say besides its text (42 CFR 2.31). Name and date are the signature’s.
ELEMENTS = ("discloser", "information", "recipients", "purpose", "ends")
WORDS = ("title", "text", *ELEMENTS)  # everything of a version that is read
LANGUAGES = [(code, name) for code, name in settings.LANGUAGES if code != SOURCE]

# A wording is sealed with its version; one that comes later is whole, and sealed as it comes.
_UNWHOLE = """w.title = '' OR w.text = '' OR d.kind = 'sharing'
    AND (w.discloser = '' OR w.information = '' OR w.recipients = '' OR w.purpose = '' OR w.ends = '')"""
_SEALED_WITH_ITS_VERSION = """
IF EXISTS (SELECT 1 FROM patients_consentdocument d WHERE d.id = OLD.document_id AND d.published_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the words of a published consent never change' USING ERRCODE = 'check_violation';
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
"""
_WHOLE_WHEN_LATER = f"""
IF EXISTS (
    SELECT 1 FROM patients_consentdocument d, (SELECT NEW.*) w
    WHERE d.id = NEW.document_id AND d.published_at IS NOT NULL AND ({_UNWHOLE})
) THEN
    RAISE EXCEPTION 'a published consent is whole in every language' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'a_published_consent_is_whole_in_every_language';
END IF;
RETURN NEW;
"""  # noqa: S608 - both parts stand here
_PUBLISHED_WHOLE = f"""
IF EXISTS (
    SELECT 1 FROM patients_consentwording w, (SELECT NEW.*) d WHERE w.document_id = NEW.id AND ({_UNWHOLE})
) THEN
    RAISE EXCEPTION 'a published consent is whole in every language' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'a_published_consent_is_whole_in_every_language';
END IF;
RETURN NEW;
"""  # noqa: S608 - both parts stand here


def label_elements(words, kind: str) -> list[tuple[str, str]]:
    """What a consent to share says besides its text, each with its name; none of the other kinds."""
    if kind != ConsentDocument.Kind.SHARING:
        return []
    return [(ConsentDocument._meta.get_field(name).verbose_name, getattr(words, name)) for name in ELEMENTS]


class ConsentDocumentQuerySet(models.QuerySet):
    """Versions of what is consented to."""

    def published(self) -> "ConsentDocumentQuerySet":
        """What people were or are asked to sign, the newest of each first."""
        return self.filter(published_at__isnull=False).order_by("program", "kind", "-version")

    def in_force(self) -> "ConsentDocumentQuerySet":
        """The newest published version of each kind and program."""
        newer = ConsentDocument.objects.filter(
            program=OuterRef("program"), kind=OuterRef("kind"), version__gt=OuterRef("version")
        )
        return self.published().exclude(Exists(newer.filter(published_at__isnull=False)))

    def titled(self) -> "ConsentDocumentQuerySet":
        """Each with its title as the reader reads it (`read_title`), in the same query."""
        return self.annotate(read_title=title_as_read("pk", "title"))


def title_as_read(document: str, title: str) -> Coalesce:
    """The title of a version in the reader's language, in English where it is not worded in it. By the names of two columns."""
    found = ConsentWording.objects.filter(document=OuterRef(document), language=current())
    return Coalesce(Subquery(found.values("title")[:1]), F(title))


@pghistory.track()
class ConsentDocument(HouseModel):
    """One version of what a program's people consent to. A draft until it is published; from then on it never changes, and
    everybody is asked to sign it; what was signed before stays as it was."""

    class Kind(models.TextChoices):
        """What it is about."""

        TREATMENT = "treatment", _("Treatment")
        TELEHEALTH = "telehealth", _("Care by video")
        SHARING = "sharing", _("Sharing information for treatment, payment and operations")

    program = models.ForeignKey(Program, models.PROTECT, related_name="consent_documents", verbose_name=_("program"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    version = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"))
    discloser = models.TextField(_("who shares"), blank=True)
    information = models.TextField(_("what is shared"), blank=True)
    recipients = models.TextField(_("with whom"), blank=True)
    purpose = models.TextField(_("what for"), blank=True)
    ends = models.TextField(_("until when"), blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    objects = ConsentDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent form")
        verbose_name_plural = _("consent forms")
        ordering = ["program", "kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["program", "kind", "version"], name="one_consent_document_a_version"),
            models.UniqueConstraint(
                fields=["program", "kind"], condition=Q(published_at=None), name="one_consent_draft_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["treatment", "telehealth", "sharing"]), name="consent_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(published_at=None, published_by=None)
                | Q(published_at__isnull=False, published_by__isnull=False) & ~Q(text="") & ~Q(title=""),
                name="a_published_consent_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None)
                | ~Q(kind="sharing")
                | (~Q(discloser="") & ~Q(information="") & ~Q(recipients="") & ~Q(purpose="") & ~Q(ends="")),
                name="a_consent_to_share_says_all",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="sealed",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
            pgtrigger.Trigger(
                name="published_whole_in_every_language",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__published_at__isnull=False),
                func=_PUBLISHED_WHOLE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} · {self.get_kind_display()} {self.version}"

    @property
    def elements(self) -> list[tuple[str, str]]:
        """What a consent to share says besides its text, each with its name; none of the other kinds."""
        return label_elements(self, self.kind)


@pghistory.track()
class ConsentWording(HouseModel):
    """The words of one version in another language. The English ones are in force; these say the same for who reads them, and are
    sealed with their version. A version that is published already may be given one it lacks; then nobody signs anew."""

    document = models.ForeignKey(
        ConsentDocument, models.PROTECT, related_name="wordings", verbose_name=_("consent form")
    )
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES)
    title = models.CharField(_("title"), max_length=120, blank=True)
    text = models.TextField(_("text"), blank=True)
    discloser = models.TextField(_("who shares"), blank=True)
    information = models.TextField(_("what is shared"), blank=True)
    recipients = models.TextField(_("with whom"), blank=True)
    purpose = models.TextField(_("what for"), blank=True)
    ends = models.TextField(_("until when"), blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )

    class Meta:
        verbose_name = _("consent form in another language")
        verbose_name_plural = _("consent forms in other languages")
        ordering = ["document", "language"]
        constraints = [
            models.UniqueConstraint(fields=["document", "language"], name="one_wording_a_language"),
            models.CheckConstraint(condition=~Q(language__in=["", SOURCE]), name="a_wording_is_in_another_language"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sealed_with_its_version",
                operation=pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=_SEALED_WITH_ITS_VERSION,
            ),
            pgtrigger.Trigger(
                name="whole_when_later",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_WHOLE_WHEN_LATER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} · {self.get_language_display()}"

    @property
    def elements(self) -> list[tuple[str, str]]:
        """As of its version."""
        return label_elements(self, self.document.kind)


class ConsentQuerySet(OfPatientQuerySet):
    """Signed consents."""

    def standing(self) -> "ConsentQuerySet":
        """Not withdrawn."""
        return self.filter(withdrawn_at=None)

    def to_handle(self) -> "ConsentQuerySet":
        """Withdrawn, and nobody of staff has dealt with it yet; the longest waiting first."""
        return self.filter(withdrawn_at__isnull=False, handled_at=None).order_by("withdrawn_at", "pk")


# Nobody read words that are not there.
_READ_WORDS_THERE = """
IF NEW.language <> 'en' AND NOT EXISTS (
    SELECT 1 FROM patients_consentwording w WHERE w.document_id = NEW.document_id AND w.language = NEW.language
) THEN
    RAISE EXCEPTION 'the version has no words in this language' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'what_is_signed_was_read';
END IF;
RETURN NEW;
"""
# A draft can't be signed: a check would not see the other table.
_PUBLISHED = """
IF NOT EXISTS (SELECT 1 FROM patients_consentdocument d WHERE d.id = NEW.document_id AND d.published_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a draft can not be signed' USING ERRCODE = 'check_violation', CONSTRAINT = 'what_is_signed_is_published';
END IF;
RETURN NEW;
"""


@pghistory.track()
class Consent(HouseModel):
    """Somebody in care signed one version. It may be withdrawn, which is dated and told to staff; what was done in reliance on
    it before stays done, and staff write until when that was."""

    document = models.ForeignKey(
        ConsentDocument, models.PROTECT, related_name="signatures", verbose_name=_("consent form")
    )
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents", verbose_name=_("patient"))
    name = EncryptedTextField(_("signature"))
    language = models.CharField(_("language it was read in"), max_length=5, choices=settings.LANGUAGES, default=SOURCE)
    signed_at = models.DateTimeField(_("signed"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_words = EncryptedTextField(_("their words on withdrawing"), blank=True)
    relied_until = models.DateField(_("acted on in reliance until"), null=True, blank=True)
    handled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dealt with by"),
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("signed consent")
        verbose_name_plural = _("signed consents")
        ordering = ["-signed_at", "-pk"]
        indexes = [
            models.Index(
                fields=["withdrawn_at"],
                condition=Q(withdrawn_at__isnull=False, handled_at=None),
                name="consents_to_handle",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "patient"], condition=Q(withdrawn_at=None), name="a_consent_stands_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="a_consent_is_signed_by_name"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("signed_at")), name="withdrawn_after_signed"
            ),
            models.CheckConstraint(
                condition=Q(handled_at=None, handled_by=None, relied_until=None)
                | Q(handled_at__isnull=False, handled_by__isnull=False, withdrawn_at__isnull=False),
                name="a_withdrawal_is_dealt_with_whole",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="signed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__document__df=pgtrigger.F("new__document"))
                | pgtrigger.Q(old__patient__df=pgtrigger.F("new__patient"))
                | pgtrigger.Q(old__name__df=pgtrigger.F("new__name"))
                | pgtrigger.Q(old__language__df=pgtrigger.F("new__language"))
                | pgtrigger.Q(old__signed_at__df=pgtrigger.F("new__signed_at"))
                | pgtrigger.Q(old__handled_at__isnull=False)
                | (
                    pgtrigger.Q(old__withdrawn_at__isnull=False)
                    & (
                        pgtrigger.Q(old__withdrawn_at__df=pgtrigger.F("new__withdrawn_at"))
                        | pgtrigger.Q(old__withdrawn_words__df=pgtrigger.F("new__withdrawn_words"))
                    )
                ),
            ),
            pgtrigger.Trigger(
                name="published_before_signed",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=_PUBLISHED,
            ),
            pgtrigger.Trigger(
                name="read_before_signed",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=_READ_WORDS_THERE,
            ),
        ]

    def __str__(self) -> str:
        return str(self.document)
