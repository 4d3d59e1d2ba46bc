"""When a note is due: three business days after the day of what it is about, a crisis contact's after one day.

CLINICAL_FACTS section 1, note clock (V2:S6): within 3 business days; crisis within 24 hours.
"""

import datetime as dt
import zoneinfo
from collections import defaultdict
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from clinical.models import Document
from clinical.models.documents import VISITS, Kind
from clinical.queries import owed
from messaging.models import Delivery
from messaging.services import plan
from scheduling.models import Appointment, Booking, Session
from scheduling.services.windows import note_due

CRISIS = dt.timedelta(days=1)
LOOK_BACK = dt.timedelta(days=60)  # what is older is no longer asked for here
TOLD_FROM = 8  # o'clock where the supervisor is: nobody is told at night


class _Held(NamedTuple):
    """What a note is about, as far as its clock goes."""

    starts_at: dt.datetime
    zone: str


def due_on(starts_at: dt.datetime, zone: str) -> dt.date:
    """The last day of a note: three business days after the day of a moment, in a zone."""
    return note_due(_Held(starts_at, zone))


def due_at(starts_at: dt.datetime, zone: str) -> dt.datetime:
    """The moment after which a note is late: the end of its last day in a zone."""
    day = due_on(starts_at, zone) + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time.min, zoneinfo.ZoneInfo(zone))


def document_due_at(document: Document) -> dt.datetime:
    """The moment after which a document of a visit is late (its episode's program is loaded)."""
    if document.kind == Kind.CRISIS:
        return document.happened_at + CRISIS
    return due_at(document.happened_at, document.episode.program.zone)


def undocumented(appointments, *, now: dt.datetime | None = None):
    """Of these appointments, those that were held lately and have no signed document."""
    moment = now or timezone.now()
    written = Document.objects.signed().filter(appointment=OuterRef("pk"))
    return appointments.scheduled().filter(
        ~Exists(written),
        outcome=Appointment.Outcome.HELD,
        starts_at__gte=moment - LOOK_BACK,
        ends_at__lte=moment,
    )


def open_visits(documents, *, now: dt.datetime | None = None):
    """Of these documents, the drafts of visits without an appointment (an appointment is owed by itself): crisis contacts too."""
    moment = now or timezone.now()
    return documents.filter(
        signed_at=None,
        voided_at=None,
        appointment=None,
        kind__in=VISITS,
        happened_at__gte=moment - LOOK_BACK,
        happened_at__lte=moment,
    )


def late_by_supervisor(now: dt.datetime | None = None) -> dict[int, int]:
    """How many notes of those they supervise are late, by supervisor (id): sessions, held appointments, drafts of visits.

    A co-signature that waits is not late work of the author. Four queries for any number of people."""
    moment = now or timezone.now()
    late: dict[int, int] = defaultdict(int)
    sessions = owed(Session.objects.filter(starts_at__gte=moment - LOOK_BACK), now=moment)
    over = [s.pk for s in sessions if due_at(s.starts_at, s.zone) <= moment]
    leads = Booking.objects.live().filter(session__in=over, user__staff_profile__supervisor__is_active=True)
    for _session, supervisor in leads.values_list("session_id", "user__staff_profile__supervisor_id").distinct():
        late[supervisor] += 1
    held = undocumented(Appointment.objects.filter(provider__staff_profile__supervisor__is_active=True), now=moment)
    for appointment in held.select_related("provider__staff_profile"):
        if due_at(appointment.starts_at, appointment.zone) <= moment:
            late[appointment.provider.staff_profile.supervisor_id] += 1
    drafts = open_visits(Document.objects.filter(author__staff_profile__supervisor__is_active=True), now=moment)
    for document in drafts.defer("sections", "risk_text").select_related("author__staff_profile", "episode__program"):
        if document_due_at(document) <= moment:
            late[document.author.staff_profile.supervisor_id] += 1
    return dict(late)


def tell_supervisors(now: dt.datetime | None = None) -> int:
    """Plan one message a day to each supervisor of somebody whose notes are late. Called every hour; a supervisor is told once a
    day of theirs, from eight in the morning where they are. Returns to how many there was something to tell. Six queries."""
    moment = now or timezone.now()
    news = []
    for user in User.objects.filter(pk__in=late_by_supervisor(moment), is_active=True):
        local = moment.astimezone(zoneinfo.ZoneInfo(user.zone))
        if local.hour < TOLD_FROM:
            continue
        midnight = dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time.min, local.tzinfo)
        news.append(
            Delivery(
                kind="notes_late",
                subject_id=user.pk,
                recipient=user,
                variant=local.date().toordinal(),
                due_at=moment,
                expires_at=midnight,
            )
        )
    plan(news)
    return len(news)
