"""What tests of the administration site share: signing in, addresses of pages, and a program next door."""

import html
import re
from dataclasses import dataclass
from html.parser import HTMLParser

from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import Role
from accounts.models import Program, User
from audit.models import Read
from groups.models import Group
from patients.models import Episode, Patient
from tests.factories import make_group, make_patient, make_program, make_staff


def signed_in(user: User) -> Client:
    """A browser of this person, straight after signing in."""
    client = Client()
    client.force_login(user)
    client.get(reverse("admin:password_change_done"))  # the session's first request notes the time; later ones don't
    return client


def page(model, name: str = "changelist", *args, **query) -> str:
    """The address of a page of a model: changelist, add, change, history."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args, query=query or None)


def words(response) -> str:
    """What the page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


class Form(HTMLParser):
    """What a browser would send of the page's main form as it stands."""

    def __init__(self, name: str):
        super().__init__()
        self.name, self.inside, self.select, self.area, self.sent = name, False, "", "", {}

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.inside = found.get("id") == self.name
        name = found.get("name", "")
        if not self.inside or "__prefix__" in name:
            return
        if tag == "input" and found.get("type") not in ("submit", "checkbox"):
            self.sent[name] = found.get("value", "")
        elif tag == "input" and found.get("type") == "checkbox" and "checked" in found:
            self.sent[name] = "on"
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in found:
            self.sent[self.select] = found["value"]
        elif tag == "textarea":
            self.area, self.sent[name] = name, ""

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "form"
        self.select = "" if tag == "select" else self.select
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data):
        if self.area:
            self.sent[self.area] += data.removeprefix("\n")


def save(client: Client, address: str, **changed):
    """Open a page, change some of its fields (None: a box that is not ticked), save. Returns the answer."""
    answer = client.get(address)
    form = Form(f"{answer.context['opts'].model_name}_form")
    form.feed(answer.content.decode())
    sent = {name: value for name, value in {**form.sent, **changed}.items() if value is not None and name}
    return client.post(address, sent)


def errors(response) -> dict:
    """The sentences of the page's form, by field ("__all__" above it)."""
    assert response.status_code == 200, response
    return {name: list(found) for name, found in response.context["adminform"].form.errors.items()}


def rows(response) -> list:
    """The rows of a list."""
    return list(response.context["cl"].result_list)


def queries(client: Client, address: str) -> int:
    """How many queries a page costs."""
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def readings(user: User) -> list[tuple[int, str, str]]:
    """What is on the record of this reader's administration pages: (patient, why, address)."""
    found = Read.objects.filter(reader_id=user.pk, what=Read.What.ADMIN).order_by("pk")
    return list(found.values_list("patient_id", "why", "path"))


def pages():
    """Every page of the site: (model, page)."""
    return list(admin.site._registry.items())


@dataclass
class NextDoor:
    """Another program of the same organisation: Otto runs it, Dora works there, Zed is in care there."""

    program: Program
    otto: User
    dora: User
    zed: Patient
    episode: Episode
    group: Group


def build_next_door() -> NextDoor:
    """Make the program next door."""
    program = make_program("Evening track")
    dora = make_staff(program, Role.CLINICIAN, "Dora", "Distant")
    episode = make_patient(program, dora, "Zed", "Zimmer")
    return NextDoor(
        program=program,
        otto=make_staff(program, Role.PROGRAM_ADMIN, "Otto", "Other"),
        dora=dora,
        zed=episode.patient,
        episode=episode,
        group=make_group(program, dora, name="Evening skills"),
    )
