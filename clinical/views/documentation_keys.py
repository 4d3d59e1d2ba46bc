"""What a browser needs to keep unsaved words so that nobody else at the same machine can read them."""

import base64

from django.utils.crypto import salted_hmac

from accounts.models import User
from scheduling.models import Session


def draft_key(user: User, session: Session) -> str:
    """A key of 256 bits for this person's drafts of this session, in base64. It is derived, never stored, and the same after
    signing in again; the page that brings it is shown to this person only."""
    digest = salted_hmac("clinical.draft", f"{user.pk}:{session.uid}", algorithm="sha256").digest()
    return base64.b64encode(digest).decode()


def who(user: User) -> str:
    """A word that tells a person's pages from another's. It comes back with what a page saves: words typed by one are never
    saved under the name of another who has signed in meanwhile."""
    return salted_hmac("clinical.who", str(user.pk), algorithm="sha256").hexdigest()[:20]
