"""Tags of the documentation page."""

import hashlib

from django import template

from clinical.services.guards import Warned

register = template.Library()


@register.filter
def overrule_name(warned: Warned) -> str:
    """The name of the field that takes the reason for overruling a warning: whose, which, and a digest of its place."""
    digest = hashlib.sha256(warned.place.encode()).hexdigest()[:16]
    return f"overrule-{warned.patient_id or 'shared'}-{warned.guard}-{digest}"
