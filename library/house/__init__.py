"""The texts of the house: what every program's library begins with, in English and Spanish. Our own words throughout.

Each file is one item. A program's admins change its copy as they like; a change here reaches programs that don't have it yet.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

CURRICULUM = "Day by day"
# To write about in one's journal, by the code of the unit: in English and in Spanish, one a line.
PROMPTS = {
    "notice": (
        "What did I notice first today: a need, a feeling, or an urge?",
        "¿Qué noté primero hoy: una necesidad, un sentimiento o ganas?",
    ),
    "urges": (
        "When did an urge pass by itself, and what was around me then?",
        "¿Cuándo pasaron las ganas por sí solas, y qué había a mi alrededor?",
    ),
    "thoughts": (
        "Which thought came back most often today, and what speaks against it?",
        "¿Qué pensamiento volvió más veces hoy, y qué habla en su contra?",
    ),
    "days": (
        "Which day ahead could be hard, and what is the first thing I will do?",
        "¿Qué día que viene puede ser difícil, y qué haré primero?",
    ),
    "people": ("To whom do I want to say yes, and to what no?", "¿A quién quiero decir que sí, y a qué que no?"),
    "body": ("What did my body ask for today, and what did I give it?", "¿Qué pidió hoy mi cuerpo, y qué le di?"),
    "matters": (
        "What did I do today that fits what matters to me, however small?",
        "¿Qué hice hoy que va con lo que me importa, por pequeño que sea?",
    ),
}
# Code, title, title in Spanish, aim.
UNITS = (
    ("notice", "Noticing what is going on", "Notar lo que está pasando", "Tell a need, a feeling and an urge apart."),
    (
        "urges",
        "Letting urges pass",
        "Dejar pasar las ganas",
        "Stay with an urge until it is over, without acting on it.",
    ),
    ("thoughts", "Thoughts and feelings", "Pensamientos y sentimientos", "Look at a thought before believing it."),
    ("days", "Planning for hard days", "Planear los días difíciles", "Know beforehand what to do, and whom to call."),
    ("people", "Being with others", "Estar con otras personas", "Say no, ask for something, and stay in touch."),
    ("body", "Body and sleep", "El cuerpo y el sueño", "Give the body what lets it settle."),
    ("matters", "What matters", "Lo que importa", "Take one step towards what one cares about."),
)
_WORDS = ("title", "title_es", "summary", "summary_es", "text", "text_es")


@dataclass(frozen=True, slots=True)
class HouseItem:
    """One file. fields: the columns of each question."""

    code: str
    kind: str
    unit: str
    place: int
    minutes: int
    words: dict[str, str]
    fields: tuple[dict, ...]


@lru_cache(maxsize=1)
def house_items() -> tuple[HouseItem, ...]:
    """All of them, in their order."""
    found = []
    for path in Path(__file__).parent.glob("*.toml"):
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        found.append(
            HouseItem(
                code=path.stem,
                kind=given["kind"],
                unit=given["unit"],
                place=given["place"],
                minutes=given["minutes"],
                words={name: given.get(name, "").strip() for name in _WORDS},
                fields=tuple(_field(one) for one in given.get("fields", ())),
            )
        )
    return tuple(sorted(found, key=lambda item: item.place))


def _field(given: dict) -> dict:
    return {name: "\n".join(value) if isinstance(value, list) else value for name, value in given.items()}
