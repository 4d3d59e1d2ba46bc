"""YAML into plain Python values, with the line of every key and item."""

import warnings
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

MAX_BYTES = 1_000_000
Spot = tuple[str | int, ...]  # where in the document: ("groups", 1, "capacity"), counted from 0
_TAG = "tag:yaml.org,2002:"
_TYPED = {_TAG + name for name in ("null", "bool", "int", "float", "timestamp")}
_AS_WRITTEN = {_TAG + name for name in ("str", "merge", "value")}


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: its line, its place in dotted form ("" for the file) and a sentence."""

    line: int
    place: str
    sentence: str

    def __str__(self) -> str:
        where = _("line %(line)d") % {"line": self.line}
        return f"{where}: {self.place}: {self.sentence}" if self.place else f"{where}: {self.sentence}"


class FileProblem(Exception):
    """The file as a whole can't be read. The message is one sentence without the file's name."""


class FileProblems(Exception):
    """Everything that is wrong with the file, by line."""

    def __init__(self, problems: list[Problem]):
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(set(problems))


@dataclass
class Source:
    """A file's values, and the line each of them is on."""

    values: Any = None
    lines: dict[Spot, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, spot: Spot) -> int:
        """The line of a place, or of the nearest place around it that the file has. Counted from 1."""
        while spot not in self.lines and spot:
            spot = spot[:-1]
        return self.lines.get(spot, 1)

    def problem(self, spot: Spot, sentence: str) -> Problem:
        """What is wrong at a place."""
        return Problem(self.line(spot), dotted(spot), sentence)


def dotted(spot: Spot) -> str:
    """`groups.2.capacity`: the capacity of the second group. Items count from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else shown(part) for part in spot)


def shown(value: Any, most: int = 40) -> str:
    """A value as a message may quote it: on one line, printable, not long."""
    start = str(value)[: most + 1]
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in start)
    return f"{text[:most]}…" if len(text) > most else text


def read_source(path: Path) -> Source:
    """The file's values, lines and what is wrong with its YAML. Raises FileProblem (missing, empty …), FileProblems."""
    return parse(_text(path))


def parse(text: str) -> Source:
    """The same of a text. Raises FileProblem when it is empty, FileProblems when it can't be read on."""
    yaml = YAML(typ="safe", pure=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an anchor used twice: aliases are refused below
            node = yaml.compose(text)
        if node is None:
            raise FileProblem(_("the file is empty."))
        source = Source()
        source.values = _Walk(source, yaml).value(node, ())
    except RecursionError:
        raise FileProblem(_("the file is nested too deeply.")) from None
    except (YAMLError, ValueError, IndexError) as error:
        raise FileProblems([_syntax_problem(error, text)]) from None
    return source


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise FileProblem(_("this is a folder, not a file."))
        if not path.exists():
            raise FileProblem(_("there is no such file."))
        if not path.is_file():
            raise FileProblem(_("this is not an ordinary file."))
        if path.stat().st_size > MAX_BYTES:
            raise FileProblem(_("the file is larger than %(n)d MB.") % {"n": MAX_BYTES // 1_000_000})
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileProblem(_("the file can't be read: %(reason)s.") % {"reason": reason}) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileProblems([Problem(line, "", _("this is not UTF-8 text."))]) from None


def _syntax_problem(error: Exception, text: str) -> Problem:
    if isinstance(error, ReaderError):
        newlines = [at for at, character in enumerate(text) if character == "\n"]
        sentence = _("the character %(code)s is not allowed in YAML.") % {"code": f"U+{error.character:04X}"}
        return Problem(bisect_left(newlines, error.position) + 1, "", sentence)
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if begun and (mark is None or mark.index >= len(text.rstrip())):
        mark = begun  # what is never closed is found at the end; where it opens says more
    last = text.rstrip().count("\n") + 1
    reason = " ".join(str(getattr(error, "problem", None) or _("it can't be read")).split())
    return Problem(
        min(mark.line + 1, last) if mark else 1, "", _("this is not valid YAML: %(reason)s.") % {"reason": reason}
    )


class _Walk:
    """Turns composed nodes into values, noting lines and problems in a Source."""

    def __init__(self, source: Source, yaml: YAML):
        self.source, self.constructor, self.seen = source, yaml.constructor, set()

    def value(self, node: Node, spot: Spot) -> Any:
        """The node's value; None, and a problem noted, where we do not take what it says."""
        self.source.lines.setdefault(spot, node.start_mark.line + 1)
        if id(node) in self.seen:
            return self.refuse(spot, _("aliases (*name) are not taken; write the value out."))
        self.seen.add(id(node))
        if isinstance(node, ScalarNode):
            return self.scalar(node, spot)
        if node.tag not in (_TAG + "map", _TAG + "seq"):
            return self.refuse(spot, _("tags (!name) are not taken."))
        if isinstance(node, SequenceNode):
            return [self.value(item, (*spot, index)) for index, item in enumerate(node.value)]
        return self.mapping(node, spot)

    def mapping(self, node: MappingNode, spot: Spot) -> dict[str, Any]:
        """A mapping by its keys' text; of a key given twice, the first."""
        values: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                self.source.problems.append(Problem(line, dotted(spot), _("a key must be a plain word.")))
            elif key.value in values:
                sentence = _("given twice, first on line %(first)d.") % {"first": self.source.lines[*spot, key.value]}
                self.source.problems.append(Problem(line, dotted((*spot, key.value)), sentence))
            else:
                self.source.lines[*spot, key.value] = line
                values[key.value] = self.value(value, (*spot, key.value))
        return values

    def scalar(self, node: ScalarNode, spot: Spot) -> Any:
        """Text, number, date, true/false or None."""
        if node.tag in _AS_WRITTEN:
            return node.value
        if node.tag not in _TYPED:
            return self.refuse(spot, _("tags (!name) are not taken."))
        try:
            return self.constructor.construct_object(node)
        except (YAMLError, ValueError, OverflowError, KeyError, AttributeError, TypeError):
            return self.refuse(spot, _("this can't be read as a value; if it is text, put it in quotes."))

    def refuse(self, spot: Spot, sentence: str) -> None:
        """Note a problem."""
        self.source.problems.append(self.source.problem(spot, sentence))
