"""Trying one's devices in peace, before any session; the result is kept for whoever leads the next one."""

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from patients.models import Patient
from rooms.models import Device, DeviceTest

DEVICES = ("camera", "microphone", "speaker", "connection")
NEEDED = ("microphone", "connection")  # without these somebody can't take part


def last_test(patient: Patient) -> DeviceTest | None:
    """How somebody's devices did the last time they tried them. One query."""
    return DeviceTest.objects.filter(patient=patient).order_by("-tested_at", "-pk").first()


def is_fine(test: DeviceTest) -> bool:
    """Whether they could take part with what they tried: heard, connected, and nothing in trouble."""
    bad = (Device.DENIED, Device.MISSING, Device.TROUBLE)
    return all(getattr(test, name) == Device.WORKS for name in NEEDED) and test.speaker not in bad


def keep_test(*, patient: Patient, **results: str) -> DeviceTest:
    """Keep how each device did (values of Device by name). Raises Refusal (unknown, untried)."""
    said = {name: results.get(name, "") for name in DEVICES}
    if any(value not in Device.values for value in said.values()):
        raise Refusal(_("Try your devices again: what came back was not understood."), "unknown")
    if not any(said.values()):
        raise Refusal(_("Nothing was tried yet. Press “Try camera, microphone and sound” first."), "untried")
    return DeviceTest.objects.create(patient=patient, tested_at=timezone.now(), **said)
