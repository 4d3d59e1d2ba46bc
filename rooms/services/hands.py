"""Raised hands, a queue that favours who has spoken least; and reactions, which are passed on and kept nowhere."""

import datetime as dt

import redis
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms import wire
from rooms.deeds import By, Deed, deed
from rooms.models import Connection, Hand, Participant, Room
from rooms.wire import LEADERS

REACTIONS = ("heart", "clap", "leaf", "thumb", "thanks")
REACTIONS_AT_ONCE, REACTIONS_SECONDS = 5, 10  # so many of one person within so many seconds


def spoken(room: Room, until: dt.datetime) -> dict[int, int]:
    """Whole seconds that each person of a room spoke up to `until`, by participant: heard by the media server, or having the
    floor in a round; what is both counts once. Somebody who did not speak is missing. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH spells AS (
                SELECT talk.participant_id, talk.began_at, LEAST(COALESCE(talk.ended_at, %(until)s), %(until)s) AS ended_at
                FROM rooms_talkspell talk JOIN rooms_participant p ON p.id = talk.participant_id
                WHERE p.room_id = %(room)s
                UNION ALL
                SELECT turn.participant_id, turn.began_at, LEAST(COALESCE(turn.ended_at, %(until)s), %(until)s)
                FROM rooms_turn turn JOIN rooms_round r ON r.id = turn.round_id
                WHERE r.room_id = %(room)s AND turn.state IN ('done', 'now') AND turn.began_at IS NOT NULL
            ), whole AS (
                SELECT participant_id, range_agg(tstzrange(began_at, ended_at)) AS spells
                FROM spells WHERE ended_at > began_at GROUP BY participant_id
            )
            SELECT participant_id, floor(sum(extract(epoch FROM upper(one) - lower(one))))::int
            FROM whole, unnest(spells) AS one GROUP BY participant_id
            """,
            {"room": room.pk, "until": until},
        )
        return dict(cursor.fetchall())


def queue(room: Room, now: dt.datetime) -> list[Hand]:
    """The hands that are up, in the order they should be called on: who spoke least, then who waits longest. Those who are not
    connected come last. Two queries."""
    here = Exists(Connection.objects.open().filter(participant=OuterRef("participant")))
    up = Hand.objects.filter(participant__room=room, participant__state=Participant.State.IN, lowered_at=None)
    hands = list(up.select_related("participant").annotate(here=here))
    seconds = spoken(room, now) if len(hands) > 1 else {}
    return sorted(hands, key=lambda h: (not h.here, seconds.get(h.participant_id, 0), h.raised_at, h.pk))


def hands_of(room: Room, viewer: Participant, now: dt.datetime) -> dict:
    """Whose hands are up, as somebody in the room may know it: everybody who (in no order), leaders the order, and each their
    own place in it. Two queries."""
    keys = [hand.participant.key for hand in queue(room, now)]
    mine = keys.index(viewer.key) + 1 if viewer.key in keys else None
    return {"up": sorted(keys), "order": keys if viewer.is_leader else None, "place": mine}


def _tell(doing: Deed) -> None:
    """The order is for leaders, and for each who waits their own place: it would say who spoke how much."""
    keys = [hand.participant.key for hand in queue(doing.room, doing.now)]
    doing.tell("hands", {"up": sorted(keys)})
    doing.tell("hands.order", {"order": keys}, to=LEADERS)
    for place, key in enumerate(keys, 1):
        doing.tell("hands.place", {"place": place}, to=(key,))


def raise_hand(*, by: Participant) -> None:
    """Raise one's hand; it stays up once. Raises Refusal (over, not_in, removed)."""
    with deed(by.room_id, by) as doing:
        _hand, made = Hand.objects.get_or_create(
            participant=doing.by, lowered_at=None, defaults={"raised_at": doing.now}
        )
        if made:
            _tell(doing)


def lower_hand(*, by: Participant, key: str) -> None:
    """Lower one's own hand, or as a leader anybody's. Raises Refusal (over, not_in, not_a_leader)."""
    with deed(by.room_id, by, By.ANYBODY_IN if by.key == key else By.LEADER) as doing:
        if _lower(doing, key):
            _tell(doing)


def call_on(*, by: Participant, key: str) -> None:
    """Call on somebody whose hand is up, which lowers it; everybody hears it. Does nothing when it is down already: both leaders
    called at once. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        if _lower(doing, key, called_at=doing.now):
            doing.tell("hands.called", {"key": key, "at": doing.now.isoformat()})
            _tell(doing)


def clear_hands(*, by: Participant) -> None:
    """Lower all hands. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        up = Hand.objects.filter(participant__room=doing.room, lowered_at=None)
        if up.update(lowered_at=doing.now):
            _tell(doing)


def _lower(doing: Deed, key: str, **fields) -> int:
    up = Hand.objects.filter(participant__room=doing.room, participant__key=key, lowered_at=None)
    return up.update(lowered_at=doing.now, **fields)


def end_of(doing: Deed, one: Participant) -> None:
    """Somebody was put out of the session: their hand is down."""
    if _lower(doing, one.key):
        _tell(doing)


def react(*, by: Participant, kind: str) -> None:
    """Show the others a reaction that supports. It is kept nowhere. Raises Refusal (over, not_in, kind, too_many, away)."""
    if kind not in REACTIONS:
        raise Refusal(_("There is no such reaction."), "kind")
    _pace(by)
    with deed(by.room_id, by) as doing:
        doing.tell("reaction", {"key": doing.by.key, "kind": kind, "at": doing.now.isoformat()})


def _pace(by: Participant) -> None:
    name = f"rooms:{by.room_id}:reacted:{by.key}"
    try:
        client = wire.redis_client()
        client.set(name, 0, ex=REACTIONS_SECONDS, nx=True)
        shown = client.incr(name)
    except redis.RedisError:
        raise Refusal(_("That can’t be passed on at this moment. Try it again in a minute."), "away") from None
    if shown > REACTIONS_AT_ONCE:
        raise Refusal(_("That came across. Give the others a moment to see it."), "too_many")
