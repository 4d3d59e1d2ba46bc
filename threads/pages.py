"""What the patients' pages and the staff's have in common: a thread as it is shown, a file as it is handed out, drafts."""

from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Program, User
from core.drafts import draft_key, owner_mark
from patients.models import Patient
from threads import files
from threads.models import AnswerPolicy, Attachment, Message, Seen, Thread

# Handed out to be saved, never shown: should a browser show it all the same, it may do nothing and belongs to nowhere.
SANDBOX = "default-src 'none'; sandbox"


@dataclass(frozen=True, slots=True)
class Line:
    """A message as one reader sees it."""

    message: Message
    is_own: bool
    is_new: bool
    is_read: bool  # by the patient; of what their team wrote


def lines_of(thread: Thread, reader: User) -> list[Line]:
    """The thread's messages, first to last, as they stood before this reading. Three queries."""
    rows = list(thread.messages.select_related("author").prefetch_related("attachments").order_by("pk"))
    seen = dict(Seen.objects.filter(thread=thread).values_list("user_id", "up_to_id"))
    mine, theirs = seen.get(reader.pk, 0), seen.get(thread.patient.user_id, 0)
    return [
        Line(
            message=row,
            is_own=row.author_id == reader.pk,
            is_new=row.author_id != reader.pk and row.pk > mine,
            is_read=not row.by_patient and row.pk <= theirs,
        )
        for row in rows
    ]


def threads_with_news(patient: Patient) -> int:
    """In how many of their threads somebody wrote what they have not read. One query."""
    own = Thread.objects.filter(patient=patient).with_news_for(patient.user)
    return own.filter(has_news=True).count()


def promise(program: Program) -> str:
    """Within what time somebody answers. One query."""
    days = AnswerPolicy.of(program.pk).business_days
    return ngettext(
        "Your team answers within %(n)s business day, Monday to Friday.",
        "Your team answers within %(n)s business days, Monday to Friday.",
        days,
    ) % {"n": days}


def draft_of(user: User, part: str) -> dict[str, str]:
    """What a page needs to keep a message that is not sent yet, so that nobody else at the same device can read it: a key that is
    derived, never stored, and the same after signing in again (static/js/doc_keep.js)."""
    return {"part": part, "key": draft_key("threads", user.pk), "who": owner_mark("threads", user.pk)}


def hand_out(user: User, uid) -> HttpResponse:
    """A file of a thread that this person may see, to be saved. Http404 for any other, and where the file is gone."""
    found = Attachment.objects.visible_to(user).filter(uid=uid).first()
    try:
        data = files.read(found) if found else None
    except (FileNotFoundError, InvalidToken):
        data = None
    if data is None:
        raise Http404(_("There is no such page."))
    charset = "; charset=utf-8" if found.kind == Attachment.Kind.TEXT else ""
    response = HttpResponse(data, content_type=f"{found.kind}{charset}")
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = content_disposition_header(True, found.name)
    return response
