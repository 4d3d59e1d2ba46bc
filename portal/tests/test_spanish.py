"""In Spanish nothing a person in care reads stays English: by what pages ask the catalogue for, and by what they show."""

import datetime as dt
import re
import zoneinfo
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.core import mail
from django.template import engines
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from clinical.models import MeasureAssignment
from core import catalogue, formats
from messaging.services import send_due
from patients.models import Invitation
from patients.services import invitations
from portal.tests.every_page import SIGNED_OUT, account_pages, as_just_signed_in, make_ready, portal_pages, world  # noqa: F401 - a fixture
from portal.tests.helpers import sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

FORMAT = re.compile(r"""\|(?:date|time):(?:"([^"]+)"|'([^']+)')|{% now "([^"]+)"|_format\([^"'\n]*"([^"\n]+)"\)""")
# Words that are the same in both languages, and data of the example house: names, titles, zones, what staff wrote.
SAME = {
    "My schedule", "Plan", "Chat", "No", "Color", "988", "911", "PIN", "988lifeline.org", "min", "Normal", "Total", "Error",
    "PIN.txt", "3 bytes",
    "Virtual IOP", "English", "Español", "Alaska (Anchorage)", "Arizona (Phoenix)", "UTC", "CSV", "JSON", "PDF",
}  # fmt: skip


class _Words(HTMLParser):
    """What of a page is read: texts, and the attributes that are read out or shown."""

    READ = ("title", "aria-label", "alt", "placeholder", "content")

    def __init__(self):
        super().__init__()
        self.found: set[str] = set()
        self.quiet: list[str] = []  # elements inside of which nothing counts
        self.stack: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in ("input", "img", "br", "meta", "link", "hr", "path", "line", "rect", "circle", "source"):
            self.stack.append(tag)
            # Of a hidden list of words for scripts, the names; and what is marked as being in another language.
            is_key = tag == "dt" and self.hidden
            self.hidden = self.hidden or (tag == "dl" and "hidden" in given)
            if is_key or tag in ("script", "style", "svg") or (tag != "html" and given.get("lang") in ("en", "es")):
                self.quiet.append((tag, len(self.stack)))
        if self.quiet:
            return
        for name, value in given.items():
            is_words = name in self.READ and not (tag == "meta" and name == "content")
            is_words |= name.startswith("data-") and " " in (value or "")
            if is_words and value:
                self.found.add(" ".join(value.split()))

    def handle_endtag(self, tag):
        while self.stack:
            last = self.stack.pop()
            if self.quiet and self.quiet[-1][1] > len(self.stack):
                self.quiet.pop()
            if last == tag:
                break
        self.hidden = self.hidden and tag != "dl"

    def handle_data(self, data):
        said = " ".join(data.split())
        if said and not self.quiet:
            self.found.add(said)


def words_of(page: str) -> set[str]:
    """Everything on a page that has two letters in a row, placeholders, units and zones left out."""
    parser = _Words()
    parser.feed(page)
    bare = re.compile(r"\{\w+\}|\b(h|min)\b|\b[A-Z][A-Z]\b|\b[A-Z][SD]T\b")
    return {said for said in parser.found if re.search(r"[^\W\d_]{2}", bare.sub("", said))}


@pytest.fixture
def missed(monkeypatch):
    """Every word that was asked for in Spanish and is in no catalogue, while the test runs."""
    found: set[str] = set()
    spanish = trans_real.translation("es")

    class Fallback(trans_real.gettext_module.NullTranslations):
        def gettext(self, message):
            found.add(message)
            return message

        def ngettext(self, one, many, n):
            found.add(one)
            return one if n == 1 else many

        def npgettext(self, context, one, many, n):
            return self.ngettext(one, many, n)

        def pgettext(self, context, message):
            return self.gettext(message)

    monkeypatch.setattr(spanish, "_fallback", Fallback())
    return found


def speaks(user, language: str) -> None:
    user.language = language
    user.save(update_fields=["language"])


def in_both(client, user, url: str, status: int = 200) -> tuple[str, str]:
    """The page in English and in Spanish."""
    said = []
    for language in ("en", "es"):
        speaks(user, language)
        answer = client.get(url, headers={"Accept-Language": language})
        said.append((answer.status_code, answer.content.decode()))
    assert said[0][0] == said[1][0] == status, f"{url}: {said[0][0]}"
    return said[0][1], said[1][1]


def test_every_page_is_in_spanish(client, world, missed):  # noqa: F811
    house, sessions = world
    user = house.pat.user
    sign_in(client, user)
    as_just_signed_in(client)
    data = _data_of(house)
    faults = []
    pages = portal_pages(house, sessions, fragments=True) + account_pages()
    for page in pages:
        make_ready(page, house, sessions)
        english, spanish = in_both(client, user, page.url)
        left = words_of(english) & words_of(spanish)
        faults += [f"{page.name}: {said!r}" for said in left if not _is_data(said, data)]
        # An English order of a date in Spanish: "marzo 2".
        months = "|".join(("enero", "febrero", "marzo", "abril", "mayo", "junio"))
        faults += [f"{page.name}: {found}" for found in re.findall(rf"\b(?:{months}) \d{{1,2}}\b", spanish)]
        faults += [f"{page.name}: {found}" for found in re.findall(r"\d [AP]M\b|[ap]\.m\.\.", spanish)]
    assert not faults, "\n".join(sorted(set(faults)))
    assert not missed, "\n".join(sorted(missed))


def test_the_walk_finds_what_is_left(client, world, missed, monkeypatch):  # noqa: F811
    """The control: one word taken out of the catalogue is found, by both ways."""
    house, _sessions = world
    spanish = trans_real.translation("es")
    catalog = {k: v for k, v in spanish._catalog.items() if k != "Your hours this week"}
    assert len(catalog) < len(dict(spanish._catalog.items()))
    monkeypatch.setattr(spanish, "_catalog", trans_real.TranslationCatalog(_Holder(catalog)))
    sign_in(client, house.pat.user)
    english, page = in_both(client, house.pat.user, "/my/")
    assert "Your hours this week" in words_of(english) & words_of(page) and "Your hours this week" in missed


class _Holder:
    """What a TranslationCatalog is made from."""

    def __init__(self, catalog):
        self._catalog, self.plural = catalog, lambda n: int(n != 1)


def test_signed_out_pages_follow_the_browser_and_the_switch(client, db, missed):
    for url in SIGNED_OUT:
        english = client.get(url, headers={"Accept-Language": "en"}, follow=True).content.decode()
        spanish = client.get(url, headers={"Accept-Language": "es-MX,es;q=0.9"}, follow=True).content.decode()
        assert '<html lang="es">' in spanish and '<html lang="en">' in english
        assert {w for w in words_of(english) & words_of(spanish) if w not in SAME} == set(), url
    assert not missed
    answer = client.post("/language/", {"language": "es", "next": "/account/login/"}, follow=True)
    assert answer.redirect_chain == [("/account/login/", 302)] and "Iniciar sesión" in answer.content.decode()
    assert "Iniciar sesión" in client.get("/account/login/", headers={"Accept-Language": "en"}).content.decode()
    assert client.post("/language/", {"language": "es", "next": "https://example.org/"}).url != "https://example.org/"


def test_whoever_comes_by_the_link_reads_it_all_in_their_browsers_language(house, settings, missed):
    """From the link in the mail to being in, with what can be wrong on the way."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.CLINIC_PHONE = "(415) 555-0142"
    house.pat.user.set_unusable_password()
    house.pat.user.save()
    seen: dict[str, list[str]] = {}
    for language in ("en", "es"):
        speaks(house.pat.user, "en")
        invitations.invite(patient=house.pat, channel="email", by=house.alice)
        send_due()
        link = re.search(r"https?://[^/]+(/welcome/[\w-]+/)", mail.outbox[-1].body).group(1)
        browser = Client(headers={"Accept-Language": language})
        steps = [
            browser.get(link, follow=True),
            browser.post("/welcome/", {"birth_date": ""}),
            browser.post("/welcome/", {"birth_date": "1991-01-01"}),
            browser.post("/welcome/", {"birth_date": "1990-01-01"}, follow=True),
            browser.post("/welcome/", {"password": "short", "again": "short"}),
            browser.post("/welcome/", {"password": PASSWORD, "again": "another"}),
            browser.get("/welcome/made-up-000000000000000000000000000000000000/", follow=True),
        ]
        seen[language] = [answer.content.decode() for answer in steps]
        revoked = Client(headers={"Accept-Language": language})
        revoked.get(link)
        invitations.revoke(invitation=Invitation.objects.latest("pk"), by=house.alice)
        seen[language].append(revoked.get("/welcome/").content.decode())
    data = _data_of(house)
    for n, (english, spanish) in enumerate(zip(seen["en"], seen["es"], strict=True)):
        assert '<html lang="es">' in spanish and len(words_of(spanish)) > 5, n
        left = {w for w in words_of(english) & words_of(spanish) if not _is_data(w, data)}
        assert left == set(), n
    assert not missed


@pytest.mark.parametrize(
    ("known", "chosen", "wished", "read"),
    [
        ("en", None, "es-MX", "es"),
        ("es", None, "en", "es"),
        ("en", "es", "en", "es"),
        ("es", "en", "es", "en"),
        ("en", None, "fr", "en"),
    ],
)
def test_they_go_on_in_the_language_they_came_in_with(house, client, settings, known, chosen, wished, read):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    house.pat.user.set_unusable_password()
    house.pat.user.save()
    speaks(house.pat.user, known)
    invitations.invite(patient=house.pat, channel="email", by=house.alice)
    send_due()
    wish = {"Accept-Language": wished}
    client.get(re.search(r"https?://[^/]+(/welcome/[\w-]+/)", mail.outbox[-1].body).group(1), headers=wish)
    if chosen:
        client.post("/language/", {"language": chosen, "next": "/welcome/"})
    client.post("/welcome/", {"birth_date": "1990-01-01"}, headers=wish)
    assert f'<html lang="{read}">' in client.get("/welcome/", headers=wish).content.decode()
    client.post("/welcome/", {"password": PASSWORD, "again": PASSWORD}, headers=wish)
    house.pat.user.refresh_from_db()
    assert house.pat.user.language == read
    assert f'<html lang="{read}">' in client.get("/my/start/", headers=wish).content.decode()


@pytest.mark.parametrize("url", ["/my/nothing/", "/my/sessions/00000000-0000-0000-0000-000000000000/join/", "/desk/"])
def test_refusals_are_in_spanish(client, house, missed, url):
    sign_in(client, house.pat.user)
    english, spanish = in_both(client, house.pat.user, url, 403 if "desk" in url else 404)
    left = {w for w in words_of(english) & words_of(spanish) if not _is_data(w, _data_of(house))}
    assert left == set() and not missed


def test_the_error_page_is_in_spanish():
    with translation.override("es"):
        said = engines["django"].get_template("500.html").render()
    assert '<html lang="es">' in said and "Algo salió mal" in said


def test_a_published_wording_stays_and_the_page_says_so(client, world):  # noqa: F811
    house, _sessions = world
    speaks(house.pat.user, "es")
    sign_in(client, house.pat.user)
    seen = set()
    for one in MeasureAssignment.objects.filter(patient=house.pat, state=MeasureAssignment.State.OPEN):
        page = client.get(f"/my/check-ins/{one.uid}/").content.decode()
        own = one.measure in ("check_in", "group_climate")
        assert ("solo están disponibles en inglés" in page) != own
        assert ('<ol class="measure" lang="en">' in page) != own
        seen.add(own)
    assert seen, "no measure was open"


def test_the_catalogue_is_whole():
    """What `script/lint` checks: nothing new, empty or unsure; placeholders and links agree."""
    assert catalogue.faults("es") == []


def test_a_fault_of_the_catalogue_is_found(monkeypatch):
    stored = catalogue.stored("es")
    stored["Saved."].string = ""
    stored["You begin on %(day)s"].string = "Empieza pronto"
    stored["Sign in"].flags.add("fuzzy")
    stored.delete("Today")
    monkeypatch.setattr(catalogue, "stored", lambda language: stored)
    said = "\n".join(catalogue.faults("es"))
    assert "missing: 'Today'" in said and "empty: 'Saved.'" in said and "fuzzy: 'Sign in'" in said
    assert "differ: 'You begin on %(day)s'" in said


def test_every_date_format_has_its_spanish_order():
    """Of templates and modules that patients' words come from; one that is not known would come out in the English order."""
    found = {}
    for path in catalogue.files():
        text = path.read_text()
        for names in re.findall(
            r"""\|(?:date|time):(?:"([^"]+)"|'([^']+)')|{% now "([^"]+)"|_format\([^"'\n]*"([^"\n]+)"\)""", text
        ):
            found.setdefault(next(filter(None, names)), path.name)
    assert len(found) > 5
    unknown = {
        name: where
        for name, where in found.items()
        if name not in formats.SPANISH | dict.fromkeys(formats.FOR_MACHINES)
    }
    assert not unknown


def test_dates_in_both_languages():
    moment = dt.datetime(2026, 3, 2, 13, 5, tzinfo=dt.UTC)
    expected = {
        "l, F j, g:i A": ("Monday, March 2, 1:05 PM", "lunes 2 de marzo, 1:05 p.m."),
        "F j, Y": ("March 2, 2026", "2 de marzo de 2026"),
        "D, M j": ("Mon, Mar 2", "lun 2 mar"),
    }
    for name, said in expected.items():
        for language, words in zip(("en", "es"), said, strict=True):
            with translation.override(language):
                assert formats.date_format(moment, name) == words


OURS = {
    "accounts",
    "patients",
    "groups",
    "scheduling",
    "rooms",
    "clinical",
    "journal",
    "library",
    "messaging",
    "threads",
}
EDGES = " .,:;()–"


@translation.override("en")
def _data_of(house) -> set[str]:
    """Everything that is written in the example house's rows: names, titles, what people wrote."""
    found = {*(zone.replace("_", " ") for zone in zoneinfo.available_timezones()), house.pat.called}
    for model in apps.get_models():
        if model._meta.app_label in OURS and not model._meta.object_name.endswith("Event"):
            for row in model._default_manager.all():
                for field in row._meta.concrete_fields:
                    _take(getattr(row, field.attname), found)
                _take(str(row), found)
    return {said.strip(EDGES) for said in found}


def _take(value, found: set[str]) -> None:
    """Texts, line by line, also inside of lists and dictionaries."""
    if isinstance(value, str):
        found.update(" ".join(line.split()) for line in value.splitlines())
    elif isinstance(value, dict):
        _take(list(value.values()), found)
    elif isinstance(value, list):
        for one in value:
            _take(one, found)


def _is_data(said: str, data: set[str]) -> bool:
    """Whether every part of it, as dots part it, is a row's (a short one as a whole), or the same in both languages."""
    return said in SAME or all(
        part in SAME or part in data or not re.search(r"[^\W\d_]{2}", part) or _is_inside(part, data)
        for part in (part.strip(EDGES) for part in said.split("·"))
    )


def _is_inside(part: str, data: set[str]) -> bool:
    return len(part) > 12 and any(part in row for row in data)
