"""The page of doors: each shown to those who may open what is behind it."""

import re

import pytest

from tests.desk import count

PLANNING = "/desk/plan/"


@pytest.mark.parametrize("who", ["alice", "bob", "coordinator", "admin", "billing"])
def test_every_door_opens(house, browse, who):
    client = browse(getattr(house, who))
    doors = re.findall(r'class="door" href="([^"]+)"', client.get(PLANNING).content.decode())
    assert len(doors) == len(set(doors)) > 0
    assert {address: client.get(address).status_code for address in doors} == dict.fromkeys(doors, 200)


def test_what_is_not_theirs_has_no_door(house, browse):
    page = browse(house.billing).get(PLANNING).content.decode()
    assert "/desk/closures/" not in page and "/desk/messages/" not in page
    assert "/desk/closures/" not in browse(house.alice).get(PLANNING).content.decode()
    assert "/desk/messages/" in browse(house.admin).get(PLANNING).content.decode()


def test_a_patient_has_no_business_here(house, browse):
    assert browse(house.pat.user).get(PLANNING).status_code == 403


def test_a_fixed_number_of_queries(house, browse):
    assert count(browse(house.admin), PLANNING) <= 4
