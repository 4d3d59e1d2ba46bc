"""Messages in the administration site."""

from messaging.admin import outbox, people, rules
from messaging.subjects import about

__all__ = ["about", "outbox", "people", "rules"]
