"""The editor of a plan: a tree of small forms. Adding, removing and moving change what was posted, so they work without scripts.

The posted lists "p", "p0-g", "p0-g0-o" … hold the keys of the parts in their order; each part's fields carry its name as prefix.
"""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical.models import Objective, PlanReview
from clinical.services.plan_text import GoalText, InterventionText, ObjectiveText, PlanText, ProblemText

KEY = re.compile(r"^(\d{1,6}|KEY)$")
MOST = 20  # of one kind in one place
LONG = {"rows": 2}


class PartForm(forms.Form):
    """A part of the plan. Nothing is required of a draft; what is missing is told before signing."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    use_required_attribute = False

    def __init__(self, *args, choices: dict, **kwargs):
        super().__init__(*args, **kwargs)
        for name, found in choices.items():
            if name in self.fields:
                self.fields[name].choices = [("", "–"), *found]


class ProblemForm(PartForm):
    """A problem."""

    text = forms.CharField(label=_("Problem"), required=False, widget=forms.Textarea(LONG))
    evidence = forms.CharField(label=_("As shown by"), required=False, widget=forms.Textarea(LONG))
    diagnosis = forms.TypedChoiceField(label=_("Diagnosis"), required=False, coerce=int, empty_value=None)


class GoalForm(PartForm):
    """A long-term goal."""

    text = forms.CharField(
        label=_("Long-term goal"),
        required=False,
        widget=forms.Textarea(LONG),
        help_text=_("In their own words, where it can be."),
    )


class ObjectiveForm(PartForm):
    """A measurable objective."""

    text = forms.CharField(label=_("Measurable objective"), required=False, widget=forms.Textarea(LONG))
    baseline = forms.CharField(label=_("Baseline"), required=False, help_text=_("How it stands now."))
    target = forms.CharField(label=_("Target"), required=False, help_text=_("What counts as reached."))
    target_on = forms.DateField(
        label=_("Target date"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=Objective.Status.choices)

    def clean_status(self):
        return self.cleaned_data["status"] or Objective.Status.OPEN


class InterventionForm(PartForm):
    """What is done."""

    text = forms.CharField(label=_("Intervention"), required=False, widget=forms.Textarea({"rows": 1}))
    frequency = forms.CharField(label=_("How often"), required=False)
    responsible = forms.TypedChoiceField(label=_("Responsible"), required=False, coerce=int, empty_value=None)
    responsible_words = forms.CharField(label=_("Or somebody else"), required=False, max_length=120)


# letter: form, value, its list's letter, the list in the value
LEVELS = {
    "p": (ProblemForm, ProblemText, "g", "goals"),
    "g": (GoalForm, GoalText, "o", "objectives"),
    "o": (ObjectiveForm, ObjectiveText, "i", "interventions"),
    "i": (InterventionForm, InterventionText, "", ""),
}


class Node:
    """One part of the tree: its name, key, form and the parts below."""

    def __init__(self, letter: str, above: str, key: str, choices: dict, *, data=None, value=None):
        form, self.value_type, self.below, self.children_name = LEVELS[letter]
        self.above, self.key, self.letter = above, key, letter
        self.list_name = f"{above}-{letter}" if above else letter
        self.name = f"{self.list_name}{key}"
        self.add_name = f"{self.name}-{self.below}"
        initial = {f: getattr(value, f) for f in form.base_fields} if value else {}
        self.form = form(data, prefix=self.name, initial=initial, choices=choices)
        if letter == "i" and value and value.responsible:
            self.form.initial["responsible_words"] = ""  # taken from the choice
        self.children: list[Node] = []
        if not self.below:
            return
        if data is not None:
            keys = keys_of(data, self.add_name)
            self.children = [Node(self.below, self.name, k, choices, data=data) for k in keys]
        elif value:
            parts = getattr(value, self.children_name)
            self.children = [Node(self.below, self.name, str(n), choices, value=v) for n, v in enumerate(parts)]

    def everything(self):
        """Its form, and those of all parts below."""
        yield self.form
        for child in self.children:
            yield from child.everything()

    def value(self):
        """What it says, as a value for the service."""
        values = dict(self.form.cleaned_data)
        if self.below:
            values[self.children_name] = [child.value() for child in self.children]
        return self.value_type(**values)


def keys_of(data, name: str) -> list[str]:
    """The keys of a list of parts, in their order; strange ones and the ones past MOST are left out."""
    return [key for key in dict.fromkeys(data.getlist(name)) if KEY.match(key)][:MOST]


class PlanForm(forms.Form):
    """The whole editor. text: what is stored; data: what was posted. `deed` changes a copy of what was posted first."""

    strengths = forms.CharField(label=_("Strengths"), required=False, widget=forms.Textarea({"rows": 3}))
    culture = forms.CharField(
        label=_("Cultural considerations and preferences"), required=False, widget=forms.Textarea({"rows": 3})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    use_required_attribute = False

    def __init__(self, data=None, *, text: PlanText, version: int, choices: dict):
        super().__init__(data, initial={"strengths": text.strengths, "culture": text.culture, "version": version})
        if data is not None:
            self.problems = [Node("p", "", key, choices, data=data) for key in keys_of(data, "p")]
        else:
            self.problems = [Node("p", "", str(n), choices, value=v) for n, v in enumerate(text.problems)]

    def is_valid(self) -> bool:
        """Whether every part of the tree is."""
        parts = [form.is_valid() for node in self.problems for form in node.everything()]
        return super().is_valid() and all(parts)

    def text(self) -> PlanText:
        """What was posted, as a value for the service."""
        values = self.cleaned_data
        return PlanText(values["strengths"], values["culture"], [node.value() for node in self.problems])

    def uids(self, stored: PlanText) -> dict[str, str]:
        """By the name of a field, the row that each part of what was posted is, once it is stored as `stored`."""
        found = {}

        def pair(nodes: list[Node], parts: list) -> None:
            for node, part in zip(nodes, parts, strict=True):
                found[node.form.add_prefix("uid")] = str(part.uid)
                if node.below:
                    pair(node.children, getattr(part, node.children_name))

        pair(self.problems, stored.problems)
        return found


def changed(data, deed: str):
    """A copy of what was posted, with a part added (and one of each kind below it), removed or moved."""
    data = data.copy()
    verb, _colon, name = deed.partition(":")
    if verb == "add":
        letter = name[-1:]
        while letter in LEVELS and len(keys := keys_of(data, name)) < MOST:
            key = str(max([int(k) for k in keys if k.isdecimal()], default=-1) + 1)
            data.setlist(name, [*keys, key])
            letter = LEVELS[letter][2]
            name = f"{name}{key}-{letter}"
        return data
    if not (match := re.fullmatch(r"(.*[pgoi])(\d{1,6})", name)):
        return data
    where, key = match.groups()
    keys = keys_of(data, where)
    if key not in keys:
        return data
    place = keys.index(key)
    keys.remove(key)
    if verb in ("up", "down"):
        keys.insert(max(0, place - 1) if verb == "up" else place + 1, key)
    data.setlist(where, keys)
    return data


def blank_parts(choices: dict) -> list[Node]:
    """One new part of each kind, with one of each kind below it, for the browser to copy."""

    def blank(letter: str, above: str) -> Node:
        node = Node(letter, above, "KEY", choices)
        if node.below:
            node.children = [blank(node.below, node.name)]
        return node

    return [blank(letter, "" if letter == "p" else "PARENT") for letter in LEVELS]


class ReviewForm(forms.Form):
    """A review of the plan in force."""

    reviewed_on = forms.DateField(label=_("Reviewed on"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=PlanReview.Outcome.choices, widget=forms.RadioSelect)
    next_on = forms.DateField(
        label=_("Next review by"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("If it goes on as it is. Empty: as the program’s rules say."),
    )
    text = forms.CharField(label=_("What was said"), required=False, widget=forms.Textarea({"rows": 4}))
