"""One's own record in a real browser: read, download, ask for a correction; and staff's pages of what is asked."""

import pytest
from playwright.sync_api import expect

from clinical.models import AmendmentRequest, RecordExport
from clinical.services import amendments, release
from clinical.services.addenda import add_addendum
from clinical.services.measures import record_response
from clinical.tests.documenting import sign_one
from tests.browser import chromium, picture, violations
from tests.clinical_factories import make_plan
from tests.desk_browser import held, open_as  # noqa: F401 - a fixture
from tests.factories import PASSWORD

pytestmark = pytest.mark.xdist_group("browser-portal")
LONG = "Spoke of the week with her mother, and of what helped: a walk, a call, going to bed early. " * 4


@pytest.fixture(scope="module")
def chrome():
    with chromium() as found:
        yield found


@pytest.fixture
def full(held):  # noqa: F811
    """Pat with notes, one of them corrected, one withheld; a plan, answers, requests in every state."""
    pat, alice = held.pat, held.alice
    visit = sign_one(pat, alice, said=LONG)
    add_addendum(note=None, thing=visit, text="The call was on Tuesday.", kind="correction", by=alice)
    hidden = sign_one(pat, alice, "case_management", said="A neighbor called")
    release.withhold(thing=hidden, ground="other_person", reason="She named him.", by=alice)
    plan = make_plan(held.pat_episode, alice)
    record_response(
        measure="phq9",
        answers={str(n): 1 for n in range(1, 9)} | {"9": 0},
        mode="self",
        by=pat.user,
        episode=held.pat_episode,
    )
    asked = {"patient": pat, "by": pat.user}
    amendments.ask(thing=None, wish="My phone number is an old one.", why="I moved.", **asked)
    refused = amendments.ask(thing=plan, wish="I never said I drink to sleep.", why="It was about worry.", **asked)
    amendments.decide(request=refused, decision="denied", basis="correct", answer="We read it again.", by=alice)
    amendments.disagree(request=refused, text="I see it differently.", by=pat.user)
    held.visit, held.hidden, held.plan, held.refused = visit, hidden, plan, refused
    return held


def test_asking_and_downloading(full, live_server, chrome):
    page, complaints = open_as(chrome, live_server, full.pat.user, viewport={"width": 390, "height": 844})
    page.goto("/my/record/")
    page.get_by_role("link", name="Notes").first.click()
    page.get_by_role("link", name="Individual session").click()
    expect(page.get_by_text("The call was on Tuesday.")).to_be_visible()
    page.get_by_role("link", name="Something is wrong here").click()
    page.get_by_label("What should be changed, and how?").fill("It was my aunt.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Please write something here.")).to_be_visible()
    page.get_by_label("Why?").fill("I live with her.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your team is looking at it.")).to_be_visible()
    assert AmendmentRequest.objects.get(document=full.visit).wish == "It was my aunt."
    page.goto("/my/record/download/")  # the sign-in is older than this browser knows: who is it?
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="To read and print (PDF)").click()
    assert saved.value.suggested_filename == "my-record.pdf" and RecordExport.objects.get().form == "pdf"
    assert [said for said in complaints if "422" not in said] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_accessible_with_much_in_them(full, live_server, chrome, scheme, width):
    seen = {"color_scheme": scheme, "viewport": {"width": width, "height": 844}}
    staff, complaints = open_as(chrome, live_server, full.alice, **seen)
    for name, address in {
        "requests": "/desk/corrections/",
        "request": f"/desk/corrections/{full.refused.uid}/",
        "withheld": f"/desk/withhold/{full.hidden.uid}/",
        "withhold": f"/desk/withhold/{full.visit.uid}/",
        "document": f"/desk/documents/{full.visit.uid}/",
    }.items():
        staff.goto(address)
        assert violations(staff) == [], name
        assert not staff.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} scrolls sideways"
        picture(staff, f"record-desk-{name}-{width}-{scheme}")
    full.pat.user.language = "es" if scheme == "dark" else "en"
    full.pat.user.save(update_fields=["language"])
    page, more = open_as(chrome, live_server, full.pat.user, **seen)
    for name, path in {
        "index": "",
        "notes": "notes/",
        "note": f"notes/{full.visit.uid}/",
        "withheld": f"notes/{full.hidden.uid}/",
        "plans": "plans/",
        "plan": f"plans/{full.plan.uid}/",
        "answers": "answers/",
        "looked": "looked/",
        "corrections": "corrections/",
        "new": "corrections/new/",
        "refused": f"corrections/{full.refused.uid}/",
    }.items():
        page.goto(f"/my/record/{path}")
        assert violations(page) == [], name
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} scrolls sideways"
        picture(page, f"record-{name}-{width}-{scheme}")
    assert complaints == more == []
