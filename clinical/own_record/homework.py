"""Homework of one's record, as plain data: what was given, what was sent of it and what the team answered. A draft is not in it:
until it is sent it is its writer's alone, and stands on their page."""

from django.db.models import Prefetch

from clinical.own_record.plain import at, coded, on
from library.answers import read_out
from library.models import Homework, Reply, Sending
from patients.models import Patient


def homework_of(patient: Patient) -> list[dict]:
    """The earliest first. Four queries for any number."""
    replies = Reply.objects.select_related("author")
    rows = (
        Homework.objects.filter(patient=patient)
        .select_related("item")
        .prefetch_related(
            "item__fields", Prefetch("sendings", Sending.objects.prefetch_related(Prefetch("replies", replies)))
        )
    )
    return [_one(row) for row in rows.order_by("assigned_at", "pk")]


def _one(row: Homework) -> dict:
    return {
        "uid": str(row.uid),
        "title": row.item.title,
        "kind": coded(row.item, "kind"),
        "given_at": at(row.assigned_at),
        "due_on": on(row.due_on),
        "note": row.note,
        "state": coded(row, "state"),
        "done_at": at(row.done_at),
        "sent": [_sent(row, sending) for sending in row.sendings.all()],
    }


def _sent(row: Homework, sending: Sending) -> dict:
    return {
        "number": sending.number,
        "at": at(sending.at),
        "answers": [
            {"question": said.field.label, "answer": "\n".join(said.lines)}
            for said in read_out(row.item.fields.all(), sending.answers)
            if said.lines
        ],
        "replies": [
            {"text": reply.text, "name": reply.author.get_full_name(), "at": at(reply.at), "asks_again": reply.again}
            for reply in sending.replies.all()
        ],
    }
