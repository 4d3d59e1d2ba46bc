"""Keeping which of their first steps somebody has done."""

from collections.abc import Iterable

from django.utils import timezone

from patients.models import FirstStep, Patient

DETAILS = "details"  # they looked through how others see them and what the team should know


def lesson_step(code: str) -> str:
    """The step of a lesson."""
    return f"lesson:{code}"


def mark_done(*, patient: Patient, step: str) -> None:
    """Keep that a step is done; twice changes nothing. One query."""
    FirstStep.objects.bulk_create(
        [FirstStep(patient=patient, step=step, done_at=timezone.now())], ignore_conflicts=True
    )


def done_of(patient: Patient) -> frozenset[str]:
    """The steps somebody has done. One query."""
    return frozenset(FirstStep.objects.filter(patient=patient).values_list("step", flat=True))


def missing(done: Iterable[str], steps: Iterable[str]) -> list[str]:
    """Those of the steps that are not done, in their order."""
    had = frozenset(done)
    return [step for step in steps if step not in had]
