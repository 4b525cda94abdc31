"""Made-up lives as scenarios of any length: a person who tells things, changes their mind, takes things back, chats and pastes.

A life is drawn from a seed and written as text, so that it can be read, kept, changed and played again. Values are invented
words: nobody can think that the model knew or guessed them. The questions after a night are other phrasings than the statement.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.errors import UserError

FACTS_AT_ONCE = 8
"""How many facts a person keeps: more come and go, so that a long life costs no more a night than a short one."""
ASKED_EACH_DAY = 3
MOST_NIGHTS = 3660


@dataclass(frozen=True, slots=True)
class Topic:
    """Something a person may have one of: how it is told, changed and asked for. {v} is its value."""

    key: str
    told: str
    changed: str
    asked: tuple[str, ...]
    place: bool = False


_NAMED = (
    "sister", "brother", "cousin", "aunt", "uncle", "neighbour", "cat", "dog", "horse", "rabbit", "parrot",
    "boat", "kettle", "bike", "van", "guitar", "robot",
)  # fmt: skip
_LIVING = ("grandmother", "best friend", "father", "daughter", "nephew")
_FAVOURITES = ("cheese", "singer", "restaurant", "game", "museum")

TOPICS: tuple[Topic, ...] = (
    *(
        Topic(
            thing,
            f"My {thing} is called {{v}}.",
            f"No, my {thing} is called {{v}}.",
            (f"What's the name of my {thing}?", f"Do you remember what my {thing} is called?", f"What is my {thing} called?"),
        )
        for thing in _NAMED
    ),
    *(
        Topic(
            who,
            f"My {who} lives in {{v}}.",
            f"Actually, my {who} lives in {{v}} now.",
            (f"Where does my {who} live?", f"Do you know where my {who} lives?"),
            place=True,
        )
        for who in _LIVING
    ),
    *(
        Topic(
            f"favourite {thing}",
            f"My favourite {thing} is {{v}}.",
            f"Actually, my favourite {thing} is {{v}}.",
            (f"What is my favourite {thing}?", f"Which {thing} do I like best?"),
        )
        for thing in _FAVOURITES
    ),
    Topic("home", "I live in {v}.", "I moved to {v}.", ("Where do I live?", "Which town do I live in?"), place=True),
    Topic("work", "I work at {v}.", "Actually, I work at {v} now.", ("Where do I work?", "Which company do I work for?")),
)

_SMALL_TALK = (
    "Good morning!", "How are you today?", "It is raining again.", "Thank you, that was helpful.", "What can you do?",
    "Tell me a joke.", "What is the capital of France?", "I am a bit tired.",
)  # fmt: skip
_PASTED = (
    "Please summarise: 'The committee met on Tuesday. {name} moved that the harbour be closed, and {place} agreed.'",
    "What does this mean? 'Dear {name}, your parcel is waiting in {place}. Bring a proof of identity.'",
    "Is this good English? \"My mother {name} has lived in {place} since the war, and she never complains.\"",
)  # fmt: skip
_OPENINGS = "B Br D Dr F G Gr H J K Kl L M N P Qu R S T Th V W Z".split()
_VOWELS = "a e i o u".split()
_MIDDLES = "b d l ld m n nd r rv s st t v z".split()
_PLACES = "by ford ham mere stead ton wick dale holm burg".split()


def write_life(seed: int, nights: int) -> str:
    """The scenario of one life, as YAML."""
    if not 1 <= nights <= MOST_NIGHTS:
        raise UserError(f"A life has 1 to {MOST_NIGHTS} nights, not {nights}.")
    if seed < 0:
        raise UserError("A life's seed is a number from 0.")
    life = _Life(random.Random(seed))
    lines = [
        f"# Written by: dormouse run --persona {seed} --nights {nights}",
        f"name: the life of person {seed}, {nights} {'night' if nights == 1 else 'nights'}",
        f"seed: {seed}",
        "settings: {memory: off, reply_tokens: 48}",
        "steps:",
    ]
    for night in range(nights):
        lines += [f"  # day {night + 1}", *life.day()]
    return "\n".join([*lines, *life.closing()]) + "\n"


@dataclass(slots=True)
class _Life:
    """`known`: by topic, the values a person gave it, the last of which counts; `undone`: topics they took back."""

    rng: random.Random
    known: dict[str, list[str]] = field(default_factory=dict)
    undone: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    changed: bool = False
    forgot: bool = False

    def day(self) -> Iterator[str]:
        """A day: some talk, something that changes what there is to learn, a night, and questions in the morning."""
        yield from self._talk()
        yield from self._news()
        yield from _step("night", raw="{}")
        yield from _step("advance", raw="1 day")
        yield from self._questions()

    def closing(self) -> Iterator[str]:
        """What must hold over the whole life."""
        yield "  # all in all"
        yield from _step("tally", raw="recall", more=("expect_share: '>= 0.9'",))
        if self.changed:
            yield from _step("tally", raw="change", more=("expect_share: '>= 0.9'",))
        if self.forgot:
            yield from _step("tally", raw="forgetting", more=("expect_share: 1",))

    def _talk(self) -> Iterator[str]:
        for text in self.rng.sample(_SMALL_TALK, self.rng.randint(0, 2)):
            yield from _step("say", text, ("expect_noted: 0",))
        if self.rng.random() < 0.25:
            pasted = self.rng.choice(_PASTED).format(name=self._value(False), place=self._value(True))
            yield from _step("say", pasted, ("expect_noted: 0",))

    def _news(self) -> Iterator[str]:
        """Always something new, so that every night has something to learn."""
        full = len(self.known) >= FACTS_AT_ONCE
        if full and self.rng.random() < 0.5:
            yield from self._change()
            return
        if full:
            key = self.rng.choice(sorted(self.known))
            # Of a correction the older value would count again; who takes it back takes all of it back.
            for value in reversed(self.known.pop(key)):
                yield from _step("undo", value)
            self.undone.append(key)
        fresh = [topic for topic in TOPICS if topic.key not in self.known and topic.key not in self.undone]
        topic = self.rng.choice(fresh or [topic for topic in TOPICS if topic.key not in self.known])
        self.undone = [key for key in self.undone if key != topic.key]
        value = self._value(topic.place)
        self.known[topic.key] = [value]
        yield from _step("remember", topic.told.format(v=value))

    def _change(self) -> Iterator[str]:
        topic = _topic(self.rng.choice(sorted(self.known)))
        old, new = self.known[topic.key][-1], self._value(topic.place)
        self.known[topic.key].append(new)
        self.changed = True
        yield from _step("correct", topic.changed.format(v=new))
        said = (f"expect: {new}", f"expect_not: {old}", "counts: change")
        yield from _step("ask", self.rng.choice(topic.asked), said)

    def _questions(self) -> Iterator[str]:
        for key in self.rng.sample(sorted(self.known), min(ASKED_EACH_DAY, len(self.known))):
            yield from _step("ask", self.rng.choice(_topic(key).asked), (f"expect: {self.known[key][-1]}", "counts: recall"))
        if self.undone:
            # A word that was told once and taken back must never be said again, whatever is asked.
            topic = _topic(self.undone[-1])
            self.forgot = True
            yield from _step(
                "ask",
                self.rng.choice(topic.asked),
                (f"expect_not: {_all(self.taken - {values[-1] for values in self.known.values()})}", "counts: forgetting"),
            )

    def _value(self, place: bool) -> str:
        while True:
            word = self.rng.choice(_OPENINGS) + self.rng.choice(_VOWELS) + self.rng.choice(_MIDDLES)
            word += self.rng.choice(_PLACES) if place else self.rng.choice(_VOWELS) + self.rng.choice(("", "n", "l", "r", "s"))
            if word not in self.taken:
                self.taken.add(word)
                return word


def _topic(key: str) -> Topic:
    return next(topic for topic in TOPICS if topic.key == key)


def _all(words: set[str]) -> str:
    return f"[{', '.join(sorted(words))}]"


def _step(verb: str, text: str = "", more: Sequence[str] = (), *, raw: str = "") -> Iterator[str]:
    # JSON's strings are YAML's, whatever is in them.
    yield f"  - {verb}: {raw or json.dumps(text, ensure_ascii=False)}"
    for line in more:
        yield f"    {line}"
