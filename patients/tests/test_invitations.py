"""A link that lets one person in, once: who sends it, what it opens, what closes it."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import User
from core.errors import Refusal
from core.tests.racing import together
from messaging.kinds import Skip, compose
from messaging.models import Address, Channel, Delivery
from messaging.services import send_due
from messaging.wording import errors_of
from patients.models import MAX_TRIES, Invitation
from patients.news import invited
from patients.services import invitations
from tests.desk import browser_of, text
from tests.factories import PASSWORD, make_patient

pytestmark = pytest.mark.django_db
BORN = dt.date(1990, 1, 1)
WRONG = dt.date(1991, 1, 1)


@pytest.fixture(autouse=True)
def post(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.CLINIC_PHONE = "(415) 555-0142"


@pytest.fixture
def lee(house):
    """Somebody just admitted, who has no password yet."""
    patient = make_patient(house.program, house.alice, "Lee", "Larkspur").patient
    patient.user.set_unusable_password()
    patient.user.save()
    return patient


def invite(patient, by, channel="email", **more) -> Invitation:
    return invitations.invite(patient=patient, channel=channel, by=by, **more)


def link_in(message) -> str:
    return re.search(r"https?://\S+?(/welcome/[\w-]+/)", message.body).group(1)


def sent_link() -> str:
    """The link in the last mail that left."""
    send_due()
    return link_in(mail.outbox[-1])


def born(client, day=BORN):
    return client.post("/welcome/", {"birth_date": day.isoformat()}, follow=True)


# --- sending it


def test_the_mail_leaves_and_names_nothing(house, lee):
    invite(lee, house.alice)
    send_due()
    [message] = mail.outbox
    assert message.to == [lee.user.email] and message.subject == "Your page is ready"
    assert "Larkspur" not in message.body and "Hi Lee," in message.body
    assert not re.search("group|recovery|iop|program|therap|patient|clinic", message.subject + message.body, re.I)
    assert "Monday, March 9" in message.body
    kind = __import__("messaging.kinds", fromlist=["KINDS"]).KINDS["account_invitation"]
    for words in kind.texts.values():
        assert errors_of(kind, subject=str(kind.subject), text=str(words), program=house.program) == []


def test_the_key_is_kept_nowhere(house, lee):
    invitation = invite(lee, house.alice)
    key = sent_link().split("/")[2]
    assert len(key) == 43
    row = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert key not in str(row) and row["key_hash"] == invitations.hash_of(key)
    assert not hasattr(Invitation.pgh_event_models["insert"], "key_hash")
    assert key not in str(Delivery.objects.filter(kind="account_invitation").values().get())


def test_it_goes_by_the_way_staff_chose_and_no_other(house, lee):
    invitation = invite(lee, house.alice)
    delivery = Delivery.objects.get(kind="account_invitation")
    assert invited(delivery).only == ("email",)
    Address.objects.create(
        user=lee.user, channel=Channel.EMAIL, value=lee.user.email, failed_at=timezone.now(), failure="refused"
    )
    send_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == (Delivery.State.SKIPPED, "no address"), "never on pages they can't open"
    with pytest.raises(Refusal) as refused:
        invite(lee, house.alice)
    assert refused.value.code == "no_address" and Invitation.objects.get() == invitation


def test_by_text_with_their_word_for_it(house, lee, settings):
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM = "AC1", "secret", "+12135550100"
    cases = [({}, "no_number"), ({"phone": "(213) 373-4253"}, "no_consent")]
    for fields, code in cases:
        for name, value in fields.items():
            setattr(lee, name, value)
        lee.save()
        with pytest.raises(Refusal) as refused:
            invite(lee, house.alice, "sms")
        assert refused.value.code == code
    assert not Address.objects.filter(user=lee.user).exists()
    invite(lee, house.alice, "sms", may_text=True)
    assert Address.objects.get(user=lee.user).value == "+12133734253"
    assert invited(Delivery.objects.get(kind="account_invitation")).only == ("sms",)


def test_without_texts_set_up_none_is_promised(house, lee):
    lee.phone = "(213) 373-4253"
    lee.save()
    with pytest.raises(Refusal) as refused:
        invite(lee, house.alice, "sms", may_text=True)
    assert refused.value.code == "no_texts" and not Invitation.objects.exists()
    assert not Address.objects.filter(user=lee.user).exists(), "a refused deed leaves nothing"


@pytest.mark.parametrize("who", ["charlie", "billing", "robin"])
def test_strangers_and_the_wrong_roles_invite_nobody(house, lee, who):
    by = getattr(house, who)
    with pytest.raises(Refusal) as refused:
        invite(lee, getattr(by, "user", by))
    assert refused.value.code == "not_theirs"


def test_who_may_know_of_an_invitation(house, lee):
    invitation = invite(lee, house.alice)
    seen = Invitation.objects.visible_to
    assert {who for who in (house.alice, house.bob, house.admin, lee.user) if seen(who).filter(pk=invitation.pk)} == {
        *(house.alice, house.bob, house.admin, lee.user)
    }
    assert not seen(house.charlie).exists() and not seen(house.pat.user).exists()


def test_only_somebody_in_care(house, lee):
    lee.episodes.update(ended_on=timezone.localdate())
    with pytest.raises(Refusal) as refused:
        invite(lee, house.admin)
    assert refused.value.code == "not_in_care"


# --- what closes it


def test_a_new_one_takes_the_old_one_back(house, lee, client):
    invite(lee, house.alice)
    old = sent_link()
    invite(lee, house.bob)
    new = sent_link()
    assert old != new
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 302
    assert Invitation.objects.standing().count() == 1


def test_one_that_was_taken_back_before_it_left_does_not_leave(house, lee):
    invitation = invite(lee, house.alice)
    invitations.revoke(invitation=invitation, by=house.alice)
    assert compose(Delivery.objects.get(kind="account_invitation")) == Skip("no longer open")
    with pytest.raises(Refusal):
        invitations.revoke(invitation=invitation, by=house.alice)


def test_it_runs_out(house, lee, client, clock):
    invite(lee, house.alice)
    link = sent_link()
    clock.shift(dt.timedelta(days=7, minutes=1))
    answer = client.get(link)
    assert answer.status_code == 404 and "This link is closed" in text(answer)


def test_after_a_change_of_the_installations_secret_nothing_false_leaves(house, lee, settings):
    invite(lee, house.alice)
    settings.SECRET_KEY = "another"
    assert compose(Delivery.objects.get(kind="account_invitation")) == Skip("key changed")


def test_a_made_up_link_and_no_link(client):
    for address in ("/welcome/" + "x" * 43 + "/", "/welcome/"):
        answer = client.get(address)
        assert answer.status_code == 404 and "(415) 555-0142" in text(answer)


# --- the way in


def test_nothing_is_shown_before_the_birth_date_is_right(house, lee, client):
    invite(lee, house.alice)
    answer = client.get(sent_link(), follow=True)
    assert answer.redirect_chain == [("/welcome/", 302)], "the key leaves the address"
    page = text(answer)
    for told in ("Lee", "Larkspur", lee.user.email, str(lee.uid), lee.record_number, house.program.name):
        assert told not in page
    page = text(born(client, WRONG))
    assert "This is not the date we have" in page and "Lee" not in page
    page = text(born(client))
    assert "Hello, Lee" in page and lee.user.email in page


def test_from_the_link_to_being_signed_in(house, lee, client):
    invite(lee, house.alice)
    link = sent_link()
    client.get(link)
    born(client)
    answer = client.post("/welcome/", {"password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/my/start/")
    assert int(client.session["_auth_user_id"]) == lee.user.pk
    lee.user.refresh_from_db()
    assert lee.user.check_password(PASSWORD)
    assert Invitation.objects.get().used_at
    assert browser_of(None).get(link).status_code == 404, "it works once"
    assert client.get("/welcome/").url == "/my/start/"


def test_without_a_birth_date_no_password_is_taken(house, lee, client):
    invite(lee, house.alice)
    client.get(sent_link())
    client.post("/welcome/", {"password": PASSWORD, "again": PASSWORD})
    lee.user.refresh_from_db()
    assert not lee.user.has_usable_password() and "_auth_user_id" not in client.session


def test_half_an_hour_later_the_birth_date_is_asked_again(house, lee, client, clock):
    invite(lee, house.alice)
    client.get(sent_link())
    born(client)
    clock.shift(dt.timedelta(minutes=31))
    assert "Hello, Lee" not in text(client.get("/welcome/"))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"password": "larkspur1990", "again": "larkspur1990"}, "too similar"),
        ({"password": PASSWORD, "again": "something else"}, "The two are not the same."),
        ({"password": "", "again": ""}, "Choose a password."),
    ],
)
def test_a_bad_password_is_said_beside_its_field(house, lee, client, sent, said):
    invite(lee, house.alice)
    client.get(sent_link())
    born(client)
    answer = client.post("/welcome/", sent)
    assert answer.status_code == 422 and said in text(answer)
    assert Invitation.objects.usable().exists()


@pytest.mark.parametrize("sent", ["{}", "nonsense", "[]", '{"id": "x", "response": {}}', "null"])
def test_a_made_up_passkey_lets_nobody_in(house, lee, client, sent):
    invite(lee, house.alice)
    client.get(sent_link())
    born(client)
    answer = client.post("/welcome/", {"credential": sent})
    assert answer.status_code == 422 and "The passkey did not work." in text(answer)
    assert Invitation.objects.usable().exists() and "_auth_user_id" not in client.session


@pytest.mark.parametrize("written", ["1990-01-01", "01/01/1990", "1/1/1990", "1-1-1990"])
def test_a_birth_date_as_people_write_it(house, lee, client, written):
    invite(lee, house.alice)
    client.get(sent_link())
    assert "Hello, Lee" in text(client.post("/welcome/", {"birth_date": written}, follow=True))


@pytest.mark.parametrize("written", ["", "yesterday", "1888-01-01", "2090-01-01", "13/45/1990"])
def test_what_can_be_no_birth_date_costs_no_try(house, lee, client, written):
    invite(lee, house.alice)
    client.get(sent_link())
    answer = client.post("/welcome/", {"birth_date": written})
    assert answer.status_code == 422 and "month, day, year" in text(answer)
    assert Invitation.objects.get().tries == 0


def test_five_wrong_dates_lock_it_and_staff_are_told(house, lee, client):
    invite(lee, house.alice)
    link = sent_link()
    client.get(link)
    for _n in range(MAX_TRIES - 1):
        assert born(client, WRONG).status_code == 422
    answer = born(client, WRONG)
    assert answer.status_code == 404 and "This link is closed now, to be safe." in text(answer)
    invitation = Invitation.objects.get()
    assert invitation.tries == MAX_TRIES and invitation.locked_at
    assert client.get(link).status_code == 404, "the right date does not open it any more"
    told = Delivery.objects.get(kind="invitation_locked")
    assert told.recipient == house.alice
    assert compose(told).path == f"/desk/people/{lee.uid}/start/"
    send_due()
    assert "Lee" not in mail.outbox[-1].subject + mail.outbox[-1].body
    invite(lee, house.alice)
    assert compose(told) == Skip("invited again")
    assert client.get(sent_link()).status_code == 302, "staff who spoke with them send another"


def test_wrong_dates_from_one_address_are_limited_over_all_invitations(house, lee, monkeypatch):
    monkeypatch.setattr(invitations, "FROM_ONE_ADDRESS", 3)
    first, second = invite(lee, house.alice), invite(house.pat, house.alice)
    ask = invitations.say_birth_date
    for invitation in (first, second, first):
        with pytest.raises(Refusal) as refused:
            ask(invitation=invitation, birth_date=WRONG, address="203.0.113.9")
        assert refused.value.code == "wrong"
    with pytest.raises(Refusal) as refused:
        ask(invitation=second, birth_date=BORN, address="203.0.113.9")
    assert refused.value.code == "too_many"
    ask(invitation=second, birth_date=BORN, address="203.0.113.10")


def test_right_dates_cost_an_address_nothing(house, lee, monkeypatch):
    monkeypatch.setattr(invitations, "FROM_ONE_ADDRESS", 1)
    invitation = invite(lee, house.alice)
    for _n in range(3):
        invitations.say_birth_date(invitation=invitation, birth_date=BORN, address="203.0.113.9")


def test_a_closed_account_is_not_let_in(house, lee, client):
    invite(lee, house.alice)
    link = sent_link()
    User.objects.filter(pk=lee.user.pk).update(is_active=False)
    assert client.get(link).status_code == 404


def test_somebody_else_signed_in_on_the_same_device_is_signed_out(house, lee, client):
    client.force_login(house.pat.user)
    invite(lee, house.alice)
    client.get(sent_link())
    born(client)
    client.post("/welcome/", {"password": PASSWORD, "again": PASSWORD})
    assert int(client.session["_auth_user_id"]) == lee.user.pk


# --- the walls


@pytest.mark.parametrize("change", [{"used_at": None}, {"tries": 1}, {"revoked_at": "now"}])
def test_a_used_one_never_changes(house, lee, change):
    invitation = invite(lee, house.alice)
    invitations.accept(invitation=invitation, password=PASSWORD)
    change = {name: timezone.now() if value == "now" else value for name, value in change.items()}
    with pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**change)


def test_two_standing_ones_and_a_sixth_try_can_not_be_written(house, lee):
    invitation = invite(lee, house.alice)
    copy = {"patient": lee, "channel": "email", "invited_by": house.alice, "expires_at": invitation.expires_at}
    with pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.create(key_hash="x", **copy)
    for tries in (5, 6):
        with pytest.raises(DatabaseError), transaction.atomic():
            Invitation.objects.filter(pk=invitation.pk).update(tries=tries)
    with pytest.raises(DatabaseError), transaction.atomic():
        invitation.delete()


# --- at once


def _race(house, patient) -> list:
    invitation = invite(patient, house.alice)
    words = [f"{PASSWORD} {n}" for n in range(8)]
    return together([lambda word=word: invitations.accept(invitation=invitation, password=word) for word in words])


@pytest.mark.django_db(transaction=True)
def test_one_link_used_eight_times_at_once_lets_one_in(committed_house):
    outcomes = _race(committed_house, committed_house.pat)
    won = [n for n, one in enumerate(outcomes) if isinstance(one, User)]
    assert len(won) == 1
    assert {one.code for one in outcomes if isinstance(one, Refusal)} == {"closed"}
    assert sum(isinstance(one, Refusal) for one in outcomes) == 7
    user = User.objects.get(pk=committed_house.pat.user.pk)
    assert user.check_password(f"{PASSWORD} {won[0]}"), "the password is the winner's"


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_several_think_they_won(committed_house, monkeypatch):
    """The negative control: without the lock more than one passes the check, and only the wall of the table stops the others."""
    monkeypatch.setattr(
        invitations,
        "lock_invitation",
        lambda one: Invitation.objects.select_related("patient__user").get(pk=one.pk),
    )
    for _round in range(5):
        outcomes = _race(committed_house, committed_house.pat)
        if any(isinstance(one, DatabaseError) for one in outcomes):
            return
    pytest.fail("Five races of eight without a lock met no wall: the race is no race.")


@pytest.mark.django_db(transaction=True)
def test_wrong_dates_at_once_are_all_counted(committed_house):
    invitation = invite(committed_house.pat, committed_house.alice)
    deeds = [
        lambda n=n: invitations.say_birth_date(invitation=invitation, birth_date=WRONG, address=f"203.0.113.{n}")
        for n in range(10)
    ]
    codes = sorted(one.code for one in together(deeds))
    assert codes == sorted(["wrong"] * 4 + ["locked"] + ["closed"] * 5)


# --- and by no other way


def test_who_never_signed_in_gets_no_reset_link(house, lee, client):
    """The mailbox alone is not enough: an invitation asks who they are."""
    client.post("/account/password/reset/", {"email": lee.user.email})
    [message] = mail.outbox
    assert message.to == [lee.user.email] and "/password/reset/" not in message.body
    assert "call us and we send you a new one" in message.body and "(415) 555-0142" in message.body
    assert not re.search("group|recovery|iop|program|therap|patient", message.subject + message.body, re.I)
    client.post("/account/password/reset/", {"email": house.pat.user.email})
    assert "/password/reset/key/" in mail.outbox[-1].body, "whoever signed in before gets theirs"
    User.objects.filter(pk=house.alice.pk).update(password="!")
    client.post("/account/password/reset/", {"email": house.alice.email})
    assert "/password/reset/key/" in mail.outbox[-1].body, "so does staff, who are not invited"
