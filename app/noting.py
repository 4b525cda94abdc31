"""What is noted and how: candidates read from the user's words are reconciled with what is known, and the store is told.

`learning.remember` reads and `learning.reconcile` decides; this room carries it out, one transaction for each, and says what
became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.events import Events, MemoriesUndone, MemoryNoted
from app.serving import Serving
from learning import remember, undo
from learning.judge import content_words
from learning.patterns import Forget, plain
from learning.remember import Add, Ignore, Supersede
from learning.store import Store
from learning.types import Candidate, Clock, ConversationId, Memory, Message
from models.errors import UserError

TOLD_DIRECTLY = "Told directly"
"""Title of the conversation that holds what was told with `remember`: so every memory has the words it came from."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of something that was told: a new memory, a correction of `replaced`, nothing new, or forgotten."""

    change: Literal["added", "corrected", "known", "forgotten"]
    memory: Memory
    replaced: Memory | None = None


class Notebook:
    """Notes for one profile."""

    def __init__(self, store: Store, serving: Serving, events: Events, clock: Clock) -> None:
        self._store = store
        self._serving = serving
        self._events = events
        self._clock = clock

    def told(self, text: str) -> Noted:
        """Note what the person explicitly asks to remember. Rules read it; the model only where they find no question."""
        if not text.strip():
            raise UserError("There is nothing to remember: the text is empty.")
        now = self._clock.now()
        candidate = remember.from_words(text, None, now, "told")
        if not candidate.question:
            candidate = remember.from_words(text, self._serving.engine, now, "told")
        message = self._store.add_message(self._conversation_for_told(), "user", text)
        return self._keep(candidate, message)

    def read(self, message: Message, *, by_model: bool) -> list[Noted]:
        """Read a message that was said in a conversation: by its pattern, else by the model where that is wanted."""
        now = self._clock.now()
        asked = plain(message.text, now)
        if isinstance(asked, Forget):
            return self._forget(asked.words)
        if asked is not None:
            return [self._keep(asked, message)]
        if not by_model:
            return []
        return [self._keep(candidate, message) for candidate in remember.extract(message.text, self._serving.engine, now)]

    def _keep(self, candidate: Candidate, message: Message) -> Noted:
        with self._store.transaction():
            match remember.reconcile(candidate, self._store.memories(self._serving.base)):
                case Add():
                    noted = Noted("added", self._store.add_memory(candidate, message=message))
                case Supersede(old=old):
                    noted = Noted("corrected", self._store.add_memory(candidate, message=message, supersedes=old.id), old)
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
        """Undo the live memories that hold every telling word of what is to be forgotten; none where none does."""
        wanted = content_words(words, without_relations=True) or content_words(words)
        known = self._store.memories(self._serving.base)
        found = [memory for memory in known if wanted and wanted <= content_words(f"{memory.text} {memory.question}")]
        if not found:
            return []
        receipt = undo.retract(self._store, [memory.id for memory in found], self._serving.base)
        self._serving.sync()
        self._events.emit(MemoriesUndone(receipt))
        return [Noted("forgotten", memory) for memory in found]

    def _conversation_for_told(self) -> ConversationId:
        known = next((entry for entry in self._store.conversations() if entry.title == TOLD_DIRECTLY), None)
        return (known or self._store.create_conversation(TOLD_DIRECTLY)).id
