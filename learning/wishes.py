"""Wishes: how the user wants to be addressed and answered, read from an order ("Answer briefly") or a preference."""

from __future__ import annotations

import re
from datetime import datetime

from learning.language.person import third_person
from learning.language.question import question_and_answer
from learning.language.verbs import read_verb
from learning.language.written import as_written
from learning.lasting import expires
from learning.types import Candidate

POLITE = r"(?:(?:please|kindly|dormouse|hey|hi|ok|okay|could you|can you|would you|will you|also|and|so|now|from now on|in (?:the )?future)[\s,:!]+)*"
ADDRESS = re.compile(
    r"^(?:you (?:can|may|should|must|could) )?(?:(?:always|just|only|simply) )?(?:call|address|name) me (?:as |by |with )?(?P<name>[\"“']?(?:(?:Dr|Mr|Mrs|Ms|St|Prof)\.|[^.!,;]){1,60}?)(?P<rest>(?:[,;]| from now on| instead| please| and | when ).*)?$",
    re.IGNORECASE,
)
WANTS_NAME = re.compile(
    r"^i (?:go by|answer to)(?: the name(?: of)?)?\b|^i(?:'d| would)? (?:want|like|prefer|love|wish)(?: to be| being) (?:called|addressed as|named)\b",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"^(?:always|never|don'?t|do not|stop|avoid|answer|reply|respond|speak|talk|write|use|keep|be|give|end|start|begin|finish|close|open|sign|greet|address"
    r"|make|explain|say|tell|format|include|add|skip|leave|translate|summari[sz]e|act|behave|treat|refer|put|limit|show|prefer|ask|remind|wish|pretend|stick|refrain"
    r"|try|let|no)\b",
    re.IGNORECASE,
)
_FOR_ONCE = re.compile(
    r"^(?:tell|remind|show|give|ask|send|find|get|help|let|list|explain|say|write|make|name|translate|summari[sz]e|try|wish)\b"
    r"(?:\s+(?:to|for))?\s+(?:me|us|what|who|where|when|which|why|how|if|whether|again|it|that|this|something|hello|hi)\b",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\b(?:from now on|in (?:the )?future|always|never|whenever|every|each|when i\b|when you|your (?:answers|replies|responses)"
    r"|(?:short|brief|long|detailed|concise|simple|plain|formal|direct|honest|quick|full)\b.*\b(?:answers|replies|responses|explanations)"
    r"|(?:answers|replies|responses) (?:in|as|with))\b",
    re.IGNORECASE,
)
_OF_REPLIES = re.compile(
    r"\b(?:answers|replies|responses|units|metric|imperial|celsius|fahrenheit|kilomet(?:re|er)s|miles|emojis?|bullet points|jargon"
    r"|tone|(?:in|with|like) (?:short|long|simple|plain|full|formal) (?:sentences|words|language)|greet me|sign off|formal(?:ly)?|informal(?:ly)?"
    r"|brief(?:ly)?|concise(?:ly)?|politely|british|american|24-hour|12-hour)\b",
    re.IGNORECASE,
)
REQUEST = re.compile(
    r"^i(?:'d| would| don'?t| do not)? (?:want|need|like|prefer|expect|ask|love|appreciate)(?: it if)? (?:for )?you(?:r\b|\b)",
    re.IGNORECASE,
)
PREFERENCE = re.compile(
    r"^(?:[\w' ]{0,30}\b)?(?:i(?:'d| would)? (?:really |much |generally |usually |always |strongly )?(?:prefer|rather|sooner)\b"
    r"|i(?:'d| would)? (?:really |always |usually )?(?:like|want|love|take|appreciate|enjoy|hate|dislike)"
    r" (?:(?:\w+[ -]){0,3}(?:answers|replies|responses|explanations|summaries|messages|lists|bullet points|examples)\b.*|it when .*)"
    r"|my preference\b|my preferred\b)",
    re.IGNORECASE,
)
SAID = re.compile(r"^i (?:like|love|take) (?:my|our) \w+$", re.IGNORECASE)


def is_for_once(said: str) -> bool:
    """Whether the assistant is asked for something now ("Tell me what I'm allergic to."), not for how to be from now on."""
    bare = re.sub(rf"(?i)^{POLITE}", "", said)
    return _FOR_ONCE.match(bare) is not None and _LASTING.search(said) is None


def is_about_replies(said: str) -> bool:
    """Whether an order is about how to answer ("Give me short answers.", "Please use metric units."), so that it is meant to last."""
    bare = re.sub(rf"(?i)^{POLITE}", "", said)
    return is_imperative(bare) and _OF_REPLIES.search(bare) is not None and not is_for_once(said)


def is_imperative(said: str) -> bool:
    """Whether the assistant is told to do something: at once, or when something is the case."""
    condition = re.match(
        r"(?i)(?:whenever|when|if|every time|each time)\b[^,]*,\s*(?:please |then |always |never |just )*(?P<verb>[a-z']+)",
        said,
    )
    if condition is not None:
        verb = read_verb(condition["verb"].lower())
        return condition["verb"].lower() in {"don't", "be", "you"} or (verb is not None and verb.form == "base")
    only = re.match(r"(?i)(?:only|just|simply|you (?:should|must|have to|need to))\s+(?:always |never )?(?P<verb>[a-z]+)", said)
    if only is not None:
        verb = read_verb(only["verb"].lower())
        return verb is not None and verb.form == "base" and only["verb"].lower() not in {"know", "remember"}
    return _IMPERATIVE.match(said) is not None


def instruction(text: str, said: str, old: str, now: datetime, span: tuple[int, int]) -> Candidate:
    bare = re.sub(rf"(?i)^{POLITE}", "", said).strip()
    bare = re.sub(r"(?i)[\s,]+(?:please|thanks|thank you|from now on)[\s.!]*$", "", bare)
    address = ADDRESS.match(WANTS_NAME.sub("call me", bare).rstrip(" .!"))
    if address is not None and address["name"].strip():
        name = address["name"].strip(" \"'“”")
        rest = (address["rest"] or "").strip(" .!")
        rest = "" if rest.lower().strip(" ,") in {"please", "from now on", "instead"} else rest
        told = third_person(f"I want to be called {name}{' ' if rest and rest[0].isalnum() else ''}{rest}")
        name = as_written(name, text)
        asked = "What should you call me?" if name else ""
        return Candidate("instruction", told, asked, name, old, expires(said, now), "pattern", span)
    wanted = re.match(r"(?i)i(?:'d| would)? (?:want|like|prefer|need|love) you to (?P<rest>.+)", bare)
    if wanted is not None and ADDRESS.match(wanted["rest"].rstrip(" .!")):
        return instruction(text, wanted["rest"], old, now, span)
    if REQUEST.match(bare):
        asked, answer = question_and_answer(bare)
        return Candidate("instruction", third_person(bare), asked, answer, old, expires(said, now), "pattern", span)
    asked, answer = _how(bare, text)
    return Candidate("instruction", third_person(_wanted(bare)), asked, answer, old, expires(said, now), "pattern", span)


def _wanted(bare: str) -> str:
    """The imperative as a wish: "Answer briefly" is "I want you to answer briefly"."""
    closing = re.search(r"[.!]\s*[\"”']$", bare)
    bare = bare if closing else bare.rstrip(" .!")
    bare = re.sub(r"(?i)^you (?:should|must|have to|need to|may|can|could) ", "", bare)
    if re.match(r"(?i)(?:when|if|whenever|every time|each time)\b", bare):
        condition, _, rest = bare.partition(",")
        if rest.strip():
            return f"{condition}, {_uncapitalised(_wanted(rest.strip())) if not rest.strip().lower().startswith(('i ', 'my ')) else rest.strip()}"
    for start, wish in (("don't ever ", "I want you to never "), ("do not ever ", "I want you to never "), ("don't ", "I don't want you to "), ("do not ", "I don't want you to "),
                        ("always ", "I want you to always "), ("never ", "I want you to never "), ("no ", "I want no ")):  # fmt: skip
        if bare.lower().startswith(start):
            return wish + _uncapitalised(bare[len(start) :])
    return "I want you to " + _uncapitalised(bare)


def _uncapitalised(text: str) -> str:
    return text if text.startswith(("I ", "I'")) else text[:1].lower() + text[1:]


def _how(bare: str, text: str) -> tuple[str, str]:
    """ "Answer in French" answers how to answer; most instructions answer no question and have none."""
    match = re.match(
        r"(?i)(?:always )?(?P<verb>answer|reply|respond|speak|talk|write|end|start|begin|greet me|finish|sign)(?: to)?(?: me)?(?P<what>(?: (?:every|each|your|all|all your) (?:\w+))?)? (?P<how>(?:in|with|like|using|by|briefly|shortly|politely)\b.*?)[\s.!]*$",
        bare,
    )
    if match is None or re.search(r"\b(i|me|my|you|your)\b", match["how"], re.IGNORECASE) or match["how"] not in text:
        return "", ""
    what = re.sub(r"(?i)\byour\b", "your", match["what"] or "")
    return f"How should you {match['verb'].lower()}{what}?", match["how"].removeprefix("with ").strip("\"“”'")
