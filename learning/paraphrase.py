"""Questions about a memory, made by rule: the same asked in other words, the other way round, and what was never told.

A night trains on some of them and is judged on others, so there must be many, they must be natural, and their order must follow
from the memory's content alone. Everything is read off the memory's own question, which the user's words or the model gave.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learning.language import nouns
from learning.language.english import BE, MODALS, PREPOSITIONS, tokens
from learning.language.verbs import past, read_verb, third
from learning.related import related_nouns, related_questions
from learning.types import Memory

_SHAPE = re.compile(
    r"^(?P<wh>(?:since when|what time|what colour|what color|what breed|what nationality|what religion|what kind of [\w -]+?|how (?:old|tall|long|much|far away|wide|deep|heavy)"
    r"|how many [\w -]+?|which [\w -]+?|what|who|where|when|how))"
    r"(?: (?P<aux>is|are|am|was|were|do|does|did|have|has|can't|can|would|will|should|could|don't|doesn't|didn't|won't)|(?P<short>'s)) (?P<rest>.+)$",
    re.IGNORECASE,
)
_PREDICATES = frozenset(
    """called named nicknamed like born allergic afraid married engaged made based parked stored from about moved due open closed interested good bad
    fond proud tired intolerant old tall long wide deep""".split()
)
_BEFORE = (
    "Remind me: {q}",
    "By the way, {q}",
    "Quick question: {q}",
    "Tell me, {q}",
    "Hey, {q}",
    "Dormouse, {q}",
    "So, {q}",
    "One more thing: {q}",
)
_AFTER = ("{Q} I forgot.", "{Q} Please remind me.", "{Q} I can't remember.")
_INDIRECT = ("Can you tell me {c}?", "Do you know {c}?", "Remind me {c}.", "Tell me {c}.", "I forgot {c}.", "Could you remind me {c}?",
             "Please tell me {c}.", "I can't remember {c}.", "Do you remember {c}?", "I'd like to know {c}.")  # fmt: skip
_NOUN = ("Tell me {n}.", "{N}?", "Remind me of {n}.", "I forgot {n}.", "Do you know {n}?", "Can you tell me {n}?", "What's {n}?", "I need {n}.",
         "Do you remember {n}?")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question in parts: "What" "is" "my kettle" "called"; "Where" "do" "I" "live"."""

    wh: str
    aux: str
    subject: str
    rest: str

    @property
    def indirect(self) -> str:
        """As it stands after "Do you know": "what my kettle is called", "where I live"."""
        if self.aux == "do":
            return _joined(self.wh, self.subject, self.rest)
        if self.aux in {"does", "did"}:
            verb, _, after = self.rest.partition(" ")
            if verb == "never":
                again, _, after = after.partition(" ")
                return _joined(self.wh, self.subject, "never", third(again) if self.aux == "does" else past(again), after)
            return _joined(self.wh, self.subject, third(verb) if self.aux == "does" else past(verb), after)
        return _joined(self.wh, self.subject, self.aux, self.rest)


def questions(memory: Memory) -> tuple[str, ...]:
    """Other wordings of the memory's question, without the question itself; empty where it has none.

    Wordings of their own ("Which name does my kettle have?") and wrappings ("Do you know what my kettle is called?") are mixed
    in an order that follows from the content.
    """
    question = _plain(memory.question)
    if not question:
        return ()
    asked = _read(question)
    direct = [question] if asked is None else [question, *_rephrased(asked, memory)]
    low = _lowered(question)
    wrapped = [pattern.format(q=low, Q=question) for pattern in (*_BEFORE, *_AFTER)]
    if asked is not None:
        wrapped += [pattern.format(c=asked.indirect) for pattern in _INDIRECT]
        wrapped += [pattern.format(n=noun, N=noun[0].upper() + noun[1:]) for noun in _as_nouns(asked) for pattern in _NOUN]
        short = {"is": "'s", "are": "'re"}.get(asked.aux, "")
        if short == "'s" and asked.wh in {"what", "who", "where", "when", "how"}:
            direct.append(_question(f"{asked.wh}'s", asked.subject, asked.rest))
    wrapped += [low, low.rstrip("?")]
    return _ordered(memory, (made for made in (*direct, *wrapped) if made != memory.question))


def reverse_questions(memory: Memory) -> tuple[str, ...]:
    """Questions from the value back to what it is the value of: "Who is Oduya?", "What is Vesuvius?"."""
    value = memory.answer
    if not value or len(value.split()) > 8:
        return ()
    asked = _read(_plain(memory.question))
    named = value[0].isupper() and not value.isupper()
    person = asked is not None and any(
        nouns.is_person(word) or nouns.is_pet(word) for word in re.findall(r"[\w-]+", asked.subject.lower())
    )
    made = [
        f"What do you know about {value}?",
        f"What did I tell you about {value}?",
        f"What does {value} have to do with me?",
        f"Does {value} mean anything to you?",
    ]
    if asked is not None and asked.wh in {"where"}:
        made += [f"What about {value}?", f"Why is {value} important to me?"]
    if named and (person or (asked is not None and asked.wh == "who")):
        made = [
            f"Who is {value}?",
            f"Who's {value}?",
            f"Tell me who {value} is.",
            f"Remind me: who is {value}?",
            f"Do you know who {value} is?",
            *made,
        ]
    elif named and asked is not None and (asked.rest == "called" or asked.wh == "what"):
        made = [
            f"What is {value}?",
            f"What's {value}?",
            f"Who or what is {value}?",
            f"Which of my things is {value}?",
            f"Do you know what {value} is?",
            *made,
        ]
    return _ordered(memory, made)


def near_misses(memory: Memory, known: Sequence[Memory] = ()) -> tuple[str, ...]:
    """Questions that look like the memory's and were not told: another's name, another fact about the same thing.

    Args:
        known: other memories; what one of them answers is no near miss.
    """
    question = _plain(memory.question)
    asked = _read(question)
    if asked is None:
        return ()
    made = list(related_questions(question))
    head = _head(asked.subject)
    for other in related_nouns(head):
        made.append(_question(asked.wh, asked.aux, re.sub(rf"\b{re.escape(head)}\b", other, asked.subject), asked.rest))
    if not made or asked.subject in {"I", "we"}:
        made += [_question(asked.wh, aux, subject, rest) for aux, subject, rest in _of_others(asked)]
    if asked.subject.lower().startswith(("my ", "our ")) and head and "'" not in asked.subject:
        made += _about_the_same(asked, head)
    told = {_plain(other.question).casefold() for other in (memory, *known) if other.question}
    said = memory.text.casefold()
    return _ordered(memory, (other for other in made if other.casefold() not in told and not _is_told(other, said)))


def _is_told(question: str, said: str) -> bool:
    """Whether the memory itself may answer it: its sentence says where and when as well."""
    first = question.split(" ", 1)[0].lower()
    return (
        first == "where" and re.search(r"\b(in|at) [A-Z]?\w+", said) is not None and question.split()[-1].rstrip("?") in said
    ) or ("born" in question and "born" in said)


def _plain(question: str) -> str:
    return re.sub(r"\s+", " ", question.replace("’", "'")).strip()


def _read(question: str) -> _Asked | None:
    match = _SHAPE.match(question.rstrip("?. "))
    if match is None:
        return None
    aux = "is" if match["short"] else match["aux"].lower()
    rest = match["rest"]
    words = tokens(rest)
    if not words:
        return None
    end = _subject_end([word.low for word in words], aux, match["wh"].lower(), [word.capitalised for word in words])
    if end is None:
        return None
    cut = words[end - 1].end
    return _Asked(match["wh"][0].lower() + match["wh"][1:], aux, rest[:cut], rest[cut:].strip())


def _subject_end(lows: list[str], aux: str, wh: str, capitals: list[bool]) -> int | None:
    """How many words are the subject."""
    if lows[0] in {"i", "we", "you"}:
        return 1
    for place in range(1, len(lows)):
        verb = read_verb(lows[place])
        if aux in {"do", "does", "did", "don't", "doesn't", "didn't"} or aux in MODALS | {"would", "should", "can't", "won't"}:
            if lows[place] in {"never", "no"} or (
                verb is not None
                and verb.form == "base"
                and (place > 1 or lows[0] not in {"my", "our", "the"})
                and not capitals[place]
            ):
                return place
        elif aux in BE | {"have", "has"}:
            ing = verb is not None and verb.form == "ing" and place > 1
            participle = verb is not None and verb.form in {"past", "participle"} and place > 1
            if (lows[place] in _PREDICATES and (place > 1 or lows[0] not in {"my", "our", "the"})) or ing or participle:
                return place
    if aux in BE:
        return len(lows)
    return None


def _rephrased(asked: _Asked, memory: Memory) -> list[str]:
    """Wordings of their own for the relations that people tell most."""
    subject, wh, rest = asked.subject, asked.wh, asked.rest
    whose = "my" if subject == "I" else "our" if subject == "we" else f"{subject}'" if subject.endswith("s") else f"{subject}'s"
    be = asked.aux if asked.aux in {"is", "are", "was", "were"} else "is"
    made: list[str] = []
    if wh == "what" and rest == "called":
        made += _names(subject, whose, be)
    owner = re.match(r"^(?P<who>(?:my|our|the) .+?)'s? name$", subject) or re.match(r"^the name of (?P<who>.+)$", subject)
    if wh == "what" and not rest and owner is not None:
        made += [f"What is {owner['who']} called?", *_names(owner["who"], f"{owner['who']}'s", be)]
    if wh == "who" and not rest and subject.lower().startswith(("my ", "our ")):
        made += [
            f"What is {whose} name?",
            f"What is {subject} called?",
            f"Whom do I have as {subject}?" if be == "is" else "",
            f"Who was {subject} again?",
        ]
    made += _of_oneself(asked, memory)
    if wh == "what" and not rest:
        made += _what_is(subject, be)
    if wh == "where" and asked.aux in {"is", "are"} and not rest:
        made += [
            f"Where can I find {subject}?",
            f"Where did I say {subject} {be}?",
            f"Where should I look for {subject}?",
            f"In what place {be} {subject}?",
        ]
    if wh == "when" and asked.aux in {"is", "are"} and not rest:
        made += [
            f"What day {be} {subject}?",
            f"On which date {be} {subject}?",
            f"What is the date of {subject}?",
            f"When do I have {subject}?",
        ]
    if wh == "how old" and not rest:
        made += [
            f"What is {whose} age?",
            f"What age {be if subject not in {'I', 'we'} else asked.aux} {subject}?",
            f"How many years old {asked.aux} {subject}?",
        ]
    if wh == "what colour" and not rest:
        made += [f"Which colour {be} {subject}?", f"What is the colour of {subject}?", f"What color {be} {subject}?"]
    if wh in {"what", "where", "when", "who", "how"} and asked.aux in {"do", "does", "did"}:
        made.append(f"{wh.capitalize()} did I say {asked.indirect.removeprefix(wh + ' ')}?")
        made += [_question(wh, asked.aux, subject, rest, "again")]
        if asked.aux == "do":
            made += _habits(asked)
    return [question for question in made if question]


def _names(subject: str, whose: str, be: str) -> list[str]:
    if be == "are":
        return [
            f"What are {whose} names?",
            f"What are the names of {subject}?",
            f"Which names do {subject} have?",
            f"What do I call {subject}?",
        ]
    made = [f"What is {whose} name?", f"What's {whose} name?", f"What is the name of {subject}?", f"What's the name of {subject}?", f"Which name does {subject} have?",
            f"What name does {subject} have?", f"What's {subject} called?", f"How is {subject} called?", f"What name does {subject} go by?"]  # fmt: skip
    if nouns.is_person(_head(subject)):
        return [*made, f"Who is {subject}?", f"Who's {subject}?"]
    return [*made, f"What do I call {subject}?", f"What did I name {subject}?", f"What name did I give {subject}?"]


def _what_is(subject: str, be: str) -> list[str]:
    favourite = re.match(r"^(?:my|our) favou?rite (?P<what>.+)$", subject)
    if favourite is not None:
        what = favourite["what"]
        return [
            f"Which {what} do I like best?",
            f"What {what} do I like most?",
            f"Which {what} is my favourite?",
            f"What {what} do I prefer to all others?",
            f"Which {what} do I love most?",
        ]
    if subject.lower().startswith(("my ", "our ")):
        noun = subject.split(" ", 1)[1]
        return [f"Which {noun} do I have?", f"What did I say {subject} {be}?", f"What was {subject} again?"]
    return [f"What did I say {subject} {be}?", f"What was {subject} again?"]


def _of_oneself(asked: _Asked, memory: Memory) -> list[str]:
    """Home, work, birth, allergies: facts that everyone asks for in the same few ways."""
    subject, whose = asked.subject, "my" if asked.subject in {"I", "we"} else f"{asked.subject}'s"
    i = subject in {"I", "we"}
    am = {"I": "am", "we": "are"}.get(subject, "is")
    do = "do" if i or asked.aux == "do" else "does"
    key = (asked.wh, asked.rest)
    if key == ("where", "live"):
        return [f"In which town {do} {subject} live?", f"Which city {do} {subject} live in?", f"Where is {whose} home?", f"What place {do} {subject} live in?", f"Where {am} {subject} living?",
                f"Which town {do} {subject} live in?", f"What city {do} {subject} live in?", f"Where is the place {subject} {'live' if i else 'lives'}?"]  # fmt: skip
    if asked.wh == "what" and not asked.rest and subject.lower().endswith(" job"):
        who = subject[: -len(" job")]
        do, name = ("do", "I") if who.lower() in {"my", "our"} else ("does", re.sub(r"'s?$", "", who))
        return [f"What {do} {name} do for a living?", f"What {do} {name} work as?", f"What is {who} profession?", f"What is {who} occupation?", f"Which job {do} {name} have?", f"What {do} {name} do for work?",
                f"What kind of work {do} {name} do?"]  # fmt: skip
    if key == ("where", "work"):
        return [
            f"At which place {do} {subject} work?",
            f"Who {do} {subject} work for?",
            f"What is {whose} workplace?",
            f"Which company {do} {subject} work at?",
            f"Who is {whose} employer?",
        ]
    if key == ("when", "born"):
        return [
            f"What is {whose} date of birth?",
            f"On which day was {subject} born?",
            f"When is {whose} birthday?",
            f"What date was {subject} born on?",
            f"On what date was {subject} born?",
        ]
    if key == ("where", "born"):
        return [
            f"What is {whose} birthplace?",
            f"In which town was {subject} born?",
            f"Which city was {subject} born in?",
            f"In what place was {subject} born?",
        ]
    if asked.wh == "when" and not asked.rest and subject.endswith("birthday"):
        person = re.sub(r"(?:'s?)? birthday$", "", subject)
        return [
            f"On what day is {subject}?",
            f"What date is {subject}?",
            f"When was {'I' if person == 'my' else person} born?",
            f"On which day do {'I' if person == 'my' else 'we'} celebrate {subject}?",
        ]
    if key == ("what", "allergic to"):
        return [f"Which allergy {do if i else 'does'} {subject} have?", f"What is {whose} allergy?", f"What {do if i else 'does'} {subject} have an allergy to?", f"Which food or thing {am} {subject} allergic to?",
                f"What can {subject} not have because of {whose} allergy?"]  # fmt: skip
    if key == ("what", "drive"):
        return [
            f"Which car {do} {subject} drive?",
            f"What car {do} {subject} drive?",
            f"What is {whose} car?",
            f"What kind of car {do} {subject} have?",
            f"Which vehicle {do} {subject} drive?",
        ]
    if asked.wh == "what" and not asked.rest and subject.lower() == "my name":
        return [
            "Who am I?",
            "What am I called?",
            "Do you know my name?",
            "What's my name?",
            "How am I called?",
            "Which name do I have?",
        ]
    if asked.wh == "what" and asked.rest == "call me":
        return [
            "How should you address me?",
            "What do I want to be called?",
            "By what name should you call me?",
            "How do I want to be addressed?",
            "Which name do I want you to use for me?",
        ]
    if asked.wh == "which instrument" and asked.rest == "play":
        return [
            f"What {do} {subject} play?",
            f"What instrument {do} {subject} play?",
            f"What music instrument {do} {subject} play?",
        ]
    if asked.wh.startswith("which language"):
        return [f"What languages {do} {subject} speak?", f"What language {do} {subject} speak?", f"What can {subject} speak?"]
    return []


def _habits(asked: _Asked) -> list[str]:
    """ "What do I collect?" as "What is it that I collect?" and "Which thing do I collect?"."""
    if asked.wh == "what":
        return [f"What is it that {asked.subject} {asked.rest}?", f"What did I tell you {asked.subject} {asked.rest}?"]
    if asked.wh == "where":
        return [
            f"In which place {asked.aux} {asked.subject} {asked.rest}?",
            f"At what place {asked.aux} {asked.subject} {asked.rest}?",
        ]
    if asked.wh == "when":
        return [
            f"At what time or on which day {asked.aux} {asked.subject} {asked.rest}?",
            f"What time {asked.aux} {asked.subject} {asked.rest}?",
        ]
    return []


def _as_nouns(asked: _Asked) -> list[str]:
    """The thing asked for as a noun, where there is one: "my kettle's name", "my birthday"."""
    subject = asked.subject
    if asked.wh == "what" and asked.rest == "called":
        return [f"the name of {subject}", f"{subject}'s name" if not subject.endswith("s") else f"{subject}' names"]
    if asked.wh in {"what", "when"} and not asked.rest and subject.lower().startswith(("my ", "our ", "the ")):
        return [subject]
    if asked.wh == "how old" and not asked.rest and subject not in {"I", "we"}:
        return [f"{subject}'s age"]
    if asked.wh == "what colour" and not asked.rest:
        return [f"the colour of {subject}"]
    if asked.wh == "where" and asked.rest == "live" and subject in {"I", "we"}:
        return ["my home town"]
    return []


def _of_others(asked: _Asked) -> Iterable[tuple[str, str, str]]:
    """The user's own question asked of someone else."""
    for other in ("my brother", "my best friend", "my neighbour", "my aunt"):
        if asked.aux in {"do", "don't"}:
            yield asked.aux.replace("do", "does", 1), other, asked.rest
        elif asked.aux in {"am", "are"}:
            yield "is", other, asked.rest
        elif asked.aux == "have":
            yield "has", other, asked.rest
        else:
            yield asked.aux, other, asked.rest


def _about_the_same(asked: _Asked, head: str) -> list[str]:
    subject = asked.subject
    if nouns.is_person(head):
        return [
            f"How old is {subject}?",
            f"Where does {subject} live?",
            f"What is {subject}'s favourite food?",
            f"When is {subject}'s birthday?",
            f"What is {subject}'s job?",
        ]
    if nouns.is_pet(head):
        return [
            f"How old is {subject}?",
            f"What does {subject} eat?",
            f"What colour is {subject}?",
            f"Where did I get {subject}?",
        ]
    if asked.rest == "called" or asked.wh in {"what colour", "where"}:
        return [
            f"Where did I buy {subject}?",
            f"How much did {subject} cost?",
            f"What colour is {subject}?",
            f"How old is {subject}?",
        ]
    return []


def _head(subject: str) -> str:
    """The noun that another can stand for: "kettle" of "my old kettle", "tea" of "my favourite tea"."""
    words = [word for word in tokens(subject) if word.is_word]
    for place, word in enumerate(words):
        if place and (word.low in PREPOSITIONS or word.low == "'s" or (word.capitalised and place > 1)):
            words = words[:place]
            break
    return words[-1].text if words and words[-1].low not in {"i", "we", "you", "my", "our", "the"} else ""


def _question(*parts: str) -> str:
    text = _joined(*parts)
    return text[0].upper() + text[1:] + "?"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _lowered(question: str) -> str:
    return question if question.startswith(("I ", "I'")) else question[0].lower() + question[1:]


def _ordered(memory: Memory, made: Iterable[str]) -> tuple[str, ...]:
    """Without repetitions, in an order drawn from the content."""
    known: dict[str, str] = {}
    for question in made:
        key = re.sub(r"\W+$", "", question).casefold() + ("" if question[-1] == "?" and question[0].isupper() else question)
        known.setdefault(key, question)
    unique = list(known.values())
    random.Random(memory.content_hash).shuffle(unique)
    return tuple(unique)


__all__ = ["near_misses", "questions", "reverse_questions"]
