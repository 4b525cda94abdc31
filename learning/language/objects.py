"""What the object of a verb answers: "a green Volvo", "my coffee black", "20 mg of Zoloft"."""

from __future__ import annotations

from collections.abc import Sequence

from learning.language import nouns
from learning.language.circumstances import GIVING, LIKING, TITLES, Asked, asked, asked_of_phrases
from learning.language.clause import Clause, question, value
from learning.language.english import DEFINITE, DETERMINERS, Token
from learning.language.phrases import Phrase, is_date, is_duration, is_number

_WAYS = frozenset({"like", "take", "want", "prefer", "drink", "eat", "need", "have", "love"})
_DATED = frozenset({"start", "begin", "finish", "leave", "end", "open", "close", "retire", "graduate", "arrive", "expire"})
_MEASURING = {"weigh": "how much", "cost": "how much", "earn": "how much", "measure": "how much", "last": "how long"}
_SETTLED = frozenset({"study", "teach", "work", "do"})
_UNIQUE_OBJECT = frozenset({"it", "that", "this", "them", "me", "myself", "you", "him", "her"})
_REPLIES = frozenset({"answers", "replies", "responses", "explanations", "messages"})


def asked_of_object(clause: Clause, lead: str, base: str, direct: Sequence[Token], phrases: Sequence[Phrase]) -> Asked | None:
    than = next((place for place, word in enumerate(direct) if word.low == "than" and place), 0)
    if than:
        how = 1 if direct[than - 1].low in {"more", "better", "less"} else 0
        compared = clause.spell(direct[than - how :])
        if than - how > 0:
            return asked(question("what", lead, compared), value(clause, direct[: than - how]))
    named = _named(clause, lead, base, direct) or _way(clause, lead, base, direct, phrases)
    if named is not None:
        return named
    first = direct[0]
    if is_duration(direct) and base in {"take", "last", "need", "spend"}:
        return asked(question("how long", lead), value(clause, direct))
    if is_date(direct) and base not in LIKING:
        return asked(question("when", lead), value(clause, direct))
    if first.low == "like":
        return asked(question("how", lead), value(clause, direct))
    if first.low == "you":
        return None
    if first.low in _UNIQUE_OBJECT and len(direct) == 1:
        return asked_of_phrases(clause, f"{lead} {first.low}", phrases, base) if first.low not in {"me", "you"} else None
    definite = first.low in DEFINITE and len(direct) > 1
    bare = first.low not in DETERMINERS and not is_number(first.low) and not first.capitalised
    askable = [phrase for phrase in phrases if not phrase.personal]
    if askable and (
        definite or (base == "spend" and askable[0].kind == "place") or (bare and base in _DATED and askable[0].kind == "time")
    ):
        return asked_of_phrases(clause, f"{lead} {clause.spell(direct)}", phrases, base)
    return _what(clause, lead, base, direct, phrases)


def _named(clause: Clause, lead: str, base: str, direct: Sequence[Token]) -> Asked | None:
    """ "I call my bike Pegasus": the name is what comes after the thing, from its first capital on."""
    if base in GIVING and len(direct) > 1 and direct[0].capitalised and not direct[1].capitalised:
        return asked(question("what", lead, direct[0].text), value(clause, direct[1:]))
    if base not in {"call", "name", "nickname", "christen", "dub"} or direct[0].low not in DEFINITE | {"me"}:
        return None
    for place in range(1, len(direct)):
        if direct[place].capitalised or not direct[place].is_word:
            thing = clause.spell(direct[:place])
            return asked(question("what", lead, thing[0].lower() + thing[1:]), value(clause, direct[place:]))
    return None


def _way(clause: Clause, lead: str, base: str, direct: Sequence[Token], phrases: Sequence[Phrase]) -> Asked | None:
    """ "I take my coffee black", "I like my tea with milk": how, not what."""
    if base not in _WAYS | {"paint", "dye"} or direct[0].low not in {"my", "our", "your"} | _REPLIES:
        return None
    if base in {"paint", "dye"} and len(direct) > 2 and nouns.is_colour([direct[-1].low]):
        return asked(question("what colour", lead, clause.spell(direct[:-1])), value(clause, direct[-1:]))
    thing = direct
    answer: Sequence[Token] = ()
    if len(direct) > 2 and direct[-2].low not in {"and", "favourite"} and not direct[-1].capitalised:
        thing, answer = direct[:2], direct[2:]
    elif phrases and phrases[0].preposition in {"with", "without", "in"} and phrases[0].kind != "time":
        answer = phrases[0].words
    if not answer:
        return None
    tail = "" if not phrases or answer == phrases[0].words else " ".join(clause.spell(phrase.words) for phrase in phrases)
    return asked(question("how", lead, clause.spell(thing), tail), value(clause, answer))


def _what(clause: Clause, lead: str, base: str, direct: Sequence[Token], phrases: Sequence[Phrase]) -> Asked | None:
    attached = list(direct)
    kept: list[str] = []
    for phrase in phrases:
        follows = phrase.words[0].start == attached[-1].end + 1 and not kept
        adds = (
            phrase.kind == "other"
            and phrase.preposition in {"with", "without", "by", "from", "about"}
            and base not in {"prefer", "play", "share"}
        )
        if phrase.kind == "duration" or (phrase.kind == "place" and base in _SETTLED):
            continue
        if follows and adds and not phrase.personal:
            attached.extend(phrase.words)
        else:
            kept.append(clause.spell(phrase.words))
    first, answer = direct[0], value(clause, attached)
    tail = " ".join(kept)
    if (
        is_number(first.low)
        and len(direct) > 1
        and direct[1].is_word
        and direct[1].low not in {"of", "%"}
        and base not in _MEASURING
        and "of" not in {w.low for w in direct}
    ):
        return asked(question("how many", clause.spell(direct[1:]), lead, tail), first.text)
    if base == "turn" and is_number(first.low):
        return asked(question("how old", lead, tail), answer)
    if base in _MEASURING and any(is_number(word.low) for word in direct):
        return asked(question(_MEASURING[base], lead, tail), answer)
    return asked(question(_object_word(clause, base, direct), lead, tail), answer)


def _object_word(clause: Clause, base: str, direct: Sequence[Token]) -> str:
    lows = [word.low for word in direct]
    if base == "speak":
        return "which languages" if {"and", ","} & set(lows) else "which language"
    if base == "play" and (lows[0] == "the" or lows[-1] in nouns.INSTRUMENTS_WITHOUT_ARTICLE):
        return "which instrument"
    if base == "play" and lows[-1] in nouns.SPORTS:
        return "what"
    if lows[0].rstrip(".") in TITLES:
        return "who"
    if base in {"marry", "date", "meet", "divorce", "admire", "see"} and (direct[0].capitalised or nouns.is_person(lows[-1])):
        return "who"
    return "what"
