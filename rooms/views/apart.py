"""Pairs of a group kept apart in rooms beside. For its leaders."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from audit.models import Read
from core.errors import Refusal
from core.sent import sent_uid
from patients.models import Patient
from patients.records import log_shown
from rooms.models import Apart
from rooms.services import apart


class PairForm(forms.Form):
    """Who is kept apart from whom, and why."""

    one = forms.ModelChoiceField(
        Patient.objects.none(), label=gettext_lazy("One"), empty_label=gettext_lazy("Choose a person")
    )
    other = forms.ModelChoiceField(
        Patient.objects.none(), label=gettext_lazy("The other"), empty_label=gettext_lazy("Choose a person")
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=apart.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Only the leaders read it."),
    )

    def __init__(self, *args, members, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("one", "other"):
            self.fields[name].queryset = members


@requires(Can.LEAD_ROOM)
@never_cache
def pairs(request, uid):
    """The pairs kept apart now; a new one; and taking one back (POST "end": its uid)."""
    group = get_object_or_404(apart.groups_led(request.user), uid=uid)
    kept = Apart.objects.visible_to(request.user).filter(group=group, ended_at=None)
    if request.method == "POST" and "end" in request.POST:
        apart.end_apart(pair=get_object_or_404(kept, uid=sent_uid(request.POST["end"])), by=request.user)
        messages.success(request, _("They may be in one room again."))
        return redirect("rooms:apart", uid=uid)
    members = apart.members_of(group, request.user)
    form = PairForm(request.POST or None, members=members)
    if request.method == "POST" and form.is_valid():
        try:
            apart.keep_apart(group=group, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("They are not put into one room from now on."))
            return redirect("rooms:apart", uid=uid)
    kept = list(kept.select_related("one", "other", "by").order_by("pk"))
    shown = {one.pk for one in members} | {pk for pair in kept for pk in (pair.one_id, pair.other_id)}
    log_shown(request, shown, Read.What.GROUP)
    context = {"section": "groups", "group": group, "pairs": kept, "form": form, "can_pair": len(members) > 1}
    return render(request, "rooms/apart.html", context, status=422 if request.method == "POST" else 200)
