"""The cast that stands for many tests: nobody sees what another test did, and whoever asks for an empty database gets one."""

import pytest
from django.db import connection

from accounts.models import Program, User
from tests.factories import make_program


@pytest.mark.parametrize("again", range(3))
def test_nothing_of_the_last_test_is_left(house, again):
    stored = User.objects.get(pk=house.alice.pk)
    assert house.alice.first_name == stored.first_name == "Alice" and Program.objects.count() == 1
    house.alice.first_name = "Somebody"
    house.alice.save()
    make_program("Another")


@pytest.mark.parametrize("again", range(2))
def test_an_empty_database_is_empty(db, again):
    assert not User.objects.exists() and not Program.objects.exists()


def test_who_commits_is_outside_of_it(transactional_db):
    assert not connection.in_atomic_block and not Program.objects.exists()
