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

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from learning.judge import content_words, plain, says
from learning.types import Memory, MemoryId, Message, MessageId


@dataclass(frozen=True, slots=True)
class _Trace:
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


def suppress(
    messages: Sequence[Message],
    retracted: Collection[Memory],
    live: Collection[Memory],
    evidence: Collection[MessageId],
) -> list[Message]:
    """The messages of one conversation, in order, marked; `evidence` are those that tell a retracted memory."""
    traces = _traces(retracted, live)
    marked: list[Message] = []
    words_before: frozenset[str] = frozenset()
    for message in messages:
        before = marked[-1] if marked else None
        words = content_words(message.text)
        answers = before if message.role == "assistant" and before is not None and before.role == "user" else None
        gone = (
            message.id in evidence
            or (answers is not None and answers.suppressed)
            or _betrays(message.text, words, words | words_before, answers.notes if answers else (), traces)
        )
        marked.append(replace(message, suppressed=gone))
        words_before = words
    return marked


def _traces(retracted: Iterable[Memory], live: Collection[Memory]) -> list[_Trace]:
    told_again = {memory.content_hash for memory in live}
    found = []
    for memory in retracted:
        answer = _bare(memory.answer)
        if not answer or memory.content_hash in told_again:
            continue
        words = content_words(answer)
        rivals = [other for other in live if _bare(other.answer) == answer]
        said = f"{memory.text} {memory.question}"
        about = content_words(said) - words
        for other in rivals:
            about -= content_words(f"{other.text} {other.question}")
        proof = not rivals and len(answer) >= 2 and bool(words - _SAYING_LITTLE or _spaceless(answer))
        found.append(_Trace(memory.id, answer, words, (about & content_words(said, without_relations=True)) or about, proof))
    return found


def _betrays(
    text: str, words: frozenset[str], near: frozenset[str], notes: Collection[MemoryId], traces: Iterable[_Trace]
) -> bool:
    """Whether the text, with these words of its own and near it, and after these notes, says what a trace must not."""
    folded = plain(text)
    for trace in traces:
        whole = bool(trace.words) and trace.words <= words
        if not whole and trace.answer in folded:
            whole = _spaceless(trace.answer) or says(folded, trace.answer)
        if whole and (trace.proof or trace.memory in notes):
            return True
        if (whole or trace.words & words) and trace.about & near:
            return True
    return False


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
