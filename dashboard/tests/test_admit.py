"""Admission."""

import datetime as dt

from accounts.access import Role
from accounts.models import User
from accounts.services import give_role
from patients.models import CareTeamMember, Episode, Patient
from tests.desk import fields, text, told
from tests.factories import make_program, make_staff

ADMIT = "/desk/people/new/"
QUERIES = 7


def form(house, **changes) -> dict:
    return {
        "program": house.program.pk,
        "primary_clinician": house.alice.pk,
        "started_on": "2026-03-02",
        "weekly_goal_hours": "",
        "legal_first_name": "Ana",
        "legal_last_name": "Nueva",
        "birth_date": "1991-05-04",
        "email": "ana@example.org",
        "state": "CA",
        "zone": "America/Los_Angeles",
        "language": "en",
        **changes,
    }


def test_doors(house, browse):
    assert browse(None).get(ADMIT)["Location"].startswith("/account/login/")
    for stranger in (house.alice, house.charlie, house.billing, house.pat.user):
        assert browse(stranger).get(ADMIT).status_code == 403
        assert browse(stranger).post(ADMIT, form(house)).status_code == 403
    for reader in (house.bob, house.coordinator, house.admin):
        assert browse(reader).get(ADMIT).status_code == 200
    assert not User.objects.filter(email="ana@example.org").exists()


def test_the_form_begins_with_what_is_likely(house, browse, django_assert_num_queries):
    client = browse(house.coordinator)
    with django_assert_num_queries(QUERIES):
        sent = fields(client.get(ADMIT), "legal_first_name")
    assert sent["program"] == str(house.program.pk) and sent["started_on"] == "2026-03-02"
    assert sent["zone"] == "America/Los_Angeles" and sent["state"] == sent["primary_clinician"] == ""
    house.coordinator.zone = "Europe/Berlin"
    house.coordinator.save()
    assert fields(browse(house.coordinator).get(ADMIT), "zone")["zone"] == "Europe/Berlin"


def test_a_coordinator_admits_and_stands_on_the_page(house, browse):
    answer = browse(house.coordinator).post(ADMIT, form(house, weekly_goal_hours="10.5", preferred_name="Anita"))
    patient = Patient.objects.get(user__email="ana@example.org")
    assert answer["Location"] == f"/desk/people/{patient.uid}/"
    episode = patient.episodes.get()
    assert (episode.weekly_goal_minutes, episode.primary_clinician, episode.started_on) == (
        630,
        house.alice,
        dt.date(2026, 3, 2),
    )
    assert patient.display_name == "Anita" and not patient.user.has_usable_password()
    team = {(row.user, row.part) for row in CareTeamMember.objects.current().filter(patient=patient)}
    assert team == {(house.alice, "primary"), (house.bob, "supervisor"), (house.coordinator, "coordinator")}


def test_an_admin_and_a_supervisor_admit(house, browse):
    for n, reader in enumerate((house.admin, house.bob)):
        answer = browse(reader).post(ADMIT, form(house, email=f"ana{n}@example.org"), follow=True)
        assert answer.status_code == 200 and told(answer) == ["Ana Nueva is admitted."]
    assert Episode.objects.get(patient__user__email="ana0@example.org").weekly_goal_minutes == 540


def test_every_slip_stands_beside_its_field_and_nothing_is_lost(house, browse):
    client = browse(house.coordinator)
    typed = form(
        house,
        birth_date="2031-01-01",
        email="ana@",
        weekly_goal_hours="99",
        started_on="0026-03-02",
        state="",
        legal_last_name="  ",
        emergency_name="Mother",
    )
    page = client.post(ADMIT, typed)
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"email", "weekly_goal_hours", "started_on", "state", "legal_last_name"}
    assert "Check the year." in text(page) and 'id="id_email_error"' in text(page)
    sent = fields(page, "legal_first_name")
    assert {name: sent[name] for name in typed} == {name: str(value) for name, value in typed.items()}
    page = client.post(ADMIT, form(house, birth_date="2031-01-01"))
    assert page.status_code == 422 and page.context["form"].errors["birth_date"] == [
        "The birth date must be in the past."
    ]
    assert not Patient.objects.filter(user__email="ana@example.org").exists()


def test_what_the_service_refuses_stands_beside_its_field(house, browse):
    client = browse(house.coordinator)
    page = client.post(ADMIT, form(house, email=house.pat.user.email.upper()))
    assert page.status_code == 422 and "Somebody already signs in" in page.context["form"].errors["email"][0]
    assert fields(page, "legal_first_name")["legal_first_name"] == "Ana"
    first, second = client.post(ADMIT, form(house)), client.post(ADMIT, form(house))
    assert (first.status_code, second.status_code) == (302, 422)  # pressed twice
    assert Patient.objects.filter(legal_last_name="Nueva").count() == 1


def test_a_long_name_asks_for_a_shorter_one_for_peers(house, browse):
    client = browse(house.coordinator)
    long = "Maximiliana-Alexandrina-Wilhelmina-Theodora"
    page = client.post(ADMIT, form(house, legal_first_name=long))
    assert page.status_code == 422 and "at most 40 letters" in page.context["form"].errors["display_name"][0]
    assert client.post(ADMIT, form(house, legal_first_name=long, display_name="Max")).status_code == 302


def test_odd_values_are_told_not_thrown(house, browse):
    client = browse(house.coordinator)
    for field, odd in (
        ("program", "x"),
        ("program", "9" * 30),
        ("primary_clinician", str(house.pat.user.pk)),
        ("primary_clinician", "\x00"),
        ("zone", "Mars/Olympus"),
        ("legal_first_name", "a\x00b"),
        ("birth_date", "0090-01-01"),
        ("weekly_goal_hours", "NaN"),
        ("language", "xx"),
        ("email", "a" * 250 + "@example.org"),
    ):
        page = client.post(ADMIT, form(house, **{field: odd}))
        assert page.status_code == 422 and list(page.context["form"].errors) == [field], field
    assert client.post(ADMIT, {}).status_code == 422


def test_one_admits_only_where_one_may(house, browse):
    """Coordinator of one track, clinician of another: only the first is offered, with its clinicians."""
    elsewhere = make_program("Elsewhere")
    give_role(user=house.coordinator, program=elsewhere, role=Role.CLINICIAN)
    olga = make_staff(elsewhere, Role.CLINICIAN, "Olga", "Outsider")
    client = browse(house.coordinator)
    page = client.get(ADMIT)
    assert "Elsewhere" not in text(page).replace('label="Elsewhere"', "") and "Outsider" not in text(page)
    page = client.post(ADMIT, form(house, program=elsewhere.pk, primary_clinician=olga.pk))
    assert page.status_code == 422 and set(page.context["form"].errors) == {"program", "primary_clinician"}
    both = make_program("Both")
    give_role(user=house.coordinator, program=both, role=Role.CARE_COORDINATOR)
    page = browse(house.coordinator).post(ADMIT, form(house, program=both.pk))
    assert page.status_code == 422
    assert page.context["form"].errors["primary_clinician"] == ["Alice Clinician is not a clinician of this program."]
