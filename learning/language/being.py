"""What a sentence with "be" answers: "My kettle is called Vesuvius" answers "What is my kettle called?" with "Vesuvius"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from learning.language import nouns
from learning.language.clause import Clause, is_plural, question, value
from learning.language.doing import asked_of_phrases, asked_of_verb
from learning.language.english import DETERMINERS, PREPOSITIONS, Token, is_adverb
from learning.language.phrases import cut, is_date, is_number, is_time, without_times
from learning.language.verbs import IRREGULAR, read_verb

Asked = tuple[str, str]

_MEASURED = frozenset("tall long wide high deep heavy away thick big".split())
_ABOUT = frozenset(
    """close full made similar equal afraid allergic fond proud good bad scared interested addicted used responsible tired famous known keen
    terrified intolerant sensitive married engaged related prone passionate crazy mad excited nervous worried happy sad jealous short obsessed
    committed opposed immune devoted attached called covered open closed available free busy familiar great terrible hopeless dependent""".split()
)
_WHEN_OPEN = frozenset({"open", "closed", "available", "free", "busy", "due", "off", "away", "back", "home"})
_ADJECTIVE_ENDING = re.compile(r"(?:ful|ous|less|able|ible|ical|ive)$")
_KINDS = frozenset("type kind breed brand colour color".split())


def asked_of_be(clause: Clause) -> Asked | None:
    """Question and answer of a clause with a form of "be", or None where no rule knows what it answers."""
    rest = clause.rest
    if clause.negation or not any(word.is_word for word in rest):
        return None
    be = _form(clause)
    lasting = [phrase for phrase in cut(rest)[1] if phrase.kind == "duration"]
    if lasting and rest[0] is not lasting[0].words[0]:
        clause = replace(clause, rest=tuple(word for word in rest if word.end <= lasting[0].words[0].start))
        rest = clause.rest
    first = rest[0].low
    if (
        first in {"called", "named", "nicknamed", "titled", "labelled"}
        and len(rest) > 1
        and rest[1].low not in {"after", "for"}
    ):
        return _asked(
            question("what", be, clause.subject, first if first != "named" else "called"),
            value(clause, without_times(rest[1:])),
        )
    verb = read_verb(first)
    ing = (verb is not None and verb.form == "ing") or (
        verb is None and re.fullmatch(r"[a-z]{3,}ing", rest[0].text) is not None
    )
    if ing and len(rest) > 1 and (clause.is_user or _animate(clause)):
        return asked_of_verb(clause, f"{be} {clause.subject} {first}", rest[1:], verb.base if verb else first)
    if first == "born":
        return asked_of_phrases(clause, f"{be} {clause.subject} born", cut(rest[1:])[1], "born")
    participle = verb is not None and (verb.form in {"past", "participle"} or IRREGULAR.get(verb.base, ("", ""))[1] == first)
    if participle and len(rest) == 1 and first not in _ABOUT and not clause.is_user and be in {"is", "are"}:
        return None
    if participle and len(rest) == 1 and be in {"was", "were"} and not clause.is_user:
        return _asked(f"What happened to {clause.subject}?", value(clause, rest))
    if len(rest) > 1 and first not in _ABOUT and (participle or (first.endswith("ed") and rest[1].low in PREPOSITIONS)):
        passive = _passive(clause, be, first, rest[1:])
        if passive is not None:
            return passive
    if first in PREPOSITIONS - {"like"} and not rest[0].capitalised:
        return _placed(clause, be)
    return _measure(clause, be) or _described(clause, be) or _identity(clause, be)


def _form(clause: Clause) -> str:
    if clause.verb in {"'m", "'re", "'s"}:
        return (
            "am"
            if clause.subject == "I"
            else "are"
            if clause.subject == "we" or is_plural([word.low for word in clause.about])
            else "is"
        )
    return clause.verb


def _asked(text: str, answer: str) -> Asked | None:
    return (text, answer) if answer else None


def _animate(clause: Clause) -> bool:
    """A person, a pet, or a bare name: someone of whom "is painting" is an action and no description."""
    head = clause.head
    named = clause.about[0].capitalised and clause.about[0].low not in DETERMINERS and not clause.about[-1].low.startswith("'")
    return nouns.is_person(head) or nouns.is_pet(head) or (named and len(clause.about) <= 2)


def _passive(clause: Clause, be: str, participle: str, after: Sequence[Token]) -> Asked | None:
    direct, phrases = cut(after)
    if direct and not phrases and nouns.is_colour([word.low for word in direct]):
        return _asked(question("what colour", be, clause.subject, participle), value(clause, direct))
    if direct and len(direct) == 1 and direct[0].low in {"up", "out", "off", "down", "away"}:
        participle, direct = f"{participle} {direct[0].low}", ()
    if direct or not phrases:
        return None
    if phrases[0].preposition in {"to", "for", "until", "till"} and is_time(phrases[0].words[1:], "at"):
        further = [word for phrase in phrases[1:] if phrase.kind == "time" for word in phrase.words]
        return _asked(question("when is", clause.subject), value(clause, [*phrases[0].words[1:], *further]))
    return asked_of_phrases(clause, f"{be} {clause.subject} {participle}", phrases, participle)


def _placed(clause: Clause, be: str) -> Asked | None:
    if (
        clause.rest[0].low == "to"
        and len(clause.rest) > 1
        and (verb := read_verb(clause.rest[1].low)) is not None
        and verb.form == "base"
    ):
        return _asked(question("what", be, clause.subject), value(clause, clause.rest[1:]))
    phrases = cut(clause.rest)[1]
    if not phrases:
        return None
    if clause.is_user and phrases[0].kind == "place":
        inner = phrases[0].words[1:]
        stranded = inner and (not inner[0].capitalised or phrases[0].preposition == "into")
        return _asked(
            question("what" if stranded else "where", be, clause.subject, phrases[0].preposition if stranded else ""),
            value(clause, inner),
        )
    inner = phrases[0].words[1:]
    if len(inner) == 2 and inner[0].low in {"year", "grade", "class", "form"}:
        return _asked(question("which", inner[0].low, be, clause.subject, phrases[0].preposition), value(clause, inner[1:]))
    return asked_of_phrases(clause, f"{be} {clause.subject}", phrases, "be")


def _measure(clause: Clause, be: str) -> Asked | None:
    rest = clause.rest
    lows = [word.low for word in rest]
    if not is_number(lows[0]) and lows[0] not in {"about", "almost", "nearly", "around"}:
        return None
    animate = clause.is_user or _animate(clause)
    if (
        animate
        and len(lows) > 1
        and lows[1] in {"foot", "feet", "ft", "cm", "m", "metres", "meters", "metre"}
        and lows[-1] not in _MEASURED
    ):
        return _asked(question("how tall", be, clause.subject), value(clause, rest))
    if len(lows) == 3 and lows[1] in {"months", "weeks"}:
        return _asked(question("how many", lows[1], lows[2], be, clause.subject), rest[0].text)
    for place, low in enumerate(lows[:6]):
        if low == "old":
            return _asked(question("how old", be, clause.subject), value(clause, rest[: place + 1]))
        if low in _MEASURED:
            return _asked(
                question("how", low if low != "away" else "far away", be, clause.subject), value(clause, rest[:place])
            )
    if animate and len(lows) == 1 and clause.head not in {"number", "size", "age"}:
        return _asked(question("how old", be, clause.subject), value(clause, rest))
    return None


def _described(clause: Clause, be: str) -> Asked | None:
    """Adjectives: colours, "allergic to nuts", diets, nationalities, hours of opening, and what something is like."""
    rest, lows = clause.rest, [word.low for word in clause.rest if word.is_word]
    if (
        nouns.is_colour(lows)
        and clause.head not in {"colour", "color"}
        and "favourite" not in clause.nouns
        and "favorite" not in clause.nouns
    ):
        return _asked(question("what colour", be, clause.subject), value(clause, rest))
    place = 1 if is_adverb(lows[0]) and len(rest) > 2 else 0
    adjective = rest[place].low
    if (
        len(rest) > place + 2
        and rest[place + 1].low in PREPOSITIONS
        and not rest[place].capitalised
        and not is_number(adjective)
    ):
        phrases = cut(rest[place + 1 :])[1]
        if adjective in _WHEN_OPEN and phrases and phrases[0].kind in {"time", "duration"}:
            return asked_of_phrases(clause, f"{be} {clause.subject} {adjective}", phrases, adjective)
        if adjective in _ABOUT or (
            (clause.is_user or _animate(clause)) and adjective not in DETERMINERS and phrases and phrases[0].kind == "other"
        ):
            asked = "who" if adjective in {"married", "engaged", "related"} else "what"
            inner = rest[place + 2 :]
            return _asked(
                question(asked, be, clause.subject, adjective, rest[place + 1].low), value(clause, _without_times(inner))
            )
    if len(lows) == 2 and lows[1] in {"intolerant", "allergic"}:
        return _asked(question("what", be, clause.subject, lows[1], "to"), value(clause, rest[:1]))
    if len(lows) == 1 and adjective in nouns.DIETS | nouns.MARITAL:
        whose = "my" if clause.is_user else f"{clause.subject}'s"
        return _asked(f"What is {whose} {'diet' if adjective in nouns.DIETS else 'marital status'}?", value(clause, rest))
    if len(lows) == 1 and adjective in nouns.RELIGIONS and (clause.is_user or _animate(clause)):
        return _asked(question("what religion", "am" if clause.is_user else be, clause.subject), value(clause, rest))
    if len(lows) <= 2 and rest[0].capitalised and nouns.is_nationality(lows[-1]) and (clause.is_user or _animate(clause)):
        return _asked(question("what nationality", be, clause.subject), value(clause, rest))
    likeness = lows[-1] in nouns.LIKENESS or (_ADJECTIVE_ENDING.search(lows[-1]) is not None and len(lows) <= 2)
    if likeness and all(
        low in nouns.LIKENESS or is_adverb(low) or low in {"and", "but", "a", "bit", "quite"} for low in lows[:-1]
    ):
        return None if clause.is_user else _asked(question("what", be, clause.subject, "like"), value(clause, rest))
    return None


def _without_times(words: Sequence[Token]) -> Sequence[Token]:
    direct, _ = cut(words)
    return direct or words


def _identity(clause: Clause, be: str) -> Asked | None:
    rest, about = clause.rest, clause.about
    if rest[0].low in {"my", "our"} and about[0].low not in {"my", "our", "i", "we"}:
        return _inverted(clause, be)
    head = _head(rest)
    indefinite = rest[0].low in {"a", "an"}
    if indefinite and head in nouns.RELIGIONS and (clause.is_user or _animate(clause)):
        return _asked(question("what religion", be, clause.subject), value(clause, rest))
    if (
        (indefinite or (rest[0].low == "the" and clause.is_user))
        and nouns.is_occupation(head)
        and (clause.is_user or _animate(clause))
    ):
        whose = "my" if clause.is_user else f"{clause.subject}'s"
        return _asked(f"What {'was' if be in {'was', 'were'} else 'is'} {whose} job?", value(clause, rest))
    if clause.is_user:
        return _who_am_i(clause, be)
    if is_date(rest) or (clause.head in nouns.EVENTS and is_time(rest)):
        return _asked(question("when", be, clause.subject), value(clause, rest))
    if indefinite and nouns.is_pet(clause.head):
        return _asked(question("what breed", be, clause.subject), value(clause, rest))
    if (
        indefinite
        and clause.head in nouns.VEHICLES | nouns.DEVICES
        and about[0].low in {"my", "our"}
        and len(clause.nouns) == 1
    ):
        return _asked(
            f"What kind of {' '.join(clause.nouns)} do {'I' if about[0].low == 'my' else 'we'} have?", value(clause, rest)
        )
    person = nouns.is_person(clause.head) or nouns.is_occupation(clause.head) or clause.head in {"player", "runner", "swimmer"}
    if (_animate(clause) or (clause.plural and about[0].low == "the")) and len(rest) == 1 and not rest[0].capitalised:
        return None  # "pregnant", "late": how to ask for it depends on the word
    named = rest[0].capitalised or (len(rest) > 1 and rest[0].low in {"dr", "mr", "mrs", "ms"})
    return _asked(question("who" if person and named else "what", be, clause.subject), value(clause, rest))


def _head(words: Sequence[Token]) -> str:
    """The noun of a noun phrase: its last word before a phrase or a mark."""
    head = ""
    for word in words:
        if word.low in PREPOSITIONS or not word.is_word:
            break
        head = word.low
    return head


def _inverted(clause: Clause, be: str) -> Asked | None:
    """ "Oduya is my sister" answers who my sister is."""
    if not (clause.about[0].capitalised or clause.about[0].low == "the") or any(
        word.low in {"i", "we"} for word in clause.rest
    ):
        return None
    relation = clause.spell(clause.rest)
    relation = relation[0].lower() + relation[1:]
    head = _head(clause.rest)
    answer = value(clause, clause.about)
    if nouns.is_pet(head):
        return _asked(question("what", be, relation, "called"), answer)
    someone = nouns.is_person(head) or nouns.is_occupation(head)
    return _asked(question("who" if someone and clause.about[0].capitalised else "what", be, relation), answer)


def _who_am_i(clause: Clause, be: str) -> Asked | None:
    rest = clause.rest
    if all(word.capitalised for word in rest if word.is_word) and len(rest) <= 4 and be == "am":
        return _asked("What is my name?", value(clause, rest))
    if rest[0].low in {"a", "an"}:
        return _asked(question("what", be, clause.subject), value(clause, rest))
    if rest[0].low == "the":
        return _asked(question("what", be, clause.subject), value(clause, rest))
    if "of" in {word.low for word in rest[1:]} or (len(rest) == 1 and "-" in rest[0].text):  # "left-handed", "colour-blind"
        return _asked(question("what", be, clause.subject), value(clause, rest))
    return None
