"""Proof that can be held against what is: an adapter's manifest, a receipt's measurements, and whether both are still true.

A manifest says what an adapter was built from; a receipt, what was replied before an undo, after it, and by the bare base. Both
are made after the fact and never stand in its way: what is undone is undone before anything is measured.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from learning import paraphrase
from learning.examiner import Examiner
from learning.judge import says
from learning.store import Store
from learning.store.retractions import seal
from learning.types import AdapterId, AdapterVersion, Memory, MemoryId, Receipt, Sha256
from models.engine import CancelToken, ChatEngine
from models.errors import Cancelled

LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "safetensors", "llama-cpp-python", "gguf", "numpy")
"""What else decides over the bytes of an adapter."""
MEASURED = 4
"""Memories of one undo that are asked about; of more, the rest is left out and said so."""
NEIGHBOURS = 3
"""Memories most alike to what was undone, which must be answered as before."""


def manifest(
    base: Sha256, recipe: Mapping[str, Any], seed: int, memories: Collection[Memory], sha256: Sha256
) -> dict[str, Any]:
    """All that an adapter was built from, in hashes and versions, and the hash of what came out."""
    return {
        "base_sha256": base,
        "recipe": dict(recipe),
        "seed": seed,
        "memories": sorted(memory.content_hash for memory in memories),
        "libraries": {name: version for name in LIBRARIES if (version := _version(name))},
        "sha256": sha256,
    }


def measure(
    store: Store, engine: ChatEngine, folder: Path, receipt: Receipt, cancel: CancelToken | None = None
) -> dict[str, Any]:
    """What is replied to direct, paraphrased and reverse questions before the undo, after it, and by the bare base.

    The engine is left with any adapter. Log-probabilities are sums over the answer, in nats.

    Raises:
        Cancelled: `cancel` was set.
    """
    base = Sha256(engine.summary.sha256)
    before, after = _adapter(store, receipt.adapter_before), store.serving(base)
    # Measured later than at once: what was restored or erased since is no more to be asked about.
    gone = {memory.id for memory in store.memories(all=True) if memory.status == "retracted"}
    told = [
        entry
        for entry in receipt.account.get("memories", [])
        if entry["memory"] in gone and entry["question"] and entry["answer"]
    ]
    files = {"before": _file(folder, before), "after": _file(folder, after), "base": None}
    probes = [(entry, probe) for entry in told[:MEASURED] for probe in _probes(store, entry)]
    alike = _neighbours(store, receipt, base)
    knew = {v.memory for v in store.verdicts(before.id) if v.passed} if before is not None else set()
    replies: list[dict[str, Any]] = [{} for _ in probes]
    neighbours: list[dict[str, Any]] = [{} for _ in alike]
    for state, file in files.items():
        if state == "before" and before is not None and file is None:
            continue  # Its file is gone: what it replied can be asked no more.
        engine.set_adapter(file)
        examiner = Examiner(engine)
        for (entry, (_, question, answer)), reply in zip(probes, replies, strict=True):
            _check(cancel)
            note = (entry["text"],) if state == "before" and entry["status"] == "noted" else ()
            reply[state] = _asked(examiner, question, answer, note)
        for memory, reply in zip(alike, neighbours, strict=True) if state != "base" else ():
            _check(cancel)
            by_heart = memory.id in knew if state == "before" else memory.status == "learned"
            reply[state] = _asked(examiner, memory.question, memory.answer, () if by_heart else (memory.text,))
    return {
        "memories": [
            {"memory": entry["memory"], "kind": kind, "question": question, "answer": answer, **reply}
            for (entry, (kind, question, answer)), reply in zip(probes, replies, strict=True)
        ],
        "neighbours": [
            {"memory": memory.id, "question": memory.question, "answer": memory.answer, "intact": _intact(reply), **reply}
            for memory, reply in zip(alike, neighbours, strict=True)
        ],
        "not_measured": [entry["memory"] for entry in receipt.account.get("memories", []) if entry not in told[:MEASURED]],
        "forgotten": all(not reply["after"]["says"] or reply["base"]["says"] for reply in replies),
        "like_the_base": all(reply["after"] == reply["base"] for reply in replies),
        "neighbours_intact": all(_intact(reply) for reply in neighbours),
    }


def doubts(store: Store, receipt: Receipt) -> str:
    """What is no longer as the receipt says, or "" where all of it holds."""
    if receipt.sha256 and seal(receipt) != receipt.sha256:
        return "was changed since it was written"
    if receipt.action == "restore":
        return ""
    back = {id for later in store.receipts() if later.id > receipt.id and later.action == "restore" for id in later.memories}
    gone = set(receipt.memories) - back
    if live := sorted(m.id for m in store.memories(all=True) if m.id in gone and m.status != "retracted"):
        return f"says that memory {live[0]} was taken back, but it counts"
    if receipt.action == "erase" and (left := sorted(gone & {memory.id for memory in store.memories(all=True)})):
        return f"says that memory {left[0]} was erased, but it is still there: its erasure is finished at the next start"
    serving = store.serving(Sha256(receipt.account["base"])) if "base" in receipt.account else None
    if serving is not None and (known := sorted(gone & serving.trained_on)):
        return f"says that memory {known[0]} was taken back, but adapter {serving.id} serves and was trained on it"
    if receipt.measured and not receipt.measured.get("forgotten", True):
        return "says itself that an answer was still given after it"
    return ""


def strays(store: Store, adapter: AdapterVersion) -> str:
    """In what an adapter's manifest differs from its record, or "" where it does not (or there is none)."""
    if not adapter.manifest:
        return ""
    memories = {memory.id: memory for memory in store.memories(all=True)}
    known = [memories[id] for id in adapter.trained_on if id in memories]
    recorded = manifest(adapter.base_sha256, adapter.recipe, adapter.seed, known, adapter.sha256)
    wrong = [name for name, value in adapter.manifest.items() if name != "libraries" and recorded.get(name) != value]
    return f"its manifest has other {' and '.join(wrong)} than its record" if wrong else ""


def _check(cancel: CancelToken | None) -> None:
    if cancel is not None and cancel.cancelled:
        raise Cancelled("The measuring was stopped.")


def _probes(store: Store, told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Kind, question and the answer that must not come, which is no matter of the reverse questions."""
    memory = store.memory(MemoryId(told["memory"]))
    others = [question for question in paraphrase.questions(memory) if question != memory.question]
    return [
        ("direct", memory.question, memory.answer),
        *(("paraphrased", question, memory.answer) for question in others[:2]),
        *(("reverse", question, "") for question in paraphrase.reverse_questions(memory)[:1]),
    ]


def _neighbours(store: Store, receipt: Receipt, base: Sha256) -> list[Memory]:
    words = " ".join(f"{entry['text']} {entry['question']}" for entry in receipt.account.get("memories", [])[:MEASURED])
    found = store.search_memories(words, base, NEIGHBOURS * 4)
    older = [memory for memory in found if memory.id <= receipt.last_memory and memory.question and memory.answer]
    return older[:NEIGHBOURS]


def _asked(examiner: Examiner, question: str, answer: str, notes: Sequence[str]) -> dict[str, Any]:
    reply = examiner.reply(question, notes)
    score = examiner.score(question, answer, notes).logprob if answer else None
    return {"reply": reply, "says": says(reply, answer), "logprob": None if score is None else round(score, 6)}


def _intact(reply: Mapping[str, Any]) -> bool:
    return reply["after"]["says"] or not reply.get("before", {}).get("says", True)


def _adapter(store: Store, id: AdapterId | None) -> AdapterVersion | None:
    return next((adapter for adapter in store.adapters() if adapter.id == id), None)


def _file(folder: Path, adapter: AdapterVersion | None) -> Path | None:
    file = None if adapter is None else folder / adapter.file
    return file if file is not None and file.is_file() else None


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
