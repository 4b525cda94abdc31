"""A relation that can be told of a person's life, and a fact drawn from it, in every person's grammar.

A relation is written once, neutral: "{My} {x} is called {y}." and "{I} <live|lives> in {y}." become what the user tells
("My sister ..."), what a note says ("The user's sister ...") and what the reply says ("Your sister ...").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from models.acorn.words import article

Person = Literal["first", "second", "third"]
Lasts = Literal["always", "month", "week", "day"]

_PRONOUNS: dict[Person, dict[str, str]] = {
    "first": {"I": "I", "i": "I", "My": "My", "my": "my", "me": "me"},
    "second": {"I": "You", "i": "you", "My": "Your", "my": "your", "me": "you"},
    "third": {"I": "The user", "i": "the user", "My": "The user's", "my": "the user's", "me": "the user"},
}
_VERB = re.compile(r"<([^|>]*)\|([^|>]*)(?:\|([^>]*))?>")


def render(template: str, person: Person, x: str = "", y: str = "") -> str:
    """The neutral template in one person's grammar; `<live|lives>` and `<am|is|are>` are verbs."""

    def verb(match: re.Match[str]) -> str:
        first, third, second = match[1], match[2], match[3] or match[1]
        return {"first": first, "second": second, "third": third}[person]

    text = _VERB.sub(verb, template)
    slots = {**_PRONOUNS[person], "x": x, "y": y, "a_x": article(x) if x else ""}
    for slot, word in slots.items():
        text = text.replace("{" + slot + "}", word)
    return text[0].upper() + text[1:]


@dataclass(frozen=True)
class Relation:
    """One kind of thing that can be told, in all its wordings; facts.txt explains them.

    Attributes:
        name: identity; a later fact of the same group (or name) and x replaces the earlier one.
        x: pattern of what it is told of; empty where it is told of the user alone.
        y: pattern of its value.
        hints: roundabout questions, of hints.txt.
    """

    name: str
    y: str
    says: Sequence[str]
    asks: Sequence[str]
    clauses: Sequence[str] = ()
    nouns: Sequence[str] = ()
    x: str = ""
    hints: Sequence[str] = ()
    who: Sequence[str] = ()
    who_says: str = ""
    lasts: Lasts = "always"
    weight: float = 1.0
    group: str = ""
    about: str = ""


@dataclass(frozen=True)
class Fact:
    """A relation with its x and y filled in, and the index of the wording it was told in."""

    relation: Relation
    x: str
    y: str
    wording: int = 0
    key: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.relation.group or self.relation.name, self.x))

    def said(self, person: Person, wording: int | None = None) -> str:
        return render(self.relation.says[self.wording if wording is None else wording], person, self.x, self.y)

    @property
    def note(self) -> str:
        return self.said("third")

    @property
    def told(self) -> str:
        return self.said("first")

    @property
    def reply(self) -> str:
        return self.said("second", 0)

    @property
    def question(self) -> str:
        return render(self.relation.asks[0], "first", self.x, self.y)
