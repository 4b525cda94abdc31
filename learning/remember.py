"""From the user's words to candidates for memory: by rule where a rule knows, by the model where none does.

Rules decide how a memory is worded; for a message that nobody marked as worth remembering the model decides whether there is
one. What a model says is believed only as far as it stands in the user's own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from learning.corrections import without_old
from learning.language.clause import read_clause
from learning.language.english import FIRST_PERSON, sentences, tokens
from learning.language.person import third_person
from learning.language.question import question_and_answer
from learning.patterns import Forget, candidate, plain
from learning.reconcile import Add, Ignore, Supersede, forgotten, reconcile, stems
from learning.types import WISHES, Candidate, Source
from learning.wishes import is_about_replies, is_for_once
from models.engine import ChatEngine, Sampling, Turn
from models.errors import UserError
from models.instructions import MEMORIES_SCHEMA, extraction_request

__all__ = [
    "Add",
    "Forget",
    "Ignore",
    "Supersede",
    "extract",
    "forgotten",
    "from_words",
    "plain",
    "question_and_answer",
    "reconcile",
    "third_person",
]

_LASTS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|```.*?```|`[^`]*`|^>.*$", re.DOTALL | re.MULTILINE)
_ABOUT_TEXTS = re.compile(
    r"^\s*(?:please )?(?:translate|correct|rewrite|summari[sz]e|proofread|explain|improve|spell|fix|what does|how do (?:i|you) say|write|compose|complete|paraphrase"
    r"|imagine|pretend|suppose|let'?s say|in (?:the|a|this) (?:film|book|story|novel|game|song|movie|play))\b",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(r"\b(?:if i (?:were|was|had|could)|i wish|imagine|suppose|would be|in my dream)\b", re.IGNORECASE)
_CLEAR = re.compile(
    r"""\b(?:i(?:'m|\ am)\ (?:\w+\ )?(?:allergic|turning|learning|training\ for|expecting|studying|retired|pregnant|intolerant|scared|born|based|married|engaged|from|afraid|left-handed|right-handed|vegetarian|vegan|called|\d+\ years)\b
    |(?:i|we)\ (?:\w+ly\ )?(?:live|work|moved|grew\ up|was\ born|were\ born|drive|play|speak|study|own|was\ raised|collect|married|wear|weigh|commute|sing|teach|keep|volunteer|root|support|met|got\ married|graduated)\b
    |i\ (?:\w+\ )?(?:got|found|landed|started|took|have|accepted)\ (?:a|an|my)\ (?:new\ )?(?:\w+\ )?(?:job|position|internship)\b
    |(?:i|we)(?:'ve|\ have)\ (?:got\ )?(?:\w+\ ){1,3}?(?:called|named|sisters?|brothers?|sons?|daughters?|kids|children|cats?|dogs?)\b|(?:call|address)\ me\ \w
    |i\ (?:prefer|hate|love|like|dislike|can't\ stand|never\ eat|don't\ eat|don't\ drink)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# What a sentence answers shows that it is about the user's life.
_OF_ONES_LIFE = re.compile(
    r"^(?:What is my (?:job|name|diet|marital status)|Where do (?:I|we) (?:live|work)|How (?:old|tall) am I|What (?:nationality|religion) am I"
    r"|(?:When|Where) was I born|Where am I from|How much do I weigh|What am I (?:allergic|intolerant) to|Which languages? do I speak)\?$"
)
# What is said of these is said of the talk, not of the user's life.
_OF_THE_TALK = frozenset(
    """question problem point idea issue request opinion guess understanding bad fault mistake message answer task code program script text essay
    function error file output input query prompt concern comment suggestion""".split()
)
_NO_MORE = re.compile(r"(?:n't|\bnot|\bnever)\b.* any ?(?:more|longer)\b|\bno longer\b", re.IGNORECASE)
_PASSING = re.compile(
    r"\bi (?:like|love|hate|prefer) (?:that|this|it|you|your|the way|how|to (?:know|ask|hear|see))\b|\b(?:i'd|i would) (?:like|love) to (?:know|ask|hear|see|understand|get)\b"
    r"|\bwork on (?:this|that|it)\b|\bi (?:have|'ve) (?:a|one|another|two) (?:quick |more )?(?:questions?|problems?|requests?|ideas?)\b",
    re.IGNORECASE,
)


def from_words(text: str, engine: ChatEngine | None, now: datetime, source: Source = "told") -> Candidate:
    """The memory that the user asked for in so many words. Rules word it; the model fills in a question that no rule knows.

    Raises:
        UserError: there is nothing in it to remember.
    """
    if not re.search(r"\w", text):
        raise UserError('There is nothing to remember in it. Say a sentence: dormouse remember "My kettle is called Vesuvius."')
    found = replace(candidate(text, now), source=source)
    if found.question or engine is None or found.kind == "instruction" or (found.kind == "correction" and found.answer):
        return found
    for asked in _extracted(text, engine, now):
        if asked.question and asked.answer and stems(asked.answer) <= stems(found.text) and not _leaks(asked):
            return replace(found, question=asked.question, answer=asked.answer, expires_at=found.expires_at or asked.expires_at)
    return found


def extract(text: str, engine: ChatEngine | None, now: datetime) -> list[Candidate]:
    """What a message tells about its user, in the order it was told; nothing from questions, quotes or pasted text.

    Each sentence is worded by the rules where they can read it. Sentences that plainly state something about the user count
    even when the model overlooks them.
    """
    own = _own_words(text)
    if not own:
        return []
    read = _extracted(text, engine, now) if engine is not None else []
    found: list[Candidate] = []
    spoken_of = ""
    for start, end in own:
        said = _named(text[start:end], spoken_of)
        spoken_of = _subject(said) or spoken_of
        listed = [item for item in read if _stands(item, said)]
        ruled = candidate(said, now)
        plainly = (
            _is_plain(said)
            or (ruled.kind == "instruction" and is_about_replies(said))
            or (ruled.kind == "correction" and (ruled.replaces != "" or _NO_MORE.search(said) is not None))
        )
        if not listed and not plainly:
            continue
        if ruled.kind == "instruction" and is_for_once(said):
            continue
        clear = ruled.kind in WISHES or bool(ruled.question) or (plainly and ruled.kind == "correction")
        if clear or not listed:
            worded = [ruled] if clear else []
        else:
            worded = [item for item in listed if item.question and not _leaks(item)][:1] or listed[:1]
        expiry = next((item.expires_at for item in listed if item.expires_at is not None), None)
        found += [
            replace(
                item,
                source="extracted",
                span=(start, end),
                expires_at=item.expires_at or (expiry if listed and not plainly else None),
            )
            for item in worded
        ]
    return [item for place, item in enumerate(found) if item.text not in {other.text for other in found[:place]}]


def _subject(said: str) -> str:
    """Whom or what a sentence leaves "he", "she" or "it" to mean: "my brother Tim", or the dog in "I have a dog called Rex"."""
    named = re.match(r"What is ((?:my|our) .+?) called\?$", question_and_answer(said)[0])
    clause = read_clause(said)
    if named is not None or clause is None:
        return named[1] if named is not None else ""
    return clause.subject if clause.about[0].low in {"my", "our"} and not clause.plural else ""


def _named(said: str, spoken_of: str) -> str:
    """ "He plays the drums" with the name for the pronoun; the rest stays as the user wrote it."""
    if not spoken_of:
        return said
    thing = r"It(?=(?:'s|’s| is| was) (?:called|named|made|from|in|on|under|painted)\b|(?:'s|’s| is) (?:red|green|blue|yellow|black|white|grey|brown)\b| has\b)"
    said = re.sub(rf"^(?:He(?=\b)|She(?=\b)|{thing})", lambda _: spoken_of[0].upper() + spoken_of[1:], said)
    return re.sub(r"^(?:His|Her|Its) (?=\w)", lambda _: f"{spoken_of[0].upper()}{spoken_of[1:]}'s ", said)


def _is_plain(said: str) -> bool:
    """Whether a sentence states something about the user that needs no model to see."""
    if _PASSING.search(said) is not None or _HYPOTHETICAL.search(said) is not None:
        return False
    clause = read_clause(said)
    asked = question_and_answer(said)[0]
    inverted = clause is not None and bool(clause.rest) and clause.rest[0].low in {"my", "our"} and clause.about[0].capitalised
    owned = clause is not None and (inverted or clause.about[0].low in {"my", "our"}) and clause.head not in _OF_THE_TALK
    return _CLEAR.search(said) is not None or _OF_ONES_LIFE.match(asked) is not None or (owned and asked != "")


def _own_words(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences in which the user speaks of themselves in their own words."""
    if _ABOUT_TEXTS.match(text) or len(text) > 4000 or text.count("\n") > 12:
        return []
    hidden = _QUOTED.sub(lambda match: " " * len(match[0]), text)
    spans = []
    for start, end in sentences(text):
        said = hidden[start:end]
        if said.rstrip().endswith("?") or not re.search(r"\w", said):
            continue
        wish = re.match(r"(?i)\s*(?:please|call|always|never|from now on|don't)\b", said) or is_about_replies(said)
        goes_on = spans and re.match(r"\s*(?:He|She|It|His|Her|Its)\b", said)
        if wish or goes_on or any(word.low in FIRST_PERSON for word in tokens(said)):
            spans += _clauses(text, start, end)
    return spans


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """ "My cat is called Miso and I live in Ghent" tells two things; each half must be readable for itself.

    "I don't work for Ada any more, I'm with Bo now" is one.
    """
    if _NO_MORE.search(text[start:end]) is not None and without_old(text[start:end])[1]:
        return [(start, end)]
    for joint in re.finditer(
        r",? (?:and|but) (?=(?:i|we|my|our)\b)|, (?=(?:i|we|my|our)\b)|; ", text[start:end], re.IGNORECASE
    ):
        first, second = (start, start + joint.start()), (start + joint.end(), end)
        if all(question_and_answer(text[a:b]) != ("", "") for a, b in (first, second)):
            return [first, *_clauses(text, *second)]
    return [(start, end)]


def _extracted(text: str, engine: ChatEngine, now: datetime) -> list[Candidate]:
    """The model's reading, as far as it is well-formed and its answers stand in the text."""
    reply = engine.reply([Turn("user", extraction_request(text))], sampling=Sampling(max_tokens=600), schema=MEMORIES_SCHEMA)
    try:
        items = json.loads(reply.text)
    except json.JSONDecodeError:
        # Cut off by the token limit: what a model could not finish within it is no memory.
        return []
    if not isinstance(items, list):
        return []
    return [found for item in items if isinstance(item, Mapping) and (found := _checked(item, text, now)) is not None]


def _checked(item: Mapping[str, Any], text: str, now: datetime) -> Candidate | None:
    told = str(item.get("text", "")).strip()
    asked, answer, old = (str(item.get(key, "")).strip() for key in ("question", "answer", "replaces"))
    kind, lasts = item.get("kind"), str(item.get("lasts", "always"))
    if kind not in {"fact", "preference", "correction", "instruction"} or "user" not in told.lower():
        return None
    exact = _as_written(answer, text)
    if answer and exact is None:
        return None
    if not asked.endswith("?") or exact is None:
        asked, exact = "", ""
    if exact and exact.lower() not in told.lower():
        return None
    # Every word of substance must be the user's: a model that adds some has made them up.
    if not stems(told) <= stems(text) | {"want", "call", "prefer", "answer", "like", "live"}:
        return None
    expires_at = now + _LASTS[lasts] if lasts in _LASTS else None
    return Candidate(kind, third_person(told), asked, exact, old if _as_written(old, text) else "", expires_at, "extracted")


def _as_written(value: str, text: str) -> str | None:
    """`value` in the user's own spelling, or None where it does not stand in their words."""
    if not value:
        return None
    match = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE)
    return match[0] if match is not None else None


def _leaks(item: Candidate) -> bool:
    return item.answer.lower() in item.question.lower()


def _stands(item: Candidate, said: str) -> bool:
    """Whether what the model listed comes from this sentence."""
    words, here = stems(f"{item.text} {item.answer}"), stems(said)
    return bool(words) and (stems(item.answer) or words) <= here and len(words & here) * 2 >= len(words)
