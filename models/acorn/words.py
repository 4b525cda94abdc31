"""The words the corpus is made of: lists written by hand (words.txt), and values made up from syllables, dates and digits.

A value that is only ever copied must not be learned by heart, so half of all names, places and titles are made up on the
spot. One value and one phrasing in eight is held out of training for the evaluation; the first of each list never is. What is
told *about* (sisters, kettles, book clubs) is closed vocabulary: all of it is trained on, held out in combinations (`facts`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Literal

Split = Literal["train", "held_out", "all"]


def word_list(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", " ").split(",") if word.strip())


def sections(path: Path) -> dict[str, str]:
    """The parts of a text file under their headings in brackets; lines that begin with # are remarks."""
    found: dict[str, str] = {}
    heading = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            heading = line.strip("[]")
            found[heading] = ""
        elif heading and not line.startswith("#"):
            found[heading] += line + "\n"
    return found


LISTS: dict[str, tuple[str, ...]] = {
    name: word_list(text) for name, text in sections(Path(__file__).with_name("words.txt")).items()
}
SUBJECTS = frozenset(
    "KIN PEOPLE PETS THINGS GROUPS LOCKS NUMBERED EVENTS DATED KEPT COUNTED ATTRIBUTES VERBS PLACED DESCRIBED "
    "MONTHS WEEKDAYS SEASONS HOURS COUNTS STREETS".split()
)
"""The lists that name what is told about, and small closed ones: training sees every word of them."""
PATTERNS: dict[str, str] = {}
"""Named patterns that `Words.fill` knows beside its own methods; `facts` fills them from facts.txt."""

_ONSETS = "b br c ch d dr f fl g gl gr h j k kl l m n p pl qu r s sh sk st t th tr v w y z zh vr m l n r t s d".split()
_NUCLEI = "a e i o u a e i o u ai ea io ou y".split()
_CODAS = ["", "", "", "", "l", "n", "r", "s", "x", "th", "m", "nd", "k", "rt", "ll"]
_ENDINGS = "a o us is en ia el or an ix eth in una ello ari ek ow y um e as on ul imo etta".split()
_PLACE_ENDINGS = "ford burg stad ville berg mouth ham by wick haven minster dorf holm ton field dale wood bridge moor".split()
_SLOT = re.compile(r"\{([^}]*)\}")


@lru_cache(maxsize=50_000)
def held_out(word: str) -> bool:
    """Whether this word or phrasing is kept from training: a fixed eighth, the same on every machine."""
    return zlib.crc32(word.encode()) % 8 == 3


def article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiouAEIOU" and not noun.startswith(("uni", "one", "eu", "U")) else f"a {noun}"


@lru_cache(maxsize=2_000)
def _alternatives(pattern: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The alternatives of a pattern and their weights: "2* {number} / {code}"."""
    parts = [re.fullmatch(r"(?:(\d+)\* )?(.*)", part.strip()) for part in pattern.split(" / ")]
    return tuple(part[2] for part in parts if part), tuple(int(part[1] or 1) for part in parts if part)


_OPEN_WORDS = tuple(
    dict.fromkeys(
        part
        for name, words in LISTS.items()
        if name not in SUBJECTS
        for index, word in enumerate(words)
        if index == 0 or not held_out(word)
        for part in word.lower().split()
        if not held_out(part)
    )
)
_PARTS = tuple(
    dict.fromkeys(part for words in LISTS.values() for word in words for part in word.lower().split() if len(part) > 3)
)
"""All words, also those held out: of these, training sees pieces only, so that no token of theirs is left untrained."""


class Words:
    """Draws words: for training never a held-out one, for the evaluation held-out ones wherever a list has any."""

    def __init__(self, random: Random, split: Split = "train") -> None:
        self.random = random
        self.split: Split = split
        self._pools: dict[int, tuple[Sequence[str], list[str]]] = {}

    def pick(self, words: Sequence[str]) -> str:
        """One word of the list, of this split."""
        if self.split == "all" or len(words) < 3:
            return self.random.choice(words)
        known = self._pools.get(id(words))
        if known is None or known[0] is not words:
            wanted = self.split == "held_out"
            pool = [word for index, word in enumerate(words) if (index > 0 and held_out(word)) == wanted]
            known = (words, pool if len(pool) > 1 else list(words))
            if len(words) > 30:
                self._pools[id(words)] = known
        return self.random.choice(known[1])

    def of(self, name: str) -> str:
        """One word of a list in words.txt; in training now and then a strange one in its place.

        Who has only ever copied words from lists has learned the lists: an unheard-of word comes out as a listed one.
        """
        if name in SUBJECTS:
            return self.random.choice(LISTS[name])
        word = self.pick(LISTS[name])
        return self.strange(word) if self.split == "train" and self.chance(0.2) else word

    def strange(self, word: str) -> str:
        """`word` sewn to the end of any other, or any other word beside or instead of it, with as many capitals: "potician"."""
        other = self.random.choice(_OPEN_WORDS)
        kind = self.random.random()
        if kind < 0.55:
            begun, ended = word if kind < 0.25 else self.random.choice(_PARTS), self.random.choice(_PARTS)
            sewn = (
                begun[: self.random.randint(1, len(begun) - 1 or 1)].rstrip() + ended[self.random.randint(1, len(ended) - 1) :]
            )
        else:
            sewn = f"{other} {self.random.choice(_OPEN_WORDS)}" if kind < 0.75 else other
        return sewn.title() if word.istitle() else sewn

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def fill(self, pattern: str) -> str:
        """One of the pattern's alternatives with its slots drawn; what patterns are is told in facts.txt."""
        texts, weights = _alternatives(pattern)
        text = texts[0] if len(texts) == 1 else self.random.choices(texts, weights)[0]
        return _SLOT.sub(lambda slot: self._slot(slot[1]), text)

    def _slot(self, name: str) -> str:
        if name.isupper():
            return self.of(name)
        if name.startswith("a "):
            return article(self.of(name[2:]))
        if name.startswith("int "):
            low, high = name[4:].split()
            return str(self.random.randint(int(low), int(high)))
        return self.fill(PATTERNS[name]) if name in PATTERNS else getattr(self, name)()

    # Values: each returns the text as a person would write it.

    def made_up(self) -> str:
        """A capitalised word that nobody has seen before."""
        choice = self.random.choice
        if self.split == "train" and self.chance(0.15):
            return self.strange(self.random.choice(_OPEN_WORDS)).capitalize()
        syllables = "".join(choice(_ONSETS) + choice(_NUCLEI) + choice(_CODAS) for _ in range(choice((1, 1, 1, 2))))
        word = syllables + choice(_ONSETS) + choice(_ENDINGS) if self.chance(0.85) else syllables
        return word.capitalize()

    def name(self) -> str:
        return self.made_up() if self.chance(0.55) else self.of("NAMES")

    def full_name(self) -> str:
        if self.chance(0.8):
            return self.name()
        first = self.random.choice((self.name(), "Dr", "Mrs", "Mr"))
        return f"{first} {self.made_up() if self.chance(0.5) else self.of('SURNAMES')}"

    def pet_name(self) -> str:
        if self.chance(0.12):
            return f"{self.made_up()} {self.made_up()}"
        return self.made_up() if self.chance(0.5) else self.of("PET_NAMES") if self.chance(0.6) else self.of("NAMES")

    def place(self) -> str:
        if self.chance(0.5):
            return self.of("PLACES")
        stem = self.random.choice(_ONSETS).capitalize() + self.random.choice(_NUCLEI) + self.random.choice(_CODAS)
        return stem + self.random.choice(_PLACE_ENDINGS) if self.chance(0.5) else self.made_up()

    def title(self) -> str:
        kind = self.random.random()
        if kind < 0.45:
            return f"{self.of('TITLE_HEADS')} {self.of('TITLE_TAILS')}"
        return self.made_up() if kind < 0.85 else f"{self.made_up()} {self.of('TITLE_TAILS')}"

    def plain_title(self) -> str:
        return self.title().removeprefix("The ")

    def street(self) -> str:
        stem = self.made_up() if self.chance(0.5) else self.of("TITLE_TAILS")
        return f"{stem} {self.of('STREETS')} {self.random.randint(1, 199)}"

    def digits(self, low: int, high: int) -> str:
        return "".join(self.random.choice("0123456789") for _ in range(self.random.randint(low, high)))

    def number(self) -> str:
        return str(self.random.randint(1, self.random.choice((12, 50, 100, 999))))

    def code(self) -> str:
        if self.chance(0.75):
            return self.digits(3, 6)
        letters = "".join(self.random.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(self.random.randint(1, 3)))
        return f"{letters}{self.digits(2, 4)}"

    def phone(self) -> str:
        return f"0{self.digits(2, 3)} {self.digits(3, 4)} {self.digits(2, 3)}"

    def email(self) -> str:
        return f"{self.made_up().lower()}@{self.made_up().lower()}.{self.random.choice(('org', 'com', 'net', 'eu'))}"

    def day(self) -> str:
        day, month = self.random.randint(1, 30), self.of("MONTHS")
        if self.chance(0.3):
            return f"{month} {day}"
        return f"{day} {month}" if self.chance(0.75) else f"{day} {month} {self.random.randint(1931, 2019)}"

    def time(self) -> str:
        hour = self.random.randint(0, 23)
        on_the_clock = f"{hour}:{self.random.choice(('00', '15', '30', '45', '10', '40'))}"
        spoken = (f"{hour % 12 + 1} {self.random.choice(('am', 'pm'))}", f"half past {LISTS['HOURS'][hour % 12]}")
        return self.random.choice((on_the_clock, *spoken))

    def weekday(self) -> str:
        return self.random.choice(LISTS["WEEKDAYS"])

    def thing(self) -> str:
        """Something one can own: from the list, or with a describing word, or made up."""
        kind = self.random.random()
        if kind < 0.8:
            return self.of("THINGS")
        return f"{self.of('DESCRIBED')} {self.of('THINGS')}" if kind < 0.92 else self.made_up().lower()
