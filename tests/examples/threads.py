"""Messages: one thread of each, with a file, that waits for an answer."""

import uuid

from threads.models import Attachment, Thread
from threads.services import start_thread

SUBJECT = "My schedule"  # said the same in both languages


def make(house, sessions) -> None:
    """Both wrote."""
    for patient in (house.pat, house.robin):
        start_thread(
            patient=patient, subject=SUBJECT, text="988 911 min", key=uuid.uuid4(), files=[("PIN.txt", b"PIN")]
        )


def uids(patient, session, leader) -> dict:
    """Of the patient's thread and its file."""
    thread = Thread.objects.get(patient=patient)
    file = Attachment.objects.get(message__thread=thread)
    return {
        "portal:message_thread": thread.uid,
        "portal:message_file": file.uid,
        "threads:thread": thread.uid,
        "threads:file": file.uid,
        "threads:begin": patient.uid,
    }
