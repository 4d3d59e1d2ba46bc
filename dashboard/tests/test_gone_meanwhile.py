"""A request under way while its reader signs out: one line in the log, and no traceback."""

import io
import logging

from django.contrib.sessions.models import Session

from core.logs import QuietFormatter
from dashboard import views
from tests.desk import browser_of


def test_no_traceback_for_somebody_who_signed_out_meanwhile(house, settings, monkeypatch):
    settings.MFA_REQUIRED_FOR_STAFF = False
    real = views._kept_search

    def late(request, sought):
        Session.objects.all().delete()
        return real(request, sought)

    monkeypatch.setattr(views, "_kept_search", late)
    client = browser_of(house.alice)
    client.raise_request_exception = False
    console = next(h for h in logging.getLogger("django").handlers if isinstance(h.formatter, QuietFormatter))
    said = io.StringIO()
    before = console.setStream(said)
    try:
        answer = client.post("/desk/people/", {"name": "Pat"})
    finally:
        console.setStream(before)
    assert answer.status_code == 400
    assert "/desk/people/" in said.getvalue() and "Traceback" not in said.getvalue()
