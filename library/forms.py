"""Staff's forms of homework."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from core.formats import date_format
from groups.models import Group
from library.models import LibraryItem
from library.services.team import ANSWER, NOTE
from scheduling.models import Session

SESSIONS_OFFERED = 4


class _Items(forms.ModelChoiceField):
    """What is in the library, by kind."""

    def label_from_instance(self, item: LibraryItem) -> str:
        unit = f" · {item.unit.title}" if item.unit else ""
        return f"{item.get_kind_display()}: {item.heading}{unit}"


class _Sessions(forms.ModelChoiceField):
    """Sessions by their day."""

    def label_from_instance(self, session: Session) -> str:
        return date_format(timezone.localtime(session.starts_at), "D, M j, g:i A")


class AssignForm(forms.Form):
    """What somebody is to do, by when, and a word about it."""

    item = _Items(label=_("What"), queryset=LibraryItem.objects.none(), empty_label=_("Choose …"))
    due_on = forms.DateField(
        label=_("Due"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("They see the day; nothing happens when it has passed."),
    )
    note = forms.CharField(
        label=_("A word with it"),
        required=False,
        max_length=NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They read it above the text. Not in any notice."),
    )

    def __init__(self, *args, programs: list[Program | int], **kwargs):
        super().__init__(*args, **kwargs)
        items = LibraryItem.objects.published().filter(program__in=programs).select_related("unit")
        self.fields["item"].queryset = items.in_order()
        self.fields["note"].widget.attrs.pop("maxlength", None)


class AssignToMembersForm(AssignForm):
    """The same for all members of a group; from one of its sessions, or not."""

    session = _Sessions(
        label=_("From the session"),
        queryset=Session.objects.none(),
        required=False,
        empty_label=_("None in particular"),
    )

    def __init__(self, *args, group: Group, **kwargs):
        super().__init__(*args, programs=[group.program_id], **kwargs)
        past = group.sessions.filter(starts_at__lte=timezone.now()).order_by("-starts_at")
        self.fields["session"].queryset = group.sessions.filter(pk__in=past.values("pk")[:SESSIONS_OFFERED]).order_by(
            "-starts_at"
        )


class ReplyForm(forms.Form):
    """An answer to what was sent."""

    number = forms.IntegerField(min_value=1, max_value=32_767, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your answer"),
        required=False,
        max_length=ANSWER,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("It is kept beside what they sent, and they read it on their page."),
    )
    again = forms.BooleanField(label=_("Ask them to look at it once more"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs.pop("maxlength", None)
