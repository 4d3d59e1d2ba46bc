"""One's own milestones: numbers that only grow, private until shared."""

import datetime as dt

import pytest

from clinical.models import Status
from clinical.services import RollCallRow, take_attendance
from journal.models import CountedDays
from portal.tests.helpers import queries, sign_in, text
from tests.desk import browser_of

PAGE = "/my/milestones/"
pytestmark = pytest.mark.django_db


def test_staff_and_strangers_are_kept_out(house):
    assert browser_of(None).get(PAGE).status_code == 302
    for somebody in (house.alice, house.admin):
        assert browser_of(somebody).get(PAGE).status_code == 403


def test_counting_beginning_anew_and_deleting(pat_client, house):
    answer = pat_client.post(PAGE, {"deed": "from", "since": "2026-02-01"}, follow=True)
    assert "<strong>29</strong> days since February 1, 2026" in text(answer) and "Only you see this." in text(answer)
    assert "All your days" not in text(answer)
    answer = pat_client.post(PAGE, {"deed": "anew", "on": "2026-03-02"}, follow=True)
    assert "Every day counts. Your 29 days stay yours." in text(answer)
    assert "All your days together: 29. They stay yours. Your longest run: 29 days." in text(answer)
    assert "It begins today." in text(answer)
    pat_client.post(PAGE, {"deed": "stop"})
    assert not CountedDays.objects.exists()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"deed": "from", "since": ""}, "Choose a day."),
        ({"deed": "from", "since": "soon"}, "Enter a day: month, day, year."),
        ({"deed": "from", "since": "2026-03-03"}, "This day is still to come."),
        ({"deed": "from", "since": "0001-01-01"}, "too far back"),
        ({"deed": "share"}, "There is no date yet."),
        ({"deed": "x"}, "Days you count"),
    ],
)
def test_bad_input_is_said(pat_client, house, sent, words):
    answer = pat_client.post(PAGE, sent)
    assert answer.status_code == 422 and words in text(answer)
    assert not CountedDays.objects.exists()


def test_the_care_team_sees_it_only_while_it_is_shared(pat_client, house, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    desk, alice = f"/desk/people/{house.pat.uid}/progress/", browser_of(house.alice)
    pat_client.post(PAGE, {"deed": "from", "since": "2026-02-01"})
    assert "They count" not in text(alice.get(desk))
    pat_client.post(PAGE, {"deed": "share"})
    assert "They count 29 days themselves" in text(alice.get(desk))
    pat_client.post(PAGE, {"deed": "unshare"})
    assert "They count" not in text(alice.get(desk))


def test_sessions_attended_are_counted(client, house, clock):
    clock.shift(dt.timedelta(hours=3))
    rows = [RollCallRow(house.pat.pk, Status.PRESENT, 75, 3), RollCallRow(house.quinn.pk, Status.NO_SHOW, None, None)]
    take_attendance(session=house.session, rows=rows, by=house.alice)
    for patient, sessions in ((house.pat, 1), (house.quinn, 0)):
        sign_in(client, patient.user)
        assert client.get(PAGE).context["sessions"] == sessions


def test_the_page_costs_the_same_with_and_without_a_count(pat_client, house):
    before = queries(pat_client, PAGE)
    pat_client.post(PAGE, {"deed": "from", "since": "2026-02-01"})
    pat_client.get(PAGE)  # shows the message
    assert queries(pat_client, PAGE) == before
