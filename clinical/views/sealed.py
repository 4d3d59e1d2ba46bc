"""What the pages of notes and documents share: adding an entry to something signed, taking it back, voiding it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.proof import prove
from clinical.forms.signing import AddendumForm, ReasonForm
from clinical.models import Signed
from clinical.services import cosigning
from clinical.services.addenda import add_addendum
from clinical.services.sealing import signature
from core.errors import Refusal


def _proven(request, form, deed) -> tuple[bool, str | None]:
    """Do the deed if the sender proves that it is them. Returns whether it was done, and what is wrong with the proof; anything
    else that is refused stands in the form."""
    try:
        prove(request)
        deed()
    except Refusal as refusal:
        if refusal.field == "password":
            return False, refusal.message
        refusal.add_to(form)
        return False, None
    return True, None


def add_entry(request, thing: Signed, form: AddendumForm) -> tuple[bool, str | None]:
    """Sign the entry that was sent. See `_proven`."""
    values = form.cleaned_data
    return _proven(
        request,
        form,
        lambda: add_addendum(
            thing=thing, text=values["text"], kind=values["kind"], about_at=values["about_at"], by=request.user
        ),
    )


def void_page(request, thing: Signed, template: str, back: str, said: str, **context):
    """The page that asks for the reason, and the voiding of `thing`. back: a URL's name, of the thing's own page; said: once
    it is done; context: of the template."""
    form = ReasonForm(
        request.POST or None,
        label=_("Why it is voided"),
        help_text=_("Whoever may read it reads this, too. It names nobody else."),
    )
    proof = None
    if request.method == "POST" and form.is_valid():
        done, proof = _proven(
            request, form, lambda: cosigning.void(thing=thing, reason=form.cleaned_data["reason"], by=request.user)
        )
        if done:
            messages.success(request, said)
            return redirect(back, uid=thing.uid)
    context |= {"section": "people", "form": form, "proof_error": proof, "signature": signature(request.user)}
    return render(request, template, context, status=422 if request.method == "POST" else 200)


def take_it_back(request, thing: Signed) -> None:
    """Make one's own signed thing a draft again while it waits, and say so."""
    try:
        cosigning.take_back(thing=thing, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("It is a draft again."))
