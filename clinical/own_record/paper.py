"""What a file of one's record is written with: letters, headings that are its outline too, tables, pages that know how many
there are.

DejaVu (from the npm lock file) has the letters of most languages' names.
"""

import datetime as dt
import zoneinfo
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from core.formats import date_format

SERIF, BOLD = "Record", "Record-Bold"
INK, SOFT, LINE = colors.HexColor("#1d2733"), colors.HexColor("#55606e"), colors.HexColor("#c9d1d9")
MARGIN = 20 * mm
WIDTH = LETTER[0] - 2 * MARGIN
NO_LETTER = "\u25a1"
LONG = 400  # characters of a fact that is a text rather than a word or two


@lru_cache(maxsize=1)
def load_fonts() -> None:
    """Before anything is written."""
    folder = Path(settings.NODE_MODULES) / "dejavu-fonts-ttf" / "ttf"
    pdfmetrics.registerFont(TTFont(SERIF, str(folder / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "DejaVuSans-Bold.ttf")))
    pdfmetrics.registerFontFamily(SERIF, normal=SERIF, bold=BOLD, italic=SERIF, boldItalic=BOLD)


def _style(name: str, **given) -> ParagraphStyle:
    common = {"fontName": SERIF, "fontSize": 10, "leading": 14.5, "textColor": INK, "spaceAfter": 4}
    return ParagraphStyle(name, **{**common, **given})


STYLES = {
    "title": _style("title", fontName=BOLD, fontSize=20, leading=26, spaceAfter=6),
    "h1": _style("h1", fontName=BOLD, fontSize=14.5, leading=19, spaceBefore=16, spaceAfter=6, keepWithNext=1),
    "h2": _style("h2", fontName=BOLD, fontSize=11, leading=15, spaceBefore=11, spaceAfter=2, keepWithNext=1),
    "label": _style(
        "label", fontName=BOLD, fontSize=9, leading=13, textColor=SOFT, spaceBefore=5, spaceAfter=0, keepWithNext=1
    ),
    "text": _style("text"),
    "soft": _style("soft", fontSize=9, leading=13, textColor=SOFT),
    "cell": _style("cell", fontSize=9, leading=12.5, spaceAfter=0),
    "head": _style("head", fontName=BOLD, fontSize=9, leading=12.5, spaceAfter=0),
}


def paragraph(text: str, style: str = "text") -> Paragraph:
    """Text as it is: nothing in it is markup. A letter that the font lacks is a box, as readers know it."""
    glyphs = pdfmetrics.getFont(SERIF).face.charToGlyph
    said = "".join(c if c in "\n\t" or (ord(c) in glyphs and ord(c) < 0x10000) else NO_LETTER for c in _lines(text))
    return Paragraph(escape(said).replace("\n", "<br/>"), STYLES[style])


def _lines(text) -> str:
    return str(text).replace("\r\n", "\n").replace("\r", "\n")


class _Mark(Flowable):
    """An entry of the outline where a heading stands."""

    def __init__(self, text: str, level: int, key: str):
        super().__init__()
        self.text, self.level, self.key = text, level, key
        self.keepWithNext = 1

    def wrap(self, *_room):
        return 0, 0

    def draw(self):
        self.canv.bookmarkPage(self.key)
        self.canv.addOutlineEntry(self.text, self.key, self.level, closed=self.level > 0)


class Pages(Canvas):
    """Knows at the end how many pages there are, and then says so on each."""

    def __init__(self, *args, foot: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self._states, self._foot = [], foot

    def showPage(self):
        self._states.append(dict(self.__dict__))
        self._startPage()

    def save(self):
        for state in self._states:
            self.__dict__.update(state)
            self.setFont(SERIF, 8)
            self.setFillColor(SOFT)
            number = _("Page %(n)s of %(all)s") % {"n": self._pageNumber, "all": len(self._states)}
            self.drawString(MARGIN, 12 * mm, self._foot)
            self.drawRightString(LETTER[0] - MARGIN, 12 * mm, number)
            super().showPage()
        super().save()


class Paper:
    """Puts one piece under another."""

    def __init__(self, facts: dict):
        self.facts, self.story, self.zone = facts, [], zoneinfo.ZoneInfo(facts["zone"])
        self._marks = 0

    # --- words

    def when(self, moment: str | None) -> str:
        """A moment in the person's own zone; "" for none."""
        if not moment:
            return ""
        local = dt.datetime.fromisoformat(moment).astimezone(self.zone)
        return f"{date_format(local, 'F j, Y, g:i A')} {local.tzname()}"

    @staticmethod
    def day(day: str | None) -> str:
        return date_format(dt.date.fromisoformat(day), "F j, Y") if day else ""

    @staticmethod
    def words(coded: dict | None) -> str:
        return coded["words"] if coded else ""

    # --- pieces

    def heading(self, text: str, level: int) -> None:
        self._marks += 1
        self.story.append(_Mark(text, level, f"m{self._marks}"))
        self.story.append(paragraph(text, "h1" if level == 0 else "h2"))

    def text(self, text, style: str = "text") -> None:
        if text not in ("", None):
            self.story.append(paragraph(text, style))

    def part(self, label: str, text) -> None:
        if text not in ("", None):
            self.story += [paragraph(label, "label"), paragraph(text)]

    def pairs(self, rows: list[tuple[str, str]]) -> None:
        """Facts, each beside its name; a long text below its name, where it may run over the page."""
        short = [(label, text) for label, text in rows if text not in ("", None) and len(text) <= LONG]
        cells = [[paragraph(label, "head"), paragraph(text, "cell")] for label, text in short]
        if cells:
            self.story.append(_table(cells, [52 * mm, WIDTH - 52 * mm]))
            self.story.append(Spacer(0, 6))
        for label, text in rows:
            if text and len(text) > LONG:
                self.part(label, text)

    def table(self, heads: list[str], rows: list[list[str]], shares: list[float]) -> None:
        """A list of many; its head stands on every page."""
        cells = [[paragraph(head, "head") for head in heads]]
        cells += [[paragraph(text if text not in ("", None) else "–", "cell") for text in row] for row in rows]
        self.story.append(_table(cells, [WIDTH * share for share in shares], repeatRows=1))
        self.story.append(Spacer(0, 6))

    def signed(self, row: dict) -> None:
        said = _("Signed by %(name)s, %(when)s") % {"name": row["signed_name"], "when": self.when(row["signed_at"])}
        if row.get("cosigned_at"):
            said += "\n" + _("Co-signed by %(name)s, %(when)s") % {
                "name": row["cosigned_name"],
                "when": self.when(row["cosigned_at"]),
            }
        self.text(said, "soft")


_LINES = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
]


def _table(cells: list[list], widths: list[float], **given) -> Table:
    """A row that is higher than what is left of a page goes on on the next."""
    return Table(cells, colWidths=widths, style=_LINES, hAlign="LEFT", splitInRow=1, **given)
