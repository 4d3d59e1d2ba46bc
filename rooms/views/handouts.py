"""Handouts on the desk: made for a series or one session, changed, withdrawn."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from core.errors import Refusal
from rooms.drawings import data_url
from rooms.forms.handouts import HandoutForm, NewHandoutForm, TitleForm
from rooms.models import Handout
from rooms.pages import pages_of
from rooms.services.handouts import change_handout, make_handout, withdraw_handout
from scheduling.models import Session


@requires(Can.LEAD_ROOM)
def of_session(request, uid):
    """The handouts a session has: its own and its series'; and a new one."""
    session = get_object_or_404(Session.objects.visible_to(request.user).select_related("group"), uid=uid)
    form = NewHandoutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        for_one = values.pop("of") == NewHandoutForm.ONE
        owner = {"session": session} if for_one else {"group": session.group}
        try:
            make_handout(by=request.user, **values, **owner)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Made. It can be opened in the session."))
            return redirect("rooms:handouts_of_session", uid)
    found = Handout.objects.of_session(session).select_related("made_by")
    return render(
        request,
        "rooms/handouts.html",
        {"section": "home", "session": session, "form": form, "handouts": found},
        status=422 if request.method == "POST" else 200,
    )


@requires(Can.LEAD_ROOM)
def handout(request, uid):
    """One of them, as it is read; and its words to change."""
    found = get_object_or_404(
        Handout.objects.visible_to(request.user).select_related("group", "session__group", "made_by"), uid=uid
    )
    kind = TitleForm if found.drawing else HandoutForm
    form = kind(request.POST or None, initial={"title": found.title, "text": found.text})
    if request.method == "POST" and form.is_valid():
        try:
            change_handout(handout=found, title=form.cleaned_data["title"], text=form.cleaned_data.get("text", ""))
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Saved."))
            return redirect("rooms:handout", uid)
    return render(
        request,
        "rooms/handout.html",
        {
            "section": "home",
            "handout": found,
            "form": form,
            "pages": pages_of(found.text),
            "drawing": data_url(found.drawing) if found.drawing else "",
        },
        status=422 if request.method == "POST" else 200,
    )


@requires(Can.LEAD_ROOM)
@require_POST
def withdraw(request, uid):
    """Take one back."""
    found = get_object_or_404(Handout.objects.visible_to(request.user), uid=uid)
    withdraw_handout(handout=found)
    messages.success(request, _("Withdrawn. It can’t be opened any more."))
    return redirect("rooms:handout", uid)
