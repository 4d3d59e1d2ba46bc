"""The schedule in the administration site."""

from scheduling.admin import appointments, changes, people, sessions

__all__ = ["appointments", "changes", "people", "sessions"]
