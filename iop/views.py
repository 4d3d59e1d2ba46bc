"""The front door: everybody is sent to theirs."""

from django.shortcuts import redirect

from accounts.access import Can, allows, requires


@requires(Can.USE_ACCOUNT)
def home(request):
    """Staff to the dashboard, patients to the portal; an account without a role to its own settings."""
    for can, name in ((Can.USE_DASHBOARD, "dashboard:home"), (Can.USE_PORTAL, "portal:today")):
        if allows(request.user, can):
            return redirect(name)
    return redirect("account_change_password")
