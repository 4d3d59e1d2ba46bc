"""A worksheet as a form of its own questions. What was typed comes back with what was wrong beside it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from library.answers import Answers, choices_of, ends_of, key_of, missing, most_of
from library.models import Ask, Sheet, WorksheetField

VERSION_MOST = 2**31 - 1


class SheetForm(forms.Form):
    """The answers of one worksheet. version: that of the draft the page was made from."""

    version = forms.IntegerField(min_value=0, max_value=VERSION_MOST, widget=forms.HiddenInput)

    def __init__(self, *args, questions: list[WorksheetField], sheet: Sheet | None = None, **kwargs):
        self.questions = questions
        stored = sheet.answers if sheet else {}
        initial = {f"q{key}": value for key, value in stored.items()} | {"version": sheet.version if sheet else 0}
        super().__init__(*args, initial=initial, **kwargs)
        for question in questions:
            self.fields[f"q{key_of(question)}"] = _field(question)
        self.theirs: Answers | None = None  # what is stored, where somebody saved it meanwhile
        self.typed: Answers = {}

    @property
    def answers(self) -> Answers:
        """What can be kept of what was entered, also where something else is wrong."""
        given = {key_of(q): self.cleaned_data.get(f"q{key_of(q)}") for q in self.questions}
        return {key: value for key, value in given.items() if value}

    def ask_for_missing(self) -> bool:
        """Say beside each question what is needed before it can be sent. Whether something is."""
        lacking = missing(self.questions, self.answers)
        for question in lacking:
            self.add_error(
                f"q{key_of(question)}", ValidationError(_("This one is needed before you send it."), "missing")
            )
        return bool(lacking)

    def goes_on_from(self, sheet: Sheet | None) -> None:
        """The page that comes back is made from this draft."""
        self.data = self.data.copy()
        self.data["version"] = str(sheet.version if sheet else 0)

    def show_other(self, sheet: Sheet | None) -> None:
        """Somebody saved it meanwhile: keep what was typed here, show what is stored beside it, and let the next press decide."""
        self.typed, self.theirs = self.answers, sheet.answers if sheet else {}
        self.goes_on_from(sheet)

    @property
    def rows(self) -> list["Row"]:
        """The questions for the page."""
        return [Row(self, question) for question in self.questions]


class Row:
    """One question on the page."""

    def __init__(self, form: SheetForm, question: WorksheetField):
        self.question = question
        self.field = form[f"q{key_of(question)}"]
        self.kind = question.kind
        self.ends = ends_of(question) if question.kind == Ask.SCALE else ()
        self.is_other = False
        self.other = ""
        if form.theirs is not None:
            theirs = form.theirs.get(key_of(question)) or ""
            self.is_other = theirs != (form.typed.get(key_of(question)) or "")
            words = dict(choices_of(question)) if question.kind not in (Ask.SHORT, Ask.LONG) else {}
            said = theirs if isinstance(theirs, list) else [theirs]
            self.other = ", ".join(words.get(one, one) for one in said if one)

    @property
    def help_id(self) -> str:
        return f"{self.field.auto_id}_help"

    @property
    def error_id(self) -> str:
        return f"{self.field.auto_id}_error"


def _field(question: WorksheetField) -> forms.Field:
    """A blank is an answer of its own while it is a draft, so nothing is required here."""
    about = {"label": question.said("label"), "required": False}
    described = {}
    if question.said("help"):
        described["aria-describedby"] = f"id_q{key_of(question)}_help"
    if question.kind in (Ask.SHORT, Ask.LONG):
        long = question.kind == Ask.LONG
        attrs = {"class": "form-control", "autocomplete": "off", **described} | ({"rows": 4} if long else {})
        field = forms.CharField(
            **about,
            max_length=most_of(question),
            widget=forms.Textarea(attrs) if long else forms.TextInput(attrs),
            error_messages={"max_length": _("Keep this to %(limit_value)s characters.")},
        )
        field.widget.attrs.pop("maxlength", None)  # a browser would cut off what is pasted, and say nothing
        return field
    wrong = {"invalid_choice": _("Choose one of the answers shown.")}
    if question.kind == Ask.CHOICES:
        return forms.MultipleChoiceField(
            **about, choices=choices_of(question), widget=forms.CheckboxSelectMultiple, error_messages=wrong
        )
    return forms.ChoiceField(**about, choices=choices_of(question), widget=forms.RadioSelect, error_messages=wrong)
