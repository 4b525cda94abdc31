"""Questions about a memory, made by rule: the same asked in other words, the other way round, and what was never told.

A night trains on some of them and is judged on others, so there must be many, they must be natural, and their order must follow
from the memory's content alone. Everything is read off the memory's own question, which the user's words or the model gave.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from learning.asked import Asked, noun_of, read_question, worded
from learning.language import nouns
from learning.related import related_nouns, related_questions
from learning.types import Memory
from learning.wordings import alternatives, as_nouns, rephrased

_BEFORE = ("Remind me: {q}", "By the way, {q}", "Quick question: {q}", "Tell me, {q}", "Hey, {q}", "Dormouse, {q}", "So, {q}", "One more thing: {q}",
           "Before I forget: {q}", "Help me out: {q}", "Okay, {q}", "I'm filling in a form. {Q}", "Somebody is asking me. {Q}", "I was just thinking. {Q}")  # fmt: skip
_AFTER = ("{Q} I forgot.", "{Q} Please remind me.", "{Q} I can't remember.", "{Q} It's important.", "{Q} I told you once.")
_INDIRECT = ("Can you tell me {c}?", "Do you know {c}?", "Remind me {c}.", "Tell me {c}.", "I forgot {c}.", "Could you remind me {c}?",
             "Please tell me {c}.", "I can't remember {c}.", "Do you remember {c}?", "I'd like to know {c}.", "I wonder {c}.", "Any idea {c}?",
             "Have I told you {c}?", "It slipped my mind {c}.", "Let me know {c}.")  # fmt: skip
_NOUN = ("Tell me {n}.", "{N}?", "Remind me of {n}.", "I forgot {n}.", "Do you know {n}?", "Can you tell me {n}?", "What's {n}?", "I need {n}.",
         "Do you remember {n}?", "{N}, please.", "Give me {n}.", "What was {n} again?", "I'm looking for {n}.", "Have you noted {n}?")  # fmt: skip


def questions(memory: Memory) -> tuple[str, ...]:
    """Other wordings of the memory's question, without the question itself; empty where it has none.

    Wordings of their own ("Which name does my kettle have?") and wrappings ("Do you know what my kettle is called?") take turns,
    each in an order that follows from the content.
    """
    question = _plain(memory.question)
    if not question:
        return ()
    asked = read_question(question)
    direct = [question] if asked is None else [question, *rephrased(asked, memory)]
    low = _lowered(question)
    wrapped = [pattern.format(q=low, Q=question) for pattern in (*_BEFORE, *_AFTER)]
    if asked is not None:
        wrapped += [pattern.format(c=asked.indirect) for pattern in _INDIRECT]
        wrapped += [pattern.format(n=noun, N=noun[0].upper() + noun[1:]) for noun in as_nouns(asked) for pattern in _NOUN]
        short = {"is": "'s", "are": "'re"}.get(asked.aux, "")
        if short == "'s" and asked.wh in {"what", "who", "where", "when", "how"}:
            direct.append(worded(f"{asked.wh}'s", asked.subject, asked.rest))
    for other in alternatives(asked) if asked is not None else []:
        direct.append(worded(other.wh, other.aux, other.subject, other.rest))
        wrapped += [pattern.format(c=other.indirect) for pattern in _INDIRECT[:4]]
    wrapped += [low, low.rstrip("?")]
    own, around = ([one for one in made if one != memory.question] for made in (direct, wrapped))
    return tuple(
        dict.fromkeys(one for pair in zip_longest(_ordered(memory, own), _ordered(memory, around)) for one in pair if one)
    )


def reverse_questions(memory: Memory) -> tuple[str, ...]:
    """Questions from the value back to what it is the value of: "Who lives in Ghent?", "Who is Oduya?", "What is Vesuvius?"."""
    value = memory.answer
    if not value or len(value.split()) > 8:
        return ()
    asked = read_question(_plain(memory.question))
    made = _for_subject(memory, asked) if asked is not None else []
    if not value[0].isupper() and not value[0].isdigit():
        # Of a trade or a room there are many, and they mean nothing by themselves.
        return _ordered(memory, made)
    made += [
        f"What do you know about {value}?",
        f"What did I tell you about {value}?",
        f"What does {value} have to do with me?",
        f"Does {value} mean anything to you?",
    ]
    if asked is None or value[0].isdigit() or value.isupper():
        return _ordered(memory, made)
    if asked.wh == "where":
        made += [f"What about {value}?", f"Why is {value} important to me?"]
    elif asked.wh == "who" or any(
        nouns.is_person(word) or nouns.is_pet(word) for word in re.findall(r"[\w-]+", asked.subject.lower())
    ):
        made += [
            f"Who is {value}?",
            f"Who's {value}?",
            f"Tell me who {value} is.",
            f"Remind me: who is {value}?",
            f"Do you know who {value} is?",
        ]
    elif asked.rest == "called" or asked.wh == "what":
        made += [
            f"What is {value}?",
            f"What's {value}?",
            f"Who or what is {value}?",
            f"Which of my things is {value}?",
            f"Do you know what {value} is?",
        ]
    return _ordered(memory, made)


def _for_subject(memory: Memory, asked: Asked) -> list[str]:
    """The note's sentence with a question word for what it is about: "Who lives in Ghent?", "Whose birthday is on 3 May?"."""
    own, _, noun = asked.subject.partition(" ")
    text, opening = _plain(memory.text), f"The user's {noun} "
    told = text.removeprefix(opening).rstrip(".")
    if own.lower() not in {"my", "our"} or not text.startswith(opening) or memory.answer not in told:
        return []
    if asked.aux in {"are", "do", "were"} or noun.startswith("favo"):
        return []
    owner, _, owned = noun.rpartition("'s ")
    head = noun_of(asked.subject)
    if owner:
        made = [f"Whose {owned} {told}?", f"Whose is the {owned} that {told}?"]
    elif nouns.is_person(head):
        made = [f"Who {told}?", f"Who of my people {told}?", f"Which of the people I know {told}?"]
    else:
        made = [f"What {told}?", f"Which of my {'pets' if nouns.is_pet(head) else 'things'} {told}?"]
    indirect = _lowered(made[0]).rstrip("?")
    return [*made, *(pattern.format(c=indirect) for pattern in _INDIRECT[:4])]


def near_misses(memory: Memory, known: Sequence[Memory] = ()) -> tuple[str, ...]:
    """Questions that look like the memory's and were not told: another's name, another fact about the same thing.

    Args:
        known: other memories; what one of them answers is no near miss.
    """
    question = _plain(memory.question)
    asked = read_question(question)
    if asked is None:
        return ()
    made = list(related_questions(question))
    head = noun_of(asked.subject)
    for other in related_nouns(head):
        made.append(worded(asked.wh, asked.aux, re.sub(rf"\b{re.escape(head)}\b", other, asked.subject), asked.rest))
    if not made or asked.subject in {"I", "we"}:
        made += [worded(asked.wh, aux, subject, rest) for aux, subject, rest in _of_others(asked)]
    if asked.subject.lower().startswith(("my ", "our ")) and head and "'" not in asked.subject:
        made += _about_the_same(asked, head)
    told = {_plain(other.question).casefold() for other in (memory, *known) if other.question}
    said = memory.text.casefold()
    return _ordered(memory, (other for other in made if other.casefold() not in told and not _is_told(other, said)))


def of_others(memory: Memory, asked: Iterable[str]) -> Iterator[str]:
    """Questions about the memory, asked of something similar instead: "What do people call my toaster?" of a kettle's.

    None where the memory is about nothing that another thing could stand for.
    """
    parts = read_question(_plain(memory.question))
    head = noun_of(parts.subject) if parts is not None else ""
    others = related_nouns(head)
    for place, question in enumerate(asked):
        moved = re.sub(rf"(?<![\w-]){re.escape(head)}(?![\w-])", others[place % len(others)], question) if others else question
        if moved != question:
            yield moved


def _is_told(question: str, said: str) -> bool:
    """Whether the memory itself may answer it: its sentence says where and when as well."""
    first = question.split(" ", 1)[0].lower()
    return (
        first == "where" and re.search(r"\b(in|at) [A-Z]?\w+", said) is not None and question.split()[-1].rstrip("?") in said
    ) or ("born" in question and "born" in said)


def _plain(question: str) -> str:
    return re.sub(r"\s+", " ", question.replace("’", "'")).strip()


def _of_others(asked: Asked) -> Iterable[tuple[str, str, str]]:
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


def _about_the_same(asked: Asked, head: str) -> list[str]:
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


__all__ = ["near_misses", "of_others", "questions", "reverse_questions"]
