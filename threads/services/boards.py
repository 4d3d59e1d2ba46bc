"""Deeds of boards: turn one on and off, agree to what holds there, write, take back, report."""

import datetime as dt
import hashlib
import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.services.guards import person_of
from core.errors import Refusal
from groups.models import Facilitator, Group, Membership
from patients.models import Patient
from rooms.services import agreements
from threads.discretion import first_only, names_in_full, refuse_last_names, refuse_ways
from threads.models import Board, BoardAgreement, BoardSeen, Post, Report, ReportReason
from threads.models.boards import leads, runs, seats
from threads.news import tell_leaders

POST_LENGTH = 2000
REPORT_LENGTH = 1000
A_DAY = 10  # posts of one person on one board in any 24 hours
HELD_AT = 2  # reports at which a post is not shown until somebody has decided
S = Post.State


def looks_after(user: User, group: Group) -> bool:
    """Whether they lead the group today, or supervise whoever does: they see the board and decide. One query."""
    return leads(user).filter(group=group).exists()


def may_turn(user: User, group: Group) -> bool:
    """Whether they turn the group's board on and off: who looks after it, and who runs its program. Two queries at most."""
    return group.program_id in runs(user) or looks_after(user, group)


@transaction.atomic
def open_board(*, group: Group, looks_first: bool, by: User) -> Board:
    """Turn a group's board on, or set how it is looked after. What was there before it was turned off is there again.

    Raises Refusal (not_theirs, group_ended).
    """
    group = Group.objects.select_for_update(no_key=True).select_related("program").get(pk=group.pk)
    if not may_turn(by, group):
        raise _not_theirs()
    if group.ended_on and group.ended_on <= group.program.today:
        raise Refusal(_("This group has ended."), "group_ended")
    board = Board.objects.select_for_update(no_key=True).filter(group=group).first()
    if board is None:
        return Board.objects.create(group=group, looks_first=looks_first, opened_by=by)
    board.looks_first = looks_first
    if not board.is_open:
        board.opened_at, board.opened_by, board.closed_at, board.closed_by = timezone.now(), by, None, None
    board.save()
    return board


@transaction.atomic
def close_board(*, board: Board, by: User) -> Board:
    """Turn it off: nobody in care sees it any more. Who wrote there finds their own words still. Twice changes nothing.

    Raises Refusal (not_theirs).
    """
    board = Board.objects.select_for_update(no_key=True, of=("self",)).select_related("group").get(pk=board.pk)
    if not may_turn(by, board.group):
        raise _not_theirs()
    if board.is_open:
        board.closed_at, board.closed_by = timezone.now(), by
        board.save(update_fields=["closed_at", "closed_by"])
    return board


def _not_theirs() -> Refusal:
    return Refusal(_("Only who leads this group, or runs the program, can do that."), "not_theirs")


def to_agree(board: Board, patient: Patient) -> tuple[bool, agreements.Agreement | None]:
    """Whether somebody still has to agree to what holds before they write, and the program's agreement in force. Three queries
    at most."""
    agreement = agreements.in_force(board.group.program_id)
    if agreement and agreements.signature_of(agreement, patient):
        return False, agreement
    return not BoardAgreement.objects.filter(board=board, patient=patient, agreement=agreement).exists(), agreement


@transaction.atomic
def agree(*, board: Board, by: User) -> None:
    """Somebody in care agrees to what holds on a board. Twice changes nothing. Raises Refusal (not_here)."""
    seat = seats(by).filter(group=board.group_id).select_related("patient").first()
    if seat is None:
        raise _not_here()
    agreement = agreements.in_force(board.group.program_id)
    given = {"board": board, "patient": seat.patient, "agreement": agreement}
    BoardAgreement.objects.bulk_create([BoardAgreement(**given)], ignore_conflicts=True)


def _not_here() -> Refusal:
    return Refusal(_("This board is for those who are in it now."), "not_here")


def write_post(*, board: Board, text: str, by: User, key: uuid.UUID, answers: Post | None = None) -> Post:
    """Write on a board, or answer there. The same form sent twice is one post. What somebody in care writes waits for a look,
    where the board says so; what a leader writes is shown.

    Raises Refusal (empty, long, contact, link, last_name, closed, not_here, not_agreed, enough, gone).
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Refusal(_("Write something first."), "empty", "text")
    if len(text) > POST_LENGTH:
        raise Refusal(_("Keep one post to %(n)s characters.") % {"n": POST_LENGTH}, "long", "text")
    about = f"{board.uid}\0{answers.uid if answers else ''}\0{text}"
    once = uuid.uuid5(key, hashlib.sha256(about.encode()).hexdigest())
    if found := Post.objects.filter(author=by, key=once).first():
        return found
    try:
        with transaction.atomic():
            locked = Board.objects.select_for_update(no_key=True, of=("self",)).select_related("group__program")
            board = locked.get(pk=board.pk)
            if not board.is_open:
                raise Refusal(_("This board was turned off. What you wrote was not sent."), "closed")
            patient = _author_of(board, by)
            waits = _refuse_or_wait(board, text, patient)
            if answers is not None:
                answers = _answered(board, answers, by)
            state = S.WAITING if patient and (board.looks_first or waits) else S.SHOWN
            post = Post.objects.create(
                board=board, answers=answers, author=by, patient=patient, text=text, key=once, state=state
            )
            if state == S.WAITING:
                tell_leaders(post)
            return post
    except IntegrityError as error:
        if "a_post_is_sent_once" in str(error):  # the other press of the button was quicker
            return Post.objects.get(author=by, key=once)
        raise


def _author_of(board: Board, by: User) -> Patient | None:
    """The patient who writes; None for a leader of the group. Raises Refusal (not_here, not_agreed, enough)."""
    today = board.group.program.today
    if Facilitator.objects.current(today).filter(group=board.group_id, user=by).exists():
        return None
    seat = seats(by).filter(group=board.group_id).select_related("patient__user").first()
    if seat is None:
        raise _not_here()
    if to_agree(board, seat.patient)[0]:
        raise Refusal(_("Read what holds here and agree to it first."), "not_agreed")
    since = timezone.now() - dt.timedelta(days=1)
    if Post.objects.filter(board=board, author=by, at__gt=since).count() >= A_DAY:
        raise Refusal(
            _("You wrote %(n)s posts within a day. Let others come in, and write again tomorrow.") % {"n": A_DAY},
            "enough",
        )
    return seat.patient


def _refuse_or_wait(board: Board, text: str, patient: Patient | None) -> bool:
    """Refuse what leads to anybody outside of here. Returns whether the text names somebody in full all the same (see
    `threads.discretion`). Raises Refusal (contact, link, last_name)."""
    members = Membership.objects.current(board.group.program.today).filter(group=board.group_id)
    people = [member.patient for member in members.select_related("patient__user")]
    if patient is not None:  # a leader may write the clinic's number, and a link to something to read
        refuse_ways(text)
    own = person_of(patient) if patient else None
    refuse_last_names(text, [first_only(one.display_name, [one.legal_last_name]) for one in people], own=own)
    in_full = names_in_full(text, [person_of(one) for one in people])
    if in_full and patient is None:  # whoever leads knows their names, and is told
        raise Refusal(_("First names only: a member’s last name stands in this."), "last_name", "text")
    return in_full


def _answered(board: Board, answers: Post, by: User) -> Post:
    """The post that is answered, as it is now: shown, and no answer itself. Raises Refusal (gone)."""
    found = Post.objects.filter(board=board, pk=answers.pk, answers=None, state=S.SHOWN).first()
    if found is None or not Post.objects.visible_to(by).filter(pk=found.pk).exists():
        raise Refusal(
            _("What you answer is no longer shown. Your words are kept: you can post them by themselves."), "gone"
        )
    return found


def mark_seen(*, board: Board, by: User, at: dt.datetime) -> None:
    """A member has the board before them as it was at this moment."""
    BoardSeen.objects.bulk_create(
        [BoardSeen(board=board, user=by, up_to=at)],
        update_conflicts=True,
        unique_fields=["board", "user"],
        update_fields=["up_to"],
    )


@transaction.atomic
def take_back(*, post: Post, by: User) -> Post:
    """Its author takes a post back, wherever they are now: nobody on the board sees it any more, nor what answered it. For good.
    Twice changes nothing. Raises Refusal (not_theirs)."""
    post = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    if post.author_id != by.pk:
        raise Refusal(_("Only who wrote it can take it back."), "not_theirs")
    if post.state != S.TAKEN_BACK:
        post.state, post.taken_back_at, post.pinned_at = S.TAKEN_BACK, timezone.now(), None
        post.reason = post.note = ""
        post.save(update_fields=["state", "taken_back_at", "pinned_at", "reason", "note"])
    return post


@transaction.atomic
def report(*, post: Post, reason: str, words: str, by: User) -> Report:
    """A member asks those who lead to look at a post. At the second one's report it is not shown until they have. The same person
    again changes nothing while theirs is open.

    Raises Refusal (no_reason, no_words, long, own, not_here).
    """
    words = words.replace("\x00", "").strip()
    if reason not in ReportReason.values:
        raise Refusal(_("Say what it is about."), "no_reason", "reason")
    if reason == ReportReason.OTHER and not words:
        raise Refusal(_("Say in a few words what it is about."), "no_words", "words")
    if len(words) > REPORT_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": REPORT_LENGTH}, "long", "words")
    post = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    if post.author_id == by.pk:
        raise Refusal(_("This is your own. You can take it back."), "own")
    if mine := post.reports.open().filter(reporter=by).first():
        return mine
    if not Post.objects.in_place_for(by).filter(pk=post.pk).exists():
        raise _not_here()
    made = Report.objects.create(post=post, reporter=by, patient=by.patient, reason=reason, words=words)
    before = post.reports.exclude(settled_at=None).exists()  # somebody has decided that it stays
    if not before and post.reports.open().count() >= HELD_AT:
        post.state, post.pinned_at = S.WAITING, None
        post.save(update_fields=["state", "pinned_at"])
    tell_leaders(post)
    return made
