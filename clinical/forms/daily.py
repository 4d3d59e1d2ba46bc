"""The daily check-in as a form: every answer optional, since a blank is an answer of its own."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical.models import FEW_HOURS, MANY_HOURS, DailyCheckIn, SleepQuality
from clinical.services.daily import MOST_WORDS

DOES_NOT_APPLY = "none"


def _hours() -> list[tuple[str, str]]:
    between = [(str(n), str(n)) for n in range(FEW_HOURS + 1, MANY_HOURS)]
    fewest = (str(FEW_HOURS), _("%(n)s or fewer") % {"n": FEW_HOURS})
    return [fewest, *between, (str(MANY_HOURS), _("%(n)s or more") % {"n": MANY_HOURS})]


def _one_of(label, choices) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of the answers shown.")},
    )


class DailyForm(forms.Form):
    """How a day is. on: the day the page was opened for."""

    on = forms.DateField(widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("A word, or a few"),
        required=False,
        max_length=MOST_WORDS,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
        error_messages={
            "max_length": _("This is longer than %(limit_value)s characters. Your journal has room for more.")
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        steps = [(str(n), str(n)) for n in range(11)]
        self.fields |= {
            "mood": _one_of(_("My mood"), steps),
            "craving": _one_of(_("Cravings or urges"), [*steps, (DOES_NOT_APPLY, _("Does not apply to me"))]),
            "coping": _one_of(_("How I am coping"), steps),
            "sleep_hours": _one_of(_("Hours I slept"), _hours()),
            "sleep_quality": _one_of(_("How I slept"), [(str(n), label) for n, label in SleepQuality.choices]),
        }
        self.ends = {
            "mood": (_("Very low"), _("Very good")),
            "craving": (_("None"), _("Very strong")),
            "coping": (_("Not at all"), _("Very well")),
        }

    @staticmethod
    def initial_of(found: DailyCheckIn | None, on) -> dict:
        """What was said of the day so far."""
        if found is None:
            return {"on": on}
        said = {name: getattr(found, name) for name in ("mood", "craving", "coping", "sleep_hours", "sleep_quality")}
        said = {name: str(value) for name, value in said.items() if value is not None}
        if found.no_craving:
            said["craving"] = DOES_NOT_APPLY
        return {"on": on, "words": found.words, **said}

    @property
    def scales(self) -> list[tuple]:
        """The three 0-10 questions for the page: field, its 0-10 choices, what is beside them, the words of both ends."""
        found = []
        for name, ends in self.ends.items():
            radios = list(self[name])
            found.append((self[name], radios[:11], radios[11:], *ends))
        return found

    @property
    def answers(self) -> dict:
        """What the service asks for."""
        given = self.cleaned_data
        none = given["craving"] == DOES_NOT_APPLY
        numbers = {
            name: int(given[name]) if given[name] and given[name] != DOES_NOT_APPLY else None
            for name in ("mood", "craving", "coping", "sleep_hours", "sleep_quality")
        }
        return {"on": given["on"], "words": given["words"], "no_craving": none, **numbers}
