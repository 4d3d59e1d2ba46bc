"""The one way a reading gets on the record."""

from collections.abc import Iterable

from audit.models import Read


def log_reads(*, request, patient_ids: Iterable[int], what: Read.What, why: str = "care") -> None:
    """Record that request.user saw these patients' data (ids of patients.Patient). One query for any number; none for none."""
    path = request.path[:200]
    Read.objects.bulk_create(
        [
            Read(reader_id=request.user.pk, patient_id=patient_id, what=what, why=why, path=path)
            for patient_id in dict.fromkeys(patient_ids)
        ]
    )
