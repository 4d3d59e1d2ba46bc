"""Whether the installation answers: the page for a balancer, and `python -m iop.health` for a container.

The container's check asks the process beside it, under the name the outside uses, because Django refuses any other.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from accounts.access import Can, requires


@requires(Can.ENTER)
def health(request: HttpRequest) -> JsonResponse:
    """200 when the pages can reach their database, else 503. Says nothing else: anybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()  # the next request tries anew
        return JsonResponse({"ok": False, "database": "unreachable"}, status=503)
    return JsonResponse({"ok": True})


def ask(process: str) -> bool:
    """Whether the web or the live process on this machine answers 200."""
    from iop.env import env

    path, port = {
        "web": ("/health/", env.int("PORT", default=8000)),
        "live": ("/ws/health", env.int("LIVE_PORT", default=8001)),
    }[process]
    site = urlsplit(env.origin("SITE_URL", default="http://127.0.0.1:8000"))
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", path, headers={"Host": site.netloc, "X-Forwarded-Proto": site.scheme})
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop.settings")
    sys.exit(0 if ask(sys.argv[1]) else 1)
