"""A scenario file as a story: checked whole, with every mistake in its place, and told out flat before anything runs.

Loops are unrolled here, so that what runs is a plain list of steps and a mistake in the last row of a table is found first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.scenario.bounds import Bounds
from app.scenario.clock import EVENING
from app.scenario.language import (
    EVERY_STEP,
    EXPECTATIONS,
    FOR_EACH,
    HEAD,
    INNER,
    REPEAT,
    VERBS,
    WORKER_PHASES,
    Verb,
    Word,
)
from app.scenario.reading import BadScenario, Fields, Items, Place, Problem, Scalar, Tree, meant, read_text, read_tree
from app.scenario.values import Wrong, convert

SUFFIX = ".scenario.yaml"
MOST_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must hold after a step. `place` is that of its value, which `--update` may rewrite."""

    name: str
    value: Any
    written: str
    place: Place
    in_loop: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its verb, what it is done with, and what is expected of it. `written` is its first line, for reports."""

    verb: str
    value: Any
    written: str
    place: Place
    options: Mapping[str, Any] = field(default_factory=dict)
    expectations: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole file, ready to run. `given` is the file whose profile it goes on from."""

    file: Path
    name: str
    steps: tuple[Step, ...]
    about: str = ""
    promise: str = ""
    model: str = ""
    seed: int = 0
    clock: datetime = EVENING
    settings: Mapping[str, Any] = field(default_factory=dict)
    given: Path | None = None


def read_scenario(file: Path) -> Scenario:
    """The scenario in `file`; raises `BadScenario` that names every mistake with line and column."""
    return parse_scenario(read_text(file), file)


def parse_scenario(text: str, file: Path) -> Scenario:
    """The scenario that `text` tells; `file` is where it stands, for messages and for the files it names."""
    return _Reader(file).scenario(read_tree(text, file))


Row = Mapping[str, str]


class _Reader:
    """Reads one file and gathers its problems, so that all of them are told at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._problems: list[Problem] = []
        self._labels: set[str] = set()
        self._tallies: set[str] = set()
        self._count = 0

    def scenario(self, tree: Tree) -> Scenario:
        if not isinstance(tree, Fields):
            self._wrong(tree.place, "a scenario is a mapping: it has a name and steps")
            raise BadScenario(self._problems)
        values: dict[str, Any] = {}
        steps: tuple[Step, ...] = ()
        for key, value in tree:
            if key.text == "steps":
                steps = tuple(self._steps(value, {}))
            elif key.text in HEAD:
                values[key.text] = self._converted(HEAD[key.text], value)
            else:
                self._wrong(
                    key.place, f"{key.text}{meant(key.text, HEAD) or ' means nothing here. There are: ' + ', '.join(HEAD)}"
                )
        for needed in ("name", "steps"):
            if tree.get(needed) is None:
                self._wrong(tree.place, f"the scenario has no {needed}")
        if given := values.pop("given", None):
            values["given"] = self._given(given, tree.get("given"))
        if self._problems:
            raise BadScenario(sorted(set(self._problems), key=lambda problem: (problem.line, problem.column)))
        return Scenario(self._file, steps=steps, **{name: value for name, value in values.items() if value is not None})

    def _given(self, named: str, tree: Tree | None) -> Path:
        file = self._file.parent / named
        found = file if file.is_file() else file.with_name(file.name + SUFFIX)
        if not found.is_file() and tree is not None:
            beside = [path.name.removesuffix(SUFFIX) for path in self._file.parent.glob(f"*{SUFFIX}")]
            self._wrong(tree.place, f"given names {named}, but there is no such file{meant(named, beside)}")
        return found

    def _steps(self, tree: Tree, row: Row) -> Iterable[Step]:
        if not isinstance(tree, Items) or not tree.items:
            self._wrong(tree.place, "steps takes a list: each line begins with -")
            return
        for item in tree.items:
            self._count += 1
            if self._count > MOST_STEPS:
                self._wrong(item.place, f"more than {MOST_STEPS} steps")
                return
            if not isinstance(item, Fields) or not item.pairs:
                self._wrong(item.place, "a step is a verb and its value, such as - say: Hello.")
            elif item.get(REPEAT.name) is not None or item.get(FOR_EACH.name) is not None:
                yield from self._loop(item, row)
            elif (step := self._step(item, row)) is not None:
                yield step

    def _loop(self, tree: Fields, row: Row) -> Iterable[Step]:
        known = {REPEAT.name, FOR_EACH.name, INNER.name}
        for key, _ in tree:
            if key.text not in known:
                self._wrong(
                    key.place, f"{key.text}{meant(key.text, known) or ' cannot stand beside a loop; put it into its steps'}"
                )
        inner, times, table = tree.get(INNER.name), tree.get(REPEAT.name), tree.get(FOR_EACH.name)
        if inner is None or (times is not None and table is not None):
            self._wrong(tree.place, "a loop has either repeat or for each, and steps")
            return
        if times is not None:
            count = self._converted(REPEAT, times) or 0
            rows: list[Row] = [{"round": str(number + 1)} for number in range(min(count, MOST_STEPS))]
        else:
            assert table is not None
            rows = self._rows(table)
        for values in rows:
            if self._count > MOST_STEPS:
                return
            yield from self._steps(inner, {**row, **values})

    def _rows(self, tree: Tree) -> list[Row]:
        if not isinstance(tree, Items) or not tree.items:
            self._wrong(tree.place, "for each takes a list of rows")
            return []
        rows: list[Row] = []
        for item in tree.items:
            if isinstance(item, Scalar):
                rows.append({"it": item.text})
            elif isinstance(item, Fields) and all(isinstance(value, Scalar) for _, value in item):
                rows.append({key.text: value.text for key, value in item if isinstance(value, Scalar)})
            else:
                self._wrong(item.place, "a row is a value, or columns and their values: {thing: kettle, name: Vesuvius}")
        return rows

    def _step(self, tree: Fields, row: Row) -> Step | None:
        verbs = [(key, value) for key, value in tree if key.text in VERBS]
        if len(verbs) != 1:
            self._no_verb(tree, [key for key, _ in verbs])
            return None
        key, value = verbs[0]
        verb = VERBS[key.text]
        filled = self._filled(value, row)
        step_value = self._converted(verb.word, filled)
        options: dict[str, Any] = {}
        expectations: list[Expectation] = []
        for name, tree_value in tree:
            if name is not key:
                self._detail(verb, name, self._filled(tree_value, row), options, expectations, bool(row))
        for needed in verb.needed:
            if tree.get(needed) is None:
                self._wrong(key.place, f"{key.text} needs {needed}: {_option(verb, needed).means}")
        self._cross_check(key, options, expectations)
        if key.text == "tally" and step_value is not None and step_value not in self._tallies:
            suggestion = meant(step_value, self._tallies) or f". Name what is counted: counts: {step_value}"
            self._wrong(filled.place, f"nothing was counted as {step_value}{suggestion}")
        if step_value == "worker" and options.get("at", "training") not in WORKER_PHASES:
            self._wrong(key.place, f"the worker can be killed at {' or '.join(WORKER_PHASES)}; at other times there is none")
        written = f"{key.text}: {_shown(filled)}".strip()
        return Step(key.text, step_value, written, key.place, options, tuple(expectations))

    def _detail(
        self, verb: Verb, key: Scalar, value: Tree, options: dict[str, Any], expectations: list[Expectation], in_loop: bool
    ) -> None:
        """One key beside the verb: an option, or an expectation."""
        allowed = {**{word.name: word for word in verb.options}, **EVERY_STEP}
        if key.text in allowed:
            options[key.text] = self._converted(allowed[key.text], value)
        elif key.text in verb.expects:
            converted = self._converted(EXPECTATIONS[key.text], value)
            expectations.append(Expectation(key.text, converted, _shown(value), value.place, in_loop))
        elif key.text in EXPECTATIONS:
            self._wrong(key.place, f"{key.text} cannot be asked of {verb.word.name}; it has: {', '.join(verb.expects)}")
        else:
            known = [*allowed, *verb.expects]
            self._wrong(
                key.place,
                f"{key.text}{meant(key.text, known) or f' means nothing to {verb.word.name}. It knows: ' + ', '.join(known)}",
            )

    def _cross_check(self, key: Scalar, options: Mapping[str, Any], expectations: Iterable[Expectation]) -> None:
        """Names that point to other steps must have been given by an earlier one."""
        for expectation in expectations:
            label = expectation.value.label if isinstance(expectation.value, Bounds) else ""
            if label and label not in self._labels:
                suggestion = meant(label, self._labels) or ". Name it with as: " + label
                self._wrong(expectation.place, f"no earlier step is called {label}{suggestion}")
        if options.get("as"):
            self._labels.add(options["as"])
        if options.get("counts"):
            self._tallies.add(options["counts"])

    def _no_verb(self, tree: Fields, found: list[Scalar]) -> None:
        if found:
            self._wrong(
                found[1].place, f"one step does one thing: {found[0].text} and {found[1].text} are two. Begin a new line with -"
            )
            return
        first = tree.pairs[0][0]
        verbs = [*VERBS, REPEAT.name, FOR_EACH.name]
        suggestion = meant(first.text, verbs) or f" is no step. There are: {', '.join(verbs)}"
        self._wrong(first.place, f"{first.text}{suggestion}")

    def _filled(self, tree: Tree, row: Row) -> Tree:
        """The tree with {columns} filled in; outside loops braces mean nothing."""
        if not row:
            return tree
        if isinstance(tree, Items):
            return Items(tuple(self._filled(item, row) for item in tree.items), tree.place)
        if isinstance(tree, Fields):
            return Fields(
                tuple((Scalar(self._fill(key, row), key.place, key.plain), self._filled(value, row)) for key, value in tree),
                tree.place,
            )
        return Scalar(self._fill(tree, row), tree.place, tree.plain)

    def _fill(self, scalar: Scalar, row: Row) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] not in row:
                self._wrong(
                    scalar.place, f"there is no column {found[1]}{meant(found[1], row) or '; there are: ' + ', '.join(row)}"
                )
            return row.get(found[1], "")

        # A pattern's {2,3} or {4} is no column: those begin with a letter.
        return re.sub(r"\{([A-Za-z_]\w*)\}", value, scalar.text)

    def _converted(self, word: Word, tree: Tree) -> Any:
        try:
            return convert(word, tree)
        except Wrong as wrong:
            self._wrong(wrong.place, wrong.text)
            return None

    def _wrong(self, place: Place, text: str) -> None:
        self._problems.append(Problem(self._file, place.line, place.column, text))


def _option(verb: Verb, name: str) -> Word:
    return next(word for word in verb.options if word.name == name)


def _shown(tree: Tree) -> str:
    """A value on one line, as a person would write it."""
    shown: Callable[[Tree], str] = _shown
    if isinstance(tree, Items):
        return f"[{', '.join(shown(item) for item in tree.items)}]"
    if isinstance(tree, Fields):
        return f"{{{', '.join(f'{key.text}: {shown(value)}' for key, value in tree)}}}"
    return " ".join(tree.text.split())
