"""What somebody in care does with their homework: fill in, send, say that it is done, take something up by themselves.

The more important promise is to lose nothing: a draft is saved on the version it was read at, and what is sent stays as it was.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from library.answers import Answers, kept, key_of, missing, most_of, too_long
from library.models import Homework, LibraryItem, Sending, Sheet, WorksheetField
from library.news import remind_again, tell_team
from patients.models import Episode, Patient

State = Homework.State


def questions_of(item: LibraryItem) -> list[WorksheetField]:
    """The questions of a worksheet, in their order. One query."""
    return list(item.fields.filter(is_active=True))


def in_care(patient: Patient) -> bool:
    """Whether somebody would read what they send. One query."""
    return Episode.objects.open().filter(patient=patient).exists()


def _locked(homework: Homework) -> Homework:
    """The homework under a row lock: deeds on it are one after the other. Raises Refusal (withdrawn)."""
    rows = Homework.objects.select_for_update(no_key=True, of=("self",)).select_related("item", "patient__user")
    found = rows.get(pk=homework.pk)
    if found.is_withdrawn:
        raise Refusal(_("Your team took this back. What you wrote is kept as it was."), "withdrawn")
    return found


@transaction.atomic
def save_sheet(*, homework: Homework, answers: Answers, version: int) -> Sheet:
    """Keep a worksheet as it is now. version: the one the page had, 0 before the first. The same answers once more are no change.

    Raises Refusal (withdrawn, too_long, changed).
    """
    found = _locked(homework)
    return _save(found, questions_of(found.item), answers, version)


def _save(homework: Homework, fields: list[WorksheetField], given: Answers, version: int) -> Sheet:
    answers = kept(fields, given)
    for field in too_long(fields, answers):
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": most_of(field)}, "too_long", f"q{key_of(field)}")
    sheet = Sheet.objects.filter(homework=homework).first()
    if sheet is not None and sheet.answers == answers:
        return sheet  # an answer that was lost on the way, or nothing new
    if (sheet.version if sheet else 0) != version:
        raise Refusal(
            _("This was changed in another window or on another device meanwhile. Nothing you typed here is lost."),
            "changed",
        )
    if sheet is None:
        if not answers:
            return Sheet(homework=homework, version=0)  # nothing to keep yet
        sheet = Sheet(homework=homework, version=0)
    sheet.answers, sheet.version, sheet.saved_at = answers, version + 1, timezone.now()
    sheet.save()
    return sheet


@transaction.atomic
def send_sheet(*, homework: Homework, answers: Answers, version: int) -> Sending:
    """Send a worksheet to the team as it is now; it is done with that. Sent once more without a change, it is the same sending.

    Raises Refusal (withdrawn, too_long, changed, missing, empty, not_in_care).
    """
    found = _locked(homework)
    fields = questions_of(found.item)
    sheet = _save(found, fields, answers, version)
    if not sheet.answers:
        raise Refusal(_("Fill in something first."), "empty")
    if blank := missing(fields, sheet.answers):
        raise Refusal(_("This one is needed before you send it."), "missing", f"q{key_of(blank[0])}")
    if not in_care(found.patient):
        raise Refusal(
            _("Nobody would read it now, since you are not in care with us. What you wrote is kept."), "not_in_care"
        )
    last = found.sendings.order_by("number").last()
    if last is not None and last.answers == sheet.answers and not found.is_to_do:
        return last
    sending = Sending.objects.create(
        homework=found, number=last.number + 1 if last else 1, answers=sheet.answers, at=timezone.now()
    )
    found.state, found.done_at = State.DONE, sending.at
    found.waiting_since = found.waiting_since or sending.at
    found.save(update_fields=["state", "done_at", "waiting_since"])
    tell_team(sending)
    return sending


@transaction.atomic
def mark_done(*, homework: Homework) -> Homework:
    """They have read it, listened to it, or done with it. Twice changes nothing. Raises Refusal (withdrawn)."""
    found = _locked(homework)
    if found.is_to_do:
        found.state, found.done_at = State.DONE, timezone.now()
        found.save(update_fields=["state", "done_at"])
    return found


@transaction.atomic
def take_back_done(*, homework: Homework) -> Homework:
    """It is to be done after all. Raises Refusal (withdrawn, has_it_already)."""
    found = _locked(homework)
    if found.is_done:
        if Homework.objects.filter(patient=found.patient, item=found.item, state=State.ASSIGNED).exists():
            raise Refusal(_("You have this once more among what is to be done."), "has_it_already")
        found.state, found.done_at = State.ASSIGNED, None
        found.save(update_fields=["state", "done_at"])
        remind_again(found)
    return found


def take_up(*, patient: Patient, item: LibraryItem) -> Homework:
    """Begin a worksheet of the library by oneself, or go on with the one that is open. Raises Refusal (not_there)."""
    if not LibraryItem.objects.offered_to(patient).filter(pk=item.pk).exists():
        raise Refusal(_("This is no longer in the library."), "not_there")
    open_one = Homework.objects.filter(patient=patient, item=item, state=State.ASSIGNED)
    if found := open_one.first():
        return found
    try:
        with transaction.atomic():
            return Homework.objects.create(patient=patient, item=item, assigned_by=patient.user)
    except IntegrityError as error:
        if "one_open_homework_of_an_item" not in str(error):
            raise
        return open_one.get()  # the other press was quicker


def read_news(*, homework: Homework) -> None:
    """They have seen what was answered."""
    Homework.objects.filter(pk=homework.pk, news_at__isnull=False).update(news_at=None)
