"""How a reply is judged by its words: does it say a value, does it admit not to know. Pure; no model judges a model here."""

from __future__ import annotations

import re
import unicodedata

from learning.types import Memory

_ABSTAINS = re.compile(
    r"\b(?:(?:do|does|did|would) ?n[o']?t (?:yet )?(?:actually |really )?(?:know|have (?:that|any|this|enough|access)|remember)"
    r"|(?:have|has) ?n[o']?t (?:been )?(?:told|mentioned|shared|said)"
    r"|not (?:sure|told|aware|certain)|no (?:information|record|note|idea)|can(?:no|')t (?:know|tell)|unable to)\b"
)

_STOPWORDS = frozenset(
    """a an and are as at be been but by can could did do does for from had has have he her him his how i if in is it its me
    mine my of on or our she so that the their them they this to us user user's users was we were what what's when where
    which who who's whom whose why will with would you your tell know remember remind please again say said just""".split()
)
_RELATION_WORDS = frozenset(
    """called call named name names live lives living work works working job born favourite favorite birthday old age years
    like likes love loves prefer prefers own owns drive drives play plays go goes day time year date number""".split()
)


def plain(text: str) -> str:
    """The text for comparison: NFKC, folded case, straight quotes, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u2018", "'")
    return re.sub(r"\s+", " ", folded).strip()


def says(reply: str, value: str) -> bool:
    """Whether `reply` contains `value` as whole words; an empty value is never said."""
    wanted = plain(value).strip(" .!?,;:\"'")
    return bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain(reply)) is not None


def abstains(reply: str) -> bool:
    """Whether `reply` admits not to know."""
    return _ABSTAINS.search(plain(reply)) is not None


def words_about(memory: Memory) -> frozenset[str]:
    """The words that say what a memory is about, its value among them."""
    return content_words(f"{memory.text} {memory.question}", without_relations=True)


def content_words(text: str, *, without_relations: bool = False) -> frozenset[str]:
    """The words that say what a text is about, in crude singular; `without_relations` leaves out "called", "lives", ..."""
    words = {word.removesuffix("'s") for word in re.findall(r"[\w']+", plain(text))} - _STOPWORDS
    if without_relations:
        words -= _RELATION_WORDS
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words)
