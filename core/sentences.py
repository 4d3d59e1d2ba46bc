"""Django's own sentences about what does not fit a field, in the house's words. They are the same for every form."""

from django.core import validators
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

SENTENCES = {
    validators.MaxLengthValidator: ngettext_lazy(
        "Keep this to %(limit_value)d character; now it has %(show_value)d.",
        "Keep this to %(limit_value)d characters; now it has %(show_value)d.",
        "limit_value",
    ),
    validators.MaxValueValidator: _("At most %(limit_value)s."),
    validators.MinValueValidator: _("At least %(limit_value)s."),
}


def reword() -> None:
    """Have every form say them."""
    for validator, sentence in SENTENCES.items():
        validator.message = sentence
