"""Whoever signs shows once more that it is them: by their password, or by a passkey (`components/sign_box.html`).

Sealed with the signature's time, it is the electronic signature's second proof (45 CFR 164.312(d)). Wrong ones are counted and
logged by the account's number and a code, nothing else.
"""

import json
import logging

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from fido2.webauthn import UserVerificationRequirement

from core.errors import Refusal

ATTEMPTS, WITHIN = 5, 300  # so many wrong proofs in so many seconds, then a pause
FRESH = 300  # seconds a passkey has to answer what it was asked
ASKED_KEY = "proof.asked"

log = logging.getLogger(__name__)


def prove(request) -> None:
    """The request brings its sender's passkey's answer ("passkey", JSON) or their password ("password").

    Call it outside a transaction: what it counts must stay when the deed is refused.
    Raises Refusal (no_proof, too_many, wrong_password, wrong_passkey), each beside "password".
    """
    given, answer = request.POST.get("password", ""), request.POST.get("passkey", "")
    if not given and not answer:
        raise Refusal(_("Enter your password to sign."), "no_proof", "password")
    _take_attempt(request.user)
    if answer:
        authenticator = _answered(request, answer)
        if authenticator is None:
            raise _failed(request, "wrong_passkey", _("The passkey was not recognized. Nothing is signed."))
        authenticator.record_usage()
    elif not request.user.check_password(given):
        raise _failed(request, "wrong_password", _("This is not your password. Nothing is signed."))
    cache.delete_many(_attempts(request.user))


def has_passkey(user) -> bool:
    """Whether the person can sign with a passkey. One query."""
    return Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.WEBAUTHN).exists()


def ask_passkey(request) -> dict:
    """What the browser asks the sender's passkeys: with a PIN or the like, since it stands for the password. Answered once, and
    within five minutes."""
    options, state = webauthn.get_server().authenticate_begin(
        credentials=webauthn.get_credentials(request.user), user_verification=UserVerificationRequirement.REQUIRED
    )
    webauthn.set_state(state)
    request.session[ASKED_KEY] = int(timezone.now().timestamp())
    return dict(options)


def _answered(request, answer: str) -> Authenticator | None:
    """The passkey that answered what was asked last, or None."""
    asked = request.session.pop(ASKED_KEY, 0)
    try:
        said = json.loads(answer)
        if timezone.now().timestamp() - asked > FRESH:
            return None
        webauthn.parse_authentication_response(said)
        return webauthn.complete_authentication(request.user, said)
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError):
        return None
    finally:
        webauthn.clear_state()  # asked once, answered once


def _attempts(user) -> list[str]:
    return [f"proof:{user.pk}:{n}" for n in range(ATTEMPTS)]


def _take_attempt(user) -> None:
    """Take one of the attempts before looking, so that a hundred at once are not a hundred guesses. Raises Refusal (too_many)."""
    if not any(cache.add(key, 1, WITHIN) for key in _attempts(user)):
        log.warning("not proven: too_many, account %s", user.pk)
        raise Refusal(
            _("Too many wrong tries. Wait five minutes, then sign again: what you wrote is kept."),
            "too_many",
            "password",
        )


def _failed(request, code: str, message: str) -> Refusal:
    log.warning("not proven: %s, account %s", code, request.user.pk)
    return Refusal(message, code, "password")
