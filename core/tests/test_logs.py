"""Logs hold no person's data, also when an error quotes it."""

import io
import logging

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from core.logs import QuietFormatter, quiet
from patients.models import Episode, Patient

SECRETS = ["Peerson", "P00000042", "peerson@example.org", "token=abc", "555-0100", "moonflower"]


@pytest.fixture
def logged():
    """A logger that writes as ours do, and what it wrote."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(QuietFormatter("%(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("tests.quiet")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, out.getvalue
    logger.removeHandler(handler)


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def database_error(house) -> DatabaseError:
    """A real one, which quotes the row: names, numbers, and a text of several lines."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE patients_patient SET legal_last_name = 'Peerson', record_number = 'P00000042', "
                "phone = '555-0100', emergency_name = %s, display_name = '' WHERE id = %s",
                ["first line\n\nthird line, moonflower", house.pat.pk],
            )
    except DatabaseError as error:
        return error
    raise AssertionError("no error")


def test_a_database_error_with_its_traceback(house, logged):
    log, written = logged
    error = database_error(house)
    assert leaks(str(error)), "the error quotes nothing: this test proves nothing"
    log.error("could not save", exc_info=error)
    assert "patient_has_a_display_name" in written()
    assert "Traceback" in written()
    assert leaks(written()) == []


@pytest.mark.parametrize("template", ["it went wrong: %s", "it went wrong: %r", "%s | and more words"])
def test_a_database_error_as_part_of_a_message(house, logged, template):
    """Celery and others write the error itself, or its repr on one line, before the traceback."""
    log, written = logged
    error = database_error(house)
    log.error(template, error, exc_info=error)
    assert "patient_has_a_display_name" in written()
    assert leaks(written()) == []


def test_an_error_that_came_of_a_database_error(house, logged):
    log, written = logged
    try:
        try:
            raise database_error(house)
        except DatabaseError as error:
            raise RuntimeError("could not admit") from error
    except RuntimeError:
        log.exception("admitting")
    assert leaks(written()) == []
    assert "RuntimeError: could not admit" in written()
    assert "The above exception was the direct cause" in written()


def test_duplicate_keys_and_overlaps(house, logged):
    log, written = logged
    for deed in (
        lambda: Patient.objects.filter(pk=house.pat.pk).update(record_number=house.quinn.record_number),
        lambda: Episode.objects.create(
            patient=house.pat,
            program=house.program,
            started_on=house.pat_episode.started_on,
            level_of_care="2.1",
            primary_clinician=house.alice,
        ),
    ):
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            deed()
        log.error("refused: %r", caught.value, exc_info=caught.value)
    assert house.quinn.record_number not in written()
    assert str(house.pat_episode.started_on) not in written()
    assert "one_episode_at_a_time" in written()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("sent to peerson@example.org today", "sent to …@… today"),
        ("From: <Pat.Peerson+x@mail.example.org>", "From: <…@…>"),
        ("'peerson@example.org' refused", "'…@…' refused"),
        ("GET /account/reset?token=abc&next=/ 200", "GET /account/reset?… 200"),
        ('"GET /desk/?q=Peerson HTTP/1.1" 200', '"GET /desk/?… HTTP/1.1" 200'),
        ('invalid input syntax for type integer: "Peerson"', "invalid input syntax for type integer: …"),
        ("Is anybody there? Yes.", "Is anybody there? Yes."),
        ("delivery 12 ended as failed: address refused", "delivery 12 ended as failed: address refused"),
        ("The details: none", "The details: none"),
        ("Not Found: /cal/pE-x_9aZ.ics", "Not Found: /cal/….ics"),
    ],
)
def test_what_is_taken_out_and_what_is_kept(text, kept):
    assert quiet(text) == kept


def test_text_after_a_quoted_row_is_kept():
    text = (
        "duplicate key\nDETAIL:  Key (phone)=(555-0100) already exists.\n\nTraceback (most recent call last):\n  File x"
    )
    assert quiet(text).split("\n") == ["duplicate key", "", "", "Traceback (most recent call last):", "  File x"]


def test_every_handler_is_quiet():
    config = settings.LOGGING
    assert {h["formatter"] for h in config["handlers"].values()} == {"quiet"}
    assert config["formatters"]["quiet"]["()"] == "core.logs.QuietFormatter"
    assert config["root"]["handlers"]
