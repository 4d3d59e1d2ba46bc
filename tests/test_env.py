"""Settings from the environment: what is read, what is documented, and one sentence for each wrong value."""

import ast
import os
import re
import subprocess
import sys

import environ
import pytest
from cryptography.fernet import Fernet
from django.core.mail import get_connection

from iop.env import BASE_DIR, MAIL_PROVIDERS, ConfigError, data_dir, database_url, env, load_env_file

SECRET = "correct-horse-battery-staple"
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP",
    "FIELD_KEYS": Fernet.generate_key().decode(),
    "PRIVATE_NOTE_KEYS": Fernet.generate_key().decode(),
    "SITE_URL": "https://schedule.example.org",
    "ALLOWED_HOSTS": "schedule.example.org",
}


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a command of manage.py as a person does, with these variables set."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def assert_one_line(result: subprocess.CompletedProcess, *words: str) -> None:
    """It failed with a single line that holds the words, and nothing that must not be shown."""
    said = result.stderr.strip()
    assert result.returncode == 1, result
    assert len(said.splitlines()) == 1, said
    assert result.stdout.strip() == ""
    assert "Traceback" not in said
    assert SECRET not in said
    for word in words:
        assert word in said


# --- what is read is what .env.example names


def variables_read() -> set[str]:
    """Every name the code of `iop` reads through `env`, found in the source."""
    found = set()
    for path in (BASE_DIR / "iop").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "env":
                name = node.args[0]
                assert isinstance(name, ast.Constant), (
                    f"{path.name}:{node.lineno}: a name that can't be read off the source"
                )
                found.add(name.value)
    return found


def test_env_example_names_exactly_what_is_read():
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    named = [line.partition("=")[0] for line in lines if "=" in line and not line.startswith("#")]
    assert len(named) == len(set(named))
    assert set(named) == variables_read()


def test_env_example_says_in_one_line_what_each_variable_is():
    blocks = (BASE_DIR / ".env.example").read_text().strip().split("\n\n")[1:]
    for block in blocks:
        comment, assignment = block.splitlines()
        assert comment.startswith("# ") and re.fullmatch(r"[A-Z_]+=", assignment), block


def test_a_copy_of_env_example_changes_nothing(monkeypatch):
    assert read_env_file(monkeypatch, BASE_DIR / ".env.example").keys() == variables_read()
    assert not any(read_env_file(monkeypatch, BASE_DIR / ".env.example").values())


def test_procfile_uses_documented_variables_only():
    used = set(re.findall(r"\$\{?([A-Z_]+)", (BASE_DIR / "Procfile").read_text()))
    assert used <= variables_read()


def test_no_other_way_into_the_environment_is_used_for_settings():
    """`os.environ["X"]` in the settings would escape both the checks and .env.example."""
    for name in ("settings.py", "keys.py"):
        assert "environ[" not in (BASE_DIR / "iop" / name).read_text()
        assert "getenv" not in (BASE_DIR / "iop" / name).read_text()


# --- reads


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (env.bool, "true", True),
        (env.bool, "NO", False),
        (env.bool, "0", False),
        (env.int, " 12 ", 12),
        (env.list, "a, b,c", ["a", "b", "c"]),
        (env.str, "$not-a-reference", "$not-a-reference"),
        (env.origin, "https://example.org/", "https://example.org"),
        (env.origins, "https://a.org,http://b.org:8000", ["https://a.org", "http://b.org:8000"]),
        (env.mailbox, "My schedule <s@example.org>", "My schedule <s@example.org>"),
    ],
)
def test_right_value(monkeypatch, read, value, expected):
    monkeypatch.setenv("X", value)
    assert read("X") == expected


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_value_counts_as_not_set(monkeypatch, value):
    monkeypatch.setenv("X", value)
    assert env.int("X", default=7) == 7
    assert env.list("X", default=[]) == []
    with pytest.raises(ConfigError, match="X is not set"):
        env.str("X")


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (env.bool, "ture", "X is 'ture'; it must be true or false."),
        (env.bool, "2", "X is '2'; it must be true or false."),
        (env.int, "12x", "X is '12x'; it must be a whole number."),
        (env.int, "1.5", "X is '1.5'; it must be a whole number."),
        (env.list, "a b", "X must be a list parted by single commas, like: one,two"),
        (env.list, "a,,b", "X must be a list parted by single commas, like: one,two"),
        (env.str, "a\nb", "X holds a line break or another character that can't be printed."),
        (env.origin, "example.org", "X must start with http:// or https://"),
        (env.origin, "https://", "X names no host."),
        (env.origin, "https://example.org/app", "X must be a scheme and a host only, like https://example.org"),
        (env.origin, "https://exam ple.org", "X holds a space; write it as %20."),
        (env.origin, "https://example.org:99999", "X is not a URL: its host or port can't be read."),
        (env.origin, "https://[::1", "X is not a URL: its host or port can't be read."),
        (env.origins, "https://a.org/,b.org", "X must hold schemes and hosts only, like https://example.org"),
        (env.mailbox, "nobody", "X is not a mail address, like schedule@example.org"),
        (env.db, f"mysql://u:{SECRET}@h/n", "X must start with postgres:// or postgresql://"),
        (env.db, f"postgres://u:{SECRET}@h:5432x/n", "X is not a URL: its host or port can't be read."),
        (
            env.db,
            f"postgres://u:{SECRET}@h",
            "X names no database; it must end with one, like postgres://user@host/iop",
        ),
        (env.db, f"postgres://u:{SECRET}@h/n?sslmoed=require", 'X: invalid dsn: invalid connection option "sslmoed".'),
        (env.email, f"gopher://u:{SECRET}@h", "X must start with smtp:// or smtp+tls:// or smtps:// or consolemail://"),
        (env.email, "smtp://", "X names no host."),
        (env.email, f"smtp://u:{SECRET}@h:0", "X has port 0; a port is 1 to 65535."),
    ],
)
def test_wrong_value_is_one_sentence(monkeypatch, read, value, sentence):
    monkeypatch.setenv("X", value)
    with pytest.raises(ConfigError) as raised:
        read("X")
    assert str(raised.value) == sentence


def test_numbers_have_bounds(monkeypatch):
    monkeypatch.setenv("X", "0")
    with pytest.raises(ConfigError, match="X is 0; it must be 1 or more"):
        env.int("X", minimum=1)
    with pytest.raises(ConfigError, match="X is 0; it must be -1 or less"):
        env.int("X", maximum=-1)


@pytest.mark.parametrize("value", ["unix://", "http://h", "redis://", f"redis://:{SECRET}@"])
def test_wrong_redis_url(monkeypatch, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(ConfigError) as raised:
        env.url("X", schemes=("redis", "rediss", "unix"))
    assert str(raised.value).startswith("X ") and SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p%40ss@db.example.org:5433/n", ("db.example.org", 5433, "u", "p@ss", "n")),
        ("postgresql://u@/n?host=%2Fsome%20where%2FX", ("/some where/X", "", "u", "", "n")),
        ("postgresql://u@%2Fsome%2FWhere/n", ("/some/Where", "", "u", "", "n")),
        ("postgres:///n", ("", "", "", "", "n")),
        ("postgres://u@a:1,b:2/n", ("a,b", "1,2", "u", "", "n")),
    ],
)
def test_postgres_by_host_and_by_socket(monkeypatch, url, expected):
    monkeypatch.setenv("X", url)
    found = env.db("X")
    assert tuple(found[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")) == expected
    assert found["OPTIONS"] == {}


@pytest.mark.parametrize(
    "settings",
    [
        {"HOST": "/some where/X", "PORT": "", "USER": "u", "PASSWORD": "", "NAME": "n"},
        {"HOST": "db.example.org", "PORT": "5433", "USER": "u@x", "PASSWORD": "p@:/?&% ß", "NAME": "test_iop_gw0"},
        {"HOST": "", "PORT": "", "USER": "", "PASSWORD": "", "NAME": "n"},
    ],
)
def test_settings_make_a_url_that_makes_the_settings(monkeypatch, settings):
    monkeypatch.setenv("X", database_url(settings))
    found = env.db("X")
    assert {name: found[name] for name in settings} == settings


def test_postgres_options_are_kept(monkeypatch):
    monkeypatch.setenv("X", "postgres://u@h/n?sslmode=require&connect_timeout=3")
    assert env.db("X")["OPTIONS"] == {"sslmode": "require", "connect_timeout": 3}


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://h", 25, False, False),
        ("smtp+tls://u%40example.org:p@h", 587, True, False),
        ("smtps://h", 465, False, True),
        ("smtps://h:2465", 2465, False, True),
    ],
)
def test_mail_servers(monkeypatch, url, port, starttls, tls):
    monkeypatch.setenv("X", url)
    found = env.email("X")
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, starttls, tls)
    assert found["EMAIL_HOST"] == "h"
    assert all(name.startswith("EMAIL_") for name in found)


def test_mail_by_a_providers_api(monkeypatch):
    monkeypatch.setenv("X", "Mailgun")
    rest = {"key": "k", "domain": "mg.example.org", "api": "https://api.eu.mailgun.net", "url": "", "timeout": 15}
    assert env.mail_provider("X", **rest) == {
        "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
        "ANYMAIL": {
            "MAILGUN_API_KEY": "k",
            "MAILGUN_SENDER_DOMAIN": "mg.example.org",
            "MAILGUN_API_URL": "https://api.eu.mailgun.net/",
            "REQUESTS_TIMEOUT": 15,
        },
    }
    with pytest.raises(ConfigError, match="both set"):
        env.mail_provider("X", **rest | {"url": "smtp://h"})
    monkeypatch.delenv("X")
    assert env.mail_provider("X", **rest) == {}


@pytest.mark.parametrize("name", MAIL_PROVIDERS)
def test_every_mail_provider_we_name_is_there(name, settings):
    settings.ANYMAIL = {MAIL_PROVIDERS[name]: "k", "MAILGUN_SENDER_DOMAIN": "d"}
    assert get_connection(f"anymail.backends.{name}.EmailBackend")


# --- the file .env


def read_env_file(monkeypatch, path) -> dict[str, str]:
    """What reading the file would put into an empty environment."""
    monkeypatch.delenv("IOP_TEST_SERVERS", raising=False)
    monkeypatch.setattr(environ.Env, "ENVIRON", found := {})
    load_env_file.__wrapped__(path)
    return found


def test_env_file(monkeypatch, tmp_path):
    path = tmp_path / ".env"
    path.write_text("# a comment\n\n  DEBUG=true  \nexport SITE_NAME='My schedule'\nSECRET_KEY=\"a#b=c\"\n")
    assert read_env_file(monkeypatch, path) == {"DEBUG": "true", "SITE_NAME": "My schedule", "SECRET_KEY": "a#b=c"}


def test_the_process_environment_wins_over_the_file(monkeypatch, tmp_path):
    path = tmp_path / ".env"
    path.write_text("A=file\nB=file\n")
    monkeypatch.delenv("IOP_TEST_SERVERS", raising=False)
    monkeypatch.setattr(environ.Env, "ENVIRON", found := {"A": "process"})
    load_env_file.__wrapped__(path)
    assert found == {"A": "process", "B": "file"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f"DEBUG=true\nSECRET {SECRET}\n".encode(), "The file .env, line 2: expected NAME=value."),
        (b"SITE_NAME=\xff\xfe\n", "The file .env can't be read: it is not UTF-8 text."),
    ],
)
def test_broken_env_file_is_one_sentence_without_its_secrets(monkeypatch, tmp_path, content, sentence):
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        read_env_file(monkeypatch, tmp_path / ".env")
    assert str(raised.value) == sentence


def test_a_folder_named_env_is_one_sentence(monkeypatch, tmp_path):
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigError, match=r"The file \.env can't be read: Is a directory\."):
        read_env_file(monkeypatch, tmp_path / ".env")


def test_data_dir_is_beside_manage_py_unless_said_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert data_dir() == tmp_path
    monkeypatch.setenv("DATA_DIR", "elsewhere")
    assert data_dir() == BASE_DIR / "elsewhere"
    monkeypatch.delenv("DATA_DIR")
    assert data_dir() == BASE_DIR / ".data"


# --- commands


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DEBUG", "maybe", "true or false"),
        ("SITE_URL", "example.org", "http:// or https://"),
        ("IDLE_MINUTES_STAFF", "soon", "whole number"),
        ("IDLE_MINUTES_PATIENT", "0", "or more"),
        ("ALLOWED_HOSTS", "a b", "commas"),
        ("CSRF_TRUSTED_ORIGINS", "example.org", "http:// or https://"),
        ("DATABASE_URL", f"mysql://root:{SECRET}@localhost/x", "postgres://"),
        ("REDIS_URL", f"http://:{SECRET}@localhost", "redis://"),
        ("EMAIL_URL", f"mail://u:{SECRET}@localhost", "smtp://"),
        ("DEFAULT_FROM_EMAIL", "nobody", "mail address"),
        ("EMAIL_PROVIDER", "pigeon", "postmark"),
        ("EMAIL_PROVIDER", "postmark", "EMAIL_PROVIDER_KEY is not"),
        ("TWILIO_ACCOUNT_SID", "AC1", "go together"),
        ("TWILIO_API_URL", f"https://u:{SECRET}@example.org", "scheme and a host"),
        ("SMS_PER_SECOND", "-1", "or more"),
        ("FIELD_KEYS", SECRET, "Fernet"),
        ("PRIVATE_NOTE_KEYS", SECRET, "Fernet"),
        ("DATA_DIR", "/dev/null/x", "/dev/null/x"),
    ],
)
def test_a_command_with_a_wrong_value_says_so_in_one_line(name, value, words):
    variables = {name: value}
    if name == "DATA_DIR":  # it is used for an embedded server's data first of all
        variables |= {"DATABASE_URL": "", "REDIS_URL": ""}
    assert_one_line(manage("check", **variables), name, words)


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS", "PRIVATE_NOTE_KEYS"])
def test_production_without_its_secrets_does_not_start(name):
    assert_one_line(manage("check", **PRODUCTION | {name: ""}), f"{name} is not set.")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_production_never_starts_embedded_servers(name):
    assert_one_line(manage("check", **PRODUCTION | {name: ""}), f"{name} is not set, and with DEBUG=false")


def test_unreachable_database_is_one_line():
    url = f"postgres://u:{SECRET}@127.0.0.1:1/iop"
    assert_one_line(manage("migrate", DATABASE_URL=url), "The database can't be reached (DATABASE_URL)", "port 1")


def test_unreachable_redis_is_one_line():
    ping = "from iop.celery import app; app.send_task('nothing', retry=False)"
    result = manage("shell", "--no-imports", "-c", ping, REDIS_URL=f"redis://:{SECRET}@127.0.0.1:1/0")
    assert_one_line(result, "Redis can't be reached (REDIS_URL)")


@pytest.mark.parametrize(
    "mistake",
    [
        "1 / 0",
        "from django.db import connection; connection.cursor().execute('SELECT nothing FROM nowhere')",
        # the server's answer to a statement is no lost connection, though Django calls both OperationalError
        'from django.db import connection as c; c.cursor().execute("SET statement_timeout = 1; SELECT pg_sleep(1)")',
    ],
)
def test_other_failures_keep_their_traceback(mistake):
    result = manage("shell", "--no-imports", "-c", mistake)
    assert result.returncode != 0
    assert "Traceback" in result.stderr


def test_deployment_check_is_silent_with_the_documented_settings():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert result.stdout.strip() == "System check identified no issues (0 silenced)."


def test_deployment_check_would_speak():
    """Negative control: with a short key the same check says so."""
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION | {"SECRET_KEY": "short"})
    assert result.returncode != 0
    assert "SECRET_KEY" in result.stderr
