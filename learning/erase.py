"""The right to be forgotten: takes every copy of a memory off the disk, and finishes what an earlier process began.

The order is what makes it safe to die anywhere. `undo.erase` takes the memory back and puts its erasure on record, in one
transaction. Then go the files that its row still names (lesson, jobs, adapters, lines of logs), then the rows, then the free
pages and the log of the database; only then the record. Each step done twice is done once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from learning.redaction import Redaction, marks
from learning.store import Store
from learning.types import Memory, MemoryId
from models.errors import EnvironmentProblem
from models.files import sync_folder, write_atomically

LOGS = ("errors.log", "input_history")
"""Files of a profile in which words of a conversation may stand, a line each."""
KEEPSAKES = "window.json"
"""What the window remembers about itself: drafts and what was sent last, as JSON."""


def finish(store: Store, folder: Path) -> list[MemoryId]:
    """Bring every erasure on record to its end; the memories that are gone now. No night may run meanwhile.

    Raises:
        EnvironmentProblem: something could not be written or removed; it stays on record, and can be finished later.
    """
    ids = store.pending_erasures()
    if not ids:
        return []
    gone = [memory for memory in store.memories(all=True) if memory.id in ids]
    try:
        _remove_files(store, folder, gone)
        _cut_logs(folder, store.redaction(ids))
        with store.transaction():
            store.refuse(mark for memory in gone for mark in marks(memory))
            store.erase_rows(ids)
        if not store.purge():
            raise EnvironmentProblem(f"Another Dormouse is reading {store.path}: close it.")
        store.end_erasure(ids)
    except (OSError, EnvironmentProblem) as problem:
        why = f"{problem.filename}: {problem.strerror}." if isinstance(problem, OSError) else problem
        raise EnvironmentProblem(
            f"What was to be erased is forgotten already, but not all of it is off the disk yet. {why} "
            "The rest is done at the next start."
        ) from problem
    return ids


def _remove_files(store: Store, folder: Path, gone: Iterable[Memory]) -> None:
    if (folder / "jobs").exists():
        shutil.rmtree(folder / "jobs")
    trained = {adapter.id: adapter.file for memory in gone for adapter in store.adapters_of(memory.id)}
    kept = {(folder / adapter.file).name for adapter in store.adapters() if adapter.id not in trained}
    hashes = {memory.content_hash[:32] for memory in gone}
    for file in _files(folder / "lessons"):
        # A file that begins with a point was being written when its process died.
        if file.name.startswith(".") or file.name.partition("-")[0] in hashes:
            file.unlink()
    for file in _files(folder / "adapters"):
        if file.name not in kept:
            file.unlink()
    for named in ("lessons", "adapters", "."):
        if (folder / named).is_dir():
            sync_folder(folder / named)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []


def _cut_logs(folder: Path, redaction: Redaction) -> None:
    for file in (folder / name for name in LOGS):
        if not file.is_file():
            continue
        lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True)
        # Some terminals' histories write a space as \040.
        kept = [line for line in lines if not redaction.says(line.replace("\\040", " "))]
        if kept != lines:
            write_atomically(file, "".join(kept).encode("utf-8", "surrogateescape"))
    _cut_keepsakes(folder / KEEPSAKES, redaction)


def _cut_keepsakes(file: Path, redaction: Redaction) -> None:
    if not file.is_file():
        return
    try:
        kept = json.loads(file.read_bytes())
    except ValueError:
        file.unlink()  # Damaged, it is no use to the window, and nobody knows what it says.
        return
    redacted = redaction.within(kept, ())
    if redacted != kept:
        write_atomically(file, json.dumps(redacted, indent=1, ensure_ascii=False).encode())
