"""Live rooms in the administration site: rules, agreements and times; nobody who was there, no secret, and nothing is written."""

import pytest

from accounts.tests.admin_site import build_next_door, page, queries, readings, rows, signed_in, words
from rooms.models import Agreement, AgreementWording, Participant, Room, RoomPolicy
from rooms.tests.rows import make_room, make_rows
from scheduling.models import Session

SHOWN = [Room, RoomPolicy, Agreement, AgreementWording]


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


@pytest.mark.parametrize("model", SHOWN)
def test_it_is_only_shown_and_names_nobody_in_care(house, model):
    made = make_rows(house)
    ada, address = signed_in(house.admin), page(model, "change", made[model].pk)
    for answer in (ada.get(page(model)), ada.get(address)):
        assert answer.status_code == 200
        said = words(answer)
        assert "Peerson" not in said and "Pat " not in said
        assert made[Room].secret not in said and str(made[Room].number) not in said
    assert ada.get(page(model, "add")).status_code == 403
    assert ada.post(address, {"backend": "link"}).status_code == 403
    assert ada.post(page(model, "delete", made[model].pk), {"post": "yes"}).status_code == 403
    assert readings(house.admin) == []


@pytest.mark.parametrize("model", SHOWN)
def test_next_door_it_is_out_of_sight(house, model):
    row = make_rows(house)[model]
    otto = signed_in(build_next_door().otto)
    assert rows(otto.get(page(model))) == []
    assert otto.get(page(model, "change", row.pk)).status_code == 302


def test_no_page_shows_who_was_in_a_room():
    from django.contrib import admin

    ours = {model for model in admin.site._registry if model._meta.app_label == "rooms"}
    assert {m for m in ours if not hasattr(m, "pgh_tracked_model")} == set(SHOWN)
    assert Participant not in ours


def test_the_list_of_rooms_costs_the_same_for_one_and_five(house):
    make_room(house.session, house.alice)
    ada = signed_in(house.admin)
    cost = queries(ada, page(Room))
    for session in Session.objects.filter(group=house.group).order_by("starts_at")[1:5]:
        make_room(session, house.alice)
    assert queries(ada, page(Room)) == cost
