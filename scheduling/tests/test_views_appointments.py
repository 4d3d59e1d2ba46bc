"""Staff's pages of individual work."""

import datetime as dt

import pytest

from conftest import PACIFIC
from scheduling.models import Appointment, AppointmentSeries, OpenHours
from scheduling.services import book_appointment, open_hours, start_series
from tests.desk import Readings, count, fields, text, told
from tests.factories import make_patient

TUESDAY_10 = dt.datetime(2026, 3, 3, 10, tzinfo=PACIFIC)
HOUR = dt.timedelta(hours=1)


def sent(**change) -> dict:
    """A new appointment, as the form sends it."""
    return {"kind": "individual", "day": "2026-03-03", "time": "10:00", "minutes": "50", "every": "0", **change}


def booked(house, **fields_) -> Appointment:
    deed = {
        "kind": "individual",
        "provider": house.alice,
        "episode": house.pat_episode,
        "starts_at": TUESDAY_10,
        "minutes": 50,
        "by": house.alice,
    }
    return book_appointment(**{**deed, **fields_})


def series_of(house) -> AppointmentSeries:
    return start_series(
        kind="individual",
        provider=house.alice,
        episode=house.pat_episode,
        weekday=2,
        starts_at=dt.time(14),
        minutes=50,
        starts_on=dt.date(2026, 3, 4),
        by=house.alice,
    )


def pages(house) -> list[str]:
    one, series = booked(house), series_of(house)
    return [
        f"/desk/people/{house.pat.uid}/appointments/new/",
        *(f"/desk/appointments/{one.uid}/{end}" for end in ("", "move/", "cancel/")),
        *(f"/desk/series-of/{series.uid}/{end}" for end in ("", "change/", "end/")),
    ]


def test_doors(house, browse):
    found = pages(house)
    for page in found:
        assert browse(None).get(page)["Location"].startswith("/account/login/")
        for reader, status in (
            (house.billing, 403),
            (house.pat.user, 403),
            (house.charlie, 404),
            (house.coordinator, 404),
        ):
            client = browse(reader)
            assert client.get(page).status_code == status, (page, reader)
            # The page of a series is for reading; what changes it has a page of its own.
            refused = 405 if page.startswith("/desk/series-of/") and page.count("/") == 4 and status == 404 else status
            assert client.post(page, {}).status_code == refused, (page, reader)
        for reader in (house.alice, house.bob, house.admin):
            seen = Readings()
            assert browse(reader).get(page).status_code == 200
            assert seen.of(reader) == {"Pat"}, page
    assert not Appointment.objects.exclude(changes=0).exists()


def test_one_is_booked(house, browse):
    client, page = browse(house.alice), f"/desk/people/{house.pat.uid}/appointments/new/"
    form = fields(client.get(page), "kind")
    assert (form["provider"], form["minutes"], form["day"]) == (str(house.alice.pk), "50", "2026-03-03")
    answer = client.post(page, sent(provider=house.alice.pk), follow=True)
    made = Appointment.objects.get()
    assert (made.starts_at, made.provider, made.patient, made.booked_by) == (
        TUESDAY_10,
        house.alice,
        house.pat,
        house.alice,
    )
    assert told(answer) == ["The appointment is booked. Both are being told."]
    assert "Tuesday, March 3" in text(answer) and "10:00–10:50 AM PST" in text(answer)
    assert "Individual session" in text(client.get(f"/desk/people/{house.pat.uid}/"))


def test_a_series_is_booked(house, browse):
    client, page = browse(house.alice), f"/desk/people/{house.pat.uid}/appointments/new/"
    answer = client.post(page, sent(provider=house.alice.pk, every="2"), follow=True)
    series = AppointmentSeries.objects.get()
    assert (series.weekday, series.every, series.appointments.count()) == (1, 2, 4)
    assert "every two weeks" in text(answer) and text(answer).count("/desk/appointments/") == 4


@pytest.mark.parametrize(
    ("slip", "field", "sentence"),
    [
        ({"day": ""}, "day", "This field is required."),
        ({"day": "2026-03-01"}, "time", "That time is in the past."),
        ({"day": "2026-03-01", "every": "1"}, "day", "That day is in the past."),
        ({"minutes": "20"}, "minutes", "45 to 60 minutes"),
        ({"provider": "0"}, "provider", "Select a valid choice"),
        ({"day": "2026-03-02", "time": "09:30"}, "time", "“Monday process”"),
    ],
)
def test_every_slip_stands_beside_its_field_and_nothing_is_lost(house, browse, slip, field, sentence):
    client, page = browse(house.alice), f"/desk/people/{house.pat.uid}/appointments/new/"
    typed = sent(provider=str(house.alice.pk)) | slip
    answer = client.post(page, typed)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field] and sentence in errors[field][0]
    again = fields(answer, "kind")
    assert {k: v for k, v in typed.items() if k != "provider"} == {k: again[k] for k in typed if k != "provider"}
    assert not Appointment.objects.exists()


def test_moved_and_cancelled(house, browse):
    one, client = booked(house), browse(house.alice)
    move = f"/desk/appointments/{one.uid}/move/"
    assert fields(client.get(move), "day")["time"] == "10:00"
    answer = client.post(move, {"day": "2026-03-03", "time": "11:00", "minutes": "50"}, follow=True)
    assert told(answer) == ["The appointment has its new time. Both are being told."] and "Moved from" in text(answer)
    assert client.post(move, {"day": "2026-03-02", "time": "09:00", "minutes": "50"}).status_code == 422
    cancel = f"/desk/appointments/{one.uid}/cancel/"
    assert client.post(cancel, {"reason": ""}).status_code == 422
    answer = client.post(cancel, {"reason": "Alice is ill"}, follow=True)
    assert "This appointment is cancelled" in text(answer) and "Alice is ill" in text(answer)
    assert told(client.get(cancel, follow=True)) == ["This appointment is already cancelled."]


def test_how_it_went(house, browse, clock):
    one = booked(house)
    page = f"/desk/appointments/{one.uid}/"
    assert "How did it go?" not in text(browse(house.alice).get(page))
    clock.move_to(TUESDAY_10 + HOUR)
    client = browse(house.alice)
    assert "How did it go?" in text(client.get(page)) and "How did it go?" not in text(browse(house.admin).get(page))
    answer = client.post(page, {"outcome": "held", "minutes": "51"})
    assert answer.status_code == 422 and "Between 1 and 50 minutes." in text(answer)
    assert client.post(page, {"minutes": "45"}).status_code == 422
    answer = client.post(page, {"outcome": "held", "minutes": "45"}, follow=True)
    one.refresh_from_db()
    assert (one.outcome, one.attended_minutes) == ("held", 45) and "recorded by Alice Clinician" in text(answer)
    browse(house.bob).post(page, {"outcome": "missed"})
    one.refresh_from_db()
    assert (one.outcome, one.recorded_by) == ("missed", house.bob)
    browse(house.admin).post(page, {"outcome": "held", "minutes": "45"})
    one.refresh_from_db()
    assert one.outcome == "missed"


def test_a_held_one_counts_on_the_hours_pages(house, browse, clock):
    one = booked(house)
    clock.move_to(TUESDAY_10 + HOUR)
    browse(house.alice).post(f"/desk/appointments/{one.uid}/", {"outcome": "held", "minutes": "45"})
    (row,) = [r for r in browse(house.alice).get("/desk/hours/").context["rows"] if r.episode == house.pat_episode]
    assert row.days[1] == 45 and row.hours.attended == 45
    person = browse(house.alice).get(f"/desk/people/{house.pat.uid}/")
    assert person.context["weeks"][0][1] == 45


def test_a_series_is_changed_after_a_preview(house, browse):
    series, client = series_of(house), browse(house.alice)
    page = f"/desk/series-of/{series.uid}/change/"
    form = fields(client.get(page), "weekday")
    assert (form["weekday"], form["starts_at"], form["every"]) == ("2", "14:00", "1")
    wanted = form | {"from_day": "2026-03-11", "starts_at": "16:00"}
    preview = client.post(page, wanted)
    assert preview.status_code == 200 and "7 dates change" in text(preview) and "Nothing is done yet." in text(preview)
    assert AppointmentSeries.objects.count() == 1
    answer = client.post(page, fields(preview, "from_day") | {"confirmed": "1"}, follow=True)
    assert AppointmentSeries.objects.count() == 2
    assert "4:00 PM" in text(answer)
    slip = client.post(page, wanted | {"from_day": "2026-01-01"})
    assert slip.status_code == 422 and "That day is in the past." in text(slip)


def test_a_series_is_ended_after_a_preview(house, browse):
    series, client = series_of(house), browse(house.alice)
    page = f"/desk/series-of/{series.uid}/end/"
    preview = client.post(page, {"ends_on": "2026-03-18", "reason": "Goals met"})
    assert preview.status_code == 200 and "6 dates change" in text(preview)
    assert not Appointment.objects.filter(status="cancelled").exists()
    client.post(page, fields(preview, "ends_on") | {"confirmed": "1"})
    assert Appointment.objects.filter(status="cancelled", reason="Goals met").count() == 6


def test_open_hours_are_ones_own(house, browse):
    client = browse(house.alice)
    form = fields(client.get("/desk/open-hours/"), "weekday")
    wanted = form | {"kinds": ["individual"], "weekday": "2", "starts_at": "13:00", "ends_at": "17:00"}
    slip = client.post("/desk/open-hours/", wanted | {"ends_at": "12:00"})
    assert slip.status_code == 422 and "It must be later than the beginning." in text(slip)
    answer = client.post("/desk/open-hours/", wanted, follow=True)
    assert "Wednesday, 1:00 PM – 5:00 PM" in text(answer)
    hours = OpenHours.objects.get()
    assert (hours.provider, hours.program, hours.kinds) == (house.alice, house.program, ["individual"])
    close = f"/desk/open-hours/{hours.uid}/close/"
    assert browse(house.charlie).post(close).status_code == 404
    assert client.get(close).status_code == 405
    client.post(close)
    hours.refresh_from_db()
    assert hours.ends_on == dt.date(2026, 3, 2)


def test_on_todays_page_and_in_the_week(house, browse, clock):
    booked(house, starts_at=dt.datetime(2026, 3, 2, 15, tzinfo=PACIFIC))
    for address in ("/desk/", "/desk/week/"):
        seen = Readings()
        assert "Individual session" in text(browse(house.alice).get(address)), address
        assert "Pat" in seen.of(house.alice)
        page = text(browse(house.charlie).get(address))
        assert "Individual session" not in page and "Peerson" not in page


@pytest.mark.parametrize("address", ["/desk/", "/desk/week/", "/desk/open-hours/"])
def test_a_fixed_number_of_queries(house, browse, clock, address):
    client = browse(house.alice)

    def more(n):
        episode = make_patient(house.program, house.alice)
        booked(house, episode=episode, starts_at=dt.datetime(2026, 3, 2, 11 + n, tzinfo=PACIFIC))
        open_hours(
            provider=house.alice,
            program=house.program,
            kinds=["individual"],
            weekday=n,
            starts_at=dt.time(9),
            ends_at=dt.time(12),
            minutes=50,
        )

    more(0)
    few = count(client, address)
    for n in range(1, 5):
        more(n)
    assert count(client, address) == few
