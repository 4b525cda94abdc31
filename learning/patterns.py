"""Plain patterns: what the user's words ask for without any model being asked. Remember this, forget that, always do so.

A statement is cleaned of its wrapping ("Remember that ..."), and its kind, what it replaces and how long it lasts are read
from it. What becomes of it beside what is already known is decided in `reconcile`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from learning.corrections import BARE_VALUE, CHANGE, NOW, SIGN, instead, without_old
from learning.language.clause import opening
from learning.language.english import sentences
from learning.language.person import third_person
from learning.language.question import question_and_answer
from learning.language.written import as_written, tidy
from learning.lasting import expires
from learning.types import Candidate, Kind
from learning.wishes import ADDRESS, POLITE, PREFERENCE, REQUEST, SAID, WANTS_NAME, instruction, is_imperative

_REMEMBER = re.compile(
    rf"^\s*{POLITE}(?:remember|note|keep in mind|bear in mind|don'?t forget|never forget|make a note|take note|write down|memori[sz]e|learn|save|store"
    r"|you should know|i want you to (?:remember|know)|i(?:'d| would) like you to (?:remember|know)|for the record|for future reference|fyi)"
    r"(?P<about>\s+(?:this|that|the following))?\s*(?:[:,\-–]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_FORGET = re.compile(
    rf"^\s*{POLITE}(?:forget|unlearn|erase|delete|don'?t remember|stop remembering|remove)\b"
    r"(?:\s+(?:about|everything about|all about|what i (?:said|told you) about|the fact that|that|the memory that|from your memory))*\s*[:,]?\s*(?P<words>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_NOT_A_MEMORY = re.compile(
    r"^(?:it|this|that|me|you|him|her|them|to .*|what i (?:just )?said|the last (?:one|message|thing))?[\s.!]*$", re.IGNORECASE
)
_NEVER_MIND = re.compile(
    r"^\s*(?:don'?t|never|do not|didn'?t|i (?:always|never|often|keep|will|won'?t|can'?t|did)|i'?ll)\b.*\bforget", re.IGNORECASE
)
_PLEASANTRY = re.compile(
    r"^(?:(?:thanks|thank you|cheers|please|great|okay|ok|hi|hello|hey|good (?:morning|evening|night|day|afternoon)|that'?s (?:all|it)|nice|got it|bye"
    r"|see you|by the way|just so you know|isn'?t that nice|keep that in mind|don'?t forget(?: it| that)?|remember (?:it|that|this))\b[ ,]?[\w ,]{0,20}[.!…]*)$",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"^(?:my |our )?(?P<what>(?!(?:answer|reply|translate|say|note|remember)\b)[A-Za-z][\w'-]*(?: [\w'-]+){0,2}) ?(?::|=|\?) ?(?P<value>[^:=?]{1,80})$",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\b(?:from now on|in (?:the )?future|always|never|whenever|every (?:reply|answer|time|message|response)|each (?:reply|answer|time|message)"
    r"|when i\b|your (?:answers|replies|responses)|call me)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Forget:
    """The user asks to forget something; `words` say what, and are to be matched with what is known."""

    words: str


def plain(text: str, now: datetime) -> Candidate | Forget | None:
    """What a whole message asks for by its pattern alone, or None where only a model could tell.

    "Remember that ...", "forget ...", a correction ("no, it's ...", "actually ...", "not X but Y"), "call me ...", "always ...".
    """
    words = tidy(_statements(text)[0])
    if not words or words.endswith("?"):
        return None
    forget = _FORGET.match(words[slice(*sentences(words)[0])] if sentences(words) else words)
    if forget is not None and not _NEVER_MIND.match(words):
        what = re.sub(
            r"(?i)[\s,]+(?:from (?:your )?memory|please|now|again|thanks|thank you|any ?more)$",
            "",
            forget["words"].strip(" .!"),
        )
        if re.match(r"(?i)(?:erase|delete|remove)\b", words) and not re.search(
            r"\b(my|our|i|memory|memories)\b", words, re.IGNORECASE
        ):
            return None
        return None if _NOT_A_MEMORY.match(what) else Forget(what)
    remember = _REMEMBER.match(words)
    if remember is not None and not _is_reminder(words[remember.end() :]):
        return candidate(text, now)
    if SIGN.match(words) and (
        _speaks_of_user(words) or instead(words[opening(words) :]) is not None or BARE_VALUE.match(words[opening(words) :])
    ):
        return replace(candidate(text, now), kind="correction")
    elliptic = instead(words)
    if elliptic is not None and elliptic[0] and re.match(r"(?i)(?:it'?s|it is|it was|not|i meant)\b", words):
        return candidate(text, now)
    found = candidate(text, now)
    if found.kind == "instruction" and (_LASTING.search(words) or (found.question and not re.search(r"[:?]", words))):
        return found
    return None


def _is_reminder(rest: str) -> bool:
    """ "Remember to buy milk" and "Remember when ...?" ask for something else."""
    return re.match(r"(?i)(?:to|when|how|if|me|the time|what)\b", rest) is not None


def _speaks_of_user(words: str) -> bool:
    rest = words[opening(words) :]
    return (
        re.search(r"\b(i|my|our|we|mine)\b", rest, re.IGNORECASE) is not None and question_and_answer(rest) != ("", "")
    ) or _denies(rest)


def _denies(words: str) -> bool:
    return (
        re.search(r"\b(i|we|my|our)\b.*\b(n't|not|no longer|never|don't|doesn't|isn't|any ?more)\b", words, re.IGNORECASE)
        is not None
    )


def candidate(text: str, now: datetime) -> Candidate:
    """The memory that `text`, all of it, asks to be: rules only, so question and answer may be empty.

    Args:
        text: the user's words; wrappings such as "Remember that" and "No," are left out of what is noted.
    """
    told, span = _statements(text)
    words = tidy(told)
    remember = _REMEMBER.match(words)
    signed = SIGN.match(words) is not None
    start = remember.end() if remember is not None else 0
    said = words[start:]
    said = said[opening(said) :] if signed or SIGN.match(said) or opening(said) else said
    signed = signed or SIGN.match(words[start:]) is not None
    elliptic = instead(said) or (("", said.strip(" .!")) if signed and BARE_VALUE.match(said) else None)
    if elliptic is not None:
        old, new = elliptic
        new = new.strip(" \"'“”.!")
        sentence = f"It is {new}" + (f", not {old}" if old else "")
        return Candidate(
            "correction", third_person(sentence), "", as_written(new, text), old, expires(said, now), "pattern", span
        )
    kind = _kind(said, signed)
    said, old = without_old(said)
    kind = "correction" if old and kind == "fact" else kind
    if re.match(r"(?i)to \w+", said):
        said = f"I need {said}"
    if kind == "instruction":
        return instruction(text, said, old, now, span)
    asked, answer = question_and_answer(said)
    listed = _LISTED.match(said)
    if not answer and listed is not None:
        said = f"My {listed['what'][0].lower()}{listed['what'][1:]} is {listed['value']}"
        asked, answer = question_and_answer(said)
    told = _restated(said, asked, answer)
    written = as_written(answer, text)
    asked = asked if written else ""
    note = third_person(told)
    return Candidate(
        kind, note.replace(answer, written) if written else note, asked, written, old, expires(said, now), "pattern", span
    )


def _statements(text: str) -> tuple[str, tuple[int, int]]:
    """What is stated in `text`, without questions and pleasantries around it, and where that stands."""
    spans = sentences(text)
    stated = [
        (start, end) for start, end in spans if not text[start:end].endswith("?") and not _PLEASANTRY.match(text[start:end])
    ]
    kept = stated or spans
    if not kept:
        return text, (0, len(text))
    return " ".join(text[start:end] for start, end in kept), (kept[0][0], kept[-1][1])


def _kind(said: str, signed: bool) -> Kind:
    bare = re.sub(rf"(?i)^{POLITE}", "", said)
    if (
        ADDRESS.match(bare.rstrip(" .!"))
        or WANTS_NAME.match(said)
        or REQUEST.match(said)
        or (is_imperative(bare) and not re.match(r"(?i)no\b(?! )", bare))
    ):
        return "instruction"
    if re.match(r"(?i)please\b", said) and not re.match(r"(?i)\s*(i|my|our|we)\b", bare):
        return "instruction"
    if signed or CHANGE.search(said) or NOW.search(said):
        return "correction"
    if PREFERENCE.match(said) and not SAID.match(said):
        return "preference"
    return "fact"


def _restated(said: str, asked: str, answer: str) -> str:
    """What is noted. A bare move is told as where the user lives now, for that is what will be asked."""
    if asked == "Where do I live?" and re.fullmatch(
        rf"(?i)(?:i|we)(?:'ve| have)?(?: just| recently)? moved to {re.escape(answer)}[.!]?(?: now)?", said.strip()
    ):
        return f"I live in {answer} now"
    return said
