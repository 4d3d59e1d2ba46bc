"""Staff's page of a group's board: on and off, what waits for a look, all that is written, writing oneself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from audit.models import Read
from core.errors import Refusal
from core.sent import sent_uid
from groups.models import Facilitator, Group
from patients.records import log_shown
from threads.board_forms import PostForm
from threads.board_pages import as_leader, boards_of, known_to, number_of, to_look_at
from threads.guidelines import KINDLY, promise_to_look
from threads.models import Board, HideReason, Post
from threads.pages import draft_of
from threads.services import boards, moderation


@requires(Can.LOOK_AFTER_BOARDS)
@never_cache
def board(request, uid) -> HttpResponse:
    """The board of one group (its uid). Who runs the program turns it on and off and sees what was reported; who leads sees all.
    A fixed number of queries."""
    group = get_object_or_404(boards_of(request.user).select_related("program"), uid=uid)
    found = Board.objects.filter(group=group).select_related("group__program", "opened_by", "closed_by").first()
    whole = boards.looks_after(request.user, group)
    leads = Facilitator.objects.current(group.program.today).filter(group=group, user=request.user).exists()
    answers = _post(request, found, "to") if found and whole else None
    form = PostForm(request.POST if request.POST.get("deed") == "post" else None)
    refused: dict = {}
    if request.method == "POST" and (done := _do(request, group, found, form, answers, refused)):
        return done
    context = {
        "section": "groups",
        "group": group,
        "board": found,
        "whole": whole,
        "promise": promise_to_look(group.program),
        "refused": refused,
    }
    if found:
        context |= _shown(request, found, whole=whole)
    if found and found.is_open and leads:
        part = f"{found.uid}.{answers.uid}" if answers else str(found.uid)
        context |= {"form": form, "answers": answers, "draft": draft_of(request.user, part)}
    return render(request, "threads/board.html", context, status=422 if request.method == "POST" else 200)


def _shown(request, found: Board, *, whole: bool) -> dict:
    """What of the board the reader sees; on the record as read."""
    patients = known_to(request.user, found)
    look = to_look_at(found, request.user, patients, whole=whole)
    number = number_of(request.GET.get("page", ""))
    shown = as_leader(found, request.user, number, patients) if whole else None
    seen = {line.post.patient_id for line in look} | {one.report.patient_id for line in look for one in line.reports}
    for line in (*shown.pinned, *shown.lines) if shown else ():
        seen |= {line.post.patient_id, *(reply.post.patient_id for reply in line.replies)}
    log_shown(request, [pk for pk in seen if pk in patients], Read.What.GROUP)
    reasons = [(value, label, KINDLY[value]) for value, label in HideReason.choices]
    return {"look": look, "shown": shown, "reasons": reasons}


def _post(request, found: Board, name: str) -> Post | None:
    """The post of this board that is named by its uid, of those the reader may see; None where none is named."""
    given = request.POST.get(name) or request.GET.get(name)
    if not given:
        return None
    seen = Post.objects.visible_to(request.user).filter(board=found).select_related("author")
    return get_object_or_404(seen, uid=sent_uid(given))


def _do(
    request, group: Group, found: Board | None, form: PostForm, answers: Post | None, refused: dict
) -> HttpResponse | None:
    """The deed the page asked for, and where it leads; None where its form has something to say. refused: takes what was refused
    of hiding a post, for its box to show again."""
    deed, by = request.POST.get("deed", ""), request.user
    here = reverse("threads:board", args=[group.uid])
    if deed == "open":
        boards.open_board(group=group, looks_first=request.POST.get("looks_first") != "no", by=by)
        messages.success(request, _("The board is on. Members find it under Messages."))
        return redirect(here)
    if found is None:
        return None
    if deed == "close":
        boards.close_board(board=found, by=by)
        messages.success(request, _("The board is off. Everything on it is kept, and comes back when you turn it on."))
        return redirect(here)
    if deed == "post" and form.is_valid():
        try:
            boards.write_post(board=found, by=by, answers=answers, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
            return None
        messages.success(request, _("It is on the board."))
        return redirect(f"{here}#sent-{f'{found.uid}.{answers.uid}' if answers else found.uid}")
    try:
        return _decide(request, deed, found, here)
    except Refusal as refusal:
        if deed != "hide":
            raise
        refused |= {"post": request.POST.get("post"), "note": request.POST.get("note", ""), "said": refusal.message}
        return None


def _decide(request, deed: str, found: Board, here: str) -> HttpResponse | None:
    """What somebody who leads decided of one post."""
    seen, by = request.POST.get("seen", ""), request.user
    deeds = {
        "show": lambda post: moderation.show(post=post, seen=seen, by=by),
        "hide": lambda post: moderation.hide(
            post=post, reason=request.POST.get("reason", ""), note=request.POST.get("note", ""), seen=seen, by=by
        ),
        "gone": lambda post: moderation.settle_gone(post=post, by=by),
        "pin": lambda post: moderation.pin(post=post, pinned=True, by=by),
        "unpin": lambda post: moderation.pin(post=post, pinned=False, by=by),
        "take_back": lambda post: boards.take_back(post=post, by=by),
    }
    said = {
        "show": _("It is on the board."),
        "hide": _("It is hidden. Whoever wrote it reads why."),
        "gone": _("Done with."),
        "pin": _("Pinned."),
        "unpin": _("No longer pinned."),
        "take_back": _("You took it back."),
    }
    post = _post(request, found, "post") if deed in deeds else None
    if post is None:
        return None
    deeds[deed](post)
    messages.success(request, said[deed])
    return redirect(here if deed in ("pin", "unpin", "take_back") else f"{here}#look")
