"""The relations of facts.txt, favourites and open-ended verbs among them, and facts drawn from them."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import cast

from models.acorn.relation import Fact, Lasts, Relation
from models.acorn.words import LISTS, PATTERNS, Words, held_out, sections


def _fields(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def _read(name: str, text: str, hints: str) -> Relation:
    """One relation of facts.txt, with its hints.txt."""
    given = _fields(text)
    properties = dict(part.split(" ", 1) for part in given["is"].split(", "))
    wordings = {
        key: tuple(given[key].split(" | ")) if key in given else () for key in ("says", "asks", "clauses", "nouns", "who")
    }
    return Relation(
        name,
        given["y"],
        **wordings,
        hints=tuple(_fields(hints)["hints"].split(" | ")) if hints else (),
        x=given.get("x", ""),
        who_says=given.get("who says", ""),
        lasts=cast(Lasts, properties.get("lasts", "always")),
        weight=float(properties["weight"]),
        group=properties.get("group", ""),
        about=properties.get("about", ""),
    )


def _favourite(what: str, value: str) -> Relation:
    return Relation(
        f"favourite {what}",
        value,
        says=("{My} favourite {x} is {y}.", "The {x} {i} <like|likes> best is {y}."),
        asks=(
            "What is my favourite {x}?",
            "Which {x} do I like best?",
            "What's my favourite {x}?",
            "Which {x} is my favourite?",
        ),
        hints=(
            "Which {x} do I prefer to all others?",
            "What {x} do I love most?",
            "Which {x} is dearest to me?",
            "If I had to pick one {x}, which would it be?",
            "Name my favourite {x}.",
            "Which {x} beats all others for me?",
            "Which {x} can't I live without?",
            "Which {x} do I rave about?",
            "What's the best {x} in my eyes?",
            "To which {x} do I come back again and again?",
            "What {x} pleases me more than any other?",
            "When it comes to a {x}, what is my first choice?",
            "What {x} would I recommend to everyone?",
            "Which {x} have I set my heart on?",
            "Among all that there are, which {x} do I favour?",
            "What should I be given if it is to be a {x}?",
            "Which {x} makes my day?",
            "My number one {x}, what is it?",
        ),
        clauses=("what my favourite {x} is", "which {x} I like best"),
        nouns=("my favourite {x}",),
        x=what,
        weight=0.09,
    )


def _third(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if verb.endswith("y") and verb[-2] not in "aeiou" else f"{verb}s"


def _verb_relations(verb: str) -> list[Relation]:
    """ "I repair old clocks." is not worth a relation by hand: any verb leads from the question's words to the note."""
    does = f"<{verb}|{_third(verb)}>"
    return [
        Relation(
            f"verb {verb}",
            "{object}",
            says=(f"{{I}} {does} {{y}}.", f"{{I}} often {does} {{y}}."),
            asks=(f"What do I {verb}?", f"What do I often {verb}?"),
            clauses=(f"what I {verb}",),
            weight=0.05,
        ),
        Relation(
            f"x verb {verb}",
            "{object}",
            says=(f"{{My}} {{x}} {_third(verb)} {{y}}.",),
            asks=(f"What does my {{x}} {verb}?",),
            clauses=(f"what my {{x}} {_third(verb)}",),
            x="{owner}",
            weight=0.04,
        ),
    ]


def _all() -> tuple[Relation, ...]:
    read = sections(Path(__file__).with_name("facts.txt"))
    PATTERNS.update(_fields(read.pop("patterns")))
    favourites = _fields(read.pop("favourites"))
    hints = sections(Path(__file__).with_name("hints.txt"))
    if foreign := hints.keys() - read.keys():
        raise ValueError(f"hints.txt speaks of relations that facts.txt does not have: {sorted(foreign)}")
    return (
        *(_read(name, text, hints.get(name, "")) for name, text in read.items()),
        *(_favourite(what, value) for what, value in favourites.items()),
        *(relation for verb in dict.fromkeys(LISTS["VERBS"]) for relation in _verb_relations(verb)),
    )


RELATIONS = _all()
BY_NAME = {relation.name: relation for relation in RELATIONS}
_WEIGHTS = list(accumulate(relation.weight for relation in RELATIONS))


def draw_relation(words: Words) -> Relation:
    return words.random.choices(RELATIONS, cum_weights=_WEIGHTS)[0]


def _combined(words: Words, relation: Relation) -> str:
    x = words.fill(relation.x)
    for _ in range(40):
        if words.split == "all" or not x or held_out(f"{relation.name}/{x}") == (words.split == "held_out"):
            break
        x = words.fill(relation.x)
    return x


def draw_fact(words: Words, relation: Relation | None = None, x: str | None = None) -> Fact:
    """A fact of this relation and x where given, otherwise of any.

    One combination in eight of a relation and what it is told about is held out: training never draws it (unless a given x
    makes it), the evaluation draws such ones wherever it can.
    """
    relation = relation or draw_relation(words)
    x = _combined(words, relation) if x is None else x
    wording = 0 if words.chance(0.55) else words.random.randrange(len(relation.says))
    return Fact(relation, x, words.fill(relation.y), wording)
