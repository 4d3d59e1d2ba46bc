"""What a patient decides about themselves."""

import pytest

from messaging.models import Category
from messaging.wishes import wishes_of
from portal.forms import zone_choices
from portal.tests.helpers import text
from tests.desk import fields

pytestmark = pytest.mark.django_db

GOOD = {
    "display_name": "Pax",
    "pronouns": "they/them",
    "zone": "America/New_York",
    "language": "es",
}


def test_shows_what_is(pat_client):
    page = text(pat_client.get("/my/details/"))
    assert 'value="Pat"' in page
    assert '<option value="America/Los_Angeles" selected>' in page


def test_saves_and_says_so(pat_client, house):
    answer = pat_client.post("/my/details/", {**GOOD, "language": "en"}, follow=True)
    assert answer.redirect_chain == [("/my/details/", 302)] and "Saved." in text(answer)
    house.pat.refresh_from_db()
    house.pat.user.refresh_from_db()
    assert (house.pat.display_name, house.pat.pronouns) == ("Pax", "they/them")
    assert house.pat.user.zone == "America/New_York"


def test_language_and_no_reminders(pat_client, house):
    """Whether one is reminded is chosen on a page of its own, which this one leads to; the language is chosen here."""
    pat_client.post("/my/details/", GOOD)
    house.pat.user.refresh_from_db()
    assert house.pat.user.language == "es"
    assert wishes_of(house.pat.user_id, house.program.pk).wants(Category.REMINDER)
    assert 'href="/my/reach/"' in text(pat_client.get("/my/details/"))
    reach = fields(pat_client.get("/my/reach/"), "way_0")
    pat_client.post("/my/reach/", {**reach, "wanted": [Category.CHANGE, Category.OFFER]})
    wishes = wishes_of(house.pat.user_id, house.program.pk)
    assert not wishes.wants(Category.REMINDER) and wishes.wants(Category.CHANGE)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("display_name", "   ", "Others need something to call you."),
        ("display_name", "x" * 41, "Keep this to 40 characters; now it has 41."),
        ("pronouns", "x" * 41, "Keep this to 40 characters; now it has 41."),
        ("zone", "Mars/Base", "Choose a time zone from the list."),
        ("zone", "", "This field is required."),
        ("language", "tlh", "Select a valid choice."),
    ],
)
def test_an_error_stands_beside_its_field_and_nothing_is_lost(pat_client, house, field, value, said):
    answer = pat_client.post("/my/details/", {**GOOD, field: value})
    page = text(answer)
    assert answer.status_code == 200
    assert f'id="id_{field}_error"' in page and said in page.split(f'id="id_{field}_error"')[1].split("</div>")[0]
    assert f'aria-describedby="id_{field}' in page
    kept = {name: text for name, text in GOOD.items() if name not in (field, "zone", "language")}
    assert all(f'value="{text}"' in page for text in kept.values())
    house.pat.refresh_from_db()
    assert house.pat.display_name == "Pat"


def test_nobody_elses_details_are_touched(pat_client, house):
    pat_client.post("/my/details/", {**GOOD, "patient": house.quinn.pk, "uid": str(house.quinn.uid)})
    house.quinn.refresh_from_db()
    assert house.quinn.display_name == "Quinn"


def test_every_zone_once():
    zones = [zone for _place, some in zone_choices() for zone, _name in some]
    assert len(zones) == len(set(zones)) > 400
