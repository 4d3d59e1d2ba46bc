"""Forms of messages. What was typed comes back with what was wrong; a file has to be chosen again."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from patients.models import Patient
from threads.files import FILES, MEGABYTES
from threads.models import Attachment
from threads.services import SUBJECT_LENGTH, TEXT_LENGTH, team_of


class _Several(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, or none. Their bytes are looked at by `threads.files`."""

    widget = _Several

    def clean(self, data, initial=None):
        given = data if isinstance(data, (list, tuple)) else [data]
        chosen = [super(FilesField, self).clean(one, initial) for one in given if one]
        if len(chosen) > FILES:
            raise ValidationError(_("Send at most %(n)s files at once."), "too_many_files", {"n": FILES})
        if sum(one.size for one in chosen) > MEGABYTES * 1024 * 1024:
            raise ValidationError(
                _("That is too large: all files together may have %(n)s MB."), "too_large", {"n": MEGABYTES}
            )
        return [(one.name, one.read()) for one in chosen]


class MessageForm(forms.Form):
    """One message."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your message"),
        required=False,
        max_length=TEXT_LENGTH,
        error_messages={"max_length": _("Keep one message to %(limit_value)s characters.")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    files = FilesField(label=_("Files"), required=False, allow_empty_file=True, max_length=250)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].widget.attrs["accept"] = ",".join(Attachment.Kind.values)
        self.fields["files"].widget.attrs["class"] = "form-control"
        self.fields["text"].widget.attrs.pop(
            "maxlength", None
        )  # a browser would cut off what is pasted, and say nothing
        self.initial.setdefault("key", uuid.uuid4())


class ThreadForm(MessageForm):
    """The first message of a new matter."""

    subject = forms.CharField(
        label=_("What is it about?"),
        max_length=SUBJECT_LENGTH,
        error_messages={
            "required": _("Say in a few words what it is about."),
            "max_length": _("Keep this to %(limit_value)s characters."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("key", "subject", "text", "files")


class AssignForm(forms.Form):
    """Who answers."""

    to = forms.ModelChoiceField(label=_("Who answers"), queryset=User.objects.none(), required=False)

    def __init__(self, *args, patient: Patient, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = team_of(patient)
        self.fields["to"].empty_label = _("Whoever is first")
