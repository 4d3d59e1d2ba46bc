"""The documentation of a session without scripts: the shared part, a row for each person, signing."""

import datetime as dt

import pytest

from clinical.models import GroupNote, Objective, Overrule, ProgressNote, Status
from clinical.services import Draft, save_drafts
from groups.models import Facilitator
from patients.models import Episode, Patient
from patients.services import end_care_team
from scheduling.models import Session
from scheduling.services import cancel_session, lead_group, seat_member
from tests.desk import SHARED, Readings, attend, count, fields, make_plan, more_people, sign, text, told, write
from tests.factories import PASSWORD, make_staff

QUERIES = 25
SAVING = 62
DIFFERENT = (
    "Spoke of payday as the hour when cravings come.",
    "Quiet at first; later drew the line from shame to isolation.",
    "Asked a peer how mornings go without coffee and a cigarette.",
    "Left the room once, came back and told why.",
    "Read the worksheet aloud and disagreed with its third question.",
    "Plans to ring a sponsor before Friday’s dinner.",
    "Laughed about relapse dreams, then was moved.",
    "Kept the camera off while a neighbour hammered.",
)
TODAY = dt.date(2026, 3, 2)
SIGN = {"sign": "1", "password": PASSWORD}


def address(house) -> str:
    return f"/desk/sessions/{house.session.uid}/notes/"


@pytest.fixture
def held(house, clock):
    """The session is over; Pat and Quinn were there. Dana leads it with Alice."""
    house.dana = make_staff(house.program, first="Dana", last="Cofacilitator", supervisor=house.bob)
    lead_group(group=house.group, user=house.dana, part=Facilitator.Part.CO, from_day=TODAY)
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    for episode in (house.pat_episode, house.quinn_episode):
        make_plan(episode, house.alice, "Uses a coping skill when cravings come")
    return house


def shared(**changes) -> dict:
    return {f"shared-{name}": words for name, words in (SHARED | changes).items()}


def own(person, words: str) -> dict:
    """Their text, no risk, and the first objective of their plan when they have one."""
    objective = Objective.objects.filter(goal__problem__plan__patient=person).order_by("pk").first()
    sent = {f"p{person.pk}-text": words, f"p{person.pk}-risk": "none"}
    return sent | ({f"p{person.pk}-plan_objective": str(objective.pk)} if objective else {})


def complete(house, **words: str) -> None:
    """Drafts that lack nothing, by first name; written by Alice."""
    write(house.session, house.alice, **words)
    for draft in ProgressNote.objects.filter(session=house.session):
        objective = Objective.objects.filter(goal__problem__plan__patient=draft.patient).first()
        ProgressNote.objects.filter(pk=draft.pk).update(risk="none", plan_objective=objective)


def stored(person) -> str | None:
    note = ProgressNote.objects.filter(patient=person).first()
    return note and note.text


def signed() -> set[str]:
    return set(ProgressNote.objects.signed().values_list("patient__legal_first_name", flat=True))


def test_doors(held, browse):
    page = address(held)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (held.coordinator, held.admin, held.billing, held.pat.user):
        assert browse(stranger).get(page).status_code == 403
        assert browse(stranger).post(page, own(held.pat, "x")).status_code == 403
    assert browse(held.charlie).get(page).status_code == 404
    assert browse(held.charlie).post(page, own(held.pat, "x")).status_code == 404
    for reader in (held.alice, held.dana, held.bob):
        assert browse(reader).get(page).status_code == 200
    assert stored(held.pat) is None


def test_a_fixed_number_of_queries(house, browse, clock):
    big = more_people(house, 8)[0].memberships.get().group
    clock.shift(dt.timedelta(hours=7))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    write(house.session, house.alice, Pat="A draft.")
    many = Session.objects.filter(group=big).earliest("starts_at")
    attend(many, house.alice, **{f"More{n}": Status.PRESENT for n in range(6)}, More6=Status.NO_SHOW)
    write(many, house.alice, **{f"More{n}": f"Text {n}" for n in range(4)})
    client = browse(house.alice)
    assert count(client, address(house)) == QUERIES
    page = f"/desk/sessions/{many.uid}/notes/"
    assert count(client, page) == QUERIES
    sign(many, house.alice)
    assert ProgressNote.objects.signed().count() == 4
    assert count(client, page) == QUERIES


def test_saving_and_signing_take_a_fixed_number_of_queries(house, browse, clock, django_assert_num_queries):
    big = more_people(house, 8)[0].memberships.get().group
    clock.shift(dt.timedelta(hours=7))
    many = Session.objects.filter(group=big).earliest("starts_at")
    attend(house.session, house.alice, Pat=Status.PRESENT)
    attend(many, house.alice, **{f"More{n}": Status.PRESENT for n in range(8)})
    for episode in Episode.objects.exclude(patient=house.robin):
        make_plan(episode, house.alice, "Uses a coping skill when cravings come")
    for session in (house.session, many):
        client = browse(house.alice)
        page = f"/desk/sessions/{session.uid}/notes/"
        sent = fields(client.get(page), "shared-topic")
        people = Patient.objects.filter(attendances__session=session)
        rows = {}
        for person, words in zip(people, DIFFERENT, strict=False):
            rows |= own(person, words)
        with django_assert_num_queries(SAVING):
            assert client.post(page, sent | shared() | rows | SIGN).status_code == 302
    assert ProgressNote.objects.signed().count() == 9


def test_who_is_shown_is_on_the_record_and_nobody_else(held, browse):
    readings = Readings()
    page = text(browse(held.bob).get(address(held)))
    assert "Peerson" in page and "Quill" in page and readings.of(held.bob) == {"Pat", "Quinn"}


def test_nobody_is_read_where_nobody_is_shown(house, browse, clock):
    """Before it begins."""
    client = browse(house.alice)
    readings = Readings()
    page = client.get(address(house))
    assert "Notes open when the session begins." in text(page) and "Peerson" not in text(page)
    page = client.post(address(house), shared())
    assert page.status_code == 422 and "once the session has begun" in text(page)
    assert readings.of(house.alice) == set()
    clock.shift(dt.timedelta(hours=3))
    page = browse(house.alice).get(address(house))
    assert "Peerson" in text(page) and "/roll-call/" in text(page)
    assert readings.of(house.alice) == {"Pat", "Quinn"}


def test_somebody_absent_has_no_text(house, browse, clock):
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    client = browse(house.alice)
    page = client.get(address(house))
    sent = fields(page, "shared-topic")
    assert f"p{house.pat.pk}-text" in sent and f"p{house.quinn.pk}-text" not in sent
    assert "Quinn Quill" in text(page) and "No note: not there." in text(page)
    page = client.post(address(house), sent | own(house.pat, "Spoke.") | own(house.quinn, "Was not there."))
    assert page.status_code == 422 and "Only somebody who attended gets a note." in text(page)
    kept = fields(page, "shared-topic")
    assert kept[f"p{house.quinn.pk}-text"] == "Was not there." and kept[f"p{house.pat.pk}-text"] == "Spoke."
    assert stored(house.pat) is stored(house.quinn) is None


def test_nobody_attended(house, browse, clock):
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.EXCUSED, Quinn=Status.NO_SHOW)
    page = browse(house.alice).get(address(house))
    assert "No note: not there." in text(page) and 'name="sign"' not in text(page)
    assert not any(name.endswith("-text") for name in fields(page, f"p{house.pat.pk}-status"))


def test_drafts_are_kept(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic")
    typed = "Spoke of <b>triggers</b> & “plans”.\r\n\r\nA second part — ¡sí!"
    page = client.post(address(held), sent | shared() | own(held.pat, typed) | {"save": "1"}, follow=True)
    assert told(page) == ["Saved as drafts."] and stored(held.pat) == typed.replace("\r\n", "\n")
    assert stored(held.quinn) is None and GroupNote.objects.get().objective == SHARED["objective"]
    again = fields(page, "shared-topic")
    assert again[f"p{held.pat.pk}-text"] == typed and again["shared-intervention"] == SHARED["intervention"]
    assert "&lt;b&gt;triggers&lt;/b&gt;" in text(page)
    client.post(address(held), again | {"save": "1"})  # untouched: nothing is written
    assert ProgressNote.objects.get().version == GroupNote.objects.get().version == 1


def test_the_topic_is_proposed_and_not_written_by_itself(held, browse):
    held.group.topic = "Triggers"
    held.group.save()
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic")
    assert sent["shared-topic"] == "Triggers"
    client.post(address(held), sent | own(held.pat, "Spoke.") | {"save": "1"})
    assert not GroupNote.objects.exists() and stored(held.pat) == "Spoke."


def test_all_complete_notes_are_signed_and_the_others_say_what_they_lack(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic")
    page = client.post(address(held), sent | shared() | own(held.pat, "Spoke.") | SIGN, follow=True)
    assert told(page) == [
        "1 note is signed.",
        "Quinn Quill stays a draft: no text of their own yet.",
    ]
    assert signed() == {"Pat"} and "Signed by Alice Clinician, LMFT" in text(page)
    page = client.post(address(held), fields(page, "shared-topic") | own(held.quinn, "Listened.") | SIGN, follow=True)
    assert told(page) == ["1 note is signed."] and signed() == {"Pat", "Quinn"}
    assert "<textarea" not in text(page) and "Name two triggers" in text(page) and 'name="sign"' not in text(page)


def test_what_keeps_a_note_from_being_signed(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic")
    page = client.post(address(held), sent | shared(objective=" ") | own(held.pat, "Spoke.") | SIGN, follow=True)
    assert "needs objective, topic and intervention" in told(page)[0] and signed() == set()
    sent = fields(page, "shared-topic") | shared()
    page = client.post(address(held), sent | own(held.pat, "Same.") | own(held.quinn, " same. ") | SIGN, follow=True)
    assert told(page) == ["2 notes stay drafts (the text is the same as another person’s): Pat Peerson, Quinn Quill."]
    assert signed() == set() and stored(held.quinn) == "same."


@pytest.mark.parametrize(
    ("given", "said"),
    [("", "Enter your password to sign."), ("wrong", "This is not your password. Nothing is signed.")],
)
def test_without_the_password_it_is_saved_and_not_signed(held, browse, given, said):
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic") | {"sign": "1", "password": given}
    page = client.post(address(held), sent | shared() | own(held.pat, "Spoke."))
    assert page.status_code == 422 and said in text(page) and "Saved, not signed." in text(page)
    assert signed() == set() and stored(held.pat) == "Spoke." and GroupNote.objects.get().topic == "Triggers"
    assert fields(page, "shared-topic")[f"p{held.pat.pk}-version"] == "1"  # what is stored, ready to be signed
    page = client.post(address(held), fields(page, "shared-topic") | SIGN, follow=True)
    assert told(page)[0] == "1 note is signed."


def test_before_the_end_it_is_saved_and_not_signed(house, browse, clock):
    clock.shift(dt.timedelta(hours=1, minutes=30))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    client = browse(house.alice)
    page = client.get(address(house))
    assert "once the session is over, at 10:30 AM" in text(page) and 'name="sign"' not in text(page)
    sent = fields(page, "shared-topic") | shared() | own(house.pat, "Spoke.") | SIGN
    page = client.post(address(house), sent, follow=True)
    assert told(page) == ["Saved, not signed. Notes can be signed once the session is over."]
    assert signed() == set() and stored(house.pat) == "Spoke."


def test_pressed_twice(held, browse):
    client = browse(held.alice)
    sent = fields(client.get(address(held)), "shared-topic")
    sent |= shared() | own(held.pat, "Spoke.") | own(held.quinn, "Listened.") | SIGN
    first, second = client.post(address(held), sent), client.post(address(held), sent)
    assert first.status_code == second.status_code == 302
    assert told(client.get(address(held))) == ["2 notes are signed.", "These notes are signed already."]
    assert ProgressNote.objects.signed().count() == 2


def test_two_write_different_people(held, browse):
    """Facilitators share the work: each saves their half, and neither empties the other's."""
    alice, dana = browse(held.alice), browse(held.dana)
    of_alice, of_dana = (fields(c.get(address(held)), "shared-topic") for c in (alice, dana))
    alice.post(address(held), of_alice | shared() | own(held.pat, "By Alice."))
    assert dana.post(address(held), of_dana | own(held.quinn, "By Dana.")).status_code == 302
    assert (stored(held.pat), stored(held.quinn)) == ("By Alice.", "By Dana.")
    assert GroupNote.objects.get().objective == SHARED["objective"]


def test_changed_meanwhile_shows_both_and_saving_again_decides(held, browse):
    alice, dana = browse(held.alice), browse(held.dana)
    of_alice, of_dana = (fields(c.get(address(held)), "shared-topic") for c in (alice, dana))
    alice.post(address(held), of_alice | shared() | own(held.pat, "By Alice."))
    mine = of_dana | shared(topic="Cravings") | own(held.pat, "By Dana.") | own(held.quinn, "Also by Dana.")
    page = dana.post(address(held), mine)
    assert page.status_code == 422 and "Alice Clinician changed the shared part meanwhile." in text(page)
    assert "As stored now" in text(page) and "Name two triggers" in text(page)
    kept = fields(page, "shared-topic")
    assert kept["shared-topic"] == "Cravings" and kept[f"p{held.quinn.pk}-text"] == "Also by Dana."
    assert stored(held.quinn) is None  # all or nothing
    page = dana.post(address(held), kept)  # the shared part is decided; Pat's text was not shown yet
    assert page.status_code == 422 and "Alice Clinician changed Pat Peerson’s note meanwhile." in text(page)
    assert "By Alice." in text(page) and fields(page, "shared-topic")[f"p{held.pat.pk}-text"] == "By Dana."
    assert stored(held.pat) == "By Alice."
    assert dana.post(address(held), fields(page, "shared-topic")).status_code == 302
    assert (stored(held.pat), stored(held.quinn)) == ("By Dana.", "Also by Dana.")
    assert GroupNote.objects.get().topic == "Cravings"


def test_what_was_left_alone_shows_what_is_stored_by_now(held, browse):
    alice, dana = browse(held.alice), browse(held.dana)
    of_alice, of_dana = (fields(c.get(address(held)), "shared-topic") for c in (alice, dana))
    alice.post(address(held), of_alice | shared() | own(held.pat, "By Alice.") | own(held.quinn, "Hers too."))
    page = dana.post(address(held), of_dana | own(held.pat, "By Dana."))
    assert page.status_code == 422 and fields(page, "shared-topic")[f"p{held.quinn.pk}-text"] == "Hers too."


def test_nobody_signs_what_they_have_not_read(held, browse):
    """Dana changed two texts since Alice opened the page: her tick does not cover them."""
    complete(held, Pat="First.", Quinn="First of Quinn.")
    alice = browse(held.alice)
    of_alice = fields(alice.get(address(held)), "shared-topic")
    save_drafts(session=held.session, drafts=[Draft(held.quinn.pk, "Dana’s words.", 1)], by=held.dana)
    page = alice.post(address(held), of_alice | SIGN, follow=True)
    assert told(page) == [
        "1 note is signed.",
        "Quinn Quill stays a draft: it was changed meanwhile: read it first.",
    ]
    page = alice.post(address(held), fields(page, "shared-topic") | SIGN, follow=True)
    assert told(page) == ["1 note is signed."] and signed() == {"Pat", "Quinn"}


def test_nobody_signs_a_shared_part_they_have_not_read(held, browse):
    complete(held, Pat="First.")
    alice, dana = browse(held.alice), browse(held.dana)
    of_alice, of_dana = (fields(c.get(address(held)), "shared-topic") for c in (alice, dana))
    dana.post(address(held), of_dana | {"shared-topic": "Cravings"})
    page = alice.post(address(held), of_alice | SIGN, follow=True)
    assert told(page) == [
        "Saved, not signed. Dana Cofacilitator changed the shared part meanwhile. Read it, then sign."
    ]
    assert signed() == set() and GroupNote.objects.get().topic == "Cravings"


def test_signed_while_the_page_was_open(held, browse):
    """What was typed for the sealed note is not lost: it is shown, to be made an addendum of."""
    complete(held, Pat="First.")
    dana = browse(held.dana)
    of_dana = fields(dana.get(address(held)), "shared-topic")
    sign(held.session, held.alice)
    page = dana.post(address(held), of_dana | own(held.pat, "Better words.") | own(held.quinn, "Listened."))
    assert page.status_code == 422 and "signed and sealed. Add an addendum instead." in text(page)
    assert "What you wrote, not saved:" in text(page) and "Better words." in text(page)
    sent = fields(page, "shared-topic")
    assert sent[f"p{held.quinn.pk}-text"] == "Listened." and f"p{held.pat.pk}-text" not in sent
    assert dana.post(address(held), sent).status_code == 302
    assert (stored(held.pat), stored(held.quinn)) == ("First.", "Listened.")


def test_found_absent_while_the_page_was_open(held, browse):
    client = browse(held.dana)
    sent = fields(client.get(address(held)), "shared-topic")
    attend(held.session, held.alice, Quinn=Status.NO_SHOW)
    page = client.post(address(held), sent | own(held.quinn, "Listened."))
    assert page.status_code == 422 and "Only somebody who attended gets a note." in text(page)
    kept = fields(page, "shared-topic")
    assert kept[f"p{held.quinn.pk}-text"] == "Listened."
    assert client.post(address(held), kept | own(held.quinn, "")).status_code == 302


def test_a_page_without_its_hidden_fields(held, browse):
    """Versions that are missing or are no numbers count as nothing seen: refused beside the text, never an error page."""
    complete(held, Pat="First.")
    client = browse(held.alice)
    for odd in ({}, {"version": "x"}, {"version": "-1"}, {"version": "9" * 5000}, {"seen": "x", "version": ""}):
        hidden = {f"p{held.pat.pk}-{name}": value for name, value in odd.items()}
        page = client.post(address(held), own(held.pat, "Other.") | shared() | hidden)
        assert page.status_code == 422 and "changed Pat Peerson’s note meanwhile" in text(page), odd
    assert client.post(address(held), {}).status_code == 422
    page = client.post(address(held), own(held.pat, "a\x00b") | shared())
    assert page.status_code == 422 and "Null characters are not allowed." in text(page)
    assert stored(held.pat) == "First."


def test_cancelled_meanwhile(house, browse):
    cancel_session(session=house.session, reason="Snow")
    client = browse(house.alice)
    for answer in (client.get(address(house), follow=True), client.post(address(house), shared(), follow=True)):
        assert told(answer) == ["This session was cancelled: there is nothing to document."]


def test_whoever_is_out_of_sight_is_neither_shown_nor_signed(held, browse):
    """Quinn's draft is complete, and Alice may no longer read it: signing leaves it and names nobody."""
    complete(held, Pat="Spoke.", Quinn="Listened.")
    for source in (f"primary:{held.quinn_episode.pk}", f"group:{held.group.pk}"):
        end_care_team(source=source, patient=held.quinn)
    client = browse(held.alice)
    readings = Readings()
    page = client.get(address(held))
    assert "Quill" not in text(page) and "Listened." not in text(page) and "1 more person was expected" in text(page)
    page = client.post(address(held), fields(page, "shared-topic") | SIGN, follow=True)
    assert told(page) == ["1 note is signed."] and signed() == {"Pat"}
    assert readings.of(held.alice) == {"Pat"}


def test_a_supervisor_writes_and_signs_for_whom_they_see(house, browse, clock):
    seat_member(group=house.group, episode=house.robin_episode, joined_on=TODAY)
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.PRESENT, Robin=Status.PRESENT, Quinn=Status.EXCUSED)
    for episode in (house.pat_episode, house.robin_episode):
        make_plan(episode, house.alice, "Uses a coping skill when cravings come")
    complete(house, Pat="Spoke.", Robin="Robin’s own words.")
    client = browse(house.bob)
    page = client.get(address(house))
    assert "Rosenquist" not in text(page) and "Robin’s own words." not in text(page)
    page = client.post(address(house), fields(page, "shared-topic") | SIGN, follow=True)
    assert told(page) == ["1 note is signed."] and signed() == {"Pat"}
    assert ProgressNote.objects.get(patient=house.pat).seal["attending"] == 2


def test_a_warning_that_is_wrong_is_overruled_with_a_reason(house, browse, clock):
    """Pat has no plan yet: the page asks why the note names no objective; the reason is kept."""
    clock.shift(dt.timedelta(hours=3))
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "shared-topic") | {f"p{house.pat.pk}-status": "present"}
    page = client.post(address(house), sent | shared() | own(house.pat, "Spoke.") | SIGN, follow=True)
    assert told(page) == ["Pat Peerson stays a draft: no objective of the treatment plan."] and signed() == set()
    assert "has no treatment plan in force" in text(page)
    sent = fields(page, "shared-topic")
    (reason,) = (name for name in sent if name.startswith("overrule-"))
    page = client.post(address(house), sent | SIGN | {reason: "The plan is written on Friday."}, follow=True)
    assert told(page) == ["1 note is signed."] and signed() == {"Pat"}
    kept = Overrule.objects.get()
    assert (kept.reason, kept.by) == ("The plan is written on Friday.", house.alice)


def test_attendance_and_the_whole_note_in_one_go(house, browse, clock):
    """Every column of a row, and of the shared part; untouched once more, nothing is written."""
    (aim,) = make_plan(house.pat_episode, house.alice, "Uses a coping skill")
    clock.shift(dt.timedelta(hours=3))
    client = browse(house.alice)
    sent = fields(client.get(address(house)), "shared-topic") | shared(
        activities="Worksheet", handouts="Handout 3", homework="A diary", began_at="09:05", stopped_at="10:35"
    )
    row = {"status": "late", "minutes": "40", "participation": "0", "engagement": "4", "affect": "anxious"}
    row |= {"text": "Spoke.", "plan_objective": str(aim.pk), "progress": "-1", "risk": "reported"}
    row |= {"risk_text": "Said …; called.", "tech_trouble": "on", "trouble_text": "Sound", "camera_on": "False"}
    row |= {"homework_done": "True", "next_step": "Ring them."}
    sent |= {f"p{house.pat.pk}-{name}": value for name, value in row.items()} | {"shared-break_minutes": "10"}
    page = client.post(address(house), sent | {"save": "1"}, follow=True)
    assert told(page) == ["Saved as drafts."]
    note, group = ProgressNote.objects.select_related("attendance").get(), GroupNote.objects.get()
    assert (note.attendance.status, note.attendance.minutes, note.attendance.participation) == ("late", 40, 0)
    assert note.attendance.possible_minutes == 80
    assert (note.engagement, note.affect, note.plan_objective, note.progress) == (4, "anxious", aim, -1)
    assert (note.risk, note.risk_text, note.tech_trouble, note.place_trouble) == (
        "reported",
        "Said …; called.",
        True,
        False,
    )
    assert (note.trouble_text, note.camera_on, note.homework_done, note.next_step) == (
        "Sound",
        False,
        True,
        "Ring them.",
    )
    assert (group.activities, group.handouts, group.homework, group.break_minutes) == (
        "Worksheet",
        "Handout 3",
        "A diary",
        10,
    )
    assert group.began_at == house.session.starts_at + dt.timedelta(minutes=5)
    again = fields(page, "shared-topic")
    assert {name: again[f"p{house.pat.pk}-{name}"] for name in row} == row
    assert client.post(address(house), again | {"save": "1"}).status_code == 302
    assert ProgressNote.objects.get().version == GroupNote.objects.get().version == 1
