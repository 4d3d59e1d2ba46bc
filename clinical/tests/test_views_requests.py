"""Staff's pages of what people ask about their records: the list by due date, deciding, replying; withholding and reviews."""

import datetime as dt

import pytest

from clinical.models import AmendmentRequest, Kind, Withholding
from clinical.services import amendments, release
from clinical.tests.documenting import sign_one
from tests.desk import Readings, count, text

LIST = "/desk/corrections/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(house, clock):
    """Monday noon: a signed visit of Pat's, and what Pat asks about it."""
    clock.shift(dt.timedelta(hours=4))
    house.visit = sign_one(house.pat, house.alice)
    house.asked = amendments.ask(
        patient=house.pat, thing=house.visit, wish="On weekends only.", why="I said so.", by=house.pat.user
    )
    return house


def page_of(asked) -> str:
    return f"{LIST}{asked.uid}/"


def withhold_of(thing) -> str:
    return f"/desk/withhold/{thing.uid}/"


def test_the_list_by_due_date_and_on_the_persons_page(desk, browse, clock):
    seen = Readings()
    page = text(browse(desk.alice).get(LIST))
    assert "Pat Peerson" in page and "due Fri, May 1" in page and seen.of(desk.alice) == {"Pat"}
    person = text(browse(desk.alice).get(f"/desk/people/{desk.pat.uid}/"))
    assert f'href="{page_of(desk.asked)}"' in person and "due May 1" in person
    assert "They ask for a correction" in text(browse(desk.alice).get(f"/desk/documents/{desk.visit.uid}/"))
    clock.move_to(dt.datetime(2026, 5, 4, 20, tzinfo=dt.UTC))
    assert "was due Fri, May 1" in text(browse(desk.admin).get(LIST))


def test_who_may_be_there(desk, browse):
    for stranger in (desk.coordinator, desk.billing, desk.pat.user):
        assert browse(stranger).get(LIST).status_code == 403
        assert browse(stranger).get(page_of(desk.asked)).status_code == 403
    assert browse(desk.charlie).get(page_of(desk.asked)).status_code == 404
    assert "Pat Peerson" not in text(browse(desk.charlie).get(LIST))
    for reader in (desk.alice, desk.bob, desk.admin):
        assert "On weekends only." in text(browse(reader).get(page_of(desk.asked)))


def test_as_many_queries_for_five_as_for_one(desk, browse):
    client = browse(desk.alice)
    before = count(client, LIST), count(client, page_of(desk.asked))
    for n in range(4):
        amendments.ask(patient=desk.pat, thing=None, wish=f"{n}", why="x", by=desk.pat.user)
    assert (count(client, LIST), count(client, page_of(desk.asked))) == before


def test_accepting_adds_the_correction(desk, browse):
    client = browse(desk.alice)
    sent = {"deed": "decide", "decision": "accepted", "answer": "You are right.", "entry": ""}
    answer = client.post(page_of(desk.asked), sent)
    assert answer.status_code == 422 and "You are right." in text(answer)
    assert client.post(page_of(desk.asked), sent | {"entry": "Weekends."}).status_code == 302
    assert "Weekends." in text(client.get(f"/desk/documents/{desk.visit.uid}/"))
    assert "Decide" not in text(client.get(page_of(desk.asked)))


def test_refusing_more_time_and_the_reply(desk, browse):
    client = browse(desk.bob)
    assert client.post(page_of(desk.asked), {"deed": "longer", "longer-reason": ""}).status_code == 422
    client.post(page_of(desk.asked), {"deed": "longer", "longer-reason": "Its author is away."})
    assert "Its author is away." in text(client.get(page_of(desk.asked)))
    refused = {"deed": "decide", "decision": "denied", "answer": "It is as was said."}
    assert "names its basis" in text(client.post(page_of(desk.asked), refused))
    client.post(page_of(desk.asked), refused | {"basis": "correct"})
    assert AmendmentRequest.objects.get().basis == "correct"
    amendments.disagree(request=desk.asked, text="I see it differently.", by=desk.pat.user)
    client.post(page_of(desk.asked), {"deed": "reply", "reply-text": "We wrote it down."})
    page = text(client.get(page_of(desk.asked)))
    assert "I see it differently." in page and "We wrote it down." in page and "Sign the reply" not in page


def test_an_admin_reads_the_request_and_no_note(desk, browse):
    page = text(browse(desk.admin).get(page_of(desk.asked)))
    assert f"/desk/documents/{desk.visit.uid}/" not in page and "Correction added to the note" not in page
    sent = {"deed": "decide", "decision": "accepted", "answer": "Yes."}
    assert "A clinician accepts this" in text(browse(desk.admin).post(page_of(desk.asked), sent))


def test_withholding_a_review_and_showing_it_again(desk, browse):
    alice, bob = browse(desk.alice), browse(desk.bob)
    assert withhold_of(desk.visit) in text(alice.get(f"/desk/documents/{desk.visit.uid}/"))
    assert alice.post(withhold_of(desk.visit), {"deed": "withhold", "ground": "safety"}).status_code == 422
    alice.post(withhold_of(desk.visit), {"deed": "withhold", "ground": "safety", "reason": "A threat."})
    assert "A threat." in text(alice.get(withhold_of(desk.visit)))
    assert "Withheld from them since" in text(alice.get(f"/desk/documents/{desk.visit.uid}/"))
    release.ask_review(withholding=Withholding.objects.get(), by=desk.pat.user)
    assert "To review" in text(bob.get(LIST)) and "To review" not in text(alice.get(LIST))
    admins = text(browse(desk.admin).get(LIST))
    assert "Reviews that wait" in admins and withhold_of(desk.visit) not in admins
    assert "Review it" not in text(alice.get(withhold_of(desk.visit)))
    sent = {"deed": "review", "review-upheld": "no", "review-words": ""}
    assert bob.post(withhold_of(desk.visit), sent).status_code == 422
    bob.post(withhold_of(desk.visit), sent | {"review-words": "You may read it."})
    assert Withholding.objects.get().lifted_at
    alice.post(withhold_of(desk.visit), {"deed": "withhold", "ground": "other_person", "reason": "Names him."})
    alice.post(withhold_of(desk.visit), {"deed": "lift"})
    assert not Withholding.objects.standing().exists()


def test_who_may_not_withhold(desk, browse):
    for stranger, status in ((desk.charlie, 404), (desk.admin, 403), (desk.coordinator, 403), (desk.pat.user, 403)):
        assert browse(stranger).get(withhold_of(desk.visit)).status_code == status
    plan = sign_one(desk.pat, desk.alice, Kind.SAFETY_PLAN)
    sent = {"deed": "withhold", "ground": "safety", "reason": "x"}
    assert "is theirs" in text(browse(desk.alice).post(withhold_of(plan), sent))
