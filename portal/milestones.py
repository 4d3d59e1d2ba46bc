"""One's own milestones: days one counts oneself, sessions attended, goals met. Nothing here is compared with anybody."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from clinical.models import Attendance, Objective
from clinical.queries_plans import attainment_of
from clinical.services.daily import today_of
from core.errors import Refusal
from journal import days
from patients.forms import WRITTEN
from patients.records import own_record


class DayForm(forms.Form):
    """One day. name: of its field."""

    def __init__(self, *args, name: str, label: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[name] = forms.DateField(
            label=label,
            input_formats=WRITTEN,
            widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
            error_messages={
                "required": gettext_lazy("Choose a day."),
                "invalid": gettext_lazy("Enter a day: month, day, year."),
            },
        )


def _forms(request, count, today) -> dict[str, DayForm]:
    deed = request.POST.get("deed")
    since = count.since if count else None
    return {
        "from": DayForm(
            request.POST if deed == "from" else None,
            name="since",
            label=_("Count from this day"),
            initial={"since": since},
        ),
        "anew": DayForm(
            request.POST if deed == "anew" else None,
            name="on",
            label=_("Count anew from this day"),
            initial={"on": today},
        ),
    }


def _do(patient, deed: str, forms_: dict[str, DayForm], today) -> str:
    """Do what was asked; the sentence to say."""
    if deed == "from":
        days.count_from(patient=patient, today=today, **forms_["from"].cleaned_data)
        return _("Saved. Only you see this.")
    if deed == "anew":
        days.begin_anew(patient=patient, today=today, **forms_["anew"].cleaned_data)
        total = days.count_of(patient, today, patient.user).total
        if not total:
            return _("Every day counts.")
        return ngettext(
            "Every day counts. Your %(n)s day stays yours.", "Every day counts. Your %(n)s days stay yours.", total
        ) % {"n": total}
    if deed in ("share", "unshare"):
        days.share_count(patient=patient, shared=deed == "share")
        return _("Your care team can see it now.") if deed == "share" else _("Only you see it now.")
    days.stop_counting(patient=patient)
    return _("The dates are deleted.")


@requires(Can.USE_PORTAL)
@never_cache
def milestones(request) -> HttpResponse:
    """What one has behind oneself, in numbers that only grow."""
    patient = own_record(request)
    today = today_of(patient)
    count = days.count_of(patient, today, request.user)
    forms_ = _forms(request, count, today)
    deed, refusal = request.POST.get("deed", ""), None
    if request.method == "POST" and deed in ("from", "anew", "share", "unshare", "stop"):
        form = forms_.get(deed)
        if form is None or form.is_valid():
            try:
                messages.success(request, _do(patient, deed, forms_, today))
            except Refusal as caught:
                if form is None:
                    refusal = caught
                else:
                    caught.add_to(form)
            else:
                return redirect("portal:milestones")
    lines = attainment_of(patient)
    context = {
        "count": count,
        "from_form": forms_["from"],
        "anew_form": forms_["anew"],
        "refusal": refusal,
        "sessions": Attendance.objects.filter(patient=patient, attended=True).count(),
        "met": [line for line in lines if line.status == Objective.Status.ACHIEVED],
        "section": "milestones",
    }
    return render(request, "portal/milestones.html", context, status=422 if request.method == "POST" else 200)
