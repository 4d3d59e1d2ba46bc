"""What those who lead decide of a post: shown, hidden with a reason its author reads kindly, left as it is, pinned."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from threads.models import Board, HideReason, Post, Report
from threads.services.boards import S, looks_after, may_turn

NOTE_LENGTH = 500
PINNED = 3  # of one board at once


def _held(post: Post, by: User, seen: str, wanted: str = "") -> Post:
    """The post, locked, for somebody who may decide about it and saw it in this state. wanted: where a colleague has brought it
    there already, and nobody reported it since, both wanted the same.

    Raises Refusal (not_theirs, own, changed).
    """
    found = Post.objects.select_for_update(no_key=True, of=("self",)).select_related("board__group").get(pk=post.pk)
    is_reported = found.reports.open().exists()
    if not (looks_after(by, found.board.group) or (is_reported and may_turn(by, found.board.group))):
        raise Refusal(_("Only who leads this group can do that."), "not_theirs")
    if found.author_id == by.pk and is_reported:
        raise Refusal(_("This is about what you wrote yourself: somebody else decides."), "own")
    if found.state != seen and (found.state != wanted or is_reported):
        raise Refusal(_("Somebody decided that meanwhile. Please look again."), "changed")
    return found


def _settle(post: Post, by: User, outcome: Report.Outcome) -> None:
    post.reports.open().update(settled_at=timezone.now(), settled_by=by, outcome=outcome)


@transaction.atomic
def show(*, post: Post, seen: str, by: User) -> Post:
    """Show it, or leave it as it is: reports of it are settled. seen: its state on the page.

    Raises Refusal (not_theirs, own, changed, taken_back).
    """
    post = _held(post, by, seen, wanted=S.SHOWN)
    if post.state == S.TAKEN_BACK:
        raise Refusal(_("Whoever wrote it took it back."), "taken_back")
    _settle(post, by, Report.Outcome.KEPT)
    if post.state != S.SHOWN:
        post.state, post.reason, post.note = S.SHOWN, "", ""
        post.decided_at, post.decided_by = timezone.now(), by
        post.save(update_fields=["state", "reason", "note", "decided_at", "decided_by"])
    return post


@transaction.atomic
def hide(*, post: Post, reason: str, note: str, seen: str, by: User) -> Post:
    """Keep it off the board; its author reads why. note: more for them to read, in one's own words.

    Raises Refusal (no_reason, long, not_theirs, own, changed, taken_back).
    """
    note = note.replace("\x00", "").strip()
    if reason not in HideReason.values:
        raise Refusal(_("Say why: whoever wrote it reads it."), "no_reason", "reason")
    if len(note) > NOTE_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": NOTE_LENGTH}, "long", "note")
    post = _held(post, by, seen)
    if post.state == S.TAKEN_BACK:
        raise Refusal(_("Whoever wrote it took it back."), "taken_back")
    _settle(post, by, Report.Outcome.HIDDEN)
    post.state, post.reason, post.note, post.pinned_at = S.HIDDEN, reason, note, None
    post.decided_at, post.decided_by = timezone.now(), by
    post.save(update_fields=["state", "reason", "note", "pinned_at", "decided_at", "decided_by"])
    return post


@transaction.atomic
def settle_gone(*, post: Post, by: User) -> Post:
    """Reports of a post that its author took back meanwhile are looked at and done with.

    Raises Refusal (not_theirs, own, changed).
    """
    post = _held(post, by, S.TAKEN_BACK)
    _settle(post, by, Report.Outcome.GONE)
    return post


@transaction.atomic
def pin(*, post: Post, pinned: bool, by: User) -> Post:
    """Keep a post at the top of its board, or no longer. What a leader wrote, once pinned, is seen by whoever joins later too.

    Raises Refusal (not_theirs, not_shown, enough).
    """
    board = Board.objects.select_for_update(no_key=True, of=("self",)).select_related("group").get(pk=post.board_id)
    post = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    if not looks_after(by, board.group):
        raise Refusal(_("Only who leads this group can do that."), "not_theirs")
    if pinned and (post.state != S.SHOWN or post.answers_id):
        raise Refusal(_("Only a post that is shown can be pinned."), "not_shown")
    if pinned and board.posts.exclude(pk=post.pk).filter(pinned_at__isnull=False).count() >= PINNED:
        raise Refusal(_("At most %(n)s posts are pinned. Take one down first.") % {"n": PINNED}, "enough")
    post.pinned_at = (post.pinned_at or timezone.now()) if pinned else None
    post.save(update_fields=["pinned_at"])
    return post
