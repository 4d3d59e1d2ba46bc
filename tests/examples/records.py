"""Records: what each asked to be corrected, refused with a statement and its reply; one that is open; a contact that is withheld;
a download; and the program's rules of what is shown."""

import datetime as dt

from django.utils import timezone

from clinical.models import AmendmentRequest, Document, Kind, ReleasePolicy, TreatmentPlan, Withholding
from clinical.services import amendments
from clinical.services.documents import Content, save_document, sign_document, start_document
from clinical.services.release import ask_review, keep_download, withhold


def make(house, sessions) -> None:
    """For Pat by Alice, for Robin by Charlie."""
    ReleasePolicy.objects.create(program=house.program, days=0)
    for clinician, patient in ((house.alice, house.pat), (house.charlie, house.robin)):
        plan = TreatmentPlan.objects.sealed().filter(patient=patient).earliest("number")
        asked = {"patient": patient, "by": patient.user}
        amendments.ask(thing=None, wish="988 911 min", why="PIN", **asked)
        refused = amendments.ask(thing=plan, wish="988 911", why="PIN", **asked)
        refused = amendments.decide(request=refused, decision="denied", basis="correct", answer="988", by=clinician)
        amendments.disagree(request=refused, text="988", by=patient.user)
        amendments.reply(request=refused, text="911", by=clinician)
        contact = start_document(patient=patient, kind=Kind.CONTACT, by=clinician)
        content = Content(
            sections={"who": "A call.", "about": "A neighbor."},
            happened_at=timezone.now() - dt.timedelta(hours=2),
            risk="none",
        )
        contact = save_document(document=contact, content=content, version=1, by=clinician)
        contact = sign_document(document=contact, version=contact.version, by=clinician)
        held = withhold(thing=contact, ground="safety", reason="A threat was made.", by=clinician)
        ask_review(withholding=held, by=patient.user)
        keep_download(patient=patient, form="json", counts={"notes": 1}, data=b"{}", by=patient.user)


def _withheld(patient) -> Document:
    return Withholding.objects.standing().get(patient=patient).document


def uids(patient, session, leader) -> dict:
    """Something that is read, something withheld, a version of the plan, a request that was refused."""
    refused = AmendmentRequest.objects.filter(patient=patient, decision="denied").earliest("pk")
    return {
        "portal:record_note": patient.notes.earliest("pk").uid,
        "portal:record_withheld": Withholding.objects.standing().get(patient=patient).uid,
        "portal:record_plan": TreatmentPlan.objects.sealed().filter(patient=patient).earliest("number").uid,
        "portal:correction": refused.uid,
        "clinical:request": refused.uid,
        "clinical:withhold": _withheld(patient).uid,
    }
