"""Forms that answer what somebody in care asked for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.models import ExcuseRequest
from scheduling.services.answers import ANSWERS, WORDS_LENGTH


def _words(label, help_text) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=help_text,
    )


class AnswerForm(forms.Form):
    """Excused, please come, or let us talk; with a sentence."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[(state.value, state.label) for state in ANSWERS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
    )
    words = _words(_("A sentence to them"), _("They read it on their page. A no, or a wish to talk, needs one."))
    # How often it was answered when the page was opened: what somebody else answered meanwhile is not undone unseen.
    seen = forms.IntegerField(required=False, min_value=0, max_value=30000, widget=forms.HiddenInput)

    def __init__(self, *args, request: ExcuseRequest, **kwargs):
        initial = {"seen": request.answers}
        if request.answered_at:
            initial |= {"answer": request.state, "words": request.answer}
        super().__init__(*args, initial=initial, **kwargs)


class DeclineForm(forms.Form):
    """Why not this seat."""

    words = _words(_("A sentence to them"), _("Why not, or what else would help. They read it on their page."))
