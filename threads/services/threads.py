"""Deeds of messages: write, answer, read, give to a colleague, close."""

import datetime as dt
import hashlib
import uuid
import zoneinfo
from collections.abc import Callable, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import GRANTS, Can
from accounts.models import Program, User
from core.errors import Refusal
from patients.models import CareTeamMember, Episode, Patient
from scheduling.models import Closure
from threads import files as safe_files
from threads.models import AnswerPolicy, Attachment, Message, Seen, Thread
from threads.news import tell_patient, tell_team

SUBJECT_LENGTH = 120
TEXT_LENGTH = 5000
DAY_ENDS = dt.time(17)  # of a business day, where the program is
LOOK_AHEAD = dt.timedelta(days=60)
Files = Sequence[tuple[str, bytes]]


def stay_of(patient: Patient) -> Episode | None:
    """The stay whose team answers: the newest that is open. One query."""
    open_ones = Episode.objects.open().filter(patient=patient).select_related("program", "primary_clinician")
    return open_ones.order_by("-started_on", "-pk").first()


def answer_by(program: Program, moment: dt.datetime, business_days: int) -> dt.datetime:
    """When an answer is promised: the end of that business day, without the days the program is closed. One query."""
    zone = zoneinfo.ZoneInfo(program.zone)
    day = moment.astimezone(zone).date()
    horizon = day + LOOK_AHEAD
    closures = Closure.objects.in_force().filter(program=program, last_on__gte=day, starts_on__lte=horizon)
    closed = list(closures.values_list("starts_on", "last_on"))
    left = business_days
    while left and day < horizon:
        day += dt.timedelta(days=1)
        if day.weekday() < 5 and not any(first <= day <= last for first, last in closed):
            left -= 1
    return dt.datetime.combine(day, DAY_ENDS, zone)


def team_of(patient: Patient):
    """Who may be given a thread of this patient's: the present care team that answers messages."""
    team = CareTeamMember.objects.current().filter(patient=patient).values("user")
    roles = [str(role) for role in GRANTS[Can.ANSWER_MESSAGES]]
    found = User.objects.filter(pk__in=team, is_active=True, role_assignments__role__in=roles)
    return found.distinct().order_by("last_name", "first_name")


def start_thread(
    *, patient: Patient, subject: str, text: str, key: uuid.UUID, files: Files = (), by: User | None = None
) -> Message:
    """The patient, or somebody of their care team (by), writes about something new. Of what the team begins nobody waits for an
    answer. The same form sent twice is one message: what was sent the first time.

    Raises Refusal (no_subject, long_subject, empty, long, not_in_care, not_theirs, and those of `files.made_safe`).
    """
    author = by or patient.user
    by_patient = author.pk == patient.user_id
    subject = " ".join(subject.split())
    if not subject:
        raise Refusal(_("Say in a few words what it is about."), "no_subject", "subject")
    if len(subject) > SUBJECT_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": SUBJECT_LENGTH}, "long_subject", "subject")

    def begin() -> Thread:
        if not by_patient and not team_of(patient).filter(pk=author.pk).exists():
            raise Refusal(_("You are not on this person’s care team."), "not_theirs")
        stay = stay_of(patient)
        if stay is None:
            raise _not_in_care() if by_patient else Refusal(_("They are not in care here now."), "not_in_care")
        return Thread.objects.create(patient=patient, program=stay.program, subject=subject)

    about = (
        subject if by_patient else f"{patient.uid}\0{subject}"
    )  # two people are two matters, though the words are the same
    return _write(begin, by=author, by_patient=by_patient, text=text, files=files, key=key, about=about)


def write(*, thread: Thread, text: str, by: User, key: uuid.UUID, files: Files = ()) -> Message:
    """Write in a thread; whoever's thread it is waits for an answer, anybody else gives it. A closed thread is open again.

    Raises Refusal (empty, long, not_in_care, not_theirs, and those of `files.made_safe`).
    """
    by_patient = thread.patient.user_id == by.pk

    def go_on() -> Thread:
        found = Thread.objects.select_for_update(no_key=True, of=("self",)).select_related("program", "patient__user")
        found = found.get(pk=thread.pk)
        if by_patient and stay_of(found.patient) is None:
            raise _not_in_care()
        if not by_patient and not team_of(found.patient).filter(pk=by.pk).exists():
            raise Refusal(_("You are no longer on this person’s care team."), "not_theirs")
        return found

    return _write(go_on, by=by, by_patient=by_patient, text=text, files=files, key=key, about=str(thread.uid))


def _not_in_care() -> Refusal:
    return Refusal(
        _("Nobody would read a message now, since you are not in care with us. Please call the clinic."), "not_in_care"
    )


def _write(
    get_thread: Callable[[], Thread], *, by: User, by_patient: bool, text: str, files: Files, key: uuid.UUID, about: str
) -> Message:
    """One message, its files and what follows from it. key: of the form; what is in it counts too, so that a form sent once more
    with other words is another message."""
    text = text.strip().replace("\r\n", "\n")
    if not text and not files:
        raise Refusal(_("Write something first."), "empty", "text")
    if len(text) > TEXT_LENGTH:
        raise Refusal(_("Keep one message to %(n)s characters.") % {"n": TEXT_LENGTH}, "long", "text")
    content = hashlib.sha256(f"{about}\0{text}".encode())
    for name, data in files:
        content.update(f"\0{name}\0".encode() + hashlib.sha256(data).digest())
    once = uuid.uuid5(key, content.hexdigest())
    if found := Message.objects.filter(author=by, key=once).first():
        return found
    safe = safe_files.made_safe(files)
    stored: list[uuid.UUID] = []
    try:
        with transaction.atomic():
            thread = get_thread()
            message = Message.objects.create(thread=thread, author=by, by_patient=by_patient, text=text, key=once)
            for one in safe:
                attachment = Attachment(message=message, name=one.name, kind=one.kind, size=len(one.data))
                stored.append(attachment.uid)
                safe_files.store(attachment, one.data)
                attachment.save()
            _follow(thread, message)
    except BaseException as error:
        for uid in stored:
            safe_files.discard(uid)
        if isinstance(error, IntegrityError) and "a_message_is_sent_once" in str(error):
            return Message.objects.get(author=by, key=once)  # the other press of the button was quicker
        raise
    return message


def _follow(thread: Thread, message: Message) -> None:
    """Who waits now, and who is told. The thread is locked, or new."""
    now = message.at
    thread.last_at, thread.closed_at, thread.closed_by = now, None, None
    if not message.by_patient:
        thread.waiting_since = thread.due_at = None
    elif thread.waiting_since is None:
        days = AnswerPolicy.of(thread.program_id).business_days
        thread.waiting_since, thread.due_at = now, answer_by(thread.program, now, days)
    thread.save(update_fields=["last_at", "closed_at", "closed_by", "waiting_since", "due_at"])
    mark_seen(thread=thread, message=message, by=message.author)
    if message.by_patient:
        tell_team(message, _who_is_told(thread))
    else:
        tell_patient(message)


def _who_is_told(thread: Thread) -> list[int]:
    """Ids: whom the thread was given to while they are on the team, else the primary clinician, else everybody of the team."""
    team = list(team_of(thread.patient).values_list("pk", flat=True))
    stay = stay_of(thread.patient)
    for user in (thread.assigned_to_id, stay.primary_clinician_id if stay else None):
        if user in team:
            return [user]
    return team


def mark_seen(*, thread: Thread, message: Message, by: User) -> None:
    """Somebody has read the thread up to this message. It never goes back."""
    row, is_new = Seen.objects.get_or_create(thread=thread, user=by, defaults={"up_to": message})
    if not is_new:
        Seen.objects.filter(pk=row.pk, up_to__lt=message).update(up_to=message, at=timezone.now())


@transaction.atomic
def assign(*, thread: Thread, to: User | None, by: User) -> Thread:
    """Give the thread to a colleague of the care team, or to nobody in particular. Raises Refusal (not_theirs)."""
    found = Thread.objects.select_for_update(no_key=True, of=("self",)).select_related("patient").get(pk=thread.pk)
    if to is not None and not team_of(found.patient).filter(pk=to.pk).exists():
        raise Refusal(_("%(name)s is not on this person’s care team.") % {"name": to}, "not_theirs", "to")
    if found.assigned_to_id == (to.pk if to else None):
        return found
    found.assigned_to = to
    found.save(update_fields=["assigned_to"])
    if to is not None and to != by and found.waiting_since:
        tell_team(found.messages.filter(by_patient=True).latest("pk"), [to.pk])
    return found


@transaction.atomic
def close(*, thread: Thread, up_to: int, by: User) -> Thread:
    """Nothing more is to be answered. up_to: id of the last message that was on the page: what came since is not closed unread.

    Raises Refusal (newer).
    """
    found = Thread.objects.select_for_update(no_key=True).get(pk=thread.pk)
    if found.messages.filter(pk__gt=up_to).exists():
        raise Refusal(_("There is a newer message. Please read it first."), "newer")
    if found.closed_at is None:
        found.waiting_since = found.due_at = None
        found.closed_at, found.closed_by = timezone.now(), by
        found.save(update_fields=["waiting_since", "due_at", "closed_at", "closed_by"])
    return found
