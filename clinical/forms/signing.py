"""Forms of what is signed: an entry added to it, a reason to return it, a reason to void it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical.models import Addendum


class AddendumForm(forms.Form):
    """A new entry to something signed. Times are in the reader's zone."""

    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=Addendum.Kind.choices,
        initial=Addendum.Kind.ADDENDUM,
        required=False,
        widget=forms.RadioSelect,
    )
    about_at = forms.DateTimeField(
        label=_("When it happened"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Of a late entry only: the date and time of what it is about."),
    )
    text = forms.CharField(
        label=_("Entry"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Signed with your name and the time, and sealed at once. The original stays as it is."),
    )

    def clean_kind(self) -> Addendum.Kind:
        return Addendum.Kind(self.cleaned_data["kind"] or Addendum.Kind.ADDENDUM)


class ReasonForm(forms.Form):
    """A reason, in a few words."""

    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, label: str, help_text: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].label, self.fields["reason"].help_text = label, help_text
