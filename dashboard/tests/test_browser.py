"""Staff's pages in a real browser: accessible by axe-core, nothing wider than the screen, nothing refused by the CSP."""

import pytest

from clinical.models import Status
from groups.models import Membership
from scheduling.models import Session
from tests.browser import violations
from tests.desk import attend, document
from tests.desk_browser import chrome, held, open_as

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_pages_are_accessible_and_fit(held, live_server, chrome, width, scheme):
    over, *_between, coming = Session.objects.filter(group=held.group).order_by("starts_at")
    attend(over, held.alice, Quinn=Status.NO_SHOW)
    document(over, held.alice, Pat="Spoke of the weekend.")
    note = held.pat.notes.get()
    member = Membership.objects.get(patient=held.pat)
    of_alice = [
        "/desk/",
        "/desk/week/",
        "/desk/series/",
        f"/desk/series/{held.group.uid}/",
        f"/desk/series/{held.group.uid}/join/",
        f"/desk/series/{held.group.uid}/wait/",
        f"/desk/sessions/{over.uid}/",
        f"/desk/sessions/{over.uid}/roll-call/",
        f"/desk/sessions/{over.uid}/notes/",
        f"/desk/sessions/{coming.uid}/cancel/",
        f"/desk/sessions/{coming.uid}/move/",
        f"/desk/members/{member.uid}/leave/",
        f"/desk/notes/{note.uid}/",
        "/desk/people/",
        f"/desk/people/{held.pat.uid}/",
        "/desk/hours/",
    ]
    of_bob = ["/desk/people/new/", f"/desk/people/{held.pat.uid}/end/"]
    for reader, addresses in ((held.alice, of_alice), (held.bob, of_bob), (held.billing, ["/desk/hours/"])):
        page, complaints = open_as(
            chrome, live_server, reader, viewport={"width": width, "height": 844}, color_scheme=scheme
        )
        for address in addresses:
            page.goto(address)
            assert page.locator("main h1").count() == 1, address
            assert violations(page) == [], address
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{address} scrolls sideways"
        assert complaints == []
