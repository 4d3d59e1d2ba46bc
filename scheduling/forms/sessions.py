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
    # The session's number of changes when the form was opened: what somebody else changed meanwhile is not undone unseen.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, session, **kwargs):
        local = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone))
        now = {"day": local.date(), "time": local.time(), "minutes": session.minutes, "seen": session.changes}
        kwargs.setdefault("initial", now)
        super().__init__(*args, **kwargs)
        self.session = session
        self.fields["time"].help_text = _("As the clock stands in %(place)s.") % {"place": zone_words(session.zone)}

    @property
    def starts_at(self) -> dt.datetime:
        """The new start, aware."""
        return local_start(self.cleaned_data["day"], self.cleaned_data["time"], self.session.zone)

    @property
    def deed(self) -> dict:
        """What `move_session` and its preview are asked."""
        asked = self.cleaned_data
        return {
            "session": self.session,
            "starts_at": self.starts_at,
            "minutes": asked["minutes"],
            "seen": asked["seen"],
        }

    def look_again(self) -> None:
        """The reader has been told of somebody else's change: from now on it counts as seen."""
        self.data = {**self.data.dict(), "seen": self.session.changes}
