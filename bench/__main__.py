"""`script/bench [name] [its options]`: run one bench, "pages" by default."""

import argparse
import importlib
import os

from iop.embedded import ensure_servers
from iop.failures import one_line_failures

BENCHES = ("pages", "notes", "horizon", "reminders", "chaos", "room")


def main() -> None:
    """Read the name, start the servers, run."""
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument("name", nargs="?", default="pages", choices=BENCHES)
    found, options = parser.parse_known_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    with one_line_failures(), ensure_servers():
        import django

        django.setup()
        importlib.import_module(f"bench.{found.name}").run(*options)


if __name__ == "__main__":
    main()
