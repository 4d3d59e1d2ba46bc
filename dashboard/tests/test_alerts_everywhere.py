"""Open alerts in staff's tabs: on every page of the desk, of the reader's people alone, by one query."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinical.models import Level, RiskAlert
from clinical.services import risk
from tests.desk import text

PAGES = ["/desk/", "/desk/week/", "/desk/groups/", "/desk/people/", "/desk/planning/", "/desk/care/"]


def concern(house, patient, level=Level.HIGH) -> RiskAlert:
    return risk.raise_concern(patient=patient, level=level, words="Spoke of giving up.", by=house.coordinator)


def of_alerts(client, address: str) -> tuple[str, list[str]]:
    """A page, and what it asked the table of alerts to show its tabs."""
    with CaptureQueriesContext(connection) as seen:
        page = text(client.get(address))
    return page, [q["sql"] for q in seen.captured_queries if 'AS "open_alerts"' in q["sql"]]


@pytest.mark.parametrize("address", PAGES)
def test_on_every_page_by_one_query(house, browse, address):
    client = browse(house.alice)
    page, asked = of_alerts(client, address)
    assert "tab-alert" not in page and len(asked) == 1
    first = concern(house, house.pat)
    concern(house, house.quinn)
    page, asked = of_alerts(client, address)
    assert "2 alerts nobody has taken on" in page and len(asked) == 1
    risk.acknowledge(alert=first, by=house.alice)
    assert "1 alert nobody has taken on" in of_alerts(client, address)[0]


def test_on_the_page_of_a_person_too(house, browse):
    alert = concern(house, house.pat)
    risk.acknowledge(alert=alert, by=house.alice)
    page, asked = of_alerts(browse(house.alice), f"/desk/people/{house.pat.uid}/")
    assert "1 alert is open" in page and "is-untaken" not in page.split("tab-alert")[1][:20] and len(asked) == 1


def test_of_the_readers_people_alone(house, browse):
    concern(house, house.pat)
    for reader, is_told in ((house.bob, True), (house.admin, True), (house.coordinator, False), (house.charlie, False)):
        assert ("tab-alert" in of_alerts(browse(reader), "/desk/week/")[0]) is is_told
    page, asked = of_alerts(browse(house.billing), "/desk/hours/")
    assert "tab-alert" not in page and asked == []  # who deals with no risk is asked for none
    page, asked = of_alerts(browse(house.pat.user), "/my/")
    assert "tab-alert" not in page and asked == []
