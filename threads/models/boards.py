"""The board of a group: whether there is one, who agreed to what holds there, how far each has read."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import CLINICAL, Role
from core.models import HouseModel
from groups.models import Facilitator, Group, Membership
from patients.models import Patient
from rooms.models import Agreement
from threads.models.threads import NEVER_CHANGED


def seats(user) -> models.QuerySet:
    """The places somebody in care has in groups today, by the date where the program is; `begins`: the moment each began."""
    now = Value(timezone.now(), output_field=models.DateTimeField())
    there = F("group__program__zone")
    today = Func(there, now, template="timezone(%(expressions)s)::date", output_field=models.DateField())
    begins = Func(
        there, F("joined_on"), template="timezone(%(expressions)s::timestamp)", output_field=models.DateTimeField()
    )
    found = Membership.objects.filter(patient__user=user).annotate(today=today, begins=begins)
    return found.filter(Q(left_on=None) | Q(left_on__gt=F("today")), joined_on__lte=F("today"))


def leads(user) -> models.QuerySet:
    """The groups somebody leads today, or whose leaders they supervise. A cover or a visitor leads a session, not the group."""
    leaders = Q(user=user)
    if Role.SUPERVISOR in user.roles:
        leaders |= Q(user__staff_profile__supervisor=user)
    if not user.roles & CLINICAL:
        leaders = Q(pk__in=[])
    return Facilitator.objects.current().filter(leaders).values("group")


def runs(user) -> list[int]:
    """Ids of the programs somebody runs: they turn boards on and off, and see what was reported."""
    return user.program_ids(Role.PROGRAM_ADMIN) if Role.PROGRAM_ADMIN in user.roles else []


class BoardQuerySet(models.QuerySet):
    """Boards."""

    def open(self) -> "BoardQuerySet":
        """Turned on."""
        return self.filter(closed_at=None)

    def read_by(self, user) -> "BoardQuerySet":
        """Boards that are on, of the groups somebody in care is in today."""
        if not user.is_authenticated or not user.is_active or Role.PATIENT not in user.roles:
            return self.none()
        return self.open().filter(group__in=seats(user).values("group"))

    def led_by(self, user) -> "BoardQuerySet":
        """Boards of the groups somebody leads today, or whose leaders they supervise."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(group__in=leads(user))

    def visible_to(self, user) -> "BoardQuerySet":
        """Those of the groups one is in (while on), leads, supervises, or whose program one runs."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(group__in=leads(user)) | Q(group__program__in=runs(user))
        if Role.PATIENT in user.roles:
            seen |= Q(closed_at=None, group__in=seats(user).values("group"))
        return self.filter(seen)


@pghistory.track()
class Board(HouseModel):
    """The board of a group. Without a row, and once closed, there is none: off is how every group begins."""

    group = models.OneToOneField(Group, models.PROTECT, related_name="board", verbose_name=_("group"))
    looks_first = models.BooleanField(
        _("shown only after somebody who leads has looked"),
        default=True,
        help_text=_("Otherwise posts are shown at once, and can be hidden afterwards."),
    )
    opened_at = models.DateTimeField(_("turned on"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("turned on by")
    )
    closed_at = models.DateTimeField(_("turned off"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("turned off by"),
    )

    objects = BoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("board")
        verbose_name_plural = _("boards")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False, closed_at__gte=F("opened_at")),
                name="a_board_is_closed_by_somebody",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="stays_its_groups", fields=["uid", "group"]),
        ]

    def __str__(self) -> str:
        return str(self.group)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class AgreementQuerySet(models.QuerySet):
    """Who agreed to what holds on a board."""

    def visible_to(self, user) -> "AgreementQuerySet":
        """Of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


class BoardAgreement(models.Model):
    """Somebody in care read what holds on the board and agreed. agreement: the program's, where one was in force; whoever has
    signed that one need not agree again here."""

    board = models.ForeignKey(Board, models.PROTECT, related_name="agreed", verbose_name=_("board"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+", verbose_name=_("patient"))
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agreement")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement to a board’s guidelines")
        verbose_name_plural = _("agreements to boards’ guidelines")
        constraints = [
            models.UniqueConstraint(
                fields=["board", "patient", "agreement"], nulls_distinct=False, name="agreed_once_to_a_board"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=NEVER_CHANGED)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class BoardSeenQuerySet(models.QuerySet):
    """How far boards were read."""

    def visible_to(self, user) -> "BoardSeenQuerySet":
        """One's own."""
        return self.filter(user=user) if user.is_authenticated and user.is_active else self.none()


class BoardSeen(models.Model):
    """How far a member has read a board, so that what is new is marked. Nobody else is shown it."""

    board = models.ForeignKey(Board, models.PROTECT, related_name="seen", verbose_name=_("board"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reader"))
    up_to = models.DateTimeField(_("read up to"))

    objects = BoardSeenQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading of a board")
        verbose_name_plural = _("readings of boards")
        constraints = [models.UniqueConstraint(fields=["board", "user"], name="one_reading_of_a_board")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.up_to:%Y-%m-%d %H:%M}"
