"""Tags of pages where something is written."""

import hashlib

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from clinical.services.guards import Warned
from core import drafts

register = template.Library()


@register.filter
def overrule_name(warned: Warned) -> str:
    """The name of the field that takes the reason for overruling a warning: whose, which, and a digest of its place."""
    digest = hashlib.sha256(warned.place.encode()).hexdigest()[:16]
    return f"overrule-{warned.patient_id or 'shared'}-{warned.guard}-{digest}"


@register.simple_tag(takes_context=True)
def kept_here(context, *what: object) -> str:
    """What a form bears so that its unsaved words stay on this computer, readable to nobody else (form_keep.js). what: which form
    it is, of what."""
    user, name = context["user"], "-".join(str(one) for one in what)
    return format_html(
        'data-doc data-key="{}" data-session="{}" data-who="{}" data-words-back="{}"',
        drafts.draft_key("clinical", user.pk, name),
        name,
        drafts.owner_mark("clinical", user.pk),
        _("What you wrote here last time and did not save is back."),
    )
