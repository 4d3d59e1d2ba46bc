"""A change of supervisor reaches the care teams of the clinician's patients, and nobody else's."""

import pytest

from accounts.access import Role
from accounts.services import set_staff_profile
from patients.models import CareTeamMember, Patient
from patients.services import follow_supervisor
from tests.factories import make_staff


def sees(user) -> set[str]:
    return set(Patient.objects.visible_to(user).values_list("legal_first_name", flat=True))


def test_the_new_supervisor_sees_and_the_old_one_no_longer(house):
    dora = make_staff(house.program, Role.SUPERVISOR, "Dora", "Deputy")
    assert (sees(house.bob), sees(dora)) == ({"Pat", "Quinn"}, set())
    set_staff_profile(user=house.alice, credential="LMFT", supervisor=dora)
    follow_supervisor(clinician=house.alice)
    assert (sees(house.bob), sees(dora)) == (set(), {"Pat", "Quinn"})
    assert sees(house.charlie) == {"Robin"}


@pytest.mark.parametrize("times", [1, 2])
def test_twice_changes_nothing(house, times):
    for _time in range(times):
        follow_supervisor(clinician=house.alice)
    assert CareTeamMember.objects.filter(user=house.bob, ends_at=None).count() == 2


def test_without_a_supervisor_nobody_is_put_in_place(house):
    set_staff_profile(user=house.alice, credential="LMFT", supervisor=None)
    follow_supervisor(clinician=house.alice)
    assert sees(house.bob) == set()
