"""What every part of the documentation page has in common: it sends back what its page showed."""

import datetime as dt

from django import forms
from django.utils import timezone

from clinical.forms.session import digest, plain
from clinical.models import GroupNote, ProgressNote


def area(rows: int = 2, **attrs) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", **attrs})


def as_sent(value: object) -> str:
    """A value as a browser sends it."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%H:%M}"
    return plain(str(value))


class Part(forms.Form):
    """A part of the page, with the version its page showed. One that lost its hidden fields counts as having seen nothing."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    columns: tuple[str, ...] = ()

    def __init__(self, *args, note: GroupNote | ProgressNote | None, initial: dict, **kwargs):
        self.note = note
        shown = {"version": note.version if note else 0, "seen": self._digest(initial)}
        super().__init__(*args, initial=initial | shown, **kwargs)

    def _digest(self, values: dict) -> str:
        return digest(*(as_sent(values.get(name)) for name in self.columns))

    def clean_version(self) -> int:
        version = self.cleaned_data["version"]
        return int(version) if version.isdecimal() and len(version) < 10 else 0

    def clean(self) -> dict:
        values = super().clean()
        return {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}

    @property
    def is_written(self) -> bool:
        """Whether the reader changed the words and ratings that their page showed."""
        return self.cleaned_data["seen"] != self._digest(self.cleaned_data)

    is_touched = is_written

    @property
    def read_version(self) -> int:
        """Once this page is saved: the version whose words its reader had before them."""
        if self.note and self._digest(self.cleaned_data) == self.initial["seen"]:
            return self.note.version
        says = self._digest(self.cleaned_data) != self._digest({})
        return self.cleaned_data["version"] + bool(self.is_written and (self.note or says))

    @property
    def has_conflict(self) -> bool:
        """Somebody else saved meanwhile."""
        return any(self.has_error(name, "changed_meanwhile") for name in self.fields)

    def hidden(self) -> dict[str, object]:
        """What the page is to send back from now on, by the fields' full names."""
        return {self.add_prefix(n): self.initial.get(n, "") for n, f in self.fields.items() if f.widget.is_hidden}

    def stored(self) -> dict[str, str]:
        """What is stored, as a browser would send it, by the fields' full names."""
        shown = {n: f for n, f in self.fields.items() if not f.widget.is_hidden}
        return {self.add_prefix(n): self._stored(n, f) for n, f in shown.items()}

    def _stored(self, name: str, field: forms.Field) -> str:
        value = self.initial.get(name)
        if isinstance(field, forms.BooleanField):
            return "on" if value else ""
        return as_sent(value)

    @property
    def theirs(self) -> list[tuple[str, str]]:
        """What is stored now, label and words, of whatever differs from what was sent, when somebody else saved meanwhile."""
        if not self.has_conflict:
            return []
        found = []
        for name, field in self.fields.items():
            now = self._stored(name, field)
            if not field.widget.is_hidden and now != plain(self.data.get(self.add_prefix(name), "")):
                choices = {str(key): words for key, words in getattr(field, "choices", [])}
                found.append((field.label, str(choices.get(now, now)) if now else ""))
        return found
