"""What a sentence with any other verb answers: "I drive a green Volvo", "My daughter starts school on 1 September"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from learning.language.circumstances import LIKING, MOVING, Asked, asked, asked_of_phrases
from learning.language.clause import Clause, question, value
from learning.language.english import BE, DETERMINERS, MODALS, PREPOSITIONS, Token, is_adverb
from learning.language.objects import asked_of_object
from learning.language.phrases import cut, is_time, without_times
from learning.language.verbs import Verb, guess_verb, is_participle, is_told_as_past, read_verb

_PARTICLES = frozenset({"up", "out", "off", "down", "away", "back", "together"})
_PHRASAL = frozenset({"give", "pick", "take", "throw", "put", "set", "turn", "wake", "look", "bring", "make"})
_INSTITUTIONS = frozenset("school university college uni church bed work sleep kindergarten mass".split())
_WHEREABOUTS = frozenset("upstairs downstairs abroad nearby overseas outdoors indoors outside inside".split())
_CHAINING = LIKING | frozenset(
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
            return asked(question("what", lead, "to do"), value(clause, rest[1:]))
        return asked_of_verb(clause, f"{lead} to {rest[1].text}", rest[2:], inner) or asked(
            question("what", lead, "to do"), value(clause, rest[1:])
        )
    gerund = read_verb(first.low)
    whole = base in LIKING and gerund is not None and len(rest) > 1 and rest[1].low in PREPOSITIONS
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
        return further or asked(question("what", lead, first.low, "of"), value(clause, source))
    if [word.low for word in rest] == ["next", "door"]:
        return asked(question("where", lead), value(clause, rest))
    if first.low in _PARTICLES and (base in _PHRASAL or not cut(rest[1:])[0] or rest[1].low in DETERMINERS):
        return asked_of_verb(clause, f"{lead} {first.low}", rest[1:], base)
    if (
        is_adverb(first.low)
        and len(rest) > 1
        and first.low not in {"once", "twice", "today", "tomorrow", "tonight", "yesterday"}
    ):
        return asked_of_verb(clause, lead, rest[1:], base)
    if whole:
        return asked(question("what", lead), value(clause, rest))
    if len(rest) == 1 and first.low in _WHEREABOUTS:
        return asked(question("where", lead), value(clause, rest))
    if len(rest) == 1 and first.low in {"today", "tomorrow", "tonight", "yesterday"}:
        return asked(question("when", lead), value(clause, rest))
    if len(rest) == 1 and (is_adverb(first.low) or first.low in {"badly", "well", "early", "late", "alone", "fast"}):
        return asked(question("how", lead), value(clause, rest)) if first.low not in {"too", "there", "here"} else None
    direct, phrases = cut(rest)
    if not direct:
        return asked_of_phrases(clause, lead, phrases, base)
    return asked_of_object(clause, lead, base, direct, phrases)


def _ability(clause: Clause, lead: str) -> Asked | None:
    """ "I can juggle" answers what I can do."""
    words = lead.split()
    if words[0] not in {"can", "can't"} or not clause.rest:
        return None
    return asked(question(f"what {words[0]} {clause.subject} do"), value(clause, clause.rest))


def _called(clause: Clause, rest: Sequence[Token]) -> Asked | None:
    """ "I sing in a choir called Vox Humana" answers what the choir I sing in is called."""
    for place in range(1, len(rest) - 1):
        if rest[place].low in {"called", "named"} and rest[place + 1].capitalised and clause.verb not in BE | {"'s"}:
            start = next((i for i in range(place - 1, -1, -1) if rest[i].low in {"a", "an"}), None)
            if start is None or start > 2:
                return None
            noun, before = clause.spell(rest[start + 1 : place]), clause.spell(rest[:start])
            whole = " ".join(part for part in (clause.subject, clause.verb, before) if part)
            return asked(question("what is the", noun, whole, "called"), value(clause, without_times(rest[place + 1 :])))
    return None


def _is_infinitive(word: Token, base: str) -> bool:
    verb = read_verb(word.low)
    if base in MOVING and word.low in {"work", "school", "bed", "church", "sleep"}:
        return False
    return word.low == "be" or (verb is not None and verb.form == "base" and not word.capitalised)
