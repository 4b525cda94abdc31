"""What the person took back, and the receipts for it. `learning.undo` decides; here it is written down."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from learning.store.database import Database, to_text, to_time
from learning.types import AdapterId, MemoryId, Receipt, ReceiptAction, Sha256
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
        action: ReceiptAction,
        memories: Sequence[MemoryId],
        adapter_before: AdapterId | None,
        adapter_after: AdapterId | None,
        back_to_notes: Sequence[MemoryId],
        account: Mapping[str, Any] | None = None,
    ) -> Receipt:
        with self.transaction():
            id = self._write(
                "INSERT INTO receipt (action, memories, adapter_before, adapter_after, back_to_notes, created_at, account, "
                "last_memory) VALUES (?, ?, ?, ?, ?, ?, ?, "
                "ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'memory'), 0))",
                [
                    action, json.dumps(list(memories)), adapter_before, adapter_after, json.dumps(list(back_to_notes)),
                    to_text(self._now()), json.dumps(account or {}, ensure_ascii=False, sort_keys=True),
                ],
            )  # fmt: skip
            return self._sealed(id)

    def add_measured(self, id: int, measured: Mapping[str, Any]) -> Receipt:
        """Write into a receipt what was replied before and after it."""
        with self.transaction():
            self.receipt(id)
            written = json.dumps(measured, ensure_ascii=False, sort_keys=True)
            self._write("UPDATE receipt SET measured = ? WHERE id = ?", [written, id])
            return self._sealed(id)

    def _sealed(self, id: int) -> Receipt:
        self._write("UPDATE receipt SET sha256 = ? WHERE id = ?", [seal(self.receipt(id)), id])
        return self.receipt(id)

    def receipt(self, id: int) -> Receipt:
        row = self._row("SELECT * FROM receipt WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There is no receipt {id}. dormouse receipt lists them.")
        return _receipt(row)

    def receipts(self) -> list[Receipt]:
        """All receipts, oldest first."""
        return [_receipt(row) for row in self._rows("SELECT * FROM receipt ORDER BY id")]


def seal(receipt: Receipt) -> Sha256:
    """SHA-256 of all that a receipt says but the seal itself."""
    said = [
        receipt.id,
        receipt.action,
        receipt.memories,
        receipt.adapter_before,
        receipt.adapter_after,
        receipt.back_to_notes,
        to_text(receipt.created_at),
        receipt.last_memory,
        receipt.account,
        receipt.measured,
    ]
    return Sha256(hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest())


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
        last_memory=MemoryId(row["last_memory"]),
        account=json.loads(row["account"]),
        measured=None if row["measured"] is None else json.loads(row["measured"]),
        sha256=row["sha256"],
    )
