"""One person's progress in four strands."""

import datetime as dt
import json
import re

import pytest
from django.utils import timezone

from audit.models import Read
from clinical.models import Attendance, ProgressNote, Status
from dashboard import progress
from dashboard.progress import participation_of
from tests.desk import attend, count, more_people, text
from tests.factories import ZONE
from tests.past import add_past

QUERIES = 18


def address(patient, weeks: int = 104) -> str:
    return f"/desk/people/{patient.uid}/progress/?weeks={weeks}"


def test_doors(house, browse):
    page = address(house.pat)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for wrong in (house.billing, house.coordinator, house.admin, house.pat.user):
        assert browse(wrong).get(page).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    for reader in (house.alice, house.bob):
        assert browse(reader).get(page).status_code == 200


def test_two_years_cost_as_many_queries_as_two_weeks(house, browse):
    add_past(house, house.pat_episode, weeks=2)
    add_past(house, house.quinn_episode, weeks=104)
    client = browse(house.alice)
    assert count(client, address(house.pat)) == QUERIES
    assert count(client, address(house.quinn)) == QUERIES
    read = Read.objects.latest("pk")
    assert (read.patient_id, read.what) == (house.quinn.pk, Read.What.PROGRESS)


def test_each_strand_stands_on_its_own_rows(house, browse):
    add_past(house, house.pat_episode, weeks=8)
    page = browse(house.alice).get(address(house.pat, 12))
    drawings = json.loads(re.search(r'id="drawings" type="application/json">(.+?)</script>', text(page)).group(1))
    assert {"engagement", "participation", "attendance"} < set(drawings)
    attended = Attendance.objects.filter(patient=house.pat, attended=True).count()
    assert sum(n for _name, n in page.context["observed"].affects) == attended
    assert page.context["observed"].homework_asked == attended
    assert page.context["events"][0].name == "Admitted"


def test_absent_and_not_rated_are_no_zero(house, clock):
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.NO_SHOW)
    rated, share = participation_of(house.pat, progress.since_of(12, ZONE), ZONE)
    assert rated.is_empty
    assert [(p.value, p.words) for p in share.lines[0].points] == [(0, "0 of 75 minutes")]


def test_a_voided_note_and_a_draft_are_not_what_facilitators_saw(house, browse, clock):
    add_past(house, house.pat_episode, weeks=1)
    first, *_rest = ProgressNote.objects.filter(patient=house.pat).order_by("pk")
    seen = progress.observations_of(house.pat, progress.since_of(12, ZONE), ZONE)
    now = timezone.now()
    ProgressNote.objects.filter(pk=first.pk).update(
        voided_at=now, voided_by=house.bob, voided_name="Bob", void_reason="Another person’s"
    )
    left = progress.observations_of(house.pat, progress.since_of(12, ZONE), ZONE)
    assert sum(n for _name, n in left.affects) == sum(n for _name, n in seen.affects) - 1


def test_the_window_bounds_what_is_shown(house, browse):
    add_past(house, house.pat_episode, weeks=40)
    client = browse(house.alice)
    shown = {w: len(client.get(address(house.pat, w)).context["taking_part"][1].lines[0].points) for w in (12, 26, 104)}
    assert shown == {12: 11, 26: 25, 104: 41}
    assert client.get(address(house.pat, 7)).context["weeks"] == 12


@pytest.mark.parametrize("weeks", [1, 60])
def test_a_peers_rows_never_count(house, browse, weeks):
    more_people(house, 2)
    add_past(house, house.quinn_episode, weeks=weeks)
    page = browse(house.alice).get(address(house.pat))
    assert page.context["taking_part"][1].is_empty and page.context["observed"].affects == []
