"""Fixtures of staff's pages."""

from tests.desk import browse

__all__ = ["browse"]
