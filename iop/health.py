"""Whether the installation answers: the page for a balancer, and `python -m iop.health` for a container.

The container's check asks the process beside it, under the name the outside uses, because Django refuses any other.
"""

import http.client
import os
import shutil
import socket
import sys
import time
from urllib.parse import urlsplit

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from iop.celery import app as celery_app
from iop.env import data_dir, env
from iop.failures import one_line_failures
from iop.janus import ADMIN_PORT, from_environment
from iop.media import wanted_here


def health(request: HttpRequest) -> JsonResponse:
    """200 when the pages can reach their database, else 503. Says nothing else: anybody may ask (stamped in iop.urls)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()  # the next request tries anew
        return JsonResponse({"ok": False, "database": "unreachable"}, status=503)
    return JsonResponse({"ok": True})


def answers(process: str) -> bool:
    """Whether a process of the Procfile on this machine does its work."""
    asked = {
        "web": _web_answers,
        "live": _live_answers,
        "worker": _worker_answers,
        "beat": _beat_writes,
        "media": _media_answers,
    }
    return asked[process]()


def _web_answers() -> bool:
    return _get(env.int("PORT", default=8000), "/health/")


def _live_answers() -> bool:
    return _get(env.int("LIVE_PORT", default=8001), "/ws/health")


def _get(port: int, path: str) -> bool:
    site = urlsplit(env.origin("SITE_URL", default="http://127.0.0.1:8000"))
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", path, headers={"Host": site.netloc, "X-Forwarded-Proto": site.scheme})
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()


def _worker_answers() -> bool:
    name = f"celery@{socket.gethostname()}"
    return bool(celery_app.control.ping(destination=[name], timeout=5))


def _beat_writes() -> bool:
    """Beat writes its schedule down every three minutes."""
    written = [path.stat().st_mtime for path in data_dir().glob("beat*")]
    return bool(written) and time.time() - max(written) < 600


def _media_answers() -> bool:
    """Janus answers at its admin door; where none is to be run here, there is nothing to be well."""
    if not wanted_here() or not from_environment(debug=env.bool("DEBUG", default=False)) or not shutil.which("janus"):
        return True
    client = http.client.HTTPConnection("127.0.0.1", env.int("JANUS_ADMIN_PORT", default=ADMIN_PORT), timeout=5)
    try:
        client.request("POST", "/admin", '{"janus": "ping", "transaction": "health"}')
        return b'"pong"' in client.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop.settings")
    with one_line_failures():
        sys.exit(0 if answers(sys.argv[1]) else 1)
