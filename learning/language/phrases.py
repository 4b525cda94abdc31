"""Phrases: what follows a verb, cut into an object and phrases of time, place and other kinds, and where a value ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from learning.language.english import ADVERBS, DETERMINERS, FIRST_PERSON, PREPOSITIONS, Token, is_adverb
from learning.language.verbs import HARDLY_NOUNS, read_verb

PhraseKind = Literal["time", "place", "duration", "other"]

WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_MONTHS = frozenset(
    """january february march april may june july august september october november december jan feb mar apr jun jul
    aug sept sep oct nov dec""".split()
)
_TIMES = frozenset(
    """morning mornings afternoon afternoons evening evenings night nights noon midnight midday weekend weekends week
    weeks month months year years day days spring summer autumn fall winter christmas easter dawn dusk sunrise
    sunset lunchtime bedtime tomorrow today tonight yesterday hour hours minute minutes season century birthday
    hanukkah ramadan eid quarter fortnight weekday weekdays""".split()
)
_TIME_NUMBER = re.compile(
    r"\d{1,2}[:.h]\d{2}([ap]m)?|\d{1,2}([ap]m)|(19|20)\d\d(s)?|\d{1,2}(st|nd|rd|th)|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d|\d{1,2}/\d{1,2}/\d\d"
)
_SMALL = frozenset("one two three four five six seven eight nine ten eleven twelve half".split())
_PLACES = frozenset(
    """in at near under behind beside besides above below between inside outside opposite next on by over around across
    along through into off onto within beyond up down""".split()
)
_TIME_PREPOSITIONS = frozenset(
    """on in at by until till before after from during since every each around next this last about to""".split()
)
_ALONE = frozenset(
    ["tomorrow", "today", "tonight", "yesterday", "daily", "weekly", "monthly", "yearly", "annually", "nightly", "hourly"]
)
_NUMBERS = _SMALL | frozenset(
    """thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty
    ninety hundred thousand dozen several many""".split()
)  # fmt: skip
# Lower case only: the "Now" of "Apocalypse Now" belongs to the title.
_TRAILING = re.compile(
    r"(?:[\s,]+(?:too|as well|also|now|though|please|by the way|btw|right now|at the moment|at present|these days|nowadays|any ?more|"
    r"currently|actually|again|thanks|thank you|you know|instead|anyway|of course|after all|so far|for now|in case you wondered|fyi|:\)|;\)))+$",
)
_BREAKS = frozenset({"because", "although", "though", "whereas", "while", "but", "unless", "if", "when", "where", "which", "who", "whose", "so",
                     "since", "as", "before", "after", "until"})  # fmt: skip
_ALWAYS_BREAK = frozenset(
    {"because", "although", "though", "whereas", "while", "but", "unless", "if", "when", "which", "who", "whose"}
)
_SUBJECT_PRONOUNS = frozenset({"i", "we", "he", "she", "it", "they", "you"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase after the verb: its words with the preposition they begin with ("" where there is none) and its kind."""

    words: tuple[Token, ...]
    preposition: str
    kind: PhraseKind

    @property
    def personal(self) -> bool:
        """Whether it speaks of the user, and so can't be a value ("with my wife")."""
        return is_personal(self.words)


def is_personal(words: Sequence[Token]) -> bool:
    """Whether the user is spoken of: "my wife", but not the film "My Neighbour Totoro" nor "the US"."""
    for place, word in enumerate(words):
        titled = word.capitalised and place + 1 < len(words) and words[place + 1].capitalised
        if word.low in FIRST_PERSON and not titled and word.text != "US":
            return True
    return False


def is_number(word: str) -> bool:
    return word[0].isdigit() or word in _NUMBERS


def is_time(words: Sequence[Token], preposition: str = "") -> bool:
    """Whether these words say when: a weekday, a date, an hour, a part of the day or the year."""
    lows = [word.low for word in words if word.is_word]
    last = lows[-1] if lows else ""
    if len(lows) == 2 and lows[0] in {"year", "grade"}:
        return False
    # What the phrase is about stands last: "the Saturday market" and "the 5th floor" are places.
    ends = (
        last.rstrip("s") in WEEKDAYS
        or last in _MONTHS | _TIMES | _NUMBERS | {"o'clock", "am", "pm", "day"}
        or last[:1].isdigit()
    )
    if not ends:
        return False
    if any(low.rstrip("s") in WEEKDAYS or low in _MONTHS or low in _TIMES or _TIME_NUMBER.fullmatch(low) for low in lows):
        # "May" and "March" may be names and verbs; a capital and a number beside them, or nothing else, make them a month.
        return not ({"a", "an", "few"} & set(lows[:1]) and preposition not in {"", "in", "after", "for"})
    if "o'clock" in lows or {"am", "pm", "a.m", "p.m"} & set(lows[1:]):
        return True
    hour = len(lows) <= 3 and bool(lows) and (lows[0] in _NUMBERS or re.fullmatch(r"\d{1,2}", lows[0]) is not None)
    return preposition in {"at", "around", "by", "until", "till", "before", "after", "from", "about"} and hour


def is_duration(words: Sequence[Token]) -> bool:
    """ "40 minutes", "two weeks": how long, not when."""
    lows = [word.low for word in words]
    units = {"second", "minute", "hour", "day", "week", "month", "year", "half", "and"}
    spoken = all(is_number(low) or low.rstrip("s") in units for low in lows)
    return len(lows) > 1 and spoken and is_number(lows[0]) and not is_number(lows[-1])


def without_times(words: Sequence[Token]) -> Sequence[Token]:
    """The words without phrases of time at their end: the name in "called Comet since last year"."""
    times = [phrase for phrase in cut(words)[1] if phrase.kind in {"time", "duration"}]
    if not times or times[0].words[0] is words[0]:
        return words
    return [word for word in words if word.end <= times[0].words[0].start]


def is_date(words: Sequence[Token]) -> bool:
    """Whether the words are a point in time standing alone ("3 May", "next Friday", "tomorrow"), and no mere number."""
    lows = [word.low for word in words]
    if is_duration(words):
        return False
    if not any(
        low.rstrip("s") in WEEKDAYS or low in _MONTHS | _TIMES | {"past", "o'clock"} or re.match(r"\d+(st|nd|rd|th)$", low)
        for low in lows
    ):
        return False
    if not lows or len(lows) > 8 or not is_time(words):
        return False
    plain = (
        _MONTHS
        | _TIMES
        | _SMALL
        | {
            "next",
            "this",
            "the",
            "of",
            "past",
            "to",
            "at",
            "on",
            "every",
            "o'clock",
            "am",
            "pm",
            "in",
            ",",
            "quarter",
            "noon",
            "and",
            "or",
        }
    )
    return all(low.rstrip("s") in WEEKDAYS or low in plain or low[0].isdigit() for low in lows)


def value_end(words: Sequence[Token], start: int) -> int:
    """Index after the last word of the value that begins at `start`: a subordinate clause or a new sentence ends it."""
    for place in range(start, len(words)):
        low = words[place].low
        following = words[place + 1].low if place + 1 < len(words) else ""
        if low in {";", "(", ")", "!", "?", "…", "."} and place > start:
            return place
        named = place + 1 < len(words) and words[place + 1].capitalised and words[place + 1].low not in _SUBJECT_PRONOUNS
        if low in {":", "-", "–", "—"} and place > start and words[place - 1].end <= words[place].start and not named:
            return place
        if place > start and low in _ALWAYS_BREAK:
            return place
        if (
            place > start
            and low in _BREAKS
            and following in _SUBJECT_PRONOUNS | {"my", "our", "the", "that"}
            and low in {"so", "since", "where", "as"}
        ):
            return place
        if low == "," and (following in _BREAKS | _SUBJECT_PRONOUNS | {"my", "not", "and"} and not _lists_on(words, place)):
            return place
        if low == "and" and place > start and _opens_clause(words, place + 1):
            return place
        if low == "that" and place > start and read_verb(following) is not None:
            return place
    return len(words)


def _lists_on(words: Sequence[Token], place: int) -> bool:
    """ ", and Zoe" goes on with a list; ", and I" and ", and works" don't."""
    return words[place + 1].low == "and" and not _opens_clause(words, place + 2)


def _opens_clause(words: Sequence[Token], place: int) -> bool:
    while place < len(words) and words[place].low in ADVERBS:
        place += 1
    if place >= len(words):
        return False
    if words[place].low in _SUBJECT_PRONOUNS | {
        "my",
        "our",
        "this",
        "that",
        "is",
        "am",
        "was",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
        "can",
        "will",
    }:
        return True
    verb = read_verb(words[place].low)
    following = words[place + 1].low if place + 1 < len(words) else ""
    if verb is None or words[place].capitalised:
        return False
    if verb.form == "base" and verb.base in HARDLY_NOUNS:
        return True
    return verb.form in {"third", "past", "base"} and following in DETERMINERS | PREPOSITIONS | {
        "it",
        "them",
        "n't",
    }


def without_trailing(text: str) -> str:
    """`text` without "too", "by the way" and the like at its end, nor closing marks."""
    previous = None
    while previous != text:
        previous = text
        text = _TRAILING.sub("", text.rstrip(" \t.!,;:?…"))
    return text


def cut(words: Sequence[Token]) -> tuple[tuple[Token, ...], list[Phrase]]:
    """What follows a verb as its object (may be empty) and the phrases after it."""
    starts = [place for place in range(len(words)) if _starts_phrase(words, place)]
    ends = [*starts[1:], len(words)]
    phrases: list[Phrase] = []
    for index, start in enumerate(starts):
        phrase = _phrase(words[start : ends[index]])
        if (
            phrases
            and phrases[-1].preposition == "from"
            and phrase.preposition in {"to", "till", "until"}
            and phrases[-1].kind == "time"
        ):
            phrases[-1] = Phrase((*phrases[-1].words, *phrase.words), "from", "time")  # "from 9 to 5" is one time
        else:
            phrases.append(phrase)
    return tuple(words[: starts[0] if starts else len(words)]), phrases


def _starts_phrase(words: Sequence[Token], place: int) -> bool:
    low = words[place].low
    following = words[place + 1] if place + 1 < len(words) else None
    before = words[place - 1].low if place else ""
    if low in PREPOSITIONS - {"of", "than", "like", "off"} and not (words[place].capitalised and words[place].start):
        if low == "next" and following is not None and following.low != "to":
            return is_time(words[place + 1 : place + 2])
        if before in {"next", "out", "up", "down", "over", "back", "because", "due", "close", "instead", "off"} and low in {
            "to",
            "of",
            "in",
            "on",
            "at",
        }:
            return False
        return before not in PREPOSITIONS - {"of"} or low in {"every", "each"}
    if low in _ALONE:
        return True
    if low in {"once", "twice"}:
        return True
    if low == "one" and following is not None and following.low == "day":
        return place > 0
    if low in {"this", "last"} and following is not None:
        return is_time([following])
    if low in {"three", "four", "five", "several", "many"} and following is not None and following.low == "times":
        return True
    if (
        low.rstrip("s") in WEEKDAYS
        and before not in PREPOSITIONS | {"this", "last", "next", "the", "and", "or", ",", "to"} | _TIMES
    ):
        return place > 0
    return False


def _phrase(words: Sequence[Token]) -> Phrase:
    low = words[0].low
    preposition = low if low in PREPOSITIONS else ""
    rest = words[1:] if preposition else words
    if low in {"for", "since"} and is_time(rest, low) | (bool(rest) and is_number(rest[0].low)):
        spoken = low == "for" and len(rest) > 1 and (is_number(rest[0].low) or rest[0].low in {"a", "an"})
        kind: PhraseKind = "duration" if low == "since" or spoken else "time"
    elif (not preposition and low not in DETERMINERS) or (preposition in _TIME_PREPOSITIONS and is_time(rest, preposition)):
        kind = "time"
    elif preposition in _PLACES and rest:
        kind = "place"
    else:
        kind = "other"
    return Phrase(tuple(words), preposition, kind)


def after_adverbs(words: Sequence[Token], place: int) -> int:
    """Index of the first word at or after `place` that is no adverb."""
    while place < len(words) and words[place].is_word and is_adverb(words[place].low):
        place += 1
    return place
