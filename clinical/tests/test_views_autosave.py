"""What the documentation page asks by itself: saving parts, how they stand, what stands in the way of signing."""

import datetime as dt

import pytest

from clinical.models import GroupNote, ProgressNote, Status
from clinical.services import Draft, save_drafts
from clinical.views.documentation_keys import draft_key, who
from scheduling.models import Session
from tests.desk import Readings, attend, browser_of, fields, more_people, sign, text, write

SAVE = 32
STATE = 10


@pytest.fixture
def over(house, clock, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    return house


def address(house, what: str = "save/") -> str:
    return f"/desk/sessions/{house.session.uid}/notes/{what}"


def page_fields(client, house) -> dict:
    return fields(client.get(address(house, "")), "shared-topic")


def of(person, **values) -> dict:
    return {f"p{person.pk}-{name}": value for name, value in values.items()}


def save(client, house, sent: dict, *parts) -> tuple[int, dict]:
    answer = client.post(address(house), sent | {"parts": ",".join(str(getattr(p, "pk", p)) for p in parts)})
    return answer.status_code, answer.json()


def test_doors(over):
    sent = page_fields(browser_of(over.alice), over) | of(over.pat, text="x") | {"parts": str(over.pat.pk)}
    for what in ("save/", "state/", "check/"):
        for stranger, status in ((None, 302), (over.billing, 403), (over.pat.user, 403), (over.charlie, 404)):
            client = browser_of(stranger)
            ask = client.post if what == "save/" else client.get
            assert ask(address(over, what), sent).status_code == status, (what, stranger)
    assert browser_of(over.alice).get(address(over)).status_code == 405
    assert not ProgressNote.objects.exists()


def test_a_part_is_saved_by_itself(over):
    client = browser_of(over.alice)
    sent = page_fields(client, over) | of(over.pat, text="Spoke.", risk="none") | of(over.quinn, text="Not sent.")
    status, answer = save(client, over, sent | {"shared-objective": "o"}, over.pat)
    assert status == 200 and answer["parts"][str(over.pat.pk)]["ok"]
    assert ProgressNote.objects.get().text == "Spoke." and not GroupNote.objects.exists()
    new = answer["parts"][str(over.pat.pk)]["fields"]
    assert new[f"p{over.pat.pk}-version"] == 1
    status, _answer = save(client, over, sent | new | {"shared-objective": "o"}, "shared", over.pat)
    assert status == 200 and ProgressNote.objects.get().version == 1 and GroupNote.objects.get().objective == "o"


def test_one_part_that_cannot_be_saved_holds_up_no_other(over):
    client = browser_of(over.alice)
    sent = page_fields(client, over) | of(over.pat, text="Spoke.") | of(over.quinn, minutes="900", text="Kept?")
    status, answer = save(client, over, sent, over.pat, over.quinn)
    assert status == 422 and answer["parts"][str(over.pat.pk)]["ok"]
    wrong = answer["parts"][str(over.quinn.pk)]
    assert not wrong["ok"] and "give the minutes attended" in wrong["message"]
    assert list(wrong["errors"]) == [f"p{over.quinn.pk}-minutes"]
    assert ProgressNote.objects.get().patient == over.pat


def test_the_second_is_told_and_shown_both(over):
    client = browser_of(over.alice)
    sent = page_fields(client, over) | of(over.pat, text="By Alice.") | of(over.quinn, text="Hers.")
    save_drafts(session=over.session, drafts=[Draft(over.pat.pk, "By Bob.", 0)], by=over.bob)
    readings = Readings()
    status, answer = save(client, over, sent, over.pat, over.quinn)
    told = answer["parts"][str(over.pat.pk)]
    assert status == 409 and told["code"] == "changed_meanwhile" and told["by"] == "Bob Supervisor"
    assert told["theirs"][f"p{over.pat.pk}-text"] == "By Bob." and readings.of(over.alice) == {"Pat"}
    assert answer["parts"][str(over.quinn.pk)]["ok"] and ProgressNote.objects.get(patient=over.quinn).text == "Hers."
    status, _answer = save(client, over, sent | told["fields"], over.pat)  # to keep one's own is a decision
    assert status == 200 and ProgressNote.objects.get(patient=over.pat).text == "By Alice."


def test_words_typed_by_one_are_not_saved_under_anothers_name(over):
    sent = page_fields(browser_of(over.alice), over) | of(over.pat, text="By Alice.")
    status, answer = save(browser_of(over.bob), over, sent, over.pat)
    assert status == 403 and answer["code"] == "somebody_else" and not ProgressNote.objects.exists()


def test_the_key_is_ones_own_and_the_sessions(over):
    keys = {draft_key(user, over.session) for user in (over.alice, over.bob)}
    assert len(keys) == 2 and draft_key(over.alice, over.session) in keys
    other = Session.objects.exclude(pk=over.session.pk).first()
    assert draft_key(over.alice, other) not in keys and who(over.alice) != who(over.bob)


def test_a_signed_note_is_left_alone(over):
    client = browser_of(over.alice)
    sent = page_fields(client, over) | of(over.pat, text="Better.")
    write(over.session, over.alice, Pat="Spoke.")
    sign(over.session, over.alice)
    status, answer = save(client, over, sent, over.pat)
    assert status == 422 and answer["parts"][str(over.pat.pk)]["code"] == "signed"
    assert ProgressNote.objects.get().text == "Spoke."


def test_how_each_part_stands(over):
    write(over.session, over.alice, Pat="Spoke.")
    client = browser_of(over.alice)
    readings = Readings()
    now = client.get(address(over, "state/")).json()
    assert now["shared"] == 1 and now["rows"][str(over.pat.pk)] == [1, "present:all:3", False] and "stored" not in now
    assert readings.of(over.alice) == set()
    more = client.get(address(over, "state/"), {"parts": f"shared,{over.pat.pk},{over.robin.pk},x"}).json()["stored"]
    assert set(more) == {"shared", str(over.pat.pk)} and readings.of(over.alice) == {"Pat"}
    assert more[str(over.pat.pk)]["theirs"][f"p{over.pat.pk}-text"] == "Spoke."


def test_what_stands_in_the_way_is_looked_up(over):
    client = browser_of(over.alice)
    assert text(client.get(address(over, "check/"))) == ""
    write(over.session, over.alice, Pat="Quinn said so.")
    page = text(client.get(address(over, "check/")))
    assert "may be another member’s name" in page and 'name="overrule-' in page and "risk is not stated" in page


def test_a_fixed_number_of_queries(house, clock, django_assert_num_queries, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    big = more_people(house, 8)[0].memberships.get().group
    clock.shift(dt.timedelta(hours=7))
    many = Session.objects.filter(group=big).earliest("starts_at")
    for session in (house.session, many):
        client = browser_of(house.alice)
        base = f"/desk/sessions/{session.uid}/notes/"
        sent = fields(client.get(base), "shared-topic")
        people = [name[1:-7] for name in sent if name.endswith("-status")] or [
            name[1:-4] for name in sent if name.endswith("-was")
        ]
        for pk in people:
            sent |= {f"p{pk}-status": "present", f"p{pk}-text": f"Words {pk}", f"p{pk}-risk": "none"}
        with django_assert_num_queries(SAVE):
            answer = client.post(f"{base}save/", sent | {"parts": ",".join(people)})
        assert answer.status_code == 200
        with django_assert_num_queries(STATE):
            client.get(f"{base}state/")
    assert ProgressNote.objects.count() == 10
