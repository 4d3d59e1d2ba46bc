"""What sessions and appointments have in common: whether they take place, have begun, are over."""

from django.utils import timezone


class Timed:
    """Has `status`, `starts_at` and `ends_at`."""

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()
