"""What of the past nights is kept on disk: the adapters that an undo or a restore may need and the newest few, nothing half-done.

Only files go: every adapter stays in the store as history, and could be built again, byte for byte. To be called by whoever
holds the night's lock; a file that cannot be removed now is removed another time.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from learning import consent, workshop
from learning.curriculum import VERSION
from learning.store import Store
from learning.types import AdapterId, Sha256


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes on disk by folder of the profile, and files there that nothing names (relative to the profile)."""

    sizes: dict[str, int]
    orphans: tuple[str, ...]


def needed(store: Store, newest: int) -> set[AdapterId]:
    """Adapters whose files must stay, of every base: what serves, what waits for a word, what would serve after any one
    memory was undone or an undo was taken back, and the `newest` few."""
    kept: set[AdapterId] = set()
    everything = store.adapters()
    for base in {version.base_sha256 for version in everything}:
        usable = [v.id for v in everything if v.base_sha256 == base and v.status == "promoted" and v.file]
        waiting = consent.awaiting(store, base)
        kept |= {*usable[-newest:], *({waiting.id} if waiting is not None else ())}
        if usable:
            kept |= _would_serve(store, base)
    return kept


class _AsItWas(Exception):
    """Takes a trial back."""


def _would_serve(store: Store, base: Sha256) -> set[AdapterId]:
    """What serves now, and what would after each one undo or restore: tried out and taken back, so that only the store decides."""
    now = store.serving(base)
    found = [now] if now is not None else []
    with store.transaction():
        for memory in store.memories(base, all=True):
            change = store.unretract if memory.status == "retracted" else store.retract
            with suppress(_AsItWas), store.transaction():
                change([memory.id])
                if (then := store.serving(base)) is not None:
                    found.append(then)
                raise _AsItWas
    return {version.id for version in found}


def tidy(store: Store, folder: Path, newest: int) -> list[str]:
    """Clear away what is not needed; the files that went, relative to the profile."""
    kept = needed(store, newest)
    for version in store.adapters():
        if version.file and version.id not in kept:
            # The record first: a name without a file would be warned of, a file without a name is cleared away below.
            store.release_adapter(version.id)
    gone = []
    for name in orphans(store, folder):
        path = folder / name
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            gone.append(name)
    store.compact()
    return gone


def orphans(store: Store, folder: Path) -> list[str]:
    """Files and folders of nights that no record names and nothing can go on from."""
    named = {version.file for version in store.adapters()}
    found = [path for path in _within(folder / "adapters") if path.relative_to(folder).as_posix() not in named]
    found += [path for path in _within(folder / "jobs") if not workshop.Bench(path).holds_work]
    found += [path for path in _within(folder / "lessons") if not path.name.endswith(f"-{VERSION}.json")]
    return sorted(path.relative_to(folder).as_posix() for path in found)


def usage(store: Store, folder: Path) -> Usage:
    """What the nights have left on disk, to be shown."""
    sizes = {
        name: sum(_size(path) for path in (folder / name).rglob("*")) for name in ("adapters", "lessons", "jobs", "nights")
    }
    return Usage({**sizes, "database": _size(store.path)}, tuple(orphans(store, folder)))


def _within(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _size(path: Path) -> int:
    # Files come and go while a night works.
    with suppress(OSError):
        return path.stat().st_size if path.is_file() else 0
    return 0
