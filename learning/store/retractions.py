"""What the person took back, and the receipts for it. `learning.undo` decides; here it is written down."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Literal

from learning.store.database import Database, to_text, to_time
from learning.types import AdapterId, MemoryId, Receipt
from models.errors import UserError


class Retractions(Database):
    """Retracted memories and receipts of a profile."""

    def retract(self, ids: Sequence[MemoryId]) -> None:
        """Take these memories back; one that already is keeps its time."""
        now = to_text(self._now())
        self._write_many("UPDATE memory SET retracted_at = ifnull(retracted_at, ?) WHERE id = ?", [(now, id) for id in ids])

    def unretract(self, ids: Sequence[MemoryId]) -> None:
        """Let these memories count again."""
        self._write_many("UPDATE memory SET retracted_at = NULL WHERE id = ?", [(id,) for id in ids])

    def add_receipt(
        self,
        action: Literal["undo", "restore"],
        memories: Sequence[MemoryId],
        adapter_before: AdapterId | None,
        adapter_after: AdapterId | None,
        back_to_notes: Sequence[MemoryId],
    ) -> Receipt:
        id = self._write(
            "INSERT INTO receipt (action, memories, adapter_before, adapter_after, back_to_notes, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                action, json.dumps(list(memories)), adapter_before, adapter_after, json.dumps(list(back_to_notes)),
                to_text(self._now()),
            ],
        )  # fmt: skip
        return self.receipt(id)

    def receipt(self, id: int) -> Receipt:
        row = self._row("SELECT * FROM receipt WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There is no receipt {id}.")
        return _receipt(row)

    def receipts(self) -> list[Receipt]:
        """All receipts, oldest first."""
        return [_receipt(row) for row in self._rows("SELECT * FROM receipt ORDER BY id")]


def _receipt(row: sqlite3.Row) -> Receipt:
    def adapter(name: str) -> AdapterId | None:
        return None if row[name] is None else AdapterId(row[name])

    return Receipt(
        id=row["id"],
        action=row["action"],
        memories=tuple(MemoryId(id) for id in json.loads(row["memories"])),
        adapter_before=adapter("adapter_before"),
        adapter_after=adapter("adapter_after"),
        back_to_notes=tuple(MemoryId(id) for id in json.loads(row["back_to_notes"])),
        created_at=to_time(row["created_at"]),
    )
