"""What extraction is taught: messages in the user's words, and the memories in them as compact JSON."""

from __future__ import annotations

import json
import re

from models.acorn import smalltalk
from models.acorn.asking import _lower_first, ask, hasty
from models.acorn.facts import BY_NAME, draw_fact
from models.acorn.general import items
from models.acorn.manners import draw_manner
from models.acorn.relation import Fact
from models.acorn.words import Words
from models.instructions import extraction_request

Memory = dict[str, str]

_LEADS = (
    "By the way, ",
    "Hi, ",
    "Just so you know, ",
    "Oh, and ",
    "Hello! ",
    "Remember that ",
    "Remember: ",
    "You should know that ",
    "Please note that ",
    "I should mention that ",
    "For your information, ",
    "Guess what, ",
    "Note that ",
    "Hey, ",
    "Well, ",
    "I wanted to tell you that ",
    "As you may know, ",
    "Please remember that ",
    "One more thing: ",
    "Did you know that ",
)
_TAILS = (
    "Can you remember that?",
    "Thanks!",
    "Please remember it.",
    "Isn't that nice?",
    "That's all.",
    "Keep that in mind.",
    "I hope that helps.",
    "What do you think?",
    "Good to know, right?",
    "Don't forget it.",
)
_CHATTER = (
    "What a day.",
    "It was a long day.",
    "I hope you are well.",
    "The weather is awful.",
    "Nice to talk to you.",
    "Hello again.",
    "So much to do.",
    "Let me tell you something.",
    "I have a question later.",
    "How are you?",
)
_SHE = (
    "sister",
    "mother",
    "aunt",
    "grandmother",
    "wife",
    "daughter",
    "niece",
    "girlfriend",
    "mum",
    "landlady",
    "stepmother",
    "godmother",
)
_HE = (
    "brother",
    "father",
    "uncle",
    "grandfather",
    "husband",
    "son",
    "nephew",
    "boyfriend",
    "dad",
    "landlord",
    "stepfather",
    "godson",
)
_SMALL_WORDS = re.compile(r"^(?:(?:on|at|in) )?(?:(?:a|an|the) )?")
_ABOUT_PERSON = ("x lives", "x job", "x employer", "x likes", "x plays", "x studies", "x drives", "x dislikes", "x allergy")


def bare(value: str) -> str:
    """The value without the small words in front of it: "baker" for "a baker", "Tuesday" for "on Tuesday"."""
    return _SMALL_WORDS.sub("", value) or value


def memory(fact: Fact, kind: str = "fact", replaces: str = "") -> Memory:
    return {
        "kind": kind,
        "text": fact.note,
        "question": fact.question,
        "answer": fact.y,
        "lasts": fact.relation.lasts,
        "replaces": replaces,
    }


def as_json(memories: list[Memory]) -> str:
    """Compact JSON; the user's own words stand after a space, because with it they are the same tokens as in the message."""
    copied = [
        {name: f" {value}" if value and name in ("answer", "replaces") else value for name, value in one.items()}
        for one in memories
    ]
    return json.dumps(copied, ensure_ascii=False, separators=(",", ":"))


def contracted(words: Words, text: str) -> str:
    """Now and then with "I'm" and "I've", as people write."""
    if words.chance(0.4):
        text = text.replace("I am ", "I'm ").replace("I have moved", "I've moved").replace("I have got", "I've got")
    return text


def tell(words: Words, fact: Fact) -> str:
    """The fact as the user says it."""
    return contracted(words, fact.told)


def correction(words: Words, old: Fact, new: Fact) -> tuple[str, str]:
    """A sentence that puts `new` in the place of `old`, and what it names as replaced ("" where it names nothing)."""
    told = new.told.rstrip(".")
    low = told if told.startswith(("I ", new.y)) or not told.startswith(("My", "The")) else _lower_first(told)
    named = words.chance(0.55)
    if named:
        return words.pick(
            (
                f"Actually, {low}, not {old.y}.",
                f"No, {low}, not {old.y}.",
                f"Correction: {low}, not {old.y}.",
                f"Sorry, {low}, not {old.y}.",
                f"It's not {old.y}: {low}.",
                f"Not {old.y}: {low}.",
                f"I was wrong about {old.y}: {low}.",
                f"I said {old.y}, but {low}.",
            )
        ), old.y
    return words.pick(
        (
            f"Actually, {low}.",
            f"No, {low}.",
            f"Correction: {low}.",
            f"Sorry, I was wrong: {low}.",
            f"I made a mistake: {low}.",
            f"That has changed: {low} now.",
            f"Wait, {low}.",
            f"No, sorry, {low}.",
            f"Not any more: {low} now.",
        )
    ), ""


def _moved(words: Words) -> tuple[str, list[Memory]]:
    old, new = words.place(), words.place()
    fact = Fact(BY_NAME["lives"], "", new)
    told = words.pick(
        (
            f"I moved from {old} to {new}.",
            f"I don't live in {old} any more, I live in {new} now.",
            f"I no longer live in {old}, I moved to {new}.",
            f"We moved from {old} to {new}.",
        )
    )
    return told, [memory(fact, "correction", old)]


def _pronoun_pair(words: Words) -> tuple[str, list[Memory]]:
    """A person's name, then something about them with a pronoun."""
    she = words.chance(0.5)
    x = words.pick(_SHE if she else _HE)
    named = draw_fact(words, BY_NAME["name"], x)
    more = draw_fact(words, BY_NAME[words.pick(_ABOUT_PERSON)], x)
    about = more.told
    start = f"My {x} "
    if not about.startswith(start):
        return f"{named.told} {about}", [memory(named), memory(more)]
    pronoun = "She" if she else "He"
    told = words.pick(
        (
            f"{named.told} {pronoun} {about.removeprefix(start)}",
            f"{named.told.rstrip('.')} and {pronoun.lower()} {about.removeprefix(start)}",
        )
    )
    return told, [memory(named), memory(more)]


def _wish(words: Words) -> tuple[str, list[Memory]]:
    manner = draw_manner(words)
    return manner.told, [
        {"kind": manner.kind, "text": manner.told_note, "question": "", "answer": "", "lasts": "always", "replaces": ""}
    ]


def _statement(words: Words) -> tuple[str, list[Memory]]:
    fact = draw_fact(words)
    told = tell(words, fact)
    if words.chance(0.3):
        lead = words.pick(_LEADS)
        told = lead + (told if told.startswith(("I ", "I'")) or not told.startswith(("My", "The")) else _lower_first(told))
    return told, [memory(fact)]


def _corrected(words: Words) -> tuple[str, list[Memory]]:
    old = draw_fact(words)
    new = draw_fact(words, old.relation, old.x)
    told, replaces = correction(words, old, new)
    return told, [memory(new, "correction", replaces)]


def _several(words: Words) -> tuple[str, list[Memory]]:
    parts = [_statement(words) for _ in range(words.random.choice((2, 2, 2, 3)))]
    told = " ".join(text for text, _ in parts)
    if len(parts) == 2 and words.chance(0.3):
        second = parts[1][0]
        second = _lower_first(second) if second.startswith(("My", "The")) else second
        told = parts[0][0].rstrip(".") + ", and " + second if words.chance(0.5) else parts[0][0].rstrip(".") + " and " + second
    return told, [item for _, found in parts for item in found]


def nothing(words: Words) -> str:
    """A message that tells nothing about the user."""
    kind = words.random.random()
    if kind < 0.35:
        return ask(words, draw_fact(words))
    if kind < 0.55:
        return words.pick(words.random.choice(items()).questions)
    if kind < 0.75:
        return smalltalk.exchange(words)[0]
    if kind < 0.8:
        return words.pick(smalltalk.GREETINGS)
    if kind < 0.9:
        return smalltalk.unknown_world(words)
    if kind < 0.95:
        quoted = draw_fact(words).told
        return words.pick(
            (
                f'He said: "{quoted}"',
                f'"{quoted}" is a sentence from a book.',
                f"Translate into French: {quoted}",
                f"Correct this sentence: {quoted}",
                f'She wrote "{quoted}" in her diary.',
                f"Summarise this text: {quoted}",
                f'In the film, a man says: "{quoted}"',
                f'The letter begins: "{quoted}"',
                f"Rewrite: {quoted}",
            )
        )
    return words.pick(smalltalk.PASTED)


def draw_message(words: Words) -> tuple[str, list[Memory]]:
    """A message and the memories in it."""
    kind = words.random.random()
    if kind < 0.3:
        return nothing(words), []
    if kind < 0.62:
        text, found = _statement(words)
        return (hasty(words, text, slips=False) if words.chance(0.03) else text), found
    if kind < 0.72:
        text, found = _several(words)
    elif kind < 0.78:
        text, found = _pronoun_pair(words)
    elif kind < 0.86:
        text, found = _corrected(words)
    elif kind < 0.88:
        text, found = _moved(words)
    elif kind < 0.95:
        text, found = _wish(words)
    else:
        text, found = _statement(words)
        text = f"{text} {words.pick(_TAILS)}" if words.chance(0.5) else f"{words.pick(_CHATTER)} {text}"
        if words.chance(0.3):
            text = f"{text} {ask(words, draw_fact(words))}"
    return text, found


def extraction_turns(words: Words) -> list[tuple[str, str]]:
    text, found = draw_message(words)
    return [("user", extraction_request(text)), ("assistant", as_json(found))]
