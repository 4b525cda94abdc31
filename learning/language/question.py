"""The question that a told sentence answers, and the answer in the user's own spelling."""

from __future__ import annotations

import re
from dataclasses import replace

from learning.language.being import asked_of_be
from learning.language.clause import Clause, read_clause, value
from learning.language.doing import asked_of_do
from learning.language.english import BE, sentences, tokens, with_apostrophes
from learning.language.having import asked_of_have, relative
from learning.language.phrases import cut
from learning.language.verbs import is_participle

_TAKING_UP = frozenset({"got", "have", "'ve", "found", "started", "landed", "took", "accepted", "begin", "start"})


def question_and_answer(text: str) -> tuple[str, str]:
    """What the user would ask to hear this again, and the value: ("What is my kettle called?", "Vesuvius").

    Of several sentences the first that answers something counts. Both are empty where no rule knows; the answer always
    stands in `text` letter by letter.
    """
    # Long runs of spaces would cost the patterns their speed.
    meant = re.sub(r"\s{3,}", " ", with_apostrophes(text))
    for start, end in sentences(meant):
        clause = read_clause(_without_there(meant[start:end]))
        asked = None if clause is None else _asked_of(clause)
        if asked is not None and asked[1] in text:
            return asked
        if asked is not None and (at := text.casefold().find(asked[1].casefold())) >= 0:
            return asked[0], text[at : at + len(asked[1])]
    return "", ""


def _asked_of(clause: Clause) -> tuple[str, str] | None:
    employed = _employed(clause)
    if employed is not None:
        return employed
    if clause.verb in BE or (clause.verb == "'s" and not (clause.rest and clause.rest[0].low in {"got", "been"})):
        return asked_of_be(clause)
    if clause.verb in {"have", "has", "had", "'ve", "'s"} and clause.rest:
        told = _told_of_relative(clause)
        if told is not None:
            return told
        first = clause.rest[0].low
        if clause.rest[0].low == "been" and len(clause.rest) > 1 and clause.rest[1].low != "to":
            being = "am" if clause.subject == "I" else "are" if clause.is_user or clause.plural else "is"
            return asked_of_be(replace(clause, verb=being, rest=clause.rest[1:]))
        if clause.rest[0].low == "got" or not is_participle(first):
            possessed = asked_of_have(clause)
            if possessed is not None or clause.rest[0].low != "to":
                return possessed
    return asked_of_do(clause)


def _without_there(sentence: str) -> str:
    """ "There is a key under the mat" as "the key is under the mat"."""
    match = re.match(
        r"(?i)there(?P<be>'s| is| are| was| were) (?:an? )?(?P<thing>[\w' -]+?) (?P<place>(?:in|on|under|behind|at|near|next to|above|below|inside|between|by) .+)",
        sentence,
    )
    return sentence if match is None else f"the {match['thing']}{match['be']} {match['place']}"


def _employed(clause: Clause) -> tuple[str, str] | None:
    """ "I got a new job at Siemens" answers where I work, "... as a chef" what my job is."""
    lows = [word.low for word in clause.rest]
    if (
        clause.subject != "I"
        or clause.verb not in _TAKING_UP
        or not {"job", "position", "internship"} & set(lows[:4])
        or clause.negation
    ):
        return None
    phrases = cut(clause.rest)[1]
    if not phrases or phrases[0].preposition not in {"at", "with", "for", "as"}:
        return None
    answer = value(clause, phrases[0].words[1:])
    return ("What is my job?" if phrases[0].preposition == "as" else "Where do I work?", answer) if answer else None


def _told_of_relative(clause: Clause) -> tuple[str, str] | None:
    """ "I have a brother who lives in Rome" as "my brother lives in Rome"."""
    # The clause was cut before "who", so it is read again from its own text.
    words = tokens(clause.text)
    start = clause.rest[0].start
    whole = replace(clause, rest=tuple(word for word in words if word.start >= start))
    found = relative(whole)
    if found is None or {"called", "named"} & {word.low for word in clause.rest}:
        return None
    subject, place = found
    inner = read_clause(subject + clause.text[whole.rest[place].start - 1 :])
    return None if inner is None else _asked_of(inner)
