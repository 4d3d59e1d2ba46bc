"""Who is in a room, what they said at its door, and the agreement they came in under."""

import secrets

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from core.fields import US_STATES, EncryptedTextField
from core.models import HouseModel
from core.wordings import SOURCE
from patients.models import Patient
from rooms.models.rooms import Room
from scheduling.models import Session

LANGUAGES = [(code, name) for code, name in settings.LANGUAGES if code != SOURCE]


def participant_key() -> str:
    """A new name for somebody in one room: it is nobody's, and the same nowhere else."""
    return secrets.token_hex(8)


class ParticipantQuerySet(models.QuerySet):
    """People in rooms."""

    def visible_to(self, user) -> "ParticipantQuerySet":
        """In rooms the user may open: staff, and the patients visible to them."""
        return self.filter(
            Q(patient=None) | Q(patient__in=Patient.objects.visible_to(user)),
            room__session__in=Session.objects.visible_to(user),
        )

    def leaders(self) -> "ParticipantQuerySet":
        """Those who lead."""
        return self.filter(part__in=[Participant.Part.LEAD, Participant.Part.CO])


@pghistory.track()
class Participant(models.Model):
    """One person in one room: their ticket. Whoever is removed keeps none, whatever else they hold.

    key: what everybody in the room knows them by; shown: their name as peers see it.
    """

    class Part(models.TextChoices):
        """As what, as their booking says. A supervisor may look in on a session of those they supervise."""

        LEAD = "lead", _("Lead facilitator")
        CO = "co", _("Co-facilitator")
        MEMBER = "member", _("Member")
        VISITOR = "visitor", _("Visitor, once")
        SUPERVISOR = "supervisor", _("Supervisor")

    class State(models.TextChoices):
        """Where they stand."""

        PREPARING = "preparing", _("Getting ready")  # at the door, not yet knocked
        WAITING = "waiting", _("Waiting to be let in")
        IN = "in", _("Let in")
        REMOVED = "removed", _("Removed")

    room = models.ForeignKey(Room, models.PROTECT, related_name="participants", verbose_name=_("room"))
    key = models.CharField(_("key"), max_length=32, unique=True, default=participant_key, editable=False)
    part = models.CharField(_("part"), max_length=10, choices=Part.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="in_rooms", verbose_name=_("account")
    )
    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, blank=True, related_name="in_rooms", verbose_name=_("patient")
    )
    shown = models.CharField(_("name as shown"), max_length=80)
    state = models.CharField(_("state"), max_length=9, choices=State.choices)
    came_at = models.DateTimeField(_("came to the door"), auto_now_add=True)
    knocked_at = models.DateTimeField(_("asked to be let in"), null=True, blank=True)
    admitted_at = models.DateTimeField(_("let in"), null=True, blank=True)
    admitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("let in by")
    )
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("removed by")
    )
    removed_why = EncryptedTextField(_("why removed"), blank=True)
    # A removal that was taken back stays written: they come to the door anew.
    readmitted_at = models.DateTimeField(_("removal taken back"), null=True, blank=True)
    readmitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    readmitted_why = EncryptedTextField(_("why taken back"), blank=True)
    is_muted = models.BooleanField(_("muted by a leader"), default=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("person in a room")
        verbose_name_plural = _("people in rooms")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="once_in_a_room"),
            models.CheckConstraint(
                condition=Q(part__in=["lead", "co", "supervisor"], patient=None)
                | Q(part__in=["member", "visitor"], patient__isnull=False),
                name="participant_part_is_theirs",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["preparing", "waiting", "in", "removed"]), name="participant_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="removed") | Q(removed_at__isnull=False), name="removed_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(state="in") | Q(admitted_at__isnull=False), name="let_in_at_a_time"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.shown

    @property
    def is_leader(self) -> bool:
        """Leads the session, or its co-facilitator does."""
        return self.part in (self.Part.LEAD, self.Part.CO)

    @property
    def is_in(self) -> bool:
        return self.state == self.State.IN


class OfParticipantQuerySet(models.QuerySet):
    """Rows about one person in a room (`participant`)."""

    def visible_to(self, user):
        """Of the people in rooms visible to the user."""
        return self.filter(participant__in=Participant.objects.visible_to(user))


class Device(models.TextChoices):
    """How one device did in the test before coming in."""

    UNTESTED = "", _("Not tested")
    WORKS = "works", _("Works")
    OFF = "off", _("Left off")
    DENIED = "denied", _("Not allowed by the browser")
    MISSING = "missing", _("None found")
    TROUBLE = "trouble", _("Trouble")


def _device(words: str) -> models.CharField:
    return models.CharField(words, max_length=8, choices=Device.choices, blank=True)


@pghistory.track()
class Arrival(HouseModel):
    """What somebody in care said at the door of one session: where they are, and that they can talk there (16 CCR 1815.5,
    CLINICAL_FACTS section 6). A leader hears it confirmed aloud."""

    participant = models.OneToOneField(
        Participant, models.PROTECT, related_name="arrival", verbose_name=_("person in the room")
    )
    street = EncryptedTextField(_("present address"), blank=True)
    city = EncryptedTextField(_("city"), blank=True)
    state = models.CharField(_("state"), max_length=2, choices=US_STATES, blank=True)
    phone = EncryptedTextField(_("call-back number"), blank=True)
    is_private = models.BooleanField(_("in a private place"), null=True, blank=True)
    has_headphones = models.BooleanField(_("with headphones"), null=True, blank=True)
    is_able = models.BooleanField(_("not driving, and able to take part"), null=True, blank=True)
    others = EncryptedTextField(_("who else is in the room"), blank=True)
    camera = _device(_("camera"))
    microphone = _device(_("microphone"))
    speaker = _device(_("speaker"))
    connection = _device(_("connection"))
    given_at = models.DateTimeField(_("given"), null=True, blank=True)
    # The local number for emergencies at that address: 911 called from elsewhere reaches another place's centre.
    local_emergency = models.CharField(_("local emergency number"), max_length=32, blank=True)
    nearest_ed = EncryptedTextField(_("nearest emergency department"), blank=True)
    confirmed_at = models.DateTimeField(_("confirmed aloud"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(given_at=None) | (~Q(street="") & ~Q(state="") & ~Q(phone="")), name="an_arrival_is_whole"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.participant)


class DeviceTestQuerySet(models.QuerySet):
    """Tests of devices."""

    def visible_to(self, user) -> "DeviceTestQuerySet":
        """Of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


@pghistory.track()
class DeviceTest(HouseModel):
    """How somebody’s devices did when they tried them on their own pages. The leaders’ card shows the last."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="device_tests", verbose_name=_("patient"))
    camera = _device(_("camera"))
    microphone = _device(_("microphone"))
    speaker = _device(_("speaker"))
    connection = _device(_("connection"))
    tested_at = models.DateTimeField(_("tested"))

    objects = DeviceTestQuerySet.as_manager()

    class Meta:
        verbose_name = _("test of devices")
        verbose_name_plural = _("tests of devices")
        indexes = [models.Index(fields=["patient", "-tested_at"], name="device_tests_of_a_patient")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(camera="", microphone="", speaker="", connection=""), name="a_device_test_tried_something"
            ),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.patient)


class AgreementQuerySet(models.QuerySet):
    """Versions of agreements."""

    def of_program(self, program: Program) -> "AgreementQuerySet":
        """Of a program, the newest first."""
        return self.filter(program=program).order_by("-version")

    def begun(self) -> "AgreementQuerySet":
        """In force from today or earlier, where the program is; the newest first. The first of a program is the one in force."""
        now = Value(timezone.now(), output_field=models.DateTimeField())
        today = Func(
            F("program__zone"), now, template="timezone(%(expressions)s)::date", output_field=models.DateField()
        )
        return self.filter(in_force_from__lte=today).order_by("-version")


@pghistory.track()
class Agreement(HouseModel):
    """One version of a program's agreement for its groups: confidentiality, a private place, no recording. The newest is in
    force; what was signed stays as it was."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="agreements", verbose_name=_("program"))
    version = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    # The guidelines one can be held to, each a short sentence: the breach log names one.
    guidelines = models.JSONField(_("guidelines"), default=list, blank=True)
    in_force_from = models.DateField(_("in force from"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["program", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["program", "version"], name="one_agreement_a_version"),
            models.CheckConstraint(condition=~Q(text=""), name="an_agreement_says_something"),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.program} {self.version}"


# Nobody read words that are not there.
_READ_WORDS_THERE = """
IF NEW.language <> 'en' AND NOT EXISTS (
    SELECT 1 FROM rooms_agreementwording w WHERE w.agreement_id = NEW.agreement_id AND w.language = NEW.language
) THEN
    RAISE EXCEPTION 'the version has no words in this language' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'an_agreement_signed_was_read';
END IF;
RETURN NEW;
"""


class SignatureQuerySet(models.QuerySet):
    """Signatures under agreements."""

    def visible_to(self, user) -> "SignatureQuerySet":
        """Of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


@pghistory.track()
class AgreementWording(HouseModel):
    """The words of one version in another language. The English ones are in force; these say the same for who reads them, and
    never change. A version may be given one it lacks at any time; nobody signs anew for that."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="wordings", verbose_name=_("agreement"))
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES)
    text = models.TextField(_("text"))
    guidelines = models.JSONField(_("guidelines"), default=list, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )

    class Meta:
        verbose_name = _("agreement in another language")
        verbose_name_plural = _("agreements in other languages")
        ordering = ["agreement", "language"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "language"], name="one_agreement_wording_a_language"),
            models.CheckConstraint(condition=~Q(text=""), name="an_agreement_wording_says_something"),
            models.CheckConstraint(
                condition=~Q(language__in=["", SOURCE]), name="an_agreement_wording_is_in_another_language"
            ),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.agreement} · {self.get_language_display()}"


@pghistory.track()
class AgreementSignature(HouseModel):
    """Somebody in care signed one version of the agreement."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures", verbose_name=_("agreement"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="agreements", verbose_name=_("patient"))
    name = EncryptedTextField(_("signature"))
    language = models.CharField(_("language it was read in"), max_length=5, choices=settings.LANGUAGES, default=SOURCE)
    at = models.DateTimeField(_("signed"))

    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature under an agreement")
        verbose_name_plural = _("signatures under agreements")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "patient"], name="an_agreement_is_signed_once"),
            models.CheckConstraint(condition=~Q(name=""), name="an_agreement_is_signed_by_name"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="read_before_signed",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=_READ_WORDS_THERE,
            ),
        ]

    def __str__(self) -> str:
        return str(self.agreement)
