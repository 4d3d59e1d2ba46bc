"""The comparison of `bench.reminders`: one Celery task for each delivery."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from iop.celery import app
from messaging.models import Delivery

__all__ = ["app", "mark_one"]


@shared_task(name="bench.mark_one")
def mark_one(pk: int) -> None:
    """Claim one row by its number, unless it is taken, and mark it sent."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk, state="planned").first()
        if row:
            row.state, row.sent_at = Delivery.State.SENT, timezone.now()
            row.save(update_fields=["state", "sent_at"])
