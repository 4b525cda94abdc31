"""What the phrases after a verb answer: where, when, how long, with whom, by what."""

from __future__ import annotations

from collections.abc import Sequence

from learning.language import nouns
from learning.language.clause import Clause, question, value
from learning.language.english import PREPOSITIONS, Token
from learning.language.phrases import Phrase, cut

Asked = tuple[str, str]
TITLES = frozenset({"dr", "mr", "mrs", "ms", "prof", "professor"})
MOVING = frozenset("""go come get travel move fly drive walk cycle commute emigrate relocate sail moving""".split())
_KEPT_PLACE = frozenset({"under", "behind", "near", "beside", "below", "above", "between", "next", "opposite", "outside", "inside", "by", "over", "on", "around",
                         "beneath", "across", "off"})  # fmt: skip
GIVING = frozenset({"give", "owe", "lend", "send", "teach", "pay", "promise", "buy", "cook", "sell", "show", "feed"})
_TALKING = frozenset("write talk speak report listen read belong marry introduce".split())
LIKING = frozenset({"like", "love", "enjoy", "hate", "prefer", "dislike"})


def asked_of_phrases(clause: Clause, lead: str, phrases: Sequence[Phrase], base: str) -> Asked | None:
    """The question for the first phrase that can be a value; later phrases of time stay in the question."""
    # "from home" is how one works, no place to be asked for.
    usable = [
        place
        for place, phrase in enumerate(phrases)
        if not phrase.personal and [word.low for word in phrase.words] != ["from", "home"]
    ]
    if not usable:
        return None
    ways = [place for place in usable if phrases[place].preposition == "by" and base in MOVING]
    if ways and phrases[ways[0]].kind != "time":
        return asked(
            question("how", lead, *(clause.spell(phrase.words) for phrase in phrases[: ways[0]])),
            value(clause, phrases[ways[0]].words),
        )
    place = usable[0]
    chosen = list(phrases[place].words)
    after = place + 1
    while after < len(phrases) and phrases[after].kind == phrases[place].kind != "other" and not phrases[after].personal:
        chosen.extend(phrases[after].words)
        after += 1
    joined = after < len(phrases) and phrases[after].preposition in {"to", "from"} and not phrases[after].personal
    if joined and phrases[place].preposition in {"for", "about"} and phrases[after].kind == "other":
        chosen.extend(phrases[after].words)  # "a trip to Patagonia" is one thing
        after += 1
    tail = [
        clause.spell(phrase.words)
        for phrase in phrases[after:]
        if phrase.kind in {"time", "other"} and base not in {"live", "born", "work", "be", "move"}
    ]
    front = [clause.spell(phrase.words) for phrase in phrases[:place]]
    return _asked_of_phrase(clause, lead, phrases[place], chosen, " ".join([*front, *tail]), base)


def _asked_of_phrase(clause: Clause, lead: str, phrase: Phrase, chosen: Sequence[Token], tail: str, base: str) -> Asked | None:
    preposition = phrase.preposition
    inner = chosen[1:] if preposition else chosen
    if not inner:
        return None
    if phrase.kind == "duration":
        return asked(question("since when" if preposition == "since" else "how long", lead, tail), value(clause, inner))
    if (
        phrase.kind == "time"
        and (chosen[0].low in {"once", "twice"} or "times" in {word.low for word in chosen})
        and len(chosen) > 1
    ):
        return asked(question("how often", lead, tail), value(clause, chosen))
    if phrase.kind == "time":
        whole = not preposition or preposition in {
            "every",
            "each",
            "until",
            "till",
            "before",
            "after",
            "from",
            "during",
            "next",
            "by",
        }
        return asked(question("when", lead, tail), value(clause, chosen if whole else inner))
    if preposition == "to" and (base in MOVING | {"take", "ride", "bring", "carry"} or lead.split()[-1] in MOVING):
        return asked(question("where", lead, tail), value(clause, inner)) if base != "move" else _moved(clause, lead, inner)
    if preposition == "from" and (base in {"come", "be"} or inner[0].capitalised):
        return asked(question("where", lead, "from", tail), value(clause, inner))
    if preposition == "in" and len(inner) == 1 and inner[0].capitalised and nouns.is_nationality(inner[0].low):
        return asked(question("which language", lead, "in"), value(clause, inner))
    if preposition == "under" and inner[0].low.rstrip(".") in TITLES:
        return asked(question("who", lead, "under"), value(clause, inner))
    if phrase.kind == "place" and not (
        preposition == "in" and base in {"believe", "specialise", "specialize", "major", "invest", "participate"}
    ):
        kept = preposition in _KEPT_PLACE and base != "depend"
        if base in {"depend", "rely", "focus"} or (base == "work" and preposition == "on"):
            return asked(question("what", lead, preposition, tail), value(clause, inner))
        return asked(question("where", lead, tail), value(clause, chosen if kept else inner))
    if base == "work" and preposition == "as" and clause.is_user:
        return asked(
            "What is my job?" if lead.startswith(("do ", "am ")) else question("what", lead, "as"),
            value(clause, _with_employer(clause, chosen, inner)),
        )
    if preposition in PREPOSITIONS:
        if preposition == "to" and base == "change" and lead.startswith(("did ", "have ")):
            return asked(question("what is", " ".join(lead.split()[3:])), value(clause, inner))
        if preposition == "to" and inner[0].capitalised and base not in GIVING | _TALKING:
            return asked(question("where" if base in MOVING | {"take"} else "what", lead, "to", tail), value(clause, inner))
        person = (inner[0].capitalised and preposition in {"with", "for", "to", "by"}) or nouns.is_person(inner[-1].low)
        return asked(question("who" if person else "what", lead, preposition, tail), value(clause, inner))
    return None


def _with_employer(clause: Clause, chosen: Sequence[Token], inner: Sequence[Token]) -> Sequence[Token]:
    """ "a welder at Harlan & Sons" is one answer to what the job is."""
    end = chosen[-1].end
    rest = [word for word in clause.rest if word.start >= end]
    direct, phrases = cut(rest)
    if not direct and phrases and phrases[0].kind == "place" and not phrases[0].personal:
        return [*inner, *phrases[0].words]
    return inner


def _moved(clause: Clause, lead: str, inner: Sequence[Token]) -> Asked | None:
    """Who moved to a place lives there now; a move that is planned is asked about as a move."""
    if lead.startswith(("did ", "have ", "has ")):
        return asked(
            question(
                "where do I live" if clause.is_user else f"where {'do' if clause.plural else 'does'} {clause.subject} live"
            ),
            value(clause, inner),
        )
    return asked(question("where", lead, "to"), value(clause, inner))


def asked(text: str, answer: str) -> Asked | None:
    return (text, answer) if answer else None
