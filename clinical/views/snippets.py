"""One's own phrases."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from clinical.forms.snippets import PhraseForm
from clinical.models import Snippet
from clinical.services.snippets import remove_phrase, save_phrase
from core.errors import Refusal


def _page(request, form: PhraseForm, *, changing: Snippet | None = None):
    if request.method == "POST" and form.is_valid():
        try:
            save_phrase(user=request.user, phrase=changing, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Saved."))
            return redirect("clinical:phrases")
    return render(
        request,
        "clinical/snippets/phrases.html",
        {"section": "care", "form": form, "changing": changing, "phrases": Snippet.objects.visible_to(request.user)},
        status=422 if request.method == "POST" else 200,
    )


@requires(Can.WRITE_NOTES)
def phrases(request):
    """All of one's own, and a new one."""
    return _page(request, PhraseForm(request.POST or None))


@requires(Can.WRITE_NOTES)
def phrase(request, uid):
    """Change one of them."""
    found = get_object_or_404(Snippet.objects.visible_to(request.user), uid=uid)
    return _page(
        request, PhraseForm(request.POST or None, initial={"short": found.short, "text": found.text}), changing=found
    )


@requires(Can.WRITE_NOTES)
@require_POST
def remove(request, uid):
    """Remove one of them."""
    remove_phrase(user=request.user, phrase=get_object_or_404(Snippet.objects.visible_to(request.user), uid=uid))
    messages.success(request, _("Removed. Notes it was used in keep its words."))
    return redirect("clinical:phrases")
