"""The text of a handout as pages of paragraphs, headings and lists. Nothing in it is markup: whoever shows it shows text."""

import re
from itertools import groupby

DIVIDER = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_BULLET = re.compile(r"^\s*[-*•]\s+")
_NUMBER = re.compile(r"^\s*\d{1,3}[.)]\s+")
_HEADING = re.compile(r"^#{1,3}\s+")


def pages_of(text: str) -> list[list[dict]]:
    """Pages, divided by a line of three dashes; each a list of blocks: {"kind": "p" or "h", "text"} or {"kind": "ul" or "ol",
    "items"}. A line that begins with "#" is a heading, with "-" or "*" a point, with "1." a numbered point. Empty pages are left
    out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return [blocks for page in DIVIDER.split(plain) if (blocks := _blocks(page))]


def _blocks(page: str) -> list[dict]:
    blocks = []
    for kind, lines in groupby(page.split("\n"), key=_kind):
        found = list(lines)
        if kind == "p":
            blocks.append({"kind": "p", "text": "\n".join(line.strip() for line in found)})
        elif kind == "h":
            blocks += [{"kind": "h", "text": _HEADING.sub("", line).strip()} for line in found]
        elif kind:
            blocks.append({"kind": kind, "items": [_start(kind).sub("", line).strip() for line in found]})
    return blocks


def _start(kind: str) -> re.Pattern:
    return _BULLET if kind == "ul" else _NUMBER


def _kind(line: str) -> str:
    if not line.strip():
        return ""
    if _HEADING.match(line):
        return "h"
    if _BULLET.match(line):
        return "ul"
    return "ol" if _NUMBER.match(line) else "p"
