"""Base models. No tables of their own."""

import uuid

from django.db import models


class HouseModel(models.Model):
    """Every table with its own page: an id for joins, a `uid` for addresses (it counts nothing and says nothing)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
