"""Audio and video of the library: which files are taken, and how they are handed out, in parts where a player asks for parts.

What a file is, its first bytes say, never its name. Recordings are about nobody: they are written by a program's admins, stand as
they came, and are handed out by stamped views only.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

MEGABYTES = 200
CHUNK = 256 * 1024
_HEAD = 16
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def type_of(head: bytes) -> str:
    """The media type that a file's first bytes say; "" where it is none of ours."""
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        return "audio/mpeg"
    if head[:4] == b"OggS":
        return "audio/ogg"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm"
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:12] in (b"M4A ", b"M4B ") else "video/mp4"
    return ""


def refuse_strange_file(file) -> None:
    """A field's validator. Raises ValidationError for what no browser plays, or is too large."""
    if file.size > MEGABYTES * 1024 * 1024:
        raise ValidationError(_("That is too large: a recording may have %(n)s MB."), "too_large", {"n": MEGABYTES})
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    if not type_of(head):
        raise ValidationError(_("Upload MP3, M4A, OGG, WAV, MP4 or WebM."), "not_a_recording")


def kind_of(item) -> str:
    """ "audio" or "video" of an item's file; "" where there is none to be played."""
    try:
        with item.file.open("rb") as file:
            return type_of(file.read(_HEAD)).partition("/")[0]
    except (FileNotFoundError, ValueError):
        return ""


def hand_out(request, item) -> HttpResponse:
    """The file of an item, or the part of it that was asked for: without parts no player can go forward, and some play nothing.
    Http404 where the file is gone."""
    try:
        file = item.file.open("rb")
    except (FileNotFoundError, ValueError):
        raise Http404(_("There is no such page.")) from None
    size, kind = item.file.size, type_of(file.read(_HEAD))
    span = _span(request.headers.get("Range", ""), size)
    if span == ():
        file.close()
        answer = HttpResponse(status=416)
        answer.headers["Content-Range"] = f"bytes */{size}"
        return answer
    first, last = span or (0, size - 1)
    answer = StreamingHttpResponse(
        _part(file, first, last - first + 1),
        status=206 if span else 200,
        content_type=kind or "application/octet-stream",
    )
    if span:
        answer.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    answer.headers["Content-Length"] = str(last - first + 1)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _span(asked: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """First and last byte of the one part asked for. None: all of it (also where several parts are asked for); (): none such."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found.groups() == ("", ""):
        return None
    start, end = found.groups()
    if start == "":  # the last so many
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
    return (first, last) if first <= last and first < size else ()


def _part(file: BinaryIO, first: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        while length > 0 and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk
