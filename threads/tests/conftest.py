"""Files of tests stand in a folder of their own; Pat wrote to her team."""

import uuid

import pytest
from django.core.files.storage import storages

from tests.desk import browse  # noqa: F401 - a fixture
from threads.models import Board, Thread
from threads.services import start_thread
from threads.services.boards import agree, open_board


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Where files of messages go meanwhile."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = settings.STORAGES | {"attachments": place}
    assert storages["attachments"].location == str(tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def thread(house) -> Thread:
    """Of Pat's, not answered."""
    sent = start_thread(patient=house.pat, subject="A ride on Thursday", text="Can I come late?", key=uuid.uuid4())
    return sent.thread


def opened(house, *, looks_first: bool = True) -> Board:
    """The board of Pat's and Quinn's group, turned on by Alice; both agreed to what holds there."""
    made = open_board(group=house.group, looks_first=looks_first, by=house.alice)
    for patient in (house.pat, house.quinn):
        agree(board=made, by=patient.user)
    return made


@pytest.fixture
def board(house) -> Board:
    """On; what members write waits for a look."""
    return opened(house)
