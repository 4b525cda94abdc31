"""Which files were written outside of the profile, and what may stand in them: an erasure cannot reach them, but names them.

Memories and conversations are named by number alone: they may be deleted, the file may still be there.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from learning.redaction import Redaction
from learning.store.conversations import Conversations
from learning.store.database import to_text, to_time
from learning.store.suppression import Suppression
from learning.types import ConversationId, Export, Memory, MemoryId


class Exports(Conversations):
    """The exports of a profile."""

    def add_export(self, path: Path, memories: Iterable[MemoryId], conversations: Iterable[ConversationId]) -> None:
        """Keep that these were written to a file, in the place of whatever was written there before."""
        named, talks = os.fsencode(path.absolute()).decode("utf-8", "replace"), set(conversations)
        # Kept now, for words can be edited away later: what the conversations tell.
        told = {memory for talk in talks for ids in self.told_in(talk).values() for memory in ids}
        with self.transaction():
            for earlier in self._rows("SELECT id FROM export WHERE path = ?", [named]):
                for table, column in (("export_memory", "export"), ("export_conversation", "export"), ("export", "id")):
                    self._write(f"DELETE FROM {table} WHERE {column} = ?", [earlier["id"]])
            id = self._write("INSERT INTO export (path, made_at) VALUES (?, ?)", [named, to_text(self._now())])
            self._write_many("INSERT INTO export_memory VALUES (?, ?)", [(id, memory) for memory in told | set(memories)])
            self._write_many("INSERT INTO export_conversation VALUES (?, ?)", [(id, talk) for talk in talks])

    def exports_with(self, memories: Collection[MemoryId]) -> list[Export]:
        """The exports that may hold these memories, oldest first.

        Those that were made of them, and those of conversations that had told or repeated them by then; and as nobody knows
        what was said in a conversation that was deleted since, those of such a one too.
        """
        with self.snapshot():
            gone = [memory for memory in self.memories(all=True) if memory.id in memories]
            exports = {row["id"]: Export(row["path"], to_time(row["made_at"])) for row in self._rows("SELECT * FROM export")}
            holding = {row["export"] for row in self._rows("SELECT * FROM export_memory") if row["memory"] in memories}
            talks = self._rows("SELECT * FROM export_conversation") if gone else []
            said = self._first_said(gone, {ConversationId(row["conversation"]) for row in talks})
            for row in talks:
                first = said.get(row["conversation"])
                if first is not None and first <= exports[row["export"]].made_at:
                    holding.add(row["export"])
            return [export for id, export in sorted(exports.items()) if id in holding]

    def take_over_exports(self, other: Exports) -> None:
        """Know of what another state of this profile wrote to files, with the times at which it did."""
        with self.transaction():
            known = {(row["path"], row["made_at"]) for row in self._rows("SELECT path, made_at FROM export")}
            for row in other._rows("SELECT * FROM export"):
                if (row["path"], row["made_at"]) in known:
                    continue
                id = self._write("INSERT INTO export (path, made_at) VALUES (?, ?)", [row["path"], row["made_at"]])
                for table in ("export_memory", "export_conversation"):
                    named = other._rows(f"SELECT * FROM {table} WHERE export = ?", [row["id"]])
                    self._write_many(f"INSERT INTO {table} VALUES (?, ?)", [(id, entry[1]) for entry in named])

    def _first_said(self, gone: Collection[Memory], talks: Collection[ConversationId]) -> dict[ConversationId, datetime]:
        """Since when each of these conversations has told or repeated one of the memories, where it may have."""
        evidence = {said.message for memory in gone for said in self.evidence(memory.id)}
        live = [memory for memory in self.known().live if memory.id not in {other.id for other in gone}]
        suppression = Suppression(gone, live, evidence)
        there = {talk.id: talk for talk in self.conversations()}
        found = {talk: min(memory.created_at for memory in gone) for talk in talks if talk not in there}
        for talk in talks & there.keys():
            times = [message.created_at for message in suppression.mark(self._turns(talk)) if message.suppressed]
            if any(memory.answer and memory.answer.casefold() in there[talk].title.casefold() for memory in gone):
                times.append(there[talk].created_at)
            if times:
                found[talk] = min(times)
        return found

    def _erase_exports(self, redaction: Redaction) -> None:
        """A file may be called by what was said in it."""
        for row in self._rows("SELECT id, path FROM export"):
            if redaction.says(row["path"]):
                self._write("UPDATE export SET path = ? WHERE id = ?", [redaction.of(row["path"]).text, row["id"]])
