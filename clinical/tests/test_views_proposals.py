"""The documentation page filled in from the room: plainly proposed, and nobody's word until a leader confirms it."""

import datetime as dt
import json

import pytest
from django.urls import reverse

from clinical.models import Attendance, GroupNote, ProgressNote, Status
from clinical.services.proposals import propose
from clinical.tests.room_scenes import Scene
from clinical.views.documentation_keys import who
from tests.desk import SHARED, attend, browse, count, fields, more_people, text
from tests.factories import PASSWORD

__all__ = ["browse"]
ROOM = 9  # queries for what the room of a session saw
FILLED = 24  # of the page without it, as in test_views_notes


@pytest.fixture
def scene(house, clock):
    """The session is over. Pat came late and was lost once, Quinn missed it; it began at 9:04 and had a break of 12 minutes."""
    clock.shift(dt.timedelta(hours=3))
    scene = Scene(house.session, began=4, ended=90)
    scene.agenda(**{"check_in": (4, 40), "break": (40, 52), "teaching": (52, 90)})
    scene.lead((-5, 90))
    pat = scene.member(house.pat, (20, 60), (60.5, 90), why="lost", let_in=21)
    scene.talked(pat, (25, 27))
    return scene


def address(house) -> str:
    return reverse("clinical:notes", args=[house.session.uid])


def rows() -> dict[str, tuple]:
    return {a.patient.legal_first_name: (a.status, a.minutes) for a in Attendance.objects.select_related("patient")}


def test_the_page_shows_what_is_proposed_and_saves_nothing(house, scene, browse):
    page = browse(house.alice).get(address(house))
    said = text(page)
    assert "Proposed from the room:</strong> in from 9:21 to 10:30, lost once." in said
    assert "Proposed from the room:</strong> was not in the room." in said
    assert "Spoke 100 % of the talking time." in said
    sent = fields(page, "who")
    mine = f"p{house.pat.pk}"
    assert (sent[f"{mine}-status"], sent[f"{mine}-minutes"]) == ("late", "57")
    assert sent[f"{mine}-tech_trouble"] == "on" and sent[f"{mine}-trouble_text"] == "Connection lost once."
    assert sent[f"{mine}-participation"] == "" and sent[f"p{house.quinn.pk}-status"] == "no_show"
    assert (sent["shared-began_at"], sent["shared-break_minutes"]) == ("09:04", "12")
    assert sent["shared-stopped_at"] == "" and sent["shared-activities"] == "Check-in round; Teaching"
    assert not Attendance.objects.exists() and not GroupNote.objects.exists()


def test_saving_or_signing_confirms_nothing(house, scene, browse):
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "who")
    for button in ({"save": "1"}, {"sign": "1", "password": PASSWORD}):
        assert client.post(address(house), sent | button).status_code == 302
        assert not Attendance.objects.exists() and not ProgressNote.objects.exists() and not GroupNote.objects.exists()


def test_one_is_confirmed_and_then_all(house, scene, browse):
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "who")
    client.post(address(house), sent | {"confirm": str(house.quinn.pk)})
    assert rows() == {"Quinn": ("no_show", None)}
    sent = fields(client.get(address(house)), "who")
    client.post(address(house), sent | {"confirm": "all"})
    assert rows() == {"Quinn": ("no_show", None), "Pat": ("late", 57)}
    note = ProgressNote.objects.get()
    assert note.tech_trouble and note.trouble_text == "Connection lost once." and note.patient == house.pat
    assert Attendance.objects.get(patient=house.pat).participation is None


def test_another_choice_is_the_leaders_own(house, scene, browse):
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "who")
    mine = f"p{house.pat.pk}"
    client.post(address(house), sent | {f"{mine}-status": "left_early", f"{mine}-minutes": "40"})
    assert rows() == {"Pat": ("left_early", 40)}
    assert "The room saw something else: Late, in from 9:21" in text(client.get(address(house)))


def test_a_confirmed_row_is_never_changed_and_says_when_the_room_differs(house, scene, browse):
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    client = browse(house.alice)
    page = client.get(address(house))
    assert (
        "The room saw something else: Late, in from 9:21 to 10:30, lost once. 57 minutes. What was confirmed stays."
        in (text(page))
    )
    sent = fields(page, "who")
    assert sent[f"p{house.pat.pk}-status"] == "present" and f"p{house.pat.pk}-proposed" not in sent
    client.post(address(house), sent | {"confirm": "all"})
    assert rows() == {"Pat": ("present", 75), "Quinn": ("no_show", None)}


def test_a_rating_alone_does_not_confirm(house, scene, browse):
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "who")
    answer = client.post(address(house), sent | {f"p{house.pat.pk}-participation": "3"})
    assert answer.status_code == 422 and "Confirm first how they attended." in text(answer)
    assert not Attendance.objects.exists()


def test_times_of_the_room_and_whoever_was_present_are_saved_together(house, scene, browse):
    scene.member(house.quinn, (0, 90))
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "who")
    shared = {f"shared-{name}": words for name, words in SHARED.items()}
    assert client.post(address(house), sent | shared | {"confirm": "all"}).status_code == 302
    assert GroupNote.objects.get().break_minutes == 12
    assert rows() == {"Pat": ("late", 57), "Quinn": ("present", 74)}  # 9:04 to 10:30 without twelve
    assert propose(house.session)[house.quinn.pk].minutes == 74


def test_the_page_that_saves_itself_leaves_what_is_proposed_alone(house, scene, browse):
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "who")
    mine, save = f"p{house.pat.pk}", reverse("clinical:autosave", args=[house.session.uid])
    proposed = json.loads(sent[f"{mine}-proposed"])
    assert proposed == {
        "status": "late", "minutes": "57", "tech_trouble": "on", "trouble_text": "Connection lost once.",
    }  # fmt: skip
    parts = {"parts": str(house.pat.pk), "who": who(house.alice)}
    answer = client.post(save, sent | parts)
    assert answer.status_code == 200 and not Attendance.objects.exists()
    assert f"{mine}-proposed" not in answer.json()["parts"][str(house.pat.pk)]["fields"]
    answer = client.post(save, sent | parts | {f"{mine}-proposed": ""})
    assert rows() == {"Pat": ("late", 57)}
    assert answer.json()["parts"][str(house.pat.pk)]["fields"][f"{mine}-proposed"] == ""


@pytest.mark.parametrize("garbage", ["{", "[]", "null", '{"status": 1}', "x" * 5000])
def test_a_proposal_that_came_back_broken_is_no_proposal(house, scene, browse, garbage):
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "who")
    answer = client.post(address(house), sent | {f"p{house.pat.pk}-proposed": garbage})
    assert answer.status_code == 302
    assert rows() == {"Pat": ("late", 57)}


def test_a_fixed_number_of_queries(house, scene, browse, clock):
    client = browse(house.alice)
    assert count(client, address(house)) <= FILLED + ROOM
    before = count(client, address(house))
    for person in more_people(house, 3, group=house.group):
        scene.member(person, (0, 90))
    assert count(client, address(house)) == before
