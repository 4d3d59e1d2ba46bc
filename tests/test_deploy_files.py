"""The files of a deployment agree with each other and with the Procfile; no container engine is needed to see that."""

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
from honcho.environ import parse_procfile
from ruamel.yaml import YAML

from iop.env import BASE_DIR

PROCESSES = parse_procfile((BASE_DIR / "Procfile").read_text()).processes
SCRIPTS = [
    path
    for path in [*sorted((BASE_DIR / "script").iterdir()), BASE_DIR / ".ci" / "run"]
    if path.suffix == ".sh" or "bash" in path.read_text().partition("\n")[0]
]


def compose() -> dict:
    return YAML(typ="safe").load((BASE_DIR / "compose.yaml").read_text())


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, arguments) with continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (BASE_DIR / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def process_started_by(command: list[str]) -> str:
    assert command[:2] == ["honcho", "start"] and len(command) == 3, command
    return command[2]


def ignored(path: str, by: str = ".dockerignore") -> bool:
    """Whether .dockerignore keeps a path of the checkout out of the image, or .gitignore out of the repository."""
    patterns = [line for line in (BASE_DIR / by).read_text().splitlines() if line and line[0] not in "#!"]
    return any(fnmatch(path, pattern) or fnmatch(path, f"{pattern}/*") for pattern in patterns)


def test_procfile_names_the_five_processes():
    assert set(PROCESSES) == {"web", "live", "worker", "beat", "media"}
    for command in PROCESSES.values():
        assert command.startswith("exec "), "a signal must reach the process, not a shell around it"
        subprocess.run(["sh", "-n", "-c", command], check=True)
        assert (BASE_DIR / ".venv" / "bin" / command.split()[1]).exists()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound(path):
    subprocess.run(["bash", "-n", path], check=True)
    if path.suffix != ".sh":
        assert path.stat().st_mode & 0o111, "a script that people call must be executable"
        assert re.search(r"^set -e?uo pipefail$", path.read_text(), re.MULTILINE)
        assert path.read_text().splitlines()[1].startswith("# ")


def test_every_process_is_a_service_that_starts_it():
    services = compose()["services"]
    assert {name for name in services if services[name].get("image") == "virtual-iop"} == {*PROCESSES, "migrate"}
    for name in PROCESSES:
        assert process_started_by(services[name]["command"]) == name
        assert services[name]["healthcheck"]["test"] == ["CMD", "python", "-m", "iop.health", name]


def test_services_wait_for_what_they_need_and_are_checked():
    services = compose()["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, f"{name} needs {needed}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], f"{name} waits for {needed}'s health"
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_services_use_declared_volumes_and_no_secrets_of_their_own():
    file = compose()
    for name, service in file["services"].items():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (BASE_DIR / source).exists() if source.startswith(".") else source in file["volumes"], name
        for key in service.get("environment", {}):
            assert not re.search("PASSWORD|SECRET|KEY", key), f"{name}: {key} belongs in an env_file"
        for secrets in [service["env_file"]] if "env_file" in service else []:
            assert ignored(secrets, by=".gitignore") and ignored(secrets), (
                f"{secrets} must stay out of repository and image"
            )
    for name in {"db", "redis", *PROCESSES} - {"media"}:
        assert "ports" not in file["services"][name], f"{name} is reached through caddy only"


def test_of_the_media_server_only_what_carries_media_is_open():
    services = compose()["services"]
    (ports,) = services["media"]["ports"]
    assert re.fullmatch(r"(\d+-\d+):\1/udp", ports)
    assert services["media"]["environment"]["JANUS_URL"] == ""
    for name in ("web", "live", "worker"):
        assert services[name]["environment"]["JANUS_URL"] == "ws://media:8188"
        assert services[name]["environment"]["JANUS_ADMIN_URL"] == "http://media:7088/admin"


def test_proxy_routes_to_services_on_their_ports():
    text = (BASE_DIR / "Caddyfile").read_text()
    routes = dict(re.findall(r"handle (\S+ )?\{\s*reverse_proxy (\S+)", text))
    environment = compose()["services"]["web"]["environment"]
    assert routes == {"/ws/* ": f"live:{environment['LIVE_PORT']}", "": f"web:{environment['PORT']}"}
    assert text.count("{") == text.count("}")


def test_image_builds_from_what_is_there():
    stages, instructions = [], dockerfile()
    for instruction, arguments in instructions:
        if instruction == "FROM":
            stages.append(arguments.partition(" AS ")[2])
        if instruction == "COPY":
            flags = re.findall(r"--from=(\S+)", arguments)
            *sources, _target = [word for word in arguments.split() if not word.startswith("--")]
            if flags:
                assert flags[0] in stages
                continue
            for source in sources:
                assert (BASE_DIR / source).exists(), source
                assert not ignored(source), source
    assert instructions[0][0] == "FROM" and len(stages) == 2
    for needed in ("Procfile", "manage.py", "iop/wsgi.py", "static", "templates"):
        assert (BASE_DIR / needed).exists() and not ignored(needed)
    for kept_out in (".env", ".env.postgres", ".data/keys.json", ".git/config", "node_modules/x", "iop/__pycache__/x"):
        assert ignored(kept_out), kept_out


def test_image_runs_a_process_without_rights():
    instructions = dockerfile()
    users = [arguments for instruction, arguments in instructions if instruction == "USER"]
    assert users == ["iop"]
    (command,) = [arguments for instruction, arguments in instructions if instruction == "CMD"]
    assert process_started_by(re.findall(r'"([^"]+)"', command)) in PROCESSES


def test_image_collects_static_files_with_settings_that_are_accepted(tmp_path):
    """The build's one command that runs our code, run here with exactly the values of the Dockerfile."""
    (line,) = [
        arguments for instruction, arguments in dockerfile() if instruction == "RUN" and "collectstatic" in arguments
    ]
    words = line.split()
    variables = dict(word.split("=", 1) for word in words if re.match("[A-Z_]+=", word))
    command = words[len(variables) :]
    python = str(BASE_DIR / ".venv" / "bin" / "python")
    result = subprocess.run(
        [python if word == "python" else word for word in command] + ["--dry-run"],
        cwd=BASE_DIR,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), "IOP_TEST_SERVERS": "1"} | variables,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert list(Path(tmp_path).iterdir()) == []


def test_images_are_pinned_to_a_version():
    images = [service["image"] for service in compose()["services"].values() if service.get("image") != "virtual-iop"]
    images += [arguments.split()[0] for instruction, arguments in dockerfile() if instruction == "FROM"]
    for image in images:
        assert re.fullmatch(r"[a-z]+:[0-9][0-9.]*(-slim)?", image), image
