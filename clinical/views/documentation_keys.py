"""The keys of words that are not saved yet, and whose page it is that brings them."""

from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Document
from core import drafts
from scheduling.models import Session


def draft_key(user: User, thing: Session | Document) -> str:
    """Of this person's drafts of this session or document (`core.drafts`)."""
    return drafts.draft_key("clinical", user.pk, thing.uid)


def who(user: User) -> str:
    """Whose page it is (`core.drafts.owner_mark`)."""
    return drafts.owner_mark("clinical", user.pk)


def of_somebody_else(request: HttpRequest, status: int) -> JsonResponse | None:
    """The answer to a page that saves itself and was opened by somebody else than who is signed in now; None when it was not."""
    if constant_time_compare(request.POST.get("who", ""), who(request.user)):
        return None
    return JsonResponse({"code": "somebody_else", "message": _("Somebody else is signed in now.")}, status=status)
