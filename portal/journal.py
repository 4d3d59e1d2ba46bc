"""One's own journal: a page that the browser opens with a secret we never get, and what it asks of us by JSON.

Opening the page is on the record as reading one's own; what follows are sealed boxes, which say nothing to whoever has them here.
"""

import datetime as dt
import json
import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Can, Role, requires
from core.errors import Refusal
from journal import services
from journal.models import LEAST_ITERATIONS, Entry, SharedEntry
from journal.prompts import prompts_for
from journal.queries import list_of, shared_of, vault_of
from patients.models import Patient
from patients.records import own_record


def _writer(request) -> Patient:
    """Whose journal it is. Nothing is read here that could be put on the record: the page was, when it was opened."""
    patient = Patient.objects.filter(user=request.user).first()
    if patient is None or Role.PATIENT not in request.user.roles:
        raise Http404
    return patient


def _entry(patient: Patient, uid) -> Entry:
    entry = Entry.objects.filter(vault__patient=patient, uid=uid).first()
    if entry is None:
        raise Http404
    return entry


class _NotUnderstood(Exception):  # noqa: N818 - a request no page of ours sends
    pass


def _given(request) -> dict:
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise _NotUnderstood from None
    if not isinstance(found, dict):
        raise _NotUnderstood
    return found


def _uuid(value) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise _NotUnderstood from None


def _day(value) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except (ValueError, TypeError):
        raise _NotUnderstood from None


def _number(value) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise _NotUnderstood
    return value


def _words(value) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise _NotUnderstood
    return value


def _answered(deed) -> JsonResponse:
    """What a deed came to: 200, 409 with the refusal's code and sentence, 400 for what no page of ours sends."""
    try:
        return JsonResponse(deed())
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": str(refusal.message)}, status=HTTPStatus.CONFLICT)
    except _NotUnderstood:
        message = _("This page is out of date. Load it again.")
        return JsonResponse({"code": "not_understood", "message": message}, status=HTTPStatus.BAD_REQUEST)


def _vault_words(vault) -> dict | None:
    if vault is None:
        return None
    return {
        "uid": str(vault.uid),
        "version": vault.version,
        **{name: getattr(vault, name) for name in services.Keys.__slots__},
    }


def _keys(given: dict) -> services.Keys:
    return services.Keys(**{name: given.get(name) for name in services.Keys.__slots__})


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def journal(request) -> HttpResponse:
    """The page. What needs no secret works without scripts: what is shared, taking it back, deleting everything."""
    patient = own_record(request)
    vault = vault_of(patient)
    context = {
        "begun": vault is not None,
        "owner": patient.uid,
        "least_iterations": LEAST_ITERATIONS,
        "prompts": prompts_for(patient),
        "shared": shared_of(patient),
        "section": "journal",
    }
    return render(request, "portal/journal.html", context)


@requires(Can.USE_PORTAL)
@never_cache
def keys(request) -> JsonResponse:
    """GET: the wrapped key, or null. POST: begin a journal, or keep its key under new secrets (`version`)."""
    patient = _writer(request)

    def deed():
        if request.method != "POST":
            return {"vault": _vault_words(vault_of(patient))}
        given = _given(request)
        uid, version = _uuid(given.get("uid")), _number(given.get("version"))
        if version:
            vault = services.change_keys(patient=patient, uid=uid, version=version, keys=_keys(given))
        else:
            vault = services.begin_journal(patient=patient, uid=uid, keys=_keys(given))
        return {"vault": _vault_words(vault)}

    return _answered(deed)


def _moment(at) -> str | None:
    return timezone.localtime(at).isoformat(timespec="minutes") if at else None


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def entries(request) -> JsonResponse:
    """Every entry but its text."""
    rows = [
        {
            "uid": str(row["uid"]),
            "version": row["version"],
            "on": row["on"].isoformat(),
            "title": row["title_box"],
            "kept": row["for_group_at"] is not None,
            "shared": _moment(row["shared_at"]),
        }
        for row in list_of(_writer(request))
    ]
    return JsonResponse({"entries": rows})


@requires(Can.USE_PORTAL)
@never_cache
def entry(request, uid) -> JsonResponse:
    """GET: an entry with its text, sealed. POST: save one ("version": what it was written on, 0 when it is new)."""
    patient = _writer(request)
    if request.method != "POST":
        found = _entry(patient, uid)
        return JsonResponse(
            {
                "uid": str(found.uid),
                "version": found.version,
                "on": found.on.isoformat(),
                "title": found.title_box,
                "text": found.text_box,
            }
        )

    def deed():
        given = _given(request)
        saved = services.save_entry(
            patient=patient,
            key=_uuid(given.get("key")),
            uid=uid,
            version=_number(given.get("version")),
            on=_day(given.get("on")),
            title_box=given.get("title"),
            text_box=given.get("text"),
        )
        return {"version": saved.version}

    return _answered(deed)


@requires(Can.USE_PORTAL)
@require_POST
def delete(request, uid) -> JsonResponse:
    """Delete one entry for good."""
    patient = _writer(request)
    found = _entry(patient, uid)

    def deed():
        services.delete_entry(patient=patient, entry=found)
        return {"deleted": True}

    return _answered(deed)


@requires(Can.USE_PORTAL)
@require_POST
def keep(request, uid) -> JsonResponse:
    """Keep an entry for the next session, or no longer ("kept")."""
    patient = _writer(request)
    found = _entry(patient, uid)

    def deed():
        kept = bool(_given(request).get("kept"))
        services.keep_for_session(patient=patient, entry=found, kept=kept)
        return {"kept": kept}

    return _answered(deed)


@requires(Can.USE_PORTAL)
@require_POST
def share(request, uid) -> JsonResponse:
    """Share a copy with the care team: the one request that brings words."""
    patient = _writer(request)
    found = _entry(patient, uid)

    def deed():
        given = _given(request)
        copy = services.share(
            patient=patient,
            entry=found,
            version=_number(given.get("version")),
            title=_words(given.get("title")),
            text=_words(given.get("text")),
        )
        return {"shared": _moment(copy.shared_at)}

    return _answered(deed)


@requires(Can.USE_PORTAL)
@require_POST
def unshare(request, uid) -> HttpResponse:
    """Take back what is shared of an entry. From a script JSON; from the page's own form, the page again. It works for a copy
    whose entry is gone, too."""
    patient = _writer(request)
    if not SharedEntry.objects.filter(patient=patient, entry_uid=uid).exists():
        raise Http404
    services.unshare(patient=patient, entry_uid=uid)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"shared": None})
    messages.success(request, _("Taken back. Your team can’t read it any more."))
    return redirect("portal:journal")


@requires(Can.USE_PORTAL)
@never_cache
def forget(request) -> HttpResponse:
    """Delete the whole journal, after words. It needs no passphrase: whoever lost theirs can begin anew."""
    patient = own_record(request)
    word, error = _("delete"), ""
    if request.method == "POST":
        if request.POST.get("word", "").strip().casefold() == word.casefold():
            services.forget_everything(patient=patient)
            messages.success(request, _("Your journal is deleted."))
            return redirect("portal:journal")
        error = _("Nothing is deleted. Type the word to delete everything.")
    context = {
        "word": word,
        "error": error,
        "vault": vault_of(patient),
        "count": Entry.objects.filter(vault__patient=patient).count(),
        "section": "journal",
    }
    return render(request, "portal/journal_forget.html", context, status=422 if error else 200)
