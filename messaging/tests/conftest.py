"""Fixtures of mail."""

import pytest

from messaging.tests.mail import Mail
from tests.desk import browse  # noqa: F401 - a fixture


@pytest.fixture
def mail(settings, tmp_path) -> Mail:
    """Mail goes to files of this test's own, by the backend that is used locally."""
    settings.EMAIL_BACKEND = "messaging.backends.OneFileEach"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return Mail(tmp_path / "mail")
