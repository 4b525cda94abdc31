"""The nights in figures, one after the other, for whoever draws or tabulates them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from learning.types import AdapterId, Consolidation, ConsolidationId, MemoryId, Recalled


@dataclass(frozen=True, slots=True)
class NightFigures:
    """What became of one night. A figure is None where that night measured none, as before there were such figures.

    Attributes:
        learned: how many memories were known by heart for the first time, or again.
        refused: trained on, and not known well enough.
        kept: left as notes without being trained on.
        recall_before, recall: share of unseen questions about all that was trained on, answered without notes: by the bare
            model, and after the night.
        unharmed: share of general questions whose answer is as before.
        tokens: of notes that no prompt needed any more from then on.
        size: bytes of the weights.
    """

    night: ConsolidationId
    began: datetime
    outcome: str
    learned: int
    refused: int
    kept: int
    recall_before: float | None = None
    recall: float | None = None
    unharmed: float | None = None
    tokens: int | None = None
    size: int | None = None


def built_in(night: Consolidation) -> AdapterId | None:
    """The adapter that this night built; one without anything to learn names what served on."""
    return night.adapter if night.outcome in ("promoted", "rejected") else None


def figures(
    nights: Sequence[Consolidation],
    first_learned: Mapping[MemoryId, ConsolidationId],
    refused: Mapping[AdapterId, AbstractSet[MemoryId]],
    recalled: Mapping[AdapterId, Recalled],
) -> list[NightFigures]:
    """The figures of these nights, in their order."""
    learned: dict[ConsolidationId, int] = {}
    for night in first_learned.values():
        learned[night] = learned.get(night, 0) + 1
    found = []
    for night in nights:
        report, adapter = night.report, built_in(night)
        failed = refused.get(adapter, frozenset()) if adapter is not None else frozenset()
        kept = {MemoryId(entry["memory"]) for entry in report.get("kept", ())}
        recall = recalled.get(adapter) if adapter is not None else None
        served = night.outcome == "promoted"
        found.append(
            NightFigures(
                night=night.id,
                began=night.started_at,
                outcome=night.outcome,
                learned=learned.get(night.id, 0) + len(report.get("again", ())),
                refused=len(failed),
                kept=len(kept - failed),
                recall_before=recall.before if recall is not None else None,
                recall=recall.after if recall is not None else None,
                unharmed=1 - report["gate"]["flipped"] if "flipped" in report.get("gate", {}) else None,
                tokens=report["by_heart"]["tokens"] if served and "by_heart" in report else None,
                size=report["bytes"] if served and report.get("bytes") else None,
            )
        )
    return found
