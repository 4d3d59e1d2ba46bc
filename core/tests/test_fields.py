"""Encrypted columns: keys rotate, a wrong key is an error and never shows ciphertext, blank stays blank. And zones."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.db import connection
from django.db.models import F, Value
from django.forms import modelform_factory
from django.template import Context, Template

from core.fields import EncryptedJSONField, EncryptedTextField, ZoneField, cipher, known_zones, zone_label
from core.tests.racing import failures, together
from patients.models import Patient

TEXT = "Uses a wheelchair; prefers mornings. “Señor Ángel” 🕊\n\nSecond line."


def stored(patient) -> str:
    """What the database holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT needs FROM patients_patient WHERE id = %s", [patient.pk])
        return cursor.fetchone()[0]


def written(patient, text: str) -> Patient:
    patient.needs = text
    patient.save(update_fields=["needs"])
    return Patient.objects.get(pk=patient.pk)


def test_the_database_holds_only_a_token(house):
    assert written(house.pat, TEXT).needs == TEXT
    assert stored(house.pat).startswith("gAAAA")
    assert "wheelchair" not in stored(house.pat)


def test_the_same_text_never_looks_the_same(house):
    written(house.pat, TEXT)
    first = stored(house.pat)
    written(house.pat, TEXT)
    assert stored(house.pat) != first


@pytest.mark.parametrize("write", ["save", "update", "bulk_create", "bulk_update"])
def test_however_it_is_written(house, write):
    if write == "save":
        written(house.pat, TEXT)
    elif write == "update":
        Patient.objects.filter(pk=house.pat.pk).update(needs=TEXT)
    elif write == "bulk_update":
        house.pat.needs = TEXT
        Patient.objects.bulk_update([house.pat], ["needs"])
    else:
        house.pat = Patient(
            user=house.charlie, record_number="P1", display_name="x", birth_date="1990-01-01", state="CA", needs=TEXT
        )
        Patient.objects.bulk_create([house.pat])
    assert stored(house.pat).startswith("gAAAA")
    assert Patient.objects.get(pk=house.pat.pk).needs == TEXT
    assert list(Patient.objects.filter(pk=house.pat.pk).values_list("needs", flat=True)) == [TEXT]


def test_blank_stays_blank_and_can_be_asked_for(house):
    written(house.pat, TEXT)
    assert written(house.quinn, "").needs == ""
    assert stored(house.quinn) == ""
    blank = Patient.objects.filter(needs="")
    assert house.quinn in blank
    assert house.pat not in blank
    assert house.pat in Patient.objects.exclude(needs="")
    assert not Patient.objects.filter(needs__isnull=True).exists()


@pytest.mark.parametrize(
    "question",
    [
        {"needs": TEXT},
        {"needs__exact": "wheelchair"},
        {"needs": F("phone")},
        {"needs": Value("")},
        {"needs__contains": "wheel"},
        {"needs__icontains": "wheel"},
        {"needs__startswith": "gAAAA"},
        {"needs__in": ["", "x"]},
        {"needs__gt": "a"},
        {"needs__regex": "."},
        {"needs__iexact": ""},
    ],
)
def test_comparing_is_an_error_instead_of_quietly_finding_nothing(db, question):
    with pytest.raises(FieldError):
        list(Patient.objects.filter(**question))


# --- keys


@pytest.fixture
def keys(settings):
    """Turn the installation's keys: `keys(new, old)`."""

    def turn(*values):
        settings.FIELD_KEYS = list(values)

    return turn


def test_a_new_key_in_front_reads_what_the_old_one_wrote(house, keys):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    keys(old)
    written(house.pat, TEXT)
    token = stored(house.pat)
    keys(new, old)
    assert Patient.objects.get(pk=house.pat.pk).needs == TEXT
    assert written(house.pat, TEXT).needs == TEXT
    assert stored(house.pat) != token
    keys(new)  # written anew, it no longer needs the old key
    assert Patient.objects.get(pk=house.pat.pk).needs == TEXT


def test_a_wrong_key_is_an_error_that_shows_nothing(house, keys):
    written(house.pat, TEXT)
    token = stored(house.pat)
    keys(Fernet.generate_key().decode())
    with pytest.raises(ImproperlyConfigured) as caught:
        Patient.objects.get(pk=house.pat.pk)
    assert token not in str(caught.value)
    assert caught.value.__cause__ is None
    assert Patient.objects.only("phone").get(pk=house.pat.pk).phone == ""  # what does not need it still works
    with pytest.raises(ImproperlyConfigured):
        list(Patient.objects.values_list("needs"))


@pytest.mark.parametrize("damage", [lambda t: "plain text", lambda t: t[:-4] + "AAAA", lambda t: t[10:]])
def test_what_is_no_token_is_an_error(house, damage):
    written(house.pat, TEXT)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE patients_patient SET needs = %s WHERE id = %s", [damage(stored(house.pat)), house.pat.pk]
        )
    with pytest.raises(ImproperlyConfigured):
        Patient.objects.get(pk=house.pat.pk)


def test_no_key_at_all_is_an_error(house, keys):
    keys()
    with pytest.raises(ValueError, match="at least one"):
        written(house.pat, TEXT)


def test_history_is_encrypted_and_readable_too(house):
    written(house.pat, TEXT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT needs FROM patients_patientevent WHERE pgh_obj_id = %s", [house.pat.pk])
        tokens = [row[0] for row in cursor.fetchall()]
    assert any(tokens)
    assert all(t == "" or t.startswith("gAAAA") for t in tokens)
    assert TEXT in [event.needs for event in house.pat.events.all()]


# --- forms and threads


def test_many_threads_clean_and_write_their_own(committed_house):
    """Nothing about a field is shared between threads: each reads back what it wrote, in a form and in the database."""
    house = committed_house
    people = [house.pat, house.quinn, house.robin]
    form_class = modelform_factory(Patient, fields=["needs"])

    def edit(number: int):
        person = people[number % 3]
        for turn in range(10):
            text = f"{person.pk} {turn}"
            form = form_class({"needs": text}, instance=Patient.objects.get(pk=person.pk))
            assert form.is_valid(), form.errors
            assert form.save().needs == text
            assert Patient.objects.get(pk=person.pk).needs.startswith(f"{person.pk} ")
            assert cipher().decrypt(cipher().encrypt(text.encode())).decode() == text

    assert failures(together([lambda n=n: edit(n) for n in range(6)])) == []


def test_a_form_shows_the_text_and_keeps_blank(house):
    written(house.pat, TEXT)
    form_class = modelform_factory(Patient, fields=["needs"])
    person = Patient.objects.get(pk=house.pat.pk)
    assert form_class(instance=person).initial["needs"] == TEXT
    form = form_class({"needs": ""}, instance=person)
    form.save()
    assert stored(house.pat) == ""


def test_migrations_know_the_field():
    _name, path, args, kwargs = EncryptedTextField("words", blank=True).deconstruct()
    assert (path, args, kwargs["blank"]) == ("core.fields.EncryptedTextField", [], True)


# --- zones


@pytest.mark.parametrize(
    "zone", ["America/Los_Angeles", "Europe/London", "Asia/Kathmandu", "UTC", "America/Argentina/Ushuaia"]
)
def test_a_zone_is_named_by_a_place(zone):
    ZoneField().clean(zone, None)
    assert zone in known_zones()


@pytest.mark.parametrize(
    "zone, label",
    [
        ("America/Los_Angeles", "Pacific time (Los Angeles)"),
        ("America/Port_of_Spain", "America/Port of Spain"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_said_as_people_call_it(zone, label):
    assert zone_label(zone) == label
    assert Template("{{ zone|zone_label }}").render(Context({"zone": zone})) == label


@pytest.mark.parametrize(
    "zone", ["", "PST", "EST5EDT", "Etc/GMT+8", "America", "America/Nowhere", "america/los_angeles", "../etc"]
)
def test_anything_else_is_refused(zone):
    with pytest.raises(ValidationError):
        ZoneField().clean(zone, None)


def test_a_dict_of_texts_is_stored_as_one_token():
    """What a model saves is what it reads, and nothing of it can be read on the way."""
    field = EncryptedJSONField()
    said = {"plan": "Calls Bob — “today”", "number": 3}
    stored = field.get_db_prep_save(said, connection)
    assert "plan" not in stored and "Bob" not in stored
    assert field.from_db_value(stored, None, connection) == said
    assert field.get_db_prep_save({}, connection) == "" and field.from_db_value("", None, connection) == {}
