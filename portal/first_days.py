"""Where somebody stands in their first days: what is to be signed, tried, told and read. Five queries."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from patients.lessons import LESSONS, Lesson
from patients.models import ConsentDocument, Episode, Patient
from patients.services import consents
from patients.services.first_days import DETAILS, done_of
from rooms.models import Agreement, AgreementSignature, DeviceTest
from rooms.services.device_tests import is_fine, last_test

NEW_FOR = 30  # days of a stay in which Today points to what is not done


@dataclass(frozen=True, slots=True)
class FirstDays:
    """documents, agreements: still to sign. done: the steps that are kept."""

    documents: list[ConsentDocument]
    agreements: list[Agreement]
    test: DeviceTest | None
    done: frozenset[str]

    @property
    def papers(self) -> int:
        """How many there are to sign."""
        return len(self.documents) + len(self.agreements)

    @property
    def devices_work(self) -> bool:
        return self.test is not None and is_fine(self.test)

    @property
    def details_done(self) -> bool:
        return DETAILS in self.done

    @property
    def lessons(self) -> list[tuple[Lesson, bool]]:
        """Each lesson, and whether it is read."""
        return [(lesson, lesson.step in self.done) for lesson in LESSONS]

    @property
    def lessons_read(self) -> int:
        return sum(is_read for _lesson, is_read in self.lessons)

    @property
    def parts(self) -> dict[str, bool]:
        """The parts in their order, and whether each is done."""
        return {
            "papers": not self.papers,
            "devices": self.test is not None,
            "details": self.details_done,
            "lessons": self.lessons_read == len(LESSONS),
        }

    @property
    def next_part(self) -> str:
        """The first part that is not done; "" when all are."""
        return next((name for name, is_done in self.parts.items() if not is_done), "")

    @property
    def count(self) -> int:
        """How many parts are done."""
        return sum(self.parts.values())


def agreements_to_sign(patient: Patient) -> list[Agreement]:
    """The agreements in force in the programs they are in or will be, that they have not signed. Two queries."""
    here = patient.episodes.filter(Q(ended_on=None) | Q(ended_on__gt=timezone.localdate())).values("program_id")
    newest: dict[int, Agreement] = {}
    for agreement in Agreement.objects.filter(program__in=here).begun().select_related("program"):
        newest.setdefault(agreement.program_id, agreement)
    if not newest:
        return []
    signed = AgreementSignature.objects.filter(patient=patient, agreement__in=newest.values())
    had = set(signed.values_list("agreement_id", flat=True))
    return [agreement for agreement in newest.values() if agreement.pk not in had]


def first_days_of(patient: Patient) -> FirstDays:
    """All of it."""
    return FirstDays(
        documents=consents.to_sign(patient),
        agreements=agreements_to_sign(patient),
        test=last_test(patient),
        done=done_of(patient),
    )


def points_to(first: FirstDays, episodes: list[Episode], coming: Episode | None) -> bool:
    """Whether Today leads there: something is to be signed, or they are new and something is not done."""
    if first.papers:
        return True
    today = timezone.localdate()
    is_new = coming is not None or any((today - episode.started_on).days < NEW_FOR for episode in episodes)
    return is_new and bool(first.next_part)
