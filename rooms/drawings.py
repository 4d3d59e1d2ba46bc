"""Drawings of the whiteboard as they are kept: a small subset of SVG, read and written anew, so that nothing else comes along."""

import base64
import re
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _

from core.errors import Refusal

BIGGEST = 500_000  # characters
DEEPEST = 12
SVG = "http://www.w3.org/2000/svg"

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_PLAIN = re.compile(rf"{_NUMBER}(px|%)?")
_NUMBERS = re.compile(r"[\d\s,.eE+-]*")
_PATH = re.compile(r"[MmLlHhVvCcSsQqTtAaZz\d\s,.eE+-]*")
_TRANSFORM = re.compile(r"((translate|rotate|scale|matrix|skewX|skewY)\([\d\s,.eE+-]*\)[\s,]*)*")
_COLOR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20}|(rgb|hsl)a?\([\d\s,.%]+\)")
_WORD = re.compile(r"[a-zA-Z0-9-]{1,32}")
_FONTS = re.compile(r"[\w\s,'\"-]{1,160}")
_ANY = re.compile(r".{0,200}", re.DOTALL)

SHAPES = frozenset(
    {"svg", "g", "path", "line", "polyline", "polygon", "rect", "circle", "ellipse", "text", "tspan", "title", "desc"}
)
WORDY = frozenset({"text", "tspan", "title", "desc"})
_ALLOWED: dict[str, re.Pattern] = (
    dict.fromkeys(
        ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "width", "height", "opacity",
         "fill-opacity", "stroke-opacity", "stroke-width", "stroke-miterlimit", "stroke-dashoffset", "font-size"),
        _PLAIN,
    )
    | dict.fromkeys(("viewBox", "points", "stroke-dasharray"), _NUMBERS)
    | dict.fromkeys(("fill", "stroke"), _COLOR)
    | dict.fromkeys(
        ("stroke-linecap", "stroke-linejoin", "text-anchor", "dominant-baseline", "font-weight", "font-style",
         "fill-rule", "role"),
        _WORD,
    )
    | {"d": _PATH, "transform": _TRANSFORM, "font-family": _FONTS, "aria-label": _ANY,
       "preserveAspectRatio": re.compile(r"[A-Za-z ]{1,24}"), "version": re.compile(r"1\.[01]")}
)  # fmt: skip


def clean_drawing(svg: str) -> str:
    """The drawing written anew from what is known to be harmless: shapes, lines and texts, with sizes and colors.

    No scripts, styles, links, pictures or references, no declarations. Raises Refusal (not_a_drawing) for anything else.
    """
    found = svg.strip()
    if not found or len(found) > BIGGEST:
        raise _refusal()
    found = re.sub(r"^<\?xml[^?<>]*\?>\s*", "", found)
    # No document types and so no entities, which could grow or ask elsewhere; no comments, no instructions. It is text, not
    # bytes, so no other encoding can hide one.
    if "<!" in found or "<?" in found:
        raise _refusal()
    try:
        root = ElementTree.fromstring(found)  # noqa: S314 - it has no document type
    except (ElementTree.ParseError, ValueError):
        raise _refusal() from None
    if root.tag != f"{{{SVG}}}svg":
        raise _refusal()
    return _written(root, 0)


def _written(element: ElementTree.Element, depth: int) -> str:
    name = element.tag.removeprefix(f"{{{SVG}}}") if isinstance(element.tag, str) else ""
    if depth > DEEPEST or name not in SHAPES or (name == "svg") != (depth == 0):
        raise _refusal()
    attributes = f" xmlns={quoteattr(SVG)}" if depth == 0 else ""
    for key, value in element.attrib.items():
        known = _ALLOWED.get(key)
        if known is None or not known.fullmatch(value.strip()):
            raise _refusal()
        attributes += f" {key}={quoteattr(value.strip())}"
    inside = _words(element.text, name)
    for child in element:
        inside += _written(child, depth + 1) + _words(child.tail, name)
    return f"<{name}{attributes}>{inside}</{name}>"


def _words(text: str | None, within: str) -> str:
    if not text or not text.strip():
        return ""
    if within not in WORDY:
        raise _refusal()
    return escape(text)


def _refusal() -> Refusal:
    return Refusal(_("This drawing can’t be kept as it is."), "not_a_drawing")


def data_url(svg: str) -> str:
    """An address for an <img> that holds the drawing itself: as a picture it can do nothing."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
