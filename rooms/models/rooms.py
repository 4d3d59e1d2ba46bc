"""A live room: one of each session, what its program allows in it, and the steps it is planned to go through."""

import secrets

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from core.fields import EncryptedTextField
from core.models import HouseModel
from groups.models import Group
from scheduling.models import Session


class Backend(models.TextChoices):
    """What carries sound and pictures."""

    JANUS = "janus", _("Here, by our own media server (Janus)")
    LIVEKIT = "livekit", _("Here, by LiveKit")
    LINK = "link", _("In another program, by its link")


class Keeps(models.TextChoices):
    """What is kept of what people write to each other in a room."""

    FACT = "fact", _("Only that it was written")
    TEXT = "text", _("The words too")


class Camera(models.TextChoices):
    """What a group asks of cameras."""

    CHOICE = "choice", _("On or off, as each wants")
    ASKED = "asked", _("Asked to be on; off is allowed")
    ON = "on", _("On: off only by agreement with a leader")


@pghistory.track()
class RoomPolicy(HouseModel):
    """What one program allows in its rooms. Without a row the defaults hold: they keep and allow the least."""

    program = models.OneToOneField(Program, models.PROTECT, related_name="room_policy", verbose_name=_("program"))
    backend = models.CharField(_("sound and pictures"), max_length=8, choices=Backend.choices, default=Backend.JANUS)
    peer_chat = models.BooleanField(_("members may write to each other"), default=False)
    chat_keeps = models.CharField(_("of chat is kept"), max_length=4, choices=Keeps.choices, default=Keeps.FACT)
    poll_keeps = models.BooleanField(_("answers to polls are kept"), default=False)
    board_keeps = models.BooleanField(_("whiteboards are kept as handouts"), default=False)
    camera = models.CharField(_("cameras"), max_length=6, choices=Camera.choices, default=Camera.CHOICE)
    # SAMHSA: blocks of 60-90 minutes with short breaks (CLINICAL_FACTS section 1).
    break_after = models.PositiveSmallIntegerField(
        _("a break is suggested after"),
        default=60,
        validators=[MinValueValidator(20), MaxValueValidator(180)],
        help_text=_("Minutes in front of a screen."),
    )

    class Meta:
        verbose_name = _("rules of live rooms")
        verbose_name_plural = _("rules of live rooms")
        constraints = [
            models.CheckConstraint(condition=Q(break_after__range=(20, 180)), name="break_after_20_to_180"),
            models.CheckConstraint(condition=Q(backend__in=Backend.values), name="policy_backend_is_known"),
            models.CheckConstraint(condition=Q(chat_keeps__in=Keeps.values), name="policy_chat_keeps_is_known"),
            models.CheckConstraint(condition=Q(camera__in=Camera.values), name="policy_camera_is_known"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.program)


def media_number() -> int:
    """A new room number for the media server: 1 to 2**53 - 1, so that a browser can hold it, and not to be guessed."""
    return secrets.randbelow(2**53 - 1) + 1


def media_secret() -> str:
    """A new secret of a media room."""
    return secrets.token_urlsafe(24)


class RoomQuerySet(models.QuerySet):
    """Rooms."""

    def visible_to(self, user) -> "RoomQuerySet":
        """Rooms of the sessions the user may open."""
        return self.filter(session__in=Session.objects.visible_to(user))

    def running(self) -> "RoomQuerySet":
        """Not ended."""
        return self.filter(ended_at=None)


@pghistory.track(exclude=["seq"])
class Room(HouseModel):
    """The live room of one session: made when the first person comes to its door, over when a leader ends it.

    seq counts what happened in it, in the order everybody hears of it. What carries sound and pictures is fixed for its life.
    """

    session = models.OneToOneField(Session, models.PROTECT, related_name="room", verbose_name=_("session"))
    backend = models.CharField(_("sound and pictures"), max_length=8, choices=Backend.choices)
    number = models.BigIntegerField(_("number of the media room"), unique=True, default=media_number, editable=False)
    secret = EncryptedTextField(_("secret of the media room"), default=media_secret, editable=False)
    seq = models.BigIntegerField(_("how much happened"), default=0)
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )
    is_locked = models.BooleanField(_("locked: nobody new comes in"), default=False)
    check_opened_at = models.DateTimeField(_("closing check opened"), null=True, blank=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("live room")
        verbose_name_plural = _("live rooms")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["session"], condition=Q(ended_at=None), name="rooms_running")]
        constraints = [
            models.CheckConstraint(condition=Q(number__range=(1, 2**53 - 1)), name="room_number_fits_a_browser"),
            models.CheckConstraint(condition=Q(backend__in=Backend.values), name="room_backend_is_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(began_at=None) | Q(ended_at__gte=F("began_at")),
                name="room_ends_after_it_began",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.session)

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None


class StepKind(models.TextChoices):
    """What a step of a session is (FIELD: an agenda that runs the session)."""

    CHECK_IN = "check_in", _("Check-in round")
    OBJECTIVE = "objective", _("Objective")
    TEACHING = "teaching", _("Teaching")
    ACTIVITY = "activity", _("Activity")
    BREAK = "break", _("Break")
    PRACTICE = "practice", _("Practice")
    CLOSING = "closing", _("Closing round")
    CLOSING_CHECK = "closing_check", _("Closing check")


_MINUTES = {"validators": [MinValueValidator(1), MaxValueValidator(240)]}


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class PlannedStep(models.Model):
    """One step of a group's usual agenda, or of one session's own."""

    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="planned_steps", verbose_name=_("group")
    )
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="planned_steps", verbose_name=_("session")
    )
    place = models.PositiveSmallIntegerField(_("place"))
    kind = models.CharField(_("kind"), max_length=13, choices=StepKind.choices)
    title = models.CharField(_("title"), max_length=120, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), **_MINUTES)

    class Meta:
        verbose_name = _("planned step")
        verbose_name_plural = _("planned steps")
        ordering = ["place"]
        constraints = [
            models.CheckConstraint(
                condition=Q(group=None, session__isnull=False) | Q(group__isnull=False, session=None),
                name="planned_for_one_thing",
            ),
            models.UniqueConstraint(fields=["group", "place"], name="one_planned_step_a_place"),
            models.UniqueConstraint(fields=["session", "place"], name="one_planned_step_a_place_of_a_session"),
            models.CheckConstraint(condition=Q(minutes__range=(1, 240)), name="planned_step_1_to_240_minutes"),
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="planned_step_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.title or self.get_kind_display()


@pghistory.track()
class Step(models.Model):
    """One step of a room's agenda: copied from the plan when the room is made, then run. A break is no treatment."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="steps", verbose_name=_("room"))
    place = models.PositiveSmallIntegerField(_("place"))
    kind = models.CharField(_("kind"), max_length=13, choices=StepKind.choices)
    title = models.CharField(_("title"), max_length=120, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), **_MINUTES)
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    skipped = models.BooleanField(_("skipped"), default=False)

    class Meta:
        verbose_name = _("step of the agenda")
        verbose_name_plural = _("steps of the agenda")
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "place"], name="one_step_a_place", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(
                fields=["room"], condition=Q(began_at__isnull=False, ended_at=None), name="one_step_at_a_time"
            ),
            models.CheckConstraint(condition=Q(minutes__range=(1, 240)), name="step_1_to_240_minutes"),
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="step_kind_is_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(began_at__isnull=False, ended_at__gte=F("began_at")),
                name="step_ends_after_it_began",
            ),
            models.CheckConstraint(condition=Q(skipped=False) | Q(began_at=None), name="a_skipped_step_never_began"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.title or self.get_kind_display()
