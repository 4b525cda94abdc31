"""Ask me first: an adapter that the gate let pass is kept aside until the person agrees or declines.

It waits as the store's one "candidate" of a base; its night counts as passed, and nothing is served from it. A word decides
once: agreed it serves from that moment, declined it is not built again from the same memories.
"""

from __future__ import annotations

from learning.store import Store
from learning.types import AdapterVersion, Memory, Sha256
from models.errors import UserError


def awaiting(store: Store, base: Sha256) -> AdapterVersion | None:
    """The adapter that waits for the person's word; one that was trained on what was undone since does not count."""
    waiting = [version for version in store.adapters(base) if version.status == "candidate"]
    if not waiting:
        return None
    known = {memory.id for memory in store.memories(base, all=True) if memory.status != "retracted" and not memory.kept_out}
    return next((version for version in reversed(waiting) if version.trained_on <= known), None)


def proposed(store: Store, version: AdapterVersion) -> list[Memory]:
    """What would be known by heart if the person agreed."""
    passed = {verdict.memory for verdict in store.verdicts(version.id) if verdict.passed}
    return [memory for memory in store.memories(version.base_sha256) if memory.id in passed]


def agree(store: Store, base: Sha256) -> AdapterVersion:
    """Serve the adapter that waits, from this moment on; raises `UserError` where none does."""
    return store.promote_adapter(_waiting(store, base).id)


def decline(store: Store, base: Sha256) -> AdapterVersion:
    """Keep yesterday's adapter; all that the night would have learned stays notes."""
    version = _waiting(store, base)
    with store.transaction():
        night = store.consolidation(version.consolidation)
        gate = {**night.report.get("gate", {}), "promoted": False, "reason": "you declined"}
        store.finish_consolidation(night.id, "rejected", {**night.report, "gate": gate, "declined": True}, adapter=version.id)
        return store.reject_adapter(version.id)


def supersede(store: Store, base: Sha256) -> None:
    """A newer night has something to propose: what still waits is not waited for any more."""
    for version in store.adapters(base):
        if version.status == "candidate":
            store.reject_adapter(version.id)


def was_declined(store: Store, version: AdapterVersion) -> bool:
    night = store.consolidation(version.consolidation)
    return night.adapter == version.id and bool(night.report.get("declined"))


def _waiting(store: Store, base: Sha256) -> AdapterVersion:
    version = awaiting(store, base)
    if version is None:
        raise UserError("No night waits for your word. dormouse learned shows what is in the weights.")
    return version
