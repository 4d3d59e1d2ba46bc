"""The daily check-in's pages: twenty seconds, nothing lost, one's own weeks, and always the way to help."""

import datetime as dt

import pytest

from audit.models import Read
from clinical.models import DailyCheckIn
from clinical.services.daily import check_in, today_of
from portal.tests.helpers import queries, sign_in, text
from tests.desk import browser_of, fields

PAGE, WEEKS = "/my/day/", "/my/days/"
pytestmark = pytest.mark.django_db


def add_days(patient, clock, count: int, **answers) -> None:
    """So many days up to today."""
    today = today_of(patient)
    DailyCheckIn.objects.bulk_create(
        DailyCheckIn(patient=patient, on=today - dt.timedelta(days=n), **answers) for n in range(count)
    )


@pytest.mark.parametrize("url", [PAGE, WEEKS])
def test_staff_and_strangers_are_kept_out(client, house, url):
    assert client.get(url).status_code == 302
    for somebody in (house.alice, house.coordinator, house.admin):
        assert browser_of(somebody).get(url).status_code == 403


@pytest.mark.parametrize("url", [PAGE, WEEKS])
def test_the_way_to_help_is_always_there(pat_client, house, url):
    for _again in range(2):
        page = text(pat_client.get(url))
        assert 'href="/my/help/"' in page and 'href="tel:988"' in page
        assert "Nobody is told automatically" in page
        check_in(patient=house.pat, on=today_of(house.pat), mood=9)


def test_saving_and_changing_the_same_day(pat_client, house):
    assert "Twenty seconds" in text(pat_client.get("/my/"))
    sent = fields(pat_client.get(PAGE), "on") | {"mood": "3", "craving": "none", "sleep_hours": "3", "words": " Tired "}
    answer = pat_client.post(PAGE, sent, follow=True)
    assert answer.redirect_chain == [(WEEKS, 302)] and "Saved." in text(answer)
    row = DailyCheckIn.objects.get()
    assert (row.mood, row.craving, row.no_craving, row.coping, row.sleep_hours, row.words) == (
        *(3, None, True, None, 3),
        "Tired",
    )
    again = pat_client.get(PAGE)
    assert "You checked in today." in text(again)
    shown = fields(again, "on")
    assert shown == {"on": "2026-03-02", "mood": "3", "craving": "none", "sleep_hours": "3", "words": "Tired"}
    pat_client.post(PAGE, shown | {"mood": "5"})
    assert DailyCheckIn.objects.get().mood == 5
    assert "Done for today" in text(pat_client.get("/my/"))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "One answer is enough."),
        ({"mood": "11"}, "Choose one of the answers shown."),
        ({"mood": "x", "words": "kept"}, "Choose one of the answers shown."),
        ({"words": "kept" * 200}, "Your journal has room for more."),
        ({"on": "", "words": "kept"}, "Nothing is saved yet"),
    ],
)
def test_bad_input_is_said_and_nothing_typed_is_lost(pat_client, house, sent, words):
    answer = pat_client.post(PAGE, {"on": "2026-03-02"} | sent)
    assert answer.status_code == 422 and words in text(answer)
    assert sent.get("words", "") in text(answer)
    assert not DailyCheckIn.objects.exists()


def test_after_midnight_the_answers_are_kept_and_asked_for_again(pat_client, house, clock):
    sent = fields(pat_client.get(PAGE), "on") | {"mood": "4", "words": "Late"}
    clock.move_to(dt.datetime(2026, 3, 3, 9, 0, tzinfo=dt.UTC))
    sign_in(pat_client, house.pat.user)
    answer = pat_client.post(PAGE, sent)
    assert answer.status_code == 422 and "A new day has begun" in text(answer)
    assert not DailyCheckIn.objects.exists()
    kept = fields(answer, "on")
    assert kept == {"on": "2026-03-03", "mood": "4", "words": "Late"}
    assert pat_client.post(PAGE, kept).status_code == 302
    assert DailyCheckIn.objects.get().on == dt.date(2026, 3, 3)


def test_ones_own_weeks_and_nobody_elses(pat_client, house, clock):
    add_days(house.pat, clock, 10, mood=6, words="Mine")
    add_days(house.quinn, clock, 10, mood=1, words="Quinn’s own")
    page = pat_client.get(WEEKS)
    assert "Mine" in text(page) and "Quinn" not in text(page)
    assert "Your mood was about the same this week as last." in text(page)
    (line,) = page.context["charts"][0].lines
    assert len(line.points) == 10 and {p.value for p in line.points} == {6.0}
    assert text(page).count('<th scope="row">') == 10
    assert Read.objects.filter(reader_id=house.pat.user_id, patient_id=house.pat.pk, path=WEEKS).exists()


def test_few_days_make_no_sentence(pat_client, house, clock):
    add_days(house.pat, clock, 2, mood=6)
    page = pat_client.get(WEEKS)
    assert page.context["sentences"] == [] and "there are 3 days or more" in text(page)


def test_as_many_queries_for_forty_days_as_for_one(client, house, clock):
    add_days(house.pat, clock, 1, mood=5)
    add_days(house.quinn, clock, 40, mood=5, craving=2, coping=7, sleep_hours=7, sleep_quality=2, words="Some")
    counts = []
    for patient in (house.pat, house.quinn):
        sign_in(client, patient.user)
        counts.append((queries(client, WEEKS), queries(client, PAGE)))
    assert counts[0] == counts[1]


def test_the_care_team_reads_it_with_the_progress_and_strangers_do_not(house, clock, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    check_in(patient=house.pat, on=today_of(house.pat), mood=4, words="Said to my team")
    address = f"/desk/people/{house.pat.uid}/progress/"
    page = browser_of(house.alice).get(address)
    assert "Said to my team" in text(page) and "Daily check-in: mood, cravings, coping" in text(page)
    assert Read.objects.filter(reader_id=house.alice.pk, patient_id=house.pat.pk, what="progress").exists()
    assert browser_of(house.charlie).get(address).status_code == 404
    assert browser_of(house.coordinator).get(address).status_code == 403
