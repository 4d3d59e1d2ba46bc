"""What the patients' pages and the staff's have in common: an item as it reads."""

from dataclasses import dataclass

from library.models import LibraryItem
from library.recordings import kind_of
from library.text import Block, blocks_of


@dataclass(frozen=True, slots=True)
class Text:
    """A text in blocks. lang: its language, where it is not the reader's."""

    blocks: list[Block]
    lang: str


def text_of(item: LibraryItem) -> Text:
    return Text(blocks_of(item.said("text")), item.lang_of("text"))


def read_page(item: LibraryItem) -> dict:
    """The context of a page that shows an item. No query."""
    return {
        "item": item,
        "text": text_of(item),
        "player": kind_of(item) if item.is_recording and item.file else "",
    }
