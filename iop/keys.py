"""The secrets of an installation: Django’s SECRET_KEY, Fernet keys of encrypted columns and of private notes, the media server’s.

In production they come from the environment and their absence is an error. Locally (DEBUG) they are made once and kept
under `.data/` (private notes' in a file of their own), readable by the owner only.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable

from cryptography.fernet import Fernet

from iop.env import ConfigError, data_dir, env


def _secrets() -> dict[str, str]:
    return {"SECRET_KEY": secrets.token_urlsafe(50), "FIELD_KEYS": Fernet.generate_key().decode()}


def _private() -> dict[str, str]:
    return {"PRIVATE_NOTE_KEYS": Fernet.generate_key().decode()}


def _media() -> dict[str, str]:
    return {"JANUS_SECRET": secrets.token_urlsafe(50)}


def _local_keys(name: str = "keys", make: Callable[[], dict[str, str]] = _secrets) -> dict[str, str]:
    path = data_dir() / f"{name}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = make()
        mine = path.with_suffix(f".{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(json.dumps(made))
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)  # atomic: of two processes starting at once, the first one's keys stay
        mine.unlink()
    return json.loads(path.read_text())


def secret_key(*, debug: bool) -> str:
    """Django's SECRET_KEY. Raises ConfigError when it is missing outside DEBUG."""
    value = env.str("SECRET_KEY", default="")
    if value:
        return value
    if debug:
        return _local_keys()["SECRET_KEY"]
    raise ConfigError("SECRET_KEY is not set. Set it to a long random text (50 characters or more).")


def field_keys(*, debug: bool) -> list[str]:
    """Fernet keys of encrypted columns, newest first. Raises ConfigError when one is missing (outside DEBUG) or malformed."""
    return _fernet_keys("FIELD_KEYS", env.list("FIELD_KEYS", default=[]), _local_keys if debug else None)


def private_note_keys(*, debug: bool) -> list[str]:
    """Fernet keys of psychotherapy notes, kept apart from the record's (45 CFR 164.501). Raises ConfigError as above."""
    given = env.list("PRIVATE_NOTE_KEYS", default=[])
    return _fernet_keys("PRIVATE_NOTE_KEYS", given, (lambda: _local_keys("private-keys", _private)) if debug else None)


def media_secrets(*, debug: bool) -> dict[str, str]:
    """What we and the media server know of each other, each word for one purpose, all made from JANUS_SECRET.

    api: its sockets. admin: its admin door. token: signs who may come into which room. rooms: to make rooms. hook: it proves
    with it that a fact is from it. {} where no secret is set outside DEBUG: then rooms have no sound and pictures. Raises
    ConfigError for a short one.
    """
    root = env.str("JANUS_SECRET", default="")
    if not root and debug:
        root = _local_keys("media-keys", _media)["JANUS_SECRET"]
    if not root:
        return {}
    if len(root) < 32:
        raise ConfigError("JANUS_SECRET is too short: a long random text is needed, 32 characters or more.")
    return {
        purpose: hmac.new(root.encode(), f"janus {purpose}".encode(), hashlib.sha256).hexdigest()
        for purpose in ("api", "admin", "token", "rooms", "hook")
    }


def _fernet_keys(name: str, keys: list[str], local: Callable[[], dict[str, str]] | None) -> list[str]:
    if not keys:
        if local is None:
            raise ConfigError(f"{name} is not set. Set it to one or more Fernet keys, newest first, parted by commas.")
        keys = [local()[name]]
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ConfigError(f"{name}: key {number} is not a Fernet key (44 characters of URL-safe base64).") from None
    return keys
