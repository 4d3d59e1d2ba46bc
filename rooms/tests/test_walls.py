"""What the tables of live rooms have: whoever refuses DELETE refuses TRUNCATE, nobody changes a history, what is written freely
is encrypted, and whatever names two things of a room names one room."""

import pytest
from django.db import DatabaseError, IntegrityError, models, transaction

from core.fields import EncryptedTextField
from core.tests.walls import (
    assert_history_keeps,
    assert_nobody_changes,
    assert_truncate_is_refused,
    history_of,
    label,
    refusing,
    tables_of,
)
from rooms.models import ChatLine, Place, PollAnswer, PollVote, Round, Spell, Turn
from rooms.tests.rows import make_room, make_rows
from scheduling.models import Session

TABLES, HISTORIES = tables_of("rooms")
# Facts of machines and of a moment: they are their own history.
NO_HISTORY = {
    *("Connection", "Spell", "Beside", "MediaHandle", "TalkSpell", "Round", "Turn", "Hand", "ChatLine"),
    *("PollVote", "PollAnswer", "Prompt", "HandoutShown", "Place", "Board"),
}
# A plan for the agenda may be thrown away, and is in the history then; answers to polls are forgotten with their room; a place in
# a room beside is taken back.
DELETED = {"PlannedStep", "PollAnswer", "Place"}
# An agreement is shown to everybody; the guidelines are its sentences.
SHOWN = {(name, field) for name in ("Agreement", "AgreementWording") for field in ("text", "guidelines")}


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES + HISTORIES, ids=label)
def test_what_refuses_delete_refuses_truncate(model):
    assert bool(refusing(model)) == (model.__name__ not in DELETED)
    if model.__name__ not in DELETED:
        assert_truncate_is_refused(model)


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES, ids=label)
def test_what_somebody_decides_keeps_its_history(model):
    history = history_of(model, HISTORIES)
    assert (history is None) == (model.__name__ in NO_HISTORY)
    if history and model.__name__ != "Room":  # whose counter is not kept
        assert_history_keeps(model, history)


@pytest.mark.django_db
@pytest.mark.parametrize("model", HISTORIES, ids=label)
def test_nobody_changes_a_history(model):
    assert_nobody_changes(model)


@pytest.mark.parametrize("model", TABLES, ids=label)
def test_what_is_written_freely_is_encrypted(model):
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.TextField | models.JSONField) and (model.__name__, field.name) not in SHOWN:
            assert isinstance(field, EncryptedTextField), field


def test_the_history_of_what_is_encrypted_is_encrypted():
    for history in HISTORIES:
        for field in history.pgh_tracked_model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                assert type(history._meta.get_field(field.name)) is type(field)


def test_nothing_is_deleted(house):
    for model, row in make_rows(house).items():
        if model.__name__ not in DELETED:
            with pytest.raises(DatabaseError), transaction.atomic():
                model._base_manager.filter(pk=row.pk)._raw_delete("default")


def test_rows_are_of_one_room(house):
    rows = make_rows(house)
    later = Session.objects.filter(group=house.group, starts_at__gt=house.session.starts_at).earliest("starts_at")
    _room, (_alice, stranger) = make_room(later, house.alice, house.pat)
    for model, column in (
        (Spell, "participant"),
        (Turn, "participant"),
        (PollAnswer, "participant"),
        (Place, "participant"),
    ):
        with pytest.raises(IntegrityError, match="of one room"), transaction.atomic():
            model.objects.filter(pk=rows[model].pk).update(**{column: stranger})
    with pytest.raises(IntegrityError, match="of one room"), transaction.atomic():
        Round.objects.filter(pk=rows[Round].pk).update(room=stranger.room)
    now = rows[ChatLine].at
    for model, values in (
        (ChatLine, {"participant": rows[ChatLine].participant, "to": "one", "one": stranger, "at": now}),
        (PollVote, {"poll": rows[PollVote].poll, "participant": stranger}),
    ):
        with pytest.raises(IntegrityError, match="of one room"), transaction.atomic():
            model.objects.create(**values)
