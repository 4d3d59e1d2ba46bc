"""What `script/server` does to the database before it serves: tables, the example program once, and whom to sign in as."""

import io
import os

import django
from django.core.management import call_command

from iop.env import BASE_DIR
from iop.failures import one_line_failures


def prepare() -> None:
    """Bring the database up to date. On a trial (DEBUG) also load the example program and say how to get in."""
    import redis
    from django.conf import settings

    redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5).ping()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    if settings.DEBUG:
        settings.STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns of a missing one, though it serves the sources now
        load_example()
    host = "127.0.0.1" if os.environ["LISTEN"] == "0.0.0.0" else os.environ["LISTEN"]  # noqa: S104 - compared, not bound
    print(f"\nVirtual IOP is at http://{host}:{os.environ['PORT']}/   (Ctrl-C stops it)\n", flush=True)
    if settings.DEBUG:
        call_command("show_sign_ins")
    print(flush=True)


def load_example() -> None:
    """Load the example program into an installation that has none, with a password everybody knows."""
    from accounts.models import Program

    if not Program.objects.exists():
        print("Loading the example program …", flush=True)
        path = str(BASE_DIR / "examples" / "weekly_iop.yaml")
        call_command("load_program", path, if_empty=True, development_sign_ins=True, stdout=io.StringIO())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop.settings")
    with one_line_failures():
        django.setup()
        prepare()
