"""Measures: a rule, one that is asked for, one that is answered."""

from clinical.models import MeasureAssignment, MeasureResponse, Moment
from clinical.services.asking import ask, set_rules
from clinical.services.measures import record_response


def make(house, sessions) -> None:
    """Both have answered the GAD-7 and are asked for the PHQ-9."""
    set_rules(program=house.program, rules=[("gad7", Moment.INTAKE)], may_prorate=False, by=house.bob)
    for episode, clinician in ((house.pat_episode, house.alice), (house.robin_episode, house.charlie)):
        ask(episode=episode, measure="phq9", by=clinician)
        answers = {str(n): 1 for n in range(1, 8)}
        record_response(
            measure="gad7", answers=answers, mode=MeasureResponse.Mode.READ_ALOUD, by=clinician, episode=episode
        )


def uids(patient, session, leader) -> dict:
    """Of what the patient is asked for, and of what they answered."""
    return {
        "clinical:measures": patient.uid,
        "clinical:answers": MeasureResponse.objects.get(patient=patient).uid,
        "portal:check_in": MeasureAssignment.objects.get(patient=patient).uid,
        "dashboard:progress": patient.uid,
    }
