"""Who goes with whom into rooms beside: shared out by chance, as evenly as it goes, with some never together. Pure."""

import random
from collections.abc import Collection, Iterable, Sequence

TRIES = 100_000  # people put somewhere before the search is given up


def share_out(
    keys: Sequence[str], rooms: int, apart: Iterable[Collection[str]] = (), *, chance: random.Random | None = None
) -> list[list[str]] | None:
    """Everybody in one of so many rooms, their sizes at most one apart, and nobody with whom they are kept apart.

    apart: pairs of keys; pairs with somebody who is not here are passed over. None when there is no such way.
    """
    chance = chance or random.SystemRandom()
    people = list(keys)
    chance.shuffle(people)
    avoid: dict[str, set[str]] = {key: set() for key in people}
    for one, other in apart:
        if one in avoid and other in avoid and one != other:
            avoid[one].add(other)
            avoid[other].add(one)
    bigger = len(people) % rooms
    sizes = [len(people) // rooms + (n < bigger) for n in range(rooms)]
    chance.shuffle(sizes)
    return _Search(people, sizes, avoid, chance).found()


class _Search:
    """Whoever has the fewest rooms left is put somewhere first; those whom nobody avoids fill what remains."""

    def __init__(self, people: list[str], sizes: list[int], avoid: dict[str, set[str]], chance: random.Random) -> None:
        self.bound = [key for key in people if avoid[key]]
        self.free = [key for key in people if not avoid[key]]
        self.sizes, self.avoid, self.chance = sizes, avoid, chance
        self.rooms: list[list[str]] = [[] for _size in sizes]
        self.tries = TRIES

    def found(self) -> list[list[str]] | None:
        if not self._place(list(self.bound)):
            return None
        for room, size in zip(self.rooms, self.sizes, strict=True):
            while len(room) < size:
                room.append(self.free.pop())
            self.chance.shuffle(room)
        return self.rooms

    def _place(self, waiting: list[str]) -> bool:
        if not waiting:
            return True
        choices = {key: self._choices(key) for key in waiting}
        key = min(waiting, key=lambda one: (len(choices[one]), -len(self.avoid[one])))
        rest = [one for one in waiting if one != key]
        self.chance.shuffle(choices[key])
        for n in choices[key]:
            self.tries -= 1
            if self.tries < 0:
                return False
            self.rooms[n].append(key)
            if self._place(rest):
                return True
            self.rooms[n].remove(key)
        return False

    def _choices(self, key: str) -> list[int]:
        """Rooms that take them. Of empty rooms of one size any is as good as another: one of them is tried."""
        open_to, empty = [], set()
        for n, (room, size) in enumerate(zip(self.rooms, self.sizes, strict=True)):
            if len(room) >= size or self.avoid[key].intersection(room):
                continue
            if not room:
                if size in empty:
                    continue
                empty.add(size)
            open_to.append(n)
        return open_to
