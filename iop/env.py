"""Settings from the environment: every value is read through `env`, and a wrong one is one clear sentence.

A value comes from the process environment, else from the file `.env` beside manage.py, else from the default given here.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()


class ConfigError(ImproperlyConfigured):
    """A setting is missing or wrong. The message is one line, names the variable and says what would be right."""


def load_env_file(path: Path = BASE_DIR / ".env") -> None:
    """Read `.env` beside manage.py, when there is one; the process environment wins over it."""
    if path.exists():
        environ.Env.read_env(path)


def data_dir() -> Path:
    """Where this checkout keeps what it makes: embedded databases, local mail, development keys."""
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data")
