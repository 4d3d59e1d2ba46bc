"""pytest plugin: starts the real Postgres and Redis of the tests before Django reads its settings.

They are the embedded ones, in a data folder of their own, unless the process environment names others; `.env` is not read. The
workers of pytest-xdist inherit what the first process found.
"""

import atexit
import os
from contextlib import ExitStack

from iop.env import BASE_DIR
from iop.failures import one_line_failures

os.environ["IOP_TEST_SERVERS"] = "1"
os.environ.setdefault("DATA_DIR", str(BASE_DIR / ".data" / "test"))

with one_line_failures():
    from iop.embedded import ensure_servers

    _servers = ExitStack()
    _servers.enter_context(ensure_servers())
    atexit.register(_servers.close)
