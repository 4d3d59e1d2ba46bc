"""What may stand in an address besides uids and dates."""

from django.urls.converters import StringConverter


class Code(StringConverter):
    """A word or number of the product's own lists: a kind of message, a channel, a language, a measure. Never of a person."""

    regex = "[a-z_]+|[0-9]{1,2}"
