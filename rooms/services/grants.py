"""What somebody's browser is given so that it can join sound and pictures, and what is missing there."""

from django.utils.translation import gettext as _

from rooms import media
from rooms.media.base import Capability, MediaTrouble
from rooms.models import Backend, Participant
from rooms.services.passes import media_pass


def grant_for(*, by: Participant) -> dict:
    """{backend, data, capabilities, missing, trouble} for the media room they belong in now.

    trouble: one sentence when there is no media; missing: sentences, one for each thing this backend can't do. Speaks to the
    media server where browsers go to it directly. Raises Refusal (those of `enter`; not_in).
    """
    allowed = media_pass(by.user, by.room.session.uid)
    backend = media.backend(allowed.backend)
    given = {
        "backend": backend.name,
        "data": {},
        "capabilities": sorted(backend.capabilities),
        "missing": [str(words) for what, words in _missing() if what not in backend.capabilities],
        "trouble": "",
    }
    if backend.name not in media.configured():
        return given | {"trouble": _("Sound and pictures are not available.")}
    try:
        if backend.name == Backend.LIVEKIT:
            backend.ensure_room(allowed.room)
        data = backend.join_grant(allowed.room, allowed.person).data
    except MediaTrouble:
        return given | {"trouble": _("Sound and pictures are not available.")}
    return given | {"data": dict(data)}


def _missing() -> list[tuple[Capability, str]]:
    return [
        (Capability.MEDIA_HERE, _("people’s pictures and voices on this page: they are in the other program’s window")),
        (Capability.MUTE, _("muting by a leader from here: do it in the other program")),
        (Capability.REMOVE, _("removing somebody from the meeting itself: do it in the other program too")),
        (Capability.TALK_TIME, _("who speaks, and how long: it can’t be heard from here")),
        (Capability.BREAKOUTS, _("rooms beside the room: use the other program’s")),
        (Capability.SCREEN, _("showing a screen from here: use the other program’s")),
    ]
