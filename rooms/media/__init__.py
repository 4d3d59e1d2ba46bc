"""What carries sound and pictures of live rooms: `backend(name)` gives the adapter."""

from django.conf import settings

from rooms.media.base import MediaBackend


def backend(name: str) -> MediaBackend:
    """The adapter of that name (`rooms.models.Backend`). Raises KeyError for another."""
    from rooms.media.janus import JanusBackend
    from rooms.media.link import LinkBackend
    from rooms.media.livekit import LiveKitBackend  # a large library: loaded where it is used

    return {"janus": JanusBackend, "livekit": LiveKitBackend, "link": LinkBackend}[name]()


def configured() -> list[str]:
    """Names of the backends this installation can use, the usual one first. A link needs nothing."""
    usable = [
        name
        for name, is_set in (("janus", settings.JANUS_SECRETS), ("livekit", settings.LIVEKIT_URL), ("link", True))
        if is_set
    ]
    return sorted(usable, key=lambda name: name != settings.MEDIA_BACKEND)
