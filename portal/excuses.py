"""Saying ahead that one can't come to a session: asking to be excused, the answer, and coming after all."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from clinical.queries import Week
from core.errors import Refusal
from patients.records import own_record
from portal.queries import own_session
from scheduling.models import Booking, ExcuseRequest, RequestPolicy
from scheduling.services.excuses import WORDS_LENGTH, ask_to_be_excused, asks_until, standing_of, take_back_excuse


class ExcuseForm(forms.Form):
    """Why, as far as one wants to say."""

    reason = forms.ChoiceField(
        label=gettext_lazy("What comes closest?"),
        choices=ExcuseRequest.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what comes closest. “I’d rather not say” is fine, too.")},
    )
    words = forms.CharField(
        label=gettext_lazy("Anything you want to add"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=gettext_lazy("You don’t have to say anything about your health."),
    )


@requires(Can.USE_PORTAL)
@never_cache
def excuse(request, uid) -> HttpResponse:
    """One session ahead: ask to be excused, read the answer, or say that one comes after all."""
    patient = own_record(request)
    own = own_session(patient, uid)
    if own is None:
        raise Http404
    booking = Booking.objects.live().select_related("session__group").get(session=own.thing, patient=patient)
    found = standing_of(booking)
    deed = request.POST.get("deed", "")
    form = ExcuseForm(request.POST if deed == "ask" else None)
    refusal = None
    if request.method == "POST":
        try:
            if deed == "ask" and form.is_valid():
                ask_to_be_excused(booking=booking, **form.cleaned_data)
                messages.success(request, _("Thank you for telling us ahead. You are told when there is an answer."))
                return redirect("portal:excuse", uid)
            if deed == "back" and found:
                take_back_excuse(request=found, patient=patient)
                messages.success(request, _("Good: you are expected as before."))
                return redirect("portal:excuse", uid)
        except Refusal as caught:
            if deed == "ask" and caught.field:
                caught.add_to(form)
            else:
                refusal, found = caught, standing_of(booking)
    until = asks_until(own.thing, RequestPolicy.of(own.thing.group.program_id))
    context = {
        "section": "week",
        "own": own,
        "found": found,
        "form": form,
        "refusal": refusal,
        "until": until,
        "may_ask": found is None and not own.is_off and timezone.now() < min(until, own.thing.starts_at),
        "is_this_week": own.thing.starts_at < Week.of(None, timezone.get_current_timezone_name()).ends_at,
        "may_take_back": found is not None and not own.thing.has_begun,
    }
    return render(request, "portal/excuse.html", context, status=422 if request.method == "POST" else 200)
