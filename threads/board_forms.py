"""Forms of boards. What was typed comes back with what was wrong."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from threads.models import ReportReason
from threads.services.boards import POST_LENGTH, REPORT_LENGTH


class PostForm(forms.Form):
    """One post, or an answer to one."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What you want to say"),
        required=False,
        max_length=POST_LENGTH,
        error_messages={"max_length": _("Keep one post to %(limit_value)s characters.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A browser would cut off what is pasted, and say nothing.
        self.fields["text"].widget.attrs.pop("maxlength", None)
        self.initial.setdefault("key", uuid.uuid4())


class ReportForm(forms.Form):
    """Why somebody asks that a post is looked at."""

    reason = forms.ChoiceField(
        label=_("What is it about?"),
        choices=ReportReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what it is about.")},
    )
    words = forms.CharField(
        label=_("Anything else we should know?"),
        required=False,
        max_length=REPORT_LENGTH,
        error_messages={"max_length": _("Keep this to %(limit_value)s characters.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["words"].widget.attrs.pop("maxlength", None)
