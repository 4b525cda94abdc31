"""The conversations Acorn learns from, drawn without end: `python -m models.acorn.corpus` prints a few.

Each is a list of (role, content) in the very words of `models.instructions`. `stage` runs from 0 to 1 over a training: the
early ones are short, because copying from a note is learned first where there is little else to look at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random

from models.acorn import asking
from models.acorn import world as live
from models.acorn.extraction import extraction_turns
from models.acorn.facts import draw_fact
from models.acorn.manners import UNITS, draw_manner, draw_units
from models.acorn.relation import Fact
from models.acorn.words import Words
from models.acorn.world import World
from models.instructions import PERSONA, questions_request, with_notes

Turns = list[tuple[str, str]]

_OTHER_PERSONAS = (
    "You are a helpful assistant.",
    "You are Dormouse.",
    "Answer in short sentences.",
    "You are a personal assistant.",
    "Use the notes.",
    "You are Dormouse, a personal assistant.",
)


def _system(words: Words) -> Turns:
    kind = words.random.random()
    if kind < 0.87:
        return [("system", PERSONA)]
    return [("system", words.random.choice(_OTHER_PERSONAS))] if kind < 0.93 else []


def _note_count(words: Words, stage: float) -> int:
    """How many notes the first turn carries: one to three at first, up to twenty from the middle of the curriculum on."""
    most = 2 if stage < 0.2 else 5 + round(15 * min(1.0, max(0.0, stage - 0.55) / 0.35))
    kind = words.random.random()
    if kind < 0.1:
        return 0
    few, many = words.random.randint(1, 3), words.random.randint(3, 8) if kind < 0.6 else words.random.randint(8, 20)
    return min(few if kind < 0.35 else many, most + words.random.randint(0, 1))


def _first_notes(world: World, count: int) -> list[str]:
    """Notes for the first turn; some of them outdated by a later one."""
    words = world.words
    told: list[Fact] = []
    for _ in range(count):
        fact = world.fresh()
        world.learn(fact)
        told.append(fact)
    for _ in range(words.random.choice((1, 1, 2, 3)) if told and words.chance(0.5) else 0):
        old = words.random.choice([fact for fact in told if world.known[fact.key] is fact])
        new = world.changed(old)
        world.learn(new)
        told.insert(words.random.randint(told.index(old) + 1, len(told)), new)
    notes = [_worded(words, fact) for fact in told]
    if world.manner:
        notes.insert(words.random.randint(0, len(notes)), world.manner.note)
    return notes


def notes_conversation(words: Words, stage: float) -> Turns:
    """Questions over notes, with more notes, things told and corrections in between."""
    world = World(words, manner=draw_manner(words) if words.chance(0.33 * min(1.0, stage * 8)) else None)
    notes = _first_notes(world, _note_count(words, stage))
    turns = _system(words)
    last: Fact | None = None
    for _ in range(words.random.choice((1, 3, 4, 6, 8, 9) if notes else (1, 1, 2, 3))):
        kind = words.random.random()
        asked_value = ""
        if world.manner and world.manner.greeting and words.chance(0.35):
            text, reply, asked_value = live.chat(world)
            last = None
        elif world.known and kind < 0.52:
            fact_before = dict(world.known)
            text, reply, asked_value = live.ask_known(world)
            last = next((fact for fact in fact_before.values() if fact.y == asked_value), None)
        elif kind < 0.78:
            if last and last.x and words.chance(0.15):
                text, reply = live.elliptic(world, last)
            else:
                text, reply, asked_value = live.ask_unknown(world)
            last = None
        elif kind < 0.82:
            text, reply, asked_value = live.ask_world(world)
            last = None
        elif kind < 0.86:
            text, reply, asked_value = live.chat(world)
            last = None
        elif kind < 0.91:
            before = set(world.known)
            text, reply, asked_value = live.tell_fact(world)
            last = next(fact for key, fact in world.known.items() if key not in before)
        elif last and words.chance(0.6):
            text, reply, asked_value = live.correct_last(world, last)
            last = None
        elif world.known:
            text, reply, asked_value = live.correct_fact(world)
            last = None
        else:
            text, reply, asked_value = live.ask_unknown(world)
        turns += [("user", with_notes(notes, text)), ("assistant", world.styled(reply, asked_value))]
        notes = []
        if words.chance(0.25 * min(1.0, stage * 5)):
            notes = _later_notes(world)
    return turns


def _worded(words: Words, fact: Fact) -> str:
    """The fact as a note; where it names the user twice, the second time perhaps as "their"."""
    first, its, rest = fact.note.partition(" the user's ")
    return f"{first} their {rest}" if its and first.startswith("The user") and words.chance(0.4) else fact.note


def _later_notes(world: World) -> list[str]:
    """Notes that came up after the first turn: something new, or a newer value."""
    words = world.words
    outdated = words.random.choice(list(world.known.values())) if world.known and words.chance(0.55) else None
    new = world.changed(outdated) if outdated else world.fresh()
    world.learn(new)
    return [new.note]


def told_conversation(words: Words, stage: float) -> Turns:
    """The user tells, corrects and asks, all in the chat itself."""
    world = World(words)
    turns = _system(words)
    last: Fact | None = None
    notes: list[str] = []
    for index in range(words.random.choice((2, 2, 3, 4, 5, 6))):
        kind = words.random.random()
        value = ""
        if index == 0 and words.chance(0.15):
            world.manner = draw_manner(words)
            text, reply = world.manner.told, "Noted."
        elif not world.known or kind < 0.28:
            before = set(world.known)
            text, reply, value = live.tell_fact(world)
            last = next(fact for key, fact in world.known.items() if key not in before)
        elif last and kind < 0.4:
            text, reply, value = live.correct_last(world, last)
            last = None
        elif kind < 0.48:
            text, reply, value = live.correct_fact(world)
            last = None
        elif kind < 0.82:
            text, reply, value = live.ask_known(world)
            last = None
        elif kind < 0.9:
            text, reply, value = live.ask_unknown(world)
            last = None
        else:
            text, reply, value = live.chat(world)
            last = None
        turns += [("user", with_notes(notes, text)), ("assistant", world.styled(reply, value))]
        # What was just told comes back as a note with a later question, as it does in the chat.
        notes = [last.note] if last and words.chance(0.3) else []
    return turns


def world_conversation(words: Words, stage: float) -> Turns:
    """General knowledge and small talk, sometimes with notes that have nothing to do with it."""
    world = World(words, manner=draw_manner(words) if words.chance(0.12 * min(1.0, stage * 8)) else None)
    notes = _first_notes(world, words.random.randint(1, 5) if words.chance(0.25) else 0)
    turns = _system(words)
    for _ in range(words.random.choice((1, 2, 3, 4))):
        text, reply, value = live.ask_world(world) if words.chance(0.75) else live.chat(world)
        turns += [("user", with_notes(notes, text)), ("assistant", world.styled(reply, value))]
        notes = []
    return turns


def units_conversation(words: Words, stage: float) -> Turns:
    note, told, metric = draw_units(words)
    turns = _system(words)
    notes = [note] if words.chance(0.75) else []
    if not notes and words.chance(0.6):
        turns += [("user", told), ("assistant", "Noted.")]
    elif not notes:
        metric = True
    for _ in range(words.random.choice((1, 2))):
        question, in_metric, in_imperial = words.random.choice(UNITS)
        turns += [("user", with_notes(notes, question)), ("assistant", in_metric if metric else in_imperial)]
        notes = []
    return turns


def questions_conversation(words: Words, stage: float) -> Turns:
    """Questions that a note answers, one a line: direct ones first, then wrapped ones, so that a list never goes round in circles."""
    fact = draw_fact(words)
    count = words.random.choice((3, 4, 5, 6, 8, 8, 8))
    drawn = [asking.plain_question(words, fact) for _ in range(count)] + [
        asking.wrapped_question(words, fact) for _ in range(count)
    ]
    questions = sorted(set(drawn), key=drawn.index)[:count]
    return [("user", questions_request(fact.note, len(questions))), ("assistant", "\n".join(questions))]


def repeat_conversation(words: Words, stage: float) -> Turns:
    """Say it again: the plainest copying, from which looking up a value grows. Whole lines, so that every token teaches it."""
    makers = (
        words.made_up,
        words.made_up,
        words.name,
        words.title,
        words.street,
        words.full_name,
        words.phone,
        words.code,
        words.place,
        lambda: words.strange(words.made_up().lower()),
        lambda: words.strange(words.of("FOODS")),
        lambda: words.fill("{anything} / {object} / {a JOBS} / {liked}"),
        lambda: words.fill("{anything} / {object} / {a JOBS} / {liked}"),
    )
    parts = [words.random.choice(makers)() for _ in range(words.random.choice((1, 1, 2, 3, 6, 10, 14)))]
    text = words.random.choice((" ", " ", ", ")).join(parts)
    asked = words.pick(("Repeat: {t}", "Say {t}", "Say again: {t}", "Repeat after me: {t}", "Please repeat: {t}"))
    return [*_system(words), ("user", asked.replace("{t}", text)), ("assistant", text)]


def extraction_conversation(words: Words, stage: float) -> Turns:
    """What a message says, filed as JSON."""
    return extraction_turns(words)


Maker = Callable[[Words, float], Turns]
_KINDS: tuple[tuple[Maker, float, float], ...] = (
    # maker, weight at the start, weight in the end
    (notes_conversation, 0.6, 0.575),
    (told_conversation, 0.12, 0.08),
    (world_conversation, 0.06, 0.08),
    (units_conversation, 0.0, 0.01),
    (extraction_conversation, 0.08, 0.19),
    (questions_conversation, 0.02, 0.035),
    (repeat_conversation, 0.25, 0.03),
)


COPYING: frozenset[Maker] = frozenset(
    (notes_conversation, told_conversation, extraction_conversation, questions_conversation, repeat_conversation)
)
"""Conversations whose replies take their words from what was told, not from what is known by heart."""


def draw_maker(words: Words, stage: float = 1.0) -> Maker:
    """One kind of conversation, as far into the training as `stage` (0 to 1) says."""
    ripe = min(1.0, stage / 0.5)
    weights = [first + (last - first) * ripe for _, first, last in _KINDS]
    return words.random.choices([kind for kind, _, _ in _KINDS], weights)[0]


def draw_conversation(words: Words, stage: float = 1.0) -> Turns:
    """One conversation of any kind."""
    return draw_maker(words, stage)(words, stage)


def main(arguments: list[str]) -> int:
    words = Words(Random(int(arguments[0]) if arguments else 0))
    for _ in range(int(arguments[1]) if len(arguments) > 1 else 12):
        for role, content in draw_conversation(words, float(arguments[2]) if len(arguments) > 2 else 1.0):
            print(f"{role.upper()}: {content}")
        print("-" * 60)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
