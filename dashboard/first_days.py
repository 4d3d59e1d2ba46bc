"""Somebody's first days, for their team: the link that lets them in, how far they are, what they signed and took back."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from core.errors import Refusal
from core.sent import sent_uid
from dashboard.door_card import devices_of
from messaging.models import Address, Channel, Delivery
from patients.lessons import LESSONS
from patients.models import Consent, Invitation, Patient
from patients.records import open_record
from patients.services import consents, invitations
from patients.services.first_days import DETAILS, done_of
from rooms.services.device_tests import last_test
from scheduling.forms import DayField

SHOWN = 5  # of the invitations, the latest


class InviteForm(forms.Form):
    """By which way, and their word for it."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Send the link by"),
        choices=[(str(c), c.label) for c in (Channel.EMAIL, Channel.SMS)],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose e-mail or text.")},
    )
    may_text = forms.BooleanField(
        label=gettext_lazy("They said that we may text them"),
        required=False,
        help_text=gettext_lazy("Needed for a text, where they have not said so on their own pages."),
    )


class HandleForm(forms.Form):
    """What was done in reliance on a consent that was taken back."""

    relied_until = DayField(
        label=gettext_lazy("Last day something was shared or done because of it"),
        required=False,
        help_text=gettext_lazy("Empty: nothing was. It may not go on after the day it was taken back."),
    )


@requires(Can.INVITE)
@never_cache
def page(request, uid) -> HttpResponse:
    """Invite them, see how far they are, deal with what they took back. A fixed number of queries."""
    patient = open_record(request, uid)
    do = request.POST.get("do") if request.method == "POST" else None
    invite_form = InviteForm(request.POST if do == "invite" else None, initial={"channel": "email"})
    handled, handle_form = None, HandleForm(request.POST if do == "handle" else None)
    if do == "invite" and invite_form.is_valid():
        try:
            invitations.invite(patient=patient, by=request.user, **invite_form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(invite_form)
        else:
            messages.success(request, _("The link is on its way. It works once, for seven days."))
            return redirect("dashboard:first_days", uid)
    elif do == "revoke":
        _revoke(request, patient)
        return redirect("dashboard:first_days", uid)
    elif do == "handle":
        handled = Consent.objects.filter(patient=patient, uid=sent_uid(request.POST.get("consent"))).first()
        if handled is None:
            raise Http404
        if handle_form.is_valid():
            try:
                consents.handle_withdrawal(consent=handled, by=request.user, **handle_form.cleaned_data)
            except Refusal as refusal:
                refusal.add_to(handle_form)
            else:
                messages.success(request, _("Kept, with your name and the day."))
                return redirect("dashboard:first_days", uid)
    wrong = bool(invite_form.errors or handle_form.errors)
    context = {
        **_about(patient),
        "section": "people",
        "patient": patient,
        "invite_form": invite_form,
        "handle_form": handle_form,
        "handled": handled,
    }
    return render(request, "dashboard/first_days.html", context, status=422 if wrong else 200)


def _revoke(request, patient: Patient) -> None:
    invitation = Invitation.objects.filter(patient=patient, uid=sent_uid(request.POST.get("invitation"))).first()
    if invitation is None:
        raise Http404
    invitations.revoke(invitation=invitation, by=request.user)
    messages.success(request, _("Taken back: the link opens nothing any more."))


def _about(patient: Patient) -> dict:
    """How far they are. Eight queries."""
    sent = list(Invitation.objects.filter(patient=patient).select_related("invited_by")[:SHOWN])
    found = Delivery.objects.filter(kind=invitations.INVITED, subject_id__in=[one.pk for one in sent])
    deliveries = {delivery.subject_id: delivery for delivery in found}
    signed = list(Consent.objects.filter(patient=patient).select_related("document__program", "handled_by"))
    test, done = last_test(patient), done_of(patient)
    return {
        "sent": [(one, deliveries.get(one.pk)) for one in sent],
        "is_in": patient.user.has_usable_password() or any(one.used_at for one in sent),
        "standing": next((one for one in sent if _opens(one)), None),
        "number": Address.objects.filter(user=patient.user, channel=Channel.SMS).first(),
        "signed": signed,
        "to_handle": [one for one in signed if one.withdrawn_at and not one.handled_at],
        "to_sign": consents.to_sign(patient),
        "test": test,
        "devices": devices_of(test) if test else [],
        "lessons": [(lesson, lesson.step in done) for lesson in LESSONS],
        "details_done": DETAILS in done,
    }


def _opens(one: Invitation) -> bool:
    return not (one.used_at or one.revoked_at or one.locked_at or one.has_run_out)
