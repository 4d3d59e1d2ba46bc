"""Staff's pages about messages: wordings, rules, notices."""

import datetime as dt

import pytest
from django.core import mail as outbox
from django.utils import timezone

from accounts.access import Role
from accounts.services import give_role
from messaging.channels import Email
from messaging.kinds import KINDS, Letter
from messaging.models import Channel, Delivery, Notice, Policy, Template
from messaging.texts import sender
from messaging.wordings import save_template
from tests.desk import count, fields, text, told
from tests.factories import make_program, make_staff

WORDING = "/desk/wordings/session_reminder/email/en/"
GOOD = "Hi {name},\n\nsee you {when}.\n\n{link}"


@pytest.fixture
def otto(db):
    """A program admin of another program."""
    return make_staff(make_program("Elsewhere"), Role.PROGRAM_ADMIN, "Otto", "Outsider")


def make_notices(user, many=1, first=0, **fields):
    """So many notices of the person, not read yet."""
    for n in range(first, first + many):
        now = timezone.now()
        delivery = Delivery.objects.create(
            kind="session_cancelled", subject_id=n + 1, recipient=user, variant=0, due_at=now, expires_at=now
        )
        Notice.objects.create(user=user, delivery=delivery, **{"subject": f"News {n}", "text": "It is off.", **fields})


@pytest.mark.parametrize("page", ["/desk/wordings/", WORDING, "/desk/rules/"])
def test_doors(house, browse, otto, page):
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for user, status in (
        (house.admin, 200),
        (house.bob, 200),
        (house.alice, 403),
        (house.coordinator, 403),
        (house.billing, 403),
        (house.pat.user, 403),
    ):
        assert browse(user).get(page).status_code == status, user
    assert browse(otto).get(f"{page}?program={house.program.uid}").status_code == 404
    assert browse(otto).post(f"{page}?program={house.program.uid}", {"deed": "save", "text": GOOD}).status_code in (
        404,
        405,
    )
    assert "Day track" not in text(browse(otto).get(page))
    assert not Template.objects.exists() and not Policy.objects.exists()


@pytest.mark.parametrize("program", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_no_such_program(house, browse, program):
    assert browse(house.admin).get(f"/desk/wordings/?program={program}").status_code == 404


@pytest.mark.parametrize("path", ["nothing/email/en", "session_reminder/fax/en", "session_reminder/email/tlh"])
def test_no_such_message(house, browse, path):
    assert browse(house.admin).get(f"/desk/wordings/{path}/").status_code == 404


def test_the_list_says_what_is_own(house, browse):
    client = browse(house.admin)
    page = text(client.get("/desk/wordings/"))
    assert all(str(kind.label) in page for kind in KINDS.values()) and "(own)" not in page
    save_template(
        program=house.program,
        kind="session_reminder",
        channel="sms",
        language="es",
        text="{when} {link} STOP",
        by=house.bob,
    )
    page = text(client.get("/desk/wordings/"))
    assert page.count("(own)") == 1
    before = page.split("(own)")[0]
    assert "Spanish" in before[before.rindex("<a") :] and "/session_reminder/sms/es/" in before[before.rindex("<a") :]


def test_a_fixed_number_of_queries(house, browse):
    client = browse(house.admin)
    few = count(client, "/desk/wordings/"), count(client, WORDING)
    for kind in KINDS:
        for channel in Channel.values:
            save_template(
                program=house.program,
                kind=kind,
                channel=channel,
                language="en",
                text=("{when} " if "when" in KINDS[kind].samples else "") + "{link} STOP",
                by=house.bob,
            )
    assert (count(client, "/desk/wordings/"), count(client, WORDING)) == few
    assert few == (5, 5)


def test_of_several_programs_one_is_chosen(house, browse):
    other = make_program("Evening track")
    give_role(user=house.admin, program=other, role=Role.PROGRAM_ADMIN)
    client = browse(house.admin)
    page = text(client.get(f"/desk/wordings/?program={other.uid}"))
    assert f"/session_reminder/email/en/?program={other.uid}" in page and "Day track" in page
    client.post(f"{WORDING}?program={other.uid}", {"deed": "save", "text": GOOD})
    assert Template.objects.get().program == other


def test_it_begins_with_the_products_words_as_they_would_be_sent(house, browse, settings):
    settings.SITE_URL = "https://schedule.example.org"
    page = browse(house.admin).get(WORDING)
    assert fields(page, "text")["text"].startswith("Hi {name},")
    said = text(page)
    assert "Hi Pat," in said and "Monday, March 2, 9:00 AM PST" in said and "https://schedule.example.org/" in said
    assert "My schedule" in said and "Reminder: Monday, March 2, 9:00 AM PST" in said
    assert "Back to the product’s words" not in said


def test_a_preview_saves_nothing(house, browse):
    answer = browse(house.admin).post(
        WORDING, {"deed": "preview", "subject": "Soon: {when}", "text": "Dear {name}, {when}"}
    )
    said = text(answer)
    assert answer.status_code == 200 and not Template.objects.exists()
    assert "Dear Pat, Monday, March 2, 9:00 AM PST" in said and "Soon: Monday, March 2" in said
    assert "{link} is missing" in said


def test_a_preview_says_what_may_not_stand(house, browse):
    client = browse(house.admin)
    sent = {"deed": "preview", "text": "See you at group, {name} Peerson"}
    answer = client.post(WORDING, sent)
    assert answer.status_code == 422
    said = text(answer)
    assert "“group” is a clinical word" in said and "“Peerson” is somebody’s last name" in said
    assert fields(answer, "text")["text"] == sent["text"]
    # As a fragment it is put in its place.
    assert client.post(WORDING, sent, headers={"HX-Request": "true"}).status_code == 200


def test_saved_it_holds_and_reset_it_does_not(house, browse):
    client = browse(house.bob)
    answer = client.post(WORDING, {"deed": "save", "subject": "", "text": GOOD}, follow=True)
    assert told(answer) == ["Saved. Messages that leave from now on say it so."]
    assert "own words, by Bob Supervisor" in text(answer)
    assert Template.objects.get().written_by == house.bob
    answer = client.post(WORDING, {"deed": "reset"}, follow=True)
    assert told(answer) == ["The product’s own words hold again."] and not Template.objects.exists()


def test_saving_what_may_not_stand_saves_nothing(house, browse):
    answer = browse(house.admin).post(WORDING, {"deed": "save", "text": "Your recovery group meets {when}"})
    assert answer.status_code == 422 and not Template.objects.exists()
    said = text(answer)
    assert "“recovery”" in said and "“group”" in said and 'aria-invalid="true"' in said


def test_what_is_left_out_is_told(house, browse):
    answer = browse(house.admin).post(WORDING, {"deed": "save", "text": "See you soon."}, follow=True)
    assert any("{when} is missing" in sentence for sentence in told(answer)) and Template.objects.exists()


def test_a_text_message_is_shown_with_its_length(house, browse):
    address = "/desk/wordings/session_reminder/sms/en/"
    page = browse(house.admin).get(address)
    assert "subject" not in fields(page, "text")
    answer = browse(house.admin).post(address, {"deed": "preview", "text": "STOP {link} {when} " + "a" * 140})
    assert "sent in 2 parts" in text(answer)


def test_words_are_shown_as_words(house, browse):
    answer = browse(house.admin).post(WORDING, {"deed": "preview", "text": "<script>alert(1)</script> {when} {link}"})
    assert b"<script>alert" not in answer.content and b"&lt;script&gt;alert" in answer.content


def test_the_sender_shown_is_the_sender(house, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Email().send(Delivery(pk=1), "pat@example.org", Letter("s", "t"))
    assert outbox.outbox[-1].from_email == sender()


# --- rules


def rules(**changed):
    return {
        "way_0": "sms",
        "way_1": "email",
        "way_2": "",
        "way_3": "",
        "lead_minutes": ["1440", "120"],
        "quiet_from": "22:00",
        "quiet_until": "07:30",
        **changed,
    }


def test_rules_as_they_are(house, browse):
    sent = fields(browse(house.admin).get("/desk/rules/"), "way_0")
    assert [sent[f"way_{n}"] for n in range(4)] == ["email", "sms", "push", "in_app"]
    assert (sent["quiet_from"], sent["quiet_until"]) == ("21:00", "08:00")


def test_rules_are_saved(house, browse):
    answer = browse(house.bob).post("/desk/rules/", rules(), follow=True)
    assert told(answer) == ["Saved. They hold for everything that leaves from now on."]
    policy = Policy.objects.get(program=house.program)
    assert policy.channels == ["sms", "email"] and policy.lead_minutes == [1440, 120]
    assert (policy.quiet_from, policy.quiet_until) == (dt.time(22), dt.time(7, 30))
    sent = fields(answer, "way_0")
    assert (sent["way_0"], sent["way_1"], sent["way_2"]) == ("sms", "email", "")
    browse(house.bob).post("/desk/rules/", rules(lead_minutes=[]))
    assert Policy.objects.get().lead_minutes == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"way_1": "sms"}, "This way is chosen already."),
        ({"way_0": ""}, "This field is required."),
        ({"way_0": "fax"}, "Select a valid choice."),
        ({"lead_minutes": ["10080", "2880", "1440", "120", "60", "30"]}, "Choose 5 at most."),
        ({"lead_minutes": ["7"]}, "Select a valid choice."),
        ({"quiet_from": "25:00"}, "Select a valid choice."),
    ],
)
def test_rules_that_are_none(house, browse, changed, said):
    answer = browse(house.admin).post("/desk/rules/", rules(**changed))
    assert answer.status_code == 422 and said in text(answer) and not Policy.objects.exists()


def test_a_lead_time_that_is_not_on_offer_stays(house, browse):
    Policy.objects.create(program=house.program, lead_minutes=[45], quiet_from=dt.time(21, 15))
    page = browse(house.admin).get("/desk/rules/")
    assert "45 minutes" in text(page) and fields(page, "way_0")["quiet_from"] == "21:15"
    browse(house.admin).post("/desk/rules/", rules(lead_minutes=["45"], quiet_from="21:15"))
    assert Policy.objects.get().lead_minutes == [45]


# --- notices


def test_staff_read_their_own(house, browse):
    make_notices(house.alice, path="/desk/week/")
    make_notices(house.bob, subject="For Bob")
    page = text(browse(house.alice).get("/desk/notices/"))
    assert "News 0" in page and "It is off." in page and 'href="/desk/week/"' in page and "For Bob" not in page
    assert Notice.objects.filter(read_at=None).count() == 1
    assert browse(house.pat.user).get("/desk/notices/").status_code == 403
