"""Adding to what is sealed: an addendum, a late entry, a correction. The original stays readable as it was signed."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Addendum, Document, ProgressNote
from clinical.services.sealing import signature
from core.errors import Refusal


@transaction.atomic
def add_addendum(
    *,
    text: str,
    by: User,
    note: ProgressNote | None = None,
    thing: ProgressNote | Document | None = None,
    kind: Addendum.Kind = Addendum.Kind.ADDENDUM,
    about_at: dt.datetime | None = None,
) -> Addendum:
    """Add a signed entry to a signed note or document; the same words by the same person twice are one.

    kind: CLINICAL_FACTS section 1, rules: an addendum is a new dated entry, a late entry is flagged and carries the date and time
    of what it is about (`about_at`), a correction keeps the original readable. note: the same as thing.
    Raises Refusal (not_signed, void, empty, no_date, in_the_future).
    """
    thing = thing or note
    thing = type(thing).objects.select_for_update(no_key=True, of=("self",)).get(pk=thing.pk)
    if not thing.is_signed:
        raise Refusal(_("This is still a draft: change it instead."), "not_signed")
    if thing.is_void:
        raise Refusal(_("This is voided: nothing is added to it."), "void")
    if not text.strip():
        raise Refusal(_("Write what is to be added."), "empty", "text")
    if kind == Addendum.Kind.LATE_ENTRY:
        if about_at is None:
            raise Refusal(_("Say when it happened: a late entry carries that date too."), "no_date", "about_at")
        if about_at > timezone.now():
            raise Refusal(_("A late entry is about what has happened."), "in_the_future", "about_at")
    else:
        about_at = None
    for before in thing.addenda.filter(signed_by=by, kind=kind, about_at=about_at):
        if before.text == text.strip():
            return before
    return Addendum.objects.create(
        **{"document" if isinstance(thing, Document) else "note": thing},
        kind=kind,
        about_at=about_at,
        text=text.strip(),
        signed_at=timezone.now(),
        signed_by=by,
        signed_name=signature(by),
    )
