"""Fixtures of mail."""

import pytest

from messaging.tests.http_server import stand_in
from messaging.tests.mail import Mail
from tests.desk import browse  # noqa: F401 - a fixture

VAPID_KEY = "ShUYZO1WkW9WfOJ52R2yJIcIaJ3v6IDHFoT0ivu7llg"  # of these tests


@pytest.fixture
def mail(settings, tmp_path) -> Mail:
    """Mail goes to files of this test's own, by the backend that is used locally."""
    settings.EMAIL_BACKEND = "messaging.backends.OneFileEach"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return Mail(tmp_path / "mail")


@pytest.fixture
def twilio(settings):
    """A stand-in for Twilio, and the settings that name it."""
    with stand_in() as running:
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "0" * 32, "token"
        settings.TWILIO_FROM, settings.TWILIO_API_URL = "+15005550006", running.url
        settings.PROVIDER_RATES = {}
        yield running


@pytest.fixture
def pushes(settings):
    """A stand-in for push services, and the settings that name it."""
    with stand_in() as running:
        settings.VAPID_PRIVATE_KEY = VAPID_KEY
        settings.VAPID_SUBJECT = "mailto:schedule@example.org"
        settings.PUSH_HOSTS = [running.url]
        yield running
