"""The conversations Acorn learns from, drawn without end: `python -m models.acorn.corpus` prints a few.

Each is a list of (role, content) in the very words of `models.instructions`. `stage` runs from 0 to 1 over a training: the
early ones are short, because copying from a note is learned first where there is little else to look at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from models.acorn import asking, smalltalk
from models.acorn.extraction import correction, extraction_turns, tell
from models.acorn.facts import RELATIONS, draw_fact, draw_x
from models.acorn.general import items
from models.acorn.manners import UNITS, Manner, draw_manner, draw_units
from models.acorn.relation import Fact
from models.acorn.words import Words
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
_ALIKE = (
    {"lives", "address", "staying", "work from", "travel"},
    {"user name", "nickname"},
    {"project", "group name"},
    {"goal", "month"},
    {"x likes", "x favourite", "friend likes"},
    {"likes", "hobby", "sport"},
    {"drives", "thing brand"},
    {"instrument", "sport"},
    {"free day", "event", "today"},
    {"met", "friend lives"},
    {"medicine", "breakfast"},
    {"x birthday", "event"},
    {"numbered", "code"},
    {"learning", "speaks", "instrument"},
    {"meets", "event", "meets friend"},
    {"reading", "likes"},
    {"married", "name"},
    {"favourite place", "lives"},
    {"studies", "learning"},
    {"allergy", "dislikes", "diet"},
    {"kept", "thing from"},
    {"wifi", "numbered"},
)
_SAME_PERSON = (
    {"mum", "mother"},
    {"dad", "father"},
    {"flatmate", "roommate"},
    {"boss", "manager", "supervisor", "team leader"},
    {"partner", "husband", "wife", "girlfriend", "boyfriend"},
    {"teacher", "tutor"},
    {"phone", "SIM card"},
)


def confusable(one: Fact, other: Fact) -> bool:
    """Whether knowing `one` could pass for knowing `other`, so that neither "I don't know" nor the value would be wrong."""
    near_x = (
        one.x == other.x
        or one.x.endswith(other.x)
        or other.x.endswith(one.x)
        or any({one.x, other.x} <= s for s in _SAME_PERSON)
    )
    names = {one.relation.name, other.relation.name}
    same_kind = one.key[0] == other.key[0] or any(names <= alike for alike in _ALIKE)
    return near_x and same_kind


@dataclass
class World:
    """What is true of one made-up user: told facts, and how they want to be answered."""

    words: Words
    known: dict[tuple[str, str], Fact] = field(default_factory=dict)
    manner: Manner | None = None

    def fresh(self) -> Fact:
        """A fact not yet known, often one that is easily confused with a known one: same relation, or same person."""
        words, known = self.words, list(self.known.values())
        while True:
            fact = draw_fact(words)
            if known and words.chance(0.45):
                like = words.random.choice(known)
                if words.chance(0.6) and like.relation.xs:
                    fact = draw_fact(words, like.relation)
                elif like.x:
                    same = [relation for relation in RELATIONS if not callable(relation.xs) and like.x in relation.xs]
                    same += [relation for relation in RELATIONS if relation.name in _ABOUT_SAME.get(like.relation.name, ())]
                    if same:
                        fact = draw_fact(words, words.random.choice(same), like.x)
            if not any(confusable(fact, old) or fact.y == old.y for old in known):
                return fact

    def learn(self, fact: Fact) -> None:
        self.known[fact.key] = fact

    def changed(self, fact: Fact) -> Fact:
        """The same relation and x with another value."""
        while True:
            new = draw_fact(self.words, fact.relation, fact.x)
            if new.y != fact.y:
                return new

    def styled(self, reply: str, value: str = "") -> str:
        return self.manner.change(reply, value) if self.manner else reply


def confusable_with_any(fact: Fact, world: World) -> bool:
    return any(confusable(fact, known) for known in world.known.values())


_ABOUT_PERSON = (
    "name",
    "x lives",
    "x job",
    "x employer",
    "x birthday",
    "x age",
    "x likes",
    "x dislikes",
    "x allergy",
    "x plays",
    "x studies",
    "x drives",
    "phone",
    "meets",
)
_ABOUT_FRIEND = ("friend likes", "friend lives", "friend job", "friend birthday", "meets friend")
_ABOUT_THING = ("thing name", "thing colour", "thing material", "thing from")
_ABOUT_SAME: dict[str, tuple[str, ...]] = {
    **{name: _ABOUT_PERSON for name in _ABOUT_PERSON},
    **{name: _ABOUT_FRIEND for name in _ABOUT_FRIEND},
    **{name: _ABOUT_THING for name in _ABOUT_THING},
}


def _lowered(reply: str) -> str:
    return reply[0].lower() + reply[1:] if reply.startswith(("You", "The ")) else reply


def acknowledged(fact: Fact) -> str:
    return f"Noted: {_lowered(fact.reply)}"


def corrected(fact: Fact) -> str:
    return f"Thanks for the correction: {_lowered(fact.reply)}"


# What happens in one turn: each returns the user's words and the plain reply with its bare value.

Exchange = tuple[str, str, str]


def _ask_known(world: World) -> Exchange:
    words = world.words
    fact = words.random.choice(list(world.known.values()))
    kind = words.random.random()
    if kind < 0.1:
        reverse = asking.ask_who(words, fact)
        if reverse:
            return reverse[0], reverse[1], f"your {fact.x}"
    elif kind < 0.14 and fact.x and fact.relation.name not in _ABOUT_FRIEND:
        about = [other for other in world.known.values() if other.x == fact.x][:3]
        if fact.relation.name in (*_ABOUT_PERSON, *_ABOUT_THING, "pet name", "group name"):
            return asking.ask_about(words, fact.x), " ".join(other.reply for other in about), fact.y
    elif kind < 0.2:
        right = words.chance(0.5)
        other = fact.y if right else world.changed(fact).y
        question = asking.ask_whether(words, fact, other)
        return question, f"{'Yes' if right else 'No'}, {_lowered(fact.reply)}", "Yes" if right else f"No, {fact.y}"
    return asking.ask(words, fact), fact.reply, fact.y


def _ask_unknown(world: World) -> Exchange:
    fact = world.fresh()
    if world.words.chance(0.08):
        reverse = asking.ask_who(world.words, fact)
        if reverse:
            return reverse[0], smalltalk.NOT_TOLD, ""
    if (
        world.words.chance(0.05)
        and fact.x
        and fact.relation.name in _ABOUT_PERSON
        and not any(fact.x in k[1] for k in world.known)
    ):
        return asking.ask_about(world.words, fact.x), smalltalk.NOT_TOLD, ""
    return asking.ask(world.words, fact), smalltalk.NOT_TOLD, ""


def _ask_world(world: World) -> Exchange:
    words = world.words
    if words.chance(0.12):
        return smalltalk.unknown_world(words), smalltalk.NOT_KNOWN, ""
    item = words.random.choice(items())
    question = item.questions[0] if words.chance(0.35) else words.pick(item.questions)
    if words.chance(0.12):
        question = asking.hasty(words, question)
    elif words.chance(0.08) and question.endswith("?"):
        question = words.pick(("Tell me, {q}", "Do you know: {q}", "Quick question: {q}", "By the way, {q}")).replace(
            "{q}", question[0].lower() + question[1:]
        )
    value = item.value if len(item.value) < 20 and item.topic != "plain" else ""
    return question, item.reply, value


def _chat(world: World) -> Exchange:
    words = world.words
    if world.manner and world.manner.asks and words.chance(0.25):
        return words.pick(world.manner.asks), world.manner.answer, ""
    if words.chance(0.3):
        reply = smalltalk.GREETING_REPLY
        if world.manner and world.manner.greeting:
            reply = f"{world.manner.greeting} What can I do for you?"
        return words.pick(smalltalk.GREETINGS), reply, ""
    asked, reply = smalltalk.exchange(words)
    return asked, reply, ""


def _tell_fact(world: World) -> Exchange:
    words, fact = world.words, world.fresh()
    world.learn(fact)
    told = tell(words, fact)
    if words.chance(0.25):
        lead = words.pick(
            ("By the way, ", "Just so you know, ", "Remember that ", "Please remember that ", "Note that ", "Oh, and ", "Hi, ")
        )
        told = lead + (told[0].lower() + told[1:] if told.startswith(("My ", "The ")) else told)
    return told, acknowledged(fact), ""


def _correct_fact(world: World) -> Exchange:
    words = world.words
    old = words.random.choice(list(world.known.values()))
    new = world.changed(old)
    world.learn(new)
    return correction(words, old, new)[0], corrected(new), ""


def _correct_last(world: World, last: Fact) -> Exchange:
    """Right after a fact was told or asked: only the new value ("Actually, it's Petra.")."""
    words, new = world.words, world.changed(last)
    world.learn(new)
    told = words.pick(
        (
            f"Actually, it's {new.y}.",
            f"No, {new.y}.",
            f"Sorry, I meant {new.y}.",
            f"No, it's {new.y}.",
            f"Wrong, it's {new.y}.",
            f"Not {last.y}, {new.y}.",
            f"It's {new.y}, not {last.y}.",
            f"Correction: {new.y}.",
            f"No, not {last.y} but {new.y}.",
        )
    )
    return told, corrected(new), ""


def _system(words: Words) -> Turns:
    kind = words.random.random()
    if kind < 0.87:
        return [("system", PERSONA)]
    return [("system", words.random.choice(_OTHER_PERSONAS))] if kind < 0.93 else []


def _note_count(words: Words, stage: float) -> int:
    """How many notes the first turn carries: one to three at first, up to twenty from the middle of the curriculum on."""
    most = 2 if stage < 0.2 else 5 + round(15 * min(1.0, max(0.0, stage - 0.55) / 0.35))
    kind = words.random.random()
    if kind < 0.12:
        return 0
    few, many = words.random.randint(1, 3), words.random.randint(3, 8) if kind < 0.72 else words.random.randint(8, 20)
    return min(few if kind < 0.45 else many, most + words.random.randint(0, 1))


def _first_notes(world: World, count: int) -> list[str]:
    """Notes for the first turn; some of them outdated by a later one."""
    words = world.words
    told: list[Fact] = []
    for _ in range(count):
        fact = world.fresh()
        world.learn(fact)
        told.append(fact)
    if told and words.chance(0.22):
        old = words.random.choice(told)
        new = world.changed(old)
        world.learn(new)
        told.insert(words.random.randint(told.index(old) + 1, len(told)), new)
    notes = [_worded(words, fact) for fact in told]
    if world.manner:
        notes.insert(words.random.randint(0, len(notes)), world.manner.note)
    return notes


def notes_conversation(words: Words, stage: float) -> Turns:
    """Questions over notes, with more notes, things told and corrections in between."""
    world = World(words, manner=draw_manner(words) if words.chance(0.2 * min(1.0, stage * 8)) else None)
    notes = _first_notes(world, _note_count(words, stage))
    turns = _system(words)
    last: Fact | None = None
    for _ in range(words.random.choice((1, 2, 2, 3, 3, 4, 5) if len(notes) > 3 else (1, 1, 2, 2, 3, 4))):
        kind = words.random.random()
        asked_value = ""
        if world.known and kind < 0.5:
            fact_before = dict(world.known)
            text, reply, asked_value = _ask_known(world)
            last = next((fact for fact in fact_before.values() if fact.y == asked_value), None)
        elif kind < 0.7:
            if last and last.x and words.chance(0.15):
                text, reply = _elliptic(world, last)
            else:
                text, reply, asked_value = _ask_unknown(world)
            last = None
        elif kind < 0.76:
            text, reply, asked_value = _ask_world(world)
            last = None
        elif kind < 0.83:
            text, reply, asked_value = _chat(world)
            last = None
        elif kind < 0.9:
            before = set(world.known)
            text, reply, asked_value = _tell_fact(world)
            last = next(fact for key, fact in world.known.items() if key not in before)
        elif last and words.chance(0.6):
            text, reply, asked_value = _correct_last(world, last)
            last = None
        elif world.known:
            text, reply, asked_value = _correct_fact(world)
            last = None
        else:
            text, reply, asked_value = _ask_unknown(world)
        turns += [("user", with_notes(notes, text)), ("assistant", world.styled(reply, asked_value))]
        notes = []
        if words.chance(0.18 * min(1.0, stage * 5)):
            notes = _later_notes(world)
    return turns


def _worded(words: Words, fact: Fact) -> str:
    """The fact as a note; where it names the user twice, the second time perhaps as "their"."""
    first, its, rest = fact.note.partition(" the user's ")
    return f"{first} their {rest}" if its and first.startswith("The user") and words.chance(0.4) else fact.note


def _later_notes(world: World) -> list[str]:
    """Notes that came up after the first turn: something new, or a newer value."""
    words = world.words
    outdated = words.random.choice(list(world.known.values())) if world.known and words.chance(0.4) else None
    new = world.changed(outdated) if outdated else world.fresh()
    world.learn(new)
    return [new.note]


def _elliptic(world: World, last: Fact) -> tuple[str, str]:
    """ "And my brother?" after the same question about somebody else."""
    words = world.words
    others = [fact for fact in world.known.values() if fact.relation is last.relation and fact.x != last.x]
    if others and words.chance(0.75):
        fact = words.random.choice(others)
        return asking.follow_up(words, fact), fact.reply
    x = draw_x(words, last.relation)
    fact = draw_fact(words, last.relation, x)
    if confusable_with_any(fact, world):
        return asking.ask(words, last), last.reply
    return asking.follow_up(words, fact), smalltalk.NOT_TOLD


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
            text, reply, value = _tell_fact(world)
            last = next(fact for key, fact in world.known.items() if key not in before)
        elif last and kind < 0.4:
            text, reply, value = _correct_last(world, last)
            last = None
        elif kind < 0.48:
            text, reply, value = _correct_fact(world)
            last = None
        elif kind < 0.8:
            text, reply, value = _ask_known(world)
            last = None
        elif kind < 0.9:
            text, reply, value = _ask_unknown(world)
            last = None
        else:
            text, reply, value = _chat(world)
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
        text, reply, value = _ask_world(world) if words.chance(0.75) else _chat(world)
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
    """Questions that a note answers, one a line and no two alike."""
    fact = draw_fact(words)
    count = words.random.choice((3, 4, 5, 6, 8, 8, 8))
    questions: list[str] = []
    for _ in range(40):
        question = asking.wrapped_question(words, fact)
        if question not in questions and len(questions) < count:
            questions.append(question)
    return [("user", questions_request(fact.note, len(questions))), ("assistant", "\n".join(questions))]


def repeat_conversation(words: Words, stage: float) -> Turns:
    """Say it again: the plainest copying, from which looking up a value grows. Whole lines, so that every token teaches it."""
    makers = (words.made_up, words.made_up, words.name, words.title, words.street, words.full_name, words.phone, words.code, words.place)
    parts = [words.random.choice(makers)() for _ in range(words.random.choice((1, 1, 2, 3, 6, 10, 14)))]
    text = words.random.choice((" ", " ", ", ")).join(parts)
    asked = words.pick(("Repeat: {t}", "Say {t}", "Say again: {t}", "Repeat after me: {t}", "Please repeat: {t}"))
    return [*_system(words), ("user", asked.replace("{t}", text)), ("assistant", text)]


_KINDS: tuple[tuple[Callable[[Words, float], Turns], float, float], ...] = (
    # maker, weight at the start, weight in the end
    (notes_conversation, 0.6, 0.5),
    (told_conversation, 0.12, 0.12),
    (world_conversation, 0.06, 0.1),
    (units_conversation, 0.0, 0.01),
    (lambda words, stage: extraction_turns(words), 0.08, 0.2),
    (questions_conversation, 0.02, 0.06),
    (repeat_conversation, 0.25, 0.015),
)


def draw_conversation(words: Words, stage: float = 1.0) -> Turns:
    """One conversation of any kind, as far into the training as `stage` (0 to 1) says."""
    ripe = min(1.0, stage / 0.5)
    weights = [first + (last - first) * ripe for _, first, last in _KINDS]
    make = words.random.choices([kind for kind, _, _ in _KINDS], weights)[0]
    return make(words, stage)


def main(arguments: list[str]) -> int:
    words = Words(Random(int(arguments[0]) if arguments else 0))
    for _ in range(int(arguments[1]) if len(arguments) > 1 else 12):
        for role, content in draw_conversation(words, float(arguments[2]) if len(arguments) > 2 else 1.0):
            print(f"{role.upper()}: {content}")
        print("-" * 60)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
