"""What is noted and how: candidates read from the user's words are reconciled with what is known, and the store is told.

`learning.remember` reads and `learning.reconcile` decides; this room carries it out, one transaction for each, and says what
became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.events import Events, MemoryNoted, MemoryProposed, Warned
from app.serving import Serving
from app.settings import Reading
from learning import remember
from learning.judge import says
from learning.patterns import Forget, plain
from learning.reconcile import Add, Ignore, Supersede, corrects_nothing, forgotten, reconcile
from learning.redaction import marks
from learning.store import Store
from learning.types import Candidate, Clock, ConversationId, Memory, MemoryId, Message, Proposal, Receipt
from models.errors import UserError

TOLD_DIRECTLY = "Told directly"
"""Title of the conversation that holds what was told with `remember`, or by imported memories: so every memory has the words
it came from."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of something that was said: a new memory, a correction of `replaced`, nothing new, or forgotten.

    "unclear" is one of several memories that "forget ..." could mean: none of them was forgotten, the person must say which.
    """

    change: Literal["added", "corrected", "known", "forgotten", "unclear"]
    memory: Memory
    replaced: Memory | None = None


class Notebook:
    """Notes for one profile."""

    def __init__(
        self,
        store: Store,
        serving: Serving,
        events: Events,
        clock: Clock,
        undo: Callable[[Sequence[MemoryId]], Receipt],
    ) -> None:
        self._store = store
        self._serving = serving
        self._events = events
        self._clock = clock
        self._undo = undo

    def told(self, text: str) -> Noted:
        """Note what the person explicitly asks to remember. Rules read it; the model only where they find no question."""
        if not text.strip():
            raise UserError("There is nothing to remember: the text is empty.")
        now = self._clock.now()
        candidate = remember.from_words(text, None, now, "told")
        if not candidate.question:
            candidate = remember.from_words(text, self._serving.engine, now, "told")
        message = self._store.add_message(conversation_for_told(self._store), "user", text)
        return self._keep(candidate, message)

    def amended(self, memory: Memory, text: str) -> Noted:
        """Put the person's own words in the place of a memory, which they correct."""
        if memory.status not in ("noted", "learned"):
            raise UserError("Only what counts can be corrected. Restore it first.")
        candidate = remember.from_words(text, self._serving.engine, self._clock.now(), "told")
        with self._store.transaction():
            message = self._store.add_message(conversation_for_told(self._store), "user", text)
            new = self._store.add_memory(candidate, message=message, supersedes=memory.id)
        self._events.emit(MemoryNoted(new, memory, message.conversation))
        return Noted("corrected", new, memory)

    def agreed(self, proposal: Proposal, text: str = "") -> Noted:
        """Make a proposal a memory, as something that was told outright; `text` is the person's own wording of it, if any."""
        said = self._store.turn(proposal.message)
        if text.strip():
            noted = self.told(text)
            self._store.add_evidence(noted.memory.id, said, proposal.candidate.span)
        else:
            noted = self._keep(replace(proposal.candidate, source="told"), said)
        # Last: who is interrupted before is asked again, and says nothing new then.
        self._store.withdraw(proposal.id)
        return noted

    def read(self, message: Message, reading: Reading) -> list[Noted]:
        """Read a message that was said in a conversation: by its pattern, else by the model as far as the person wants it.

        With "ask" what the model finds is proposed, and only what is known already is returned.
        """
        now = self._clock.now()
        asked = plain(message.text, now)
        if isinstance(asked, Forget):
            return self._forget(asked.words)
        if asked is not None:
            return self._keep_all([asked], message)
        if reading == "off":
            return []
        found = remember.extract(message.text, self._serving.engine, now)
        wanted = [candidate for candidate in found if not self._was_erased(candidate)]
        if reading == "ask":
            return [known for candidate in wanted if (known := self._ask(candidate, message)) is not None]
        return self._keep_all(wanted, message)

    def _ask(self, candidate: Candidate, message: Message) -> Noted | None:
        with self._store.transaction():
            known = self._store.memories(self._serving.base)
            asked = ask_first(self._store, candidate, message, known, spoken_of(self._store, message, known))
        if isinstance(asked, Proposal):
            self._events.emit(MemoryProposed(asked))
        return asked if isinstance(asked, Noted) else None

    def _was_erased(self, candidate: Candidate) -> bool:
        """What was erased is not picked up in passing; it must be asked for."""
        refused = self._store.refuses(marks(candidate))
        if refused:
            self._events.emit(
                Warned("Something you said was not noted, because you had it erased. To have it noted again: remember ...")
            )
        return refused

    def _keep_all(self, candidates: Sequence[Candidate], message: Message) -> list[Noted]:
        """What a conversation said; a correction of nothing that is known ("no, it's Ada") tells nothing."""
        kept: list[Noted] = []
        for candidate in candidates:
            known = self._store.memories(self._serving.base)
            if not corrects_nothing(candidate, known, spoken_of(self._store, message, known)):
                kept.append(self._keep(candidate, message))
        return kept

    def _keep(self, candidate: Candidate, message: Message) -> Noted:
        with self._store.transaction():
            self._store.forgive(marks(candidate))
            known = self._store.memories(self._serving.base)
            match reconcile(candidate, known, spoken_of(self._store, message, known)):
                case Add(candidate=new):
                    noted = Noted("added", self._store.add_memory(new, message=message))
                case Supersede(old=old, candidate=new):
                    noted = Noted("corrected", self._store.add_memory(new, message=message, supersedes=old.id), old)
                case Ignore(old=old):
                    # Said again: one more reason to believe it, and no second memory.
                    self._store.add_evidence(old.id, message, candidate.span)
                    if candidate.source == "told":
                        self._store.confirm(old.id)
                    noted = Noted("known", self._store.memory(old.id, self._serving.base))
        if noted.change != "known":
            self._events.emit(MemoryNoted(noted.memory, noted.replaced, message.conversation))
        return noted

    def _forget(self, words: str) -> list[Noted]:
        found = forgotten(words, self._store.memories(self._serving.base))
        if len(found) != 1:
            return [Noted("unclear", memory) for memory in found]
        self._undo([memory.id for memory in found])
        return [Noted("forgotten", memory) for memory in found]


def ask_first(
    store: Store, candidate: Candidate, message: Message, known: Sequence[Memory], about: Memory | None
) -> Proposal | Noted | None:
    """Propose what a message tells; not what is known, which is only said again, and not what is being asked already (None)."""
    if corrects_nothing(candidate, known, about):
        return None
    match reconcile(candidate, known, about):
        case Ignore(old=old):
            store.add_evidence(old.id, message, candidate.span)
            return Noted("known", store.memory(old.id))
        case Add(candidate=new) | Supersede(candidate=new):
            asked = (other.candidate for other in store.proposals())
            return None if any(not marks(new).isdisjoint(marks(other)) for other in asked) else store.propose(new, message)


def conversation_for_told(store: Store) -> ConversationId:
    known = next((entry for entry in store.conversations() if entry.title == TOLD_DIRECTLY), None)
    return (known or store.create_conversation(TOLD_DIRECTLY)).id


def spoken_of(store: Store, message: Message, known: Sequence[Memory]) -> Memory | None:
    """The memory that the reply before this message spoke of: what "no, it's Ada" corrects."""
    before = store.before(message)
    reply = next((earlier for earlier in reversed(before) if earlier.role == "assistant"), None)
    if reply is None:
        return None
    return next((memory for memory in reversed(known) if says(reply.text, memory.answer)), None)
