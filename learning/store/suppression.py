"""Which messages must not enter a prompt any more, because they would say again what the person took back.

Pure, and derived from what is retracted at this moment: restoring a memory brings its messages back. A message is
suppressed when it

1. is the evidence of a retracted memory;
2. says a retracted memory's answer (as whole words, whoever wrote it, in whatever conversation). Where the answer alone
   proves nothing, because a live memory has the same one or because it is a word like "yes", the message or the one
   before it must also speak of what the memory is about;
3. is a reply that says the answer, to a turn that carried the retracted memory's note;
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
        folded: the answer as `plain` folds it, for a quick first look.
        proof: whether the answer alone gives it away; else one of the words in `about` must be near it.
    """

    memory: MemoryId
    answer: str
    folded: str
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
    for message in messages:
        before = marked[-1] if marked else None
        gone = (
            message.id in evidence
            or any(_betrays(message, before, trace) for trace in traces)
            or (message.role == "assistant" and before is not None and before.role == "user" and before.suppressed)
        )
        marked.append(replace(message, suppressed=gone))
    return marked


def _traces(retracted: Iterable[Memory], live: Collection[Memory]) -> list[_Trace]:
    told_again = {memory.content_hash for memory in live}
    found = []
    for memory in retracted:
        answer = _bare(memory.answer)
        if not answer or memory.content_hash in told_again:
            continue
        rivals = [other for other in live if _bare(other.answer) == answer]
        about = content_words(f"{memory.text} {memory.question}") - content_words(answer)
        for other in rivals:
            about -= content_words(f"{other.text} {other.question}")
        proof = not rivals and len(answer) >= 2 and bool(content_words(answer) - _SAYING_LITTLE)
        found.append(_Trace(memory.id, answer, answer, about, proof))
    return found


def _betrays(message: Message, before: Message | None, trace: _Trace) -> bool:
    if trace.folded not in plain(message.text) or not _says(message.text, trace.answer):
        return False
    if trace.proof:
        return True
    if message.role == "assistant" and before is not None and trace.memory in before.notes:
        return True
    near = message.text if before is None else f"{before.text} {message.text}"
    return bool(trace.about & content_words(near))


def _bare(answer: str) -> str:
    """The answer without a word that may or may not stand in front of it: "a red bicycle" is also "the red bicycle"."""
    folded = plain(answer).strip(" .!?,;:\"'")
    for article in ("a ", "an ", "the ", "my ", "your "):
        folded = folded.removeprefix(article)
    return folded.strip()


def _says(text: str, answer: str) -> bool:
    # Scripts that write no spaces have no whole words to look for.
    return any(_spaceless(character) for character in answer) or says(text, answer)


def _spaceless(character: str) -> bool:
    return "\u0e00" <= character <= "\u0eff" or "\u1780" <= character <= "\u17ff" or "\u3040" <= character <= "\u9fff"


_SAYING_LITTLE = content_words("yes no not true false none nothing never always often sometimes one two some many much")
