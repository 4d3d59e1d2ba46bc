"""What a browser sends beside its forms' fields, read with care."""

import uuid

from django.http import Http404
from django.utils.translation import gettext as _


def sent_uid(value: str | None) -> uuid.UUID:
    """A uid out of a form or a query string. Http404 for what is none: nothing has such a uid."""
    try:
        return uuid.UUID(value or "")
    except ValueError:
        raise Http404(_("There is no such page.")) from None
