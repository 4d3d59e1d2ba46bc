"""Taking down what somebody shares with their group: for who leads it, or supervises who does."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clinical.queries_goals import shared_in
from clinical.services.goals import take_down_goal
from core.errors import Refusal
from core.sent import sent_uid
from groups.models import Group


@dataclass(frozen=True, slots=True)
class NotYet:
    """What was not taken down, the word that was typed for it, and why not."""

    shared: int
    words: str
    error: str


def take_down(request, group: Group) -> HttpResponse | NotYet:
    """Of a group's page that was sent. What is there no more is said to be gone."""
    standing = {one.uid: one for one in shared_in(request.user, group)}
    shared = standing.get(sent_uid(request.POST.get("shared")))
    words = request.POST.get("words", "")
    if shared is None:
        messages.info(request, _("It does not stand there any more."))
        return redirect("dashboard:group", group.uid)
    try:
        take_down_goal(shared=shared, words=words, by=request.user)
    except Refusal as refusal:
        return NotYet(shared.pk, words, refusal.message)
    messages.success(request, _("Taken down. They are told that there is a word for them."))
    return redirect("dashboard:group", group.uid)
