"""What the care team does with homework: give it, read what was sent, answer, take it back."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import GRANTS, Can
from accounts.models import User
from core.errors import Refusal
from groups.models import Group
from library.models import Homework, LibraryItem, Reply, Sending
from library.news import remind_again, remind_of, tell_patient
from patients.models import CareTeamMember, Episode, Patient
from scheduling.models import Session

State = Homework.State
NOTE, ANSWER = 1000, 5000  # characters
FARTHEST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Given:
    """What came of giving something to everybody: to whom, and who has it open already."""

    given: list[Homework]
    had: list[Patient]


def stay_of(patient: Patient, item: LibraryItem) -> Episode | None:
    """The open stay in the item's program. One query."""
    return Episode.objects.open().filter(patient=patient, program=item.program_id).first()


def on_team(user: User, patient: Patient) -> bool:
    """Whether they are on the care team now, in a role that sets homework. One query, and one of roles a request."""
    may = not GRANTS[Can.SET_HOMEWORK].isdisjoint(user.roles)
    return may and CareTeamMember.objects.current().filter(patient=patient, user=user).exists()


def _checked(item: LibraryItem, due_on: dt.date | None, note: str, zone: str) -> str:
    """The note as it is kept. Raises Refusal (not_published, past_day, too_far, too_long)."""
    if not LibraryItem.objects.published().filter(pk=item.pk).exists():
        raise Refusal(_("This is not in the library now."), "not_published", "item")
    today = timezone.now().astimezone(zoneinfo.ZoneInfo(zone)).date()
    if due_on is not None and due_on < today:
        raise Refusal(_("Choose today or a later day."), "past_day", "due_on")
    if due_on is not None and due_on > today + FARTHEST:
        raise Refusal(_("Choose a day within a year."), "too_far", "due_on")
    note = note.strip()
    if len(note) > NOTE:
        raise Refusal(_("Keep the note to %(n)s characters.") % {"n": NOTE}, "too_long", "note")
    return note


@transaction.atomic
def assign(
    *,
    patient: Patient,
    item: LibraryItem,
    by: User,
    due_on: dt.date | None = None,
    note: str = "",
    session: Session | None = None,
) -> Homework:
    """Give somebody something of the library to do.

    Raises Refusal (not_theirs, not_published, past_day, too_far, too_long, not_in_care, has_it_already).
    """
    if not on_team(by, patient):
        raise Refusal(_("You are not on this person’s care team."), "not_theirs")
    note = _checked(item, due_on, note, patient.user.zone)
    if stay_of(patient, item) is None:
        raise Refusal(_("They are not in care in this program."), "not_in_care", "item")
    found = _give(patient, item, by, due_on, note, session)
    if found is None:
        raise Refusal(_("They have this already, and it is not done yet."), "has_it_already", "item")
    remind_of([found])
    return found


def _give(patient, item, by, due_on, note, session) -> Homework | None:
    """The new homework; None where the same is open already."""
    try:
        with transaction.atomic():
            found = Homework.objects.create(
                patient=patient, item=item, assigned_by=by, due_on=due_on, note=note, session=session
            )
    except IntegrityError as error:
        if "one_open_homework_of_an_item" not in str(error):
            raise
        return None
    tell_patient(found, by=by)
    return found


def members_to_give(group: Group, by: User) -> list[Patient]:
    """Today's members of the group on whose care team they are, by name. One query."""
    members = group.memberships.current().values("patient_id")
    team = CareTeamMember.objects.current().filter(user=by).values("patient_id")
    found = Patient.objects.visible_to(by).filter(pk__in=members).filter(pk__in=team).select_related("user")
    return list(found.order_by("legal_last_name", "legal_first_name", "pk"))


@transaction.atomic
def assign_to_members(
    *,
    group: Group,
    item: LibraryItem,
    by: User,
    due_on: dt.date | None = None,
    note: str = "",
    session: Session | None = None,
) -> Given:
    """Give all members of a group the same to do, each by themselves: nobody learns who else has it, or what they wrote. Who has
    it open already keeps it as it is.

    Raises Refusal (not_theirs, not_published, past_day, too_far, too_long, another_program, nobody).
    """
    if not Group.objects.visible_to(by).filter(pk=group.pk).exists():
        raise Refusal(_("You do not work with this group."), "not_theirs")
    note = _checked(item, due_on, note, group.program.zone)
    if item.program_id != group.program_id:
        raise Refusal(_("Choose something of the group’s own program."), "another_program", "item")
    if session is not None and session.group_id != group.pk:
        raise Refusal(_("Choose a session of this group."), "another_session", "session")
    given, had = [], []
    for patient in members_to_give(group, by):
        found = _give(patient, item, by, due_on, note, session)
        given.append(found) if found else had.append(patient)
    if not given and not had:
        raise Refusal(_("There is no member on whose care team you are."), "nobody")
    remind_of(given)
    return Given(given, had)


def _locked(homework: Homework, by: User) -> Homework:
    """The homework under its row lock. Raises Refusal (not_theirs, withdrawn)."""
    rows = Homework.objects.select_for_update(no_key=True, of=("self",)).select_related("item", "patient__user")
    found = rows.get(pk=homework.pk)
    if not on_team(by, found.patient):
        raise Refusal(_("You are no longer on this person’s care team."), "not_theirs")
    if found.is_withdrawn:
        raise Refusal(_("This was withdrawn already."), "withdrawn")
    return found


@transaction.atomic
def reply(*, sending: Sending, text: str, by: User, again: bool = False) -> Reply:
    """Answer what was sent. again: they are to look at it once more, and it is open again. sending: the one that was on the page;
    a newer one keeps waiting. The same words of the same person once more are one answer.

    Raises Refusal (not_theirs, withdrawn, empty, too_long, newer, has_it_already).
    """
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refusal(_("Write something first."), "empty", "text")
    if len(text) > ANSWER:
        raise Refusal(_("Keep it to %(n)s characters.") % {"n": ANSWER}, "too_long", "text")
    found = _locked(sending.homework, by)
    before = sending.replies.filter(author=by).order_by("pk").last()
    if before is not None and before.text == text and before.again == again:
        return before
    if found.sendings.filter(number__gt=sending.number).exists():
        raise Refusal(_("They sent a newer one meanwhile. Please read it first."), "newer")
    if again and found.is_done:
        others = Homework.objects.filter(patient=found.patient, item=found.item, state=State.ASSIGNED)
        if others.exists():
            raise Refusal(_("They have the same once more among what is to be done."), "has_it_already", "again")
        found.state, found.done_at = State.ASSIGNED, None
    answer = Reply.objects.create(sending=sending, author=by, text=text, again=again, at=timezone.now())
    found.waiting_since, found.news_at = None, answer.at
    found.save(update_fields=["state", "done_at", "waiting_since", "news_at"])
    tell_patient(found, by=by, answer=answer)
    if again:
        remind_again(found)
    return answer


@transaction.atomic
def withdraw(*, homework: Homework, by: User) -> Homework:
    """Take homework back. What was sent and answered stays on the record. Twice changes nothing. Raises Refusal (not_theirs)."""
    try:
        found = _locked(homework, by)
    except Refusal as refusal:
        if refusal.code == "withdrawn":
            return Homework.objects.get(pk=homework.pk)
        raise
    found.state, found.withdrawn_at, found.withdrawn_by = State.WITHDRAWN, timezone.now(), by
    found.waiting_since = None
    found.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "waiting_since"])
    return found
