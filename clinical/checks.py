"""System checks of the record."""

from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured

from clinical.instruments import definitions


def check_measures(app_configs, **kwargs) -> list[Error]:
    """A measure's file that is wrong stops the start, and is named."""
    try:
        definitions()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="clinical.E001")]
    return []
