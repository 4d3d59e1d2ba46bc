"""One row of every table of live rooms, in a room of Pat's group, for tests that go over all of them."""

import datetime as dt

from django.utils import timezone

from rooms.models import (
    Agreement,
    AgreementSignature,
    AgreementWording,
    Apart,
    Arrival,
    Beside,
    Board,
    Breach,
    Call,
    ChatLine,
    Connection,
    DeviceTest,
    DropOut,
    Hand,
    Handout,
    HandoutShown,
    MediaHandle,
    Participant,
    Place,
    PlannedStep,
    Poll,
    PollAnswer,
    PollVote,
    Prompt,
    QuickRating,
    Room,
    RoomPolicy,
    Round,
    Spell,
    Step,
    TalkSpell,
    Turn,
)
from scheduling.models import Session
from tests.factories import House


def make_room(session: Session, leader, *patients) -> tuple[Room, list[Participant]]:
    """A room of the session that has begun, its leader and these patients let in; the participants, the leader first."""
    now = timezone.now()
    room = Room.objects.create(session=session, backend="janus", began_at=now)
    let_in = {"room": room, "state": "in", "admitted_at": now, "admitted_by": leader}
    people = [Participant.objects.create(user=leader, part="lead", shown=leader.first_name, **let_in)]
    for patient in patients:
        shown = patient.display_name
        people.append(
            Participant.objects.create(user=patient.user, patient=patient, part="member", shown=shown, **let_in)
        )
    return room, people


def make_rows(house: House) -> dict[type, object]:
    """By model: one row. Everything about somebody is about Pat; whatever has an author is Alice's."""
    return make_rows_of(house.session, house.alice, house.pat, house.quinn)


def make_rows_of(session: Session, leader, patient, peer) -> dict[type, object]:
    """By model: one row, about the patient; their peer and the leader are in the room too."""
    now, program = timezone.now(), session.group.program
    room, (_leader, pat, quinn) = make_room(session, leader, patient, peer)
    by = {"by": leader}
    agreement = Agreement.objects.filter(program=program).first() or Agreement.objects.create(
        program=program, version=1, text="What is said here stays here.", guidelines=["Come alone"],
        in_force_from=timezone.localdate(), written_by=leader,
    )  # fmt: skip
    step = Step.objects.create(room=room, place=1, kind="check_in", minutes=20, began_at=now)
    beside = Beside.objects.create(room=room, name="One", opened_at=now)
    handle = MediaHandle.objects.create(participant=pat, number=room.number, handle=str(room.number), joined_at=now)
    turns = Round.objects.create(room=room, step=step, kind="check_in", began_at=now)
    poll = Poll.objects.create(room=room, kind="scale", title="How ready?", is_anonymous=False, opened_at=now)
    handout = Handout.objects.create(group=session.group, title="Waves", text="They pass.", made_by=leader)
    one, other = sorted((patient, peer), key=lambda patient: patient.pk)
    rows = [
        room, pat, agreement, step, beside, handle, turns, poll, handout,
        RoomPolicy.objects.get_or_create(program=program)[0],
        PlannedStep.objects.create(session=session, place=1, kind="check_in", minutes=20),
        Arrival.objects.create(
            participant=pat, street="1 Elm St", city="Fresno", state="CA", phone="559", given_at=now,
        ),
        DeviceTest.objects.create(patient=patient, camera="works", tested_at=now),
        AgreementWording.objects.get_or_create(
            agreement=agreement, language="es",
            defaults={"text": "Lo que se dice aquí se queda aquí.", "guidelines": ["Venga sin compañía"], "written_by": leader},
        )[0],
        AgreementSignature.objects.create(agreement=agreement, patient=patient, name=patient.name, at=now),
        Connection.objects.create(participant=pat, opened_at=now, seen_at=now),
        Spell.objects.create(participant=pat, kind="beside", beside=beside, began_at=now),
        TalkSpell.objects.create(participant=pat, handle=handle, began_at=now),
        Turn.objects.create(round=turns, participant=pat, place=1, state="now", began_at=now),
        Place.objects.create(participant=pat, beside=beside),
        Board.objects.create(room=room, opened_at=now),
        Hand.objects.create(participant=pat, raised_at=now),
        ChatLine.objects.create(participant=pat, to="one", one=quinn, at=now),
        PollVote.objects.create(poll=poll, participant=pat),
        PollAnswer.objects.create(poll=poll, participant=pat, number=7),
        Prompt.objects.create(room=room, kind="writing", text="A letter to tomorrow", opened_at=now),
        HandoutShown.objects.create(room=room, handout=handout, opened_at=now),
        Call.objects.create(participant=pat, kind="not_ok", text="Too much", at=now),
        QuickRating.objects.create(participant=pat, scale="tone", value=2, at=now, **by),
        DropOut.objects.create(participant=pat, lost_at=now - dt.timedelta(minutes=1)),
        Breach.objects.create(participant=pat, guideline="Come alone", done="Asked them to move", at=now, **by),
        Apart.objects.create(group=session.group, one=one, other=other, reason="They ask", **by),
    ]  # fmt: skip
    return {type(row): row for row in rows}
