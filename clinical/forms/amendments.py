"""Forms of requests to correct a record: asking, a statement after a refusal; and staff's: more time, deciding, replying."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical.models import AmendmentRequest, Withholding

MOST = 5000  # as clinical.services.release.TEXT_LENGTH


def _words(label, rows: int, required: bool = True, help_text="") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=MOST,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": _("Please write something here."),
            "max_length": _("Keep this to %(limit_value)s characters."),
        },
    )


class AskForm(forms.Form):
    """What should be changed, why, and who else should hear of it."""

    wish = _words(_("What should be changed, and how?"), 4)
    why = _words(_("Why?"), 3, help_text=_("What is wrong with it, or what is missing."))
    others = _words(
        _("Who else should hear of it, if it is changed?"),
        2,
        required=False,
        help_text=_("For example another clinic that has the old words."),
    )


class StatementForm(forms.Form):
    """What one sets against a refusal."""

    text = _words(_("Your statement"), 5)


class LongerForm(forms.Form):
    """Thirty days more, once."""

    reason = _words(_("Why it takes longer"), 3, help_text=_("They read it."))


class DecideForm(forms.Form):
    """What is decided, on what it stands, and what is added to the note."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=AmendmentRequest.Decision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you decide.")},
    )
    basis = forms.ChoiceField(
        label=_("Basis of a refusal, also in part"),
        choices=[("", _("None: it is accepted")), *AmendmentRequest.Basis.choices],
        required=False,
    )
    answer = _words(
        _("Answer in writing"),
        5,
        help_text=_(
            "They read it. Of a refusal: the basis in plain words. How to disagree and complain is told beside it."
        ),
    )
    entry = _words(
        _("Correction added to the note"),
        4,
        required=False,
        help_text=_("When it is accepted: signed with your name and sealed. The original stays readable."),
    )

    def __init__(self, *args, with_entry: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not with_entry:
            del self.fields["entry"]


class ReplyForm(forms.Form):
    """What the program says to a statement of disagreement."""

    text = _words(_("Reply"), 4, help_text=_("They get a copy. It goes with the record."))


class WithholdForm(forms.Form):
    """Why somebody does not read one note."""

    ground = forms.ChoiceField(
        label=_("Ground (45 CFR 164.524(a)(3))"),
        choices=Withholding.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the ground.")},
    )
    reason = _words(
        _("Your reasoning"),
        5,
        help_text=_("For the chart and for a reviewer; the person does not read it. They are told the ground."),
    )


class ReviewForm(forms.Form):
    """What a reviewer decides."""

    upheld = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", _("It stays withheld")), ("no", _("It is shown"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you decide.")},
    )
    words = _words(_("What they are told"), 4)
