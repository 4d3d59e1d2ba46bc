"""Every panel of the room with long names in it: opened anew in dark on a phone and in light on a desk; both looks of each."""

import pytest
from playwright.sync_api import expect

from patients.models import Patient
from rooms.models import Participant
from rooms.tests.live import let_in
from rooms.tests.pressing import close_panels, in_both_looks, panel
from rooms.tests.scene import live, meanwhile

pytestmark = pytest.mark.xdist_group("live")
LONG = {"pat": "Wolfeschlegelsteinhausenbergerdorff-Anna", "quinn": "Maximiliana Konstantina von Papadopoulou"}
WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"
LOOKS = [(390, "dark"), (1280, "light")]


class Three:
    """Alice’s, Pat’s and Quinn’s pages; Pat and Quinn are called what is hard to fit."""

    def __init__(self, pages, width: int, scheme: str):
        self.house, self.look = pages.house, f"{width}-{scheme}"
        for name, said in LONG.items():
            Patient.objects.filter(pk=getattr(self.house, name).pk).update(display_name=said)
        let_in(self.house, pages.session)
        look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
        self.alice, self.pat = pages(self.house.alice, **look), pages(self.house.pat.user, **look)
        self.quinn = pages(self.house.quinn.user)
        for page in (self.alice, self.pat, self.quinn):
            expect(page.locator("#inside")).to_be_visible()

    def ask(self, user, what: str, **given) -> object:
        """Somebody asks for something on another page of theirs."""
        return meanwhile(lambda: live.run(Participant.objects.get(user=user).pk, what, given))

    def seen(self, name: str, page, *panels: str) -> None:
        """Each of these panels of a page, then the room without one where it is a phone."""
        for one in panels:
            panel(page, one)
            in_both_looks(f"looks-{name}-{one}", page)
        if page.viewport_size["width"] < 1000:
            close_panels(page)
            in_both_looks(f"looks-{name}", page)


@pytest.fixture(params=LOOKS, ids=["phone", "desk"])
def three(request, pages) -> Three:
    made = Three(pages, *request.param)
    yield made
    assert [c for c in pages.complaints if c] == []


def test_before_anything_happened(three):
    three.seen("empty-leader", three.alice, "people", "agenda", "chat", "tools", "own", "leader")
    three.seen("empty", three.pat, "people", "agenda", "chat", "tools", "own")


def test_in_a_round(three):
    alice, house, ask = three.house.alice, three.house, three.ask
    ask(alice, "agenda.begin")
    three.alice.get_by_role("button", name="Start the round").click()
    expect(three.pat.locator("#mine-title")).to_be_visible()
    ask(house.quinn.user, "hand.raise")
    ask(house.pat.user, "chat.say", to="leaders", text=f"{WORD} and what came of it, in the end.")
    ask(alice, "chat.say", to="all", text="Take the time you need.")
    expect(three.alice.locator("#floor-hands")).to_contain_text(LONG["quinn"])
    three.seen("round-leader", three.alice, "people", "agenda", "chat")
    three.seen("round", three.pat, "people", "agenda", "chat")
