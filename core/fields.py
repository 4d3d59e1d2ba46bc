"""Narrative text, encrypted in its column; and IANA zones.

Why not django-fernet-encrypted-fields: it returns ciphertext when a key is wrong instead of failing, stores an empty text as
NULL, and marks "being cleaned" on the field object that all threads share. What is left of it is a call to `cryptography`.
"""

import json
import zoneinfo
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.db import models
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher(keys: str = "FIELD_KEYS") -> MultiFernet:
    """The installation's cipher: encrypts with the first of the keys in this setting, reads with any."""
    return _cipher(tuple(getattr(settings, keys)))


class EncryptedTextField(models.TextField):
    """Text that the database, its history tables and its backups only ever hold as a Fernet token.

    An empty text is stored as it is, so that "blank" can still be constrained. It cannot be searched or ordered by in SQL.
    Reading with the wrong keys raises ImproperlyConfigured instead of showing ciphertext.
    """

    keys = "FIELD_KEYS"

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return cipher(self.keys).encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value, expression, connection):
        if not value:
            return value
        try:
            return cipher(self.keys).decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(f"An encrypted column cannot be read with the keys in {self.keys}.") from None

    def get_lookup(self, lookup_name):
        # Each encryption of the same text differs, so a comparison would quietly find nothing. df and ndf are the history
        # triggers' IS DISTINCT FROM, column against column.
        if lookup_name == "exact":
            return _IsBlank
        return super().get_lookup(lookup_name) if lookup_name in ("isnull", "df", "ndf") else None


class PrivateTextField(EncryptedTextField):
    """Text under keys of its own (PRIVATE_NOTE_KEYS): whoever can read the record's columns still can't read these."""

    keys = "PRIVATE_NOTE_KEYS"


class EncryptedJSONField(EncryptedTextField):
    """A small JSON value (a dict of texts, of answers) that the database only ever holds as a Fernet token."""

    def get_prep_value(self, value):
        # Not by way of TextField, which asks `to_python` first and would read the JSON again.
        said = json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
        return cipher(self.keys).encrypt(said.encode()).decode() if said else ""

    def from_db_value(self, value, expression, connection):
        found = super().from_db_value(value, expression, connection)
        return json.loads(found) if found else {}

    def to_python(self, value):
        return json.loads(value) if isinstance(value, str) and value else value or {}

    def value_to_string(self, obj):
        return json.dumps(self.value_from_object(obj), ensure_ascii=False, sort_keys=True)


class _IsBlank(Exact):
    """`text=""`, the one comparison that means something."""

    def get_prep_lookup(self):
        if self.rhs != "":
            raise FieldError("An encrypted column can only be compared with the empty text.")
        return super().get_prep_lookup()


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Every IANA zone this machine knows by a place ("America/Los_Angeles"), and UTC."""
    return frozenset(
        z for z in zoneinfo.available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/"))
    ) | {"UTC"}


def validate_zone(value: str) -> None:
    """Refuse a text that is not an IANA zone."""
    if value not in known_zones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Write one like America/Los_Angeles."), "zone", {"value": value}
        )


class ZoneField(models.CharField):
    """An IANA time zone by name."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("default", "America/Los_Angeles")
        super().__init__(**kwargs)
        self.validators = [*self.validators, validate_zone]


US_STATES = [
    (code, code)
    for code in (
        *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY"),
        *("LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH"),
        *("OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY"),
    )
]

# The zones most people here live in, by the names they use; every other zone follows by its place.
USUAL_ZONES = [
    ("America/New_York", _("Eastern time (New York)")),
    ("America/Chicago", _("Central time (Chicago)")),
    ("America/Denver", _("Mountain time (Denver)")),
    ("America/Phoenix", _("Arizona (Phoenix)")),
    ("America/Los_Angeles", _("Pacific time (Los Angeles)")),
    ("America/Anchorage", _("Alaska (Anchorage)")),
    ("Pacific/Honolulu", _("Hawaii (Honolulu)")),
]


def zone_label(zone: str) -> str:
    """A zone as people call it: "Pacific time (Los Angeles)"; another by its place, "America/Port of Spain"."""
    return str(dict(USUAL_ZONES).get(zone, zone.replace("_", " ")))


def zone_choices() -> list:
    """Every zone as choices of a form field, the usual ones first."""
    usual = {zone for zone, _name in USUAL_ZONES}
    others = [(zone, zone_label(zone)) for zone in sorted(known_zones() - usual)]
    return [(_("United States"), USUAL_ZONES), (_("Other places"), others)]
