"""The board of one's group: reading, writing, answering, reporting, and one's own words wherever they stand."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from core.errors import Refusal
from core.sent import sent_uid
from core.wordings import reading
from patients.models import Patient
from patients.records import own_record
from threads.board_forms import PostForm, ReportForm
from threads.board_pages import as_member, boards_for, names_of, newest_for, number_of, own_of
from threads.guidelines import house_guidelines, promise_to_look
from threads.models import Board, Post
from threads.pages import draft_of
from threads.services import boards


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def index(request) -> HttpResponse:
    """The boards one may read; straight to it where there is one."""
    own_record(request)
    found = boards_for(request.user)
    if len(found) == 1:
        return redirect("portal:board", found[0].uid)
    context = {
        "section": "messages",
        "boards": found,
        "wrote": Post.objects.filter(author=request.user).exists(),
    }
    return render(request, "portal/boards.html", context)


def _board(request, uid) -> Board:
    return get_object_or_404(Board.objects.read_by(request.user).select_related("group__program"), uid=uid)


@requires(Can.USE_PORTAL)
@never_cache
def board(request, uid) -> HttpResponse:
    """One board, and the box one writes in. Nothing typed is lost."""
    patient = own_record(request)
    found = Board.objects.read_by(request.user).select_related("group__program").filter(uid=uid).first()
    if found is None:
        return _too_late(request, uid)
    asked = request.POST if request.method == "POST" else request.GET
    answers = _answered(request, found, asked.get("to"))
    deed = request.POST.get("deed", "")
    form = PostForm(request.POST if deed == "post" else None)
    if request.method == "POST" and (done := _do(request, deed, found, form, answers)):
        return done
    if answers and not Post.objects.in_place_for(request.user).filter(pk=answers.pk).exists():
        answers = None  # its words are for nobody here any more
    moment = timezone.now()
    shown = as_member(found, request.user, number_of(request.GET.get("page", "")))
    if request.method == "GET" and shown.page.number == 1:
        boards.mark_seen(board=found, by=request.user, at=moment)
    must_agree, agreement = boards.to_agree(found, patient)
    context = {
        "section": "messages",
        "board": found,
        "shown": shown,
        "form": form,
        "answers": answers,
        "answers_name": _name_of(found, answers, request.user),
        "must_agree": must_agree,
        "agreement": agreement and reading(agreement),
        "wrote": found.posts.filter(author=request.user).exists(),
        "guidelines": house_guidelines(),
        "promise": promise_to_look(found.group.program),
        "draft": draft_of(request.user, _part(found, answers)),
    }
    return render(request, "portal/board.html", context, status=422 if request.method == "POST" else 200)


def _too_late(request, uid) -> HttpResponse:
    """Somebody wrote while their board was turned off, or their place in it ended: what they wrote comes back to them. Http404
    for anybody who never was in it."""
    was_in = Board.objects.filter(uid=uid, group__memberships__patient__user=request.user).exists()
    written = request.POST.get("text", "")
    if not (was_in and written):
        raise Http404(_("There is no such page."))
    return render(request, "portal/board_gone.html", {"section": "messages", "written": written}, status=422)


def _answered(request, found: Board, given: str | None) -> Post | None:
    """The post that is to be answered, where one is named and is shown to the reader."""
    if not given:
        return None
    seen = Post.objects.in_place_for(request.user).filter(board=found, answers=None).select_related("author")
    post = seen.filter(uid=sent_uid(given)).first()
    if post is None and request.method == "POST":
        # It was taken away meanwhile: the service says so, and the words stay in the box.
        return Post.objects.filter(board=found, uid=sent_uid(given)).select_related("author").first()
    return post


def _name_of(found: Board, post: Post | None, reader) -> str:
    if post is None:
        return ""
    if post.author_id == reader.pk:
        return _("yourself")
    return post.author.first_name if post.patient_id is None else names_of(found).get(post.author_id, "")


def _part(found: Board, answers: Post | None) -> str:
    """What the draft belongs to: the board, or the post that is answered."""
    return f"{found.uid}.{answers.uid}" if answers else str(found.uid)


def _do(request, deed: str, found: Board, form: PostForm, answers: Post | None) -> HttpResponse | None:
    """The deed the page asked for, and where it leads; None where its form has something to say."""
    if deed == "agree":
        boards.agree(board=found, by=request.user)
        messages.success(request, _("Thank you. You can write now."))
        return redirect(f"{reverse('portal:board', args=[found.uid])}#write")
    if deed != "post" or not form.is_valid():
        return None
    try:
        sent = boards.write_post(board=found, by=request.user, answers=answers, **form.cleaned_data)
    except Refusal as refusal:
        refusal.add_to(form)
        return None
    if sent.state == Post.State.WAITING:
        messages.success(request, _("Sent. The others see it once somebody who leads has looked."))
    else:
        messages.success(request, _("It is on the board."))
    return redirect(f"{reverse('portal:board', args=[found.uid])}#sent-{_part(found, answers)}")


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def news(request, uid) -> HttpResponse:
    """Whether others wrote since the page was shown (`seen`: the newest post there). A fragment, asked for by the clock: nothing
    of anybody stands in it."""
    found = _board(request, uid)
    newest = newest_for(found, request.user)
    if newest in ("", request.GET.get("seen", "")):
        return HttpResponse(status=204)
    return render(request, "portal/_board_news.html", {"board": found})


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def own(request) -> HttpResponse:
    """What one wrote oneself, on any board, also after one has left."""
    own_record(request)
    boards_now = Board.objects.read_by(request.user).select_related("group").order_by("group__name")
    context = {"section": "messages", "lines": own_of(request.user), "boards": boards_now}
    return render(request, "portal/board_own.html", context)


def _post(request, uid) -> tuple[Patient, Post]:
    """A post the reader may see. Http404 for any other."""
    patient = own_record(request)
    seen = Post.objects.visible_to(request.user).select_related("author", "board__group")
    return patient, get_object_or_404(seen, uid=uid)


@requires(Can.USE_PORTAL)
@never_cache
def report(request, uid) -> HttpResponse:
    """Ask those who lead to look at a post."""
    _patient, post = _post(request, uid)
    if post.author_id == request.user.pk:
        return redirect("portal:board_take_back", post.uid)
    if not Post.objects.in_place_for(request.user).filter(pk=post.pk).exists():
        raise Http404(_("There is no such page."))
    mine = post.reports.open().filter(reporter=request.user).exists()
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            boards.report(post=post, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Thank you. Those who lead look at it; nobody else learns that it was you."))
            return redirect("portal:board", post.board.uid)
    context = {
        "section": "messages",
        "post": post,
        "name": _name_of(post.board, post, request.user),
        "mine": mine,
        "form": form,
    }
    return render(request, "portal/board_report.html", context, status=422 if form.errors else 200)


@requires(Can.USE_PORTAL)
@never_cache
def take_back(request, uid) -> HttpResponse:
    """Take one's own post back, wherever one is now."""
    _patient, post = _post(request, uid)
    if post.author_id != request.user.pk:
        raise Http404(_("There is no such page."))
    if request.method == "POST":
        boards.take_back(post=post, by=request.user)
        messages.success(request, _("You took it back. Nobody here sees it any more."))
        return redirect("portal:board_own")
    return render(request, "portal/board_take_back.html", {"section": "messages", "post": post})
