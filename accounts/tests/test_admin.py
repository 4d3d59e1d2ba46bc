"""The administration site: who gets in, how it refuses, and the pages on accounts, programs, roles and staff."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.access import Role
from accounts.admin import RoleAssignmentAdmin
from accounts.house_admin import HouseModelAdmin
from accounts.models import Licence, Program, RoleAssignment, StaffProfile, User
from accounts.services import give_role
from accounts.tests.admin_site import (
    build_next_door,
    errors,
    page,
    pages,
    queries,
    readings,
    rows,
    save,
    signed_in,
    words,
)
from groups.admin import GroupAdmin
from groups.models import Group
from tests.factories import make_staff

OURS = {"accounts", "audit", "messaging", "patients", "groups", "scheduling", "clinical"}
# Of live rooms: what a program sets, and that a session had one. What people do in a room is no matter of administration.
OF_ROOMS = {name + kind for name in ("Room", "RoomPolicy", "Agreement", "AgreementWording") for kind in ("", "Event")}
# A journal is its writer's own; only what there is to write about is a matter of administration.
OF_JOURNALS = {"Prompt", "PromptEvent"}
# Of the library what there is to read and do; what people do with it is between them and their care team.
OF_LIBRARY = {"LibraryItem", "WorksheetField", "LibraryItemEvent", "WorksheetFieldEvent"}
# Of messages what a program promises, and which groups have a board: what people write is no matter of administration.
OF_THREADS = {"AnswerPolicy", "AnswerPolicyEvent", "Board", "BoardEvent"}
NEW = {
    "email": "New.Person@example.org",
    "first_name": "New",
    "last_name": "Person",
    "zone": "America/Denver",
    "language": "es",
    "role": "supervisor",
}


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def ada(house):
    """The program admin's browser."""
    return signed_in(house.admin)


# --- the door


def test_only_program_admins_enter(house, client):
    index = reverse("admin:index")
    assert client.get(index).url.startswith(reverse("account_login"))
    for user in (house.alice, house.bob, house.coordinator, house.billing, house.pat.user):
        client.force_login(user)
        assert client.get(index).status_code == 403
        assert client.get(page(User)).status_code == 403
    client.force_login(house.admin)
    assert client.get(index).status_code == 200


def test_somebody_whose_account_is_closed_does_not_enter(house, ada):
    User.objects.filter(pk=house.admin.pk).update(is_active=False)
    assert ada.get(reverse("admin:index")).status_code == 302


def test_sign_in_and_passwords_are_the_houses(ada, client):
    assert client.get(reverse("admin:login")).url.startswith(reverse("account_login"))
    assert ada.get(reverse("admin:login")).url == reverse("admin:index")  # and not back and forth
    assert ada.post(reverse("admin:logout")).url == reverse("account_logout")
    assert ada.get(reverse("admin:password_change")).url == reverse("account_change_password")


def test_pages_lead_back_to_the_dashboard_and_name_nobody_in_their_title(house, ada):
    answer = ada.get(page(User, "change", house.alice.pk)).content.decode()
    assert f'href="{reverse("home")}"' in answer
    assert "Alice" in answer and "Alice" not in answer[answer.index("<title>") : answer.index("</title>")]


def test_every_table_of_the_house_has_a_page_and_no_librarys_has(db):
    tables = {m for m in apps.get_models() if m._meta.app_label in OURS}
    tables |= {m for m in apps.get_app_config("rooms").get_models() if m.__name__ in OF_ROOMS}
    tables |= {m for m in apps.get_app_config("journal").get_models() if m.__name__ in OF_JOURNALS}
    tables |= {m for m in apps.get_app_config("library").get_models() if m.__name__ in OF_LIBRARY}
    tables |= {m for m in apps.get_app_config("threads").get_models() if m.__name__ in OF_THREADS}
    assert set(admin.site._registry) == tables  # change histories included
    assert all(isinstance(found, HouseModelAdmin) for _model, found in pages())


def test_ways_round_are_closed(house, ada):
    asked = {"app_label": "patients", "model_name": "episode", "field_name": "patient", "term": "P"}
    assert ada.get("/admin/autocomplete/", asked).status_code == 404
    assert ada.get(f"/admin/r/1/{house.pat.pk}/").status_code == 404


def test_names_cannot_be_put_into_an_address(house, ada):
    assert ada.get(page(User, last_name__startswith="Peer")).status_code == 400
    assert ada.get(page(User, is_active__exact="1")).status_code == 200
    assert rows(ada.get(page(User, q="Peerson"))) == []
    assert rows(ada.get(page(User, q=str(house.pat.user.uid)))) == [house.pat.user]


def test_nothing_is_ever_deleted(house, ada):
    for model, found in pages():
        assert not found.has_delete_permission(None)
        assert "delete_selected" not in str(ada.get(page(model)).content)
    assert ada.post(page(User, "delete", house.alice.pk), {"post": "yes"}).status_code == 403


# --- accounts


def test_an_account_is_made_with_its_first_role_and_no_password(house, ada):
    answer = ada.post(page(User, "add"), {**NEW, "program": house.program.pk, "send_link": "on"})
    person = User.objects.get(email="new.person@example.org")
    assert answer.url == page(User)
    assert not person.has_usable_password()
    assert (person.zone, person.language, person.roles) == ("America/Denver", "es", {Role.SUPERVISOR})
    assert [letter.to for letter in mail.outbox] == [["new.person@example.org"]]
    assert "password" in mail.outbox[0].body and "New" not in mail.outbox[0].subject


def test_an_account_is_made_without_a_letter(house, ada):
    ada.post(page(User, "add"), {**NEW, "program": house.program.pk})
    assert User.objects.filter(email="new.person@example.org").exists() and mail.outbox == []


def test_an_address_that_is_taken_is_said_beside_it_and_nothing_typed_is_lost(house, ada):
    taken = {**NEW, "email": house.alice.email.upper(), "program": house.program.pk}
    answer = ada.post(page(User, "add"), taken)
    assert errors(answer) == {"email": ["Somebody already signs in with this e-mail address."]}
    assert 'value="Person"' in answer.content.decode()
    assert not User.objects.filter(first_name="New").exists()


def test_an_account_cannot_be_put_into_a_program_next_door(house, ada):
    other = build_next_door()
    answer = ada.post(page(User, "add"), {**NEW, "program": other.program.pk})
    assert set(errors(answer)) == {"program"}
    assert "Evening track" not in words(answer)


def test_no_page_of_an_account_knows_its_password(house, ada):
    answer = ada.get(page(User, "change", house.alice.pk))
    assert "argon2" not in answer.content.decode()
    assert not {"password", "is_superuser", "groups", "user_permissions"} & set(answer.context["adminform"].form.fields)


def test_a_changed_address_takes_the_old_one_away(house, ada):
    EmailAddress.objects.create(user=house.alice, email=house.alice.email, primary=True, verified=True)
    save(ada, page(User, "change", house.alice.pk), email="Alice.New@example.org")
    house.alice.refresh_from_db()
    assert house.alice.email == "alice.new@example.org"
    assert not EmailAddress.objects.filter(user=house.alice).exists()


def test_a_wrong_zone_is_said_beside_it(house, ada):
    answer = save(ada, page(User, "change", house.alice.pk), zone="Mars/Olympus")
    assert errors(answer) == {"zone": ["“Mars/Olympus” is not a time zone. Write one like America/Los_Angeles."]}


def test_only_what_was_changed_is_written(house, ada):
    with CaptureQueriesContext(connection) as caught:
        save(ada, page(User, "change", house.alice.pk), first_name="Alicia")
    written = [sql for query in caught if 'UPDATE "accounts_user"' in (sql := query["sql"])]
    assert len(written) == 1 and '"first_name" =' in written[0] and '"last_name" =' not in written[0]


def test_who_also_works_elsewhere_is_changed_by_an_admin_of_both(house, ada):
    other = build_next_door()
    give_role(user=house.alice, program=other.program, role=Role.CLINICIAN)
    address = page(User, "change", house.alice.pk)
    assert ada.get(address).context["has_change_permission"] is False
    assert ada.post(address, {"email": "mine@example.org"}).status_code == 403
    assert ada.post(reverse("admin:accounts_user_reset", args=[house.alice.pk])).status_code == 403
    assert ada.post(page(StaffProfile, "change", house.alice.staff_profile.pk), {}).status_code == 403
    give_role(user=house.admin, program=other.program, role=Role.PROGRAM_ADMIN)
    save(signed_in(house.admin), address, first_name="Alicia")
    assert User.objects.get(pk=house.alice.pk).first_name == "Alicia"


def test_nobody_locks_themselves_out(house, ada):
    save(ada, page(User, "change", house.admin.pk), is_active=None, first_name="Adele")
    assert User.objects.get(pk=house.admin.pk).first_name == "Adele"
    assert User.objects.get(pk=house.admin.pk).is_active


def test_the_link_for_a_password_is_sent_on_demand(house, ada):
    address = reverse("admin:accounts_user_reset", args=[house.alice.pk])
    assert ada.get(address).status_code == 405
    assert ada.post(address).url == page(User, "change", house.alice.pk)
    assert [letter.to for letter in mail.outbox] == [[house.alice.email]]
    assert "on its way" in words(ada.get(page(User, "change", house.alice.pk)))


def test_a_letter_that_cannot_leave_is_said(house, ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1  # nobody listens
    ada.post(reverse("admin:accounts_user_reset", args=[house.alice.pk]))
    assert "could not be sent" in words(ada.get(page(User, "change", house.alice.pk)))


def test_patients_accounts_are_put_on_the_record(house, ada):
    ada.get(page(User, role="clinician"))
    ada.get(page(User, "change", house.alice.pk))
    assert readings(house.admin) == []
    address = page(User, "change", house.pat.user.pk)
    ada.get(address)
    assert readings(house.admin) == [(house.pat.pk, "administration", address)]
    ada.get(page(User))
    assert [found[0] for found in readings(house.admin)[1:]] == [house.pat.pk, house.quinn.pk, house.robin.pk]


def test_staff_treated_next_door_are_not_read_as_patients(house, ada):
    other = build_next_door()
    give_role(user=other.zed.user, program=house.program, role=Role.BILLING)
    assert "Zed Zimmer" in words(ada.get(page(User)))
    ada.get(page(User, "change", other.zed.user.pk))
    assert other.zed.pk not in [found[0] for found in readings(house.admin)]


# --- programs


def test_who_adds_a_program_runs_it(house, ada):
    sent = {"name": "Night track", "zone": "America/Denver", "level_of_care": "2.1", "weekly_goal_minutes": "600"}
    ada.post(page(Program, "add"), sent)
    program = Program.objects.get(name="Night track")
    assert program.pk in User.objects.get(pk=house.admin.pk).program_ids(Role.PROGRAM_ADMIN)
    assert program in rows(ada.get(page(Program)))


def test_what_is_wrong_with_a_program_is_said_in_sentences(house, ada):
    sent = {"name": house.program.name, "zone": "x", "level_of_care": "2.1", "weekly_goal_minutes": "5"}
    found = errors(ada.post(page(Program, "add"), sent))
    assert set(found) == {"name", "zone", "weekly_goal_minutes"}
    assert "violated" not in str(found)


# --- roles


def test_a_role_is_given_and_ended(house, ada):
    today = timezone.localdate()
    sent = {"user": house.alice.pk, "program": house.program.pk, "role": "supervisor", "starts_on": today}
    ada.post(page(RoleAssignment, "add"), sent)
    held = RoleAssignment.objects.get(user=house.alice, role=Role.SUPERVISOR)
    answer = ada.post(page(RoleAssignment, "change", held.pk), {"ends_on": today - dt.timedelta(days=1)})
    assert errors(answer) == {"ends_on": ["The last day can’t be before the first."]}
    ada.post(page(RoleAssignment, "change", held.pk), {"ends_on": today + dt.timedelta(days=1)})
    held.refresh_from_db()
    assert held.ends_on == today + dt.timedelta(days=1)


def test_a_role_that_a_service_refuses_comes_back_as_a_sentence(house, ada):
    give_role(user=house.charlie, program=Program.objects.create(name="Elsewhere"), role=Role.CLINICIAN)
    RoleAssignment.objects.filter(user=house.charlie, program=house.program).update(role=Role.PATIENT)
    RoleAssignment.objects.create(
        user=house.charlie, program=house.program, role=Role.BILLING, ends_on=timezone.localdate(),
        starts_on=timezone.localdate() - dt.timedelta(days=9),
    )  # fmt: skip
    today = timezone.localdate()
    sent = {"user": house.charlie.pk, "program": house.program.pk, "role": "supervisor", "starts_on": today}
    answer = ada.post(page(RoleAssignment, "add"), sent)
    assert errors(answer) == {"role": ["One person cannot be staff and patient in the same program."]}
    assert answer.context["adminform"].form["user"].value() == str(house.charlie.pk)


def test_roles_are_offered_to_staff_of_ours_only(house, ada):
    build_next_door()
    form = ada.get(page(RoleAssignment, "add")).context["adminform"].form
    assert set(form.fields["user"].queryset) == {
        house.alice, house.bob, house.charlie, house.coordinator, house.admin, house.billing,
    }  # fmt: skip
    assert list(form.fields["program"].queryset) == [house.program]
    assert "patient" not in dict(form.fields["role"].choices)


def test_ones_own_role_and_a_patients_are_ended_elsewhere(house, ada):
    for user in (house.admin, house.pat.user):
        held = user.role_assignments.get()
        assert ada.post(page(RoleAssignment, "change", held.pk), {"ends_on": timezone.localdate()}).status_code == 403


# --- staff


def licences(*lines, known=0) -> dict:
    """The lines of the licences' table; of the first `known` the page itself sends which rows they are."""
    sent = {"licences-TOTAL_FORMS": len(lines), "licences-INITIAL_FORMS": known}
    for number, (state, kind, value) in enumerate(lines):
        line = f"licences-{number}-"
        sent |= {f"{line}state": state, f"{line}kind": kind, f"{line}number": value, f"{line}expires_on": ""}
    return sent


def test_a_profile_is_made_with_licences(house, ada):
    StaffProfile.objects.filter(user=house.billing).delete()
    sent = {"user": house.billing.pk, "credential": "CPC", "supervisor": house.bob.pk}
    save(ada, page(StaffProfile, "add"), **sent, **licences(("CA", "CPC", "1"), ("NV", "CPC", "2")))
    profile = StaffProfile.objects.get(user=house.billing)
    assert (profile.credential, profile.supervisor) == ("CPC", house.bob)
    assert list(profile.licences.values_list("state", "number")) == [("CA", "1"), ("NV", "2")]


def test_a_licence_is_changed_and_never_twice_the_same(house, ada):
    profile = house.alice.staff_profile
    licence = Licence.objects.create(staff=profile, state="CA", kind="LMFT", number="1")
    address = page(StaffProfile, "change", profile.pk)
    save(ada, address, **licences(("CA", "LMFT", "99"), known=1))
    licence.refresh_from_db()
    assert licence.number == "99"
    answer = save(ada, address, **licences(("CA", "LMFT", "99"), ("CA", "LMFT", "5"), known=1))
    assert answer.status_code == 200 and Licence.objects.count() == 1
    assert "violated" not in words(answer)
    assert "LMFT 99 (CA)" in words(ada.get(page(Licence)))


def test_nobody_supervises_themselves(house, ada):
    profile = house.bob.staff_profile
    answer = save(ada, page(StaffProfile, "change", profile.pk), supervisor=house.bob.pk)
    assert errors(answer) == {"supervisor": ["Nobody can supervise themselves."]}


def test_a_supervisor_whose_role_has_ended_stays_until_another_is_chosen(house, ada):
    RoleAssignment.objects.filter(user=house.bob).update(ends_on=timezone.localdate() - dt.timedelta(days=1))
    RoleAssignment.objects.filter(user=house.bob).update(starts_on=timezone.localdate() - dt.timedelta(days=1))
    profile = house.alice.staff_profile
    save(ada, page(StaffProfile, "change", profile.pk), credential="LMFT, RPT")
    profile.refresh_from_db()
    assert (profile.credential, profile.supervisor) == ("LMFT, RPT", house.bob)


# --- what the database refuses


def test_a_constraint_is_a_sentence_and_never_an_error(house, ada, monkeypatch):
    held = house.bob.role_assignments.get()
    monkeypatch.setattr(RoleAssignmentAdmin, "sentences", {})
    before = held.starts_on - dt.timedelta(days=1)
    answer = ada.post(page(RoleAssignment, "change", held.pk), {"ends_on": before})
    assert errors(answer) == {"__all__": ["The database does not allow this. Nothing was saved."]}
    assert str(before) in answer.content.decode()


def test_a_trigger_is_a_sentence_too(house, ada, monkeypatch):
    def forbidden(self, request, obj, form):
        Group.objects.filter(pk=obj.pk).delete()

    monkeypatch.setattr(GroupAdmin, "save_changed", forbidden)
    answer = save(ada, page(Group, "change", house.group.pk), name="Typed")
    assert 'value="Typed"' in answer.content.decode()
    assert errors(answer) == {"__all__": ["The database does not allow this. Nothing was saved."]}


class Deadlock(Exception):  # noqa: N818 - what psycopg2 raises, as far as anybody looks at it
    pgcode = "40P01"


@pytest.mark.parametrize("times", [1, 9])
def test_a_deadlock_begins_again(committed_house, monkeypatch, times):
    """Once: nobody notices. For ever: it is not hidden."""
    real, met = GroupAdmin.save_new, []

    def meets_another(self, request, obj, form):
        made = real(self, request, obj, form)
        if len(met) < times:
            met.append(made)
            raise OperationalError("deadlock detected") from Deadlock()
        return made

    monkeypatch.setattr(GroupAdmin, "save_new", meets_another)
    sent = {"name": "Once", "kind": "skills", "capacity": 8, "program": committed_house.program.pk}
    ada = signed_in(committed_house.admin)
    if times == 1:
        assert save(ada, page(Group, "add"), **sent).url == page(Group)
        assert Group.objects.filter(name="Once").count() == 1
    else:
        with pytest.raises(OperationalError):
            save(ada, page(Group, "add"), **sent)
        assert len(met) == 3 and not Group.objects.filter(name="Once").exists()


# --- lists cost the same, however long


def more(house, count):
    """`count` more clinicians with a licence each."""
    for number in range(count):
        person = make_staff(house.program, Role.CLINICIAN, last=f"Staff {number}", supervisor=house.bob)
        Licence.objects.create(staff=person.staff_profile, state="CA", kind="LMFT", number=str(number))


@pytest.mark.parametrize(
    ("model", "cost"), [(User, 9), (Program, 6), (RoleAssignment, 9), (StaffProfile, 7), (Licence, 6)]
)
def test_a_list_costs_the_same_for_one_row_more_and_five_more(house, ada, model, cost):
    more(house, 1)
    assert queries(ada, page(model)) == cost
    more(house, 4)
    assert queries(ada, page(model)) == cost
