"""10,000 kills of workers and 200 each of Postgres' backends and of Redis, and what came of the messages meanwhile.

`script/bench chaos [--kills 10000] [--postgres 200] [--redis 200] [--workers 4] [--pause 0.03] [--seconds 3600]`: it stops by
itself when all are killed and nothing is due any more, or after so many seconds. See `messaging.tests.chaos`.
"""

import json
import subprocess
import sys

from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from iop.env import BASE_DIR, database_url

DEFAULTS = {"--kills": "10000", "--postgres": "200", "--redis": "200", "--pause": "0.03", "--seconds": "3600"}


def run(*options: str) -> None:
    """Run and print. Exits with 1 when anything was lost, doubled, silently uncertain or sent of a cancelled session."""
    from core.tests.processes import environment

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        chosen = DEFAULTS | dict(zip(options[::2], options[1::2], strict=True))
        command = [sys.executable, "-m", "messaging.tests.chaos", "--source", database_url(connection.settings_dict)]
        command += [part for option in chosen.items() for part in option]
        # Each unknown outcome is a warning on standard error: thousands of lines, of no use here.
        with (BASE_DIR / ".data" / "chaos.log").open("w") as log:
            ran = subprocess.run(
                command,
                env=environment(BASE_DIR / ".data"),
                cwd=BASE_DIR,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
    finally:
        teardown_databases(databases, verbosity=0)
    if ran.returncode:
        sys.exit("The run broke off; see .data/chaos.log")
    count = json.loads(ran.stdout.splitlines()[-1])
    for name, value in count.items():
        print(f"{name.replace('_', ' '):22} {value if not isinstance(value, dict) else ''}")
        if isinstance(value, dict):
            for what, number in value.items():
                print(f"    {what:18} {number}")
    if any(count[name] for name in ("lost", "twice", "silent", "of_cancelled")):
        sys.exit(1)
