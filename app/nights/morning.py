"""The morning's report of any night: what it learned, what stayed a note and why, what it cost, and what will be tried again.

It is made from the store, so that it can be read a year later, and says only what is still there: what was erased since is
in no report.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learning import consent, workshop
from learning.store import Store
from learning.types import AdapterVersion, Consolidation, ConsolidationId, Memory, MemoryId, Sha256
from models.errors import UserError

OUTCOMES = {
    "promoted": "learned",
    "awaiting": "waits for your word",
    "rejected": "did harm or nothing good, and was not kept",
    "nothing_due": "had nothing new to learn",
    "failed": "failed",
    "cancelled": "was stopped",
    "running": "is under way, or its process died",
}


@dataclass(frozen=True, slots=True)
class Morning:
    """One night, told.

    Attributes:
        outcome: as the store has it, or "awaiting".
        learned: for the first time; in a night that awaits a word, what would be.
        kept: notes that were not up for learning, with the reason.
        refused: notes that were trained on and did not pass the gate, with the reason.
        superseded: what an earlier adapter had by heart and a correction replaced.
        harm: the gate's figures (`kl_neutral`, `flipped`, `abstention`); empty where nothing was measured.
        why: what ended it, where that was not its end.
        again: what will be tried again, and when; "" where nothing.
    """

    night: Consolidation
    outcome: str
    learned: tuple[Memory, ...]
    kept: tuple[tuple[Memory, str], ...]
    refused: tuple[tuple[Memory, str], ...]
    superseded: tuple[Memory, ...]
    harm: dict[str, float]
    seconds: float
    cpu_seconds: float
    tokens: int
    why: str
    again: str


def morning_of(store: Store, base: Sha256, folder: Path, number: ConsolidationId | None = None) -> Morning:
    """The report of that night, or of the last; raises `UserError` where there was none."""
    with store.snapshot():
        nights = store.consolidations()
        if number is None and not nights:
            raise UserError("There was no night yet. Learn now: dormouse night")
        night = nights[-1] if number is None else store.consolidation(number)
        known = {memory.id: memory for memory in store.memories(base, all=True)}
        adapter = next((v for v in store.adapters() if v.id == night.adapter and v.consolidation == night.id), None)
        learned = [known[id] for id in (*store.first_learned(night.id), *night.report.get("again", ())) if id in known]
        outcome: str = night.outcome
        if adapter is not None and adapter.status == "candidate":
            learned, outcome = consent.proposed(store, adapter), "awaiting"
        failed = {v.memory for v in store.verdicts(adapter.id) if not v.passed} if adapter is not None else set()
        noted = _reasons(night, known)
        report = night.report
        refused = tuple(entry for entry in noted if entry[0].id in failed)
        return Morning(
            night=night,
            outcome=outcome,
            learned=tuple(learned),
            kept=tuple(entry for entry in noted if entry[0].id not in failed),
            refused=refused,
            superseded=tuple(_superseded(store, adapter, known)),
            harm={
                name: report["gate"][name] for name in ("kl_neutral", "flipped", "abstention") if name in report.get("gate", {})
            },
            seconds=float(report.get("seconds", 0.0)),
            cpu_seconds=float(report.get("cpu_seconds", 0.0)),
            tokens=int(report.get("tokens", 0)),
            why=str(report.get("stopped") or report.get("error") or report.get("gate", {}).get("reason", "")),
            again=_again(outcome, bool(refused), bool(workshop.unfinished(folder / "jobs"))),
        )


def _reasons(night: Consolidation, known: dict[MemoryId, Memory]) -> list[tuple[Memory, str]]:
    kept: list[dict[str, Any]] = night.report.get("kept", [])
    return [(known[MemoryId(entry["memory"])], str(entry["reason"])) for entry in kept if entry["memory"] in known]


def _superseded(store: Store, adapter: AdapterVersion | None, known: dict[MemoryId, Memory]) -> list[Memory]:
    """What the promoted adapter before this one was trained on and this one is not, for something newer counts."""
    if adapter is None or adapter.status == "rejected":
        return []
    earlier = [v for v in store.adapters(adapter.base_sha256) if v.id < adapter.id and v.status == "promoted"]
    gone = earlier[-1].trained_on - adapter.trained_on if earlier else ()
    return [known[id] for id in sorted(gone) if id in known and known[id].status == "superseded"]


def _again(outcome: str, refused: bool, unfinished: bool) -> str:
    if outcome in ("cancelled", "failed", "running"):
        where = "from where it stopped" if unfinished else "from its beginning"
        return f"at the next quiet moment, {where}"
    if outcome == "rejected" or refused:
        return "what was refused is tried again as soon as there is something else to learn"
    return ""
