"""Who is expected where: one table for sessions and appointments, so that nobody can be in two places at once."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from groups.models import Membership
from patients.models import Episode, Patient, id_range
from scheduling.models.appointments import Appointment
from scheduling.models.sessions import Session


class BookingQuerySet(models.QuerySet):
    def live(self) -> "BookingQuerySet":
        """Not released."""
        return self.filter(released_at=None)

    def visible_to(self, user) -> "BookingQuerySet":
        """Of the sessions and appointments the user may open: staff's bookings, and those of patients visible to them."""
        return self.filter(
            Q(session__in=Session.objects.visible_to(user)) | Q(appointment__in=Appointment.objects.visible_to(user)),
            Q(patient=None) | Q(patient__in=Patient.objects.visible_to(user)),
        )


class TimeRange(Func):
    """A booking's time as a range."""

    function = "tstzrange"


@pghistory.track()
class Booking(models.Model):
    """One person is expected at one session or appointment. The database lets nobody be in two places at once.

    A member comes by their membership; a visitor to this one session, without joining the group; a client to an appointment.
    """

    class Part(models.TextChoices):
        """As what."""

        LEAD = "lead", _("Lead facilitator")
        CO = "co", _("Co-facilitator")
        MEMBER = "member", _("Member")
        VISITOR = "visitor", _("Visitor, once")
        CLIENT = "client", _("Patient")

    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name=_("session")
    )
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name=_("appointment")
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    part = models.CharField(_("part"), max_length=7, choices=Part.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("staff"),
    )
    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name=_("patient")
    )
    membership = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name=_("membership")
    )
    # Of a visitor or client; a member's is their membership's.
    episode = models.ForeignKey(
        Episode, models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name=_("episode")
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        indexes = [
            models.Index(fields=["user", "starts_at"], condition=Q(released_at=None), name="bookings_of_staff"),
            models.Index(fields=["patient", "starts_at"], condition=Q(released_at=None), name="bookings_of_a_patient"),
            models.Index(fields=["starts_at"], condition=Q(released_at=None), name="bookings_by_start"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(part__in=["lead", "co"], user__isnull=False, patient=None, membership=None, episode=None)
                | Q(part="member", user=None, patient__isnull=False, membership__isnull=False, episode=None)
                | Q(part="visitor", user=None, patient__isnull=False, membership=None, episode__isnull=False)
                | Q(part="client", user=None, patient__isnull=False, membership=None, episode__isnull=False),
                name="booking_of_one_person",
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=False, appointment=None, part__in=["lead", "co", "member", "visitor"])
                | Q(session=None, appointment__isnull=False, part__in=["lead", "client"]),
                name="booking_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["appointment", "part"],
                condition=Q(released_at=None),
                name="one_provider_and_one_client",
            ),
            models.UniqueConstraint(
                fields=["session", "part"],
                condition=Q(released_at=None, part__in=["lead", "co"]),
                name="one_lead_and_one_co_per_session",
            ),
            *(
                ExclusionConstraint(
                    name=f"{who}_in_one_place",
                    expressions=[
                        (id_range(f"{who}_id"), RangeOperators.OVERLAPS),
                        (TimeRange(F("starts_at"), F("ends_at")), RangeOperators.OVERLAPS),
                    ],
                    condition=Q(released_at=None, **{f"{who}__isnull": False}),
                )
                for who in ("user", "patient")
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user or self.patient} · {self.thing}"

    @property
    def thing(self) -> Session | Appointment:
        """What it is a booking of."""
        return self.session or self.appointment

    @property
    def stay(self) -> Episode | None:
        """The episode somebody in care comes by; None of staff."""
        return self.membership.episode if self.membership_id else self.episode
