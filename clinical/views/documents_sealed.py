"""A signed document taken back while it waits, or voided once it is sealed."""

from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from audit.models import Read
from clinical.models import Document
from clinical.views.sealed import take_it_back, void_page
from patients.records import open_record


def _found(request, uid) -> Document:
    """The document, its reading on the record. 404 for whom it is not."""
    found = get_object_or_404(Document.objects.visible_to(request.user).select_related("patient", "author"), uid=uid)
    open_record(request, found.patient.uid, Read.What.DOCUMENT)
    return found


@requires(Can.WRITE_NOTES)
@require_POST
def take_back(request, uid):
    """Make one's own document a draft again while it waits for the co-signature."""
    take_it_back(request, _found(request, uid))
    return redirect("clinical:document", uid=uid)


@requires(Can.COSIGN)
def void(request, uid):
    """Void a sealed document, with a reason and the supervisor's proof."""
    found = _found(request, uid)
    said = _("The document is voided. It stays readable, struck out.")
    return void_page(request, found, "clinical/documents/void.html", "clinical:document", said, document=found)
