"""`python -m iop.media`: keeps a real Janus running, and stays where there is none."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from iop import health, media, server
from iop.env import BASE_DIR, ConfigError
from iop.janus import ADMIN_PORT, WS_PORT, from_environment, write_config
from iop.keys import media_secrets
from rooms.tests.janus import free_ports
from tests.stack import wait_for

SECRET = "a secret of these tests, long enough"


@contextmanager
def run(folder: Path, **variables: str):
    """The process, with its output in `folder`; ended afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JANUS_", "MEDIA_"))}
    environment |= {"DATA_DIR": str(folder), "DEBUG": "true", "PYTHONUNBUFFERED": "1"} | variables
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "iop.media"], cwd=BASE_DIR, env=environment, stdout=said, stderr=said
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def said(folder: Path) -> str:
    return (folder / "said").read_text()


def child(process: subprocess.Popen) -> psutil.Process | None:
    return next(iter(psutil.Process(process.pid).children()), None)


def test_a_media_server_that_dies_is_started_again_and_ends_with_us(tmp_path, monkeypatch):
    ws, admin = free_ports(2)
    monkeypatch.setenv("JANUS_ADMIN_PORT", str(admin))
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    with run(tmp_path, JANUS_WS_PORT=str(ws), JANUS_ADMIN_PORT=str(admin)) as process:
        wait_for(lambda: health.answers("media"), why=said(tmp_path))
        first = child(process)
        first.kill()
        wait_for(lambda: (found := child(process)) and found.pid != first.pid and health.answers("media"), why="gone")
        assert "started again in 1 s" in said(tmp_path)
        second = child(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert not second.is_running()
    assert not health.answers("media")
    assert len(said(tmp_path).splitlines()) == 1, said(tmp_path)
    assert stat.S_IMODE((tmp_path / "janus").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "media-keys.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PATH": "/nowhere"}, "apt-get install janus"),
        ({"DEBUG": "false"}, "JANUS_SECRET is not set"),
        ({"MEDIA_BACKEND": "livekit"}, ""),
        ({"JANUS_URL": "ws://elsewhere:8188"}, ""),
    ],
)
def test_where_none_is_to_be_run_it_says_so_once_and_stays(tmp_path, variables, words):
    with run(tmp_path, **variables) as process:
        if words:
            wait_for(lambda: said(tmp_path))
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        assert words in said(tmp_path) and len(said(tmp_path).splitlines()) == bool(words)
        assert child(process) is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_configuration_for_a_janus_that_somebody_else_runs(tmp_path):
    folder = tmp_path / "for systemd"
    folder.mkdir()
    (folder / "mine.txt").write_text("stays")
    (folder / "janus.old.jcfg").write_text("goes")
    environment = os.environ | {"DEBUG": "false", "JANUS_SECRET": SECRET, "SITE_URL": "https://clinic.example.org",
                                "JANUS_PUBLIC_IP": "203.0.113.7", "JANUS_RTP_PORTS": "20000-20199"}  # fmt: skip
    command = [sys.executable, "-m", "iop.media", "--write-config", str(folder)]
    subprocess.run(command, cwd=BASE_DIR, env=environment, check=True)
    assert (folder / "mine.txt").exists() and not (folder / "janus.old.jcfg").exists()
    text = "".join(path.read_text() for path in folder.glob("*.jcfg"))
    for line in ('nat_1_1_mapping = "203.0.113.7"', 'rtp_port_range = "20000-20199"', "token_auth = true"):
        assert line in text
    assert "https://clinic.example.org/hooks/media/" in text
    assert "ice_lite" not in text and SECRET not in text
    assert text.count('ip = "127.0.0.1"') == 2 and "0.0.0.0" not in text  # noqa: S104


def test_what_is_kept_on_this_machine_stays_on_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("LISTEN", raising=False)
    text = (write_config(from_environment(debug=True)) / "janus.jcfg").read_text()
    assert 'ice_enforce_list = "127.0.0.1"' in text
    monkeypatch.setenv("LISTEN", "0.0.0.0")  # noqa: S104
    assert "ice_enforce_list" not in (write_config(from_environment(debug=True)) / "janus.jcfg").read_text()


@pytest.mark.parametrize(
    ("var", "value"),
    [("JANUS_RTP_PORTS", "20000"), ("JANUS_RTP_PORTS", "2-1"), ("JANUS_PUBLIC_IP", "x y"), ("JANUS_SECRET", "short"),
     ("JANUS_RTP_PORTS", "20199-20000"), ("JANUS_WS_PORT", "0")],
)  # fmt: skip
def test_wrong_settings_are_said(monkeypatch, tmp_path, var, value):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv(var, value)
    with pytest.raises(ConfigError, match=var):
        from_environment(debug=True)


def test_secrets_are_one_for_each_purpose(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert media_secrets(debug=False) == {}
    made = media_secrets(debug=True)
    assert made == media_secrets(debug=True)
    assert len(set(made.values())) == len(made) == 5
    monkeypatch.setenv("JANUS_SECRET", SECRET)
    assert set(media_secrets(debug=False).values()).isdisjoint(made.values())


def test_ports_are_the_usual_ones_or_the_next_that_are_free(monkeypatch):
    monkeypatch.setattr(server, "unusable", lambda host, port: "is in use" if port == ADMIN_PORT else None)
    monkeypatch.setattr(server, "hold", lambda host, port: None if port == WS_PORT + 1 else socket.socket())
    with ExitStack() as held:
        assert server.choose_media_ports(taken={WS_PORT}, held=held) == {
            "JANUS_WS_PORT": str(WS_PORT + 2),
            "JANUS_ADMIN_PORT": str(ADMIN_PORT + 1),
        }
        monkeypatch.setenv("JANUS_WS_PORT", "9001")
        assert server.choose_media_ports(taken=set(), held=held)["JANUS_WS_PORT"] == "9001"
        with pytest.raises(ConfigError, match="JANUS_WS_PORT 9001 is used by another process of ours"):
            server.choose_media_ports(taken={9001}, held=held)
        monkeypatch.setenv("JANUS_ADMIN_PORT", str(ADMIN_PORT))
        with pytest.raises(ConfigError, match="in use"):
            server.choose_media_ports(taken=set(), held=held)


def test_two_servers_started_at_once_never_choose_one_port_and_whoever_holds_it_can_still_listen():
    with ExitStack() as first, ExitStack() as second:
        ones = server.choose_media_ports(taken=set(), held=first)
        others = server.choose_media_ports(taken=set(), held=second)
        assert set(ones.values()).isdisjoint(others.values())
        for port in map(int, ones.values()):
            with socket.socket() as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(("127.0.0.1", port))
                listener.listen()
    with ExitStack() as third:
        assert server.choose_media_ports(taken=set(), held=third) == ones


def test_it_is_installed_only_by_root_with_apt_and_its_own_service_never_runs(monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "janus" else f"/usr/bin/{name}")
    monkeypatch.setattr(
        media.subprocess, "run", lambda step, **_how: ran.append(step) or subprocess.CompletedProcess(step, 0)
    )
    monkeypatch.setattr(media.os, "geteuid", lambda: 1000)
    assert not media.install() and ran == [] and capsys.readouterr().out == ""
    monkeypatch.setattr(media.os, "geteuid", lambda: 0)
    monkeypatch.setattr(media.Path, "exists", lambda path: True)
    media.install()
    assert [step[0] for step in ran] == ["systemctl", "apt-get", "apt-get"] and ran[0][1:] == ["mask", "janus.service"]
    assert len(capsys.readouterr().out.splitlines()) == 1
