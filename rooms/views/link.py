"""The link at which a group meets in another program. For its leaders."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from core.errors import Refusal
from rooms.services import apart
from rooms.services.link import set_link, use_of


class LinkForm(forms.Form):
    """The link, or none."""

    link = forms.CharField(
        label=gettext_lazy("Link to the meeting"),
        required=False,
        max_length=200,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
        help_text=gettext_lazy(
            "Members open it from the room once they were let in. It is never mailed or shown elsewhere."
        ),
    )


@requires(Can.LEAD_ROOM)
@never_cache
def link(request, uid) -> HttpResponse:
    """Where the group meets in another program, and giving another link, or none."""
    group = get_object_or_404(apart.groups_led(request.user), uid=uid)
    form = LinkForm(request.POST if request.method == "POST" else None, initial={"link": group.meeting_url})
    if request.method == "POST" and form.is_valid():
        try:
            set_link(group=group, by=request.user, link=form.cleaned_data["link"])
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Saved. Whoever is in a session now has it at once."))
            return redirect("dashboard:group", uid)
    context = {"section": "groups", "group": group, "form": form, "use": use_of(group)}
    return render(request, "rooms/link.html", context, status=422 if form.errors else 200)
