"""Documenting a session: a phrase of each leader's own."""

from clinical.models import Snippet
from clinical.services.snippets import save_phrase


def make(house, sessions) -> None:
    """A phrase of Alice's and one of Charlie's."""
    for leader in (house.alice, house.charlie):
        save_phrase(user=leader, short="part", text="Took part in the exercise and named")


def uids(patient, session, leader) -> dict:
    """The session's addresses, and the leader's phrase."""
    phrase = Snippet.objects.filter(user=leader).earliest("pk").uid
    return {
        "clinical:autosave": session.uid,
        "clinical:versions": session.uid,
        "clinical:check_notes": session.uid,
        "clinical:phrase": phrase,
        "clinical:remove_phrase": phrase,
    }
