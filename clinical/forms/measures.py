"""A measure as a form: each item optional, since a blank is an answer of its own; the engine decides what it scores."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical.instruments import Definition, Item, Options


@dataclass(frozen=True, slots=True)
class Question:
    """One item as the page shows it. number: of how many there are, letters and unscored ones left out."""

    item: Item
    options: Options
    field: forms.BoundField
    is_choice: bool
    follows: str  # the item whose answer makes this one pointless, as a field's name
    pointless: str  # … and that answer


class MeasureForm(forms.Form):
    """The answers to one measure."""

    def __init__(self, *args, definition: Definition, **kwargs):
        super().__init__(*args, **kwargs)
        self.definition = definition
        for item in definition.items:
            options = definition.options_of(item)
            if options.values:
                field = forms.TypedChoiceField(
                    choices=[(choice.value, definition.said(choice.label)) for choice in options.values],
                    coerce=int,
                    empty_value=None,
                    widget=forms.RadioSelect,
                )
            else:
                wrong = _("Enter a number from %(low)s to %(high)s.") % {"low": options.low, "high": options.high}
                field = forms.IntegerField(
                    min_value=options.low,
                    max_value=options.high,
                    widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "form-control measure-number"}),
                    error_messages={
                        "invalid": _("Enter a whole number."),
                        **dict.fromkeys(("min_value", "max_value"), wrong),
                    },
                )
            field.label, field.required = definition.said(item.text) or item.key, False
            self.fields[f"q{item.key}"] = field

    @property
    def answers(self) -> dict[str, int | None]:
        """What was answered, item by item; None for a blank."""
        return {item.key: self.cleaned_data.get(f"q{item.key}") for item in self.definition.items}

    @property
    def questions(self) -> list[Question]:
        """The items in order, for the page."""
        return [
            Question(
                item,
                self.definition.options_of(item),
                self[f"q{item.key}"],
                bool(self.definition.options_of(item).values),
                f"q{item.not_asked_when.item}" if item.not_asked_when else "",
                str(item.not_asked_when.value) if item.not_asked_when else "",
            )
            for item in self.definition.items
        ]


class VoidForm(forms.Form):
    """Why answers are voided."""

    reason = forms.CharField(
        label=_("Why are they voided?"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why they are voided.")},
    )
