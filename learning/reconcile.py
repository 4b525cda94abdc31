"""What becomes of a candidate beside what is already known: add it, put it in the place of an older memory, or ignore it. Pure.

Two memories are about the same when their questions are, however they are worded ("What is my sister called?", "Who is my
sister?"). A second answer replaces the first where there can be only one (a name, a home, a birthday) and stands beside it
where there can be many (likes, allergies, languages), unless the user was correcting themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from learning.corrections import put
from learning.language.english import tokens
from learning.language.question import question_and_answer
from learning.language.verbs import read_verb
from learning.types import Candidate, Memory, content_hash


@dataclass(frozen=True, slots=True)
class Add:
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Supersede:
    """`candidate` takes the place of `old`, which stays as history. It may be completed from it ("no, it's Ada")."""

    old: Memory
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Ignore:
    old: Memory
    why: str


_STOP = frozenset(
    """the a an of in on at to from with for by and or but is are was were be am been being has have had do does did not n't no never longer any
    more anymore user user's my our i we me us mine your you it its it's this that these those what who where when which how why whose so too also
    very really now again just there here 's 're 'm 've 'd 'll as than then some every about""".split()
)
_ALIKE = {"name": "call", "named": "call", "favorite": "favourite", "mum": "mother", "mom": "mother", "dad": "father", "job": "work", "profession": "work",
          "occupation": "work", "born": "birthday", "birth": "birthday", "bike": "bicycle", "color": "colour", "colours": "colour", "kids": "child",
          "kid": "child", "children": "child", "replies": "answer", "reply": "answer", "responses": "answer"}  # fmt: skip
_NEGATED = re.compile(r"n't\b|\b(?:not|never|no longer|cannot|any ?more|stopped|quit|gave up)\b", re.IGNORECASE)
_ADDED = re.compile(
    r"\b(?:has (?:a|an|another|one)\b|another|one of|also|too\b|as well|(?:the )?other|second|third|besides)\b", re.IGNORECASE
)
_MANY = frozenset(
    "friend colleague coworker cousin neighbour neighbor aunt uncle niece nephew pet teacher student classmate flatmate roommate".split()
)
_ONE_VERBS = frozenset("drive weigh study cost earn prefer marry support measure live work reside call name".split())
_TOPICS = tuple(
    (re.compile(pattern), relation)
    for pattern, relation in (
        (r"^(?:what|how) (?:is|are|was|were) (?P<s>.+?) (?:called|named)$", "name"),
        (r"^what (?:is|was) (?P<s>.+?)'s? (?:first |full |real )?name$", "name"),
        (r"^what (?:is|was|are) the names? of (?P<s>.+)$", "name"),
        (r"^who (?:is|are|was|were) (?P<s>(?:my|our|the|.+'s) .+)$", "name"),
        (r"^what (?:did|do|does|have) (?:i|we) (?:call|name|named|called) (?P<s>.+)$", "name"),
        (r"^(?:what is my name|who am i)$", "name"),
        (r"^what should you call me$|^what do (?:people|you|my friends) call me$|^what is my nickname$", "address"),
        (r"^where (?:do|does|am|is|are) (?P<s>i|we|.+?) (?:live|living|based|reside)(?: now)?$", "live"),
        (r"^(?:in )?(?:which|what) (?:city|town|village|place|country) (?:do|does) (?P<s>i|we|.+?) live(?: in)?$", "live"),
        (r"^what (?:is|are|was) (?P<s>.+?)'?s? (?:job|profession|occupation)$", "work"),
        (r"^what (?:do|does) (?P<s>i|we|.+?) (?:do for a living|do for work|work as)$", "work"),
        (r"^how old (?:is|am|are) (?P<s>.+)$", "age"),
        (r"^what (?:is|are) (?P<s>.+?)'?s? age$", "age"),
        (r"^when (?:is|was) (?P<s>.+?)'?s? (?:birthday|date of birth)$", "birthday"),
        (r"^when (?:was|were) (?P<s>.+?) born$", "birthday"),
        (r"^what (?:do|does) (?P<s>i|we|.+?) drive$|^what kind of car (?:do|does) (?P<o>i|we|.+?) have$", "car"),
        (r"^where (?:do|does|did) (?:i|we) (?:keep|put|store|hide|leave) (?P<s>.+)$", "place"),
        (r"^where (?:is|are) (?P<s>.+)$", "place"),
        (r"^when (?:is|are|was) (?P<s>.+)$", "when"),
        (r"^what (?:is|are|was|were) (?P<s>my .+|our .+|the .+|.+)$", "what"),
    )
)


def topic(question: str) -> tuple[str, str]:
    """What a question is about, as relation and subject, the same for many wordings: ("name", "sister")."""
    asked = re.sub(r"[?.!\s]+$", "", question.lower().replace("’", "'"))
    asked = re.sub(r"\bwhat's\b", "what is", re.sub(r"\bwho's\b", "who is", re.sub(r"\bwhere's\b", "where is", asked)))
    asked = re.sub(r"\b(?:currently|now|again|still|new|current)\b ?", "", asked).strip()
    for pattern, relation in _TOPICS:
        match = pattern.match(asked)
        if match is not None:
            groups = match.groupdict()
            return relation, _subject(groups.get("s") or groups.get("o") or "my")
    return _subject(asked), ""


def _subject(words: str) -> str:
    words = re.sub(r"^(?:my|our|the|i|we|me)\b ?", "", words.strip())
    return " ".join(_ALIKE.get(word, word) for word in words.replace(" we ", " i ").replace(" our ", " my ").split()) or "i"


def stems(text: str) -> frozenset[str]:
    """The words that carry the meaning, each in one form: verbs by their base, nouns without plural."""
    found = set()
    for word in tokens(text):
        low = word.low
        if not low[0].isalnum() or low in _STOP or "n't" in low:
            continue
        verb = read_verb(low)
        stem = verb.base if verb is not None else low.removesuffix("s") if len(low) > 3 and not low.endswith("ss") else low
        found.add(_ALIKE.get(low, _ALIKE.get(stem, stem)))
    return frozenset(found)


def reconcile(candidate: Candidate, known: Sequence[Memory], about: Memory | None = None) -> Add | Supersede | Ignore:
    """Decide about `candidate` beside the live memories `known`.

    Args:
        about: the memory last spoken of in this conversation, which "no, it's Ada" means; the newest if not given.
    """
    if not known:
        return Add(candidate)
    if candidate.kind == "correction" and not candidate.question and candidate.answer:
        return _completed(candidate, known, about)
    same = content_hash(candidate.text, candidate.question, candidate.answer)
    for memory in known:
        if memory.content_hash == same or _said(memory.text) == _said(candidate.text):
            return Ignore(memory, "this is already known")
    return _against_topic(candidate, known, about) or _against_words(candidate, known) or Add(candidate)


def corrects_nothing(candidate: Candidate, known: Sequence[Memory], about: Memory | None = None) -> bool:
    """Whether it is a correction that asks nothing of its own, and of nothing that is known ("no, it's Ada"): it tells nothing."""
    bare = candidate.kind == "correction" and not candidate.question
    return bare and isinstance(reconcile(candidate, known, about), Add)


def _said(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


def _against_topic(candidate: Candidate, known: Sequence[Memory], about: Memory | None) -> Supersede | Ignore | None:
    if not candidate.question:
        return None
    wanted = topic(candidate.question)
    alike = [memory for memory in known if memory.question and topic(memory.question) == wanted]
    for memory in alike:
        if _said(memory.answer) == _said(candidate.answer):
            return Ignore(memory, "this is already known")
    correcting = candidate.kind == "correction"
    named = [memory for memory in alike if candidate.replaces and _holds(memory.answer, candidate.replaces)]
    if named:
        return Supersede(_newest(named), candidate)
    if not alike:
        return None
    if not correcting:
        for memory in alike:
            if _holds(memory.answer, candidate.answer):
                return Ignore(memory, "something more exact is already known")
    if _ADDED.search(candidate.text) and not correcting:
        return None
    if is_single(candidate.question) or (correcting and len(alike) == 1):
        return Supersede(_newest(alike), candidate)
    return Supersede(about, candidate) if correcting and about in alike and about is not None else None


def is_single(question: str) -> bool:
    """Whether there is one answer at a time: one name, home or birthday, but many likes, allergies and languages."""
    relation, subject = topic(question)
    if relation in {"name", "address", "live", "work", "age", "birthday", "car", "place", "when"}:
        return not (relation == "name" and subject.split()[-1] in _MANY)
    asked = question.lower()
    if relation == "what":
        return not re.match(r"what am i\b|what are you\b", asked)
    if re.match(r"(?:what|which|who|where)\b.*\b(?:do|does|did|have|has|can|can't|don't|doesn't|would|am|is|are)\b", asked):
        verbs = {verb.base for word in tokens(asked) if (verb := read_verb(word.low)) is not None}
        return bool(verbs & _ONE_VERBS) and not re.match(r"where (?:have|has|did|can)\b", asked)
    return not asked.startswith("how should you")


def _against_words(candidate: Candidate, known: Sequence[Memory]) -> Supersede | None:
    """A statement that denies another, or names the value it replaces, without asking the same."""
    words, negated = stems(candidate.text), _NEGATED.search(candidate.text) is not None
    opposite = [memory for memory in known if (_NEGATED.search(memory.text) is not None) != negated]
    if negated and words:
        denied = [memory for memory in opposite if words - {"stop", "quit", "give"} <= stems(memory.text)]
        if denied:
            return Supersede(min(denied, key=lambda memory: (len(stems(memory.text)), -memory.id)), candidate)
    elif words:
        denied = [memory for memory in opposite if stems(memory.text) <= words and stems(memory.text)]
        if denied:
            return Supersede(_newest(denied), candidate)
    if candidate.replaces:
        new = stems(candidate.answer)
        named = [memory for memory in known if _holds(memory.text, candidate.replaces) and (words - new) & stems(memory.text)]
        if named:
            return Supersede(max(named, key=lambda memory: (len(words & stems(memory.text)), memory.id)), candidate)
    turned = [memory for memory in known if _is_turned(memory, candidate)]
    return Supersede(_newest(turned), candidate) if turned else None


def _is_turned(memory: Memory, candidate: Candidate) -> bool:
    """ "I prefer coffee over tea" after "I prefer tea over coffee"."""
    both = "prefer" in memory.text and "prefer" in candidate.text
    return both and stems(memory.text) == stems(candidate.text) and _said(memory.text) != _said(candidate.text)


def _completed(candidate: Candidate, known: Sequence[Memory], about: Memory | None) -> Add | Supersede | Ignore:
    """A correction that names only values takes the rest of its sentence from the memory it corrects."""
    old = candidate.replaces
    if old:
        holding = [memory for memory in known if _holds(memory.answer, old)] or [
            memory for memory in known if _holds(memory.text, old)
        ]
        numbers = frozenset(re.findall(r"\d+", old))
        # "not the 4th" of what is on "4 May".
        numbered = [memory for memory in known if numbers and numbers <= frozenset(re.findall(r"\d+", memory.answer))]
        if not (holding or numbered):
            return Add(candidate)
        target = about if about is not None and about in (holding or numbered) else _newest(holding or numbered)
        old = old if holding else target.answer
    else:
        target = about if about is not None else _newest(known)
        old = target.answer
        if not old:
            return Add(candidate)
    if _said(target.answer) == _said(candidate.answer):
        return Ignore(target, "this is already known")
    if old == target.answer:
        candidate = replace(candidate, answer=_dated(old, candidate.answer))
    text, answer = put(target.text, old, candidate.answer), put(target.answer, old, candidate.answer)
    if text == target.text:
        return Add(candidate)
    return Supersede(
        target, replace(candidate, text=text, question=target.question, answer=answer or candidate.answer, replaces=old)
    )


_DAY = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th)?\b(?= (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
_HOUR = re.compile(r"\bat \d[\d:.]*(?: ?[ap]m)?\b", re.IGNORECASE)


def _dated(old: str, new: str) -> str:
    """A day or an hour that is corrected alone leaves the rest of the date as it was: "12 March at 3", "no, the 13th"."""
    day = re.fullmatch(r"(?:on )?the (?P<number>\d{1,2})(?P<ending>st|nd|rd|th)", new)
    if day is not None and (found := _DAY.search(old)) is not None:
        return f"{old[: found.start()]}{day['number']}{day['ending'] if found[0][-1].isalpha() else ''}{old[found.end() :]}"
    if _HOUR.fullmatch(new) and _HOUR.search(old):
        return _HOUR.sub(new, old, count=1)
    return new


def _holds(text: str, value: str) -> bool:
    return bool(value.strip()) and re.search(rf"(?<!\w){re.escape(value.strip())}(?!\w)", text, re.IGNORECASE) is not None


def _newest(memories: Sequence[Memory]) -> Memory:
    return max(memories, key=lambda memory: (memory.created_at, memory.id))


def forgotten(words: str, known: Sequence[Memory]) -> list[Memory]:
    """The memories among `known` that "forget <words>" means, oldest first; several mean that the person must be asked.

    Strict: every word that carries meaning must be found in the memory, so a memory is never hit by chance. Words that state
    a memory exactly ("my sister is called Oduya") mean that one alone. "everything" means all.
    """
    said = re.sub(r"(?i)^(?:that|about|the fact that|where|what|who|when|how)\s+", "", words.strip(" .!?\"'"))
    if re.fullmatch(
        r"(?i)(?:everything|all(?: of it| memories)?|anything)(?: (?:about me|you know(?: about me)?|i (?:told|said to) you))?",
        said,
    ):
        return list(known)
    asked, answer = question_and_answer(said)
    exact = [
        memory
        for memory in known
        if asked and memory.question and topic(memory.question) == topic(asked) and _said(memory.answer) == _said(answer)
    ]
    if exact:
        return exact
    wanted = stems(words)
    if not wanted:
        return []
    found = [memory for memory in known if wanted <= stems(f"{memory.text} {memory.question}")]
    own = [memory for memory in found if re.search(r"\bI\b", words) and memory.text.lower().startswith(("the user ", "user "))]
    return own or found
