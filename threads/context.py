"""What every staff page's tabs say of messages."""

from django.db.models import Count
from django.utils.functional import SimpleLazyObject

from accounts.access import Can, allows
from threads.models import Thread


def waiting(request) -> dict:
    """How many threads of one's people wait for an answer. One query, when it is shown."""
    user = getattr(request, "user", None)
    if not (user and user.is_authenticated and allows(user, Can.ANSWER_MESSAGES)):
        return {}
    return {"messages_waiting": SimpleLazyObject(lambda: _waiting(user))}


def _waiting(user) -> int:
    found = Thread.objects.visible_to(user).filter(waiting_since__isnull=False)
    return found.aggregate(messages_waiting=Count("pk"))["messages_waiting"]
