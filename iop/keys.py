"""The two secrets of an installation: Django's SECRET_KEY and the Fernet keys of encrypted columns.

In production both come from the environment and their absence is an error. Locally (DEBUG) they are made once and kept
under `.data/keys.json`, readable by the owner only.
"""

import contextlib
import json
import os
import secrets

from cryptography.fernet import Fernet

from iop.env import ConfigError, data_dir, env


def _local_keys() -> dict[str, str]:
    path = data_dir() / "keys.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {"SECRET_KEY": secrets.token_urlsafe(50), "FIELD_KEYS": Fernet.generate_key().decode()}
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
    keys = env.list("FIELD_KEYS", default=[])
    if not keys:
        if not debug:
            raise ConfigError(
                "FIELD_KEYS is not set. Set it to one or more Fernet keys, newest first, parted by commas."
            )
        keys = [_local_keys()["FIELD_KEYS"]]
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ConfigError(
                f"FIELD_KEYS: key {number} is not a Fernet key (44 characters of URL-safe base64)."
            ) from None
    return keys
