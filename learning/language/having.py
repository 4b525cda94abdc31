"""What a sentence with "have" answers: "I have two brothers, Tim and Rob", "My son has blue eyes"."""

from __future__ import annotations

from collections.abc import Sequence

from learning.language import nouns
from learning.language.clause import Clause, is_plural, question, value
from learning.language.english import AUXILIARIES, BE, DETERMINERS, PREPOSITIONS, Token
from learning.language.phrases import cut, is_number
from learning.language.verbs import read_verb

Asked = tuple[str, str]


def asked_of_have(clause: Clause) -> Asked | None:
    """Question and answer of what someone has; None for "have to" and what no rule knows."""
    rest = list(clause.rest)
    if rest and rest[0].low == "got":
        rest = rest[1:]
    if not rest or clause.negation or rest[0].low in {"to", "been"} or rest[0].low in {"my", "our", "your"}:
        return None
    past = clause.verb == "had"
    do = "did" if past else "do" if clause.is_user or clause.plural else "does"
    whose = {"I": "my", "we": "our"}.get(clause.subject, f"{clause.subject}'")
    if whose.endswith("'") and not whose.endswith("s'"):
        whose += "s"
    end = _thing_end(rest)
    thing, after = rest[:end], rest[end:]
    if not thing:
        return None
    noun = thing[1:] if thing[0].low in {"a", "an", "another", "one", "some"} else thing
    noun = noun[1:] if noun and noun[0].low in {"only", "single"} else noun
    if not noun:
        return None
    spoken, several = clause.spell(noun), is_plural([word.low for word in noun])
    be = "are" if several else "is"
    if after and after[0].low in {"called", "named", "nicknamed"}:
        return _asked(question("what", be, whose, spoken, "called"), value(clause, after[1:]))
    if after and after[0].text in {",", ":", "-", "–", "("} and len(after) > 1 and after[1].capitalised:
        return _asked(
            question("what", be, whose, spoken, "called"), value(clause, [word for word in after[1:] if word.text != ")"])
        )
    return _had(clause, do, whose, be, thing, noun, after)


def _had(
    clause: Clause, do: str, whose: str, be: str, thing: Sequence[Token], noun: Sequence[Token], after: Sequence[Token]
) -> Asked | None:
    head, spoken = noun[-1].low, clause.spell(noun)
    lead = f"{do} {clause.subject} have"
    if head in {"eyes", "hair", "fur", "skin"} and len(noun) > 1 and nouns.is_colour([word.low for word in noun[:-1]]):
        return _asked(question("what colour", "is" if head != "eyes" else "are", whose, head), value(clause, noun[:-1]))
    direct, phrases = cut(after) if after else ((), [])
    usable = [phrase for phrase in phrases if not phrase.personal]
    times = [phrase for phrase in usable if phrase.kind == "time"]
    if not direct and times and thing[0].low != "no" and (usable[0].kind == "time" or head in nouns.EVENTS):
        inner = times[0].words[1:] if times[0].preposition in {"on", "at", "in"} else times[0].words
        before = " ".join(clause.spell(phrase.words) for phrase in usable[: usable.index(times[0])])
        following = [word for phrase in times[1:] for word in phrase.words]
        when = ("were" if be in {"are", "were"} else "was") if do == "did" else be
        return _asked(question("when", when, whose, spoken, before), value(clause, [*inner, *following]))
    if is_number(thing[0].low) and len(thing) > 1:
        tail = " ".join(clause.spell(phrase.words) for phrase in phrases)
        return _asked(question("how many", clause.spell(thing[1:]), lead, tail), thing[0].text)
    if not direct and usable and usable[0].kind == "place":
        inner = usable[0].words[1:]
        if usable[0].preposition == "in" and not inner[0].capitalised and inner[0].low not in DETERMINERS:
            return _asked(question("what", lead, clause.spell(thing), "in"), value(clause, inner))
        return _asked(question("where", lead, clause.spell(thing)), value(clause, inner))
    if (
        not direct
        and usable
        and usable[0].preposition in {"to", "with", "for", "about"}
        and head in {"allergy", "appointment", "meeting", "subscription"}
    ):
        return _asked(question("what", lead, clause.spell(thing), usable[0].preposition), value(clause, usable[0].words[1:]))
    tail = " ".join(clause.spell(phrase.words) for phrase in phrases if phrase.personal)
    return _asked(question(_kind(head), lead, tail), value(clause, list(thing)))


def _kind(head: str) -> str:
    """The word that asks for such a thing without naming it."""
    one = head.removesuffix("s")
    if nouns.is_pet(head):
        return "which pet" if head == one else "which pets"
    if one in nouns.FAMILY_COUNT:
        return "which relatives"
    if one in nouns.VEHICLES:
        return "which vehicle"
    if head in nouns.CONDITIONS:
        return "which condition"
    return "what"


def _thing_end(words: Sequence[Token]) -> int:
    for place, word in enumerate(words):
        if word.low in {"called", "named", "nicknamed", "who", "that", "which", ",", ":", "(", "-", "–"}:
            return place
        if word.low in PREPOSITIONS - {"of"} and place and not word.capitalised:
            time_or_place = cut(words[place:])[1]
            if time_or_place and not (
                time_or_place[0].kind == "other" and time_or_place[0].preposition in {"with", "for"} and _has_more(words, place)
            ):
                return place
        if (
            place
            and word.low in {"every", "tomorrow", "today", "tonight", "next", "this"}
            and words[place - 1].low not in DETERMINERS
        ):
            return place
    return len(words)


def _has_more(words: Sequence[Token], place: int) -> bool:
    """Whether a time follows the phrase that begins here: "a meeting with Ada on Monday"."""
    return any(phrase.kind == "time" for phrase in cut(words[place:])[1][1:])


def _asked(text: str, answer: str) -> Asked | None:
    return (text, answer) if answer else None


def relative(clause: Clause) -> tuple[str, int] | None:
    """Where "I have a brother who lives in Rome" tells something of the brother: his name in a question, and the verb's place."""
    words = clause.rest
    for place, word in enumerate(words):
        if word.low in {"who", "that", "which"} and 0 < place < len(words) - 1:
            following = words[place + 1].low
            verb = read_verb(following)
            if following in AUXILIARIES | BE or (verb is not None and verb.form in {"third", "past", "base"}):
                noun = [token.text for token in words[:place]]
                noun = noun[1:] if noun[0].lower() in {"a", "an", "one", "another"} else noun
                whose = {"I": "my", "we": "our"}.get(clause.subject, f"{clause.subject}'s")
                return f"{whose} {' '.join(noun)}", place + 1
    return None
