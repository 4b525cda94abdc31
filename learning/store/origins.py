"""Where conversations that were not held here come from, so that the same one is never taken in twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from learning.store.conversations import Conversations
from learning.store.database import storable, to_text
from learning.types import Conversation, ConversationId, Message

_HELD_HERE = re.compile(r"dormouse:(?P<id>\d{1,18}):(?P<created_at>\S+)")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn that was said elsewhere, and when; None where nobody knows."""

    role: Literal["user", "assistant"]
    text: str
    at: datetime | None = None


class Origins(Conversations):
    """Conversations that were taken in, each under the key its origin gave it."""

    def key(self, conversation: Conversation) -> str:
        """By what a conversation is known wherever it goes: its origin's key, or one of its own."""
        row = self._row("SELECT key FROM origin WHERE conversation = ?", [conversation.id])
        return f"dormouse:{conversation.id}:{to_text(conversation.created_at)}" if row is None else row["key"]

    def known_by(self, key: str) -> Conversation | None:
        """The conversation of that key, whether it was taken in or held here."""
        row = self._row("SELECT conversation AS id FROM origin WHERE key = ?", [key])
        if row is None and (own := _HELD_HERE.fullmatch(key)):
            row = self._row("SELECT id FROM conversation WHERE id = ? AND created_at = ?", [int(own["id"]), own["created_at"]])
        return None if row is None else self.conversation(ConversationId(row["id"]))

    def spoken_in(self, conversation: ConversationId) -> list[Message]:
        """All that was ever said in a conversation and is kept, in the order it came."""
        return self._turns(conversation)

    def take_in(
        self, key: str, title: str, created_at: datetime | None, spoken: Sequence[Spoken]
    ) -> tuple[Conversation, list[Message]]:
        """A conversation from elsewhere, whole or not at all, with the times it had there."""
        with self.transaction():
            now = self._now()
            begun = created_at or next((turn.at for turn in spoken if turn.at is not None), now)
            id = ConversationId(
                self._write(
                    "INSERT INTO conversation (title, created_at, updated_at) VALUES (?, ?, ?)",
                    [storable(title), to_text(begun), to_text(begun)],
                )
            )
            self._write("INSERT INTO origin (key, conversation) VALUES (?, ?)", [key, id])
            return self._continued(id, spoken, begun)

    def grow(self, conversation: ConversationId, spoken: Sequence[Spoken]) -> tuple[Conversation, list[Message]]:
        """Go on with a conversation by what was said in it since, elsewhere."""
        with self.transaction():
            return self._continued(conversation, spoken, self.conversation(conversation).updated_at)

    def _continued(self, id: ConversationId, spoken: Sequence[Spoken], before: datetime) -> tuple[Conversation, list[Message]]:
        latest, said = before, []
        for turn in spoken:
            before = turn.at or before
            latest = max(latest, before)
            said.append(self.add_message(id, turn.role, turn.text, at=before))
        # The times of a conversation need not rise; what it is sorted by is the last of them.
        self._write("UPDATE conversation SET updated_at = ? WHERE id = ?", [to_text(latest), id])
        return self.conversation(id), said
