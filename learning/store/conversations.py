"""What was said, as it was said; which messages must not enter a prompt any more is derived on reading."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from learning.store.database import storable, to_text, to_time
from learning.store.memories import Memories
from learning.store.search import every_word
from learning.store.suppression import Suppression
from learning.types import AdapterId, Conversation, ConversationId, MemoryId, Message, MessageId
from models.errors import UserError

_MESSAGES = """
SELECT message.*, (
    SELECT json_group_array(memory) FROM (
        SELECT memory FROM message_note WHERE message_note.message = message.id ORDER BY position
    )
) AS notes FROM message
"""


class Conversations(Memories):
    """What was said. It stands on the memories, because what was taken back decides which messages are suppressed."""

    def create_conversation(self, title: str = "") -> Conversation:
        now = to_text(self._now())
        with self.transaction():
            id = self._write(
                "INSERT INTO conversation (title, created_at, updated_at) VALUES (?, ?, ?)", [storable(title), now, now]
            )
            return self.conversation(ConversationId(id))

    def rename_conversation(self, id: ConversationId, title: str) -> Conversation:
        with self.transaction():
            self.conversation(id)
            self._write("UPDATE conversation SET title = ? WHERE id = ?", [storable(title), id])
            return self.conversation(id)

    def remove_conversation(self, id: ConversationId) -> None:
        """Delete a conversation and all that was said in it; memories stay, without the words they came from."""
        with self.transaction():
            self.conversation(id)
            self.remove_messages(id, MessageId(0))
            self._write("DELETE FROM origin WHERE conversation = ?", [id])
            self._write("DELETE FROM conversation WHERE id = ?", [id])

    def remove_messages(self, conversation: ConversationId, first: MessageId) -> None:
        """Delete what was said in a conversation from the message `first` on."""
        these = "SELECT id FROM message WHERE conversation = ? AND id >= ?"
        with self.transaction():
            self._write(f"DELETE FROM message_note WHERE message IN ({these})", [conversation, first])
            self._write(f"DELETE FROM evidence WHERE message IN ({these})", [conversation, first])
            self._write("DELETE FROM message WHERE conversation = ? AND id >= ?", [conversation, first])
            # Deleted words stay in the index until its parts are merged.
            self._write("INSERT INTO message_words (message_words) VALUES ('optimize')")

    def conversation(self, id: ConversationId) -> Conversation:
        row = self._row("SELECT * FROM conversation WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There is no conversation {id}. Start one: dormouse say --conversation new TEXT")
        return _conversation(row)

    def conversations(self) -> list[Conversation]:
        """All conversations, the one spoken in last first."""
        rows = self._rows("SELECT * FROM conversation ORDER BY updated_at DESC, id DESC")
        return [_conversation(row) for row in rows]

    def opening_words(self) -> dict[ConversationId, str]:
        """How each conversation in which something was said begins."""
        rows = self._rows(
            "SELECT conversation, substr(text, 1, 120) AS words FROM message "
            "WHERE id IN (SELECT min(id) FROM message GROUP BY conversation)"
        )
        return {ConversationId(row["conversation"]): row["words"] for row in rows}

    def told_in(self, conversation: ConversationId) -> dict[MessageId, list[MemoryId]]:
        """The memories that each message of a conversation is evidence of."""
        rows = self._rows(
            "SELECT message, memory FROM evidence JOIN message ON message.id = evidence.message "
            "WHERE conversation = ? ORDER BY memory",
            [conversation],
        )
        found: dict[MessageId, list[MemoryId]] = {}
        for row in rows:
            found.setdefault(MessageId(row["message"]), []).append(MemoryId(row["memory"]))
        return found

    def latest_conversation(self) -> Conversation | None:
        row = self._row("SELECT * FROM conversation ORDER BY updated_at DESC, id DESC LIMIT 1")
        return None if row is None else _conversation(row)

    def add_message(
        self,
        conversation: ConversationId,
        role: Literal["user", "assistant"],
        text: str,
        notes: Sequence[MemoryId] = (),
        adapter: AdapterId | None = None,
        *,
        at: datetime | None = None,
    ) -> Message:
        """Keep one turn; `notes` are the memories that stood in front of it, `adapter` is the one that wrote it.

        `at` is when it was said, where that is not now.
        """
        now = to_text(at or self._now())
        with self.transaction():
            self.conversation(conversation)
            id = MessageId(
                self._write(
                    "INSERT INTO message (conversation, role, text, created_at, adapter) VALUES (?, ?, ?, ?, ?)",
                    [conversation, role, storable(text), now, adapter],
                )
            )
            self._write_many(
                "INSERT INTO message_note VALUES (?, ?, ?)", [(id, place, memory) for place, memory in enumerate(notes)]
            )
            self._write("UPDATE conversation SET updated_at = ? WHERE id = ?", [now, conversation])
        return Message(id, conversation, role, text, to_time(now), tuple(notes), adapter)

    def message(self, id: MessageId) -> Message:
        row = self._row("SELECT conversation FROM message WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There is no message {id}.")
        return next(message for message in self.messages(ConversationId(row["conversation"])) if message.id == id)

    def turn(self, id: MessageId) -> Message:
        """One message as it was said; whether it may enter a prompt is not looked up."""
        row = self._row(f"{_MESSAGES} WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There is no message {id}.")
        return _message(row)

    def messages(self, conversation: ConversationId) -> list[Message]:
        """The turns of a conversation, oldest first, with those marked that must not enter a prompt any more."""
        with self.snapshot():
            self.conversation(conversation)
            return self._suppression().mark(self._turns(conversation))

    def search_messages(self, words: str, limit: int = 50) -> list[Message]:
        """Messages of all conversations that hold every word, best match first; the last word may be a beginning."""
        with self.snapshot():
            rows = self._rows(
                "SELECT message.id, conversation FROM message_words JOIN message ON message.id = message_words.rowid "
                "WHERE message_words MATCH ? ORDER BY bm25(message_words), message.id DESC LIMIT ?",
                [every_word(words), limit],
            )
            suppression = self._suppression()
            held = {ConversationId(row["conversation"]) for row in rows}
            found = {message.id: message for id in held for message in suppression.mark(self._turns(id))}
            return [found[MessageId(row["id"])] for row in rows]

    def _turns(self, conversation: ConversationId) -> list[Message]:
        return [_message(row) for row in self._rows(f"{_MESSAGES} WHERE conversation = ? ORDER BY id", [conversation])]

    def _suppression(self) -> Suppression:
        if not self._row("SELECT 1 FROM memory WHERE retracted_at IS NOT NULL LIMIT 1"):
            return Suppression((), (), ())
        known = self.known()
        told = self._rows(
            "SELECT message FROM evidence JOIN memory ON memory.id = evidence.memory WHERE retracted_at IS NOT NULL"
        )
        return Suppression(known.retracted, known.live, {MessageId(row["message"]) for row in told})


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(ConversationId(row["id"]), row["title"], to_time(row["created_at"]), to_time(row["updated_at"]))


def _message(row: sqlite3.Row) -> Message:
    return Message(
        id=MessageId(row["id"]),
        conversation=ConversationId(row["conversation"]),
        role=row["role"],
        text=row["text"],
        created_at=to_time(row["created_at"]),
        notes=tuple(MemoryId(memory) for memory in json.loads(row["notes"])),
        adapter=None if row["adapter"] is None else AdapterId(row["adapter"]),
    )
