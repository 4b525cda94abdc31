"""One file of the whole profile, made while it is in use; `restoring` is the way back.

In it: the database by SQLite's own backup, the adapters that its rows name, lessons, settings; no model. A zip with a list of
what must be in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.noting import TOLD_DIRECTLY
from app.paths import Profile
from learning.store import Store
from learning.store.schema import VERSION as DATABASE_VERSION
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem, UserError
from models.files import sha256_of, sync_folder

VERSION = 1
"""Of the file's shape, raised when an older Dormouse could not read it any more."""
MANIFEST = "backup.json"
DATABASE = Profile(Path()).database.name
FOLDERS = ("adapters", "lessons")
SINGLE = ("settings.json", "models.json")
ATTEMPTS = 5
LONGEST_MANIFEST = 1 << 26

_OURS = re.compile(rf"{re.escape(DATABASE)}|{'|'.join(map(re.escape, SINGLE))}|(?:{'|'.join(FOLDERS)})/[\w-][\w.-]*")
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was written. `size` in bytes."""

    file: Path
    size: int
    conversations: int
    memories: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of itself. `memories` are those that count in it."""

    created_at: datetime
    conversations: int
    memories: int
    adapters: int


def back_up(
    store: Store,
    home: Path,
    file: Path,
    *,
    force: bool = False,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
) -> BackedUp:
    """Write all of the profile as it is at one moment into `file`; chats and nights go on meanwhile.

    Raises:
        UserError: the file is there already (and not `force`), or would lie within the profile.
        EnvironmentProblem: it cannot be written.
        Cancelled: nothing was written.
    """
    file = file.absolute()
    if file.is_relative_to(home.absolute()) or file.resolve().is_relative_to(home.resolve()):
        raise UserError(f"{file} lies within the profile itself. Choose a place outside of {home}, best on another disk.")
    if file.is_dir():
        raise UserError(f"{file} is a folder. Name a file in it.")
    if file.exists() and not force:
        raise UserError(f"{file} is there already and was left as it is. Name another file, or write over it with --force.")
    with in_words(file, "written"):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
            for _ in range(ATTEMPTS):
                packed = Path(folder) / "packed"
                told = _pack(store, home, Path(folder) / DATABASE, packed, on_progress or (lambda *_: None), cancel)
                if told is not None:
                    break
            else:
                raise EnvironmentProblem(
                    "Memories were being erased while the backup was made. Nothing was written; try again."
                )
            with packed.open("rb+") as written:
                os.fsync(written.fileno())
            os.replace(packed, file)
            sync_folder(file.parent)
    keep_on_record(store, file)
    return BackedUp(file, file.stat().st_size, told["conversations"], told["memories"])


def keep_on_record(store: Store, file: Path) -> None:
    """So that whoever erases something is told that this file has it."""
    store.add_export(file, [memory.id for memory in store.memories(all=True)], [entry.id for entry in store.conversations()])


def _pack(
    store: Store, home: Path, copy: Path, packed: Path, on_progress: OnProgress, cancel: CancelToken | None
) -> Mapping[str, Any] | None:
    """Write the zip; None where something was erased meanwhile, so that it would still be in it."""
    copy.unlink(missing_ok=True)
    store.copy_to(copy)
    with Store.open(copy, store.clock) as snapshot:
        # One whose file was cleared away has no name.
        adapters = {adapter.file for adapter in snapshot.adapters() if adapter.file}
        counts = {
            "conversations": sum(entry.title != TOLD_DIRECTLY for entry in snapshot.conversations()),
            "memories": len(snapshot.memories()),
            "adapters": len(adapters),
        }
        memories = {memory.id for memory in snapshot.memories(all=True)}
    names = [*sorted(adapters), *_lessons(home), *SINGLE]
    hashes: dict[str, dict[str, Any]] = {}
    packed.touch(mode=0o600)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for done, (name, source) in enumerate([(DATABASE, copy), *((name, home / name) for name in names)]):
            if cancel is not None and cancel.cancelled:
                raise Cancelled("The backup was stopped. Nothing was written.")
            # An adapter that was lost has its memories as notes; a lesson is only a saving of time.
            with suppress(FileNotFoundError):
                hashes[name] = _add(archive, name, source)
            on_progress(done + 1, len(names) + 1)
        told = {
            "dormouse": "backup",
            "version": VERSION,
            "database": DATABASE_VERSION,
            "created_at": store.clock.now().isoformat(),
            **counts,
            "files": hashes,
        }
        archive.writestr(MANIFEST, json.dumps(told, indent=1))
    return told if memories <= {memory.id for memory in store.memories(all=True)} else None


def _lessons(home: Path) -> list[str]:
    folder = home / "lessons"
    named = [f"lessons/{file.name}" for file in folder.iterdir()] if folder.is_dir() else []
    return sorted(name for name in named if _OURS.fullmatch(name))


def _add(archive: zipfile.ZipFile, name: str, source: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as file, archive.open(name, "w", force_zip64=True) as packed:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
            packed.write(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def look_into(file: Path) -> Contents:
    """What a backup holds, without reading all of it.

    Raises:
        UserError: it is no backup, or one of a newer Dormouse.
        EnvironmentProblem: it cannot be read.
    """
    with opened(file) as archive:
        return contents_of(manifest_of(archive, file))


def unpack(
    archive: zipfile.ZipFile,
    manifest: Mapping[str, Any],
    file: Path,
    folder: Path,
    on_progress: OnProgress,
    cancel: CancelToken | None,
) -> None:
    """Write the files of a backup into `folder`, each held against its hash."""
    files = manifest["files"]
    needed = sum(entry["size"] for entry in files.values())
    if shutil.disk_usage(folder).free < 2 * needed:
        raise EnvironmentProblem(
            f"{file.name} needs {2 * needed / 1e9:.1f} GB of free space beside the profile. Nothing was changed. Free some, then try again."
        )
    for done, (name, entry) in enumerate(files.items()):
        if cancel is not None and cancel.cancelled:
            raise Cancelled("Restoring was stopped. Nothing was changed.")
        target = folder / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        target.touch(mode=0o600, exist_ok=False)
        with archive.open(name) as packed, target.open("wb") as out:
            left = entry["size"]
            while chunk := packed.read(min(1 << 20, left + 1)):
                left -= len(chunk)
                if left < 0:
                    break
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if left or sha256_of(target) != entry["sha256"]:
            raise damaged(file, f"{name} is not as it was written")
        on_progress(done + 1, len(files))


@contextmanager
def opened(file: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, with what befalls it put into words."""
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError as error:
        raise UserError(f"There is no file {file}.") from error
    except IsADirectoryError as error:
        raise UserError(f"{file} is a folder. A backup is one file.") from error
    except OSError as error:
        raise EnvironmentProblem(f"{file} cannot be read: {error.strerror}.") from error
    except zipfile.BadZipFile as error:
        raise damaged(file, str(error)) from error
    with archive:
        try:
            yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise damaged(file, str(error)) from error


def manifest_of(archive: zipfile.ZipFile, file: Path) -> Mapping[str, Any]:
    """What a backup says is in it, every name checked; raises `UserError` where it is none, or of a newer Dormouse."""
    try:
        if archive.getinfo(MANIFEST).file_size > LONGEST_MANIFEST:
            raise ValueError("its list of files has no end")
        told = json.loads(archive.read(MANIFEST))
        if told["dormouse"] != "backup":
            raise ValueError("not a backup")
        newer = told["version"] > VERSION or told["database"] > DATABASE_VERSION
        contents_of(told)
        files = told["files"]
        whole = DATABASE in files and all(
            _OURS.fullmatch(name) and name in archive.namelist() and entry["size"] >= 0 and len(entry["sha256"]) == 64
            for name, entry in files.items()
        )
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{file.name} is no backup of Dormouse's. Nothing was changed. They are made with: dormouse backup FILE"
        ) from error
    if newer:
        raise UserError(f"{file.name} was written by a newer Dormouse. Nothing was changed. Update Dormouse, then restore it.")
    if not whole:
        raise damaged(file, "its list of files is not as it must be")
    return told


def contents_of(manifest: Mapping[str, Any]) -> Contents:
    return Contents(
        datetime.fromisoformat(manifest["created_at"]),
        int(manifest["conversations"]),
        int(manifest["memories"]),
        int(manifest["adapters"]),
    )


def damaged(file: Path, why: str) -> UserError:
    return UserError(f"{file.name} is no whole backup ({why}). Nothing was changed. Take another copy of it, or an older one.")


@contextmanager
def in_words(place: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EnvironmentProblem(
            f"{place} could not be {done}: {error.strerror}. Nothing was changed. Free some disk space or check the folder's "
            "permissions, then try again."
        ) from error
