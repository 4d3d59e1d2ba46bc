"""What a program's people consent to: its versions, and wording the next one. For supervisors and program admins."""

from django import forms
from django.conf import settings
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
from core.wordings import others, reading
from patients.models import ConsentDocument
from patients.models.consents import ELEMENTS
from patients.services import consents

Kind = ConsentDocument.Kind


def _word_fields(document: ConsentDocument, code: str = "") -> dict[str, forms.Field]:
    """The fields of a version's words in one language. code: of another language than English, whose words may stay away."""
    beside = f" ({others()[code]})" if code else ""
    fields = {
        "title": forms.CharField(
            label=_("Title") + beside,
            max_length=120,
            required=not code,
            error_messages={"required": gettext_lazy("Give it a title.")},
        ),
        "text": forms.CharField(
            label=_("What people agree to") + beside,
            max_length=consents.LONGEST,
            required=not code,
            widget=forms.Textarea(attrs={"rows": 18}),
            error_messages={"required": gettext_lazy("Write what people agree to.")},
        ),
    }
    for name in ELEMENTS if document.kind == Kind.SHARING else ():
        fields[name] = forms.CharField(
            label=capfirst(document._meta.get_field(name).verbose_name) + beside,
            max_length=consents.LONGEST // 10,
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
    if code:
        for field in fields.values():
            field.widget.attrs["lang"] = code
    return fields


class DraftForm(forms.Form):
    """The words of a draft, English first: `patients.services.consents.save_draft`."""

    def __init__(self, *args, document: ConsentDocument, **kwargs):
        initial = consents.words_of(document)
        worded = consents.worded_of(document)
        for code in others():
            initial |= {f"{code}_{name}": said for name, said in worded.get(code, {}).items()}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields |= _word_fields(document)
        for code in others():
            self.fields |= {f"{code}_{name}": field for name, field in _word_fields(document, code).items()}
            self.fields[f"{code}_title"].help_text = _(
                "The same in another language, for who reads it. The English is the one in force. Leave all of it blank where"
                " you have none."
            )
        self.fields["still_same"] = forms.BooleanField(
            label=_("What I changed in English changes nothing in the other languages"),
            required=False,
            help_text=_("Only asked for where the English was changed and another language was not."),
        )

    def words(self, code: str = "") -> dict[str, str]:
        """What was written in one language."""
        prefix = f"{code}_" if code else ""
        names = ("title", "text", *ELEMENTS)
        return {name: self.cleaned_data[f"{prefix}{name}"] for name in names if f"{prefix}{name}" in self.fields}


class WordingForm(forms.Form):
    """The words of a published version in a language it lacks: `patients.services.consents.add_wording`."""

    def __init__(self, *args, document: ConsentDocument, code: str, **kwargs):
        super().__init__(*args, initial=consents.offered_beside(document, code), **kwargs)
        self.fields |= _word_fields(document, code)
        for field in self.fields.values():
            field.required = True


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
        return _published(request, document)
    do = request.POST.get("do")
    if do == "discard":
        consents.discard_draft(document=document, by=request.user)
        messages.success(request, _("The draft is thrown away."))
        return redirect("dashboard:papers")
    form = DraftForm(request.POST if request.method == "POST" else None, document=document)
    if request.method == "POST" and form.is_valid():
        try:
            worded = {code: form.words(code) for code in others()}
            consents.save_draft(document=document, by=request.user, wordings=worded, **form.words())
            if do == "publish":
                consents.publish(document=document, by=request.user, still_same=form.cleaned_data["still_same"])
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            words = _("Published. Everybody in the program is asked to sign it.") if do == "publish" else _("Saved.")
            messages.success(request, words)
            return redirect("dashboard:papers" if do == "publish" else request.path)
    context = {"section": "care", "document": document, "form": form}
    return render(request, "dashboard/paper.html", context, status=422 if form.errors else 200)


def _published(request, document: ConsentDocument) -> HttpResponse:
    """What is published is read, and given its words in a language it lacks."""
    read = reading(document, settings.LANGUAGE_CODE)
    there = {code for code, _words in read.beside}
    lacking = next((code for code in others() if code not in there), "")
    if request.method == "POST" and request.POST.get("do") != "word":
        messages.info(request, _("This version is published and never changes. Begin a new one."))
        return redirect("dashboard:paper", document.uid)
    form = None
    if lacking:
        form = WordingForm(request.POST if request.method == "POST" else None, document=document, code=lacking)
        if request.method == "POST" and form.is_valid():
            try:
                consents.add_wording(document=document, language=lacking, by=request.user, **form.cleaned_data)
            except Refusal as refusal:
                refusal.add_to(form)
            else:
                messages.success(request, _("Kept. Who reads that language reads these words from now on."))
                return redirect("dashboard:paper", document.uid)
    context = {
        "section": "care",
        "document": document,
        "reading": read,
        "form": form,
        "lacking": others().get(lacking, ""),
    }
    return render(request, "dashboard/paper_published.html", context, status=422 if form and form.errors else 200)
