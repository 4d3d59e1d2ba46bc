"""The pages at another time (see tests/warp.py)."""

from tests.warp import travel

travel()

from iop.wsgi import application  # noqa: E402

__all__ = ["application"]
