"""Forms of the door and of its rules."""

from dataclasses import fields

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.fields import US_STATES
from core.wordings import SOURCE, others
from patients.models import Patient
from rooms.models import Arrival, Device, RoomPolicy
from rooms.services.arrivals import LONGEST, Given

DEVICES = ("camera", "microphone", "speaker", "connection")


def _yes_or_no(label, wrong) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": wrong},
    )


def _text(label, wrong, autocomplete: str, **more) -> forms.CharField:
    attributes = {"autocomplete": autocomplete, **more.pop("attrs", {})}
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        widget=forms.TextInput(attrs=attributes),
        error_messages={"required": wrong},
        **more,
    )


class _Told(forms.HiddenInput):
    """What the devices' test found: by this page, or else by the one that was sent before it."""

    def value_from_datadict(self, data, files, name):
        return next((found for found in data.getlist(name) if found), "")


class ArrivalForm(forms.Form):
    """What somebody says at the door: `rooms.services.arrivals.give`. Results of the devices' test come in hidden fields."""

    street = _text(_("Street and number"), _("Write where you are now: street and number."), "street-address")
    city = _text(_("City or town"), _("Write the city or town you are in now."), "address-level2")
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Choose")), *US_STATES],
        widget=forms.Select(attrs={"autocomplete": "address-level1"}),
        error_messages={
            "required": _("Choose the state you are in now."),
            "invalid_choice": _("Choose the state you are in now."),
        },
    )
    is_here = forms.BooleanField(
        label=_("I am at this address now"),
        error_messages={"required": _("Look at the address, correct it if you are elsewhere, and tick this.")},
    )
    phone = _text(
        _("Number we can call you at now"),
        _("Write a number we can call you at."),
        "tel",
        help_text=_("If your connection is lost, a leader calls you there."),
        attrs={"inputmode": "tel"},
    )
    is_private = _yes_or_no(
        _("Are you in a private place, where nobody can hear or see the others?"),
        _("Say whether the place is private."),
    )
    others = _text(
        _("Who else is in the room?"),
        "",
        "off",
        required=False,
        help_text=_("Leave it blank if you are alone. Only the leaders read this."),
    )
    has_headphones = _yes_or_no(_("Do you have headphones on, or at hand?"), _("Say whether you have headphones."))
    is_able = forms.BooleanField(
        label=_("I am not driving, and I am able to take part"),
        error_messages={
            "required": _(
                "Please don’t join while you drive or can’t take part. Stop somewhere safe first, or call the clinic."
            )
        },
    )
    camera, microphone, speaker, connection = (
        forms.ChoiceField(required=False, choices=Device.choices, widget=_Told(attrs={"id": False}))
        for _name in DEVICES
    )

    @classmethod
    def initial_of(cls, patient: Patient, last: Arrival | None) -> dict:
        """What they gave the last time; what must be true of today is asked anew."""
        if last is None:
            return {"state": patient.state, "phone": patient.phone}
        return {name: getattr(last, name) for name in ("street", "city", "state", "phone")}

    def clean(self):
        """Whoever is not in a private place says who is there."""
        data = super().clean()
        if data.get("is_private") is False and not data.get("others"):
            self.add_error("others", _("Say who is with you, so that the leaders know."))
        return data

    @property
    def given(self) -> Given:
        """What was said, for the service."""
        return Given(**{field.name: self.cleaned_data[field.name] for field in fields(Given)})


class SignForm(forms.Form):
    """A name under the agreement. version, language: of what was read, so that nobody signs another."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Your name, to sign"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name to sign.")},
    )


class PolicyForm(forms.ModelForm):
    """A program's rules of rooms: `rooms.services.policies.set_policy`."""

    agreed = forms.BooleanField(
        label=_("The agreement in force says what is kept"),
        required=False,
        help_text=_("Needed where more is kept than before."),
    )

    class Meta:
        model = RoomPolicy
        fields = ["backend", "camera", "break_after", "peer_chat", "chat_keeps", "poll_keeps", "board_keeps"]
        labels = {
            "break_after": _("Suggest a break after so many minutes"),
            "peer_chat": _("Members may write to each other in private"),
            "chat_keeps": _("Of what is written in the chat, we keep"),
        }
        help_texts = {
            "backend": _(
                "Where it is in another program, each group’s leaders give its link on the group’s page. LiveKit is tested"
                " against its documented interface, and not yet against a live server."
            ),
        }

    def _post_clean(self):
        """The service checks and writes the row: a form that only looked has not changed it."""


class AgreementForm(forms.Form):
    """A new version of an agreement: `rooms.services.agreements.write_version`."""

    text = forms.CharField(
        label=_("What people agree to"),
        widget=forms.Textarea(attrs={"rows": 16}),
        error_messages={"required": _("Write what people agree to.")},
    )
    guidelines = forms.CharField(
        label=_("Guidelines, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What one can be held to. When one is not kept, leaders note which."),
    )
    in_force_from = forms.DateField(
        label=_("In force from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("From that day on everybody is asked to read and sign it before they come in."),
        error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for code in others():
            self.fields |= _wording_fields(code)
        self.fields["still_same"] = forms.BooleanField(
            label=_("What I changed in English changes nothing in the other languages"),
            required=False,
            help_text=_("Only asked for where the English was changed and another language was not."),
        )

    def wordings(self) -> dict[str, tuple[str, list[str]]]:
        """What was written in other languages, where anything was."""
        said = self.cleaned_data
        found = {code: (said[f"{code}_text"], said[f"{code}_guidelines"].splitlines()) for code in others()}
        return {code: (text, lines) for code, (text, lines) in found.items() if text or lines}

    @classmethod
    def initial_of(cls, worded: dict[str, tuple[str, list[str]]], today) -> dict:
        """Of the version before it, or of what is offered: text and guidelines by language."""
        initial = {"in_force_from": today}
        for code, (text, lines) in worded.items():
            prefix = "" if code == SOURCE else f"{code}_"
            initial |= {f"{prefix}text": text, f"{prefix}guidelines": "\n".join(lines)}
        return initial


def _wording_fields(code: str) -> dict[str, forms.Field]:
    """The words in another language than English, which may stay away."""
    beside = {"language": others()[code]}
    return {
        f"{code}_text": forms.CharField(
            label=_("What people agree to (%(language)s)") % beside,
            required=False,
            widget=forms.Textarea(attrs={"rows": 16, "lang": code}),
            help_text=_("The same for who reads another language. The English is the one in force."),
        ),
        f"{code}_guidelines": forms.CharField(
            label=_("Guidelines, one a line (%(language)s)") % beside,
            required=False,
            widget=forms.Textarea(attrs={"rows": 8, "lang": code}),
            help_text=_("As many as in English, in the same order."),
        ),
    }


class AgreementWordingForm(forms.Form):
    """The words of a version in a language it lacks: `rooms.services.agreements.add_wording`."""

    def __init__(self, *args, code: str, **kwargs):
        super().__init__(*args, auto_id="id_wording_%s", **kwargs)
        self.language = others()[code]
        self.fields |= {name.removeprefix(f"{code}_"): field for name, field in _wording_fields(code).items()}
