"""Files of tests stand in a folder of their own; the program has something to read and something to fill in."""

import pytest
from django.core.files.storage import storages

from library.models import Homework, LibraryItem
from library.services import assign
from tests.desk import browse  # noqa: F401 - a fixture
from tests.examples.library import make_article, make_worksheet


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Where recordings go meanwhile."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = settings.STORAGES | {"recordings": place}
    LibraryItem._meta.get_field("file").storage = storages["recordings"]
    return tmp_path / "files"


@pytest.fixture
def article(house) -> LibraryItem:
    """Published."""
    return make_article(house.program)


@pytest.fixture
def worksheet(house) -> LibraryItem:
    """Published, a question of each kind."""
    return make_worksheet(house.program)


@pytest.fixture
def given(house, worksheet) -> Homework:
    """Pat has the worksheet to do."""
    return assign(patient=house.pat, item=worksheet, by=house.alice, note="Take your time.")
