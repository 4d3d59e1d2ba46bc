"""How a patient is reached, as they choose it themselves; and what was delivered on their own pages."""

import hashlib
import json

import phonenumbers
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Can, requires
from core.errors import Refusal
from messaging.channels import push
from messaging.forms import MobileForm, ReachForm, channels_words, leads_words, quiet_words
from messaging.models import Channel, PushSubscription
from messaging.preferences import (
    forget_browsers,
    mark_read,
    remove_mobile,
    set_mobile,
    set_preference,
    tell_browser,
)
from messaging.queries import notices_page, reach_of
from messaging.wishes import usual_of, wishes_of
from patients.models import Patient
from patients.records import own_record
from portal.queries import stays


def _program_id(patient: Patient) -> int | None:
    """The program whose rules hold: of the stay that is open, else of the next. One query."""
    episodes, coming = stays(patient)
    first = episodes[0] if episodes else coming
    return first.program_id if first else None


def _page(
    request, patient: Patient, *, form: ReachForm | None = None, mobile: MobileForm | None = None
) -> HttpResponse:
    """The page, with whichever form came back."""
    user, program = patient.user, _program_id(patient)
    usual, mine = usual_of(program), wishes_of(user.pk, program)
    browsers = PushSubscription.objects.visible_to(user).filter(gone_at=None).values_list("endpoint", flat=True)
    known = [hashlib.sha256(endpoint.encode()).hexdigest() for endpoint in browsers]
    reach = reach_of(user, program)
    context = {
        "section": "details",
        "patient": patient,
        "form": form or ReachForm(mine=mine, usual=usual),
        "mobile": mobile or MobileForm(initial={"number": patient.phone if not reach.number else ""}),
        "reach": reach,
        "is_own": mine.lead_minutes != usual.lead_minutes
        or mine.channels != usual.channels
        or (mine.quiet_from, mine.quiet_until) != (usual.quiet_from, usual.quiet_until),
        "usual_leads": leads_words(usual.lead_minutes),
        "usual_ways": channels_words(usual.channels),
        "usual_quiet": quiet_words(usual.quiet_from, usual.quiet_until),
        "sms_from": _number_in_words(settings.TWILIO_FROM),
        "push_key": push.public_key(),
        "browsers": len(known),
        "known": " ".join(known),
        "sms": Channel.SMS,
    }
    came_back = (form and form.errors) or (mobile and mobile.errors)
    return render(request, "portal/reach.html", context, status=422 if came_back else 200)


def _number_in_words(sender: str) -> str:
    """The number texts come from, as people dial it; "" for a messaging service, which has several."""
    try:
        number = phonenumbers.parse(sender, "US")
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


@requires(Can.USE_PORTAL)
@never_cache
def reach(request) -> HttpResponse:
    """The order of ways, when to remind, quiet hours, what not to send. `usual`: back to what the program does."""
    patient = own_record(request)
    if request.method != "POST":
        return _page(request, patient)
    if "usual" in request.POST:
        muted = wishes_of(patient.user_id, None).muted
        set_preference(
            user=patient.user, channels=None, lead_minutes=None, quiet_from=None, quiet_until=None, muted=muted
        )
        messages.success(request, _("Saved. You are reached as the clinic usually does it."))
        return redirect("portal:reach")
    program = _program_id(patient)
    form = ReachForm(request.POST, mine=wishes_of(patient.user_id, program), usual=usual_of(program))
    if form.is_valid():
        try:
            set_preference(user=patient.user, **form.deed())
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Saved."))
            return redirect("portal:reach")
    return _page(request, patient, form=form)


@requires(Can.USE_PORTAL)
@require_POST
@never_cache
def number(request) -> HttpResponse:
    """Text me at this number; `remove`: text me no more."""
    patient = own_record(request)
    if "remove" in request.POST:
        if remove_mobile(user=patient.user):
            messages.success(request, _("Your number is taken off. You get no more texts."))
        return redirect("portal:reach")
    form = MobileForm(request.POST)
    if form.is_valid():
        try:
            set_mobile(user=patient.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Saved. Texts may come to this number now."))
            return redirect("portal:reach")
    return _page(request, patient, mobile=form)


@requires(Can.USE_PORTAL)
@require_POST
@never_cache
def browsers(request) -> HttpResponse:
    """Tell this browser, or no more. JSON: the subscription as the browser gives it, with `remove` to take it off.

    From a form (`all`): tell none of the person's browsers, wherever they are.
    """
    patient = own_record(request)
    if request.content_type != "application/json":
        if "all" in request.POST and forget_browsers(user=patient.user):
            messages.success(request, _("None of your browsers is told any more."))
        return redirect("portal:reach")
    try:
        given = json.loads(request.body)
        endpoint, keys = str(given["endpoint"]), given.get("keys") or {}
        if given.get("remove"):
            forget_browsers(user=patient.user, endpoint=endpoint)
            return JsonResponse({"told": False})
        tell_browser(
            user=patient.user, endpoint=endpoint, p256dh=str(keys.get("p256dh", "")), auth=str(keys.get("auth", ""))
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"code": "bad_browser", "message": _("This browser can’t be told.")}, status=400)
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": str(refusal.message)}, status=409)
    return JsonResponse({"told": True})


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def notices(request) -> HttpResponse:
    """What was delivered on the person's own pages. What is shown is read from then on."""
    patient = own_record(request)
    page = notices_page(patient.user, request.GET.get("page"))
    rows = list(page.object_list)
    if request.method == "GET":
        mark_read(user=patient.user, notices=rows)
    return render(request, "portal/notices.html", {"section": "home", "page": page, "rows": rows})
