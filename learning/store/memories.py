"""Memories, the words they came from, and the search among them. A memory's status is derived on reading.

- *retracted*: the person took it back.
- *superseded*: a memory that counts corrects it, directly or through others. One counts while it is neither retracted
  nor expired; so taking back a correction that was itself corrected brings no first value back beside the last,
  and when a correction "for this week" expires, the lasting value counts again.
- *learned*: the adapter that serves was measured to know it.
- *noted*: everything else. Live memories are the noted and the learned that have not expired.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from learning.store.database import Database, storable, to_text, to_time
from learning.store.search import any_word
from learning.types import (
    Candidate,
    ConversationId,
    Evidence,
    Memory,
    MemoryId,
    Message,
    MessageId,
    Sha256,
    Source,
    Status,
)
from models.errors import UserError

_KNOWN = """
WITH RECURSIVE superseded(id) AS (
    SELECT supersedes FROM memory
    WHERE supersedes IS NOT NULL AND retracted_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
    UNION
    SELECT memory.supersedes FROM superseded JOIN memory USING (id) WHERE memory.supersedes IS NOT NULL
), known AS (
    SELECT memory.*, ifnull(expires_at <= :now, 0) AS expired, CASE
        WHEN retracted_at IS NOT NULL THEN 'retracted'
        WHEN id IN (SELECT id FROM superseded) THEN 'superseded'
        WHEN EXISTS (
            SELECT 1 FROM serving JOIN verdict USING (adapter)
            WHERE serving.base_sha256 = :base AND verdict.memory = memory.id AND verdict.passed
        ) THEN 'learned'
        ELSE 'noted'
    END AS status
    FROM memory
)
"""
_LIVE = "NOT expired AND status IN ('noted', 'learned')"


@dataclass(frozen=True, slots=True)
class Known:
    """Every memory once, apart by whether it was retracted, is live, or is neither (superseded or expired)."""

    retracted: tuple[Memory, ...]
    live: tuple[Memory, ...]


class Memories(Database):
    """What a profile knows about its user."""

    def add_memory(
        self,
        candidate: Candidate,
        *,
        message: Message | None = None,
        supersedes: MemoryId | None = None,
        at: datetime | None = None,
    ) -> Memory:
        """Note a candidate, with the words of `message` as its evidence (the whole message where it names no span).

        `at` is when it was told, where that is not now.
        """
        with self.transaction():
            if supersedes is not None:
                self.memory(supersedes)
            id = MemoryId(
                self._write(
                    "INSERT INTO memory (kind, text, question, answer, source, created_at, expires_at, supersedes) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        candidate.kind,
                        *(storable(text) for text in (candidate.text, candidate.question, candidate.answer)),
                        candidate.source,
                        to_text(at or self._now()),
                        None if candidate.expires_at is None else to_text(candidate.expires_at),
                        supersedes,
                    ],
                )
            )
            if message is not None:
                self.add_evidence(id, message, candidate.span)
            return self.memory(id)

    def add_evidence(self, memory: MemoryId, message: Message, span: tuple[int, int] | None = None) -> None:
        """Keep that `message` says `memory` too; a second span of the same message changes nothing."""
        start, end = (0, len(message.text)) if span is None else span
        if not 0 <= start <= end <= len(message.text):
            raise ValueError(f"span {span} does not lie in a message of {len(message.text)} characters")
        with self.transaction():
            self.memory(memory)
            self._write("INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?)", [memory, message.id, start, end])

    def confirm(self, memory: MemoryId, source: Source = "told") -> Memory:
        """The person said in so many words that a memory is right: it need not stand the test of time any more."""
        with self.transaction():
            self.memory(memory)
            self._write("UPDATE memory SET source = ? WHERE id = ?", [source, memory])
            return self.memory(memory)

    def keep_out(self, ids: Sequence[MemoryId], kept_out: bool) -> None:
        """The person's wish that these are never learned into weights, or that wish taken back."""
        self._write_many("UPDATE memory SET kept_out = ? WHERE id = ?", [(kept_out, id) for id in ids])

    def hold_back(self, ids: Sequence[MemoryId], until: datetime | None) -> None:
        """The person's wish that these are not learned before `until`; None: they may be."""
        held = None if until is None else to_text(until)
        self._write_many("UPDATE memory SET held_until = ? WHERE id = ?", [(held, id) for id in ids])

    def supersede(self, memory: MemoryId, older: MemoryId) -> None:
        """Put `memory` in the place of an older one, as if it had been told as its correction."""
        self._write("UPDATE memory SET supersedes = ? WHERE id = ?", [older, memory])

    def memory(self, id: MemoryId, base: Sha256 | None = None) -> Memory:
        """One memory, with its status as it is on `base` (without one, nothing counts as learned)."""
        row = self._row(f"{_KNOWN} SELECT * FROM known WHERE id = :id", {"id": id, "base": base, "now": self._at()})
        if row is None:
            raise UserError(f"There is no memory {id}. dormouse memories --all lists them with their numbers.")
        return _memory(row)

    def memories(self, base: Sha256 | None = None, *, all: bool = False) -> list[Memory]:
        """The live memories, oldest first; with `all` those superseded, expired and retracted follow."""
        rows = self._rows(
            f"{_KNOWN} SELECT * FROM known WHERE :all OR {_LIVE} "
            f"ORDER BY CASE WHEN {_LIVE} THEN 0 WHEN status = 'retracted' THEN 2 ELSE 1 END, id",
            {"all": all, "base": base, "now": self._at()},
        )
        return [_memory(row) for row in rows]

    def known(self) -> Known:
        """What is retracted and what is live, read at one moment."""
        rows = self._rows(
            f"{_KNOWN} SELECT *, {_LIVE} AS live FROM known WHERE status = 'retracted' OR {_LIVE} ORDER BY id",
            {"base": None, "now": self._at()},
        )
        return Known(tuple(_memory(row) for row in rows if not row["live"]), tuple(_memory(row) for row in rows if row["live"]))

    def search_memories(
        self, words: str, base: Sha256 | None = None, limit: int = 20, *, status: Status | None = None
    ) -> list[Memory]:
        """Live memories that share a word with `words`, best match first (BM25); `status` narrows them to one."""
        rows = self._rows(
            f"{_KNOWN} SELECT known.* FROM memory_words JOIN known ON known.id = memory_words.rowid "
            f"WHERE memory_words MATCH :query AND {_LIVE} AND status = ifnull(:status, status) "
            "ORDER BY bm25(memory_words), known.id LIMIT :limit",
            {"query": any_word(words), "base": base, "now": self._at(), "limit": limit, "status": status},
        )
        return [_memory(row) for row in rows]

    def evidence(self, memory: MemoryId) -> list[Evidence]:
        """The user's own words that say this memory, in the order they were said."""
        rows = self._rows(
            "SELECT evidence.*, conversation, text FROM evidence JOIN message ON message.id = evidence.message "
            "WHERE memory = ? ORDER BY message",
            [memory],
        )
        return [
            Evidence(
                memory=memory,
                message=MessageId(row["message"]),
                conversation=ConversationId(row["conversation"]),
                start=row["start"],
                end=row["end"],
                quote=row["text"][row["start"] : row["end"]],
            )
            for row in rows
        ]

    def learned_from(self, conversation: ConversationId) -> list[MemoryId]:
        """Memories, whatever their status, that this conversation says and no other one."""
        rows = self._rows(
            "SELECT memory FROM evidence JOIN message ON message.id = evidence.message "
            "GROUP BY memory HAVING min(conversation) = ? AND max(conversation) = ? ORDER BY memory",
            [conversation, conversation],
        )
        return [MemoryId(row["memory"]) for row in rows]

    def _at(self) -> str:
        return to_text(self._now())


def _memory(row: sqlite3.Row) -> Memory:
    return Memory(
        id=MemoryId(row["id"]),
        kind=row["kind"],
        text=row["text"],
        question=row["question"],
        answer=row["answer"],
        status=row["status"],
        created_at=to_time(row["created_at"]),
        source=row["source"],
        expires_at=None if row["expires_at"] is None else to_time(row["expires_at"]),
        supersedes=None if row["supersedes"] is None else MemoryId(row["supersedes"]),
        kept_out=bool(row["kept_out"]),
        held_until=None if row["held_until"] is None else to_time(row["held_until"]),
    )
