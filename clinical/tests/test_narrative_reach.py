"""Where narrative goes: every encrypted text of the record bears a mark, every page is opened by everybody who reads none, and no
page shows a mark but where it is said here."""

import re

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.access import every_view
from clinical.models import Document, PsychotherapyNote
from core.fields import EncryptedJSONField, EncryptedTextField
from tests.desk import browser_of
from tests.test_access import _kwargs, _parameters, _people, world

MARK = re.compile(r"⟦(\w+)\.(\w+)⟧")
# What a task says is for whoever does it; a coordinator may be that.
OF_TASKS = {("FollowUp", "words"), ("FollowUp", "outcome_words")}
# The patient's own plans, signed: the treatment plan and those for hard times. Nothing else of what is written about them.
OWN_PLAN = {
    *(("TreatmentPlan", "strengths"), ("TreatmentPlan", "culture"), ("Problem", "text"), ("Problem", "evidence")),
    *(("Goal", "text"), ("Objective", "text"), ("Objective", "baseline"), ("Objective", "target")),
    *(("Intervention", "text"), ("Intervention", "frequency"), ("PlanAgreement", "words")),
}
# What they said of their own days.
OWN_DAYS = {("DailyCheckIn", "words")}
# Their goals as they read them, their own steps and suggestions, what they share.
OWN_GOALS = {
    *(("PlainWords", "text"), ("OwnStep", "text"), ("SharedGoal", "words")),
    ("SharedGoal", "taken_down_words"),
    *(("PlanSuggestion", "sections"), ("PlanSuggestion", "words"), ("PlanSuggestion", "answer")),
}
# What is written about them, once it is signed and shown; what they asked to be corrected, and what was answered.
OWN_REQUESTS = {
    *(("AmendmentRequest", name) for name in ("wish", "why", "others", "extension_reason", "answer")),
    ("AmendmentStatement", "text"),
}
OWN_NOTES = {
    *(
        ("ProgressNote", name)
        for name in ("text", "objective", "topic", "intervention", "aim", "risk_text", "next_step")
    ),
    *(("ProgressNote", name) for name in ("activities", "handouts", "homework", "trouble_text")),
    *(("Document", "sections"), ("Document", "risk_text"), ("Addendum", "text"), ("Diagnosis", "text")),
    ("Withholding", "review_words"),
    *(
        ("GroupNote", name) for name in ("objective", "topic", "intervention")
    ),  # copied into each note when it is signed
}
MAY_SEE = {
    "coordinator": OF_TASKS,
    "patient": {*OWN_NOTES, *OWN_PLAN, *OWN_DAYS, *OWN_GOALS, *OWN_REQUESTS},
    "admin": OWN_REQUESTS,  # who runs a program answers them, too
}
NOBODY_ELSE = ("patient", "coordinator", "admin", "billing", "outsider", "other-admin", "no-role", "nobody")


@pytest.fixture(autouse=True)
def marked(monkeypatch):
    """Whatever is written into an encrypted column of the record bears its table and column."""
    text, json = EncryptedTextField.get_prep_value, EncryptedJSONField.get_prep_value

    def mark(field) -> str:
        ours = field.model._meta.app_label == "clinical" and not field.model.__name__.endswith("Event")
        return f" ⟦{field.model.__name__}.{field.name}⟧" if ours else ""

    def marked_text(self, value):
        return text(self, f"{value}{mark(self)}" if value and isinstance(value, str) else value)

    def marked_json(self, value):
        if isinstance(value, dict) and not isinstance(self.model, str):
            value = {k: f"{v}{mark(self)}" if isinstance(v, str) else v for k, v in value.items()}
        with monkeypatch.context() as patch:
            patch.setattr(EncryptedTextField, "get_prep_value", text)
            return json(self, value)

    monkeypatch.setattr(EncryptedTextField, "get_prep_value", marked_text)
    monkeypatch.setattr(EncryptedJSONField, "get_prep_value", marked_json)


def addresses(house, sessions):
    """(name, address) of every page but the administration's, on both sides of the wall."""
    for route, name, pattern in every_view():
        params = _parameters(pattern)
        if not name or route.startswith("admin/"):
            continue
        for relation in ("own", "other") if "uid" in params else ("own",):
            try:
                yield name, reverse(name, kwargs=_kwargs(name, params, relation, house, sessions))
            except KeyError:
                continue


def shown(browser, address) -> set[tuple[str, str]]:
    """The marks on a page, whatever its answer is."""
    browser.raise_request_exception = False
    with transaction.atomic():
        answer = browser.get(address)
        transaction.set_rollback(True)
    if answer.streaming:
        return set()
    return set(MARK.findall(answer.content.decode(errors="replace")))


def test_nobody_reads_narrative_whose_work_it_is_not(world):
    house, sessions = world
    people = _people(house)
    wrong = []
    pages = list(addresses(house, sessions))
    for role in NOBODY_ELSE:
        browser = browser_of(people[role])
        for name, address in pages:
            if left := shown(browser, address) - MAY_SEE.get(role, set()):
                wrong.append((role, name, left))
    assert not wrong


def test_the_marks_are_found_by_those_whose_work_it_is(world):
    """The negative control: a clinician's pages show them, and a psychotherapy note nobody's but its author's."""
    house, sessions = world
    pages = list(addresses(house, sessions))
    by = {who: set() for who in ("clinician", "supervisor")}
    people = _people(house)
    for who, found in by.items():
        browser = browser_of(people[who])
        for _name, address in pages:
            found |= shown(browser, address)
    assert {
        ("ProgressNote", "text"),
        ("RiskAlert", "words"),
        ("FollowUp", "words"),
        ("GroupObservation", "text"),
        ("PsychotherapyNote", "text"),
    } <= by["clinician"]
    assert ("Document", "sections") in by["supervisor"]  # it waits for them
    assert ("PsychotherapyNote", "text") not in by["supervisor"]
    assert PsychotherapyNote.objects.exists() and Document.objects.exists()


__all__ = ["world"]
