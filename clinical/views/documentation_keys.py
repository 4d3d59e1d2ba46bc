"""The keys of a session's unsaved words."""

from accounts.models import User
from core import drafts
from scheduling.models import Session


def draft_key(user: User, session: Session) -> str:
    """Of this person's drafts of this session (`core.drafts`)."""
    return drafts.draft_key("clinical", user.pk, session.uid)


def who(user: User) -> str:
    """Whose page it is (`core.drafts.owner_mark`)."""
    return drafts.owner_mark("clinical", user.pk)
