"""Logs that hold no person's data."""

import logging
import re

# Postgres quotes the row in these lines of its messages ("DETAIL:  Key (email)=(…) already exists.").
_QUOTES_ROW = re.compile(r"^(DETAIL|HINT|CONTEXT|LINE \d+|QUERY|STATEMENT):.*(\n\s+\^.*)?$", re.MULTILINE)
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[a-z]{2,}", re.IGNORECASE)
_QUERY_STRING = re.compile(r"\?[^\s\"']+")


def quiet(text: str) -> str:
    """`text` without what a database, a form or an address line may quote of a person."""
    return _QUERY_STRING.sub("?…", _EMAIL.sub("…@…", _QUOTES_ROW.sub("", text)))


class QuietFormatter(logging.Formatter):
    """Formats a record, traceback included, and then takes out quoted rows, e-mail addresses and query strings."""

    def format(self, record: logging.LogRecord) -> str:
        return quiet(super().format(record)).rstrip()
