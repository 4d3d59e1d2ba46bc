"""The people one may see; the search by name."""

import datetime as dt
import re

from clinical.models import Status
from dashboard import views
from patients.services import end_care_team
from scheduling.services import seat_member
from tests.desk import Readings, attend, count, fields, more_people, text
from tests.factories import make_patient

PEOPLE = "/desk/people/"
QUERIES = 8


def find(client, name: str, follow: bool = True):
    return client.post(PEOPLE, {"name": name}, follow=follow)


def names(page) -> list[str]:
    return [str(row.episode.patient) for row in page.context["rows"]]


def test_doors(house, browse):
    assert browse(None).get(PEOPLE)["Location"].startswith("/account/login/")
    assert browse(house.billing).get(PEOPLE).status_code == 403
    assert browse(house.pat.user).get(PEOPLE).status_code == 403
    assert names(browse(house.charlie).get(PEOPLE)) == ["Robin Rosenquist"]
    assert (
        names(browse(house.alice).get(PEOPLE)) == names(browse(house.bob).get(PEOPLE)) == ["Pat Peerson", "Quinn Quill"]
    )
    assert names(browse(house.admin).get(PEOPLE)) == ["Pat Peerson", "Quinn Quill", "Robin Rosenquist"]


def test_a_fixed_number_of_queries(house, browse):
    client = browse(house.alice)
    assert count(client, PEOPLE) == QUERIES
    more_people(house, 8)
    assert count(client, PEOPLE) == QUERIES


def test_a_shared_member_is_seen_by_both_and_then_no_longer(house, browse):
    seat_member(group=house.group, episode=house.robin_episode, joined_on=dt.date(2026, 3, 2))
    assert "Robin Rosenquist" in names(browse(house.alice).get(PEOPLE))
    end_care_team(source=f"group:{house.group.pk}", patient=house.robin)
    assert "Robin Rosenquist" not in names(browse(house.alice).get(PEOPLE))


def test_found_by_any_name_and_number(house, browse):
    make_patient(house.program, house.alice, "Robert", "Wolfe-Peerson", preferred_name="Bobbie")
    client = browse(house.alice)
    for sought, expected in (
        ("quill", ["Quinn Quill"]),
        ("bobbie", ["Bobbie Wolfe-Peerson"]),
        ("Robert", ["Bobbie Wolfe-Peerson"]),
        ("peerson", ["Pat Peerson", "Bobbie Wolfe-Peerson"]),
        ("  peerson   bob ", ["Bobbie Wolfe-Peerson"]),
        (house.pat.record_number.lower(), ["Pat Peerson"]),
        ("Rosenquist", []),  # Charlie's
        ("%", []),
        ("'; --", []),
    ):
        assert names(find(client, sought)) == expected, sought


def test_no_name_stands_in_an_address(house, browse):
    """The search leads to an address with a word without meaning; reloading and going back to it shows the same."""
    client = browse(house.alice)
    answer = find(client, "Quill", follow=False)
    assert answer.status_code == 302 and re.fullmatch(r"/desk/people/\?found=[\w-]{12}", answer["Location"])
    for _again in range(2):
        page = client.get(answer["Location"])
        assert names(page) == ["Quinn Quill"] and fields(page, "name")["name"] == "Quill"
    assert "1 person found" in text(page)
    assert names(client.get(PEOPLE)) == ["Pat Peerson", "Quinn Quill"]
    assert names(browse(house.bob).get(answer["Location"])) == ["Pat Peerson", "Quinn Quill"]  # it was Alice's word
    assert find(client, " ", follow=False)["Location"] == PEOPLE


def test_two_searches_at_once_and_old_ones_forgotten(house, browse):
    client = browse(house.alice)
    first, second = (find(client, name, follow=False)["Location"] for name in ("Quill", "Peerson"))
    assert names(client.get(first)) == ["Quinn Quill"] and names(client.get(second)) == ["Pat Peerson"]
    for n in range(views.SEARCHES_KEPT):
        find(client, f"name {n}", follow=False)
    assert len(client.session["searches"]) == views.SEARCHES_KEPT
    assert names(client.get(first)) == ["Pat Peerson", "Quinn Quill"]


def test_what_was_found_is_paged_without_the_name(house, browse, monkeypatch):
    monkeypatch.setattr(views, "PEOPLE_ON_PAGE", 2)
    more_people(house, 3)
    client = browse(house.alice)
    page = find(client, "more")
    assert names(page) == ["More0 Person00", "More1 Person01"] and "Page 1 of 2" in text(page)
    (address,) = re.findall(r'rel="next" href="(\?page=2&amp;found=[\w-]+)"', page.content.decode())
    page = client.get(PEOPLE + address.replace("&amp;", "&"))
    assert names(page) == ["More2 Person02"]
    for odd in ("0", "x", "99", "-1", ""):
        assert client.get(PEOPLE, {"page": odd}).status_code == 200


def test_only_who_is_on_the_page_is_on_the_record(house, browse, monkeypatch):
    client = browse(house.alice)
    readings = Readings()
    client.get(PEOPLE)
    assert readings.of(house.alice) == {"Pat", "Quinn"}
    readings = Readings()
    find(client, "Quill")
    assert readings.of(house.alice) == {"Quinn"}
    monkeypatch.setattr(views, "PEOPLE_ON_PAGE", 1)
    readings = Readings()
    client.get(PEOPLE)
    assert readings.of(house.alice) == {"Pat"}


def test_odd_searches(house, browse):
    client = browse(house.alice)
    page = find(client, "nobody of that name")
    assert "Nobody found" in text(page) and names(page) == []
    readings = Readings()
    for odd in ("\x00", "Quill" * 20):
        page = find(client, odd)
        assert page.status_code == 422 and names(page) == [] and 'id="sought_error"' in text(page)
    assert "Quill" * 20 in text(page)
    assert readings.of(house.alice) == set()
    assert client.get(PEOPLE, {"found": "no-such-word"}).status_code == 200


def test_their_week_stands_beside_them(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    rows = {row.episode.patient_id: row.hours for row in browse(house.alice).get(PEOPLE).context["rows"]}
    assert (rows[house.pat.pk].attended, rows[house.quinn.pk].attended) == (75, 0)


def test_empty_says_what_it_means(house, browse):
    assert "Nobody is in your care yet" in text(browse(house.coordinator).get(PEOPLE))
