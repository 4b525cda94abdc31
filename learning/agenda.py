"""What a night would learn, and what of it was tried before: decided from the store alone, without an engine.

All live memories that are due are learned together, also those known by heart, for weights are built anew. The same inputs
give the same bytes and the same verdict, so what was tried is not tried again, and what was built serves again as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from learning import consent, curriculum, gate
from learning.curriculum import cached
from learning.job import Recipe
from learning.stability import PATIENCE, is_due
from learning.store import Store
from learning.types import AdapterVersion, Clock, Kept, Memory, MemoryId, Sha256


@dataclass(frozen=True, slots=True)
class NightSettings:
    """How a night is done. `recipe`, `seed` and `replay_share` are part of every adapter's identity.

    Attributes:
        recipe: how the first candidate is trained.
        gentler: recipes for the next candidates, should the first do harm.
        replay_share: replay examples for each example of a memory.
        patience: how long what was mentioned once must stand before it is learned.
        threads: cores that training uses; fixed, because the bytes depend on it.
        keep_job: leave the job folder for a look.
        seconds: what fits into so many is learned, corrections first, and the rest left for later; 0 for no limit.
        goes_on: a night that was stopped is brought to its end as it was, and what was told since is left for the next.
        ask: a candidate that passed is kept aside until the person agrees.
    """

    recipe: Recipe = field(default_factory=Recipe)
    gentler: tuple[Recipe, ...] = (Recipe(rate=1.5e-3, epochs=4, replay_weight=4.0),)
    seed: int = 0
    replay_share: float = 0.25
    limits: gate.Limits = field(default_factory=gate.Limits)
    patience: timedelta = PATIENCE
    threads: int = 2
    keep_job: bool = False
    seconds: float = 0.0
    goes_on: bool = False
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The memories a night will train on, in an order that depends on their content alone, and those it leaves as notes."""

    due: tuple[Memory, ...]
    kept: tuple[Kept, ...]


def plan(store: Store, base: Sha256, clock: Clock, settings: NightSettings) -> Plan:
    """What tonight would learn. All live durable memories are due, also those known by heart: weights are built anew."""
    due, kept = [], []
    for memory in store.memories(base):
        verdict = is_due(memory, len(store.evidence(memory.id)), clock.now(), settings.patience)
        if isinstance(verdict, Kept):
            kept.append(verdict)
        else:
            due.append(memory)
    return Plan(tuple(sorted(due, key=lambda memory: memory.content_hash)), tuple(kept))


def waiting(store: Store, base: Sha256, clock: Clock, settings: NightSettings, lessons: Path) -> list[Memory]:
    """What a night would learn now that is not known by heart; empty where its very build was made before.

    Of what turned out to give no lesson in an earlier night there is nothing to expect.
    """
    due = plan(store, base, clock, settings).due
    new = [memory for memory in due if memory.status != "learned"]
    if new and (built := built_before(store, base, due, settings)) is not None:
        passed = {verdict.memory for verdict in store.verdicts(built.id) if verdict.passed}
        return [memory for memory in new if memory.id in passed]
    if not new or not untried(store, base, due, settings):
        return []
    return [memory for memory in new if (made := cached(memory, lessons, base)) is None or made.examples]


def untried(store: Store, base: Sha256, due: Sequence[Memory], settings: NightSettings) -> list[Recipe]:
    """The recipes not yet tried on these memories; none where one passed: the same inputs give the same bytes and verdict."""
    tried = []
    for version in _builds(store, base, due, settings):
        if _was_lost(store, version):
            continue
        if version.status != "rejected" or consent.was_declined(store, version):
            return []
        tried.append(dict(version.recipe))
    return [recipe for recipe in _recipes(settings) if identity(recipe, settings) not in tried]


def built_before(store: Store, base: Sha256, due: Sequence[Memory], settings: NightSettings) -> AdapterVersion | None:
    """The adapter of just these memories that passed in an earlier night, where another one serves, or none."""
    serving = store.serving(base)
    if not due or (serving is not None and serving.trained_on == _ids(due)):
        return None
    built = [v for v in _builds(store, base, due, settings) if v.status == "promoted" and v.file]
    return built[-1] if built else None


def _builds(store: Store, base: Sha256, due: Sequence[Memory], settings: NightSettings) -> list[AdapterVersion]:
    """All that was ever built of just these memories as it would be now, oldest first."""
    identities = [identity(recipe, settings) for recipe in _recipes(settings)]
    return [
        version
        for version in store.adapters(base)
        if (version.trained_on, version.seed) == (_ids(due), settings.seed) and dict(version.recipe) in identities
    ]


def _recipes(settings: NightSettings) -> tuple[Recipe, ...]:
    return settings.recipe, *settings.gentler


def _ids(memories: Sequence[Memory]) -> frozenset[MemoryId]:
    return frozenset(memory.id for memory in memories)


def identity(recipe: Recipe, settings: NightSettings) -> dict[str, Any]:
    """All that decides over an adapter beside base, memories and seed."""
    return {
        **asdict(recipe),
        "curriculum": curriculum.VERSION,
        "replay_share": settings.replay_share,
        "threads": settings.threads,
    }


def _was_lost(store: Store, version: AdapterVersion) -> bool:
    """Whether it was promoted in its night and has no file any more: gone, damaged, or cleared away."""
    night = store.consolidation(version.consolidation)
    passed = night.outcome == "promoted" and night.adapter == version.id
    return passed and (version.status == "rejected" or not version.file)
