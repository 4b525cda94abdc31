"""Taking back what was told, and taking that back: which memories, in one transaction, with a receipt.

Nothing is rebuilt here. A retracted memory's row is marked, and everything else follows from it: which adapter serves,
which memories go back to being notes, which messages stay out of the prompt.

After a restore there is one value to a question, as if the undo had never been: what was told while a memory was undone
could not be held against it, and is now. The value told last counts; the other one is history and counts again once the
newer one is undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import Any

from learning.reconcile import Add, reconcile
from learning.redaction import marks
from learning.store import Store
from learning.types import Candidate, ConsolidationId, ConversationId, Memory, MemoryId, Receipt, ReceiptAction, Sha256
from models.errors import UserError


def retract(store: Store, ids: Sequence[MemoryId], base: Sha256) -> Receipt:
    """Take these memories back: from this moment neither a note nor the serving adapter carries them.

    Raises:
        UserError: one of them does not exist or is undone already; then none is taken back.
    """
    return _change(store, "undo", ids, base, lambda wanted: store.retract(wanted))


def restore(store: Store, ids: Sequence[MemoryId], base: Sha256) -> Receipt:
    """Let retracted memories count again; the adapter that knew them serves again at once if no newer one came since.

    Raises:
        UserError: one of them does not exist or is not undone; then none is restored.
    """

    def put_back(wanted: Sequence[MemoryId]) -> None:
        store.unretract(wanted)
        _settle(store, wanted)

    return _change(store, "restore", ids, base, put_back)


def erase(store: Store, ids: Sequence[MemoryId], base: Sha256) -> Receipt:
    """Take these memories back and put it on record that every trace of them must go; `learning.erase` finishes that.

    What said the same before, and does not count any more, goes with them.

    Raises:
        UserError: one of them does not exist; then nothing is done.
    """

    def put_on_record(wanted: Sequence[MemoryId]) -> None:
        store.retract(wanted)
        store.begin_erasure(wanted)

    with store.transaction():
        known = store.memories(all=True)
        gone = {mark for memory in known if memory.id in ids for mark in marks(memory)}
        again = [m.id for m in known if m.status in ("retracted", "superseded") and not gone.isdisjoint(marks(m))]
        return _change(store, "erase", [*ids, *again], base, put_on_record)


def all_of(
    store: Store, *, night: ConsolidationId | None = None, conversation: ConversationId | None = None, undone: bool = False
) -> list[MemoryId]:
    """The memories that a night was the first to learn, or that a conversation says and no other one; with neither, all.

    All are also those that others superseded and those that expired. Those undone since only where `undone` asks for them.

    Raises:
        UserError: there was no such night or conversation, or nothing is left of it to undo.
    """
    with store.snapshot():
        known = store.memories(all=True)
        ids: Collection[MemoryId] = [memory.id for memory in known]
        nothing = "Nothing is remembered, so there is nothing to undo."
        if night is not None:
            ids = store.first_learned(store.consolidation(night).id)
            nothing = f"Night {night} learned nothing that could be undone. dormouse learned shows what is known."
        if conversation is not None:
            ids = store.learned_from(store.conversation(conversation).id)
            nothing = f"Nothing that is remembered comes from conversation {conversation} alone."
    found = sorted(memory.id for memory in known if memory.id in ids and (undone or memory.status != "retracted"))
    if not found:
        raise UserError(nothing)
    return found


def _change(
    store: Store,
    action: ReceiptAction,
    ids: Sequence[MemoryId],
    base: Sha256,
    change: Callable[[Sequence[MemoryId]], None],
) -> Receipt:
    wanted = tuple(dict.fromkeys(ids))
    with store.transaction():
        _check(store, action, wanted)
        before, notes_before = store.serving(base), _notes(store, base)
        account = _account(store, action, wanted, base)
        change(wanted)
        after = store.serving(base)
        return store.add_receipt(
            action,
            wanted,
            None if before is None else before.id,
            None if after is None else after.id,
            sorted(_notes(store, base) - notes_before),
            account
            | {"serves": None if after is None else {"adapter": after.id, "sha256": after.sha256}}
            | {"history": [id for id in wanted if store.memory(id).status == "superseded"] if action == "restore" else []},
        )


def _account(store: Store, action: ReceiptAction, ids: Sequence[MemoryId], base: Sha256) -> dict[str, Any]:
    """What the receipt tells of the moment before, beside numbers; of what is erased it keeps no word."""
    knew = {adapter.id: adapter for id in ids for adapter in store.adapters_of(id)}
    account: dict[str, Any] = {
        "base": base,
        "knew": [{"adapter": id, "sha256": adapter.sha256, "file": adapter.file} for id, adapter in sorted(knew.items())],
    }
    if action == "erase":
        exports = [{"path": export.path, "made_at": export.made_at.isoformat()} for export in store.exports_with(ids)]
        return account | {"exports": exports}
    return account | {"memories": [_told(store, store.memory(id, base)) for id in ids]}


def _told(store: Store, memory: Memory) -> dict[str, Any]:
    said = store.evidence(memory.id)
    return {
        "memory": memory.id,
        "text": memory.text,
        "question": memory.question,
        "answer": memory.answer,
        "status": memory.status,
        "content_hash": memory.content_hash,
        "said": [{"conversation": one.conversation, "message": one.message, "quote": one.quote} for one in said],
    }


def _settle(store: Store, restored: Collection[MemoryId]) -> None:
    """Hold restored memories against what was told while they were undone: of two values for one question the later counts.

    Only against that. What was told while a memory counted was held against it then, and stays as it was decided.
    """
    told: dict[MemoryId, list[Receipt]] = defaultdict(list)
    for receipt in store.receipts():
        for id in receipt.memories:
            told[id].append(receipt)
    for id in sorted(restored):
        live = {memory.id: memory for memory in store.memories()}
        for other in [memory for memory in live.values() if memory.id != id] if id in live else []:
            older, newer = sorted((live[id], other), key=lambda memory: memory.id)
            if _was_undone(told[older.id], newer.id) and _contradicts(newer, older):
                _merge(store, newer.id, older.id)


def _was_undone(receipts: Sequence[Receipt], when: MemoryId) -> bool:
    """Whether the memory of these receipts was retracted in the moment in which the memory `when` was told."""
    actions = [receipt.action for receipt in receipts if receipt.last_memory < when]
    return bool(actions) and actions[-1] != "restore"


def _contradicts(newer: Memory, older: Memory) -> bool:
    """Whether `newer` would have taken the place of `older`, or repeated it, had it been told beside it."""
    if newer.content_hash == older.content_hash:
        return True
    told = Candidate(newer.kind, newer.text, newer.question, newer.answer, source=newer.source)
    return bool(newer.question) and not isinstance(reconcile(told, [older]), Add)


def _merge(store: Store, newer: MemoryId, older: MemoryId) -> None:
    """Put two lines of corrections into one, latest first."""
    line = sorted({*_line(store, newer), *_line(store, older)}, reverse=True)
    for later, earlier in pairwise(line):
        store.supersede(later, earlier)


def _line(store: Store, memory: MemoryId) -> list[MemoryId]:
    line: list[MemoryId] = [memory]
    while (older := store.memory(line[-1]).supersedes) is not None:
        line.append(older)
    return line


def _check(store: Store, action: ReceiptAction, ids: Sequence[MemoryId]) -> None:
    if not ids:
        raise UserError(f"No memory was named. Give the numbers that dormouse memories shows: dormouse {_said(action)} 3 5")
    retracted = {memory.id: memory.status == "retracted" for memory in store.memories(all=True)}
    if unknown := [id for id in ids if id not in retracted]:
        raise UserError(f"There is no {_named(unknown)}. dormouse memories --all lists what there is, with numbers.")
    if action == "erase":
        return
    unfit = [id for id in ids if retracted[id] == (action == "undo")]
    if unfit and action == "undo":
        raise UserError(f"Undone already: {_named(unfit)}. To have it back: dormouse restore {_numbers(unfit)}")
    if unfit:
        raise UserError(f"Not undone: {_named(unfit)}. To undo it: dormouse undo {_numbers(unfit)}")
    if going := sorted(set(ids) & set(store.pending_erasures())):
        raise UserError(f"Being erased: {_named(going)}. What is erased cannot be brought back.")


def _said(action: ReceiptAction) -> str:
    return "undo --erase" if action == "erase" else action


def _notes(store: Store, base: Sha256) -> set[MemoryId]:
    return {memory.id for memory in store.memories(base) if memory.status == "noted"}


def _named(ids: Sequence[MemoryId]) -> str:
    return f"memory {ids[0]}" if len(ids) == 1 else "memories " + ", ".join(map(str, ids))


def _numbers(ids: Sequence[MemoryId]) -> str:
    return " ".join(map(str, ids))
