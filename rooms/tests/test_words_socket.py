"""Words over real sockets: whoever comes back hears what they missed, and nobody what was said before they were let in."""

import pytest

from rooms.models import Participant
from rooms.tests.live import Page, let_in, settled

pytestmark = pytest.mark.xdist_group("live")


def texts(page: Page) -> list[str]:
    return [said["d"]["text"] for said in page.told if said.get("k") in ("chat.line", "prompt.shared")]


def test_whoever_comes_back_hears_what_they_missed_once(on_air):
    live, house, session = on_air
    let_in(house, session, house.pat)
    alice, pat = Page(live, house.alice, session), Page(live, house.pat.user, session)
    pat.until("state")
    alice.until("state")
    pat.do("chat.say", to="leaders", text="Before")
    place = max(pat.until("chat.line")["n"], *(said["n"] for said in pat.told if "n" in said))
    pat.close()
    alice.do("chat.say", to="all", text="While Pat was away")
    alice.do("chat.say", to="leaders", text="Among leaders")
    alice.do("prompt.open", kind="writing", text="Write to yourself.")

    back = Page(live, house.pat.user, session, after=place)
    assert back.hear() == {"k": "again", "n": place}
    back.until("prompt.open")
    assert texts(back) == ["While Pat was away"] and not any(said["k"] == "state" for said in back.told)
    alice.do("chat.say", to="all", text="And now")
    back.until("chat.line")
    assert texts(back) == ["While Pat was away", "And now"]

    for odd in ("0", "-1", "9" * 30, "x", str(place + 10_000)):
        page = Page(live, house.pat.user, session, after=odd)
        assert page.hear()["k"] == "state" and texts(page) == []
        page.close()

    # Quinn comes late, and says they were here from the beginning.
    let_in(house, session, house.quinn)
    late = Page(live, house.quinn.user, session, after=1)
    assert late.hear()["k"] == "state"
    alice.do("chat.say", to="all", text="Welcome")
    late.until("chat.line")
    assert texts(late) == ["Welcome"], "nothing of what was said before they were let in"

    # At once, by several, in one order for everybody.
    pages = [back, late]
    for n in range(5):
        for page in pages:
            page.do("chat.say", to="all", text=f"{page.state.get('me', {}).get('key', 'pat')} {n}")
    settled(alice, *pages)
    assert texts(back)[-11:] == texts(late)[-11:] == texts(alice)[-11:] and len(texts(late)) == 12
    assert Participant.objects.get(patient=house.pat).chat_lines.count() == 6
