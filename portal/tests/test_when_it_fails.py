"""What a person meets when something does not go as it should: a form that is not right yet, a page that is not there, a session
that is over. Each says what happened and what to do, in their language, keeps what was typed, and fits on a small screen."""

import re
from html.parser import HTMLParser

import pytest
from allauth.core.internal.ratelimit import handler429
from django.core.cache import cache
from django.db import transaction
from django.test import Client, RequestFactory
from django.utils import translation
from django.views.defaults import bad_request, server_error

from portal.tests.every_page import (  # noqa: F401 - fixtures
    as_just_signed_in,
    committed_world,
    make_ready,
    portal_pages,
    world,
)
from portal.tests.helpers import sign_in, text
from portal.tests.test_browser import browser, open_page  # noqa: F401 - fixtures
from portal.tests.test_browser import sign_in as sign_in_browser
from portal.tests.test_walk import CUT, speak
from tests.browser import picture, violations
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
browser_only = pytest.mark.xdist_group("browser-portal")
LONG = "Some words that somebody took their time for. "
TOO_MUCH = LONG * 300
WRITTEN = ("text", "search", "email", "tel", "url", "textarea")


@pytest.fixture
def nobody_counted(transactional_db):
    """Sign-ins are counted by the minute and the clock stands: those of this file and of others don't add up."""
    cache.clear()
    yield
    cache.clear()


class _Forms(HTMLParser):
    """The forms of a page's content that are sent: where to, the kind and the value of each field, the first button."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[dict] = []
        self.inside = self.in_main = False
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "main":
            self.in_main = True
        if tag == "form":
            self.inside = self.in_main and given.get("method") == "post"
            if self.inside:
                self.found.append({"action": given.get("action", ""), "fields": {}})
        if not self.inside:
            return
        fields, name, kind = self.found[-1]["fields"], given.get("name", ""), given.get("type", "text")
        if tag == "option":
            if self.select and "selected" in given:
                fields[self.select] = ("select", given.get("value", ""))
        elif not name or name == "csrfmiddlewaretoken":
            return
        elif tag == "button":
            if not any(kind == "button" for kind, _value in fields.values()):
                fields[name] = ("button", given.get("value", ""))
        elif tag == "select":
            self.select = name
            fields[name] = ("select", "")
        elif tag == "textarea":
            fields[name] = ("textarea", "")
        elif tag == "input" and (kind not in ("radio", "checkbox") or "checked" in given):
            fields[name] = (kind, given.get("value", ""))

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "form"
        self.in_main = self.in_main and tag != "main"
        if tag == "select":
            self.select = ""


def _badly(fields: dict, how: str) -> dict:
    """How somebody may send a form: with nothing in it, or with far too much."""
    sent = {"csrfmiddlewaretoken": "x"}  # as every form of a browser has one
    for name, (kind, value) in fields.items():
        if kind == "file":
            continue
        if kind in ("hidden", "button", "select"):
            sent[name] = value
        elif how == "much":
            sent[name] = TOO_MUCH if kind in WRITTEN else "99x"
    return sent


class _TakenBack(Exception):  # noqa: N818 - ends a savepoint
    pass


def _send(client, url: str, body: dict):
    """The answer to a form; what it changed is taken back."""
    try:
        with transaction.atomic():
            answer = client.post(url, body)
            raise _TakenBack
    except _TakenBack:
        return answer


def _said(page: str) -> list[str]:
    """What a page says about what is not right."""
    box = r'<(div|span|p) class="(?:alert alert-danger|invalid-feedback)[^>]*>(.*?)</\1>'
    found = (said for _tag, said in re.findall(box, page, re.DOTALL))
    return [words for said in found if (words := " ".join(re.sub(r"<[^>]*>", " ", said).split()))]


def test_every_form_says_what_is_missing_in_both_languages_and_keeps_what_was_typed(client, world):  # noqa: F811
    house, sessions = world
    sign_in(client, house.pat.user)
    as_just_signed_in(client)
    faults, refused = [], set()
    for page in portal_pages(house, sessions):
        if page.name == "room":
            continue
        make_ready(page, house, sessions)
        speak(house, "en")
        for number, form in enumerate(_Forms(client.get(page.url).content.decode()).found):
            for how in ("nothing", "much"):
                body, told = _badly(form["fields"], how), {}
                for language in ("en", "es"):
                    speak(house, language)
                    answer = _send(client, form["action"] or page.url, body)
                    where = f"{page.name}, form {number}, {how}, {language}"
                    assert answer.status_code in (200, 302, 404, 422), f"{where}: {answer.status_code}"
                    shown = answer.content.decode(errors="ignore")  # one form answers with a file
                    if answer.status_code != 422 and 'aria-invalid="true"' not in shown:
                        continue
                    refused.add(page.name)
                    told[language] = _said(shown)
                    if f'<html lang="{language}">' not in shown:
                        faults.append(f"{where}: another language")
                    if not told[language]:
                        faults.append(f"{where}: not a word about what is not right")
                    if (
                        how == "much"
                        and "textarea" in {kind for kind, _ in form["fields"].values()}
                        and LONG * 3 not in shown
                    ):
                        faults.append(f"{where}: what was typed is gone")
                    faults += [
                        f"{where}: nothing describes {given}"
                        for given in re.findall(r'aria-describedby="([^"]*)"[^>]*aria-invalid="true"', shown)
                        if not any(f'id="{one}"' in shown for one in given.split())
                    ]
                if same := set(told.get("en", ())) & set(told.get("es", ())):
                    faults.append(f"{page.name}, form {number}, {how}: the same in both languages: {same}")
    speak(house, "en")
    assert not faults, "\n".join(faults)
    assert {"details", "messages", "reach", "milestones", "correction_new", "paper", "goals", "day"} <= refused, refused


# --- pages instead of a page


def test_a_page_for_every_error_of_the_house(client, house):
    client.raise_request_exception = False
    missing = client.get("/no/such/page/")
    assert missing.status_code == 404 and "There is no such page" in text(missing) and 'href="tel:988"' in text(missing)
    sign_in(client, house.pat.user)
    forbidden = client.get("/desk/")
    assert forbidden.status_code == 403 and "This page is not for your account" in text(forbidden)
    ask = RequestFactory().get("/")
    ask.user = house.pat.user
    for answer, words in (
        (bad_request(ask, None), "That could not be understood"),
        (server_error(ask), "Something went wrong on our side"),
    ):
        page = text(answer)
        assert words in page and 'href="tel:988"' in page and f"<title>{words[:20]}" in page
    wait = text(handler429(ask))
    assert "Please wait a little" in wait and "Nothing is wrong with your account" in wait


def test_before_signing_in_somebody_can_change_the_language_and_reach_help(client, house):
    for url in ("/account/login/", "/welcome/none/", "/no/such/page/"):
        page = text(client.get(url))
        assert 'name="language" value="es"' in page and 'href="tel:988"' in page, url
        assert "/my/help/" not in page, "that is for whoever is signed in"


def test_an_address_that_only_takes_what_is_sent_is_no_empty_window(client, house):
    sign_in(client, house.pat.user)
    answer = client.get("/my/reach/number/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "There is nothing to open here" in text(answer) and 'href="/"' in text(answer)
    assert client.get("/my/reach/number/", headers={"HX-Request": "true"}).content == b"", "a script takes no page"
    assert client.get("/my/reach/number/", headers={"Sec-Fetch-Mode": "cors"}).content == b""


def test_what_is_sent_after_the_session_is_over_is_said_to_be_lost_and_the_way_back_is_to_its_form(client, house):
    came = {"Referer": "http://testserver/my/messages/?from=today"}
    answer = client.post("/my/messages/", {"subject": "Hello"}, headers=came)
    assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/my/messages/%3Ffrom%3Dtoday")
    assert "What you sent was not saved. Sign in first, then send it once more." in text(client.get(answer["Location"]))
    # An address that takes only what is sent is nothing to come back to.
    answer = client.post("/my/reach/number/", headers={"Referer": "http://testserver/my/reach/"})
    assert answer["Location"] == "/account/login/?next=/my/reach/"
    for elsewhere in ({}, {"Referer": "https://elsewhere.example/my/"}):
        assert (
            client.post("/my/reach/number/", headers=elsewhere)["Location"] == "/account/login/?next=/my/reach/number/"
        )


def test_a_script_of_a_page_is_sent_to_sign_in_without_a_word_for_the_next_page(client, house):
    answer = client.post(
        "/my/journal/keys/", headers={"Sec-Fetch-Mode": "cors", "Referer": "http://testserver/my/journal/"}
    )
    assert answer["Location"] == "/account/login/?next=/my/journal/"
    assert "What you sent was not saved" not in text(client.get("/account/login/"))


def test_a_form_with_an_old_token_gives_back_what_was_written(house):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(house.pat.user)
    careful.get("/my/messages/")
    body = {
        "csrfmiddlewaretoken": "x" * 64,
        "subject": "My week",
        "body": f"{LONG}<b>",
        "password": "a password of mine, long",
    }
    answer = careful.post("/my/messages/", body, headers={"Referer": "http://testserver/my/messages/"})
    page = text(answer)
    assert answer.status_code == 403 and f"{LONG}&lt;b&gt;" in page and "a password of mine" not in page
    assert 'href="http://testserver/my/messages/"' in page
    # Words of another site would stand here as if they were ours.
    for headers in ({}, {"Referer": "https://elsewhere.example/"}, {**_FROM_HERE, "Sec-Fetch-Site": "cross-site"}):
        page = text(careful.post("/my/messages/", body, headers=headers))
        assert LONG not in page and "Please try again" in page


_FROM_HERE = {"Referer": "http://testserver/my/messages/"}


def test_the_sentences_of_limits_are_the_houses_in_both_languages():
    from django.core.exceptions import ValidationError
    from django.core.validators import MaxLengthValidator, MaxValueValidator

    for language, words, number in (
        ("en", "Keep this to 3 characters; now it has 4.", "At most 3."),
        ("es", "Escriba 3 caracteres como máximo; ahora tiene 4.", "Como máximo, 3."),
    ):
        with translation.override(language):
            with pytest.raises(ValidationError, match=re.escape(words)):
                MaxLengthValidator(3)("abcd")
            with pytest.raises(ValidationError, match=re.escape(number)):
                MaxValueValidator(3)(4)


# --- in a browser

SEND_BADLY = """(form) => {
  form.noValidate = true;
  for (const field of form.elements) {
    if (field.type === "textarea") { field.removeAttribute("maxlength"); field.value = "Some words. ".repeat(1000); }
    else if (["text", "search", "email", "tel", "date", "time", "number"].includes(field.type)) {
      field.type = "text"; field.removeAttribute("maxlength"); field.value = "x".repeat(600);
    }
  }
  (form.querySelector("button:not([type=button])") ?? document.querySelector(`button[form=${form.id}]`)).click();
}"""
# Of each kind of form one: several fields, a day and a button, files, long texts, a signature, taps.
FORMS = ("details", "milestones", "messages", "correction_new", "paper", "day")


@browser_only
@pytest.mark.usefixtures("nobody_counted")
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_went_wrong_fits_and_has_no_barrier(committed_world, live_server, browser, language):  # noqa: F811
    """Forms that come back, and the pages instead of a page: at 320 px, light and dark, by axe-core, in the page's language."""
    house, sessions = committed_world
    speak(house, language)
    page, _complaints = open_page(
        browser, live_server, locale=language, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    )
    faults = []

    def look(name: str) -> None:
        assert page.locator("html").get_attribute("lang") == language, name
        faults.extend(f"{name} {scheme}: {found}" for found in violations(page))
        faults.extend(f"{name} {scheme}: {cut}" for cut in page.evaluate(CUT))
        picture(page, f"fails-{name}-{scheme}-{language}")

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto("/no/such/page/")
        look("missing")
        page.goto("/welcome/none/")
        look("closed")
        page.goto("/account/login/")
        page.locator("#id_login").fill(house.pat.user.email)
        page.locator("#id_password").fill("not it")
        page.locator("main form .btn-primary").first.click()
        page.locator(".alert-danger").wait_for()
        look("wrong-password")
        page.locator("#id_password").fill(PASSWORD)
        page.locator("main form .btn-primary").first.click()
        page.wait_for_url(re.compile("/my/"))
        for address, name in (("/desk/", "forbidden"), ("/my/reach/number/", "nothing-to-open")):
            page.goto(address)
            look(name)
        for one in portal_pages(house, sessions):
            if one.name not in FORMS:
                continue
            make_ready(one, house, sessions)
            page.goto(one.url)
            form = page.locator("main form[method=post]:has(textarea, input:not([type=hidden]))").first
            if not form.count():
                faults.append(f"{one.name}: no form to fill in")
                continue
            with page.expect_navigation():
                form.evaluate(SEND_BADLY)
            assert page.locator("main :is(.invalid-feedback, .alert-danger)").first.is_visible(), one.name
            look(one.name)
        page.context.clear_cookies()
    assert not faults, "\n".join(faults)


@browser_only
@pytest.mark.usefixtures("nobody_counted")
def test_the_first_field_not_right_is_in_view_and_not_under_the_bar(committed_world, live_server, browser):  # noqa: F811
    """The bar with the quick exit stays in view; what is marked must not be behind it."""
    house, _sessions = committed_world
    page, _complaints = open_page(browser, live_server, viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    sign_in_browser(page, house.pat.user.email)
    page.goto("/my/details/")
    with page.expect_navigation():
        page.locator("main form").first.evaluate(
            "(form) => { form.noValidate = true; const last = [...form.querySelectorAll('textarea')].at(-1);"
            " last.removeAttribute('maxlength'); last.value = 'x '.repeat(5000); form.querySelector('button').click(); }"
        )
    field = page.locator("[aria-invalid=true]").first
    field.wait_for()
    assert field.evaluate("(one) => one === document.activeElement")
    box, bar, tabs = field.bounding_box(), page.locator(".side").bounding_box(), page.locator(".tabs").bounding_box()
    assert bar["y"] + bar["height"] <= box["y"] and box["y"] + box["height"] <= tabs["y"]
