"""What somebody in care asks for: to be excused from a session of theirs, or a seat in one that is not. A person answers."""

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Episode, Patient
from scheduling.models.bookings import Booking
from scheduling.models.sessions import Session


@pghistory.track()
class RequestPolicy(models.Model):
    """What a program lets people ask for. Without a row the defaults hold (`RequestPolicy.of`)."""

    program = models.OneToOneField(Program, models.PROTECT, related_name="request_policy", verbose_name=_("program"))
    excuse_hours = models.PositiveSmallIntegerField(
        _("asks to be excused until (hours before)"),
        default=0,
        validators=[MaxValueValidator(72)],
        help_text=_("0: until the session begins."),
    )
    seats_at_once = models.BooleanField(
        _("a free seat is theirs at once"),
        default=False,
        help_text=_("Somebody who makes up hours is booked without anybody’s confirmation."),
    )

    class Meta:
        verbose_name = _("rule for requests")
        verbose_name_plural = _("rules for requests")
        constraints = [
            models.CheckConstraint(condition=Q(excuse_hours__range=(0, 72)), name="excused_until_0_to_72_hours")
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.program)

    @classmethod
    def of(cls, program_id: int) -> "RequestPolicy":
        """The program's rule, or the default. One query."""
        return cls.objects.filter(program_id=program_id).first() or cls(program_id=program_id)


class ExcuseQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ExcuseQuerySet":
        """One's own, and those of the patients visible to the user."""
        return self.filter(booking__patient__in=Patient.objects.visible_to(user))

    def standing(self) -> "ExcuseQuerySet":
        """Not taken back, of somebody still booked, and for the time the session still has: moved, it is another question."""
        return self.exclude(state=ExcuseRequest.State.WITHDRAWN).filter(
            booking__released_at=None, asked_for=F("booking__starts_at")
        )

    def waiting(self) -> "ExcuseQuerySet":
        """Nobody has answered, and the session is not over; the soonest first."""
        standing = self.standing().filter(state=ExcuseRequest.State.OPEN, booking__ends_at__gt=timezone.now())
        return standing.order_by("asked_for", "pk")

    def excused(self) -> "ExcuseQuerySet":
        """Those a person has said yes to."""
        return self.standing().filter(state=ExcuseRequest.State.EXCUSED)


_ASKED_STAYS = """
    IF TG_OP = 'UPDATE' AND (NEW.booking_id, NEW.asked_for, NEW.reason, NEW.words, NEW.created_at)
        IS DISTINCT FROM (OLD.booking_id, OLD.asked_for, OLD.reason, OLD.words, OLD.created_at) THEN
        RAISE EXCEPTION 'what was asked stays as it was asked' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM scheduling_booking b
        WHERE b.id = NEW.booking_id AND b.patient_id IS NOT NULL AND b.session_id IS NOT NULL) THEN
        RAISE EXCEPTION 'only somebody in care is excused from a session' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""


@pghistory.track()
class ExcuseRequest(HouseModel):
    """Somebody asks ahead to be excused from a session they are booked for.

    It is no absence: whoever takes attendance confirms that, and is proposed what was answered here. `asked_for`: when the
    session was to begin as they asked.
    """

    class Reason(models.TextChoices):
        """Why, as far as they want to say. None asks for anything medical."""

        UNWELL = "unwell", _("I’m not well")
        WORK = "work", _("Work or school")
        FAMILY = "family", _("Family, or somebody I care for")
        OTHER_APPOINTMENT = "other", _("Another appointment")
        TRAVEL = "travel", _("On the way, or no private place")
        TECHNICAL = "technical", _("Phone, computer or network")
        UNSAID = "unsaid", _("I’d rather not say")

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("Waits for an answer")
        EXCUSED = "excused", _("Excused")
        EXPECTED = "expected", _("Please come")
        TALK = "talk", _("Let us talk")
        WITHDRAWN = "withdrawn", _("Taken back")

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="excuse_requests", verbose_name=_("booking"))
    asked_for = models.DateTimeField(_("session begins"))
    reason = models.CharField(_("reason"), max_length=9, choices=Reason.choices)
    words = EncryptedTextField(_("in their words"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    answer = EncryptedTextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answers = models.PositiveSmallIntegerField(_("times answered"), default=0)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = ExcuseQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to be excused")
        verbose_name_plural = _("requests to be excused")
        ordering = ["-asked_for", "-pk"]
        indexes = [models.Index(fields=["asked_for"], condition=Q(state="open"), name="excuses_waiting")]
        constraints = [
            models.UniqueConstraint(
                fields=["booking"], condition=~Q(state="withdrawn"), name="one_excuse_request_per_booking"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None, withdrawn_at=None)
                | Q(state__in=["excused", "expected", "talk"], answered_at__isnull=False, withdrawn_at=None)
                | Q(state="withdrawn", withdrawn_at__isnull=False),
                name="excuse_state_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="excuse_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["expected", "talk"]) | ~Q(answer=""), name="a_no_to_an_excuse_says_why"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="asked_stays",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_ASKED_STAYS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_for:%Y-%m-%d %H:%M}"

    @property
    def patient(self) -> Patient:
        return self.booking.patient

    @property
    def session(self) -> Session:
        return self.booking.session

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN


class SeatRequestQuerySet(models.QuerySet):
    def visible_to(self, user) -> "SeatRequestQuerySet":
        """One's own, and those of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))

    def waiting(self) -> "SeatRequestQuerySet":
        """Not answered, and the session can still be had; the soonest first."""
        return self.filter(
            state=SeatRequest.State.OPEN,
            session__starts_at__gt=timezone.now(),
            session__status=Session.Status.SCHEDULED,
        ).order_by("session__starts_at", "pk")


_VISIT_IS_THEIRS = """
    IF NEW.visit_id IS NOT NULL AND NOT EXISTS (SELECT FROM scheduling_booking b
        WHERE b.id = NEW.visit_id AND b.patient_id = NEW.patient_id AND b.session_id = NEW.session_id) THEN
        RAISE EXCEPTION 'the seat is of this person in this session' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""


@pghistory.track()
class SeatRequest(HouseModel):
    """Somebody asks for a free seat in one session, to make up hours. Confirmed, they are booked as a visitor (`visit`)."""

    class State(models.TextChoices):
        """Where it stands. An open one whose session has begun has lapsed."""

        OPEN = "open", _("Waits for an answer")
        BOOKED = "booked", _("Booked")
        DECLINED = "declined", _("Not this time")
        WITHDRAWN = "withdrawn", _("Taken back")

    session = models.ForeignKey(Session, models.PROTECT, related_name="seat_requests", verbose_name=_("session"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="seat_requests", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="seat_requests", verbose_name=_("episode"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    answer = EncryptedTextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
        help_text=_("Empty: booked at once, or taken back."),
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    visit = models.OneToOneField(
        Booking, models.PROTECT, null=True, blank=True, related_name="asked_as", verbose_name=_("seat")
    )

    objects = SeatRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for a seat")
        verbose_name_plural = _("requests for seats")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["patient", "state"], name="seat_requests_of_a_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "patient"], condition=Q(state="open"), name="one_open_seat_request_per_session"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, visit=None, answered_by=None, answer="")
                | Q(state="booked", closed_at__isnull=False, visit__isnull=False)
                | Q(state="declined", closed_at__isnull=False, visit=None, answered_by__isnull=False) & ~Q(answer="")
                | Q(state="withdrawn", closed_at__isnull=False, visit=None, answered_by=None, answer=""),
                name="seat_request_ends_whole",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="visit_is_theirs",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_VISIT_IS_THEIRS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"
