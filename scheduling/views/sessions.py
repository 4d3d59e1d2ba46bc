"""Pages that change one session."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import Can, requires
from core.errors import Refusal
from scheduling import services
from scheduling.forms import AddSessionForm, CancelForm, ChangeSessionForm, MoveForm
from scheduling.models import Session
from scheduling.views.common import form_status, visible_group, visible_session, warn_of_licences


def _too_late(request, session: Session):
    """On opening the form of a session that can no longer be changed: back to its page, which says what it is now."""
    if request.method != "GET" or not (session.is_cancelled or session.has_begun):
        return None
    why = (
        _("This session is already cancelled.")
        if session.is_cancelled
        else _("This session has begun; it stays as it is.")
    )
    messages.info(request, why)
    return redirect("dashboard:session", uid=session.uid)


@requires(Can.MANAGE_SCHEDULE)
def cancel(request, uid):
    """Cancel one session."""
    session = visible_session(request, uid)
    if back := _too_late(request, session):
        return back
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_session(session=session, reason=form.cleaned_data["reason"], by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The session is cancelled. Everybody expected is being told."))
            return redirect("dashboard:session", uid=uid)
    context = {"section": "week", "session": session, "form": form}
    return render(request, "scheduling/cancel.html", context, status=form_status(request))


@requires(Can.MANAGE_SCHEDULE)
def move(request, uid):
    """Move one session, once: first what would change is shown, then it is done."""
    session = visible_session(request, uid)
    if back := _too_late(request, session):
        return back
    form = MoveForm(request.POST or None, session=session)
    context = {"section": "week", "session": session, "form": form}
    if "again" in request.POST:  # back from the preview
        return render(request, "scheduling/move.html", context)
    if request.method == "POST" and form.is_valid():
        sure = "sure" in request.POST
        try:
            if sure:
                changed = services.move_session(**form.deed, by=request.user).changes != session.changes
            else:
                context["preview"] = services.preview_move(**form.deed, by=request.user)
                changed = context["preview"].is_change
        except Refusal as refusal:
            refusal.field = "time" if refusal.field == "starts_at" else refusal.field
            refusal.add_to(form)
            if refusal.code == "changed_meanwhile":
                form.look_again()
        else:
            if changed and not sure:
                return render(request, "scheduling/move_preview.html", context)
            if not changed:
                messages.info(request, _("That is when it takes place already. Nothing was changed."))
            else:
                messages.success(request, _("The session has its new time. Everybody expected is being told."))
            return redirect("dashboard:session", uid=uid)
    return render(request, "scheduling/move.html", context, status=form_status(request))


@requires(Can.MANAGE_SCHEDULE)
def change(request, uid):
    """Give one session another leader, topic or length."""
    session = visible_session(request, uid)
    if back := _too_late(request, session):
        return back
    form = ChangeSessionForm(request.POST or None, session=session)
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_session(session=session, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            if changed.changes == session.changes:
                messages.info(request, _("That is how it is already. Nothing was changed."))
                return redirect("dashboard:session", uid=uid)
            messages.success(request, _("The session is changed. Whoever notices it is being told."))
            warn_of_licences(request, [changed])
            if _still_seen(request, changed):
                return redirect("dashboard:session", uid=uid)
            return redirect("dashboard:week")
    context = {"section": "week", "session": session, "form": form}
    return render(request, "scheduling/change_session.html", context, status=form_status(request))


def _still_seen(request, session: Session) -> bool:
    # Whoever gave it to somebody else may not.
    return Session.objects.visible_to(request.user).filter(pk=session.pk).exists()


@requires(Can.MANAGE_SCHEDULE)
def add(request, uid):
    """Add one session to a group."""
    group = visible_group(request, uid)
    form = AddSessionForm(request.POST or None, group=group)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("minutes", "break_minutes", "topic")}
        try:
            session = services.add_session(group=group, starts_at=form.starts_at, by=request.user, **values)
        except Refusal as refusal:
            refusal.field = "time" if refusal.field == "starts_at" else refusal.field
            refusal.add_to(form)
        else:
            messages.success(request, _("The session is added. Everybody expected is being told."))
            warn_of_licences(request, [session])
            page = ("session", session.uid) if _still_seen(request, session) else ("group", uid)
            return redirect(f"dashboard:{page[0]}", uid=page[1])
    context = {"section": "groups", "group": group, "form": form}
    return render(request, "scheduling/add_session.html", context, status=form_status(request))
