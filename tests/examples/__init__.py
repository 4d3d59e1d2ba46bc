"""Example rows of every matter of the record, on both sides of a wall: Pat's (own) and Robin's (other).

The access list and the tests of the administration site are run over them. A matter's file has `make(house, sessions)`, which
makes its rows for Pat and for Robin, and `uids(patient, session, leader)`: example uids by the name of a URL.
"""

from tests.examples import (
    boards,
    daily,
    documentation,
    documents,
    dynamics,
    first_days,
    followups,
    goals,
    journals,
    library,
    measures,
    notes,
    plans,
    records,
    requests,
    risk,
    rooms,
    threads,
)

MATTERS = (
    *(notes, documentation, plans, documents, dynamics, followups, measures),
    *(daily, journals, risk, rooms, first_days, threads, library, boards, requests, goals, records),
)


def make(house, sessions) -> None:
    """The rows of every matter. sessions: "own" is of Pat's group, "other" of Robin's."""
    for matter in MATTERS:
        matter.make(house, sessions)


def uids(patient, session, leader) -> dict:
    """Example uids by the name of a URL, for one side."""
    found = {}
    for matter in MATTERS:
        found |= matter.uids(patient, session, leader)
    return found
