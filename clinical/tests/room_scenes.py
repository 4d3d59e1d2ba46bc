"""A session as its live room saw it, for tests: who was connected from when to when, breaks, talk, trouble."""

import datetime as dt

from rooms.models import (
    Call,
    Connection,
    Handout,
    HandoutShown,
    Participant,
    Poll,
    QuickRating,
    Room,
    Step,
    TalkSpell,
)
from rooms.services.agenda import copy_plan
from scheduling.models import Session


class Scene:
    """A room of a session; times are minutes from the session's planned start."""

    def __init__(self, session: Session, began: float | None = 0, ended: float | None = 90):
        self.session = session
        self.room = Room.objects.create(session=session, backend="janus", began_at=self.at(began))
        self.leader = session.bookings.filter(part="lead").get().user
        self.end(ended)

    def at(self, minute: float | None) -> dt.datetime | None:
        return None if minute is None else self.session.starts_at + dt.timedelta(minutes=minute)

    def end(self, minute: float | None) -> None:
        if minute is not None:
            self.room.ended_at, self.room.ended_by = self.at(minute), self.leader
            self.room.save()

    def lead(self, *pages: tuple[float, float | None]) -> Participant:
        """The leader, connected so."""
        now = self.at(0)
        found = Participant.objects.create(
            room=self.room, user=self.leader, part="lead", shown="Lead", state="in", admitted_at=now
        )
        return self._connect(found, pages, "left")

    def member(self, patient, *pages: tuple[float, float | None], why: str = "left", let_in: float | None = 0):
        """Somebody in care, connected so; why: how every page but the last closed."""
        values = {"state": "in", "admitted_at": self.at(let_in)} if let_in is not None else {"state": "waiting"}
        found = Participant.objects.create(
            room=self.room, user=patient.user, patient=patient, part="member", shown=patient.display_name, **values
        )
        return self._connect(found, pages, why)

    def _connect(self, found: Participant, pages, why: str) -> Participant:
        for number, (opened, closed) in enumerate(pages, 1):
            Connection.objects.create(
                participant=found,
                opened_at=self.at(opened),
                seen_at=self.at(opened if closed is None else closed),
                closed_at=self.at(closed),
                why="" if closed is None else why if number < len(pages) else "left",
            )
        return found

    def agenda(self, **steps: tuple[float, float]) -> None:
        """Steps that were held, by kind, with their titles as the plan has them."""
        copy_plan(self.room)
        for kind, (began, ended) in steps.items():
            Step.objects.filter(room=self.room, kind=kind).update(began_at=self.at(began), ended_at=self.at(ended))

    def showed(self, handout: str, poll: str) -> None:
        """A handout was opened for all, and a poll asked."""
        found = Handout.objects.create(group=self.session.group, title=handout, text="Waves", made_by=self.leader)
        HandoutShown.objects.create(room=self.room, handout=found, opened_at=self.at(60), closed_at=self.at(70))
        Poll.objects.create(room=self.room, kind="word", title=poll, opened_at=self.at(80))

    def talked(self, somebody: Participant, *stretches: tuple[float, float]) -> None:
        """They were heard."""
        for began, ended in stretches:
            TalkSpell.objects.create(participant=somebody, began_at=self.at(began), ended_at=self.at(ended))

    def trouble(self, somebody: Participant, minute: float) -> None:
        """They told of technical trouble."""
        Call.objects.create(participant=somebody, kind="trouble", at=self.at(minute), text="I hear nobody")

    def rated(self, somebody: Participant, minute: float, **values: int) -> None:
        """The leader's quick ratings."""
        for scale, value in values.items():
            QuickRating.objects.create(
                participant=somebody, scale=scale, value=value, by=self.leader, at=self.at(minute)
            )
