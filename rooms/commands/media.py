"""What a browser needs for sound and pictures, over the socket."""

from rooms.deeds import By
from rooms.live import command
from rooms.models import Participant
from rooms.services import grants


@command("media.grant", By.ANYBODY_IN)
def grant(by: Participant) -> dict:
    return grants.grant_for(by=by)
