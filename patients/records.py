"""The choke point: every page that shows a patient's data opens their record here, and the opening is logged."""

from collections.abc import Iterable

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Role
from audit.models import Read
from audit.services import log_reads
from patients.models import Patient


def open_record(request, uid, what: Read.What = Read.What.RECORD) -> Patient:
    """The patient with this uid, on the record as read. Http404 when there is none that request.user may know of."""
    patient = Patient.objects.visible_to(request.user).select_related("user").filter(uid=uid).first()
    if patient is None:
        raise Http404(_("There is no such page."))
    log_reads(request=request, patient_ids=[patient.pk], what=what)
    return patient


def own_record(request) -> Patient:
    """The signed-in patient's own record, on the record as read. Http404 for an account that is no patient's."""
    patient = Patient.objects.select_related("user").filter(user=request.user).first()
    if patient is None or Role.PATIENT not in request.user.roles:
        raise Http404(_("There is no such page."))
    log_reads(request=request, patient_ids=[patient.pk], what=Read.What.OWN, why="own")
    return patient


def log_shown(request, patients: Iterable[int], what: Read.What) -> None:
    """Log a page that shows several patients (ids, already filtered by `visible_to`). One query."""
    log_reads(request=request, patient_ids=patients, what=what)
