"""What is written and asked in a room. Words are kept only where the program has turned that on; else, that they were written."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from core.fields import EncryptedTextField
from core.models import HouseModel
from groups.models import Group
from rooms.models.people import OfParticipantQuerySet, Participant
from rooms.models.rooms import Room
from scheduling.models import Session


class ChatLine(models.Model):
    """That somebody wrote something to somebody. uid: the page's own, so that what is sent again is written once. text: empty
    unless the program keeps words."""

    class To(models.TextChoices):
        """To whom."""

        ALL = "all", _("Everybody")
        LEADERS = "leaders", _("The leaders")
        ONE = "one", _("One person")

    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="chat_lines", verbose_name=_("written by")
    )
    to = models.CharField(_("to"), max_length=7, choices=To.choices)
    one = models.ForeignKey(
        Participant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to this person")
    )
    at = models.DateTimeField(_("written"))
    text = EncryptedTextField(_("text"), blank=True)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of chat")
        verbose_name_plural = _("lines of chat")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "uid"], name="a_line_is_written_once"),
            models.CheckConstraint(
                condition=Q(to="one", one__isnull=False) | Q(to__in=["all", "leaders"], one=None),
                name="a_line_is_to_somebody",
            ),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_to_display()


class PollKind(models.TextChoices):
    """What a poll asks for."""

    SINGLE = "single", _("One choice")
    MULTIPLE = "multiple", _("Several choices")
    SCALE = "scale", _("A scale from 0 to 10")
    WORD = "word", _("One word")


@pghistory.track()
class Poll(HouseModel):
    """A question to everybody. Results are shown when the leader says."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="polls", verbose_name=_("room"))
    kind = models.CharField(_("kind"), max_length=8, choices=PollKind.choices)
    title = models.CharField(_("question"), max_length=200)
    options = ArrayField(models.CharField(max_length=120), verbose_name=_("choices"), default=list, blank=True)
    is_anonymous = models.BooleanField(_("anonymous"), default=True)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    shown_at = models.DateTimeField(_("results shown"), null=True, blank=True)

    class Meta:
        verbose_name = _("poll")
        verbose_name_plural = _("polls")
        ordering = ["opened_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="a_poll_asks_something"),
            models.CheckConstraint(condition=Q(kind__in=PollKind.values), name="poll_kind_is_known"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.title


class PollVote(models.Model):
    """That somebody answered a poll, once."""

    poll = models.ForeignKey(Poll, models.PROTECT, related_name="votes", verbose_name=_("poll"))
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="votes", verbose_name=_("person in the room")
    )

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [models.UniqueConstraint(fields=["poll", "participant"], name="one_vote_each")]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)


class PollAnswer(models.Model):
    """One answer. Of an anonymous poll it has no person, no time and a random id. Deleted when the room ends, unless kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    poll = models.ForeignKey(Poll, models.PROTECT, related_name="answers", verbose_name=_("poll"))
    participant = models.ForeignKey(
        Participant, models.PROTECT, null=True, blank=True, related_name="poll_answers", verbose_name=_("given by")
    )
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"), default=list, blank=True)
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    word = EncryptedTextField(_("word"), blank=True)

    objects = OfParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to a poll")
        verbose_name_plural = _("answers to polls")
        constraints = [
            models.CheckConstraint(condition=Q(number=None) | Q(number__range=(0, 10)), name="poll_scale_0_to_10")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Prompt(models.Model):
    """Something to write about in silence, or a card with an open question. What is written stays with whoever writes it."""

    class Kind(models.TextChoices):
        """What it is for."""

        WRITING = "writing", _("Silent writing")
        ICEBREAKER = "icebreaker", _("Icebreaker")
        QUESTION = "question", _("Open question")

    room = models.ForeignKey(Room, models.PROTECT, related_name="prompts", verbose_name=_("room"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    text = models.CharField(_("prompt"), max_length=400)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("prompt")
        verbose_name_plural = _("prompts")
        ordering = ["opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["room"], condition=Q(closed_at=None), name="one_prompt_at_a_time"),
            models.CheckConstraint(condition=~Q(text=""), name="a_prompt_says_something"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.text


class HandoutQuerySet(models.QuerySet):
    """Handouts."""

    def visible_to(self, user) -> "HandoutQuerySet":
        """Staff: of the groups and sessions they may open. Somebody in care: those that were shown while they were let in."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if Role.PATIENT in user.roles:
            mine = Participant.objects.filter(user=user, patient__isnull=False, state=Participant.State.IN)
            shown = HandoutShown.objects.filter(room__in=mine.values("room"))
            return self.filter(pk__in=shown.values("handout"), withdrawn_at=None)
        return self.filter(
            Q(group__in=Group.objects.visible_to(user)) | Q(session__in=Session.objects.visible_to(user))
        )

    def of_session(self, session: Session) -> "HandoutQuerySet":
        """Of a session: its own, and those of its group."""
        return self.filter(Q(session=session) | Q(group=session.group_id), withdrawn_at=None)


@pghistory.track()
class Handout(HouseModel):
    """Pages for a group or one session: a text of ours in pages, or pictures (a whiteboard that was kept)."""

    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="handouts", verbose_name=_("group")
    )
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="handouts", verbose_name=_("session")
    )
    title = models.CharField(_("title"), max_length=120)
    # Pages of text, divided by a line of three dashes; of a whiteboard its drawing as it was exported (SVG).
    text = EncryptedTextField(_("text"), blank=True)
    drawing = EncryptedTextField(_("drawing"), blank=True)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = HandoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("handout")
        verbose_name_plural = _("handouts")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(group=None, session__isnull=False) | Q(group__isnull=False, session=None),
                name="a_handout_is_of_one_thing",
            ),
            models.CheckConstraint(condition=~Q(text="") | ~Q(drawing=""), name="a_handout_shows_something"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.title


class HandoutShown(models.Model):
    """A handout was opened for all in a room."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="handouts_shown", verbose_name=_("room"))
    handout = models.ForeignKey(Handout, models.PROTECT, related_name="shown_in", verbose_name=_("handout"))
    page = models.PositiveSmallIntegerField(_("page"), default=1)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("handout shown")
        verbose_name_plural = _("handouts shown")
        ordering = ["opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["room"], condition=Q(closed_at=None), name="one_handout_at_a_time")
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.handout)
