"""Page-shaped reads of rooms: a fixed number of queries however many people and sessions."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from rooms.models import Handout, Participant, Room, TalkSpell
from rooms.services.balance import NOISE, Share, seconds_of, share_of, takes_much
from rooms.services.presence import with_presence

SESSIONS_BEFORE = 4


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of talk in a room. leaders: their part of everything said, 0-1; before: sessions that were looked back on."""

    people: list[Share]
    leaders: float | None
    leaders_before: float | None
    before: int


def talk_balance(room: Room, now: dt.datetime | None = None) -> Balance:
    """Who was heard how long, in this session and the group's last four, those who spoke least first. Four queries at most."""
    moment = now or timezone.now()
    people = list(with_presence(room.participants.filter(state=Participant.State.IN)))
    staff = {Participant.Part.LEAD, Participant.Part.CO, Participant.Part.SUPERVISOR}
    earlier = list(
        Room.objects.filter(
            session__group=room.session.group_id,
            session__starts_at__lt=room.session.starts_at,
            session__status="scheduled",
        )
        .order_by("-session__starts_at")
        .values_list("pk", flat=True)[:SESSIONS_BEFORE]
    )
    was_in = set(
        Participant.objects.filter(room__in=earlier, admitted_at__isnull=False).values_list("user", "room", "part")
    )
    spells = TalkSpell.objects.filter(participant__room__in=[room.pk, *earlier]).values_list(
        "participant__room", "participant__user", "participant__part", "began_at", "ended_at"
    )
    now_said, then_said = [], []
    for where, user, part, began, ended in spells:
        is_now = where == room.pk
        # In a session that is over an open stretch is nothing: nobody wrote down when it ended.
        if is_now or ended is not None:
            (now_said if is_now else then_said).append(((user, part in staff), began, ended))
    heard, heard_before = seconds_of(now_said, moment), seconds_of(then_said, moment)
    total, members_total = sum(heard.values()), sum(s for (_u, leads), s in heard.items() if not leads)
    total_before = sum(heard_before.values())
    members_before = sum(s for (_u, leads), s in heard_before.items() if not leads)
    members = sum(1 for one in people if one.part not in staff)
    came = {user for user, _room, _part in was_in}
    shares = []
    for one in people:
        leads = one.part in staff
        seconds, seconds_before = heard.get((one.user_id, leads), 0), heard_before.get((one.user_id, leads), 0)
        shares.append(
            Share(
                key=one.key,
                name=one.shown,
                leads=leads,
                seconds=round(seconds),
                share=share_of(seconds, total if leads else members_total),
                before=share_of(seconds_before, total_before if leads else members_before)
                if one.user_id in came
                else None,
                is_silent=not leads and one.here and seconds < NOISE,
                takes_much=not leads and takes_much(seconds, members_total, members),
            )
        )
    return Balance(
        people=sorted(shares, key=lambda s: (s.leads, s.seconds, s.name)),
        leaders=share_of(total - members_total, total),
        leaders_before=share_of(total_before - members_before, total_before),
        before=len(earlier),
    )


def handouts_shown_to(user: User) -> QuerySet[Handout]:
    """The handouts somebody in care was shown, each with `shown_on` (the beginning of the session it was last shown to them
    in), the latest first. One query."""
    theirs = Participant.objects.filter(user=user, patient__isnull=False, state=Participant.State.IN).values("room")
    last = Max("shown_in__room__session__starts_at", filter=Q(shown_in__room__in=theirs))
    return Handout.objects.visible_to(user).annotate(shown_on=last).order_by("-shown_on", "title")
