"""Nobody's individual note, and no summary, holds somebody else of the group: a name is asked about, once, at its place."""

import datetime as dt

import pytest

from clinical.models import Document, Kind, Risk
from clinical.services.document_guards import lacks
from clinical.services.documents import sign_document
from clinical.tests.documenting import write_one
from core.errors import Refusal
from tests.desk import fields, text
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(house, clock):
    """Monday noon. Pat and Quinn are in Alice's group."""
    clock.shift(dt.timedelta(hours=4))
    return house


def about(desk, said: str, kind=Kind.INDIVIDUAL, **changes) -> Document:
    draft = write_one(desk.pat, desk.alice, kind, **changes)
    key = next(iter(draft.sections))
    draft.sections = draft.sections | {key: said}
    draft.save(update_fields=["sections"])
    return draft


def found(draft: Document) -> list[tuple[str, str]]:
    return [(lack.code, lack.field) for lack in lacks(draft)]


def test_a_peers_name_and_initials_are_asked_about_at_their_place(desk):
    assert found(about(desk, "Angry with Quinn since Monday’s group.")) == [("peer_name", "data")]
    assert found(about(desk, "Angry with Q.Q. since Monday.", Kind.COACHING)) == [("peer_name", "data")]
    risky = write_one(desk.pat, desk.alice, risk=Risk.REPORTED, risk_text="Told Quinn of it; safety plan gone through.")
    assert found(risky) == [("peer_name", "risk_text")]
    (lack,) = lacks(risky)
    assert "“Quinn”" in lack.message and "a peer" in lack.message


def test_one_s_own_name_the_staff_s_and_a_stranger_s_may_stand(desk):
    assert found(about(desk, "Pat told Alice and Bob how the week went; a peer had asked.")) == []
    assert found(about(desk, "Will call Zacharias, their brother.")) == []


def test_a_plan_in_their_own_words_names_whom_they_call(desk):
    assert found(about(desk, "Quinn, any evening.", Kind.SAFETY_PLAN)) == []


def test_it_is_signed_once_somebody_says_that_it_is_right(desk, browse):
    draft = about(desk, "Went to the sea with Quinn, a cousin.")
    with pytest.raises(Refusal) as refused:
        sign_document(document=draft, version=draft.version, by=desk.alice)
    assert refused.value.code == "peer_name"
    client, page = browse(desk.alice), f"/desk/documents/{draft.uid}/edit/"
    sent = fields(client.get(page), "s-data") | {"password": PASSWORD, "sign": "1"}
    answer = client.post(page, sent)
    assert answer.status_code == 422
    assert "may be the name of somebody in their group" in text(answer) and 'name="confirmed"' in text(answer)
    assert client.post(page, sent | {"confirmed": "1"}).status_code == 302
    sealed = Document.objects.get(pk=draft.pk)
    assert sealed.is_sealed and sealed.seal["confirmed"] == ["peer_name"]
    assert "Quinn" not in str(sealed.seal)
    shown = text(client.get(f"/desk/documents/{draft.uid}/"))
    assert "1 warning was overruled before signing" in shown and "Another member’s name or initials" in shown


def test_whoever_co_signs_sees_that_a_warning_was_overruled(desk, browse):
    profile = desk.alice.staff_profile
    profile.needs_cosignature = True
    profile.save()
    draft = about(desk, "Went to the sea with Quinn, a cousin.")
    sign_document(document=draft, version=draft.version, by=desk.alice, confirmed=True)
    client = browse(desk.bob)
    assert "1 warning overruled" in text(client.get("/desk/cosign/"))
    assert "Another member’s name or initials" in text(client.get(f"/desk/cosign/{draft.uid}/"))
