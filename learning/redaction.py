"""What is left of a text from which something was erased, and the marks by which it is known if it comes again. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from learning.judge import plain
from learning.reconcile import topic
from learning.types import MemoryId

ERASED = "[erased]"
LONG_ENOUGH = 4
"""Characters from which on a value is erased within longer words too."""


class Told(Protocol):
    """A memory, or a candidate for one."""

    @property
    def text(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def answer(self) -> str: ...


def marks(told: Told) -> frozenset[str]:
    """What it says in these words, and what it answers to which question, however either is worded."""
    said = {"said " + re.sub(r"\W+", " ", plain(told.text)).strip()}
    if told.question and told.answer:
        said.add(" ".join(("answers", *topic(told.question), "with", plain(told.answer).strip(" .!?,;:\"'"))))
    return frozenset(said)


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text after erasure, and where the places of the original are in it."""

    text: str
    gone: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where what stood from `start` to `end` stands now; what was erased of it is the mark."""
        return self._place(start, upwards=False), self._place(end, upwards=True)

    def _place(self, place: int, *, upwards: bool) -> int:
        shift = 0
        for start, end in self.gone:
            if place <= start:
                break
            if place < end:
                return start + shift + (len(ERASED) if upwards else 0)
            shift += len(ERASED) - (end - start)
        return place + shift


class Redaction:
    """Erases certain words wherever they stand, in any case."""

    def __init__(self, values: Iterable[str]) -> None:
        spelled = {form for value in values if value.strip() for form in _spellings(value.strip())}
        longest_first = sorted(spelled, key=lambda value: (-len(value), value))
        self._words = re.compile("|".join(_pattern(value) for value in longest_first) or r"(?!)", re.IGNORECASE)

    def of(self, text: str, spans: Sequence[tuple[int, int]] = ()) -> Redacted:
        """The text without the words and without what stands in `spans`."""
        found = sorted([*(span for span in spans if span[0] < span[1]), *(m.span() for m in self._words.finditer(text))])
        gone: list[tuple[int, int]] = []
        for start, end in found:
            if gone and start <= gone[-1][1]:
                gone[-1] = (gone[-1][0], max(end, gone[-1][1]))
            else:
                gone.append((start, end))
        kept, at = "", 0
        for start, end in gone:
            kept, at = kept + text[at:start] + ERASED, end
        return Redacted(kept + text[at:], tuple(gone))

    def says(self, text: str) -> bool:
        return self._words.search(text) is not None

    def within(self, value: Any, memories: Collection[MemoryId]) -> Any:
        """A JSON value without the words, and without the list entries that are about these memories."""
        if isinstance(value, str):
            return self.of(value).text
        if isinstance(value, dict):
            return {key: self.within(inner, memories) for key, inner in value.items()}
        if isinstance(value, list):
            kept = [inner for inner in value if not (isinstance(inner, dict) and inner.get("memory") in memories)]
            return [self.within(inner, memories) for inner in kept]
        return value


def _spellings(value: str) -> set[str]:
    return {value, *(unicodedata.normalize(form, value) for form in ("NFC", "NFD", "NFKC"))}


def _pattern(value: str) -> str:
    words = r"\s+".join(re.escape(word) for word in value.split())
    return words if len(value) >= LONG_ENOUGH else rf"(?<!\w){words}(?!\w)"
