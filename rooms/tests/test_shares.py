"""Sharing people out over rooms beside: by chance, evenly, with some never together; and that it says so when there is no way."""

import itertools
import random

import pytest

from rooms.shares import share_out


def _there_is_a_way(keys: list[str], rooms: int, apart: list[tuple[str, str]]) -> bool:
    """Every way there is, looked through one by one."""
    small, bigger = divmod(len(keys), rooms)
    for places in itertools.product(range(rooms), repeat=len(keys)):
        sizes = sorted(places.count(n) for n in range(rooms))
        if sizes != sorted([small + 1] * bigger + [small] * (rooms - bigger)):
            continue
        where = dict(zip(keys, places, strict=True))
        if all(where[one] != where[other] for one, other in apart):
            return True
    return False


def _holds(found: list[list[str]], keys: list[str], rooms: int, apart) -> None:
    assert len(found) == rooms
    assert sorted(itertools.chain(*found)) == sorted(keys)
    sizes = [len(room) for room in found]
    assert max(sizes) - min(sizes) <= 1
    for room in found:
        assert not any(one in room and other in room for one, other in apart)


@pytest.mark.parametrize("seed", range(300))
def test_everybody_once_evenly_and_pairs_apart(seed):
    chance = random.Random(seed)
    keys = [f"p{n}" for n in range(chance.randint(0, 17))]
    rooms = chance.randint(1, 8)
    pairs = list(itertools.combinations(keys, 2))
    apart = chance.sample(pairs, min(len(pairs), chance.randint(0, 6)))
    found = share_out(keys, rooms, [*apart, ("p0", "not here")], chance=chance)
    if found is None:  # the pairs were too many, never the evenness alone
        assert apart
    else:
        _holds(found, keys, rooms, apart)


@pytest.mark.parametrize("seed", range(150))
def test_it_finds_a_way_exactly_when_there_is_one(seed):
    chance = random.Random(seed)
    keys = [f"p{n}" for n in range(chance.randint(2, 7))]
    rooms = chance.randint(1, 3)
    pairs = list(itertools.combinations(keys, 2))
    apart = chance.sample(pairs, chance.randint(0, len(pairs)))
    found = share_out(keys, rooms, apart, chance=chance)
    assert (found is not None) == _there_is_a_way(keys, rooms, apart)
    if found is not None:
        _holds(found, keys, rooms, apart)


def test_the_hardest_asked_of_it_ends_soon():
    keys = [f"p{n}" for n in range(17)]
    assert share_out(keys, 8, itertools.combinations(keys, 2)) is None
    assert share_out(keys, 2, [("p0", other) for other in keys[1:]]) is None


def test_chance_is_fair():
    """Over many times, everybody is with everybody: nobody is placed by their name or their order."""
    chance, together = random.Random(1), 0
    for _n in range(3000):
        found = share_out(["a", "b", "c", "d"], 2, chance=chance)
        together += any({"a", "b"} <= set(room) for room in found)
    assert 900 < together < 1100
