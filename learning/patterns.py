"""Plain patterns: what the user's words ask for without any model being asked. Remember this, forget that, always do so.

A statement is cleaned of its wrapping ("Remember that ..."), and its kind, what it replaces and how long it lasts are read
from it. What becomes of it beside what is already known is decided in `reconcile`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from learning.language.clause import opening
from learning.language.english import sentences, with_apostrophes
from learning.language.person import third_person
from learning.language.question import question_and_answer
from learning.language.verbs import read_verb
from learning.types import Candidate, Kind

_POLITE = r"(?:(?:please|kindly|dormouse|hey|hi|ok|okay|could you|can you|would you|will you|also|and|so|now|from now on|in (?:the )?future)[\s,:!]+)*"
_REMEMBER = re.compile(
    rf"^\s*{_POLITE}(?:remember|note|keep in mind|bear in mind|don'?t forget|never forget|make a note|take note|write down|memori[sz]e|learn|save|store"
    r"|you should know|i want you to (?:remember|know)|i(?:'d| would) like you to (?:remember|know)|for the record|for future reference|fyi)"
    r"(?P<about>\s+(?:this|that|the following))?\s*(?:[:,\-–]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_FORGET = re.compile(
    rf"^\s*{_POLITE}(?:forget|unlearn|erase|delete|don'?t remember|stop remembering|remove)\b"
    r"(?:\s+(?:about|everything about|all about|what i (?:said|told you) about|the fact that|that|the memory that|from your memory))*\s*[:,]?\s*(?P<words>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_NOT_A_MEMORY = re.compile(
    r"^(?:it|this|that|me|you|him|her|them|to .*|what i (?:just )?said|the last (?:one|message|thing))?[\s.!]*$", re.IGNORECASE
)
_NEVER_MIND = re.compile(
    r"^\s*(?:don'?t|never|do not|didn'?t|i (?:always|never|often|keep|will|won'?t|can'?t|did)|i'?ll)\b.*\bforget", re.IGNORECASE
)
_SIGN = re.compile(
    r"^\s*(?:oh|ah|hm+|sorry|wait|well|ok|okay|hey)?[\s,.!:–-]*"
    r"(?:no\b(?=[\s,.!:;–-])(?!\s+(?:one|need|doubt|idea|problem|way|matter|body|longer|more)\b)|nope\b|actually\b|correction\b|scratch that|wait\b|oops\b|sorry\b"
    r"|you got (?:it|that|this) wrong|you'?re mistaken|that'?s a mistake|that'?s (?:wrong|not right|not true|incorrect)|that is (?:wrong|not right|incorrect)|you'?re wrong|i was wrong|i made a mistake|i meant|not quite"
    r"|not any ?more|in fact)",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:any ?more|no longer|these days i|not .{1,60} but|instead of|i(?:'ve| have)? (?:just |recently )?(?:moved|switched|changed)|we(?:'ve| have)? (?:just |recently )?moved"
    r"|(?:is|was|are|were|has been|have been|got) (?:now |just |recently )?(?:moved|changed|renamed|postponed|rescheduled|cancelled|canceled)\b.{0,20}(?:\bnow\b|\bto\b|$)"
    r"|(?:is|are|am|'s|'m) now\b|now (?:called|named|live|work)|has changed|changed (?:my|our))\b",
    re.IGNORECASE,
)
_INSTEAD = (
    re.compile(r"^(?:it'?s |it is |it was |i meant |i said )?not (?P<old>[^,;:.]{1,60}?)(?:,? but|[,;:]|,? it'?s|,? it is)\s+(?:it'?s |it is |rather )?(?P<new>[^,;.]{1,80})$", re.IGNORECASE),
    re.compile(r"^(?:it'?s |it is |it was |i meant |i mean |i said |the answer is )?(?P<new>[^,;.]{1,80}?),? (?:and )?(?:not|instead of|rather than) (?P<old>[^,;.]{1,60})$", re.IGNORECASE),
    re.compile(r"^instead of (?P<old>[^,;.]{1,60}), (?:it'?s |it is )?(?P<new>[^,;.]{1,80})$", re.IGNORECASE),
    re.compile(r"^(?:no,? )?(?:it'?s|it is|it was|they'?re|they are|i meant|i mean|make (?:it|that)|that'?s|that is|that should be|it should be) (?P<new>[^,;.]{1,80})$", re.IGNORECASE),
)  # fmt: skip
_CHANGED = re.compile(
    r"^(?P<what>(?:my|our) .{2,60}?) (?:has|have|'s)(?: been)? changed(?:[,:;.]? (?:it'?s|it is|they'?re|they are)(?: now)?| to) (?P<new>.+)$",
    re.IGNORECASE,
)
_NO_MORE = re.compile(
    r"^(?P<before>.{3,120}?(?:n't|\bnot|\bno longer)\b.{0,80}?)(?:[,;]| but| and) (?:but |and |now )?(?P<after>(?:i|we|my|our)\b.+)$",
    re.IGNORECASE,
)
_NOW = re.compile(r"\b(?:is|are|live|work|am|'m|drive|play|called|speak|study)\b.{1,60}\b(?-i:now)[.!]?$", re.IGNORECASE)
_NAMED_OLD = re.compile(
    r"[,;]? (?:and )?\b(?:not|instead of|rather than)\b (?P<old>[^,;.?!]{1,60})(?P<end>[.!]?)$", re.IGNORECASE
)
_NOT_BUT = re.compile(r"\bnot (?P<old>(?!only\b|just\b)[^,;.?!]{1,60}?),? but (?:rather )?", re.IGNORECASE)
_ADDRESS = re.compile(
    r"^(?:you (?:can|may|should|must|could) )?(?:(?:always|just|only|simply) )?(?:call|address|name) me (?:as |by |with )?(?P<name>[\"“']?(?:(?:Dr|Mr|Mrs|Ms|St|Prof)\.|[^.!,;]){1,60}?)(?P<rest>(?:[,;]| from now on| instead| please| and | when ).*)?$",
    re.IGNORECASE,
)
_WANTS_NAME = re.compile(
    r"^i (?:go by|answer to)(?: the name(?: of)?)?\b|^i(?:'d| would)? (?:want|like|prefer|love|wish)(?: to be| being) (?:called|addressed as|named)\b",
    re.IGNORECASE,
)
_PLEASANTRY = re.compile(
    r"^(?:(?:thanks|thank you|cheers|please|great|okay|ok|hi|hello|hey|good (?:morning|evening|night|day|afternoon)|that'?s (?:all|it)|nice|got it|bye"
    r"|see you|by the way|just so you know|isn'?t that nice|keep that in mind|don'?t forget(?: it| that)?|remember (?:it|that|this))\b[ ,]?[\w ,]{0,20}[.!…]*)$",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"^(?:always|never|don'?t|do not|stop|avoid|answer|reply|respond|speak|talk|write|use|keep|be|give|end|start|begin|finish|close|open|sign|greet|address"
    r"|make|explain|say|tell|format|include|add|skip|leave|translate|summari[sz]e|act|behave|treat|refer|put|limit|show|prefer|ask|remind|wish|pretend|stick|refrain"
    r"|try|let|no)\b",
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
_REQUEST = re.compile(
    r"^i(?:'d| would| don'?t| do not)? (?:want|need|like|prefer|expect|ask|love|appreciate)(?: it if)? (?:for )?you(?:r\b|\b)",
    re.IGNORECASE,
)
_PREFERENCE = re.compile(
    r"^(?:[\w' ]{0,30}\b)?(?:i(?:'d| would)? (?:really |much |generally |usually |always |strongly )?(?:prefer|rather|sooner)\b"
    r"|i(?:'d| would)? (?:really |always |usually )?(?:like|want|love|take|appreciate|enjoy|hate|dislike)"
    r" (?:(?:\w+[ -]){0,3}(?:answers|replies|responses|explanations|summaries|messages|lists|bullet points|examples)\b.*|it when .*)"
    r"|my preference\b|my preferred\b)",
    re.IGNORECASE,
)
_SAID = re.compile(r"^i (?:like|love|take) (?:my|our) \w+$", re.IGNORECASE)

_BARE_VALUE = re.compile(
    r"^(?!(?:Thanks|Thank|Sorry|Never|Not|No|Ok|OK|Okay|Yes|That|This|What|How|Why|I|It|You|He|She|They|We)\b)[A-Z0-9][^\s,.!?]*(?: [^\s,.!?]+){0,3}[.!]?$"
)
_CONTRAST = re.compile(
    r"^(?P<subject>.{2,80}?) (?P<verb>is|are|was|were)(?:n't| not) (?P<old>[^,;]{1,60})[,;] (?:but )?(?:it|they|he|she)(?:'s|'re| is| are| was| were) (?P<new>.+)$",
    re.IGNORECASE,
)
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


@dataclass(frozen=True, slots=True)
class Forget:
    """The user asks to forget something; `words` say what, and are to be matched with what is known."""

    words: str


def plain(text: str, now: datetime) -> Candidate | Forget | None:
    """What a whole message asks for by its pattern alone, or None where only a model could tell.

    "Remember that ...", "forget ...", a correction ("no, it's ...", "actually ...", "not X but Y"), "call me ...", "always ...".
    """
    words = _tidy(_statements(text)[0])
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
    if _SIGN.match(words) and (
        _speaks_of_user(words) or _instead(words[opening(words) :]) is not None or _BARE_VALUE.match(words[opening(words) :])
    ):
        return replace(candidate(text, now), kind="correction")
    elliptic = _instead(words)
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
    words = _tidy(told)
    remember = _REMEMBER.match(words)
    signed = _SIGN.match(words) is not None
    start = remember.end() if remember is not None else 0
    said = words[start:]
    said = said[opening(said) :] if signed or _SIGN.match(said) or opening(said) else said
    signed = signed or _SIGN.match(words[start:]) is not None
    elliptic = _instead(said) or (("", said.strip(" .!")) if signed and _BARE_VALUE.match(said) else None)
    if elliptic is not None:
        old, new = elliptic
        new = new.strip(" \"'“”.!")
        sentence = f"It is {new}" + (f", not {old}" if old else "")
        return Candidate(
            "correction", third_person(sentence), "", _as_written(new, text), old, expires(said, now), "pattern", span
        )
    kind = _kind(said, signed)
    said, old = _without_old(said)
    kind = "correction" if old and kind == "fact" else kind
    if re.match(r"(?i)to \w+", said):
        said = f"I need {said}"
    if kind == "instruction":
        return _instruction(text, said, old, now, span)
    asked, answer = question_and_answer(said)
    listed = _LISTED.match(said)
    if not answer and listed is not None:
        said = f"My {listed['what'][0].lower()}{listed['what'][1:]} is {listed['value']}"
        asked, answer = question_and_answer(said)
    told = _restated(said, asked, answer)
    written = _as_written(answer, text)
    asked = asked if written else ""
    note = third_person(told)
    return Candidate(
        kind, note.replace(answer, written) if written else note, asked, written, old, expires(said, now), "pattern", span
    )


def _tidy(text: str) -> str:
    return with_apostrophes(re.sub(r"\s+", " ", text).replace("’", "'").strip())


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


def _as_written(value: str, text: str) -> str:
    """`value`, read from the tidied text, as it stands in `text`; "" if it does not."""
    if value in text:
        return value
    pattern = re.escape(value).replace("'", "['’]").replace(r"\ ", r"\s+")
    found = re.search(pattern, text)
    return found[0] if found is not None else ""


def _instead(said: str) -> tuple[str, str] | None:
    """The old value ("" if not named) and the new one of a correction that names nothing else: "not Tuesday but Friday"."""
    bare = said.strip().rstrip(".!")
    for place, pattern in enumerate(_INSTEAD):
        match = pattern.match(bare)
        if match is None:
            continue
        new, old = match["new"], match.groupdict().get("old") or ""
        # A verb of its own makes it a statement; the last pattern has none by its shape.
        if place < 2 and re.search(
            r"\b(is|are|was|were|am|i|my|'s|has|have|please|call|always|do|does|did)\b", new, re.IGNORECASE
        ):
            continue
        if place == 3 and (
            re.match(
                r"(?i)(a|an|very|so|too|not|raining|cold|hot|fine|ok|okay|good|great|nice|true|right|wrong|late|me|you|my|what|how|why|because|that)\b",
                new,
            )
            or len(new.split()) > 8
        ):
            continue
        if place == 1 and (
            len(new.split()) > 6 or re.match(r"(?i)(of course|i|maybe|probably|why|certainly|definitely|absolutely)\b", new)
        ):
            continue
        return old, new
    return None


def _without_old(said: str) -> tuple[str, str]:
    """The statement without the older value it names, and that value: "... on Friday, not Tuesday"."""
    changed = _CHANGED.match(said)
    if changed is not None:
        return f"{changed['what']} is {changed['new']}", ""
    no_more = _NO_MORE.match(said)
    if no_more is not None:
        old, new = question_and_answer(no_more["before"]), question_and_answer(no_more["after"])
        # "I don't live in Ghent any more, I live in Antwerp": asked about alike, the second is what holds.
        if old[1] and new[1] and old[0].split()[0] == new[0].split()[0]:
            return no_more["after"], old[1]
    contrast = _CONTRAST.match(said)
    if contrast is not None:
        return f"{contrast['subject']} {contrast['verb']} {contrast['new']}", _bare(contrast["old"])
    named = _NAMED_OLD.search(said)
    if (
        named is not None
        and named.start() > 3
        and not re.search(r"\b(rather|prefer|instead of|rather than)\b", said, re.IGNORECASE)
        and "," in said[named.start() : named.start() + 2]
    ):
        return said[: named.start()] + named["end"], _bare(named["old"])
    not_but = _NOT_BUT.search(said)
    if not_but is not None:
        return said[: not_but.start()] + said[not_but.end() :], _bare(not_but["old"])
    moved = re.search(r"\b(?:moved|switched|changed) from (?P<old>[^,;.]{1,40}?) to ", said)
    if moved is not None:
        return said[: moved.start("old") - 5] + said[moved.end("old") + 1 :], moved["old"]
    return said, ""


def _bare(old: str) -> str:
    """The older value without what only its sentence needed: "at 3", "called Oduya"."""
    return re.sub(r"(?i)^(?:(?:at|on|in|called|named|a|an|the)\s+)+", "", old.strip())


def _kind(said: str, signed: bool) -> Kind:
    bare = re.sub(rf"(?i)^{_POLITE}", "", said)
    if (
        _ADDRESS.match(bare.rstrip(" .!"))
        or _WANTS_NAME.match(said)
        or _REQUEST.match(said)
        or (_is_imperative(bare) and not re.match(r"(?i)no\b(?! )", bare))
    ):
        return "instruction"
    if re.match(r"(?i)please\b", said) and not re.match(r"(?i)\s*(i|my|our|we)\b", bare):
        return "instruction"
    if signed or _CHANGE.search(said) or _NOW.search(said):
        return "correction"
    if _PREFERENCE.match(said) and not _SAID.match(said):
        return "preference"
    return "fact"


def _is_imperative(said: str) -> bool:
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


def _instruction(text: str, said: str, old: str, now: datetime, span: tuple[int, int]) -> Candidate:
    bare = re.sub(rf"(?i)^{_POLITE}", "", said).strip()
    bare = re.sub(r"(?i)[\s,]+(?:please|thanks|thank you|from now on)[\s.!]*$", "", bare)
    address = _ADDRESS.match(_WANTS_NAME.sub("call me", bare).rstrip(" .!"))
    if address is not None and address["name"].strip():
        name = address["name"].strip(" \"'“”")
        rest = (address["rest"] or "").strip(" .!")
        rest = "" if rest.lower().strip(" ,") in {"please", "from now on", "instead"} else rest
        told = third_person(f"I want to be called {name}{' ' if rest and rest[0].isalnum() else ''}{rest}")
        name = _as_written(name, text)
        asked = "What should you call me?" if name else ""
        return Candidate("instruction", told, asked, name, old, expires(said, now), "pattern", span)
    wanted = re.match(r"(?i)i(?:'d| would)? (?:want|like|prefer|need|love) you to (?P<rest>.+)", bare)
    if wanted is not None and _ADDRESS.match(wanted["rest"].rstrip(" .!")):
        return _instruction(text, wanted["rest"], old, now, span)
    if _REQUEST.match(bare):
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


def _restated(said: str, asked: str, answer: str) -> str:
    """What is noted. A bare move is told as where the user lives now, for that is what will be asked."""
    if asked == "Where do I live?" and re.fullmatch(
        rf"(?i)(?:i|we)(?:'ve| have)?(?: just| recently)? moved to {re.escape(answer)}[.!]?(?: now)?", said.strip()
    ):
        return f"I live in {answer} now"
    return said


def expires(said: str, now: datetime) -> datetime | None:
    """When a statement stops being true by its own words ("this week", "until Friday", "tomorrow"), or None if it lasts."""
    low = said.lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if re.search(r"\b(every|each|always|usually|most)\b", low):
        return None
    until = re.search(
        rf"\b(?:until|till|through)\s+(?:next |the )?({'|'.join(_DAYS)}|tomorrow|tonight|the weekend|weekend)\b", low
    )
    if until is not None:
        day = until[1]
        ahead = (
            1
            if day == "tomorrow"
            else 0
            if day == "tonight"
            else (_DAYS.index(day) - now.weekday()) % 7 or 7
            if day in _DAYS
            else (5 - now.weekday()) % 7
        )
        return midnight + timedelta(days=ahead + 1)
    span = re.search(r"\bfor (?:the next |another )?(\d+|a|an|one|two|three|four|five|six) (day|week|month)s?\b", low)
    if (
        span is not None
        and re.search(r"\bnext\b|\bhere for\b|\baway for\b|\bin \w+ for\b|\bout for\b|\boff for\b", low)
        and "have" not in low
    ):
        count = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}.get(span[1]) or int(span[1])
        return midnight + timedelta(days=count * {"day": 1, "week": 7, "month": 30}[span[2]] + 1)
    week_end = midnight + timedelta(days=7 - now.weekday())
    for pattern, end in (
        (r"\btomorrow\b", midnight + timedelta(days=2)),
        (r"\b(today|tonight|this (morning|afternoon|evening)|right now|at the moment)\b", midnight + timedelta(days=1)),
        (r"\bnext week\b", week_end + timedelta(days=7)),
        (r"\b(this week|this weekend|these days this)\b", week_end),
        (r"\bthis month\b", midnight + timedelta(days=31)),
    ):
        if re.search(pattern, low):
            return end
    return None
