"""Live rooms in the administration site: their rules, the versions of the agreement, and that a session had a room.

Nothing is written here, and nothing of what anybody said, wrote or showed in a room is here.
"""

from rooms.admin import rooms, rules

__all__ = ["rooms", "rules"]
