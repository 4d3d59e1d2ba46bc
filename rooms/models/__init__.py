"""The facts of live rooms."""

from rooms.models.board import Board
from rooms.models.care import Apart, Breach, Call, DropOut, QuickRating
from rooms.models.floor import Hand, Round, Turn
from rooms.models.people import (
    Agreement,
    AgreementSignature,
    AgreementWording,
    Arrival,
    Device,
    DeviceTest,
    Participant,
)
from rooms.models.presence import Beside, Connection, MediaHandle, Place, Spell, TalkSpell
from rooms.models.rooms import (
    Backend,
    Camera,
    Keeps,
    PlannedStep,
    Room,
    RoomPolicy,
    Step,
    StepKind,
    media_number,
    media_secret,
)
from rooms.models.words import ChatLine, Handout, HandoutShown, Poll, PollAnswer, PollKind, PollVote, Prompt

__all__ = [
    "Agreement",
    "AgreementSignature",
    "AgreementWording",
    "Apart",
    "Arrival",
    "Backend",
    "Beside",
    "Board",
    "Breach",
    "Call",
    "Camera",
    "ChatLine",
    "Connection",
    "Device",
    "DeviceTest",
    "DropOut",
    "Hand",
    "Handout",
    "HandoutShown",
    "Keeps",
    "MediaHandle",
    "Participant",
    "Place",
    "PlannedStep",
    "Poll",
    "PollAnswer",
    "PollKind",
    "PollVote",
    "Prompt",
    "QuickRating",
    "Room",
    "RoomPolicy",
    "Round",
    "Spell",
    "Step",
    "StepKind",
    "TalkSpell",
    "Turn",
    "media_number",
    "media_secret",
]
