"""Logs that hold no person's data."""

import logging
import re

from django.contrib.sessions.exceptions import SessionInterrupted

# Postgres quotes the row in these parts of its messages ("DETAIL:  Failing row contains (…)"), which may run over several lines:
# everything goes up to what Python writes after a message.
_PART = r"(?:DETAIL|HINT|CONTEXT|QUERY|STATEMENT|LINE \d+):"
_AFTER = r"(?=\n\s*(?:The above exception was|During handling of the above|Traceback \(most recent call last\))|\Z)"
_QUOTES_ROW = re.compile(rf"^[\s|]*{_PART}.*?{_AFTER}", re.MULTILINE | re.DOTALL)
# The same in an error's repr, on one line.
_QUOTES_ROW_IN_REPR = re.compile(rf"\\n{_PART}.*$", re.MULTILINE)
_QUOTES_VALUE = re.compile(r'((?:invalid input \w+ for|out of range)[^:\n]*: )"[^"\n]*"')
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[a-z]{2,}", re.IGNORECASE)
# A calendar feed's address is the key to it.
_FEED = re.compile(r"(/cal/)[\w-]+(\.ics)")
# So is the one in an invitation.
_INVITED = re.compile(r"(/welcome/)[\w-]+")
_QUERY_STRING = re.compile(r"\?[^\s\"']+")


def quiet(text: str) -> str:
    """`text` without what a database, a form or an address line may quote of a person."""
    text = _QUOTES_VALUE.sub(r"\1…", _QUOTES_ROW_IN_REPR.sub("…", _QUOTES_ROW.sub("", text)))
    return _QUERY_STRING.sub("?…", _INVITED.sub(r"\1…", _FEED.sub(r"\1…\2", _EMAIL.sub("…@…", text))))


class GoneMeanwhile(logging.Filter):
    """Somebody signed out while a request of theirs was under way (a page that saves itself): that is no fault of the program.
    The line stays, its traceback does not."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], SessionInterrupted):
            record.exc_info = record.exc_text = None
        return True


class QuietFormatter(logging.Formatter):
    """Formats a record, traceback included, and then takes out quoted rows, e-mail addresses and query strings."""

    def format(self, record: logging.LogRecord) -> str:
        return quiet(super().format(record)).rstrip()
