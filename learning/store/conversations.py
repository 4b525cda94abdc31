"""What was said, as it was said, in one branch or several; which messages must not enter a prompt any more is derived on reading."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
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
# From the last message of a branch up to its first; the order of the walk does not matter, that of the ids does.
_BRANCH = """
WITH RECURSIVE branch(id, follows) AS (
    SELECT id, parent FROM message WHERE id = ?
    UNION ALL
    SELECT message.id, message.parent FROM branch JOIN message ON message.id = branch.follows
)
"""
_AFTER = """
WITH RECURSIVE after(id) AS (
    VALUES (?) UNION ALL SELECT message.id FROM after JOIN message ON message.parent = after.id
)
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

    def set_wishes(
        self, id: ConversationId, instructions: str, temperature: float | None, reply_tokens: int | None
    ) -> Conversation:
        """Keep what the person wishes of the replies in a conversation; None: as the settings say."""
        with self.transaction():
            self.conversation(id)
            self._write(
                "UPDATE conversation SET instructions = ?, temperature = ?, reply_tokens = ? WHERE id = ?",
                [storable(instructions), temperature, reply_tokens, id],
            )
            return self.conversation(id)

    def remove_conversation(self, id: ConversationId) -> None:
        """Delete a conversation and all that was said in it; memories stay, without the words they came from."""
        with self.transaction():
            self.conversation(id)
            self._remove_messages("SELECT id FROM message WHERE conversation = ?", id)
            self._write("DELETE FROM origin WHERE conversation = ?", [id])
            self._write("DELETE FROM conversation WHERE id = ?", [id])

    def remove_from(self, message: MessageId) -> None:
        """Delete a message with all that follows it, in every branch."""
        with self.transaction():
            first = self.message(message)
            self.go_back(first.conversation, first.parent)
            self._remove_messages(f"{_AFTER} SELECT id FROM after", message)
            # Where there were others in its place, the conversation goes on with the last of them.
            if (newest := self._newest_after(first.conversation, first.parent)) is not None:
                self.go_back(first.conversation, newest)

    def _remove_messages(self, these: str, of: int) -> None:
        self._write(f"UPDATE conversation SET head = NULL WHERE head IN ({these})", [of])
        for table in ("message_note", "evidence", "proposal"):
            self._write(f"DELETE FROM {table} WHERE message IN ({these})", [of])
        self._write(f"DELETE FROM message WHERE id IN ({these})", [of])
        # Deleted words stay in the index until its parts are merged.
        self._write("INSERT INTO message_words (message_words) VALUES ('optimize')")

    # Branches

    def go_back(self, conversation: ConversationId, to: MessageId | None) -> None:
        """What is said next follows `to` (None: begins anew); what followed it stays as another branch."""
        self._write("UPDATE conversation SET head = ? WHERE id = ?", [to, conversation])

    def choose(self, message: MessageId) -> None:
        """Go on in the branch that this message stands in, where it was left last."""
        with self.transaction():
            chosen = self.message(message)
            self.go_back(chosen.conversation, self._newest_after(chosen.conversation, message) or message)

    def alternatives(self, conversation: ConversationId) -> dict[MessageId, tuple[MessageId, ...]]:
        """For each message that has others in its place: all of them, itself too, in the order they came."""
        rows = self._rows(
            "SELECT json_group_array(id) AS these FROM (SELECT id, parent FROM message WHERE conversation = ? ORDER BY id) "
            "GROUP BY parent HAVING count(*) > 1",
            [conversation],
        )
        groups = [tuple(MessageId(id) for id in json.loads(row["these"])) for row in rows]
        return {id: group for group in groups for id in group}

    def following(self, message: MessageId) -> list[MessageId]:
        """The messages that stand right after this one, one for each branch that begins here."""
        return [MessageId(row["id"]) for row in self._rows("SELECT id FROM message WHERE parent = ? ORDER BY id", [message])]

    def _newest_after(self, conversation: ConversationId, message: MessageId | None) -> MessageId | None:
        """The newest message that follows this one, by however many others; without one, of all."""
        if message is None:
            row = self._row("SELECT max(id) AS id FROM message WHERE conversation = ?", [conversation])
        else:
            row = self._row(f"{_AFTER} SELECT max(id) AS id FROM after", [message])
        return None if row is None or row["id"] is None else MessageId(row["id"])

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
            "WHERE id IN (SELECT max(id) FROM message WHERE parent IS NULL GROUP BY conversation)"
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
        """Keep one turn at the end of the chosen branch; `notes` stood in front of it, `adapter` is the one that wrote it.

        `at` is when it was said, where that is not now.
        """
        now = to_text(at or self._now())
        with self.transaction():
            self.conversation(conversation)
            head = self._head(conversation)
            id = MessageId(
                self._write(
                    "INSERT INTO message (conversation, role, text, created_at, adapter, parent) VALUES (?, ?, ?, ?, ?, ?)",
                    [conversation, role, storable(text), now, adapter, head],
                )
            )
            self._write_notes(id, notes)
            self._write("UPDATE conversation SET updated_at = ?, head = ? WHERE id = ?", [now, id, conversation])
        return Message(id, conversation, role, text, to_time(now), tuple(notes), adapter, parent=head)

    def put_notes(self, message: Message, notes: Sequence[MemoryId]) -> Message:
        """These notes stood in front of the message, whatever was kept of it before."""
        with self.transaction():
            self._write("DELETE FROM message_note WHERE message = ?", [message.id])
            self._write_notes(message.id, notes)
        return replace(message, notes=tuple(notes))

    def _write_notes(self, message: MessageId, notes: Sequence[MemoryId]) -> None:
        self._write_many(
            "INSERT INTO message_note VALUES (?, ?, ?)", [(message, place, memory) for place, memory in enumerate(notes)]
        )

    def message(self, id: MessageId) -> Message:
        row = self._row("SELECT conversation FROM message WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There is no message {id}.")
        return next(message for message in self.all_messages(ConversationId(row["conversation"])) if message.id == id)

    def turn(self, id: MessageId) -> Message:
        """One message as it was said; whether it may enter a prompt is not looked up."""
        row = self._row(f"{_MESSAGES} WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There is no message {id}.")
        return _message(row)

    def messages(self, conversation: ConversationId) -> list[Message]:
        """The turns of the chosen branch, oldest first, with those marked that must not enter a prompt any more."""
        with self.snapshot():
            self.conversation(conversation)
            return self._suppression().mark(self._branch(self._head(conversation)))

    def before(self, message: Message) -> list[Message]:
        """The turns that this one follows in its branch, oldest first, marked likewise."""
        with self.snapshot():
            return self._suppression().mark(self._branch(message.parent))

    def all_messages(self, conversation: ConversationId) -> list[Message]:
        """The turns of every branch, oldest first, marked likewise."""
        with self.snapshot():
            self.conversation(conversation)
            return self._suppression().mark(self._turns(conversation))

    def is_taken_back(self, text: str) -> bool:
        """Whether a text says what the person took back."""
        return self._suppression().forbids(text)

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

    def _branch(self, last: MessageId | None) -> list[Message]:
        return [_message(row) for row in self._rows(f"{_BRANCH} {_MESSAGES} JOIN branch USING (id) ORDER BY id", [last])]

    def _head(self, conversation: ConversationId) -> MessageId | None:
        row = self._row("SELECT head FROM conversation WHERE id = ?", [conversation])
        return None if row is None or row["head"] is None else MessageId(row["head"])

    def _suppression(self) -> Suppression:
        if not self._row("SELECT 1 FROM memory WHERE retracted_at IS NOT NULL LIMIT 1"):
            return Suppression((), (), ())
        known = self.known()
        told = self._rows(
            "SELECT message FROM evidence JOIN memory ON memory.id = evidence.memory WHERE retracted_at IS NOT NULL"
        )
        return Suppression(known.retracted, known.live, {MessageId(row["message"]) for row in told})


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(
        id=ConversationId(row["id"]),
        title=row["title"],
        created_at=to_time(row["created_at"]),
        updated_at=to_time(row["updated_at"]),
        instructions=row["instructions"],
        temperature=row["temperature"],
        reply_tokens=row["reply_tokens"],
    )


def _message(row: sqlite3.Row) -> Message:
    return Message(
        id=MessageId(row["id"]),
        conversation=ConversationId(row["conversation"]),
        role=row["role"],
        text=row["text"],
        created_at=to_time(row["created_at"]),
        notes=tuple(MemoryId(memory) for memory in json.loads(row["notes"])),
        adapter=None if row["adapter"] is None else AdapterId(row["adapter"]),
        parent=None if row["parent"] is None else MessageId(row["parent"]),
    )
