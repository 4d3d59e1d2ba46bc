"""Files that come with a message: which are taken, what is made of them, and where they stand.

What a file is, its first bytes say, never its name. Pictures are drawn anew by Pillow, which leaves behind where and with what
they were taken and whatever else was hidden in them. All stand encrypted, under a random name, outside of all that is served.
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from core.errors import Refusal
from core.fields import cipher
from threads.models import Attachment

Kind = Attachment.Kind
MEGABYTES = 10  # all files of one message together
FILES = 3
PIXELS = 50_000_000  # a picture may be small as a file and fill the memory
NAME_LENGTH = 100
PICTURES = {"PNG": (Kind.PNG, "png"), "JPEG": (Kind.JPEG, "jpg"), "WEBP": (Kind.WEBP, "webp")}
_MAGIC = ((b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff", "JPEG"))
_ENDINGS = dict(PICTURES.values()) | {Kind.PDF: "pdf", Kind.TEXT: "txt"}


@dataclass(frozen=True, slots=True)
class Safe:
    """A file as it will stand."""

    name: str
    kind: Kind
    data: bytes


def made_safe(files: Iterable[tuple[str, bytes]]) -> list[Safe]:
    """What is kept of these (name, bytes).

    Raises Refusal (too_many_files, too_large, empty_file, not_a_safe_kind, unreadable).
    """
    files = list(files)
    if len(files) > FILES:
        raise Refusal(_("Send at most %(n)s files at once.") % {"n": FILES}, "too_many_files", "files")
    if sum(len(data) for _name, data in files) > MEGABYTES * 1024 * 1024:
        raise Refusal(
            _("That is too large: all files together may have %(n)s MB.") % {"n": MEGABYTES}, "too_large", "files"
        )
    return [_one(name, data) for name, data in files]


def _one(name: str, data: bytes) -> Safe:
    if not data:
        raise Refusal(_("“%(name)s” is empty.") % {"name": _plain(name)}, "empty_file", "files")
    picture = next((form for magic, form in _MAGIC if data.startswith(magic)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        picture = "WEBP"
    if picture:
        kind, data = PICTURES[picture][0], _drawn_anew(name, data, picture)
    elif data.startswith(b"%PDF-"):
        kind = Kind.PDF
    elif _is_text(data):
        kind = Kind.TEXT
    else:
        raise Refusal(
            _("“%(name)s” can’t be sent. Send pictures (PNG, JPEG, WebP), PDF or plain text.") % {"name": _plain(name)},
            "not_a_safe_kind",
            "files",
        )
    return Safe(_named(name, kind), kind, data)


def _drawn_anew(name: str, data: bytes, form: str) -> bytes:
    """The same picture without anything that is not picture. Only the first of several frames."""
    try:
        with Image.open(io.BytesIO(data), formats=[form]) as found:
            if found.width * found.height > PIXELS:
                raise ValueError("too many pixels")
            upright = ImageOps.exif_transpose(found)
            has_alpha = form != "JPEG" and ("A" in upright.getbands() or "transparency" in upright.info)
            bare = upright.convert("RGBA" if has_alpha else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refusal(
            _("“%(name)s” can’t be read as a picture. Try another copy of it.") % {"name": _plain(name)},
            "unreadable",
            "files",
        ) from error
    clean = Image.new(bare.mode, bare.size)
    clean.paste(bare)
    out = io.BytesIO()
    clean.save(out, form, **({} if form == "PNG" else {"quality": 88}))
    return out.getvalue()


def _is_text(data: bytes) -> bool:
    """UTF-8 without control characters; markup that a browser might run counts as text only where it is handed out as text."""
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", words)


def _plain(name: str) -> str:
    """A file's name without its folder and without anything but letters, digits and a few marks."""
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[^\w .()-]+", "_", last).strip(" .")[:NAME_LENGTH] or _("File")


def _named(name: str, kind: Kind) -> str:
    """The name with the ending of what it is."""
    stem = re.sub(r"\.\w{1,5}$", "", _plain(name))[: NAME_LENGTH - 5] or _("File")
    return f"{stem}.{_ENDINGS[kind]}"


def store(attachment: Attachment, data: bytes) -> None:
    """Put the file away, encrypted, under the attachment's uid."""
    _place().save(str(attachment.uid), ContentFile(cipher().encrypt(data)))


def discard(uid) -> None:
    """Take a file away whose row was not written after all."""
    _place().delete(str(uid))


def read(attachment: Attachment) -> bytes:
    """The file as it was. Raises FileNotFoundError where it is gone, InvalidToken where it was changed."""
    with _place().open(str(attachment.uid)) as file:
        return cipher().decrypt(file.read())


def _place():
    return storages["attachments"]
