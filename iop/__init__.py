"""Wiring of the project: settings, addresses, processes. Nobody imports it but the processes themselves."""

from iop.celery import app as celery_app

__all__ = ["celery_app"]
