"""Made-up lives for the learning benchmark: hundreds of facts about one person, each with questions nobody trained on.

The questions are written here, apart from the paraphrases that a night trains on (`learning.paraphrase`) and from the grammars of
the built-in model. `Fact.unseen` drops any that a lesson happens to share. Values are invented, so that nothing can be known before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from learning.judge import plain

_NAMED = (
    "cat", "dog", "parrot", "horse", "hamster", "rabbit", "goldfish", "tortoise", "canary", "pony", "donkey", "goat", "hedgehog", "ferret", "gecko",
    "boat", "kettle", "bike", "van", "guitar", "robot", "cactus", "tent", "scooter", "cello", "telescope", "canoe", "kayak", "drone", "laptop", "printer",
    "teapot", "toaster", "fridge", "oven", "camper van", "piano", "trumpet", "violin", "tractor", "surfboard", "sledge", "kite", "teddy bear", "puppet", "typewriter",
    "camera", "bonsai", "orchid", "fern", "yacht", "sailing boat", "snowboard", "skateboard", "coffee machine", "washing machine", "lawn mower", "greenhouse",
)  # fmt: skip
_PEOPLE = (
    "sister", "brother", "cousin", "aunt", "uncle", "niece", "nephew", "grandmother", "grandfather", "daughter", "son", "mother", "father", "boss", "dentist",
    "neighbour", "landlord", "flatmate", "best friend", "tutor", "doctor", "therapist", "colleague", "godmother", "stepbrother", "hairdresser", "lawyer", "accountant",
    "piano teacher", "mechanic", "plumber", "vet", "babysitter", "cleaner", "physiotherapist", "stepmother", "mother-in-law", "brother-in-law", "goddaughter", "coach",
)  # fmt: skip
_FAVOURITES = (
    "cheese",
    "singer",
    "restaurant",
    "game",
    "museum",
    "book",
    "song",
    "film",
    "tea",
    "painter",
    "beach",
    "bakery",
    "poet",
    "dessert",
    "park",
)
_KEPT = (
    "passport", "spare key", "wallet", "torch", "toolbox", "diary", "charger", "umbrella", "drill", "sewing kit", "ladder", "chess set", "birth certificate", "winter coat",
    "wedding ring", "vaccination card", "first-aid kit", "fishing rod", "tax papers", "glasses",
)  # fmt: skip
_SPOTS = ("attic", "cellar", "hall", "kitchen", "garage", "study", "bathroom", "shed", "bedroom", "larder")
_JOBS = (
    "baker", "nurse", "carpenter", "teacher", "plumber", "architect", "librarian", "florist", "translator", "midwife", "geologist", "chef", "pilot", "tailor", "gardener",
    "judge", "photographer", "welder", "painter", "pharmacist", "potter", "roofer", "sculptor", "shepherd", "surgeon", "locksmith", "butcher", "barber", "dancer", "editor",
)  # fmt: skip
_MONTHS = "January February March April May June July August September October November December".split()
_ONSETS, _VOWELS, _MIDDLES = (
    "B D F G Gr H K Kl L M N P R S T Th V W Z Br Dr".split(),
    "a e i o u".split(),
    "b d l ld m n nd r rv s st t v z".split(),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing told, with what is asked about it.

    Attributes:
        told, changed: the statement, and the correction to another value.
        asked: questions whose reply must have `value`, after the correction `newer`.
        subject: what or whom it is about.
        reverse: questions from the value back, whose reply must have `subject`.
        of_another: the same questions about somebody or something that was never told of.
    """

    told: str
    value: str
    changed: str
    newer: str
    asked: tuple[str, ...]
    reverse: tuple[str, ...]
    subject: str
    of_another: tuple[str, ...] = ()

    def unseen(self, trained: Collection[str]) -> tuple[str, ...]:
        """The first three questions that are not among `trained`."""
        return _unseen(self.asked, trained)

    def unseen_reverse(self, trained: Collection[str]) -> tuple[str, ...]:
        """The first three of the reverse questions that are not among `trained`."""
        return _unseen(self.reverse, trained)


def _unseen(questions: Sequence[str], trained: Collection[str]) -> tuple[str, ...]:
    known = {plain(question) for question in trained}
    return tuple(question for question in questions if plain(question) not in known)[:3]


class _Drawing:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"lives/{seed}")
        self._taken: set[str] = set()

    def name(self) -> str:
        choice = self.random.choice
        while True:
            made = choice(_ONSETS) + choice(_VOWELS) + choice(_MIDDLES) + choice(_VOWELS) + choice(("", "n", "l", "r", "s"))
            if made not in self._taken:
                self._taken.add(made)
                return made

    def place(self) -> str:
        return self.name() + self.random.choice(("by", "ford", "ham", "stead", "ton", "wick"))

    def date(self) -> str:
        return f"{self.random.randint(1, 28)} {self.random.choice(_MONTHS)}"

    def other(self, words: tuple[str, ...], word: str) -> str:
        return self.random.choice([other for other in words if other != word])


def _named(draw: _Drawing, thing: str) -> Fact:
    one, two = draw.name(), draw.name()
    return Fact(
        f"My {thing} is called {one}.", one, f"No, my {thing} is called {two}.", two,
        (f"What would I write on a sign for my {thing}?", f"How do people call my {thing}?", f"My {thing}'s name, what was it?", f"Look up how my {thing} is called, will you?",
         f"I want to hear the name of my {thing}."),
        (f"Which of mine bears the name {one}?", f"Who or what goes by the name of {one}?", f"To whom or what did I give the name {one}?"),
        thing,
    )  # fmt: skip


def _lives(draw: _Drawing, who: str) -> Fact:
    one, two = draw.place(), draw.place()
    return Fact(
        f"My {who} lives in {one}.", one, f"Actually, my {who} lives in {two} now.", two,
        (f"Where would I go to visit my {who}?", f"My {who}, in what town is that?", f"What is the home town of my {who}?", f"In which place does my {who} have a home?",
         f"Where did my {who} settle?"),
        (f"Who do I know in {one}?", f"Whom would I meet on a trip to {one}?", f"Somebody of mine is at home in {one}. Who?"),
        who,
    )  # fmt: skip


def _job(draw: _Drawing, who: str) -> Fact:
    one = draw.random.choice(_JOBS)
    two = draw.other(_JOBS, one)
    return Fact(
        f"My {who} works as {_a(one)}.", one, f"Actually, my {who} works as {_a(two)} now.", two,
        (f"How does my {who} make a living?", f"What profession is my {who} in?", f"My {who}, what's the job again?", f"As what does my {who} work?", f"What is my {who} by trade?"),
        (), who,
    )  # fmt: skip


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _birthday(draw: _Drawing, who: str) -> Fact:
    one, two = draw.date(), draw.date()
    return Fact(
        f"My {who}'s birthday is on {one}.", one, f"No, my {who}'s birthday is on {two}.", two,
        (f"When do I have to congratulate my {who}?", f"When does my {who} get older?", f"The birthday of my {who}, which day is it?", f"On what day do we celebrate my {who}?"),
        (), who,
    )  # fmt: skip


def _favourite(draw: _Drawing, what: str) -> Fact:
    one, two = draw.name(), draw.name()
    return Fact(
        f"My favourite {what} is {one}.", one, f"Actually, my favourite {what} is {two}.", two,
        (f"Of every {what} there is, which do I love?", f"What {what} would I choose first?", f"Name the {what} I like best of all.", f"Which {what} makes me happiest?"),
        (), what,
    )  # fmt: skip


def _kept(draw: _Drawing, thing: str) -> Fact:
    one = draw.random.choice(_SPOTS)
    two = draw.other(_SPOTS, one)
    return Fact(
        f"My {thing} is in the {one}.", one, f"No, my {thing} is in the {two}.", two,
        (f"Where did I put my {thing}?", f"I can't find my {thing} anywhere.", f"In which room is my {thing}?", f"Where do I have to look for my {thing}?"),
        (), thing,
    )  # fmt: skip


WISHES = (
    "Call me Captain.", 'End every reply with "Ahoy!"', "Please keep your answers short.", 'Begin each answer with "Well, well."', "I prefer bullet points.",
    "Talk like a pirate.", "I like detailed answers.", "Please address me as Your Majesty.", "Use emojis.", "Please use a polite tone.",
    'I want you to close every reply with "Over and out."', "Greet me in Italian.",
)  # fmt: skip
"""How replies are to be; each can be learned beside any facts."""


_OWNED = tuple(f"{_PEOPLE[(place * 7) % len(_PEOPLE)]}'s {_NAMED[(place * 11) % len(_NAMED)]}" for place in range(216))

_KINDS: tuple[tuple[Callable[[_Drawing, str], Fact], tuple[str, ...]], ...] = (
    (_named, _NAMED), (_lives, _PEOPLE), (_favourite, _FAVOURITES), (_named, _PEOPLE), (_kept, _KEPT), (_birthday, _PEOPLE), (_job, _PEOPLE),
    (_named, _OWNED),
)  # fmt: skip
MOST = sum(len(words) * 2 // 3 for _, words in _KINDS)


def draw_life(seed: int, count: int) -> list[Fact]:
    """`count` facts of one person, no two about the same; a third of all subjects is never told of, and asked as another's.

    Raises:
        ValueError: nobody has so many.
    """
    if not 1 <= count <= MOST:
        raise ValueError(f"A life has 1 to {MOST} facts, not {count}.")
    draw = _Drawing(seed)
    made: list[list[Fact]] = []
    for make, words in _KINDS:
        shuffled = draw.random.sample(words, len(words))
        told, never = shuffled[: len(words) * 2 // 3], shuffled[len(words) * 2 // 3 :]
        others = [(draw.random.choice(never), make(draw, subject)) for subject in told]
        made.append([replace(fact, of_another=make(_Drawing(seed), another).asked) for another, fact in others])
    facts: list[Fact] = []
    while len(facts) < count:
        facts += [kind.pop() for kind in made if kind]
    return facts[:count]


def two_hop(facts: Sequence[Fact]) -> list[tuple[str, str]]:
    """Questions that take two facts, with the value: "Where would I go to visit Nuna?" where Nuna is the sister who lives in Ghent."""
    named = {f.subject: f.value for f in facts if f.subject and f.told == f"My {f.subject} is called {f.value}."}
    asked = []
    for who, name in named.items():
        for fact in facts:
            question = next((q for q in fact.asked if f"my {who}" in q), "")
            if question and fact.value != name and fact.told.startswith((f"My {who} ", f"My {who}'s ")):
                asked.append((question.replace(f"my {who}", name), fact.value))
    return asked
