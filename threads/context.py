"""What every staff page's tabs say of messages."""

from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import SimpleLazyObject

from accounts.access import Can, allows
from accounts.models import User
from threads.models import Post, Thread
from threads.models.boards import leads


def waiting(request) -> dict:
    """How many threads of one's people wait for an answer, and how many posts on the boards of one's groups for a look. One
    query, when it is shown."""
    user = getattr(request, "user", None)
    if not (user and user.is_authenticated and allows(user, Can.ANSWER_MESSAGES)):
        return {}
    return {"messages_waiting": SimpleLazyObject(lambda: _waiting(user))}


def _waiting(user) -> int:
    threads = Thread.objects.visible_to(user).filter(waiting_since__isnull=False)
    posts = Post.objects.to_look_at().filter(board__group__in=leads(user))
    found = User.objects.filter(pk=user.pk).annotate(messages_waiting=_number(threads) + _number(posts))
    return found.values_list("messages_waiting", flat=True).get()


def _number(rows: QuerySet) -> Coalesce:
    """How many rows there are, for another query to hold."""
    one = rows.order_by().annotate(all=Value(1)).values("all")
    return Coalesce(Subquery(one.annotate(n=Count("pk")).values("n")), 0)
