"""The media server's own settings, and its configuration, which is written anew at each start.

Nothing of a packaged configuration is used: that one listens on every interface, with demonstration rooms and secrets everybody
knows. Ours answers this installation only (sockets and the admin door), loads one plugin, and logs errors and nothing else.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from iop.env import ConfigError, data_dir, env
from iop.keys import media_secrets

WS_PORT, ADMIN_PORT = 8188, 7088
HOW_TO_ADD = "Live rooms have no sound and pictures: there is no `janus` on PATH. Add it (apt-get install janus) and start again."

UNUSED = {
    "plugins": "audiobridge duktape echotest lua nosip recordplay sip streaming textroom videocall voicemail",
    "transports": "mqtt nanomsg pfunix rabbitmq",
    "events": "gelfevh mqttevh nanomsgevh rabbitmqevh wsevh",
    "loggers": "jsonlog",
}


@dataclass(frozen=True, slots=True)
class JanusConfig:
    """What a media server needs to be told.

    listen: where its two doors are; browsers never come to them. only_here: people are on this machine too, so media stays on
    loopback. public_ip: the address people reach it by behind a router, "" for its own. rtp_ports: "20000-20199", "" for any.
    hook: the address facts are sent to.
    """

    folder: Path
    secrets: dict[str, str] = field(repr=False)
    hook: str
    listen: str = "127.0.0.1"
    ws_port: int = WS_PORT
    admin_port: int = ADMIN_PORT
    only_here: bool = True
    public_ip: str = ""
    rtp_ports: str = ""

    def in_folder(self, folder: Path) -> "JanusConfig":
        """The same, to be written elsewhere."""
        return replace(self, folder=folder)


def from_environment(*, debug: bool) -> JanusConfig | None:
    """The configuration this environment asks for; None where no secret is set. Raises ConfigError for a wrong value."""
    secrets = media_secrets(debug=debug)
    if not secrets:
        return None
    ports = env.str("JANUS_RTP_PORTS", default="")
    match = re.fullmatch(r"([0-9]{4,5})-([0-9]{4,5})", ports)
    if ports and not (match and 1024 <= int(match[1]) < int(match[2]) <= 65535):
        raise ConfigError("JANUS_RTP_PORTS must be two ports, the lower first, like 20000-20199")
    public_ip = env.str("JANUS_PUBLIC_IP", default="")
    if not re.fullmatch(r"[0-9a-fA-F.:]*", public_ip):
        raise ConfigError("JANUS_PUBLIC_IP is not an address, like 203.0.113.7")
    return JanusConfig(
        folder=data_dir() / "janus",
        secrets=secrets,
        hook=env.origin("SITE_URL", default="http://127.0.0.1:8000") + "/hooks/media/",
        listen=env.str("JANUS_LISTEN", default="127.0.0.1"),
        ws_port=env.int("JANUS_WS_PORT", default=WS_PORT, minimum=1, maximum=65535),
        admin_port=env.int("JANUS_ADMIN_PORT", default=ADMIN_PORT, minimum=1, maximum=65535),
        only_here=not public_ip and env.str("LISTEN", default="127.0.0.1") in ("127.0.0.1", "localhost", "::1"),
        public_ip=public_ip,
        rtp_ports=ports,
    )


def write_config(config: JanusConfig) -> Path:
    """Write the folder for `janus -F`, anew, readable by its owner only. Returns it."""
    config.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    config.folder.chmod(0o700)
    for old in config.folder.glob("*.jcfg"):
        old.unlink()
    for name, sections in _files(config).items():
        path = config.folder / f"{name}.jcfg"
        path.touch(mode=0o600)
        path.write_text("".join(_section(title, values) for title, values in sections.items()), encoding="utf-8")
    return config.folder


def _files(config: JanusConfig) -> dict[str, dict[str, dict[str, object]]]:
    disabled = {
        kind: {"disable": ",".join(f"libjanus_{name}.so" for name in names.split())} for kind, names in UNUSED.items()
    }
    nat: dict[str, object] = {"nice_debug": False, "full_trickle": True, "ignore_mdns": True}
    if config.public_ip:
        nat["nat_1_1_mapping"] = config.public_ip
    else:
        nat["ice_lite"] = True
    if config.only_here:
        nat["ice_enforce_list"] = "127.0.0.1"
    return {
        "janus": {
            "general": {
                "debug_level": 2,  # errors
                "debug_colors": False,
                "api_secret": config.secrets["api"],
                "admin_secret": config.secrets["admin"],
                "token_auth": True,
                "token_auth_secret": config.secrets["token"],
                "session_timeout": 60,
                "hide_dependencies": True,
            },
            "media": {"rtp_port_range": config.rtp_ports} if config.rtp_ports else {},
            "nat": nat,
            **disabled,
            "events": {"broadcast": True, "stats_period": 0, **disabled["events"]},
        },
        "janus.transport.http": {
            "general": {"http": False, "https": False, "json": "plain"},
            "admin": {
                "admin_http": True,
                "admin_base_path": "/admin",
                "admin_ip": config.listen,
                "admin_port": config.admin_port,
                "admin_https": False,
            },
        },
        "janus.transport.websockets": {
            "general": {"ws": True, "ws_ip": config.listen, "ws_port": config.ws_port, "wss": False, "json": "plain"},
            "admin": {"admin_ws": False, "admin_wss": False},
        },
        "janus.plugin.videoroom": {"general": {"admin_key": config.secrets["rooms"], "lock_rtp_forward": True}},
        "janus.eventhandler.sampleevh": {
            "general": {
                "enabled": True,
                "events": "plugins,media",
                "grouping": True,
                "json": "plain",
                "backend": config.hook,
                "backend_user": "janus",
                "backend_pwd": config.secrets["hook"],
            }
        },
    }


def _section(title: str, values: dict[str, object]) -> str:
    return f"{title}: {{\n" + "".join(f"\t{name} = {_literal(value)}\n" for name, value in values.items()) + "}\n"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
