"""What life changes: closures, time off and who covers, a seat offered to make up hours."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import CLINICAL, Role
from accounts.models import Program, StaffProfile
from core.models import HouseModel
from patients.models import Episode, Patient, id_range
from scheduling.models.bookings import TimeRange
from scheduling.models.sessions import Session


class ClosureQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ClosureQuerySet":
        """Those of the programs the person works in."""
        staff = [role for role in Role if role is not Role.PATIENT]
        return self.filter(program__in=user.program_ids(*staff)) if user.is_authenticated else self.none()

    def in_force(self) -> "ClosureQuerySet":
        """Not lifted."""
        return self.filter(lifted_at=None)


@pghistory.track()
class Closure(HouseModel):
    """A program is closed from `starts_on` to `last_on`, both included: a person said so, also of a public holiday."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="closures", verbose_name=_("program"))
    starts_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=120)
    with_appointments = models.BooleanField(_("appointments too"), default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["starts_on"]
        indexes = [models.Index(fields=["program", "starts_on"], name="closures_of_a_program")]
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("starts_on")), name="closure_dates"),
            models.CheckConstraint(condition=~Q(reason=""), name="closure_has_a_reason"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.program} · {self.starts_on}"


class TimeOffQuerySet(models.QuerySet):
    def visible_to(self, user) -> "TimeOffQuerySet":
        """One's own; of those one supervises; and, for coordinators and admins, of their programs' staff."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(user=user)
        if Role.SUPERVISOR in user.roles:
            seen |= Q(user__in=StaffProfile.objects.filter(supervisor=user).values("user_id"))
        if programs := user.program_ids(Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN):
            seen |= Q(user__role_assignments__program__in=programs, user__role_assignments__role__in=CLINICAL)
        return self.filter(seen).distinct()

    def in_force(self) -> "TimeOffQuerySet":
        """Not withdrawn."""
        return self.filter(withdrawn_at=None)


@pghistory.track()
class TimeOff(HouseModel):
    """A member of staff is away from `starts_at` to `ends_at`. Why is their own affair: it is not asked."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="time_off", verbose_name=_("person")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = TimeOffQuerySet.as_manager()

    class Meta:
        verbose_name = _("time off")
        verbose_name_plural = _("time off")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="time_off_ends_after_start"),
            ExclusionConstraint(
                name="one_time_off_at_a_time",
                expressions=[
                    (id_range("user_id"), RangeOperators.OVERLAPS),
                    (TimeRange(F("starts_at"), F("ends_at")), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at=None),
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user} · {timezone.localtime(self.starts_at):%Y-%m-%d}"


class CoverRequestQuerySet(models.QuerySet):
    def open(self) -> "CoverRequestQuerySet":
        """Nobody took it yet, and it can still be taken."""
        return self.filter(
            closed_at=None, session__starts_at__gt=timezone.now(), session__status=Session.Status.SCHEDULED
        )

    def standing(self) -> "CoverRequestQuerySet":
        """Taken over, and not given back: the session names whoever took it."""
        named = Q(part="lead", session__lead=F("taken_by")) | Q(part="co", session__co=F("taken_by"))
        return self.filter(named, outcome=CoverRequest.Outcome.TAKEN)

    def visible_to(self, user) -> "CoverRequestQuerySet":
        """Of sessions of the programs where the person is a clinician, supervisor, coordinator or admin: a request shows a
        time, a kind of group and how many are expected, and nobody in it."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        roles = (*CLINICAL, Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN)
        return self.filter(session__group__program__in=user.program_ids(*roles))


@pghistory.track()
class CoverRequest(HouseModel):
    """Somebody else is to lead this session in this part."""

    class Outcome(models.TextChoices):
        """How it ended."""

        TAKEN = "taken", _("Taken over")
        WITHDRAWN = "withdrawn", _("No longer needed")

    session = models.ForeignKey(Session, models.PROTECT, related_name="cover_requests", verbose_name=_("session"))
    part = models.CharField(_("part"), max_length=4, choices=[("lead", _("Lead")), ("co", _("Co-facilitator"))])
    absent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cover_wanted", verbose_name=_("absent")
    )
    time_off = models.ForeignKey(
        TimeOff, models.PROTECT, null=True, blank=True, related_name="cover_requests", verbose_name=_("time off")
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cover_given",
        verbose_name=_("taken by"),
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)

    objects = CoverRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for cover")
        verbose_name_plural = _("requests for cover")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "part"], condition=Q(closed_at=None), name="one_open_request_per_part"
            ),
            models.CheckConstraint(condition=Q(part__in=["lead", "co"]), name="cover_part_is_known"),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="", taken_by=None)
                | Q(closed_at__isnull=False, outcome="taken", taken_by__isnull=False)
                | Q(closed_at__isnull=False, outcome="withdrawn", taken_by=None),
                name="cover_ends_with_an_outcome",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.session} · {self.get_part_display()}"


class SeatOfferQuerySet(models.QuerySet):
    def visible_to(self, user) -> "SeatOfferQuerySet":
        """Offers to the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))

    def open(self) -> "SeatOfferQuerySet":
        """Not answered, and the session has not begun."""
        return self.filter(
            state=SeatOffer.State.OPEN,
            session__starts_at__gt=timezone.now(),
            session__status=Session.Status.SCHEDULED,
        )


@pghistory.track()
class SeatOffer(HouseModel):
    """A seat in one session is offered to somebody who would else miss their weekly hours. They decide."""

    class State(models.TextChoices):
        """Where it stands. An open one whose session has begun has lapsed."""

        OPEN = "open", _("Offered")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    session = models.ForeignKey(Session, models.PROTECT, related_name="seat_offers", verbose_name=_("session"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="seat_offers", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="seat_offers", verbose_name=_("episode"))
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="seats_offered", verbose_name=_("offered by")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = SeatOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer of a seat")
        verbose_name_plural = _("offers of seats")
        indexes = [models.Index(fields=["patient", "state"], name="offers_to_a_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "patient"], condition=Q(state="open"), name="one_open_offer_per_session"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None)
                | Q(state__in=["accepted", "declined", "withdrawn"], answered_at__isnull=False),
                name="an_answer_has_a_time",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.patient} · {self.session}"
