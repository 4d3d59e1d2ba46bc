"""The form of a handout."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.services.handouts import LONGEST_TEXT, LONGEST_TITLE


class HandoutForm(forms.Form):
    """A title, and pages of text."""

    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    text = forms.CharField(
        label=_("What it says"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_(
            "A line of three dashes (---) begins a new page. A line with # is a heading, with - a point, with 1. a numbered"
            " point. About nobody: everybody in the session can read it."
        ),
    )


class NewHandoutForm(HandoutForm):
    """The same, and for which sessions."""

    ONE, ALL = "one", "all"
    of = forms.ChoiceField(
        label=_("For"),
        choices=[(ALL, _("every session of this series")), (ONE, _("this session only"))],
        widget=forms.RadioSelect,
        initial=ALL,
    )


class TitleForm(forms.Form):
    """The title of a kept whiteboard."""

    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    text = ""
