"""What somebody and their care team wrote to each other, as plain data: a part of the file of one's own record.

Threads belong in it (docs/record_access.md); what is written on a board does not: it is others' too, and nobody's record.
"""

from django.db.models import Prefetch

from clinical.own_record.plain import at, coded
from patients.models import Patient
from threads.models import Attachment, Message, Thread


def threads_of(patient: Patient) -> list[dict]:
    """Every thread with its messages, the earliest first. Files are named, not held: they are saved from the thread. Three
    queries for any number."""
    written = Message.objects.select_related("author").order_by("pk")
    files = Prefetch("messages__attachments", Attachment.objects.order_by("pk"))
    rows = Thread.objects.filter(patient=patient).select_related("program").order_by("created_at", "pk")
    return [_thread(row) for row in rows.prefetch_related(Prefetch("messages", written), files)]


def _thread(row: Thread) -> dict:
    return {
        "uid": str(row.uid),
        "subject": row.subject,
        "program": str(row.program),
        "began_at": at(row.created_at),
        "closed_at": at(row.closed_at),
        "written": [_message(message) for message in row.messages.all()],
    }


def _message(row: Message) -> dict:
    return {
        "uid": str(row.uid),
        "at": at(row.at),
        "is_own": row.by_patient,
        "name": row.author.get_full_name(),
        "text": row.text,
        "files": [
            {"uid": str(file.uid), "name": file.name, "kind": coded(file, "kind"), "size": file.size}
            for file in row.attachments.all()
        ],
    }
