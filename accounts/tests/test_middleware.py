"""What holds for everybody signed in: idle sign-out, the second factor, their own zone and language."""

import datetime as dt
import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone, translation

from accounts.access import Can, Role, requires, stamped
from accounts.idle import note_in_room
from accounts.models import RoleAssignment, User
from accounts.services import give_role
from core.errors import Refusal
from tests.factories import PASSWORD, make_program

SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


@requires(Can.ENTER)
def who(request):
    """Who is here, in which zone and language."""
    who = request.user.email if request.user.is_authenticated else "nobody"
    return HttpResponse(f"{who} {timezone.get_current_timezone_name()} {translation.get_language()}")


@requires(Can.ENTER)
def what_was_said(request):
    return HttpResponse("|".join(str(m) for m in get_messages(request)))


@requires(Can.USE_ACCOUNT)
def refuses(request):
    raise Refusal("No.", "no")


urlpatterns = [
    path("who/", who, name="home"),
    path("said/", what_was_said),
    path("health/", who),
    path("static/x", who),
    path("refuses/", refuses),
    path("desk/rooms/6a3a1c1e-8d6b-4a58-9f0c-2b8d1f0e7a11/", who),
    path("desk/rooms/6a3a1c1e-8d6b-4a58-9f0c-2b8d1f0e7a11/ask/", who),
    path("desk/rooms/6a3a1c1e-8d6b-4a58-9f0c-2b8d1f0e7a11/door/abc/", who),
    path("account/", stamped(Can.ENTER, include("allauth.urls"))),
]


@pytest.fixture(autouse=True)
def addresses(settings):
    settings.ROOT_URLCONF = __name__
    settings.MFA_REQUIRED_FOR_STAFF = False


def is_in(client) -> bool:
    answer = client.get("/who/")
    return answer.status_code == 200 and not answer.content.startswith(b"nobody")


# --- idle sign-out

PEOPLE = pytest.mark.parametrize(("who", "minutes"), [("staff", 15), ("patient", 60)])


@pytest.fixture
def signed_in(house, client):
    """Somebody of this kind has just opened a page."""

    def sign_in(who):
        client.force_login({"staff": house.alice, "patient": house.pat.user}[who])
        assert is_in(client)
        return client

    return sign_in


@PEOPLE
def test_the_minutes_are_those_of_the_settings(settings, who, minutes):
    assert {"staff": settings.IDLE_MINUTES_STAFF, "patient": settings.IDLE_MINUTES_PATIENT}[who] == minutes


@PEOPLE
def test_nobody_is_signed_out_before_their_time(signed_in, clock, who, minutes):
    client = signed_in(who)
    clock.shift(minutes * MINUTE)
    assert is_in(client)


@PEOPLE
def test_and_everybody_after_it(signed_in, clock, who, minutes):
    client = signed_in(who)
    clock.shift(minutes * MINUTE + SECOND)
    answer = client.get("/who/?week=2")
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/who/%3Fweek%3D2")
    assert not is_in(client)
    assert b"signed out because nothing happened" in client.get("/said/").content


@PEOPLE
def test_whoever_goes_on_stays(signed_in, clock, who, minutes):
    """For hours, with pauses of a minute less than the limit."""
    client = signed_in(who)
    for _hour in range(5):
        clock.shift((minutes - 1) * MINUTE)
        assert is_in(client)


@PEOPLE
def test_a_page_that_looks_by_itself_keeps_nobody_signed_in(signed_in, clock, who, minutes):
    client = signed_in(who)
    for _look in range(minutes + 1):
        answer = client.get("/who/", headers={"X-Nobody-Asked": "1"})
        assert answer.status_code == 200
        clock.shift(MINUTE)
    assert not is_in(client)


@PEOPLE
def test_at_most_a_minute_early_for_whoever_clicked_in_between(signed_in, clock, who, minutes):
    """The session is written once a minute, so the end may come up to a minute early, and never late."""
    client = signed_in(who)
    clock.shift(59 * SECOND)
    assert is_in(client)
    clock.shift((minutes - 1) * MINUTE)
    assert is_in(client)
    clock.shift(minutes * MINUTE + SECOND)
    assert not is_in(client)


def test_the_session_is_written_once_a_minute(signed_in, clock, django_assert_num_queries):
    client = signed_in("staff")
    queries = []
    for _click in range(3):
        clock.shift(10 * SECOND)
        with django_assert_num_queries(3) as captured:  # session, account, roles
            is_in(client)
        queries += captured.captured_queries
    assert not [q for q in queries if "UPDATE" in q["sql"]]
    clock.shift(31 * SECOND)
    client.get("/who/")
    assert client.session["seen"] == int(timezone.now().timestamp())


def test_a_form_sent_too_late_leads_to_sign_in_and_not_to_itself(signed_in, clock):
    client = signed_in("staff")
    clock.shift(16 * MINUTE)
    answer = client.post("/refuses/", {"name": "Peerson"})
    assert answer["Location"] == "/account/login/?next=/"


def test_a_fragment_sends_the_whole_page_to_sign_in(signed_in, clock):
    client = signed_in("staff")
    clock.shift(16 * MINUTE)
    answer = client.get("/who/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/account/login/?next=/who/")


def test_staff_who_are_also_patients_elsewhere_are_staff(house, client, clock):
    give_role(user=house.alice, program=make_program(), role=Role.PATIENT)
    client.force_login(house.alice)
    client.get("/who/")
    clock.shift(16 * MINUTE)
    assert not is_in(client)


# --- in a live room

ROOM = "/desk/rooms/6a3a1c1e-8d6b-4a58-9f0c-2b8d1f0e7a11/"
CONFIRM = "/account/reauthenticate/?next=/who/"


def stay_in_room(client, clock, minutes: int) -> None:
    """Their room's socket says every minute that they are there; they ask for nothing."""
    for _minute in range(minutes):
        clock.shift(MINUTE)
        assert note_in_room(client.session.session_key)


def test_staff_in_a_room_stay_in_it_and_every_other_page_is_locked(signed_in, clock):
    client = signed_in("staff")
    stay_in_room(client, clock, 16)
    for address in (ROOM, f"{ROOM}ask/", f"{ROOM}door/abc/"):
        assert client.get(address).status_code == 200
    for method in (client.get, client.post):
        assert method("/who/")["Location"].startswith("/account/reauthenticate/?next=/")
    assert client.get("/who/", headers={"HX-Request": "true"})["HX-Redirect"] == CONFIRM
    # Neither the room's pages nor what a page does by itself unlock the rest; a look-alike of a room is none.
    for address in ("/who/", "/account/still-here/", "/account/password/change/", "/desk/rooms/rules/", f"/x{ROOM}"):
        assert client.get(address)["Location"].startswith("/account/reauthenticate/")
    assert client.get(ROOM).status_code == 200


def test_who_confirms_who_they_are_goes_on_and_the_session_is_the_same(signed_in, clock, house):
    client = signed_in("staff")
    stay_in_room(client, clock, 20)
    key = client.session.session_key
    assert client.get(CONFIRM).status_code == 200
    wrong = client.post(CONFIRM, {"password": "no"})
    assert wrong.status_code == 200 and not is_in(client)
    assert client.post(CONFIRM, {"password": PASSWORD})["Location"] == "/who/"
    assert is_in(client) and client.session.session_key == key
    stay_in_room(client, clock, 16)
    assert client.get("/who/")["Location"] == CONFIRM


def test_somebody_in_care_goes_on_while_in_a_room(signed_in, clock):
    client = signed_in("patient")
    stay_in_room(client, clock, 90)
    assert is_in(client)


@PEOPLE
def test_whoever_is_gone_from_the_room_is_signed_out_five_minutes_later(signed_in, clock, who, minutes):
    client = signed_in(who)
    stay_in_room(client, clock, minutes + 1)
    clock.shift(5 * MINUTE)
    assert client.get(ROOM).status_code == 200
    client.logout()
    client = signed_in(who)
    stay_in_room(client, clock, minutes + 1)
    clock.shift(5 * MINUTE + SECOND)
    assert client.get(ROOM)["Location"].startswith("/account/login/")
    assert not is_in(client)


def test_a_room_never_brings_back_a_session_that_was_ended(signed_in):
    client = signed_in("staff")
    key = client.session.session_key
    client.logout()
    assert not note_in_room(key)
    assert not Session.objects.filter(pk=key).exists()


def test_a_closed_account_is_out_at_once(signed_in, house):
    client = signed_in("staff")
    User.objects.filter(pk=house.alice.pk).update(is_active=False)
    assert not is_in(client)


# --- the second factor


@pytest.fixture
def required(settings):
    settings.MFA_REQUIRED_FOR_STAFF = True


def test_staff_without_a_second_factor_can_only_set_one_up(required, house, client):
    client.force_login(house.alice)
    for address in ("/who/", "/refuses/"):
        for method in (client.get, client.post):
            answer = method(address)
            assert (answer.status_code, answer["Location"]) == (302, "/account/2fa/totp/activate/")
    for address in ("/health/", "/static/x"):
        assert client.get(address).status_code == 200


def test_a_path_that_only_looks_free_is_not(required, house, client):
    client.force_login(house.alice)
    for address in ("/accounts/", "//account/", "/who/../account/", "/WHO/account/"):
        assert client.get(address)["Location"].endswith("/account/2fa/totp/activate/")


@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_only_a_real_second_factor_counts(required, house, client, kind):
    """Recovery codes alone are none: they come with the first real one."""
    Authenticator.objects.create(user=house.alice, type=kind, data={})
    client.force_login(house.alice)
    assert is_in(client) is (kind == "totp")


@pytest.mark.parametrize("who", ["bob", "coordinator", "admin", "billing"])
def test_all_staff(required, house, client, who):
    client.force_login(getattr(house, who))
    assert client.get("/who/").status_code == 302


def test_patients_and_strangers_are_not_asked(required, house, client):
    assert client.get("/who/").status_code == 200
    client.force_login(house.pat.user)
    assert client.get("/who/").status_code == 200


def test_who_is_no_longer_staff_is_not_asked(required, house, client):
    RoleAssignment.objects.filter(user=house.alice).update(ends_on=house.program.today - dt.timedelta(days=1))
    client.force_login(house.alice)
    assert client.get("/who/").status_code == 200


def test_outside_debug_it_is_required():
    from iop import settings as real

    assert real.MFA_REQUIRED_FOR_STAFF is not real.DEBUG
    assert "accounts.middleware.SecondFactorMiddleware" in real.MIDDLEWARE


# --- zone and language


def test_each_in_their_own_zone_and_language(house, client):
    User.objects.filter(pk=house.pat.user.pk).update(zone="America/Phoenix", language="es")
    client.force_login(house.pat.user)
    assert client.get("/who/").content.decode().split()[1:] == ["America/Phoenix", "es"]
    client.force_login(house.alice)
    assert client.get("/who/").content.decode().split()[1:] == ["America/Los_Angeles", "en"]
    assert timezone.get_current_timezone_name() == "UTC"  # and nothing of it stays behind


def test_nothing_stays_behind_after_an_error(house, client):
    User.objects.filter(pk=house.pat.user.pk).update(zone="America/Phoenix", language="es")
    client.force_login(house.pat.user)
    client.post("/refuses/")
    assert (timezone.get_current_timezone_name(), translation.get_language()) == ("UTC", "en")


# --- resetting a password


@override_settings(ROOT_URLCONF="iop.urls")
def test_a_reset_does_not_reveal_who_has_an_account(house, client, mailoutbox):
    answers = []
    for address in (house.alice.email, house.alice.email.upper(), "stranger@example.org"):
        answer = client.post("/account/password/reset/", {"email": address})
        after = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", client.get(answer["Location"]).content)
        answers.append((answer.status_code, answer["Location"], answer.content, after.replace(address.encode(), b"")))
    assert len({(status, where, body) for status, where, body, _after in answers}) == 1
    assert len({after for *_rest, after in answers}) == 1
    assert [m.to for m in mailoutbox][:2] == [[house.alice.email]] * 2


@override_settings(ROOT_URLCONF="iop.urls")
@pytest.mark.parametrize("wrong", ["password", "email"])
def test_signing_in_does_not_reveal_it_either(house, client, wrong):
    form = {"login": house.alice.email, "password": "correct horse battery"}
    form |= {"password": {"password": "wrong horse battery"}, "email": {"login": "stranger@example.org"}}[wrong]
    answer = client.post("/account/login/", form)
    assert answer.status_code == 200
    errors = answer.context["form"].non_field_errors()
    assert len(errors) == 1
    assert "account" not in errors[0].lower()
    assert {e.code for e in answer.context["form"].errors.as_data()["__all__"]} == {"email_password_mismatch"}


@override_settings(ROOT_URLCONF="iop.urls")
def test_nobody_signs_up(client, db):
    before = User.objects.count()
    client.post(
        "/account/signup/", {"email": "new@example.org", "password1": "a long one 1", "password2": "a long one 1"}
    )
    assert User.objects.count() == before
