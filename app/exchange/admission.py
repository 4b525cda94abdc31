"""What may come in from elsewhere, beside what the person took back: the rules that every import and every restore goes by.

What was erased is known by its hash alone and refused; of a conversation that tells it, those words are left out. What was
undone stays undone: only the person's own telling brings it back, an old file does not. And older words never take the place
of newer ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from app.noting import Noted
from learning import remember
from learning.patterns import Forget
from learning.reconcile import Add, Ignore, Supersede, reconcile
from learning.redaction import Redaction, marks
from learning.store import Store
from learning.store.erasures import QUOTED_WORDS
from learning.store.suppression import traces
from learning.types import Candidate, Memory, MemoryId, Message

Refusal = Literal["erased", "undone", "expired", "older", "unclear"]
WHY: dict[Refusal, str] = {
    "erased": "you had it erased",
    "undone": "you had it undone",
    "expired": "it held only for a time that is over",
    "older": "something newer is known",
    "unclear": "it corrects something without saying what",
}


def refusal(store: Store, candidate: Candidate) -> Refusal | None:
    """Why what an import tells must not become a memory, None where nothing stands against it."""
    own = marks(candidate)
    if store.refuses(own):
        return "erased"
    if any(not own.isdisjoint(marks(memory)) for memory in store.known().retracted):
        return "undone"
    # In other words too: "my sister Oduya lives in Rome" says again what she is called.
    return "undone" if store.is_taken_back(f"{candidate.text} {candidate.question}") else None


def admit(
    store: Store, candidate: Candidate, at: datetime, said: Callable[[], Message], about: Memory | None = None
) -> Noted | Refusal:
    """Take one candidate in as it was told at that time; what became of it, or why it may not come in.

    `said` gives the message that says it, and is asked only where there is something new; `about` is what the talk was about.
    """
    # Whoever's clock went ahead must not stand in the way of what is told from now on.
    now = store.clock.now()
    at = min(at, now)
    with store.transaction():
        if (refused := refusal(store, candidate)) is not None:
            return refused
        if candidate.expires_at is not None and candidate.expires_at <= now:
            return "expired"
        if candidate.kind == "correction" and not candidate.question and about is None:
            return "unclear"
        match reconcile(candidate, store.memories(), about):
            case Add(candidate=new):
                return Noted("added", store.add_memory(new, message=said(), at=at))
            case Supersede(old=old, candidate=new):
                if old.created_at > at:
                    return "older"
                # It may have been completed from what it corrects, and only now say what was taken back.
                if (refused := refusal(store, new)) is not None:
                    return refused
                return Noted("corrected", store.add_memory(new, message=said(), supersedes=old.id, at=at), old)
            case Ignore(old=old):
                return Noted("known", old)


def told_in(text: str, at: datetime) -> list[Candidate]:
    """What a message tells, as far as rules alone can read it."""
    asked = remember.plain(text, at)
    plainly = [] if asked is None or isinstance(asked, Forget) else [asked]
    return [*plainly, *remember.extract(text, None, at)]


def unlearned(store: Store, turns: Sequence[tuple[str, str, datetime]]) -> Redaction | None:
    """What must be left out of a conversation because the person had it erased; None where it tells nothing of the kind.

    `turns` are role, text and time. The hash knows what the person told; the value found there then goes from the whole
    conversation, replies and all, as when it was erased.
    """
    if not store.refused():
        return None
    gone: list[Memory] = []
    words: set[str] = set()
    for role, text, at in turns:
        for candidate in told_in(text, at) if role == "user" else ():
            if store.refuses(marks(candidate)):
                gone.append(_as_memory(candidate, MemoryId(-1 - len(gone)), at))
                start, end = candidate.span or (0, len(text))
                words |= {candidate.text, *([text[start:end]] if len(text[start:end].split()) >= QUOTED_WORDS else [])}
    if not gone:
        return None
    proven = {trace.memory for trace in traces(gone, store.known().live) if trace.proof}
    return Redaction(words | {memory.answer for memory in gone if memory.id in proven})


def _as_memory(candidate: Candidate, id: MemoryId, at: datetime) -> Memory:
    return Memory(id, candidate.kind, candidate.text, candidate.question, candidate.answer, "retracted", at, candidate.source)
