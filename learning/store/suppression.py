"""Which messages must not enter a prompt any more, because they would say again what the person took back.

Pure, and derived from what is retracted at this moment: restoring a memory brings its messages back. A message is
suppressed when it

1. is the evidence of a retracted memory;
2. says a retracted memory's answer, whoever wrote it, in whatever conversation. Where the answer proves nothing by
   itself, because a live memory has the same one or because it is a word like "yes", the message or the one before it
   must also speak of what the memory is about; and then a part of the answer is enough ("Maria", of "Maria Gonzalez");
3. is a reply that says the answer to a turn that carried the retracted memory's note;
4. is the reply to a suppressed message: it answers words that are no longer there.

What the person told again in the same words counts as told: then only the old evidence stays away.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from learning.judge import content_words, plain, says
from learning.types import Memory, MemoryId, Message, MessageId


@dataclass(frozen=True, slots=True)
class Trace:
    """What gives a retracted memory away.

    Attributes:
        answer: the answer as `plain` folds it, without article.
        words: what it says, in any order.
        about: the words that say what the memory is about, without those of live memories with the same answer.
        proof: whether the answer alone gives the memory away.
    """

    memory: MemoryId
    answer: str
    words: frozenset[str]
    about: frozenset[str]
    proof: bool


class Suppression:
    """What must not be said at this moment; made once, then asked about as many conversations as needed."""

    def __init__(self, retracted: Collection[Memory], live: Collection[Memory], evidence: Collection[MessageId]) -> None:
        """`evidence` are the messages that tell a retracted memory."""
        self._evidence = evidence
        self._by_word: dict[str, list[Trace]] = defaultdict(list)
        self._wordless: list[Trace] = []
        for trace in traces(retracted, live):
            for word in trace.words:
                self._by_word[word].append(trace)
            if not trace.words or _spaceless(trace.answer):
                self._wordless.append(trace)

    def mark(self, messages: Sequence[Message]) -> list[Message]:
        """The messages of one conversation in the order of their numbers, with those marked that are suppressed.

        Where there are several branches each message is judged by those it follows in its own.
        """
        if not (self._evidence or self._by_word or self._wordless):
            return list(messages)
        marked: dict[MessageId, Message] = {}
        words_of: dict[MessageId | None, frozenset[str]] = {}
        for message in messages:
            before = None if message.parent is None else marked.get(message.parent)
            asked = before if message.role == "assistant" and before is not None and before.role == "user" else None
            words = _words(message.text)
            gone = (
                message.id in self._evidence
                or (asked is not None and asked.suppressed)
                or self._betrays(
                    message.text, words, words | words_of.get(message.parent, frozenset()), asked.notes if asked else ()
                )
            )
            marked[message.id] = replace(message, suppressed=gone)
            words_of[message.id] = words
        return list(marked.values())

    def forbids(self, text: str) -> bool:
        """Whether a text that stands by itself says what must not be said."""
        words = _words(text)
        return self._betrays(text, words, words, ())

    def _betrays(self, text: str, words: frozenset[str], near: frozenset[str], notes: Collection[MemoryId]) -> bool:
        """Whether a text of these words says what it must not; words that stand near and notes before it count too."""
        for word in words:
            for trace in self._by_word.get(word, ()):
                if trace.words <= words and (trace.proof or trace.memory in notes):
                    return True
                if trace.about & near:
                    return True
        folded = plain(text) if self._wordless else ""
        return any(
            trace.answer in folded
            and (_spaceless(trace.answer) or says(folded, trace.answer))
            and (trace.proof or trace.memory in notes or bool(trace.about & near))
            for trace in self._wordless
        )


def traces(retracted: Collection[Memory], live: Collection[Memory]) -> list[Trace]:
    same_answer: dict[str, list[Memory]] = defaultdict(list)
    for memory in live if retracted else ():
        same_answer[_bare(memory.answer)].append(memory)
    found = []
    for memory in retracted:
        answer = _bare(memory.answer)
        rivals = same_answer.get(answer, [])
        if not answer or memory.content_hash in {other.content_hash for other in rivals}:
            continue
        words = _words(answer)
        said = f"{memory.text} {memory.question}"
        about = _words(said) - words
        for other in rivals:
            about -= _words(f"{other.text} {other.question}")
        proof = not rivals and len(answer) >= 2 and bool(words - _SAYING_LITTLE)
        # "Called" or "lives" stand near too much to say what is spoken of, unless there is nothing else to go by.
        about = (about & content_words(said, without_relations=True)) or about
        found.append(Trace(memory.id, answer, words, about, proof))
    return found


def _words(text: str) -> frozenset[str]:
    """The words that say something; quotation marks around them are no part of them."""
    return content_words(re.sub(r"(?<!\w)'|'(?!\w)", " ", plain(text)))


def _bare(answer: str) -> str:
    """The answer without a word that may or may not stand in front of it: "a red bicycle" is also "the red bicycle"."""
    folded = plain(answer).strip(" .!?,;:\"'")
    for article in ("a ", "an ", "the ", "my ", "your "):
        folded = folded.removeprefix(article)
    return folded.strip()


def _spaceless(answer: str) -> bool:
    """Whether it is in a script that writes no spaces (Thai, Khmer, Japanese, Chinese), and so has no whole words."""
    return any("\u0e00" <= c <= "\u0eff" or "\u1780" <= c <= "\u17ff" or "\u3040" <= c <= "\u9fff" for c in answer)


_SAYING_LITTLE = content_words("yes no not true false none nothing never always often sometimes one two some many much")
