"""YAML as a tree in which everything knows its line and column. What the tree means is for `story` to say.

Scalars stay the text that was written: `off` is no boolean and `4711` no number until a step asks for one, so that a name
like "No" or "1e3" can be told to the assistant as it stands.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.composer import ComposerError
from yaml.reader import ReaderError

from models.errors import EnvironmentProblem, UserError

DEEPEST = 40
"""Levels of nesting; a story needs five."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: line and column from 1, and its characters in the text."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text as written; `plain` where it stands without quotes."""

    text: str
    place: Place
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Tree, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the file, each key once."""

    pairs: tuple[tuple[Scalar, Tree], ...]
    place: Place

    def __iter__(self) -> Iterator[tuple[Scalar, Tree]]:
        return iter(self.pairs)

    def get(self, name: str) -> Tree | None:
        return next((tree for key, tree in self.pairs if key.text == name), None)


Tree = Scalar | Items | Fields


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file."""

    file: Path
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class BadScenario(UserError):
    """A scenario file that cannot be run as it is written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[BadScenario], tuple[tuple[Problem, ...]]]:
        # The way back from another process; the default would hand the text to the constructor.
        return type(self), (self.problems,)


def read_text(file: Path) -> str:
    """The file's text; raises `UserError` where there is none, `EnvironmentProblem` where it cannot be read."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"There is no file {file}.") from error
    except UnicodeDecodeError as error:
        raise BadScenario([Problem(file, 1, 1, f"not UTF-8 (byte {error.start}). Save it as UTF-8.")]) from error
    except OSError as error:
        raise EnvironmentProblem(f"{file} cannot be read: {error.strerror}.") from error


def read_tree(text: str, file: Path) -> Tree:
    """The YAML in `text`; raises `BadScenario` with line and column."""
    try:
        # The pure-Python loader: libyaml's marks count bytes in some places and characters in others.
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise BadScenario([Problem(file, line, column, _in_words(error))]) from error
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        problem = Problem(file, line, column, f"the character {error.character!r} cannot stand in YAML")
        raise BadScenario([problem]) from error
    except RecursionError as error:
        raise BadScenario([Problem(file, 1, 1, "nested too deeply to be a story")]) from error
    if node is None:
        raise BadScenario([Problem(file, 1, 1, "the file is empty. A scenario has a name and steps.")])
    return _tree(node, file, 0)


def meant(written: str, known: Iterable[str]) -> str:
    """ "; did you mean remember?" where one of the known words is close to what was written, else ""."""
    close = difflib.get_close_matches(written.casefold(), list(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]}?" if close else ""


class _Loader(yaml.SafeLoader):
    """Composes without aliases: a file that refers to itself has no end, and a table says repetition better."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise ComposerError(None, None, "references (*name) are not used in scenarios; use for each", event.start_mark)
        return super().compose_node(parent, index)


def _tree(node: yaml.Node, file: Path, depth: int) -> Tree:
    place = Place(node.start_mark.line + 1, node.start_mark.column + 1, node.start_mark.index, node.end_mark.index)
    if depth > DEEPEST:
        raise BadScenario([Problem(file, place.line, place.column, "nested too deeply to be a story")])
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, place, plain=not node.style)
    if isinstance(node, yaml.SequenceNode):
        return Items(tuple(_tree(item, file, depth + 1) for item in node.value), place)
    pairs: list[tuple[Scalar, Tree]] = []
    for key_node, value_node in node.value:
        key = _tree(key_node, file, depth + 1)
        if not isinstance(key, Scalar):
            raise BadScenario([Problem(file, key.place.line, key.place.column, "a key must be plain text")])
        if any(key.text == earlier.text for earlier, _ in pairs):
            raise BadScenario([Problem(file, key.place.line, key.place.column, f"{key.text} stands twice in one step")])
        pairs.append((key, _tree(value_node, file, depth + 1)))
    return Fields(tuple(pairs), place)


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or "not valid YAML").strip()
    if "mapping values are not allowed" in problem:
        return f'{problem}. Text with a colon in it needs quotes: say: "Note: my cat is called Tom."'
    if "but got '?'" in problem:
        return f'{problem}. A question inside braces or brackets needs quotes: {{asked: "What is it called?"}}'
    if "cannot start any token" in problem or "could not find expected" in problem:
        return f'{problem}. Put the text in quotes, or look at the indentation: - say: "..."'
    context = f" ({error.context.strip()})" if error.context else ""
    return f"{problem}{context}"
