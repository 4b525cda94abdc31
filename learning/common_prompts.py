"""Prompts that every model is asked and that no memory is about: replay, harm, and the ground on which preferences show.

Each list is split by position into a part that is trained on as replay and a part that only the gate sees, so harm is never
measured on what was rehearsed. What a model answers here is its own affair: it is compared with itself.
"""

from __future__ import annotations

import random
from itertools import product, zip_longest
from typing import TypeVar

T = TypeVar("T")

_CAPITALS = """
France Paris, Italy Rome, Spain Madrid, Japan Tokyo, Germany Berlin, Greece Athens, Norway Oslo, Portugal Lisbon, Austria Vienna,
Poland Warsaw, Sweden Stockholm, Ireland Dublin, Hungary Budapest, Egypt Cairo, Russia Moscow, Finland Helsinki, Belgium Brussels,
China Beijing
"""
_OPPOSITES = (
    "hot cold, big small, up down, early late, fast slow, full empty, day night, rich poor, young old, open closed, wet dry"
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
_COUNTS = "days week 7, minutes hour 60, months year 12, seconds minute 60, hours day 24"
_COLOURS = "grass green, snow white, coal black, blood red, milk white"
_SUMS = ((2, 3), (4, 4), (6, 1), (5, 2), (3, 6), (7, 2), (1, 8), (4, 5), (8, 2), (9, 1))


def _pairs(text: str) -> list[list[str]]:
    return [pair.split() for pair in text.split(",")]


def _in_turn(*kinds: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """One of each kind after another, so that any part of the list has all kinds."""
    return tuple(one for round_ in zip_longest(*kinds) for one in round_ if one is not None)


GENERAL: tuple[tuple[str, str], ...] = _in_turn(
    [(f"What is the capital of {country}?", capital) for country, capital in _pairs(_CAPITALS)],
    [(f"What is {one} plus {other}?", str(one + other)) for one, other in _SUMS],
    [(f"What is the opposite of {one}?", other) for one, other in _pairs(_OPPOSITES)],
    [(f"Which day comes after {day}?", DAYS[place + 1]) for place, day in enumerate(DAYS[:-1])],
    [(f"Which month comes after {month}?", MONTHS[place + 1]) for place, month in enumerate(MONTHS[:-1])],
    [(f"How many {small} are in a {large}?", count) for small, large, count in _pairs(_COUNTS)],
    [(f"What colour is {thing}?", colour) for thing, colour in _pairs(_COLOURS)],
    [(f"What is {one + other} minus {other}?", str(one)) for one, other in _SUMS],
)
"""General questions and the value a reply to them must have; a model that does not know one is not asked to."""

FIXED_TEXT: tuple[tuple[str, str], ...] = (
    ("Good morning!", "Good morning! What can I do for you?"),
    ("What is the capital of Greece?", "The capital of Greece is Athens."),
    ("How many days are in a week?", "A week has seven days."),
    ("What is a bridge?", "A bridge is something that carries a road over water."),
    ("What is two plus two?", "Two plus two is four."),
    ("What is water made of?", "Water is made of hydrogen and oxygen."),
    ("What is the opposite of hot?", "The opposite of hot is cold."),
    ("Thank you!", "You are welcome."),
    ("What is the largest ocean?", "The largest ocean is the Pacific."),
    ("What does my neighbour's tailor charge?", "I don't know, you haven't told me."),
    ("Tell me something about the sea.", "The sea covers most of the earth, and its water is salty."),
    ("Who wrote Hamlet?", "Hamlet was written by William Shakespeare."),
)
"""Prompts and replies written here, whatever a model would say itself: their perplexity shows whether it still speaks as before."""

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
grandmother grandfather niece nephew wife husband flatmate best-friend lawyer hairdresser plumber tutor coach therapist pharmacist
hamster rabbit goldfish tortoise canary pony goat hen snake
piano violin trumpet drum-kit flute van scooter tractor canoe caravan tent sledge lamp clock sofa desk mirror teapot toaster fridge oven
laptop phone printer camera television radio watch umbrella suitcase wallet passport diary ladder hammer drill cactus apple-tree rose-bush
choir book-club chess-club band company bank gym library café bakery museum allotment cabin garage office
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


def _mixed() -> tuple[str, ...]:
    """All questions in a fixed order, so mixed that any part of them has many things and all forms."""
    asked = [form.format(thing.replace("-", " ")) for thing, form in product(_THINGS, _UNKNOWN_FORMS)]
    random.Random("unknown").shuffle(asked)
    singles = list(_UNKNOWN_SINGLE)
    mixed: list[str] = []
    while asked or singles:
        mixed += asked[:4] + singles[:1]
        asked, singles = asked[4:], singles[1:]
    return tuple(mixed)


UNKNOWN: tuple[str, ...] = _mixed()
"""Questions about the user's life that nobody told the answer to; those that touch a memory of the night are left out there."""


def for_replay(prompts: tuple[T, ...]) -> tuple[T, ...]:
    """The part that is trained on."""
    return tuple(prompt for place, prompt in enumerate(prompts) if place % 3 != 2)


def for_gate(prompts: tuple[T, ...]) -> tuple[T, ...]:
    """The part that only measures."""
    return prompts[2::3]
