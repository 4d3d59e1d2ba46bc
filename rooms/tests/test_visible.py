"""Who may know of rows of live rooms: who may know of the session and of the person; never a stranger, and no patient of another.
What a role may open is another question, and each page's own stamp."""

import pytest
from django.apps import apps

from accounts.access import Role
from core.tests.walls import label
from rooms.models import Apart, Room
from rooms.tests.rows import make_room, make_rows
from tests.factories import make_program, make_staff

MODELS = [m for m in apps.get_app_config("rooms").get_models() if hasattr(m._default_manager, "visible_to")]
# With people in them, and seen by way of their room, poll or session alone: `visible_to` of those is theirs.
WITHOUT = {
    *("RoomPolicy", "PlannedStep", "Step", "Agreement", "Beside", "Round", "Poll", "Prompt"),
    *("HandoutShown", "Board", "AgreementWording"),
}
TABLES = [m for m in apps.get_app_config("rooms").get_models() if not hasattr(m, "pgh_tracked_model")]


def test_every_table_about_somebody_says_to_whom_it_is_visible():
    assert {m.__name__ for m in TABLES} - {m.__name__ for m in MODELS} == WITHOUT
    for model in TABLES:
        about = [f.name for f in model._meta.fields if f.related_model and f.related_model.__name__ in ABOUT]
        assert not about or model in MODELS, model


ABOUT = {"Patient", "Participant", "Episode"}


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_the_care_team_sees_it_and_a_stranger_does_not(house, model):
    make_rows(house)
    seen = model.objects.visible_to
    assert seen(house.alice).exists() and seen(house.bob).exists()
    outsider = make_staff(make_program("Elsewhere"), Role.PROGRAM_ADMIN, "Otto")
    for stranger in (house.charlie, house.robin.user, outsider):
        assert not seen(stranger).exists(), stranger


@pytest.mark.parametrize("model", [m for m in MODELS if m is not Apart and m is not Room], ids=label)
def test_a_patient_sees_nothing_about_another(house, model):
    make_rows(house)
    assert not [row for row in model.objects.visible_to(house.quinn.user) if is_about(row, house.pat)]


def is_about(row, patient) -> bool:
    somebody = getattr(row, "participant", row)
    return getattr(somebody, "patient_id", None) == patient.pk


def test_nobody_in_care_sees_who_is_kept_apart(house):
    make_rows(house)
    assert not Apart.objects.visible_to(house.pat.user).exists()


def test_of_a_pair_both_have_to_be_known(house):
    _room, _people = make_room(house.session, house.alice, house.pat)
    one, other = sorted((house.pat, house.robin), key=lambda patient: patient.pk)
    Apart.objects.create(group=house.group, one=one, other=other, by=house.alice)
    assert not Apart.objects.visible_to(house.alice).exists()
