"""`python -m iop.media`: keeps the media server (Janus) running, as one process of the Procfile.

Where there is none to run, it says so in one line and stays: the others run on, and rooms open with everything but media.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from iop.env import env, load_env_file
from iop.failures import one_line_failures
from iop.janus import HOW_TO_ADD, JanusConfig, from_environment, write_config

STEADY_SECONDS = 60  # whoever ran this long is started again at once
LONGEST_WAIT = 30


class Keeper:
    """Runs the media server until it is told to stop, and again whenever it ends by itself."""

    def __init__(self, binary: str, config: JanusConfig):
        self.binary, self.config = binary, config
        self.stopping = threading.Event()
        self.process: subprocess.Popen | None = None

    def stop(self, *_signal) -> None:
        """End the media server, and `run` with it."""
        self.stopping.set()
        if self.process:
            self.process.terminate()

    def run(self) -> None:
        """Start, watch, start again, a second later at first and ever later while it keeps failing."""
        wait = 1
        while not self.stopping.is_set():
            began = time.monotonic()
            self._run_once()
            if self.stopping.is_set():
                return
            wait = 1 if time.monotonic() - began > STEADY_SECONDS else wait
            print(f"The media server ended by itself; it is started again in {wait} s.", file=sys.stderr, flush=True)
            self.stopping.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _run_once(self) -> None:
        folder = write_config(self.config)
        self.process = subprocess.Popen(
            [self.binary, "-F", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if self.stopping.is_set():  # told between the question and the start
            self.process.terminate()
        with self.process.stdout:
            for line in self.process.stdout:
                if line.startswith(("[ERR]", "[FATAL]")):  # not its banner
                    print(f"janus: {line.strip()}", file=sys.stderr, flush=True)
        self.process.wait()


def install() -> bool:
    """Install Debian's package where janus is missing and we may. Returns whether there is a janus now.

    Its own service is masked first: it would listen on every interface with the package's rooms and secrets.
    """
    if not shutil.which("janus") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing the media server of live rooms (Debian's package janus) …", flush=True)
        steps = [["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "janus"]]
        if Path("/run/systemd/system").exists():
            steps.insert(0, ["systemctl", "mask", "janus.service"])
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            for step in steps:
                if subprocess.run(step, env=environment, timeout=300, **quiet).returncode:
                    break
        except (OSError, subprocess.TimeoutExpired):
            return False
    return shutil.which("janus") is not None


def wanted_here() -> bool:
    """Whether this installation runs a media server of its own: another backend or another machine's Janus needs none."""
    return env.str("MEDIA_BACKEND", default="janus") == "janus" and not env.str("JANUS_URL", default="")


def stay() -> None:
    """Do nothing until told to stop: honcho ends every process when one ends."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    told.wait()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m iop.media", description="Keep the media server of live rooms running."
    )
    parser.add_argument("--write-config", metavar="FOLDER", type=Path, help="only write the folder for `janus -F`")
    given = parser.parse_args()
    load_env_file()
    config = from_environment(debug=env.bool("DEBUG", default=False))
    if given.write_config:
        if not config:
            print("JANUS_SECRET is not set.", file=sys.stderr)
            return 1
        write_config(config.in_folder(given.write_config.absolute()))
        return 0
    binary = shutil.which("janus")
    if not wanted_here() or not config or not binary:
        if wanted_here():
            print(
                "Live rooms have no sound and pictures: JANUS_SECRET is not set." if not config else HOW_TO_ADD,
                flush=True,
            )
        stay()
        return 0
    keeper = Keeper(binary, config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, keeper.stop)
    keeper.run()
    return 0


if __name__ == "__main__":
    with one_line_failures():
        sys.exit(main())
