"""Every way of the portal on one page, by what it is for: what has no tab on a phone is two taps away from anywhere."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from patients.records import own_record
from threads.board_pages import boards_for


def _ways() -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """By heading: the route, its icon, its name and what it is for. What only some have is added by the view."""
    return [
        (
            _("Between sessions"),
            [
                ("day", "mood-smile", _("Daily check-in"), _("How is today? Twenty seconds.")),
                ("journal", "notebook", _("Journal"), _("Yours alone, and locked.")),
                ("homework", "checklist", _("Homework"), _("What you and your team agreed on.")),
                ("library", "books", _("Library"), _("To read, to hear and to fill in.")),
                ("check_ins", "message-circle-question", _("Questions"), _("Short question sheets from your team.")),
                ("handouts", "file-text", _("Handouts"), _("What was shown in sessions.")),
            ],
        ),
        (
            _("My way"),
            [
                ("goals", "target-arrow", _("Goals"), _("Your next steps, to tick.")),
                ("milestones", "flag", _("Milestones"), _("What you have behind you.")),
                ("plan", "clipboard-list", _("My plan"), _("What you are working on with your clinician.")),
                ("plans", "lifebuoy", _("Plans for hard times"), _("For the hard hours, to read and to print.")),
                ("circle", "users", _("What others share"), _("Goals that they and you chose to share.")),
            ],
        ),
        (
            _("Times"),
            [
                ("month", "calendar-month", _("Month"), _("Everything ahead, day by day.")),
                ("appointments", "calendar-user", _("Appointments"), _("Pick a time with one person.")),
                ("seats", "arrows-exchange", _("Times you could take"), _("To make up for a session you missed.")),
                ("hours", "clock", _("Hours"), _("What you attended.")),
                ("feed", "calendar-share", _("In my calendar"), _("Your sessions in your own calendar.")),
            ],
        ),
        (
            _("My record and my details"),
            [
                ("record", "file-description", _("My record"), _("Read it, take it with you, ask for a correction.")),
                ("papers", "signature", _("What I signed"), _("To read again, and to take back.")),
                ("details", "user-circle", _("My details"), _("The name others see, your language and zone.")),
                ("reach", "bell", _("How I am reached"), _("How and when you want to hear from us.")),
                ("start", "map", _("First days"), _("How everything works, to read again.")),
            ],
        ),
    ]


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def more(request):
    """All there is. Queries: who they are, and whether a board is open for them."""
    own_record(request)
    ways = _ways()
    if boards_for(request.user):
        ways[0][1].append(("boards", "messages", _("Board"), _("What the others of your group write, and you.")))
    return render(request, "portal/more.html", {"ways": ways, "section": "more"})
