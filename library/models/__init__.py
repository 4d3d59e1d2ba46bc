"""The library: what there is to read, to fill in and to listen to; and homework: who was given what, and what came back."""

from library.models.homework import Homework, Reply, Sending, Sheet
from library.models.items import Ask, ItemKind, LibraryItem, WorksheetField

__all__ = ["Ask", "Homework", "ItemKind", "LibraryItem", "Reply", "Sending", "Sheet", "WorksheetField"]
