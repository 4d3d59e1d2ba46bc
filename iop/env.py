"""Settings from the environment: every value is read through `env`, and a wrong one is one clear sentence.

A value comes from the process environment, else from the file `.env` beside manage.py, else from the default given where it is
read. An empty value counts as not set. Reading and parsing are django-environ's; here are the checks it leaves out, because
it takes `DEBUG=ture` for False and hands a URL without a host on to fail later, far from its cause.
"""

from __future__ import annotations  # inside `Env` the names str, int, bool and list are its own methods

import io
import os
import re
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import ParseResult, parse_qsl, quote, unquote, urlparse

import environ
import psycopg2
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

TRUE, FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
# Scheme of EMAIL_URL -> (how the connection is protected, default port).
MAIL_SERVERS = {"smtp": ("", 25), "smtp+tls": ("EMAIL_USE_TLS", 587), "smtps": ("EMAIL_USE_SSL", 465)}
# EMAIL_PROVIDER -> what django-anymail calls the key that EMAIL_PROVIDER_KEY holds.
MAIL_PROVIDERS = {
    "brevo": "BREVO_API_KEY",
    "mailersend": "MAILERSEND_API_TOKEN",
    "mailgun": "MAILGUN_API_KEY",
    "mandrill": "MANDRILL_API_KEY",
    "postmark": "POSTMARK_SERVER_TOKEN",
    "resend": "RESEND_API_KEY",
    "sparkpost": "SPARKPOST_API_KEY",
}
_MISSING = object()


class ConfigError(ImproperlyConfigured):
    """A setting is missing or wrong. The message is one line, names the variable and says what would be right."""


class Env(environ.Env):
    """Typed reads of the environment. Each takes the variable's name and raises ConfigError naming it.

    A wrong value is quoted only where it can't be a secret.
    """

    def _text(self, var: str, default: Any) -> Any:
        """The value as it stands, or the default; ConfigError when there is neither.

        Not `environ.Env.get_value`: that one takes a value starting with `$` (a password may) for another variable's name.
        """
        value = self.ENVIRON.get(var, "").strip()
        if value:
            return value
        if default is _MISSING:
            raise ConfigError(f"{var} is not set. See .env.example for what it means.")
        return default

    def str(self, var: str, default: Any = _MISSING) -> Any:
        """Any text on one line."""
        value = self._text(var, default)
        if value is not default and not value.isprintable():
            raise ConfigError(f"{var} holds a line break or another character that can't be printed.")
        return value

    def bool(self, var: str, default: Any = _MISSING) -> Any:
        """true or false, and nothing that merely resembles them."""
        value = self._text(var, default)
        if value is default:
            return default
        if value.lower() in TRUE | FALSE:
            return value.lower() in TRUE
        raise ConfigError(f"{var} is {value!r}; it must be true or false.")

    def int(self, var: str, default: Any = _MISSING, *, minimum: Any = None, maximum: Any = None) -> Any:
        """A whole number, within bounds where there are some."""
        value = self._text(var, default)
        if value is default:
            return default
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise ConfigError(f"{var} is {value!r}; it must be a whole number.")
        number = int(value)
        if minimum is not None and number < minimum:
            raise ConfigError(f"{var} is {number}; it must be {minimum} or more.")
        if maximum is not None and number > maximum:
            raise ConfigError(f"{var} is {number}; it must be {maximum} or less.")
        return number

    def list(self, var: str, default: Any = _MISSING) -> Any:
        """Words parted by commas; spaces around them do not matter."""
        value = self._text(var, default)
        if value is default:
            return default
        words = [word.strip() for word in value.split(",")]
        if any(not word or len(word.split()) > 1 for word in words):
            raise ConfigError(f"{var} must be a list parted by single commas, like: one,two")
        return words

    def choice(self, var: str, choices: Any, default: Any = _MISSING) -> Any:
        """One of some words."""
        value = self._text(var, default)
        if value is not default and value not in choices:
            raise ConfigError(f"{var} must be one of: {', '.join(choices)}")
        return value

    def url(self, var: str, default: Any = _MISSING, *, schemes: tuple[str, ...]) -> Any:
        """An address with one of the schemes, kept as text. `unix://` needs a path, any other scheme a host."""
        value = self._text(var, default)
        if value is not default:
            self._split(var, value, schemes)
        return value

    def origin(self, var: str, default: Any = _MISSING) -> Any:
        """The root of a web site, `https://example.org`, without a slash at its end."""
        value = self._text(var, default)
        if value is default:
            return default
        parts = self._split(var, value, ("http", "https"))
        if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ConfigError(f"{var} must be a scheme and a host only, like https://example.org")
        return value.rstrip("/")

    def origins(self, var: str, default: Any = _MISSING) -> Any:
        """Several of them, parted by commas."""
        values = self.list(var, default)
        if values is not default:
            for value in values:
                if self._split(var, value, ("http", "https")).path:
                    raise ConfigError(f"{var} must hold schemes and hosts only, like https://example.org")
        return values

    def mailbox(self, var: str, default: Any = _MISSING) -> Any:
        """A mail address, with or without a name before it."""
        value = self.str(var, default)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
            raise ConfigError(f"{var} is not a mail address, like schedule@example.org")
        return value

    def db(self, var: str = "DATABASE_URL", default: Any = _MISSING) -> dict[str, Any]:
        """Django's database settings from a Postgres URL, by host (`postgres://user:password@host:5432/name`) or by socket
        (`postgres://user@/name?host=/folder/of/the/socket`).
        """
        value = self._text(var, default)
        parts = self._split(var, value, ("postgres", "postgresql"), needs_host=False)
        settings = self.db_url_config(parts)
        options = settings.pop("OPTIONS", {})
        # libpq's own spelling of a socket; django-environ would leave it in OPTIONS, where dbshell does not see it.
        query = dict(parse_qsl(parts.query))
        for name in ("host", "port"):
            settings[name.upper()] = query.get(name, settings[name.upper()])
            options.pop(name, None)
        # The other spelling, `postgres://%2Ffolder/name`, arrives encoded and in lower case.
        host = parts.netloc.rpartition("@")[2]
        if host.lower().startswith("%2f"):
            settings["HOST"] = unquote(host.partition(":")[0])
        if not settings["NAME"]:
            raise ConfigError(f"{var} names no database; it must end with one, like postgres://user@host/iop")
        try:
            psycopg2.extensions.make_dsn(**options)
        except psycopg2.ProgrammingError as error:
            raise ConfigError(f"{var}: {' '.join(str(error).split())}.") from None
        return settings | {"OPTIONS": options}

    def email(self, var: str = "EMAIL_URL", default: Any = _MISSING) -> dict[str, Any]:
        """Django's mail settings from `smtp://`, `smtp+tls://` (STARTTLS), `smtps://` (TLS throughout) or `consolemail://`."""
        value = self._text(var, default)
        parts = self._split(var, value, (*MAIL_SERVERS, "consolemail"), needs_host=not value.startswith("consolemail:"))
        settings = self.email_url_config(parts)
        if parts.scheme == "consolemail":
            return {"EMAIL_BACKEND": settings["EMAIL_BACKEND"]}
        protection, port = MAIL_SERVERS[parts.scheme]
        return {
            **{name: settings[name] for name in ("EMAIL_BACKEND", "EMAIL_HOST")},
            "EMAIL_HOST_USER": settings["EMAIL_HOST_USER"] or "",
            "EMAIL_HOST_PASSWORD": settings["EMAIL_HOST_PASSWORD"] or "",
            "EMAIL_PORT": settings["EMAIL_PORT"] or port,
            "EMAIL_USE_TLS": protection == "EMAIL_USE_TLS",
            "EMAIL_USE_SSL": protection == "EMAIL_USE_SSL",
        }

    def together(self, var: str, *, needed_by: str) -> Any:
        """Any text; "" unless `needed_by` is set, then it must be set too."""
        if self.str(needed_by, "") and not self.str(var, ""):
            raise ConfigError(f"{var} is not set, and {needed_by} is: they go together.")
        return self.str(var, "")

    def mail_provider(self, var: str, *, key: Any, domain: Any, api: Any, url: Any, timeout: Any) -> dict[str, Any]:
        """Django's settings of mail by a provider's API; {} when none is named.

        key: the provider's. domain: of the sender, "" where it does not ask. api: another address of its API, "" for its usual.
        url: a mail server's, which must not be set as well. timeout: seconds.
        """
        name = self.str(var, "").lower()
        if not name:
            return {}
        if name not in MAIL_PROVIDERS:
            raise ConfigError(f"{var} must be one of: {', '.join(MAIL_PROVIDERS)}")
        if url:
            raise ConfigError(f"{var} and EMAIL_URL are both set; mail leaves by one of them.")
        if not key:
            raise ConfigError(f"{var} is set, and {var}_KEY is not: they go together.")
        anymail = {MAIL_PROVIDERS[name]: key, "REQUESTS_TIMEOUT": timeout}
        if domain:
            anymail[f"{name.upper()}_SENDER_DOMAIN"] = domain
        if api:
            anymail[f"{name.upper()}_API_URL"] = f"{api}/"
        return {"EMAIL_BACKEND": f"anymail.backends.{name}.EmailBackend", "ANYMAIL": anymail}

    def _split(self, var: str, value: str, schemes: tuple[str, ...], *, needs_host: bool = True) -> ParseResult:
        """The parts of a URL. The message never quotes it: it may hold a password."""
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        if any(character.isspace() for character in value):
            raise ConfigError(f"{var} holds a space; write it as %20.")
        if value.partition("://")[0].lower() not in schemes or "://" not in value:
            raise ConfigError(f"{var} must start with {wanted}")
        try:
            parts = urlparse(value)
            port = None if "," in parts.netloc else parts.port  # several hosts: libpq's business
        except ValueError:
            raise ConfigError(f"{var} is not a URL: its host or port can't be read.") from None
        if port == 0:
            raise ConfigError(f"{var} has port 0; a port is 1 to 65535.")
        if parts.scheme == "unix" and not parts.path.strip("/"):
            raise ConfigError(f"{var} needs the path of a socket after unix://")
        if needs_host and parts.scheme != "unix" and not parts.hostname:
            raise ConfigError(f"{var} names no host.")
        return parts


def database_url(settings: dict[str, Any]) -> str:
    """The URL of Django's settings of a database: what `env.db` reads them from. For processes that tests start."""
    parts = {
        name: quote(str(settings.get(name) or ""), safe="") for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")
    }
    where = "?" + "&".join(f"{name.lower()}={parts[name]}" for name in ("HOST", "PORT") if parts[name])
    return f"postgresql://{parts['USER']}:{parts['PASSWORD']}@/{parts['NAME']}{where}"


env = Env()


@cache
def load_env_file(path: Path = BASE_DIR / ".env") -> None:
    """Read `.env` beside manage.py once, when there is one; the process environment wins over it.

    The tests do not read it: their outcome must not hang on one person's settings.
    """
    if os.environ.get("IOP_TEST_SERVERS") == "1" or not path.exists():
        return
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"The file {path.name} can't be read: {reason}.") from None
    for number, line in enumerate(lines, start=1):
        # django-environ only logs such a line, whole, with whatever secret is in it.
        if line and not line.startswith("#") and not re.match(r"(?:export )?[A-Za-z_][A-Za-z_0-9]*=", line):
            raise ConfigError(f"The file {path.name}, line {number}: expected NAME=value.")
    environ.Env.read_env(io.StringIO("\n".join(lines)))


def data_dir() -> Path:
    """Where this checkout keeps what it makes: embedded databases, local mail, development keys."""
    load_env_file()
    return (BASE_DIR / Path(env.str("DATA_DIR", default=".data")).expanduser()).absolute()
