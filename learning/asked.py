"""A question in parts: what is asked for, of whom, and how it stands inside another sentence ("what my kettle is called")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from learning.language.english import BE, MODALS, PREPOSITIONS, tokens
from learning.language.verbs import past, read_verb, third

_SHAPE = re.compile(
    r"^(?P<wh>(?:since when|what time|what colour|what color|what breed|what nationality|what religion|what kind of [\w -]+?|how (?:old|tall|long|much|far away|wide|deep|heavy)"
    r"|how many [\w -]+?|which [\w -]+?|what|who|where|when|how))"
    r"(?: (?P<aux>is|are|am|was|were|do|does|did|have|has|can't|can|would|will|should|could|don't|doesn't|didn't|won't)|(?P<short>'s)) (?P<rest>.+)$",
    re.IGNORECASE,
)
_PREDICATES = frozenset(
    """called named nicknamed like born allergic afraid married engaged made based parked stored from about moved due open closed interested good bad
    fond proud tired intolerant old tall long wide deep""".split()
)
_NAMED = frozenset(("called", "named", "nicknamed"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in parts: "What" "is" "my kettle" "called"; "Where" "do" "I" "live"."""

    wh: str
    aux: str
    subject: str
    rest: str

    @property
    def indirect(self) -> str:
        """As it stands after "Do you know": "what my kettle is called", "where I live"."""
        if self.aux == "do":
            return _joined(self.wh, self.subject, self.rest)
        if self.aux in {"does", "did"}:
            verb, _, after = self.rest.partition(" ")
            if verb == "never":
                again, _, after = after.partition(" ")
                return _joined(self.wh, self.subject, "never", third(again) if self.aux == "does" else past(again), after)
            return _joined(self.wh, self.subject, third(verb) if self.aux == "does" else past(verb), after)
        return _joined(self.wh, self.subject, self.aux, self.rest)


def read_question(question: str) -> Asked | None:
    match = _SHAPE.match(question.rstrip("?. "))
    if match is None:
        return None
    aux = "is" if match["short"] else match["aux"].lower()
    rest = match["rest"]
    words = tokens(rest)
    if not words:
        return None
    end = _subject_end([word.low for word in words], aux, match["wh"].lower(), [word.capitalised for word in words])
    if end is None:
        return None
    cut = words[end - 1].end
    return Asked(match["wh"][0].lower() + match["wh"][1:], aux, rest[:cut], rest[cut:].strip())


def _subject_end(lows: list[str], aux: str, wh: str, capitals: list[bool]) -> int | None:
    """How many words are the subject."""
    if lows[0] in {"i", "we", "you"}:
        return 1
    for place in range(1, len(lows)):
        verb = read_verb(lows[place])
        if aux in {"do", "does", "did", "don't", "doesn't", "didn't"} or aux in MODALS | {"would", "should", "can't", "won't"}:
            if lows[place] in {"never", "no"} or (
                verb is not None
                and verb.form == "base"
                and (place > 1 or lows[0] not in {"my", "our", "the"})
                and not capitals[place]
            ):
                return place
        elif aux in BE | {"have", "has"}:
            # Not that of "my sister's washing machine called".
            ing = verb is not None and verb.form == "ing" and place > 1 and not _NAMED.intersection(lows[place:])
            participle = verb is not None and verb.form in {"past", "participle"} and place > 1
            if (lows[place] in _PREDICATES and (place > 1 or lows[0] not in {"my", "our", "the"})) or ing or participle:
                return place
    if aux in BE:
        return len(lows)
    return None


def noun_of(subject: str) -> str:
    """The noun that another can stand for: "kettle" of "my old kettle", "tea" of "my favourite tea"."""
    words = [word for word in tokens(subject) if word.is_word]
    for place, word in enumerate(words):
        if place and (word.low in PREPOSITIONS or word.low == "'s" or (word.capitalised and place > 1)):
            words = words[:place]
            break
    return words[-1].text if words and words[-1].low not in {"i", "we", "you", "my", "our", "the"} else ""


def worded(*parts: str) -> str:
    text = _joined(*parts)
    return text[0].upper() + text[1:] + "?"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
