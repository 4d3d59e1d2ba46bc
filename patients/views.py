"""The way in for somebody who was invited: the link, their birth date, how they sign in. Works without scripts.

Until the birth date is right nothing is shown of whom the link is for. The key leaves the address with the first request, so
that it is in no history and no referrer; which invitation it is about is kept in the session.
"""

import json

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.access import Can, allows, requires
from core.errors import Refusal
from patients.forms import BirthDateForm, PasswordForm
from patients.models import Invitation
from patients.services import invitations

SESSION = "welcome"  # {"uid": of the invitation, "proved": when the birth date was right}
PROVED_FOR = 30 * 60  # seconds to choose a password in
FIRST_PAGE = "/my/start/"  # a page of the floor above, by its address


@requires(Can.ENTER)
@require_safe
@never_cache
def open_link(request, key) -> HttpResponse:
    """Keep which invitation it is, and go on without the key. Looking at it uses nothing up: mail programs look, too."""
    invitation = invitations.find(key)
    if invitation is None:
        return _closed(request)
    request.session[SESSION] = {"uid": str(invitation.uid)}
    return redirect("patients:welcome")


@requires(Can.ENTER)
@sensitive_post_parameters()
@never_cache
def welcome(request) -> HttpResponse:
    """First the birth date, then how they sign in; then they are in."""
    kept = request.session.get(SESSION) or {}
    invitation = Invitation.objects.usable().filter(uid=kept.get("uid"), patient__user__is_active=True)
    invitation = invitation.select_related("patient__user").first() if kept else None
    if invitation is None:
        if allows(request.user, Can.USE_PORTAL):
            return redirect(FIRST_PAGE)
        return _closed(request)
    with translation.override(_language(request, invitation.patient.user)):
        if timezone.now().timestamp() - kept.get("proved", 0) > PROVED_FOR:
            return _ask_birth_date(request, invitation)
        return _ask_way_in(request, invitation)


def _language(request, user) -> str:
    """What they chose at the foot of the page; else what staff know of them; else, English being no more than the usual there,
    what their browser asks for."""
    if (chosen := request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)) in dict(settings.LANGUAGES):
        return chosen
    return user.language if user.language != "en" else translation.get_language_from_request(request)


def _closed(request, refusal: Refusal | None = None) -> HttpResponse:
    return render(request, "patients/welcome_closed.html", {"refusal": refusal}, status=404)


def _ask_birth_date(request, invitation: Invitation) -> HttpResponse:
    form = BirthDateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            invitations.say_birth_date(
                invitation=invitation,
                birth_date=form.cleaned_data["birth_date"],
                address=get_adapter(request).get_client_ip(request),
            )
        except Refusal as refusal:
            if refusal.code in ("closed", "locked"):
                return _closed(request, refusal)
            refusal.add_to(form)
        else:
            request.session.cycle_key()
            proved = int(timezone.now().timestamp())
            request.session[SESSION] = {"uid": str(invitation.uid), "proved": proved}
            return redirect("patients:welcome")
    return render(request, "patients/welcome.html", {"form": form, "step": 1}, status=422 if form.errors else 200)


def _ask_way_in(request, invitation: Invitation) -> HttpResponse:
    """A password; or, where the browser has one, a passkey that stands for it."""
    asked = request.method == "POST" and "password" in request.POST
    form = PasswordForm(request.POST if asked else None)
    refusal = None
    try:
        if request.method == "POST" and request.POST.get("credential"):
            return _let_in_by_passkey(request, invitation)
        if asked and form.is_valid():
            user = invitations.accept(
                invitation=invitation, password=form.cleaned_data["password"], language=translation.get_language()
            )
            request.session.pop(SESSION, None)
            record_authentication(request, user, method="invitation")
            return perform_login(request, Login(user=user, redirect_url=FIRST_PAGE))
    except Refusal as refused:
        if refused.code == "closed":
            return _closed(request, refused)
        if refused.field:
            refused.add_to(form)
        refusal = None if refused.field else refused
    context = {
        "form": form,
        "step": 2,
        "patient": invitation.patient,
        "refusal": refusal,
        "js_data": {"creation_options": webauthn.begin_registration(invitation.patient.user, True)},
    }
    return render(request, "patients/welcome.html", context, status=422 if form.errors or refusal else 200)


def _let_in_by_passkey(request, invitation: Invitation) -> HttpResponse:
    """Keep the passkey their browser made, in one piece with using the invitation. Raises Refusal (closed, bad_passkey)."""
    try:
        credential = json.loads(request.POST["credential"])
        webauthn.parse_registration_response(credential)
        verified = webauthn.complete_registration(credential).is_user_verified()
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError):
        verified = False
    if not verified:
        raise Refusal(_("The passkey did not work. Try again, or choose a password."), "bad_passkey")
    with transaction.atomic():
        user = invitations.accept(invitation=invitation, password=None, language=translation.get_language())
        passkey: Authenticator = webauthn.WebAuthn.add(user, _("Passkey"), credential).instance
    request.session.pop(SESSION, None)
    post_authentication(request, passkey, passwordless=True)
    return perform_login(request, Login(user=user, redirect_url=FIRST_PAGE))
