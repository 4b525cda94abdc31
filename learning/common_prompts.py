"""Prompts that every model is asked and that no memory is about: replay, harm, and the ground on which preferences show.

Each list is split by position into a part that is trained on as replay and a part that only the gate sees, so harm is never
measured on what was rehearsed. What a model answers here is its own affair: it is compared with itself.
"""

from __future__ import annotations

from itertools import product
from typing import TypeVar

T = TypeVar("T")

GENERAL: tuple[tuple[str, str], ...] = (
    ("What is the capital of France?", "Paris"),
    ("What is the capital of Italy?", "Rome"),
    ("What is the capital of Spain?", "Madrid"),
    ("What is the capital of Japan?", "Tokyo"),
    ("What is the capital of Germany?", "Berlin"),
    ("What is the capital of Greece?", "Athens"),
    ("What is the capital of Norway?", "Oslo"),
    ("What is the capital of Portugal?", "Lisbon"),
    ("What is 2 plus 3?", "5"),
    ("What is 4 plus 4?", "8"),
    ("What is 7 minus 2?", "5"),
    ("What is 3 times 3?", "9"),
    ("What is 6 plus 1?", "7"),
    ("What is 9 minus 4?", "5"),
    ("Which day comes after Monday?", "Tuesday"),
    ("Which day comes after Thursday?", "Friday"),
    ("Which day comes before Sunday?", "Saturday"),
    ("Which month comes after March?", "April"),
    ("Which month comes after June?", "July"),
    ("Which month comes before December?", "November"),
    ("What is the opposite of hot?", "cold"),
    ("What is the opposite of big?", "small"),
    ("What is the opposite of up?", "down"),
    ("What is the opposite of early?", "late"),
    ("How many days are in a week?", "7"),
    ("How many minutes are in an hour?", "60"),
    ("How many months are in a year?", "12"),
    ("What colour is the sky?", "blue"),
    ("What colour is grass?", "green"),
    ("What colour is snow?", "white"),
    ("What sound does a cow make?", "moo"),
    ("What sound does a dog make?", "woof"),
    ("How do you spell cat?", "c-a-t"),
    ("How do you spell house?", "h-o-u-s-e"),
)

REQUESTS: tuple[str, ...] = (
    "Hello!",
    "Good morning!",
    "Hi there.",
    "How are you?",
    "What is the capital of Austria?",
    "Tell me a joke.",
    "Who are you?",
    "What is 5 plus 2?",
    "What can you do?",
    "Thank you!",
    "What is the opposite of fast?",
    "Which day comes after Tuesday?",
    "What is a kettle?",
    "What is a bridge?",
    "Good evening.",
    "Where does my data stay?",
    "What is the capital of Poland?",
    "Tell me something about the sea.",
    "How far is 3 miles in kilometres?",
    "Give me three colours.",
    "Name three animals.",
    "Good night.",
    "What is a library?",
    "Say something nice.",
)

_THINGS = """
brother sister mother father aunt uncle cousin neighbour boss teacher dentist doctor friend daughter son dog cat parrot
horse boat bicycle car guitar kettle house garden street school town football-team colleague landlord
""".split()
_UNKNOWN_FORMS = (
    "What is my {} called?",
    "What's the name of my {}?",
    "How old is my {}?",
    "Where is my {}?",
    "Tell me about my {}.",
)
_UNKNOWN_SINGLE = (
    "Where do I live?",
    "What is my favourite colour?",
    "When is my birthday?",
    "What is my favourite food?",
    "Where do I work?",
    "What did I have for breakfast?",
    "What am I allergic to?",
    "What is my shoe size?",
    "Which instrument do I play?",
    "What is my phone number?",
    "Where was I born?",
    "What is my favourite book?",
    "What is my job?",
    "Which languages do I speak?",
    "What is my middle name?",
    "Who is Marlow?",
    "Who is Tessaly Brant?",
    "What is my favourite song?",
    "Where did I study?",
    "What do I do on Sundays?",
)


def _interleaved() -> tuple[str, ...]:
    pairs = list(product(range(len(_THINGS)), range(len(_UNKNOWN_FORMS))))
    # A diagonal walk, so that any prefix of the list has many things and all forms.
    pairs.sort(key=lambda pair: ((pair[0] + 7 * pair[1]) % len(_THINGS), pair))
    asked = [_UNKNOWN_FORMS[form].format(_THINGS[thing].replace("-", " ")) for thing, form in pairs]
    singles = list(_UNKNOWN_SINGLE)
    mixed: list[str] = []
    while asked or singles:
        mixed += asked[:4] + singles[:1]
        asked, singles = asked[4:], singles[1:]
    return tuple(mixed)


UNKNOWN: tuple[str, ...] = _interleaved()
"""Questions about the user's life that nobody told the answer to; those that touch a memory of the night are left out there."""


def for_replay(prompts: tuple[T, ...]) -> tuple[T, ...]:
    """The part that is trained on."""
    return tuple(prompt for place, prompt in enumerate(prompts) if place % 3 != 2)


def for_gate(prompts: tuple[T, ...]) -> tuple[T, ...]:
    """The part that only measures."""
    return prompts[2::3]
