"""What the page of notes tells after signing, in few sentences."""

from clinical.tests.test_views_notes import SIGN, address, held, shared
from tests.desk import fields, told

__all__ = ["held"]


def test_who_lacks_the_same_is_told_of_in_one_sentence(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic")
    page = client.post(address(held), sent | shared() | SIGN, follow=True)
    assert told(page) == ["2 notes stay drafts (no text of their own yet): Pat Peerson, Quinn Quill."]
