"""What a program's people consent to: its versions, and wording the next one. For supervisors and program admins."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.access import GRANTS, Can, requires
from accounts.models import Program
from core.errors import Refusal
from core.sent import sent_uid
from patients.models import ConsentDocument
from patients.models.consents import ELEMENTS
from patients.services import consents

Kind = ConsentDocument.Kind


class DraftForm(forms.Form):
    """The words of a draft: `patients.services.consents.save_draft`."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        error_messages={"required": gettext_lazy("Give it a title.")},
    )
    text = forms.CharField(
        label=gettext_lazy("What people agree to"),
        max_length=consents.LONGEST,
        widget=forms.Textarea(attrs={"rows": 18}),
        error_messages={"required": gettext_lazy("Write what people agree to.")},
    )

    def __init__(self, *args, document: ConsentDocument, **kwargs):
        names = ("title", "text", *ELEMENTS)
        super().__init__(*args, initial={name: getattr(document, name) for name in names}, **kwargs)
        if document.kind == Kind.SHARING:
            for name in ELEMENTS:
                self.fields[name] = forms.CharField(
                    label=capfirst(document._meta.get_field(name).verbose_name),
                    max_length=consents.LONGEST // 10,
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 3}),
                )


def _programs(request):
    """The programs whose consents the reader words."""
    return Program.objects.filter(pk__in=request.user.program_ids(*GRANTS[Can.WORD_CONSENTS]))


@requires(Can.WORD_CONSENTS)
@never_cache
def papers(request) -> HttpResponse:
    """Each program's consents: what is in force, drafts, and beginning a new version. Two queries for any number."""
    programs = list(_programs(request))
    if request.method == "POST":
        program = get_object_or_404(_programs(request), uid=sent_uid(request.POST.get("program")))
        draft = consents.start_version(program=program, kind=request.POST.get("kind", ""), by=request.user)
        return redirect("dashboard:paper", draft.uid)
    versions = ConsentDocument.objects.filter(program__in=programs).select_related("published_by")
    found: dict[tuple[int, str], list[ConsentDocument]] = {}
    for version in versions.order_by("-version"):
        found.setdefault((version.program_id, version.kind), []).append(version)
    shown = []
    for program in programs:
        rows = []
        for kind in Kind:
            theirs = found.get((program.pk, str(kind)), [])
            published = [version for version in theirs if version.published_at]
            draft = next((version for version in theirs if not version.published_at), None)
            rows.append({"kind": kind, "in_force": next(iter(published), None), "older": published[1:], "draft": draft})
        shown.append((program, rows))
    return render(request, "dashboard/papers.html", {"section": "care", "programs": shown})


@requires(Can.WORD_CONSENTS)
@never_cache
def paper(request, uid) -> HttpResponse:
    """One version: a draft is worded, published or thrown away; what is published is read."""
    documents = ConsentDocument.objects.filter(program__in=_programs(request))
    document = get_object_or_404(documents.select_related("program", "written_by", "published_by"), uid=uid)
    if document.published_at:
        if request.method == "POST":
            messages.info(request, _("This version is published and never changes. Begin a new one."))
            return redirect("dashboard:paper", uid)
        return render(request, "dashboard/paper_published.html", {"section": "care", "document": document})
    do = request.POST.get("do")
    if do == "discard":
        consents.discard_draft(document=document, by=request.user)
        messages.success(request, _("The draft is thrown away."))
        return redirect("dashboard:papers")
    form = DraftForm(request.POST if request.method == "POST" else None, document=document)
    if request.method == "POST" and form.is_valid():
        try:
            consents.save_draft(document=document, by=request.user, **form.cleaned_data)
            if do == "publish":
                consents.publish(document=document, by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            words = _("Published. Everybody in the program is asked to sign it.") if do == "publish" else _("Saved.")
            messages.success(request, words)
            return redirect("dashboard:papers" if do == "publish" else request.path)
    context = {"section": "care", "document": document, "form": form}
    return render(request, "dashboard/paper.html", context, status=422 if form.errors else 200)
