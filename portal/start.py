"""The first days: a calm list of what is good to have done, the test of devices, and the first lessons.

Nothing here stands in the way of help or of a session: what a session needs is asked at its door.
"""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from core.errors import Refusal
from patients import lessons
from patients.records import own_record
from patients.services.first_days import done_of, mark_done
from portal.first_days import first_days_of
from portal.queries import next_of
from rooms.models import DeviceTest
from rooms.page import with_sockets
from rooms.services.device_tests import DEVICES, is_fine, keep_test, last_test

# Where the connection is tried when no session is planned: the gate opens and then says that there is none.
NO_SESSION = uuid.UUID(int=0)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def start(request) -> HttpResponse:
    """What is done and what is left, in the order that makes sense."""
    patient = own_record(request)
    first = first_days_of(patient)
    context = {"section": "home", "patient": patient, "first": first, "bad": bad_devices(first.test)}
    return render(request, "portal/start/list.html", context)


def bad_devices(test: DeviceTest | None) -> list[str]:
    """Which devices did not do well in a test, by name."""
    return [name for name in DEVICES if test and getattr(test, name) in ("denied", "missing", "trouble")]


@requires(Can.USE_PORTAL)
@never_cache
def devices(request) -> HttpResponse:
    """Try camera, microphone, sound and connection in peace; keep how it went, and say what helps."""
    patient = own_record(request)
    refusal = None
    if request.method == "POST":
        try:
            test = keep_test(patient=patient, **{name: request.POST.get(name, "") for name in DEVICES})
        except Refusal as refused:
            refusal = refused
        else:
            if not is_fine(test):
                messages.info(request, _("Kept. Below is what helps with what did not work."))
                return redirect("portal:start_devices")
            messages.success(request, _("Kept. You are ready to join."))
            return redirect("portal:start")
    test = last_test(patient)
    upcoming = next_of(patient)
    session = {"uid": upcoming.thing.uid if upcoming and not upcoming.is_appointment else NO_SESSION}
    context = {
        "section": "home",
        "session": session,
        "camera_policy": "free",
        "live_port": settings.LIVE_DIRECT_PORT or "",
        "test": test,
        "bad": bad_devices(test),
        "is_fine": bool(test) and is_fine(test),
        "refusal": refusal,
    }
    return with_sockets(render(request, "portal/start/devices.html", context, status=422 if refusal else 200))


@requires(Can.USE_PORTAL)
@never_cache
def lesson(request, lesson) -> HttpResponse:
    """One page to read; “I have read this” leads to the next."""
    patient = own_record(request)
    found = lessons.BY_CODE.get(lesson)
    if found is None:
        raise Http404
    following = lessons.after(found)
    if request.method == "POST":
        mark_done(patient=patient, step=found.step)
        if following:
            return redirect("portal:lesson", following.code)
        messages.success(request, _("That was the last one. You know what to expect."))
        return redirect("portal:start")
    context = {
        "section": "home",
        "lesson": found,
        "following": following,
        "number": lessons.LESSONS.index(found) + 1,
        "of": len(lessons.LESSONS),
        "is_read": found.step in done_of(patient),
    }
    return render(request, "portal/start/lesson.html", context)
