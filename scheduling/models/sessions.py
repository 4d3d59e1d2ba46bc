"""Weekly slots (wall time) and the dated sessions they make (UTC)."""

import datetime as dt

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import StaffProfile
from core.fields import ZoneField
from core.models import HouseModel
from groups.models import Group
from scheduling.models.timed import Timed


def _leader(words: str) -> models.ForeignKey:
    """Somebody who leads instead of the group's own facilitator in this part; NULL: the group's own."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=words
    )


class SlotQuerySet(models.QuerySet):
    def not_over(self, on: dt.date | None = None) -> "SlotQuerySet":
        """Slots that meet on a date (today by default) or later; not those that end before they began."""
        day = on or timezone.localdate()
        return self.filter(Q(ends_on=None) | (Q(ends_on__gt=day) & Q(ends_on__gt=F("starts_on"))))


@pghistory.track()
class Slot(HouseModel):
    """A group meets every week on this weekday at this wall time of this zone, so that 9:00 stays 9:00 on a clock change.

    It is never edited where sessions were held: a change from a date on ends it there (`ends_on`) and goes on in another slot
    that `follows` it.
    """

    group = models.ForeignKey(Group, models.PROTECT, related_name="slots", verbose_name=_("group"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=sorted(WEEKDAYS.items()))
    starts_at = models.TimeField(_("starts at"), help_text=_("Wall time in the zone below."))
    zone = ZoneField(verbose_name=_("time zone"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        default=60,
        validators=[MinValueValidator(15), MaxValueValidator(240)],
        help_text=_("Break included."),
    )
    break_minutes = models.PositiveSmallIntegerField(
        _("break"), default=0, help_text=_("Minutes that are not treatment.")
    )
    topic = models.CharField(_("topic"), max_length=160, blank=True)
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("until"), null=True, blank=True, help_text=_("The first day it no longer meets."))
    lead = _leader(_("lead facilitator of this slot"))
    co = _leader(_("co-facilitator of this slot"))
    follows = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by", verbose_name=_("follows")
    )

    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("weekly slot")
        verbose_name_plural = _("weekly slots")
        ordering = ["weekday", "starts_at"]
        indexes = [models.Index(fields=["group", "weekday"], name="slots_of_a_group")]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="slot_weekday"),
            models.CheckConstraint(condition=Q(minutes__range=(15, 240)), name="slot_15_to_240_minutes"),
            models.CheckConstraint(condition=Q(break_minutes__lt=F("minutes")), name="slot_break_within"),
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="slot_dates"),
            models.CheckConstraint(
                condition=Q(lead=None) | Q(co=None) | ~Q(lead=F("co")), name="slot_led_by_two_people"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts_at:%H:%M} · {self.group}"


class SessionQuerySet(models.QuerySet):
    def visible_to(self, user) -> "SessionQuerySet":
        """Sessions this person may open: where they are booked, where somebody they supervise is, and for coordinators and
        admins those of their programs. A cancelled one has no bookings left and stays known to those of its group."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        from scheduling.models.bookings import Booking  # which points here

        here = Booking.objects.live()
        seen = Q(pk__in=here.filter(user=user).values("session_id"))
        if Role.SUPERVISOR in user.roles:
            supervised = StaffProfile.objects.filter(supervisor=user).values("user_id")
            seen |= Q(pk__in=here.filter(user__in=supervised).values("session_id"))
        if Role.PATIENT in user.roles:
            seen |= Q(pk__in=here.filter(patient__user=user).values("session_id"))
        if programs := user.program_ids(Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN):
            seen |= Q(group__program_id__in=programs)
        seen |= Q(status=Session.Status.CANCELLED, group__in=Group.objects.visible_to(user))
        return self.filter(seen)

    def scheduled(self) -> "SessionQuerySet":
        """Not cancelled."""
        return self.filter(status=Session.Status.SCHEDULED)

    def between(self, start: dt.datetime, end: dt.datetime) -> "SessionQuerySet":
        """Beginning from `start` up to, not including, `end`."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)


@pghistory.track()
class Session(Timed, HouseModel):
    """One dated meeting of a group. Its own row: cancelling or moving it leaves the series alone."""

    class Status(models.TextChoices):
        """Whether it takes place."""

        SCHEDULED = "scheduled", _("Scheduled")
        CANCELLED = "cancelled", _("Cancelled")

    group = models.ForeignKey(Group, models.PROTECT, related_name="sessions", verbose_name=_("group"))
    slot = models.ForeignKey(
        Slot, models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("weekly slot")
    )
    slot_date = models.DateField(_("date in the series"), null=True, blank=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    zone = ZoneField(verbose_name=_("time zone"))
    break_minutes = models.PositiveSmallIntegerField(_("break"), default=0)
    topic = models.CharField(_("topic"), max_length=160, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.SCHEDULED)
    reason = models.CharField(_("reason for the change"), max_length=200, blank=True)
    moved_from = models.DateTimeField(_("moved from"), null=True, blank=True)
    changes = models.PositiveSmallIntegerField(_("changes"), default=0)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    lead = _leader(_("lead facilitator of this session"))
    co = _leader(_("co-facilitator of this session"))
    # A person decided something about this very session: a change of its slot leaves it alone.
    by_hand = models.BooleanField(_("changed by hand"), default=False)
    closure = models.ForeignKey(
        "scheduling.Closure",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sessions",
        verbose_name=_("closed because of"),
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["starts_at"], name="sessions_by_start"),
            models.Index(fields=["group", "starts_at"], name="sessions_of_a_group"),
            models.Index(fields=["slot", "slot_date"], name="sessions_of_a_slot"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["slot", "slot_date"], name="one_session_per_slot_and_date"),
            # Bookings carry both times and point here, so the database keeps them the same.
            models.UniqueConstraint(fields=["id", "starts_at", "ends_at"], name="session_with_its_times"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            models.CheckConstraint(
                condition=Q(slot=None, slot_date=None) | Q(slot__isnull=False, slot_date__isnull=False),
                name="session_slot_and_date",
            ),
            models.CheckConstraint(condition=Q(status="scheduled") | ~Q(reason=""), name="cancelled_has_a_reason"),
            models.CheckConstraint(condition=Q(status__in=["scheduled", "cancelled"]), name="session_status_is_known"),
            models.CheckConstraint(
                condition=Q(lead=None) | Q(co=None) | ~Q(lead=F("co")), name="session_led_by_two_people"
            ),
            models.CheckConstraint(condition=Q(closure=None) | Q(status="cancelled"), name="closed_is_cancelled"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.group} · {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        """Length in minutes, break included."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def treatment_minutes(self) -> int:
        """Length in minutes without the break: what somebody who stayed throughout attended."""
        return self.minutes - self.break_minutes

    @property
    def title(self) -> str:
        """Topic of the day, else of the group, else its name."""
        return self.topic or self.group.topic or self.group.name
