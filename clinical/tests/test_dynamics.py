"""What leaders keep apart from the record: observations of a group, psychotherapy notes."""

import ast
import datetime as dt

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from clinical.models import GroupObservation, PsychotherapyNote, Status
from clinical.services import dynamics
from core.errors import Refusal
from tests.desk import Readings, attend, count, more_people, text


@pytest.fixture
def held(house, clock):
    clock.shift(dt.timedelta(hours=3))
    return house.session


def save(session, by, version=0, **values) -> GroupObservation:
    return dynamics.save_observation(session=session, values=values, version=version, by=by)


def page(session) -> str:
    return f"/desk/sessions/{session.uid}/climate/"


# --- observing


def test_leaders_and_their_supervisor_observe_and_nobody_else(house, held, browse):
    save(held, house.alice, climate=3)
    for reader in (house.alice, house.bob):
        assert browse(reader).get(page(held)).status_code == 200
        assert GroupObservation.objects.visible_to(reader).exists()
    assert browse(house.charlie).get(page(held)).status_code == 404
    for wrong in (house.coordinator, house.admin, house.billing, house.pat.user):
        assert browse(wrong).get(page(held)).status_code == 403
        assert not GroupObservation.objects.visible_to(wrong).exists()
    assert not GroupObservation.objects.visible_to(house.charlie).exists()
    with pytest.raises(Refusal) as refused:
        save(held, house.charlie, climate=1)
    assert refused.value.code == "not_a_leader"


def test_not_rated_is_not_zero(house, held, browse):
    browse(house.alice).post(page(held), {"version": "0", "climate": "0", "cohesion": "", "roles": ["silent"]})
    found = GroupObservation.objects.get()
    assert (found.climate, found.cohesion, found.roles) == (0, None, ["silent"])
    with pytest.raises(IntegrityError), transaction.atomic():
        GroupObservation.objects.update(climate=5)


@pytest.mark.parametrize("words", ["Pat dominated again.", "Peerson was quiet", "Quinn and a member argued"])
def test_nobody_is_named(house, held, browse, words):
    answer = browse(house.alice).post(page(held), {"version": "0", "text": words})
    assert answer.status_code == 422 and "may name somebody" in text(answer) and words in text(answer)
    assert not GroupObservation.objects.exists()
    save(held, house.alice, text="A member dominated again.")


def test_of_two_who_write_the_second_is_told_and_shown_both(house, held, browse):
    save(held, house.alice, text="Warm")
    answer = browse(house.bob).post(page(held), {"version": "0", "text": "Cold"})
    assert answer.status_code == 422 and "Warm" in text(answer) and "Cold" in text(answer)
    answer = browse(house.bob).post(page(held), {"version": "1", "text": "Cold"})
    assert GroupObservation.objects.get().text == "Cold"


def test_the_workspace_shows_the_trend_and_the_members(house, held, browse):
    attend(held, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    save(held, house.alice, cohesion=4, stage="working", roles=["mentor"])
    readings = Readings()
    shown = text(browse(house.alice).get(f"/desk/workspaces/{house.group.uid}/"))
    assert "Working" in shown and "Graduate, mentor" in shown and "4 of 4" in shown
    assert readings.of(house.alice) == {"Pat", "Quinn"}
    assert browse(house.charlie).get(f"/desk/workspaces/{house.group.uid}/").status_code == 404
    assert browse(house.alice).get("/desk/workspaces/").context["to_observe"] == []


def test_a_fixed_number_of_queries(house, held, browse, clock):
    client = browse(house.alice)
    address = f"/desk/workspaces/{house.group.uid}/"
    few = count(client, address)
    house.group.capacity = 15
    house.group.save()
    more_people(house, 6, group=house.group)
    for session in house.group.sessions.order_by("starts_at")[1:4]:
        clock.move_to(session.ends_at + dt.timedelta(minutes=1))
        save(session, house.alice, climate=2, roles=["silent", "joker"])
    client = browse(house.alice)
    assert count(client, address) == few


# --- psychotherapy notes


def note_of(user, words="Countertransference: I was impatient.") -> PsychotherapyNote:
    return dynamics.save_private_note(author=user, text=words, about_on=timezone.localdate())


def test_only_its_author_reads_it(house, browse):
    note = note_of(house.alice)
    address = f"/desk/own-notes/{note.uid}/"
    assert "impatient" in text(browse(house.alice).get(address))
    for reader in (house.bob, house.charlie):
        assert browse(reader).get(address).status_code == 404
        assert (
            note.about_on.strftime("%B %-d") not in text(browse(reader).get("/desk/own-notes/")).split("A new note")[1]
        )
        assert not PsychotherapyNote.objects.visible_to(reader).exists()
    for wrong in (house.admin, house.coordinator, house.billing, house.pat.user):
        assert browse(wrong).get(address).status_code == 403
    with pytest.raises(Refusal) as refused:
        dynamics.save_private_note(author=house.bob, text="x", about_on=note.about_on, note=note, version=1)
    assert refused.value.code == "not_yours"


def test_it_is_under_keys_of_its_own_in_its_history_too(house, settings):
    note_of(house.alice)
    for table in ("clinical_psychotherapynote", "clinical_psychotherapynoteevent"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT text FROM {table}")
            token = cursor.fetchone()[0]
        for key in settings.FIELD_KEYS:
            with pytest.raises(InvalidToken):
                Fernet(key).decrypt(token.encode())
        assert b"impatient" in Fernet(settings.PRIVATE_NOTE_KEYS[0]).decrypt(token.encode())


def test_the_administration_shows_that_there_is_one_and_no_word_of_it(house, browse):
    note = note_of(house.alice)
    client = browse(house.admin)
    for address in (
        "/admin/clinical/psychotherapynote/",
        f"/admin/clinical/psychotherapynote/{note.pk}/change/",
    ):
        answer = client.get(address)
        assert answer.status_code == 200 and "impatient" not in text(answer)


def test_nothing_else_knows_of_them():
    """No page, export or query outside the files of the workspace imports the table."""
    allowed = {"dynamics.py", "__init__.py"}
    for path in django_settings.BASE_DIR.rglob("*.py"):
        parts = path.relative_to(django_settings.BASE_DIR).parts
        if parts[0].startswith((".", "node_modules")) or {"tests", "migrations"} & set(parts):
            continue
        tree = list(ast.walk(ast.parse(path.read_text())))
        names = {alias.name for node in tree if isinstance(node, ast.ImportFrom) for alias in node.names}
        # `filter(psychotherapy_notes__text=…)` and `user.psychotherapy_notes` lead there too.
        ways = {node.arg or "" for node in tree if isinstance(node, ast.keyword)}
        ways |= {node.attr for node in tree if isinstance(node, ast.Attribute)}
        assert path.name in allowed or "PsychotherapyNote" not in names, path
        assert path.name in allowed or not any(way.startswith("psychotherapy_notes") for way in ways), path


def test_writing_and_changing(house, browse):
    client = browse(house.alice)
    assert client.post("/desk/own-notes/", {"about_on": "2026-03-01", "text": ""}).status_code == 422
    assert client.post("/desk/own-notes/", {"about_on": "2026-04-01", "text": "x"}).status_code == 422
    client.post("/desk/own-notes/", {"about_on": "2026-03-01", "text": "First"})
    note = PsychotherapyNote.objects.get()
    address = f"/desk/own-notes/{note.uid}/"
    client.post(address, {"about_on": "2026-03-01", "text": "Second", "version": "1"})
    answer = client.post(address, {"about_on": "2026-03-01", "text": "Third", "version": "1"})
    assert answer.status_code == 422 and "Third" in text(answer)
    note.refresh_from_db()
    assert note.text == "Second"
