"""What the pages about messages read. Each docstring says how many queries; none grows with rows."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils import timezone

from accounts.access import GRANTS, Can
from accounts.models import User
from dashboard.queries import openable
from dashboard.words_deliveries import kind_words, lead_words, reason_words, settler_of
from messaging.models import Address, Channel, Delivery, DeliveryQuerySet, Provider, Stop
from messaging.subjects import of_programs
from patients.models import Patient
from scheduling.models import Appointment, Session
from scheduling.subjects import about_session, subject_of

State = Delivery.State
WAITING = (State.PLANNED, State.CLAIMED, State.SENDING)
DAYS = dt.timedelta(days=7)
LATE = dt.timedelta(minutes=10)  # what is due for longer and has not left, is late


@dataclass(slots=True)
class Line:
    """One message on a page. patient: to whom, if the reader may know them; staff: the name of a colleague it goes to."""

    delivery: Delivery
    label: str
    lead: str
    why: str
    patient: Patient | None = None
    staff: str = ""
    session: Session | None = None
    may_open: bool = False
    appointment: Appointment | None = None
    other: str = ""  # a weekly slot, a series of appointments

    @property
    def is_hidden(self) -> bool:
        """To a patient the reader may not know of."""
        return self.patient is None and not self.staff

    @property
    def state(self) -> str:
        """As it is shown: a message that is being sent is "sending", one that should have left is "late"."""
        delivery = self.delivery
        if delivery.state in (State.CLAIMED, State.SENDING):
            return "sending"
        if delivery.state == State.PLANNED and delivery.due_at < timezone.now() - LATE:
            return "late"
        return delivery.state

    @property
    def at(self) -> dt.datetime:
        """When it left, or is or was due."""
        return self.delivery.sent_at or self.delivery.due_at

    @property
    def ways(self) -> list[str]:
        """The ways that failed, and the one it takes or took."""
        names = dict(Channel.choices)
        return [str(names[c]) for c in dict.fromkeys([*self.delivery.tried, self.delivery.channel]) if c in names]

    @property
    def can_be_tried(self) -> bool:
        """Given up, and what it speaks of is still to come."""
        return self.delivery.state == State.FAILED and self.delivery.expires_at > timezone.now()


def lines(user: User, deliveries: Iterable[Delivery]) -> list[Line]:
    """Deliveries (with their recipients) as the reader may know them, in order. At most six queries."""
    rows = list(deliveries)
    visible = Patient.objects.visible_to(user).filter(user__in={row.recipient_id for row in rows})
    patients = {patient.user_id: patient for patient in visible}
    of_patients = set(Patient.objects.filter(user__in={r.recipient_id for r in rows}).values_list("user_id", flat=True))
    settlers = {pk for row in rows if (pk := settler_of(row.reason))}
    names = {u.pk: str(u) for u in User.objects.filter(pk__in=settlers)}
    things = _things(rows)
    found = []
    for row in rows:
        line = Line(row, kind_words(row.kind), lead_words(row), reason_words(row.reason, names))
        line.patient = patients.get(row.recipient_id)
        if row.recipient_id not in of_patients:
            line.staff = str(row.recipient)
        thing = things.get((row.kind, row.subject_id))
        line.appointment = thing if isinstance(thing, Appointment) else None
        line.session = thing if isinstance(thing, Session) else getattr(thing, "session", None)
        if thing and not (line.session or line.appointment):
            line.other = str(thing)
        found.append(line)
    opened = openable(user, {line.session.pk for line in found if line.session})
    for line in found:
        line.may_open = bool(line.session and line.session.pk in opened)
        if line.is_hidden and not line.session:
            line.appointment, line.other = None, ""  # its kind is theirs
    return found


def _things(rows: list[Delivery]) -> dict:
    """What the deliveries are about, by kind and id. One query for each table."""
    wanted = defaultdict(set)
    for row in rows:
        if subject := subject_of(row.kind):
            wanted[subject].add(row.subject_id)
    read = {
        subject: subject.model.objects.select_related(*subject.related).in_bulk(ids) for subject, ids in wanted.items()
    }
    return {
        (row.kind, row.subject_id): read[subject].get(row.subject_id)
        for row in rows
        if (subject := subject_of(row.kind))
    }


@dataclass(slots=True)
class Message:
    """The same message to several people."""

    label: str
    lead: str
    due_at: dt.datetime
    lines: list[Line] = field(default_factory=list)
    hidden: int = 0
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many are in each state, of those that are shown and those that are not."""
        return list(self.states.items())


def _by_name(line: Line) -> tuple:
    if line.patient:
        return line.patient.legal_last_name, line.patient.legal_first_name, line.delivery.pk
    return line.delivery.recipient.last_name, line.delivery.recipient.first_name, line.delivery.pk


def messages_about(user: User, session: Session) -> list[Message]:
    """All messages about a session, the earliest first, each with its people by name. Eight queries at most."""
    rows = about_session(Delivery.objects.all(), session).select_related("recipient")
    found: dict[tuple[str, int], Message] = {}
    for line in lines(user, rows.order_by("due_at", "pk")):
        delivery = line.delivery
        # Reminders of one lead time, and news of one change, belong together; other kinds count people, not messages.
        key = (delivery.kind, delivery.variant if line.lead or delivery.kind.startswith("session_") else 0)
        message = found.setdefault(key, Message(line.label, line.lead, delivery.due_at))
        message.states[line.state] += 1
        if line.is_hidden:
            message.hidden += 1
        else:
            message.lines.append(line)
    for message in found.values():
        message.lines.sort(key=_by_name)
    return list(found.values())


def messages_to(patient: Patient) -> DeliveryQuerySet:
    """All messages to a patient, the latest first."""
    return patient.user.deliveries.select_related("recipient").order_by("-due_at", "-pk")


@dataclass(slots=True)
class Trouble:
    """A way that does not reach somebody."""

    channel: str
    value: str
    since: dt.datetime
    why: str
    is_stop: bool = False


def troubles_of(patient: Patient) -> list[Trouble]:
    """Addresses of the patient's that were refused, and a number that said STOP. Two queries."""
    addresses = list(Address.objects.filter(user=patient.user))
    found = [
        Trouble(a.get_channel_display(), a.value, a.failed_at, reason_words(a.failure, {}))
        for a in addresses
        # Of mail only what is still the account's address (`messaging.models.Address`).
        if a.failed_at and (a.channel != Channel.EMAIL or a.value == patient.user.email)
    ]
    numbers = {a.value: a for a in addresses if a.channel == Channel.SMS}
    for stop in Stop.objects.filter(number__in=numbers):
        if stop.resumed_at is None or stop.resumed_at < stop.stopped_at:
            found.append(Trouble(str(Channel.SMS.label), stop.number, stop.stopped_at, "", is_stop=True))
    return found


def governed(user: User) -> DeliveryQuerySet:
    """The messages of the programs the reader looks after."""
    return of_programs(Delivery.objects.all(), user.program_ids(*GRANTS[Can.SEE_ALL_DELIVERIES]))


# What the list can be narrowed to. "attention": for a person to settle.
FILTERS = {
    "attention": (State.UNKNOWN, State.FAILED),
    "waiting": WAITING,
    "sent": (State.SENT,),
    "skipped": (State.SKIPPED,),
    "failed": (State.FAILED,),
    "unknown": (State.UNKNOWN,),
    "all": tuple(State),
}


def narrowed(deliveries: DeliveryQuerySet, state: str, kind: str, now: dt.datetime) -> DeliveryQuerySet:
    """Those of a filter and a kind (or of any), what comes next first or what was last first."""
    found = deliveries.filter(state__in=FILTERS[state])
    if state == "attention":
        found = found.filter(Q(state=State.UNKNOWN) | Q(due_at__gte=now - DAYS))
    if kind:
        found = found.filter(kind=kind)
    order = ("due_at", "pk") if state == "waiting" else ("-due_at", "-pk")
    return found.select_related("recipient").order_by(*order)


@dataclass(slots=True)
class Counts:
    """How many messages of a kind (or of all) are where: of the last seven days, but what waits or is unknown from ever."""

    label: str = ""
    kind: str = ""
    sent: int = 0
    skipped: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    late: int = 0

    @property
    def attention(self) -> int:
        """For a person to settle."""
        return self.failed + self.unknown


def counts_by_kind(deliveries: DeliveryQuerySet, now: dt.datetime) -> tuple[Counts, list[Counts]]:
    """The sum, and each kind by its name. One query."""
    lately = Q(due_at__gte=now - DAYS)
    rows = (
        deliveries.filter(lately | Q(state__in=[*WAITING, State.UNKNOWN]))
        .order_by()
        .values("kind")
        .annotate(
            sent=Count("pk", filter=lately & Q(state=State.SENT)),
            skipped=Count("pk", filter=lately & Q(state=State.SKIPPED)),
            failed=Count("pk", filter=lately & Q(state=State.FAILED)),
            unknown=Count("pk", filter=Q(state=State.UNKNOWN)),
            waiting=Count("pk", filter=Q(state__in=WAITING)),
            late=Count("pk", filter=Q(state__in=WAITING, due_at__lt=now - LATE)),
        )
    )
    kinds = sorted((Counts(label=kind_words(row["kind"]), **row) for row in rows), key=lambda c: c.label)
    total = Counts()
    for counts in kinds:
        for name in ("sent", "skipped", "failed", "unknown", "waiting", "late"):
            setattr(total, name, getattr(total, name) + getattr(counts, name))
    return total, kinds


def resting_providers(now: dt.datetime) -> list[Provider]:
    """Providers that are not asked at the moment, since they failed too often. One query."""
    return list(Provider.objects.filter(open_until__gt=now).order_by("name"))
