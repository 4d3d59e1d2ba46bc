"""What is written on boards: posts and what answers them, reports of them, and what those who lead decided."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Patient
from threads.models.boards import Board, leads, runs, seats


class HideReason(models.TextChoices):
    """Why a post is not shown. What its author reads of it: `threads.guidelines.KINDLY`."""

    CONTACT = "contact", _("A way to reach somebody")
    NAME = "name", _("Tells about somebody else")
    HARD = "hard", _("Hard for others to read now")
    UNKIND = "unkind", _("Could hurt somebody")
    PRIVATE = "private", _("Better for the care team")
    ELSEWHERE = "elsewhere", _("Does not belong here")


class PostQuerySet(models.QuerySet):
    """Posts."""

    def in_place_for(self, user) -> "PostQuerySet":
        """What a member sees on boards that are on: what is shown since the day they joined, answers with what they answer, and
        what a leader has pinned whenever that was written."""
        own = seats(user).filter(group=OuterRef("board__group"))
        own_now, own_then, own_before = (
            Exists(own),
            Exists(own.filter(begins__lte=OuterRef("at"))),
            Exists(own.filter(begins__lte=OuterRef("answers__at"))),
        )
        pinned = Q(pinned_at__isnull=False, patient=None)
        under_pinned = Q(answers__pinned_at__isnull=False, answers__patient=None)
        first = Q(answers=None) & (Q(own_then) | pinned & Q(own_now))
        answer = Q(answers__state=Post.State.SHOWN) & Q(own_then) & (Q(own_before) | under_pinned)
        return self.filter(first | answer, state=Post.State.SHOWN, board__closed_at=None)

    def visible_to(self, user) -> "PostQuerySet":
        """One's own, always; a member what is shown to them; who leads the group all of it; who runs its program what was
        reported."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(author=user) | Q(board__group__in=leads(user))
        if programs := runs(user):
            reported = Exists(Report.objects.filter(post=OuterRef("pk")))
            seen |= Q(board__group__program__in=programs) & Q(reported)
        if Role.PATIENT in user.roles:
            seen |= Q(pk__in=self.in_place_for(user).values("pk"))
        return self.filter(seen)

    def to_look_at(self) -> "PostQuerySet":
        """What waits for somebody who leads: not shown yet, or reported. The oldest first."""
        reported = Exists(Report.objects.open().filter(post=OuterRef("pk")))
        return self.filter(Q(state=Post.State.WAITING) | Q(reported)).order_by("pk")


# The insert's wall: whatever way a row comes, its board is on, its author belongs to the group on that day, and an answer answers
# a post of the same board that is no answer itself. The board's row is held, so that nobody closes it meanwhile.
_BELONGS = """
DECLARE
    of_group bigint; closed timestamptz; there text; on_day date; parent record;
BEGIN
    SELECT b.group_id, b.closed_at INTO of_group, closed FROM threads_board b WHERE b.id = NEW.board_id FOR SHARE;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'This board is closed: nothing is posted';
    END IF;
    SELECT p.zone INTO there FROM groups_group g JOIN accounts_program p ON p.id = g.program_id WHERE g.id = of_group;
    on_day := timezone(there, NEW.at)::date;
    IF NEW.patient_id IS NULL THEN
        PERFORM FROM groups_facilitator f WHERE f.group_id = of_group AND f.user_id = NEW.author_id
            AND f.joined_on <= on_day AND (f.left_on IS NULL OR f.left_on > on_day) FOR SHARE;
    ELSE
        PERFORM FROM groups_membership m JOIN patients_patient p ON p.id = m.patient_id
            WHERE m.group_id = of_group AND m.patient_id = NEW.patient_id AND p.user_id = NEW.author_id
            AND m.joined_on <= on_day AND (m.left_on IS NULL OR m.left_on > on_day) FOR SHARE OF m;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Only who is in this group posts on its board';
    END IF;
    IF NEW.answers_id IS NOT NULL THEN
        SELECT t.board_id, t.answers_id INTO parent FROM threads_post t WHERE t.id = NEW.answers_id;
        IF parent.board_id <> NEW.board_id OR parent.answers_id IS NOT NULL THEN
            RAISE EXCEPTION 'An answer is to a post of the same board';
        END IF;
    END IF;
    IF NEW.state NOT IN ('waiting', 'shown') THEN
        RAISE EXCEPTION 'A post begins as waiting or shown';
    END IF;
    RETURN NEW;
END;
"""


# Its history leaves out the text, which never changes.
@pghistory.track(exclude=["text"])
class Post(HouseModel):
    """What somebody wrote on a board, or answered there."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("Waits for a look")
        SHOWN = "shown", _("Shown")
        HIDDEN = "hidden", _("Hidden")
        TAKEN_BACK = "taken_back", _("Taken back")

    board = models.ForeignKey(Board, models.PROTECT, related_name="posts", verbose_name=_("board"))
    answers = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies", verbose_name=_("answers")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="posts", verbose_name=_("written by")
    )
    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("patient")
    )
    text = EncryptedTextField(_("text"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    key = models.UUIDField(_("sent once"), default=uuid.uuid4, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    reason = models.CharField(_("why it is hidden"), max_length=10, choices=HideReason.choices, blank=True)
    note = EncryptedTextField(_("what its author is told"), blank=True)
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    pinned_at = models.DateTimeField(_("pinned"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["board", "-at"], name="posts_of_a_board"),
            models.Index(fields=["author", "-at"], name="posts_of_somebody"),
            models.Index(fields=["board"], condition=Q(state="waiting"), name="posts_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["author", "key"], name="a_post_is_sent_once"),
            models.CheckConstraint(condition=~Q(text=""), name="a_post_says_something"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "shown", "hidden", "taken_back"]), name="post_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_post_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="hidden") & Q(reason="", note="")
                | Q(state="hidden", decided_at__isnull=False, reason__in=HideReason.values),
                name="a_hidden_post_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="taken_back", taken_back_at__isnull=False)
                | ~Q(state="taken_back") & Q(taken_back_at=None),
                name="a_post_is_taken_back_once",
            ),
            models.CheckConstraint(
                condition=Q(pinned_at=None) | Q(state="shown", answers=None), name="what_is_pinned_is_shown"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="stays_as_written",
                fields=["uid", "board", "answers", "author", "patient", "text", "at", "key"],
            ),
            pgtrigger.Trigger(name="belongs", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_BELONGS),
            pgtrigger.FSM(
                name="goes_on",
                field="state",
                transitions=[
                    ("waiting", "shown"),
                    ("waiting", "hidden"),
                    ("waiting", "taken_back"),
                    ("shown", "waiting"),
                    ("shown", "hidden"),
                    ("shown", "taken_back"),
                    ("hidden", "shown"),
                    ("hidden", "taken_back"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class ReportReason(models.TextChoices):
    """Why somebody asks that a post is looked at."""

    WORRY = "worry", _("I am worried about whoever wrote it")
    CONTACT = "contact", _("It holds a way to reach somebody")
    NAME = "name", _("It tells something about somebody else")
    UNKIND = "unkind", _("It hurts me or somebody else")
    HARD = "hard", _("It is hard for me to read")
    OTHER = "other", _("Something else")


class ReportQuerySet(models.QuerySet):
    """Reports."""

    def open(self) -> "ReportQuerySet":
        """Nobody has decided yet."""
        return self.filter(settled_at=None)

    def visible_to(self, user) -> "ReportQuerySet":
        """One's own; who leads the group, or runs its program, all of them."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(post__board__group__in=leads(user)) | Q(post__board__group__program__in=runs(user))
        return self.filter(seen | Q(reporter=user))


# Its history leaves out the words, which never change.
@pghistory.track(exclude=["words"])
class Report(HouseModel):
    """A member asked those who lead to look at a post. Its author never learns who."""

    class Outcome(models.TextChoices):
        """How it was settled."""

        KEPT = "kept", _("The post stays")
        HIDDEN = "hidden", _("The post was hidden")
        GONE = "gone", _("Its author had taken it back")

    post = models.ForeignKey(Post, models.PROTECT, related_name="reports", verbose_name=_("post"))
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports_made", verbose_name=_("reported by")
    )
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+", verbose_name=_("patient"))
    reason = models.CharField(_("reason"), max_length=10, choices=ReportReason.choices)
    words = EncryptedTextField(_("in their words"), blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a post")
        verbose_name_plural = _("reports of posts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["post"], condition=Q(settled_at=None), name="reports_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "reporter"], condition=Q(settled_at=None), name="one_open_report_of_a_post"
            ),
            models.CheckConstraint(condition=Q(reason__in=ReportReason.values), name="report_reason_is_known"),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(words=""), name="a_report_of_something_else_says_what"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None, outcome="")
                | Q(settled_at__isnull=False, settled_by__isnull=False, outcome__in=["kept", "hidden", "gone"]),
                name="a_report_is_settled_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="stays_as_made", fields=["uid", "post", "reporter", "patient", "reason", "words", "at"]
            ),
            pgtrigger.Protect(
                name="settled_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
