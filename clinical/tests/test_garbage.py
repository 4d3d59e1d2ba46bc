"""No page of the record falls over what is sent to it: every form's fields, buttons and hidden values with garbage in them, and
the page that comes next, which has to show what was kept of it."""

import datetime as dt
import traceback
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.access import every_view
from accounts.models import User
from clinical.models import RiskAlert
from clinical.services import risk
from scheduling.models import Session
from tests import examples
from tests.desk import browser_of, document
from tests.factories import PASSWORD

NUL = "\x00"
HUGE = "9" * 31
GARBAGE = (
    "",
    f"a{NUL}b",
    HUGE,
    f"-{HUGE}",
    "00000000-0000-0000-0000-00000000000g",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "9999-12-31",
    "0001-01-01",
    "1e400",
    "²",
    "x" * 5000,
)
FEW = (f"a{NUL}b", HUGE, "9999-12-31T23:59", "0001-01-01T00:00")  # of a form's own fields
# What the pages themselves don't show: fields read straight from what was sent.
MORE = {
    "clinical:open_follow_up": ("patient", "reason", "words", "next"),
    "clinical:measures": ("measure", "withdraw", "aloud"),
    "clinical:measure_rules": ("program", "rule", "may_prorate"),
    "clinical:on_call": ("program", "deed", "crisis_phone"),
    "clinical:alert": ("deed",),
    "clinical:follow_up": ("deed",),
    "clinical:edit_document": ("template", "version", "switch", "refill", "sign", "enter", "confirmed", "passkey"),
    "clinical:autosave_document": ("version", "happened_at", "ended_at", "risk"),
    "clinical:note": ("kind", "about_at", "text", "password", "passkey"),
    "clinical:void": ("reason", "password", "passkey"),
    "clinical:void_document": ("reason", "password", "passkey"),
    "clinical:request": ("deed",),
    "clinical:withhold": ("deed",),
    "portal:correction_new": ("of",),
    "portal:correction": ("deed",),
}


OF_PORTAL = ("portal:check_in", "portal:help_now", "portal:day", "portal:correction_new", "portal:correction")
OF_SUPERVISORS = {
    *("clinical:cosign", "clinical:awaiting", "clinical:send_back", "clinical:void", "clinical:void_document"),
    *("clinical:measure_rules", "clinical:on_call", "clinical:end_shift"),
}


class _Controls(HTMLParser):
    """Every form of a page that is sent: its fields with a value that is fine, its buttons, and what each field may be."""

    def __init__(self):
        super().__init__()
        self.forms: list[tuple[dict, list, dict]] = []  # fields, buttons, attributes
        self._in = False
        self._select = ""

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in = given.get("method", "").lower() == "post"
            if self._in:
                self.forms.append(({}, [], given))
            return
        if not self._in:
            return
        fields, buttons, _given = self.forms[-1]
        name, kind = given.get("name", ""), given.get("type", "")
        if tag == "option" and self._select and given.get("value"):
            fields[self._select] = given["value"]
        if not name:
            return
        if tag == "button" or kind == "submit":
            buttons.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
            fields[name] = ""
        elif tag == "textarea":
            fields[name] = "Some words."
        elif tag == "input":
            fields[name] = given.get("value") or self._fine(kind, name)

    def _fine(self, kind: str, name: str) -> str:
        soon = timezone.localtime() + dt.timedelta(days=1)
        return {
            "password": PASSWORD,
            "date": f"{soon:%Y-%m-%d}",
            "datetime-local": f"{soon:%Y-%m-%dT%H:%M}",
            "number": "1",
            "checkbox": "on",
        }.get(kind, "Words")

    def handle_endtag(self, tag):
        if tag == "form":
            self._in = False
        elif tag == "select":
            self._select = ""


def bodies(page: str, more: tuple[str, ...]) -> list[dict]:
    """Each form with each of its buttons: as it stands, and with garbage in one field at a time, or in all of them."""
    parser = _Controls()
    parser.feed(page)
    found = []
    forms = [(fields, buttons) for fields, buttons, given in parser.forms if "logout" not in given.get("action", "")]
    if not forms:
        forms = [({}, [])]
    for fields, buttons in forms:
        fields.pop("csrfmiddlewaretoken", None)
        for number, button in enumerate(buttons or [None]):
            whole = fields | (dict([button]) if button else {})
            found.append(whole)
            found += [dict.fromkeys([*whole, *more], bad) for bad in (GARBAGE if number == 0 else FEW)]
            if number == max(0, len(buttons) - 1):  # the last button does the most
                for name in _unlike([*whole, *more]):
                    found += [whole | {name: bad} for bad in (GARBAGE if name in more else FEW)]
    return found


def _unlike(names: list[str]) -> list[str]:
    """Without all but the first of those that differ in a number only (the questions of a measure, the rows of a group)."""
    seen, kept = set(), []
    for name in dict.fromkeys(names):
        shape = "".join("#" if c.isdigit() else c for c in name)
        if shape not in seen:
            seen.add(shape)
            kept.append(name)
    return kept


class _TakenBack(Exception):  # noqa: N818 - ends a savepoint
    pass


def fall(browser, address: str, body: dict) -> str:
    """What a page, or the page it leads to, or itself afterwards, fell over; "" for nothing. What was changed is taken back."""
    cache.clear()  # wrong passwords are counted
    said = ""
    try:
        with transaction.atomic():
            try:
                answer = browser.post(address, body)
                if answer.status_code == 302:  # something was kept: it has to be shown
                    for nxt in (answer["Location"], address):
                        if urlsplit(nxt).path.startswith(("/desk/", "/my/")):
                            browser.get(nxt)
            except Exception:
                said = "".join(traceback.format_exc().splitlines(keepends=True)[-3:])
            raise _TakenBack
    except _TakenBack:
        return said


@pytest.fixture
def world(house, clock, settings, monkeypatch):
    """The house after Tuesday's sessions, with the examples of every matter."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    # Argon2 is slow on purpose, and here are thousands of signatures.
    monkeypatch.setattr(User, "check_password", lambda self, given: given == PASSWORD)
    clock.shift(dt.timedelta(days=1, hours=5))
    sessions = {"own": house.session, "other": Session.objects.filter(group=house.other_group).earliest("starts_at")}
    document(sessions["own"], house.alice, Pat="Their own words.")
    document(sessions["other"], house.charlie, Robin="Their own words.")
    from tests.test_access import _individual_work

    for clinician, episode in ((house.alice, house.pat_episode), (house.charlie, house.robin_episode)):
        _individual_work(clinician, episode)
    examples.make(house, sessions)
    risk.acknowledge(alert=RiskAlert.objects.get(patient=house.pat), by=house.alice)
    return house, sessions


def _pages():
    """The parameters of every page of the record, staff's and patients', by its name."""
    found = {}
    for _route, name, pattern in every_view():
        if (name and name.startswith("clinical:")) or name in OF_PORTAL:
            found[name] = sorted(getattr(pattern.pattern, "converters", None) or ())
    return found


@pytest.mark.parametrize("name", sorted(_pages()))
def test_no_page_falls_over_garbage(world, name):
    house, sessions = world
    from clinical.models import ProgressNote

    uids = {
        "clinical:roll_call": sessions["own"].uid,
        "clinical:notes": sessions["own"].uid,
        "clinical:note": ProgressNote.objects.get(patient=house.pat).uid,
        **examples.uids(house.pat, sessions["own"], house.alice),
    }
    params = _pages()[name]
    kwargs = {"uid": uids.get(name, house.pat.uid)} if "uid" in params else {}
    if "measure" in params:
        kwargs["measure"] = "1"
    address = reverse(name, kwargs=kwargs)
    falls, sent = {}, 0
    for who in _readers(name, house):
        browser = browser_of(who)
        page = browser.get(address)
        if page.status_code in (403, 404):
            continue
        for body in bodies(page.content.decode(), MORE.get(name, ())):
            sent += 1
            if said := fall(browser, address, body):
                falls.setdefault(said.splitlines()[-1][:200] if said else "", (body, said))
    assert sent, name
    told = [f"{dict(list(body.items())[:12])}\n{said}"[:1500] for body, said in falls.values()]
    assert not falls, f"{name}, {len(falls)} ways:\n" + "\n".join(told)


@pytest.mark.parametrize("name", sorted(n for n, params in _pages().items() if not params))
def test_no_page_falls_over_a_strange_address(world, name):
    house, _sessions = world
    browser = browser_of(house.pat.user if name.startswith("portal:") else house.bob)
    for bad in GARBAGE:
        answer = browser.get(
            reverse(name), dict.fromkeys(("session", "page", "kind", "program", "week", "patient"), bad)
        )
        assert answer.status_code in (200, 404, 405), (name, bad)


def _readers(name: str, house):
    """Whoever may send it: a clinician, or where it is theirs alone, their supervisor."""
    if name.startswith("portal:"):
        return [house.pat.user]
    return [house.bob] if name in OF_SUPERVISORS else [house.alice]
