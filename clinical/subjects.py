"""What the record's messages are about, by their kind."""

from accounts.models import RoleAssignment
from messaging.subjects import about


@about("notes_late")
def supervisors(programs: list[int]):
    """Ids of the staff of these programs: a message about late notes is about its own recipient."""
    return RoleAssignment.objects.current().filter(program__in=programs).order_by().values("user_id")
