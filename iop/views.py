"""The front door: everybody is sent to theirs; and the page where a form came with an old token."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import Can, allows, requires
from core.returning import came_from

AT_LEAST = 20  # characters of a text that would be missed


@requires(Can.USE_ACCOUNT)
def home(request):
    """Staff to the dashboard, patients to the portal; an account without a role to its own settings."""
    for can, name in ((Can.USE_DASHBOARD, "dashboard:home"), (Can.USE_PORTAL, "portal:today")):
        if allows(request.user, can):
            return redirect(name)
    return redirect("account_change_password")


def token_failed(request, reason="") -> HttpResponse:
    """A form of ours came with an old token: nothing is done, and what somebody wrote is given back to be copied. What another
    site's page sent is not shown: it would stand here as if it were ours."""
    back, words = came_from(request), []
    if back != "/" and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin":
        words = [
            said
            for name, said in request.POST.items()
            if "pass" not in name and len(said) >= AT_LEAST and " " in said.strip()
        ]
    return render(request, "403_csrf.html", {"words": words, "back": back}, status=403)
