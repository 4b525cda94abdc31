"""A made-up life for the tour: five facts, a preference and a correction, drawn anew each time from grammars of names.

Values are invented words, so that nobody can think the model knew or guessed them; the questions asked are other phrasings
than the one a memory would be asked by.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from learning.judge import content_words

_OPENINGS = (
    "B",
    "Br",
    "D",
    "Dr",
    "F",
    "G",
    "Gr",
    "H",
    "J",
    "K",
    "Kl",
    "L",
    "M",
    "N",
    "P",
    "Qu",
    "R",
    "S",
    "T",
    "Th",
    "V",
    "W",
    "Z",
)
_MIDDLES = ("b", "d", "l", "ld", "m", "n", "nd", "r", "rv", "s", "st", "t", "v", "z")
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "o")
_ENDINGS = ("", "", "n", "l", "r", "s", "m")
_PLACE_ENDINGS = ("by", "ford", "ham", "mere", "stead", "ton", "wick", "dale", "holm", "burg")


@dataclass(frozen=True, slots=True)
class Told:
    """Something the tour tells, and how it asks for it.

    Attributes:
        text: the user's words.
        answer: what a right reply says; empty where only the assistant's own reading can tell (a fact typed by the person).
        questions: phrasings to ask in, the best first; empty where the tour must find one.
        corrected_to: the user's later words that correct it, and `answer` is then the corrected value.
        old_answer: the value before the correction.
    """

    text: str
    answer: str = ""
    questions: tuple[str, ...] = ()
    corrected_to: str = ""
    old_answer: str = ""
    preference: bool = False


@dataclass(frozen=True, slots=True)
class _Relation:
    says: str
    asks: tuple[str, ...]
    value: str
    subjects: tuple[str, ...] = ("",)
    corrects: str = ""


_NAMED_ASKS = (
    "Do you remember what my {x} is called?",
    "What's the name of my {x}?",
    "Tell me the name of my {x}.",
    "What's my {x}'s name?",
)
_NAMED_CORRECTION = "No, my {x} is called {y}."

_RELATIONS = (
    _Relation("My {x} is called {y}.", _NAMED_ASKS, "name", ("sister", "brother", "uncle", "aunt", "cousin", "neighbour"), _NAMED_CORRECTION),
    _Relation("My {x} is called {y}.", _NAMED_ASKS, "name", ("cat", "dog", "parrot", "horse", "rabbit", "hamster"), _NAMED_CORRECTION),
    _Relation("My {x} is called {y}.", _NAMED_ASKS, "name", ("boat", "kettle", "bike", "robot", "van", "guitar"), _NAMED_CORRECTION),
    _Relation("I live in {y}.", ("Which town do I live in?", "Do you know where I live?", "Where is my home?"), "place", corrects="I moved to {y}."),
    _Relation("I was born in {y}.", ("Where do I come from?", "Do you know where I was born?", "In which place was I born?"), "place"),
    _Relation("My {x} lives in {y}.", ("Which city does my {x} live in?", "Do you know where my {x} lives?", "Where is my {x}'s home?"),
              "place", ("grandmother", "best friend", "father", "daughter", "nephew")),
    _Relation("My favourite {x} is {y}.", ("Which {x} do I like best?", "Do you know my favourite {x}?", "Which {x} is my favourite?"),
              "name", ("cheese", "restaurant", "singer", "game", "museum"), "Actually, my favourite {x} is {y}."),
    _Relation("I work at {y}.", ("Who do I work for?", "Do you know where I work?", "Which company do I work for?"), "name",
              corrects="Actually, I work at {y} now."),
)  # fmt: skip
# A preference shows in how anything at all is answered, so ordinary requests are what it is measured by.
_REQUESTS = (
    "What is the capital of Hungary?",
    "Which month comes after August?",
    "What is the opposite of quiet?",
    "What is a glacier?",
    "Good afternoon!",
)
_PREFERENCES = (
    _Relation("Please call me {y}.", _REQUESTS, "name"),
    _Relation('End every reply with "{y}!"', _REQUESTS, "name"),
)


def draw(seed: int, typed: Sequence[str] = ()) -> list[Told]:
    """The story of this seed: the facts the person typed, drawn ones to make five, one more that is corrected, a preference."""
    rng = random.Random(seed)
    taken = {word for text in typed for word in content_words(text)}
    facts = [Told(text) for text in typed]
    relations = rng.sample(_RELATIONS, len(_RELATIONS))
    corrected = next(relation for relation in relations if relation.corrects)
    relations.remove(corrected)
    for relation in relations:
        if len(facts) >= 5:
            break
        facts.append(_tell(relation, rng, taken))
    return [*facts, _tell(corrected, rng, taken, correct=True), _preference(rng)]


def _tell(relation: _Relation, rng: random.Random, taken: set[str], *, correct: bool = False) -> Told:
    free = [subject for subject in relation.subjects if not content_words(subject) & taken] or list(relation.subjects)
    x = rng.choice(free)
    # Two facts about one thing would correct each other.
    taken |= content_words(x)
    old, new = _value(relation.value, rng), _value(relation.value, rng)
    asks = tuple(ask.format(x=x) for ask in rng.sample(relation.asks, len(relation.asks)))
    if not correct:
        return Told(relation.says.format(x=x, y=new), new, asks)
    return Told(relation.says.format(x=x, y=old), new, asks, relation.corrects.format(x=x, y=new), old)


def _preference(rng: random.Random) -> Told:
    relation = rng.choice(_PREFERENCES)
    name = _value(relation.value, rng)
    requests = tuple(rng.sample(relation.asks, len(relation.asks)))
    return Told(relation.says.format(y=name), name, requests, preference=True)


def _value(kind: str, rng: random.Random) -> str:
    word = rng.choice(_OPENINGS) + rng.choice(_VOWELS) + rng.choice(_MIDDLES)
    if kind == "place":
        return word + rng.choice(_PLACE_ENDINGS)
    return word + rng.choice(_VOWELS) + rng.choice(_ENDINGS)
