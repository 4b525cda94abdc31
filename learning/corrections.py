"""Corrections: that the user takes something back, which value they name as the old one and which as the new."""

from __future__ import annotations

import re

from learning.language.question import question_and_answer

SIGN = re.compile(
    r"^\s*(?:oh|ah|hm+|sorry|wait|well|ok|okay|hey)?[\s,.!:–-]*"
    r"(?:no\b(?=[\s,.!:;–-])(?!\s+(?:one|need|doubt|idea|problem|way|matter|body|longer|more)\b)|nope\b|actually\b|correction\b|scratch that|wait\b|oops\b|sorry\b"
    r"|you got (?:it|that|this) wrong|you'?re mistaken|that'?s a mistake|that'?s (?:wrong|not right|not true|incorrect)|that is (?:wrong|not right|incorrect)|you'?re wrong|i was wrong|i made a mistake|i meant|not quite"
    r"|not any ?more|in fact)",
    re.IGNORECASE,
)
CHANGE = re.compile(
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
    r"^(?P<before>.{1,120}?(?:n't|\bnot|\bno longer)\b.{0,80}?)(?:[,;]| but| and) (?:but |and |now )?(?P<after>(?:i|we|my|our|it|they|she|he|(?<=but )(?:with|at|in|on|for))\b.+)$",
    re.IGNORECASE,
)
_ONLY_VALUE = re.compile(
    r"^(?:(?:i'm|i am|we're|we are|it's|it is|they're|they are) (?:now )?(?:(?:with|at|in|on|using) )?|(?:with|at|in|on|for) )(?P<new>[^,;]{1,60}?)(?: now| instead)?[.!]?$",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:don't|do not|no longer|(?<=am )not|(?<='m )not|(?<=are )not) |,? (?:any ?more|any longer)\b", re.IGNORECASE
)
_ENDED = re.compile(r"\b(?:any ?more|any longer|no longer)\b", re.IGNORECASE)
NOW = re.compile(r"\b(?:is|are|live|work|am|'m|drive|play|called|speak|study)\b.{1,60}\b(?-i:now)[.!]?$", re.IGNORECASE)
_NAMED_OLD = re.compile(
    r"[,;]? (?:and )?\b(?:not|instead of|rather than)\b (?P<old>[^,;.?!]{1,60})(?P<end>[.!]?)$", re.IGNORECASE
)
_NOT_BUT = re.compile(r"\bnot (?P<old>(?!only\b|just\b)[^,;.?!]{1,60}?),? but (?:rather )?", re.IGNORECASE)
BARE_VALUE = re.compile(
    r"^(?!(?:Thanks|Thank|Sorry|Never|Not|No|Ok|OK|Okay|Yes|That|This|What|How|Why|I|It|You|He|She|They|We)\b)(?:[A-Z0-9]|(?:(?:on|at) )?the \d|(?:on|at) \d)[^\s,.!?]*(?: [^\s,.!?]+){0,3}[.!]?$"
)
_CONTRAST = re.compile(
    r"^(?P<subject>.{2,80}?) (?P<verb>is|are|was|were)(?:n't| not) (?P<old>[^,;]{1,60})[,;] (?:but )?(?:it|they|he|she)(?:'s|'re| is| are| was| were) (?P<new>.+)$",
    re.IGNORECASE,
)


def instead(said: str) -> tuple[str, str] | None:
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


def without_old(said: str) -> tuple[str, str]:
    """The statement without the older value it names, and that value: "... on Friday, not Tuesday"."""
    changed = _CHANGED.match(said)
    if changed is not None:
        return f"{changed['what']} is {changed['new']}", ""
    no_more = _NO_MORE.match(said)
    if no_more is not None:
        before, after = no_more["before"], no_more["after"]
        stated = _DENIAL.sub("", before) if _ENDED.search(before) else ""
        denied, new = question_and_answer(before), question_and_answer(after)
        old = question_and_answer(stated)[1] or denied[1]
        # "I don't live in Ghent any more, I live in Antwerp": asked about alike, the second is what holds.
        alike = denied[0].split(" ")[0] == new[0].split(" ")[0] and (not stated or new[0].startswith(("Where ", "When ")))
        if new[1] and old and (new[0] == question_and_answer(stated)[0] or (denied[1] and alike)):
            return after, old
        # "I don't work for Ada any more, I'm with Bo now": the second names a value only.
        only = _ONLY_VALUE.match(after)
        if only is not None and old and re.match(r"(?i)(?:i|we)\b", stated):
            return put(stated, old, only["new"]), old
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


def put(text: str, old: str, new: str) -> str:
    """`text` with `new` for `old`; an article goes with the value it belongs to."""
    article = r"(?:\b(?:an?|the) )?" if re.match(r"(?i)(?:an?|the) ", new) else ""
    return re.sub(rf"{article}(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text, count=1, flags=re.IGNORECASE)
