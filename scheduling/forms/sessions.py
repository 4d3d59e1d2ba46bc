"""Forms that change one session."""

import datetime as dt
import zoneinfo

from django import forms
from django.utils.translation import gettext_lazy as _

from core.templatetags.house import zone_words
from scheduling.forms.fields import DayField
from scheduling.services import local_start


class CancelForm(forms.Form):
    """Why a session does not take place."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Seen by staff only. Members are told that it is cancelled, not why."),
        error_messages={"required": _("Say why it is cancelled.")},
    )


class MoveForm(forms.Form):
    """A session's new time, in the session's own zone."""

    day = DayField(label=_("Day"))
    time = forms.TimeField(label=_("Starts at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=15, max_value=240, help_text=_("Break included."))

    def __init__(self, *args, session, **kwargs):
        local = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone))
        kwargs.setdefault("initial", {"day": local.date(), "time": local.time(), "minutes": session.minutes})
        super().__init__(*args, **kwargs)
        self.session = session
        self.fields["time"].help_text = _("As the clock stands in %(place)s.") % {"place": zone_words(session.zone)}

    @property
    def starts_at(self) -> dt.datetime:
        """The new start, aware."""
        return local_start(self.cleaned_data["day"], self.cleaned_data["time"], self.session.zone)
