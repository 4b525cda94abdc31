"""Nights, the adapters they built, and the gate's verdicts. Which adapter serves is derived, never written down.

An adapter serves a base when it is the newest promoted one that was trained on no retracted memory, nor on one that has been
corrected since although the gate saw that a note would not win over it (view `serving`). An undo therefore takes effect with
the memory's own row, and so do its restoring and a correction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from learning.store.database import Database, to_text, to_time
from learning.types import (
    AdapterId,
    AdapterStatus,
    AdapterVersion,
    Consolidation,
    ConsolidationId,
    Measure,
    MemoryId,
    Recalled,
    Sha256,
    Verdict,
)
from models.errors import UserError

Outcome = Literal["running", "promoted", "rejected", "nothing_due", "failed", "cancelled"]

_ADAPTERS = """
SELECT adapter.*, (
    SELECT json_group_array(memory) FROM adapter_memory WHERE adapter_memory.adapter = adapter.id
) AS trained_on FROM adapter
"""


class Nights(Database):
    """Consolidations, adapters and verdicts of a profile."""

    def start_consolidation(self) -> Consolidation:
        """Open the next night; it stays "running" until `finish_consolidation`, also when the process dies."""
        now = to_text(self._now())
        night = self._write("INSERT INTO consolidation (started_at, outcome) VALUES (?, 'running')", [now])
        return self.consolidation(ConsolidationId(night))

    def close_dead_nights(self) -> None:
        """Close nights whose process died, as of when they began; to be called where no other night can be under way."""
        self._write(
            "UPDATE consolidation SET outcome = 'failed', finished_at = started_at, report = ? WHERE outcome = 'running'",
            [json.dumps({"error": "its process died"})],
        )

    def finish_consolidation(
        self, id: ConsolidationId, outcome: Outcome, report: Mapping[str, Any], adapter: AdapterId | None = None
    ) -> Consolidation:
        """Close a night with what became of it; `report` is any JSON value with names."""
        with self.transaction():
            self.consolidation(id)
            self._write(
                "UPDATE consolidation SET finished_at = ?, outcome = ?, report = ?, adapter = ? WHERE id = ?",
                [to_text(self._now()), outcome, json.dumps(report, ensure_ascii=False, sort_keys=True), adapter, id],
            )
            return self.consolidation(id)

    def consolidation(self, id: ConsolidationId) -> Consolidation:
        row = self._row("SELECT * FROM consolidation WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There was no night {id}. dormouse learned shows what each night learned.")
        return _consolidation(row)

    def consolidations(self) -> list[Consolidation]:
        """All nights, oldest first."""
        return [_consolidation(row) for row in self._rows("SELECT * FROM consolidation ORDER BY id")]

    def add_adapter(
        self,
        consolidation: ConsolidationId,
        base_sha256: Sha256,
        recipe: Mapping[str, Any],
        seed: int,
        trained_on: Iterable[MemoryId],
        sha256: Sha256,
        file: str,
        status: AdapterStatus,
        verdicts: Iterable[Verdict] = (),
        manifest: Mapping[str, Any] | None = None,
    ) -> AdapterVersion:
        """Record a built adapter and what the gate measured; a promoted one serves from the moment this returns."""
        with self.transaction():
            adapter = AdapterId(
                self._write(
                    "INSERT INTO adapter (consolidation, base_sha256, recipe, seed, sha256, file, status, created_at, manifest) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        consolidation, base_sha256, json.dumps(recipe, ensure_ascii=False, sort_keys=True), seed,
                        sha256, file, status, to_text(self._now()),
                        json.dumps(manifest or {}, ensure_ascii=False, sort_keys=True),
                    ],
                )
            )  # fmt: skip
            self._write_many(
                "INSERT INTO adapter_memory (adapter, memory) VALUES (?, ?)",
                [(adapter, memory) for memory in set(trained_on)],
            )
            self._write_many(
                "INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_verdict_row(adapter, verdict) for verdict in verdicts],
            )
            return self.adapter(adapter)

    def promote_adapter(self, id: AdapterId) -> AdapterVersion:
        """Serve an adapter that has waited for it, unless a newer one does."""
        with self.transaction():
            self.adapter(id)
            self._write("UPDATE adapter SET status = 'promoted' WHERE id = ?", [id])
            return self.adapter(id)

    def release_adapter(self, id: AdapterId) -> AdapterVersion:
        """Its file is cleared away: it stays in the history of what was learned, and never serves again."""
        with self.transaction():
            self.adapter(id)
            self._write("UPDATE adapter SET file = '' WHERE id = ?", [id])
            return self.adapter(id)

    def reject_adapter(self, id: AdapterId) -> AdapterVersion:
        """Take an adapter out of service for good, as when its file is gone; what it knew by heart are notes again."""
        with self.transaction():
            self.adapter(id)
            self._write("UPDATE adapter SET status = 'rejected' WHERE id = ?", [id])
            return self.adapter(id)

    def adapter(self, id: AdapterId) -> AdapterVersion:
        row = self._row(f"{_ADAPTERS} WHERE id = ?", [id])
        if row is None:
            raise UserError(f"There is no adapter {id}. dormouse learned names the one that serves.")
        return _adapter(row)

    def adapters(self, base: Sha256 | None = None) -> list[AdapterVersion]:
        """All adapters of a base, or of every base, oldest first."""
        rows = self._rows(f"{_ADAPTERS} WHERE base_sha256 = ifnull(?, base_sha256) ORDER BY id", [base])
        return [_adapter(row) for row in rows]

    def serving(self, base: Sha256) -> AdapterVersion | None:
        """The adapter that serves this base now: the newest promoted one that was trained on no retracted memory."""
        row = self._row(f"{_ADAPTERS} WHERE id = (SELECT adapter FROM serving WHERE base_sha256 = ?)", [base])
        return None if row is None else _adapter(row)

    def adapters_of(self, memory: MemoryId) -> list[AdapterVersion]:
        """All adapters that were trained on a memory, oldest first."""
        rows = self._rows(
            f"{_ADAPTERS} WHERE id IN (SELECT adapter FROM adapter_memory WHERE memory = ?) ORDER BY id", [memory]
        )
        return [_adapter(row) for row in rows]

    def verdicts(self, adapter: AdapterId) -> list[Verdict]:
        rows = self._rows("SELECT * FROM verdict WHERE adapter = ? ORDER BY memory", [adapter])
        return [_verdict(row) for row in rows]

    def first_learned(self, consolidation: ConsolidationId) -> list[MemoryId]:
        """Memories that passed in this night's promoted adapter and in no promoted adapter before it."""
        return [memory for memory, night in self.first_nights().items() if night == consolidation]

    def first_nights(self) -> dict[MemoryId, ConsolidationId]:
        """For each memory that ever passed in a promoted adapter: the night of the first of them."""
        rows = self._rows(
            "SELECT verdict.memory, min(adapter.consolidation) AS night FROM verdict JOIN adapter ON adapter.id = verdict.adapter "
            "WHERE verdict.passed AND adapter.status = 'promoted' GROUP BY verdict.memory ORDER BY verdict.memory"
        )
        return {MemoryId(row["memory"]): ConsolidationId(row["night"]) for row in rows}

    def refusals(self) -> dict[AdapterId, set[MemoryId]]:
        """For each adapter that was measured: what it was trained on and did not know well enough."""
        found: dict[AdapterId, set[MemoryId]] = {}
        for row in self._rows("SELECT adapter, memory FROM verdict WHERE NOT passed"):
            found.setdefault(AdapterId(row["adapter"]), set()).add(MemoryId(row["memory"]))
        return found

    def recalled(self) -> dict[AdapterId, Recalled]:
        """For each adapter that was measured: the average recall before and after it."""
        rows = self._rows("SELECT adapter, avg(before_recall) AS b, avg(after_recall) AS a FROM verdict GROUP BY adapter")
        return {AdapterId(row["adapter"]): Recalled(row["b"], row["a"]) for row in rows}


def _consolidation(row: sqlite3.Row) -> Consolidation:
    return Consolidation(
        id=ConsolidationId(row["id"]),
        started_at=to_time(row["started_at"]),
        finished_at=None if row["finished_at"] is None else to_time(row["finished_at"]),
        outcome=row["outcome"],
        adapter=None if row["adapter"] is None else AdapterId(row["adapter"]),
        report=json.loads(row["report"]),
    )


def _adapter(row: sqlite3.Row) -> AdapterVersion:
    return AdapterVersion(
        id=AdapterId(row["id"]),
        consolidation=ConsolidationId(row["consolidation"]),
        base_sha256=Sha256(row["base_sha256"]),
        recipe=json.loads(row["recipe"]),
        seed=row["seed"],
        trained_on=frozenset(MemoryId(memory) for memory in json.loads(row["trained_on"])),
        sha256=Sha256(row["sha256"]),
        file=row["file"],
        status=row["status"],
        created_at=to_time(row["created_at"]),
        manifest=json.loads(row["manifest"]),
    )


def _verdict_row(adapter: AdapterId, verdict: Verdict) -> tuple[object, ...]:
    before, after = verdict.before, verdict.after
    return (
        adapter, verdict.memory, verdict.passed,
        before.logprob, before.recall, before.greedy,
        after.logprob, after.recall, after.greedy,
        verdict.absorption, verdict.reason,
    )  # fmt: skip


def _verdict(row: sqlite3.Row) -> Verdict:
    def number(name: str) -> float:
        # SQLite keeps "not a number" as NULL.
        return float("nan") if row[name] is None else row[name]

    return Verdict(
        memory=MemoryId(row["memory"]),
        passed=bool(row["passed"]),
        before=Measure(number("before_logprob"), number("before_recall"), row["before_greedy"]),
        after=Measure(number("after_logprob"), number("after_recall"), row["after_greedy"]),
        absorption=number("absorption"),
        reason=row["reason"],
    )
