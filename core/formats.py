"""Dates and times in words. The sources write a format the English way; in Spanish its own order is taken from here.

Templates need nothing for it: `|date`, `|time` and `{% now %}` are ours everywhere (`core.templatetags.house`). In Python, use
`date_format` and `time_format` of this module instead of `django.utils.formats`.
"""

from django.utils import dateformat, formats, translation

# As a clinic in the United States writes it: twelve hours, the day before the month.
SPANISH = {
    "A": "a",
    "D": "D",
    "D g:i A": "D g:i a",
    "D, M j": "D j b",
    "D, M j, Y": "D j b Y",
    "D, M j, g:i A": "D j b, g:i a",
    "F j": r"j \d\e F",
    "F j, g:i A": r"j \d\e F, g:i a",
    "F j, Y": r"j \d\e F \d\e Y",
    "F Y": r"F \d\e Y",
    "F j, Y, g:i A": r"j \d\e F \d\e Y, g:i a",
    "M j": "j b",
    "M j, Y": "j b Y",
    "M j, g:i A": "j b, g:i a",
    "g:i": "g:i",
    "g:i A": "g:i a",
    "j": "j",
    "j, Y": "j Y",
    "l": "l",
    "l g:i A": "l g:i a",
    "l, F j": r"l j \d\e F",
    "l, F j, Y": r"l j \d\e F \d\e Y",
    "l, F j, g:i A": r"l j \d\e F, g:i a",
}
# What a browser or another program reads: the same in every language.
FOR_MACHINES = {"c", "U", "Y-m", "Y-m-d", "H:i", "Y-m-d H:i", r"Y-m-d\TH:i:s"}


def localized(format_string: str | None) -> str | None:
    """The format in the order of the language in force; one that is not known stays as it is."""
    if format_string and (translation.get_language() or "").startswith("es"):
        return SPANISH.get(format_string, format_string)
    return format_string


def date_format(value, format_string: str) -> str:
    """A date or moment in words: `date_format(day, "l, F j")`."""
    return formats.date_format(value, localized(format_string))


def time_format(value, format_string: str) -> str:
    """A time of day in words: `time_format(time, "g:i A")`."""
    return dateformat.time_format(value, localized(format_string))
