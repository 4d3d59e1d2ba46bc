"""What a person, and a program for its people, decide about messages."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import formats
from messaging.models import MUTABLE, Category, Channel, Template
from messaging.preferences import LEADS_AT_MOST
from messaging.wishes import Wishes

# Minutes before a session that a reminder may be asked for.
LEADS = (7 * 24 * 60, 2 * 24 * 60, 24 * 60, 2 * 60, 60, 30, 10)
PLACES = (gettext_lazy("First"), gettext_lazy("Second"), gettext_lazy("Third"), gettext_lazy("Fourth"))


def lead_words(minutes: int) -> str:
    """How long before, as people say it: 1440 -> "1 day", 120 -> "2 hours", 90 -> "90 minutes"."""
    for size, some in ((1440, _days), (60, _hours)):
        if minutes % size == 0 and minutes:
            return some(minutes // size)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def _days(n: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def _hours(n: int) -> str:
    return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}


def leads_words(leads: Iterable[int]) -> str:
    """ "1 day, 1 hour and 10 minutes before", or that there are none."""
    said = [lead_words(lead) for lead in sorted(set(leads), reverse=True)]
    if not said:
        return _("no reminders")
    return _("%(times)s before") % {"times": ", ".join(said)}


def channels_words(channels: Iterable[str]) -> str:
    """The ways by their names, in order."""
    return ", ".join(str(Channel(channel).label) for channel in channels)


def hour_words(time: dt.time) -> str:
    """A wall time: "9 p.m."."""
    return formats.time_format(time, "g:i A")


def quiet_words(begin: dt.time, end: dt.time) -> str:
    """Quiet hours in words."""
    if begin == end:
        return _("no quiet hours")
    return _("%(begin)s to %(end)s") % {"begin": hour_words(begin), "end": hour_words(end)}


def _hour_choices(*also: dt.time | None) -> list[tuple[str, str]]:
    times = {dt.time(h, m) for h in range(24) for m in (0, 30)} | {time for time in also if time}
    return [(f"{time:%H:%M}", hour_words(time)) for time in sorted(times)]


class TimesAndWays(forms.Form):
    """Lead times, order of ways and quiet hours. The order is a select a place, so that it needs neither mouse nor script."""

    lead_minutes = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Remind this long before"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Five at most."),
    )
    quiet_from = forms.TypedChoiceField(
        label=gettext_lazy("Quiet from"), coerce=dt.time.fromisoformat, empty_value=None
    )
    quiet_until = forms.TypedChoiceField(
        label=gettext_lazy("Quiet until"), coerce=dt.time.fromisoformat, empty_value=None
    )

    def __init__(self, *args, leads: Sequence[int], channels: Sequence[str], quiet: Sequence[dt.time | None], **kwargs):
        """leads, channels, quiet: what is chosen now; lead times and hours that aren't on offer stay choosable."""
        super().__init__(*args, **kwargs)
        shown = sorted({*LEADS, *leads}, reverse=True)
        self.fields["lead_minutes"].choices = [(minutes, lead_words(minutes)) for minutes in shown]
        self.initial.setdefault("lead_minutes", list(leads))
        for name, time in zip(("quiet_from", "quiet_until"), quiet, strict=True):
            self.fields[name].choices = _hour_choices(*quiet)
            self.initial.setdefault(name, f"{time:%H:%M}" if time else "")
        for number, place in enumerate(PLACES):
            self.fields[f"way_{number}"] = forms.ChoiceField(
                label=place,
                choices=[*([("", _("nothing more"))] if number else []), *Channel.choices],
                required=not number,
            )
            self.initial.setdefault(f"way_{number}", channels[number] if number < len(channels) else "")

    @property
    def ways(self) -> list[forms.BoundField]:
        """The fields of the order."""
        return [self[f"way_{number}"] for number in range(len(PLACES))]

    def clean_lead_minutes(self) -> list[int]:
        """Five at most."""
        leads = self.cleaned_data["lead_minutes"]
        if len(leads) > LEADS_AT_MOST:
            raise forms.ValidationError(_("Choose %(n)s at most.") % {"n": LEADS_AT_MOST}, "too_many")
        return sorted(leads, reverse=True)

    def clean(self):
        """The places hold each way once."""
        chosen: list[str] = []
        for number in range(len(PLACES)):
            way = self.cleaned_data.get(f"way_{number}")
            if not way:
                continue
            if way in chosen:
                self.add_error(f"way_{number}", forms.ValidationError(_("This way is chosen already."), "twice"))
            chosen.append(way)
        self.cleaned_data["channels"] = chosen
        return self.cleaned_data


class RulesForm(TimesAndWays):
    """A program's rules: `messaging.preferences.set_policy`."""

    def deed(self) -> dict:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in ("lead_minutes", "channels", "quiet_from", "quiet_until")}


class ReachForm(TimesAndWays):
    """A person's own choices: `messaging.preferences.set_preference`. What is as their program has it follows the program."""

    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Tell me about"),
        choices=[(str(category), category.label) for category in MUTABLE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What is not ticked is not sent. In a crisis somebody may reach you all the same."),
    )

    def __init__(self, *args, mine: Wishes, usual: Wishes, **kwargs):
        """mine: what holds for the person. usual: what would hold if they had chosen nothing."""
        self.usual = usual
        quiet = (mine.quiet_from, mine.quiet_until)
        super().__init__(*args, leads=mine.lead_minutes, channels=mine.channels, quiet=quiet, **kwargs)
        self.initial.setdefault("wanted", [str(c) for c in MUTABLE if mine.wants(c)])

    def clean(self):
        """At least one reminder: nobody switches them off by an empty list."""
        cleaned = super().clean()
        if "lead_minutes" in cleaned and not cleaned["lead_minutes"] and Category.REMINDER in cleaned.get("wanted", ()):
            said = _("Choose at least one. If you want no reminders, take the tick off “Reminders” below.")
            self.add_error("lead_minutes", forms.ValidationError(said, "none_chosen"))
        return cleaned

    def deed(self) -> dict:
        """What the service takes. None: as the program does it."""
        cleaned, usual = self.cleaned_data, self.usual
        leads, channels = tuple(cleaned["lead_minutes"]), tuple(cleaned["channels"])
        quiet = (cleaned["quiet_from"], cleaned["quiet_until"])
        as_usual = quiet == (usual.quiet_from, usual.quiet_until)
        return {
            "channels": None if channels == usual.channels else channels,
            "lead_minutes": None if leads in ((), usual.lead_minutes) else leads,
            "quiet_from": None if as_usual else quiet[0],
            "quiet_until": None if as_usual else quiet[1],
            "muted": [str(category) for category in MUTABLE if str(category) not in cleaned["wanted"]],
        }


class MobileForm(forms.Form):
    """A mobile number and the consent to be texted there: `messaging.preferences.set_mobile`."""

    number = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=40,
        error_messages={"required": gettext_lazy("Write your mobile number.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    # TCPA: prior express consent, in words of its own, not bundled with anything else and no condition of care.
    consent = forms.BooleanField(
        label=gettext_lazy("Yes, text me at this number"),
        error_messages={"required": gettext_lazy("Without your consent we can’t text you.")},
    )


class WordingForm(forms.Form):
    """A program's own words: `messaging.wordings.save_template`."""

    subject = forms.CharField(
        label=capfirst(Template._meta.get_field("subject").verbose_name),
        max_length=Template._meta.get_field("subject").max_length,
        required=False,
        help_text=gettext_lazy("Left empty, the product’s own stands."),
    )
    text = forms.CharField(
        label=capfirst(Template._meta.get_field("text").verbose_name),
        max_length=Template._meta.get_field("text").max_length,
        error_messages={"required": gettext_lazy("Write what the message says.")},
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "true"}),
    )

    def __init__(self, *args, channel: str, language: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["lang"] = language
        self.fields["subject"].widget.attrs["lang"] = language
        if channel == Channel.SMS:
            del self.fields["subject"]
            self.fields["text"].widget.attrs["rows"] = 4
