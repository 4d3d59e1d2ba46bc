"""Downloading one's own record as a file. Whoever signed in a while ago says once more who they are: devices are shared."""

import json
import urllib.parse

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from clinical.models import RecordExport
from clinical.own_record import pdf
from clinical.own_record.facts import counts_of, gather
from clinical.services.release import keep_download, take_a_download
from core.errors import Refusal
from patients.records import own_record
from threads.record import threads_of

KINDS = {"pdf": "application/pdf", "json": "application/json"}
SHOWN = 10  # of the downloads before, the latest
SANDBOX = "default-src 'none'; sandbox"


@requires(Can.USE_PORTAL)
@never_cache
def download(request) -> HttpResponse:
    """Choose the form; the file is made at once, kept nowhere, and that it was made is on the record."""
    patient = own_record(request)
    if is_reauthentication_required(request, app="portal"):
        back = urllib.parse.urlencode({"next": reverse("portal:record_download")})
        return redirect(f"{reverse('account_reauthenticate')}?{back}")
    form = request.POST.get("form", "")
    if request.method == "POST" and form in KINDS:
        try:
            return _file(patient, form, request.user)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("portal:record_download")
    before = RecordExport.objects.filter(patient=patient)[:SHOWN]
    context = {"section": "record", "before": before}
    return render(request, "portal/record/download.html", context, status=422 if request.method == "POST" else 200)


def _file(patient, form: str, by) -> HttpResponse:
    """The file, to be saved; its name says nothing of whom or what."""
    take_a_download(patient=patient, by=by)
    facts = gather(patient) | {"messages": threads_of(patient)}
    data = pdf.render(facts) if form == "pdf" else _as_json(facts)
    counts = counts_of(facts) | {"messages": sum(len(thread["written"]) for thread in facts["messages"])}
    keep_download(patient=patient, form=form, counts=counts, data=data, by=by)
    response = HttpResponse(data, content_type=KINDS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{_("my-record")}.{form}"'
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _as_json(facts: dict) -> bytes:
    return json.dumps(facts, ensure_ascii=False, indent=2).encode()
