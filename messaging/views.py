"""Staff's pages about messages: a program's wordings and rules, and a member of staff's own notices.

A program is named by `?program=<uid>`, where somebody words several. A form that comes back with errors answers 422.
"""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import GRANTS, Can, requires
from accounts.models import Program
from core.errors import Refusal
from messaging.forms import RulesForm, WordingForm, channels_words, leads_words, quiet_words
from messaging.kinds import KINDS
from messaging.models import Channel, Template
from messaging.preferences import mark_read, set_policy
from messaging.queries import notices_page
from messaging.texts import sender
from messaging.wishes import usual_of
from messaging.wording import placeholders_of, warnings_of
from messaging.wordings import check_wording, default_wording, preview, reset_template, save_template, segments, tidy

LANGUAGES = dict(Template._meta.get_field("language").choices)


def _program(request) -> tuple[Program, list[Program]]:
    """The program asked for, and all whose messages the reader words. Http404 for another's, 404 for none."""
    programs = list(Program.objects.filter(pk__in=request.user.program_ids(*GRANTS[Can.WRITE_WORDINGS])))
    asked = request.GET.get("program", "")
    found = next((p for p in programs if not asked or str(p.uid) == asked), None)
    if found is None:
        raise Http404(_("There is no such page."))
    return found, programs


def _address(name: str, program: Program, **kwargs) -> str:
    return f"{reverse(f'messaging:{name}', kwargs=kwargs)}?program={program.uid}"


@requires(Can.WRITE_WORDINGS)
@require_safe
def wordings(request):
    """Every kind of message, and what of it is in the program's own words."""
    program, programs = _program(request)
    own = {
        (kind, channel, language)
        for kind, channel, language in Template.objects.filter(program=program).values_list(
            "kind", "channel", "language"
        )
    }
    rows = [
        {
            "kind": kind,
            "cells": [
                {
                    "channel": channel,
                    "languages": [
                        {
                            "code": code,
                            "name": name,
                            "own": (kind.name, channel, code) in own,
                            "url": _address("wording", program, kind=kind.name, channel=channel.value, language=code),
                        }
                        for code, name in LANGUAGES.items()
                    ],
                }
                for channel in Channel
            ],
        }
        for kind in sorted(KINDS.values(), key=lambda kind: (str(kind.category), str(kind.label)))
    ]
    context = {"section": "wordings", "program": program, "programs": programs, "rows": rows, "channels": Channel}
    return render(request, "messaging/wordings.html", context)


@requires(Can.WRITE_WORDINGS)
def wording(request, kind, channel, language):
    """One message: its words, checked, and how it will look. `deed`: preview (nothing is saved), save or reset."""
    program, _all = _program(request)
    known = KINDS.get(kind)
    if known is None or channel not in Channel.values or language not in LANGUAGES:
        raise Http404(_("There is no such page."))
    own = Template.objects.filter(program=program, kind=kind, channel=channel, language=language)
    own = own.select_related("written_by").first()
    default = default_wording(known, channel, language)
    of_this = {"program": program, "kind": kind, "channel": channel, "language": language}
    here = _address("wording", program, kind=kind, channel=channel, language=language)
    deed = request.POST.get("deed", "preview") if request.method == "POST" else ""
    if deed == "reset":
        if reset_template(**of_this, by=request.user):
            messages.success(request, _("The product’s own words hold again."))
        return redirect(here)
    shown = (own.subject, own.text) if own else ("", default[1])
    form = WordingForm(
        request.POST if deed else None,
        channel=channel,
        language=language,
        initial={"subject": shown[0], "text": shown[1]},
    )
    if deed and form.is_valid():
        shown = tidy(form.cleaned_data.get("subject", ""), form.cleaned_data["text"])
        try:
            if deed == "save":
                _saved, left_out = save_template(**of_this, subject=shown[0], text=shown[1], by=request.user)
                messages.success(request, _("Saved. Messages that leave from now on say it so."))
                for warning in left_out:
                    messages.warning(request, warning.sentence)
                return redirect(here)
            for fault in check_wording(**{**of_this, "kind": known}, subject=shown[0], text=shown[1]):
                Refusal(fault.sentence, fault.code, fault.field).add_to(form)
        except Refusal as refusal:
            refusal.add_to(form)
    letter = preview(**{**of_this, "kind": known}, subject=shown[0], text=shown[1])
    length, parts = segments(letter.text)
    context = {
        "section": "wordings",
        "program": program,
        "kind": known,
        "channel": Channel(channel),
        "language": LANGUAGES[language],
        "code": language,
        "form": form,
        "own": own,
        "default_subject": default[0],
        "placeholders": [{"name": name, "stands_for": known.samples.get(name, "")} for name in placeholders_of(known)],
        "letter": letter,
        "sender": sender(),
        "site": settings.SITE_NAME,
        "length": length,
        "parts": parts,
        "warnings": warnings_of(known, channel=channel, subject=shown[0], text=shown[1]),
        "back": _address("wordings", program),
    }
    # A fragment is put in its place whatever it says; htmx would drop one with an error's status.
    status = 422 if deed and form.errors and not request.htmx else 200
    return render(request, "messaging/wording.html", context, status=status)


@requires(Can.WRITE_WORDINGS)
def rules(request):
    """When and how a program reminds whoever did not choose for themselves."""
    program, programs = _program(request)
    usual = usual_of(program.pk)
    form = RulesForm(
        request.POST or None,
        leads=usual.lead_minutes,
        channels=usual.channels,
        quiet=(usual.quiet_from, usual.quiet_until),
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_policy(program=program, **form.deed(), by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Saved. They hold for everything that leaves from now on."))
            return redirect(_address("rules", program))
    context = {
        "section": "rules",
        "program": program,
        "programs": programs,
        "form": form,
        "leads": leads_words(usual.lead_minutes),
        "ways": channels_words(usual.channels),
        "quiet": quiet_words(usual.quiet_from, usual.quiet_until),
    }
    return render(request, "messaging/rules.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.USE_DASHBOARD)
@require_safe
@never_cache
def notices(request):
    """What was delivered on the member of staff's own pages. What is shown is read from then on."""
    page = notices_page(request.user, request.GET.get("page"))
    rows = list(page.object_list)
    if request.method == "GET":
        mark_read(user=request.user, notices=rows)
    return render(request, "messaging/notices.html", {"section": "notices", "page": page, "rows": rows})
