"""What a sentence with any other verb answers: "I drive a green Volvo", "My daughter starts school on 1 September"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from learning.language import nouns
from learning.language.clause import Clause, question, value
from learning.language.english import BE, DEFINITE, DETERMINERS, MODALS, PREPOSITIONS, Token, is_adverb
from learning.language.phrases import Phrase, cut, is_date, is_duration, is_number, is_time, without_times
from learning.language.verbs import Verb, guess_verb, is_participle, is_told_as_past, read_verb

Asked = tuple[str, str]

_TITLES = frozenset({"dr", "mr", "mrs", "ms", "prof", "professor"})
_MOVING = frozenset("""go come get travel move fly drive walk cycle commute emigrate relocate sail moving""".split())
_WAYS = frozenset({"like", "take", "want", "prefer", "drink", "eat", "need", "have", "love"})
_DATED = frozenset({"start", "begin", "finish", "leave", "end", "open", "close", "retire", "graduate", "arrive", "expire"})
_PARTICLES = frozenset({"up", "out", "off", "down", "away", "back", "together"})
_MEASURING = {"weigh": "how much", "cost": "how much", "earn": "how much", "measure": "how much", "last": "how long"}
_SETTLED = frozenset({"study", "teach", "work", "do"})
_KEPT_PLACE = frozenset({"under", "behind", "near", "beside", "below", "above", "between", "next", "opposite", "outside", "inside", "by", "over", "on", "around",
                         "beneath", "across", "off"})  # fmt: skip
_UNIQUE_OBJECT = frozenset({"it", "that", "this", "them", "me", "myself", "you", "him", "her"})
_GIVING = frozenset({"give", "owe", "lend", "send", "teach", "pay", "promise", "buy", "cook", "sell", "show", "feed"})
_TALKING = frozenset("write talk speak report listen read belong marry introduce".split())
_REPLIES = frozenset({"answers", "replies", "responses", "explanations", "messages"})
_PHRASAL = frozenset({"give", "pick", "take", "throw", "put", "set", "turn", "wake", "look", "bring", "make"})
_INSTITUTIONS = frozenset("school university college uni church bed work sleep kindergarten mass".split())
_WHEREABOUTS = frozenset("upstairs downstairs abroad nearby overseas outdoors indoors outside inside".split())
_LIKING = frozenset({"like", "love", "enjoy", "hate", "prefer", "dislike"})
_CHAINING = _LIKING | frozenset(
    "start begin stop quit finish keep go try practise practice avoid consider mind miss remember regret continue come be".split()
)
_OPINIONS = frozenset("""think know guess suppose hope wish wonder doubt mean say believe bet agree tell ask""".split())
_CLAUSES = frozenset({"that", "if", "how", "what", "why", "who", "whether", "because", "when", "where"})


def asked_of_do(clause: Clause) -> Asked | None:
    """Question and answer of a clause whose verb is neither "be" nor a plain "have"."""
    lead, base, rest = _lead(clause)
    return asked_of_verb(clause, lead, rest, base) if lead else None


def _lead(clause: Clause) -> tuple[str, str, Sequence[Token]]:
    """The auxiliary, subject and verb of the question ("does my sister live"), the verb's base, and what follows it."""
    verb, rest, subject = clause.verb, clause.rest, clause.subject
    never = "never" if clause.negation == "never" else ""
    if clause.negation == "no longer":
        never = "no longer"
    if (
        verb in MODALS | {"'d", "have", "has", "had", "'ve", "do", "does", "did", "'s"}
        and rest
        and (verb not in {"have", "has", "had"} or _perfect(rest))
    ):
        auxiliary = {"'d": "would", "'ll": "will", "'ve": "have", "'s": "has"}.get(verb, verb)
        if auxiliary in {"do", "does", "did"} and not clause.negation:
            return _plain_lead(clause, never)
        if verb == "'d" and rest[0].low in {"better", "been"}:
            return "", "", rest
        auxiliary = {"ca": "can", "wo": "will"}.get(auxiliary, auxiliary)
        negated = {"can": "can't", "will": "won't", "shall": "shan't"}.get(auxiliary, auxiliary + "n't")
        place = 0
        while place < len(rest) - 1 and (is_adverb(rest[place].low) or rest[place].low in {"rather", "sooner"}):
            place += 1
        if place >= len(rest) or rest[place].low in {"you", "that"}:
            return "", "", rest
        base = guess_verb(rest[place].low).base
        spoken = " ".join(word.text for word in rest[: place + 1])
        lead = f"{negated if clause.negation in {'n' + chr(39) + 't', 'not'} else auxiliary} {subject} {never} {spoken}"
        return " ".join(lead.split()), base, rest[place + 1 :]
    return _plain_lead(clause, never)


def _perfect(rest: Sequence[Token]) -> bool:
    """Whether "have" is an auxiliary here: a participle follows."""
    following = rest[1].low if len(rest) > 1 else ""
    return rest[0].low == "been" or (
        is_participle(rest[0].low) and not (rest[0].low == "got" and following not in {"to", "up"})
    )


def _plain_lead(clause: Clause, never: str) -> tuple[str, str, Sequence[Token]]:
    verb = guess_verb(clause.verb)
    if is_told_as_past(clause.text, verb.base):
        verb = Verb(verb.base, "past")
    if clause.verb in {"do", "does", "did"}:
        verb = read_verb(clause.verb) or verb
    base = verb.base
    if (
        verb.form == "base"
        and not clause.is_user
        and not clause.plural
        and clause.verb.endswith("s")
        and read_verb(clause.verb) is None
    ):
        base = clause.verb.removesuffix("s")
    auxiliary = "did" if verb.form in {"past", "participle"} else "do" if clause.is_user or clause.plural else "does"
    return " ".join(f"{auxiliary} {clause.subject} {never} {base}".split()), base, clause.rest


def asked_of_verb(clause: Clause, lead: str, rest: Sequence[Token], base: str) -> Asked | None:
    """The question that begins with `lead` ("do I live"), from what follows the verb."""
    if not rest:
        return _ability(clause, lead)
    first = rest[0]
    if base in _OPINIONS and first.low not in {"in", "for", "with", "about"}:
        return None
    if base in {"be", "been"} and first.low == "to":
        return asked_of_phrases(clause, lead, cut(rest)[1], "go")
    named = _called(clause, rest)
    if named is not None:
        return named
    if base == "go" and first.low == "to" and len(rest) > 1 and rest[1].low in _INSTITUTIONS:
        further = asked_of_phrases(clause, f"{lead} to {rest[1].low}", cut(rest[2:])[1], "attend")
        if further is not None:
            return further
    if first.low in _CLAUSES and len(rest) != 1:
        return None
    if first.low == "to" and len(rest) > 1 and _is_infinitive(rest[1], base):
        inner = guess_verb(rest[1].low).base
        if len(rest) == 2:
            return _asked(question("what", lead, "to do"), value(clause, rest[1:]))
        return asked_of_verb(clause, f"{lead} to {rest[1].text}", rest[2:], inner) or _asked(
            question("what", lead, "to do"), value(clause, rest[1:])
        )
    gerund = read_verb(first.low)
    whole = base in _LIKING and gerund is not None and len(rest) > 1 and rest[1].low in PREPOSITIONS
    if (
        gerund is not None
        and gerund.form == "ing"
        and len(rest) > 1
        and not whole
        and (base in _CHAINING or rest[1].low in PREPOSITIONS or is_time(rest[1:]))
        and (rest[1].low not in {"and", ",", "or"} or base == "go")
    ):
        return asked_of_verb(clause, f"{lead} {first.text}", rest[1:], gerund.base)
    if base == "get" and (is_participle(first.low) or re.fullmatch(r"[a-z]{3,}ed", first.text)):
        return asked_of_phrases(clause, f"{lead} {first.text}", cut(rest[1:])[1], base)
    if first.low in _PARTICLES and len(rest) > 2 and rest[1].low == "of":
        source, phrases = cut(rest[2:])
        further = asked_of_phrases(clause, f"{lead} {first.low} of {clause.spell(source)}", phrases, base) if source else None
        return further or _asked(question("what", lead, first.low, "of"), value(clause, source))
    if [word.low for word in rest] == ["next", "door"]:
        return _asked(question("where", lead), value(clause, rest))
    if first.low in _PARTICLES and (base in _PHRASAL or not cut(rest[1:])[0] or rest[1].low in DETERMINERS):
        return asked_of_verb(clause, f"{lead} {first.low}", rest[1:], base)
    if (
        is_adverb(first.low)
        and len(rest) > 1
        and first.low not in {"once", "twice", "today", "tomorrow", "tonight", "yesterday"}
    ):
        return asked_of_verb(clause, lead, rest[1:], base)
    if whole:
        return _asked(question("what", lead), value(clause, rest))
    if len(rest) == 1 and first.low in _WHEREABOUTS:
        return _asked(question("where", lead), value(clause, rest))
    if len(rest) == 1 and first.low in {"today", "tomorrow", "tonight", "yesterday"}:
        return _asked(question("when", lead), value(clause, rest))
    if len(rest) == 1 and (is_adverb(first.low) or first.low in {"badly", "well", "early", "late", "alone", "fast"}):
        return _asked(question("how", lead), value(clause, rest)) if first.low not in {"too", "there", "here"} else None
    direct, phrases = cut(rest)
    if not direct:
        return asked_of_phrases(clause, lead, phrases, base)
    return _asked_of_object(clause, lead, base, direct, phrases)


def _ability(clause: Clause, lead: str) -> Asked | None:
    """ "I can juggle" answers what I can do."""
    words = lead.split()
    if words[0] not in {"can", "can't"} or not clause.rest:
        return None
    return _asked(question(f"what {words[0]} {clause.subject} do"), value(clause, clause.rest))


def _called(clause: Clause, rest: Sequence[Token]) -> Asked | None:
    """ "I sing in a choir called Vox Humana" answers what the choir I sing in is called."""
    for place in range(1, len(rest) - 1):
        if rest[place].low in {"called", "named"} and rest[place + 1].capitalised and clause.verb not in BE | {"'s"}:
            start = next((i for i in range(place - 1, -1, -1) if rest[i].low in {"a", "an"}), None)
            if start is None or start > 2:
                return None
            noun, before = clause.spell(rest[start + 1 : place]), clause.spell(rest[:start])
            whole = " ".join(part for part in (clause.subject, clause.verb, before) if part)
            return _asked(question("what is the", noun, whole, "called"), value(clause, without_times(rest[place + 1 :])))
    return None


def _is_infinitive(word: Token, base: str) -> bool:
    verb = read_verb(word.low)
    if base in _MOVING and word.low in {"work", "school", "bed", "church", "sleep"}:
        return False
    return word.low == "be" or (verb is not None and verb.form == "base" and not word.capitalised)


def _asked_of_object(clause: Clause, lead: str, base: str, direct: Sequence[Token], phrases: Sequence[Phrase]) -> Asked | None:
    than = next((place for place, word in enumerate(direct) if word.low == "than" and place), 0)
    if than:
        how = 1 if direct[than - 1].low in {"more", "better", "less"} else 0
        compared = clause.spell(direct[than - how :])
        if than - how > 0:
            return _asked(question("what", lead, compared), value(clause, direct[: than - how]))
    named = _named(clause, lead, base, direct) or _way(clause, lead, base, direct, phrases)
    if named is not None:
        return named
    first = direct[0]
    if is_duration(direct) and base in {"take", "last", "need", "spend"}:
        return _asked(question("how long", lead), value(clause, direct))
    if is_date(direct) and base not in _LIKING:
        return _asked(question("when", lead), value(clause, direct))
    if first.low == "like":
        return _asked(question("how", lead), value(clause, direct))
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
    if base in _GIVING and len(direct) > 1 and direct[0].capitalised and not direct[1].capitalised:
        return _asked(question("what", lead, direct[0].text), value(clause, direct[1:]))
    if base not in {"call", "name", "nickname", "christen", "dub"} or direct[0].low not in DEFINITE | {"me"}:
        return None
    for place in range(1, len(direct)):
        if direct[place].capitalised or not direct[place].is_word:
            thing = clause.spell(direct[:place])
            return _asked(question("what", lead, thing[0].lower() + thing[1:]), value(clause, direct[place:]))
    return None


def _way(clause: Clause, lead: str, base: str, direct: Sequence[Token], phrases: Sequence[Phrase]) -> Asked | None:
    """ "I take my coffee black", "I like my tea with milk": how, not what."""
    if base not in _WAYS | {"paint", "dye"} or direct[0].low not in {"my", "our", "your"} | _REPLIES:
        return None
    if base in {"paint", "dye"} and len(direct) > 2 and nouns.is_colour([direct[-1].low]):
        return _asked(question("what colour", lead, clause.spell(direct[:-1])), value(clause, direct[-1:]))
    thing = direct
    answer: Sequence[Token] = ()
    if len(direct) > 2 and direct[-2].low not in {"and", "favourite"} and not direct[-1].capitalised:
        thing, answer = direct[:2], direct[2:]
    elif phrases and phrases[0].preposition in {"with", "without", "in"} and phrases[0].kind != "time":
        answer = phrases[0].words
    if not answer:
        return None
    tail = "" if not phrases or answer == phrases[0].words else " ".join(clause.spell(phrase.words) for phrase in phrases)
    return _asked(question("how", lead, clause.spell(thing), tail), value(clause, answer))


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
        return _asked(question("how many", clause.spell(direct[1:]), lead, tail), first.text)
    if base == "turn" and is_number(first.low):
        return _asked(question("how old", lead, tail), answer)
    if base in _MEASURING and any(is_number(word.low) for word in direct):
        return _asked(question(_MEASURING[base], lead, tail), answer)
    return _asked(question(_object_word(clause, base, direct), lead, tail), answer)


def _object_word(clause: Clause, base: str, direct: Sequence[Token]) -> str:
    lows = [word.low for word in direct]
    if base == "speak":
        return "which languages" if {"and", ","} & set(lows) else "which language"
    if base == "play" and (lows[0] == "the" or lows[-1] in nouns.INSTRUMENTS_WITHOUT_ARTICLE):
        return "which instrument"
    if base == "play" and lows[-1] in nouns.SPORTS:
        return "what"
    if lows[0].rstrip(".") in _TITLES:
        return "who"
    if base in {"marry", "date", "meet", "divorce", "admire", "see"} and (direct[0].capitalised or nouns.is_person(lows[-1])):
        return "who"
    return "what"


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
    ways = [place for place in usable if phrases[place].preposition == "by" and base in _MOVING]
    if ways and phrases[ways[0]].kind != "time":
        return _asked(
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
        return _asked(question("since when" if preposition == "since" else "how long", lead, tail), value(clause, inner))
    if (
        phrase.kind == "time"
        and (chosen[0].low in {"once", "twice"} or "times" in {word.low for word in chosen})
        and len(chosen) > 1
    ):
        return _asked(question("how often", lead, tail), value(clause, chosen))
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
        return _asked(question("when", lead, tail), value(clause, chosen if whole else inner))
    if preposition == "to" and (base in _MOVING | {"take", "ride", "bring", "carry"} or lead.split()[-1] in _MOVING):
        return _asked(question("where", lead, tail), value(clause, inner)) if base != "move" else _moved(clause, lead, inner)
    if preposition == "from" and (base in {"come", "be"} or inner[0].capitalised):
        return _asked(question("where", lead, "from", tail), value(clause, inner))
    if preposition == "in" and len(inner) == 1 and inner[0].capitalised and nouns.is_nationality(inner[0].low):
        return _asked(question("which language", lead, "in"), value(clause, inner))
    if preposition == "under" and inner[0].low.rstrip(".") in _TITLES:
        return _asked(question("who", lead, "under"), value(clause, inner))
    if phrase.kind == "place" and not (
        preposition == "in" and base in {"believe", "specialise", "specialize", "major", "invest", "participate"}
    ):
        kept = preposition in _KEPT_PLACE and base != "depend"
        if base in {"depend", "rely", "focus"} or (base == "work" and preposition == "on"):
            return _asked(question("what", lead, preposition, tail), value(clause, inner))
        return _asked(question("where", lead, tail), value(clause, chosen if kept else inner))
    if base == "work" and preposition == "as" and clause.is_user:
        return _asked(
            "What is my job?" if lead.startswith(("do ", "am ")) else question("what", lead, "as"),
            value(clause, _with_employer(clause, chosen, inner)),
        )
    if preposition in PREPOSITIONS:
        if preposition == "to" and base == "change" and lead.startswith(("did ", "have ")):
            return _asked(question("what is", " ".join(lead.split()[3:])), value(clause, inner))
        if preposition == "to" and inner[0].capitalised and base not in _GIVING | _TALKING:
            return _asked(question("where" if base in _MOVING | {"take"} else "what", lead, "to", tail), value(clause, inner))
        person = (inner[0].capitalised and preposition in {"with", "for", "to", "by"}) or nouns.is_person(inner[-1].low)
        return _asked(question("who" if person else "what", lead, preposition, tail), value(clause, inner))
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
        return _asked(
            question(
                "where do I live" if clause.is_user else f"where {'do' if clause.plural else 'does'} {clause.subject} live"
            ),
            value(clause, inner),
        )
    return _asked(question("where", lead, "to"), value(clause, inner))


def _asked(text: str, answer: str) -> Asked | None:
    return (text, answer) if answer else None
