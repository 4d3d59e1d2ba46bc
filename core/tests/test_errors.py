"""One refusal, four exits: a form, a message and redirect, JSON, a task's log."""

import json

import pytest
from django import forms
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from rest_framework.decorators import api_view

from accounts.access import Can, requires
from core.errors import Refusal
from core.tasks import house_task

SENTENCE = "All 5 seats of this group are taken."


def refuse():
    raise Refusal(SENTENCE, "group_full", "episode")


@requires(Can.ENTER)
def refusing_page(request):
    refuse()


@requires(Can.ENTER)
def messages_page(request):
    from django.contrib.messages import get_messages

    return HttpResponse("|".join(str(m) for m in get_messages(request)))


@requires(Can.ENTER)
@api_view(["POST"])
def refusing_door(request):
    refuse()


urlpatterns = [
    path("refuse/", refusing_page),
    path("messages/", messages_page),
    path("door/", refusing_door),
    path("", messages_page),
]
here = override_settings(ROOT_URLCONF=__name__)


class ChoosePerson(forms.Form):
    episode = forms.CharField()


class ChooseDay(forms.Form):
    day = forms.DateField()


@pytest.mark.parametrize(("form_class", "place"), [(ChoosePerson, "episode"), (ChooseDay, "__all__")])
def test_beside_its_field_or_above_the_form(form_class, place):
    form = form_class({"episode": "1", "day": "2026-03-02"})
    assert form.is_valid()
    Refusal(SENTENCE, "group_full", "episode").add_to(form)
    assert form.errors == {place: [SENTENCE]}
    assert form.errors.as_data()[place][0].code == "group_full"


@here
def test_a_page_goes_back_to_where_the_person_came_from_and_says_it(client, db):
    answer = client.post("/refuse/", headers={"Referer": "http://testserver/messages/"})
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/messages/")
    assert client.get("/messages/").content.decode() == SENTENCE


@here
@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/", "javascript:alert(1)", "//elsewhere.example/x"])
def test_never_to_another_site(client, db, referer):
    answer = client.post("/refuse/", headers={"Referer": referer} if referer else {})
    assert answer["Location"] == "/"


@here
def test_a_page_that_refuses_to_be_read_does_not_send_in_circles(client, db):
    """A reload sends the page's own address as where one came from."""
    answer = client.get("/refuse/?week=1", headers={"Referer": "http://testserver/refuse/?week=1"})
    assert answer["Location"] == "/"


@here
def test_a_fragment_makes_the_whole_page_go_back(client, db):
    answer = client.post("/refuse/", headers={"HX-Request": "true", "Referer": "http://testserver/messages/"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "http://testserver/messages/")


@here
def test_a_program_gets_409_with_the_code(client, db):
    answer = client.post("/door/", content_type="application/json", data="{}")
    assert answer.status_code == 409
    assert json.loads(answer.content) == {"code": "group_full", "message": SENTENCE}


def test_a_task_ends_without_a_retry_and_logs_the_code_only(db, caplog):
    calls = []

    @house_task("tests.refusing")
    def refusing():
        calls.append(1)
        refuse()

    assert refusing.apply().get() is None
    assert calls == [1]
    assert [r.getMessage() for r in caplog.records if r.name == "core.tasks"] == ["tests.refusing refused: group_full"]
    assert SENTENCE not in caplog.text


def test_its_text_is_the_code_so_that_a_traceback_names_nobody():
    assert str(Refusal("Pat Peerson is already a member.", "already_member")) == "already_member"
