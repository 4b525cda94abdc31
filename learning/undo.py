"""Taking back what was told, and taking that back: which memories, in one transaction, with a receipt.

Nothing is rebuilt here. A retracted memory's row is marked, and everything else follows from it: which adapter serves,
which memories go back to being notes, which messages stay out of the prompt.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from learning.store import Store
from learning.types import ConsolidationId, MemoryId, Receipt, Sha256
from models.errors import UserError


def retract(store: Store, ids: Sequence[MemoryId], base: Sha256) -> Receipt:
    """Take these memories back: from this moment neither a note nor the serving adapter carries them.

    Raises:
        UserError: one of them does not exist or is undone already; then none is taken back.
    """
    return _change(store, "undo", ids, base)


def restore(store: Store, ids: Sequence[MemoryId], base: Sha256) -> Receipt:
    """Let retracted memories count again; the adapter that knew them serves again at once if no newer one came since.

    Raises:
        UserError: one of them does not exist or is not undone; then none is restored.
    """
    return _change(store, "restore", ids, base)


def of_night(store: Store, night: ConsolidationId) -> list[MemoryId]:
    """The memories that this night was the first to learn and that were not undone since.

    Raises:
        UserError: there was no such night, or nothing is left of it to undo.
    """
    with store.snapshot():
        store.consolidation(night)
        found = _not_retracted(store, store.first_learned(night))
    if not found:
        raise UserError(f"Night {night} learned nothing that could be undone. dormouse learned shows what is known.")
    return found


def everything(store: Store) -> list[MemoryId]:
    """All memories that were not undone, with those that others superseded and those that expired.

    Raises:
        UserError: there are none.
    """
    found = [memory.id for memory in store.memories(all=True) if memory.status != "retracted"]
    if not found:
        raise UserError("Nothing is remembered, so there is nothing to undo.")
    return sorted(found)


def _change(store: Store, action: Literal["undo", "restore"], ids: Sequence[MemoryId], base: Sha256) -> Receipt:
    wanted = tuple(dict.fromkeys(ids))
    with store.transaction():
        _check(store, action, wanted)
        before, notes_before = store.serving(base), _notes(store, base)
        if action == "undo":
            store.retract(wanted)
        else:
            store.unretract(wanted)
        after = store.serving(base)
        return store.add_receipt(
            action,
            wanted,
            None if before is None else before.id,
            None if after is None else after.id,
            sorted(_notes(store, base) - notes_before),
        )


def _check(store: Store, action: Literal["undo", "restore"], ids: Sequence[MemoryId]) -> None:
    if not ids:
        raise UserError(f"No memory was named. Give the numbers that dormouse memories shows: dormouse {action} 3 5")
    retracted = {memory.id: memory.status == "retracted" for memory in store.memories(all=True)}
    if unknown := [id for id in ids if id not in retracted]:
        raise UserError(f"There is no {_named(unknown)}. dormouse memories --all lists what there is, with numbers.")
    unfit = [id for id in ids if retracted[id] == (action == "undo")]
    if unfit and action == "undo":
        raise UserError(f"Undone already: {_named(unfit)}. To have it back: dormouse restore {_numbers(unfit)}")
    if unfit:
        raise UserError(f"Not undone: {_named(unfit)}. To undo it: dormouse undo {_numbers(unfit)}")


def _notes(store: Store, base: Sha256) -> set[MemoryId]:
    return {memory.id for memory in store.memories(base) if memory.status == "noted"}


def _not_retracted(store: Store, ids: Collection[MemoryId]) -> list[MemoryId]:
    counts = {memory.id for memory in store.memories(all=True) if memory.status != "retracted"}
    return [id for id in ids if id in counts]


def _named(ids: Sequence[MemoryId]) -> str:
    return f"memory {ids[0]}" if len(ids) == 1 else "memories " + ", ".join(map(str, ids))


def _numbers(ids: Sequence[MemoryId]) -> str:
    return " ".join(map(str, ids))
