"""A text of the library as blocks. Nothing in it is markup: whoever shows it shows text."""

import re
from dataclasses import dataclass
from itertools import groupby

_STARTS = {
    "h": re.compile(r"^#{1,3}\s+"),
    "ul": re.compile(r"^\s*[-*•]\s+"),
    "ol": re.compile(r"^\s*\d{1,3}[.)]\s+"),
    "keep": re.compile(r"^>\s+"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """kind: "p", "h" (a heading), "keep" (a sentence to take along), "ul" or "ol"; lines: its text, or its points."""

    kind: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)


def blocks_of(text: str) -> list[Block]:
    """Paragraphs, headings and lists: a blank line parts paragraphs, a line's first mark says what it is."""
    found = []
    for kind, lines in groupby(text.splitlines(), key=_kind):
        said = tuple(_STARTS[kind].sub("", line).strip() if kind in _STARTS else line.strip() for line in lines)
        if kind == "h":
            found += [Block("h", (line,)) for line in said]
        elif kind:
            found.append(Block(kind, said))
    return found


def _kind(line: str) -> str:
    if not line.strip():
        return ""
    return next((kind for kind, start in _STARTS.items() if start.match(line)), "p")
