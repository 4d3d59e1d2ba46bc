"""First days: an invitation, a lesson read, devices tried, a consent that was signed, one to sign, and a draft."""

from patients.models import Consent, ConsentDocument
from patients.services import consents
from patients.services.first_days import mark_done
from patients.services.invitations import invite
from rooms.models import Agreement
from rooms.services.device_tests import keep_test

Kind = ConsentDocument.Kind


def make(house, sessions) -> None:
    """The program's consents, and the same on both sides."""
    for kind in (Kind.SHARING, Kind.TELEHEALTH):
        draft = consents.start_version(program=house.program, kind=kind, by=house.admin)
        consents.publish(document=draft, by=house.admin)
    consents.start_version(program=house.program, kind=Kind.TREATMENT, by=house.admin)
    document = ConsentDocument.objects.get(kind=Kind.SHARING)
    for clinician, patient in ((house.alice, house.pat), (house.charlie, house.robin)):
        invite(patient=patient, channel="email", by=clinician)
        mark_done(patient=patient, step="lesson:listening")
        keep_test(patient=patient, camera="works", microphone="works", connection="works")
        consents.sign(document=document, patient=patient, name=patient.name, by=patient.user)


def uids(patient, session, leader) -> dict:
    """The person, the draft, what is to be signed, what is signed, and the agreement."""
    return {
        "dashboard:first_days": patient.uid,
        "dashboard:paper": ConsentDocument.objects.get(kind=Kind.TREATMENT).uid,
        "portal:paper": ConsentDocument.objects.get(kind=Kind.TELEHEALTH).uid,
        "portal:signed": Consent.objects.get(patient=patient).uid,
        "portal:agreement": Agreement.objects.filter(program=session.group.program).first().uid,
    }
