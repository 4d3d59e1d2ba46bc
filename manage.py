#!/usr/bin/env python
"""Django's commands. With no DATABASE_URL or REDIS_URL they start, or join, the embedded servers of this checkout."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop.settings")
    from iop.failures import one_line_failures

    with one_line_failures():
        from iop.embedded import ensure_servers

        with ensure_servers():
            from django.conf import settings
            from django.core.management import execute_from_command_line

            settings.INSTALLED_APPS  # noqa: B018 - a wrong setting is said here, before a command makes something of it
            execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
