"""Files of tests stand in a folder of their own; Pat wrote to her team."""

import uuid

import pytest
from django.core.files.storage import storages

from tests.desk import browse  # noqa: F401 - a fixture
from threads.models import Thread
from threads.services import start_thread


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
