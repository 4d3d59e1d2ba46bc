"""What a whiteboard is made of: things drawn or written on it, what can be done to them, and the drawing of all of it. Pure.

Everything that can be done may be done twice and is then done once, so that a page can send again what it has no answer for.
"""

import textwrap
from collections.abc import Iterable
from typing import Annotated, Literal
from xml.sax.saxutils import escape

import pydantic
from pydantic import AfterValidator, Field, model_validator

WIDTH, HEIGHT = 1600, 1000  # of the paper, in its own units
MOST_NUMBERS = 4000  # coordinates of one line
NOTE_WIDTH, NOTE_HEIGHT, NOTE_LINE, NOTE_SIZE = 260, 190, 19, 24  # a note: units, characters to a line, size of letters
PAPER = "#fdfcf8"
INKS = {
    "ink": "#1f2933",
    "blue": "#1d4ed8",
    "green": "#15803d",
    "red": "#b91c1c",
    "purple": "#7e22ce",
    "brown": "#92400e",
}
NOTES = {"yellow": "#fef3c7", "sky": "#dbeafe", "mint": "#dcfce7", "rose": "#ffe4e6"}

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8,16}$")]
Points = list[Annotated[int, Field(ge=-50, le=WIDTH + 50)]]
Words = Annotated[
    str, Field(max_length=280), AfterValidator(lambda text: "".join(c for c in text if c == "\n" or c.isprintable()))
]
Shift = Annotated[int, Field(ge=-WIDTH, le=WIDTH)]


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")


class Item(_Strict):
    """One thing on the board. points: x, y, x, y … of a line, two corners of a shape.

    x and y: how far it was moved; of a note, where it is.
    """

    id: Id
    kind: Literal["pen", "line", "arrow", "rect", "ellipse", "note"]
    color: str
    width: int = Field(default=3, ge=1, le=12)
    points: Points = Field(default=[], max_length=400)
    x: Shift = 0
    y: Shift = 0
    text: Words = ""

    @model_validator(mode="after")
    def _fits(self) -> "Item":
        if self.color not in (NOTES if self.kind == "note" else INKS):
            raise ValueError("no such color")
        count = len(self.points)
        fits = {"pen": count >= 2 and count % 2 == 0, "note": count == 0}.get(self.kind, count == 4)
        if not fits or (self.text and self.kind != "note"):
            raise ValueError("it does not fit its kind")
        return self


class Kept(Item):
    """A thing as a page puts it back after it was lost: whose it was, its place above the others; a line may be long."""

    points: Points = Field(default=[], max_length=MOST_NUMBERS)
    by: str = Field(max_length=32)
    n: int = Field(ge=0)


class Add(_Strict):
    """Put something on the board."""

    op: Literal["add"]
    item: Item


class More(_Strict):
    """A line goes on. at: how many numbers it had before."""

    op: Literal["more"]
    id: Id
    at: int = Field(ge=0, le=MOST_NUMBERS)
    points: Points = Field(min_length=2, max_length=400)


class Move(_Strict):
    """Shift something to there."""

    op: Literal["move"]
    id: Id
    x: Shift
    y: Shift


class Edit(_Strict):
    """Word a note anew."""

    op: Literal["edit"]
    id: Id
    text: Words
    color: str

    @model_validator(mode="after")
    def _fits(self) -> "Edit":
        if self.color not in NOTES:
            raise ValueError("no such color")
        return self


class Gone(_Strict):
    """Take something off the board."""

    op: Literal["gone"]
    id: Id


class Back(_Strict):
    """Put it on again."""

    op: Literal["back"]
    id: Id


Op = Annotated[Add | More | Move | Edit | Gone | Back, Field(discriminator="op")]


def changed(item: dict, op: More | Move | Edit | Gone | Back) -> dict | None:
    """The thing after this was done to it; None where it changes nothing (or was done before)."""
    if isinstance(op, Gone):
        return None if item.get("gone") else item | {"gone": True}
    if isinstance(op, Back):
        return {key: value for key, value in item.items() if key != "gone"} if item.get("gone") else None
    if isinstance(op, Move):
        return None if (item["x"], item["y"]) == (op.x, op.y) else item | {"x": op.x, "y": op.y}
    if isinstance(op, Edit):
        if item["kind"] != "note" or (item["text"], item["color"]) == (op.text, op.color):
            return None
        return item | {"text": op.text, "color": op.color}
    points = item["points"]
    fresh = op.points[max(0, len(points) - op.at) :]
    if item["kind"] != "pen" or op.at > len(points) or not fresh or len(points) + len(fresh) > MOST_NUMBERS:
        return None
    return item | {"points": points + fresh}


def drawn(items: Iterable[dict]) -> str:
    """All of it as SVG: shapes, lines and words, nothing else."""
    inside = "".join(_shape(item) for item in items)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect x="0" y="0" width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>{inside}</svg>'
    )


def _shape(item: dict) -> str:
    if item["kind"] == "note":
        return _note(item)
    points = [number + item["xy"[n % 2]] for n, number in enumerate(item["points"])]
    ink = (
        f'fill="none" stroke="{INKS[item["color"]]}" stroke-width="{item["width"]}"'
        ' stroke-linecap="round" stroke-linejoin="round"'
    )
    if item["kind"] in ("rect", "ellipse"):
        left, right = sorted(points[0::2])
        top, bottom = sorted(points[1::2])
        if item["kind"] == "rect":
            return f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" {ink}/>'
        return (
            f'<ellipse cx="{(left + right) / 2:g}" cy="{(top + bottom) / 2:g}"'
            f' rx="{(right - left) / 2:g}" ry="{(bottom - top) / 2:g}" {ink}/>'
        )
    pairs = [f"{x},{y}" for x, y in zip(points[0::2], points[1::2], strict=True)]
    if len(pairs) == 1:  # a dot
        pairs *= 2
    line = f'<polyline points="{" ".join(pairs)}" {ink}/>'
    return line + (f'<polyline points="{_head(points)}" {ink}/>' if item["kind"] == "arrow" else "")


def _head(points: list[int]) -> str:
    """The two strokes of an arrow's head."""
    x1, y1, x2, y2 = points
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1
    back_x, back_y = (x1 - x2) / length * 18, (y1 - y2) / length * 18
    return (
        f"{x2 + back_x - back_y / 2:.0f},{y2 + back_y + back_x / 2:.0f} {x2},{y2}"
        f" {x2 + back_x + back_y / 2:.0f},{y2 + back_y - back_x / 2:.0f}"
    )


def _note(item: dict) -> str:
    x, y = item["x"], item["y"]
    lines = [line for part in item["text"].split("\n") for line in textwrap.wrap(part, NOTE_LINE) or [""]]
    height = max(NOTE_HEIGHT, len(lines) * NOTE_SIZE * 1.3 + 24)
    words = "".join(
        f'<tspan x="{x + 12}" y="{y + 34 + n * NOTE_SIZE * 1.3:g}">{escape(line)}</tspan>'
        for n, line in enumerate(lines)
    )
    return (
        f'<rect x="{x}" y="{y}" width="{NOTE_WIDTH}" height="{height:g}" rx="6" fill="{NOTES[item["color"]]}"/>'
        f'<text font-family="system-ui, sans-serif" font-size="{NOTE_SIZE}" fill="{INKS["ink"]}">{words}</text>'
    )
