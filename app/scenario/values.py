"""One converter for each kind of value in a scenario: from written text to what a step works with, or a problem in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from app.scenario import bounds, clock
from app.scenario.language import Pattern, Reasons, Which, Word
from app.scenario.reading import Fields, Items, Place, Scalar, Tree, meant
from app.settings import Settings, checked
from models.errors import UserError

STATUSES = ("noted", "learned", "superseded", "retracted")
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Wrong(Exception):
    """A value that cannot stand where it does."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place
        self.text = text


def convert(word: Word, tree: Tree) -> Any:
    """The value of `word`; raises `Wrong` with the place and what may stand there."""
    return _CONVERTERS[word.kind](word, tree)


def _text(word: Word, tree: Tree) -> str:
    if not isinstance(tree, Scalar):
        raise Wrong(tree.place, f"{word.name} takes text, not a {_named(tree)}")
    if not tree.text.strip():
        raise Wrong(tree.place, f"{word.name} needs a value: {word.means}")
    return tree.text.strip()


def _label(word: Word, tree: Tree) -> str:
    text = _text(word, tree)
    if not re.fullmatch(r"[A-Za-z_][\w-]*", text):
        raise Wrong(tree.place, f"{word.name} takes a name of letters, digits and -, not {text!r}")
    return text


def _whole(word: Word, tree: Tree) -> int:
    text = _text(word, tree)
    if not re.fullmatch(r"\d{1,9}", text):
        raise Wrong(tree.place, f"{word.name} takes a whole number from 0, not {text!r}")
    return int(text)


def _flag(word: Word, tree: Tree) -> bool:
    text = _text(word, tree).casefold()
    if text not in _FLAGS:
        raise Wrong(tree.place, f"{word.name} takes true or false, not {text!r}")
    return _FLAGS[text]


def _choice(word: Word, tree: Tree) -> str:
    text = _text(word, tree)
    if text not in word.choices:
        raise Wrong(tree.place, f"{word.name} takes {', '.join(word.choices)}; not {text!r}{meant(text, word.choices)}")
    return text


def _nothing(word: Word, tree: Tree) -> None:
    empty = isinstance(tree, Scalar) and tree.text in ("", "~", "null")
    if not empty and not (isinstance(tree, (Fields, Items)) and not (tree.pairs if isinstance(tree, Fields) else tree.items)):
        raise Wrong(tree.place, f"{word.name} takes nothing: write {word.name}: {{}}, and what is expected on lines of its own")


def _pattern(word: Word, tree: Tree) -> Pattern:
    text = _text(word, tree)
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        try:
            re.compile(text[1:-1])
        except re.error as error:
            raise Wrong(tree.place, f"{text} is no regular expression: {error}") from error
        return Pattern(text, text[1:-1])
    return Pattern(text)


def _texts(word: Word, tree: Tree) -> tuple[Pattern, ...]:
    if isinstance(tree, Items):
        if not tree.items:
            raise Wrong(tree.place, f"{word.name} has an empty list")
        return tuple(_pattern(word, item) for item in tree.items)
    return (_pattern(word, tree),)


def _bounds(word: Word, tree: Tree) -> bounds.Bounds:
    found = bounds.parse(_text(word, tree))
    if found is None:
        raise Wrong(tree.place, f"{word.name} takes a number with bounds: 3, <= 60, 0.8..1, <= 1.3 x label")
    return found


def _ratio(word: Word, tree: Tree) -> bounds.Bounds:
    found = bounds.parse(_text(word, tree))
    if found is None or not found.label:
        raise Wrong(
            tree.place,
            f"{word.name} is held against an earlier step (<= 1.3 x label): seconds alone say more of the machine than of Dormouse",
        )
    return found


def _count_or_texts(word: Word, tree: Tree) -> bounds.Bounds | tuple[Pattern, ...]:
    if isinstance(tree, Scalar) and tree.plain and (found := bounds.parse(tree.text)) is not None:
        return found
    return _texts(word, tree)


def _which(word: Word, tree: Tree) -> Which:
    if isinstance(tree, Items):
        parts = [_which(word, item) for item in tree.items]
        if not parts or any(part.everything or part.night is not None for part in parts):
            raise Wrong(tree.place, f"a list for {word.name} names memories, by words or numbers")
        return Which(
            tuple(text for part in parts for text in part.words), tuple(number for part in parts for number in part.ids)
        )
    if isinstance(tree, Fields):
        (key, value), *more = tree.pairs or ((Scalar("", tree.place), tree),)
        if more or key.text != "night" or word.name not in ("undo", "erase"):
            raise Wrong(
                key.place,
                f"{word.name} takes words, a number or a list" + ("; or {night: 2}" if word.name in ("undo", "erase") else ""),
            )
        text = _text(Word("night", "text", "a night's number, or last"), value)
        if text != "last" and not re.fullmatch(r"[1-9]\d{0,8}", text):
            raise Wrong(value.place, f"night takes a number from 1, or last, not {text!r}")
        return Which(night=0 if text == "last" else int(text))
    text = _text(word, tree)
    if text == "everything" and word.name in ("undo", "erase"):
        return Which(everything=True)
    return Which(ids=(int(text),)) if re.fullmatch(r"\d{1,9}", text) else Which(words=(text,))


def _passage(word: Word, tree: Tree) -> clock.Passage:
    found = clock.passage(_text(word, tree))
    if found is None:
        raise Wrong(tree.place, f"{word.name} takes a time to pass: 20h, 2 days, 1 week, 3 nights")
    return found


def _time(word: Word, tree: Tree) -> Any:
    found = clock.moment(_text(word, tree))
    if found is None:
        raise Wrong(tree.place, f"{word.name} takes an ISO-8601 time such as 2026-03-02T20:00:00Z")
    return found


def _reasons(word: Word, tree: Tree) -> Reasons:
    if not isinstance(tree, Fields):
        return Reasons(_texts(word, tree))
    return Reasons(by_words={key.text: _pattern(word, value) for key, value in tree})


def _statuses(word: Word, tree: Tree) -> Mapping[str, str]:
    if not isinstance(tree, Fields) or not tree.pairs:
        raise Wrong(tree.place, f"{word.name} takes lines of words and a status, such as kettle: learned")
    status = Word(word.name, "choice", "", STATUSES)
    return {key.text: _choice(status, value) for key, value in tree}


def _settings(word: Word, tree: Tree) -> Mapping[str, Any]:
    if not isinstance(tree, Fields):
        raise Wrong(tree.place, "settings takes lines of a setting and its value, such as memory: off")
    names = [entry.name for entry in fields(Settings)]
    written: dict[str, Any] = {}
    for key, value in tree:
        if key.text not in names:
            raise Wrong(key.place, f"{key.text} is no setting{meant(key.text, names) or '; there are: ' + ', '.join(names)}")
        written[key.text] = _json_value(_text(Word(key.text, "text", "its value"), value))
        try:
            checked({key.text: written[key.text]}, "settings")
        except UserError as error:
            raise Wrong(value.place, str(error)) from error
    return written


def _json_value(text: str) -> str | int | float:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def _named(tree: Tree) -> str:
    return "list" if isinstance(tree, Items) else "mapping" if isinstance(tree, Fields) else "text"


_CONVERTERS: Mapping[str, Callable[[Word, Tree], Any]] = {
    "text": _text,
    "texts": _texts,
    "count_or_texts": _count_or_texts,
    "bounds": _bounds,
    "ratio": _ratio,
    "flag": _flag,
    "which": _which,
    "passage": _passage,
    "conversation": _text,
    "nothing": _nothing,
    "whole": _whole,
    "choice": _choice,
    "reasons": _reasons,
    "statuses": _statuses,
    "label": _label,
    "time": _time,
    "settings": _settings,
}
