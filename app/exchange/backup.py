"""One file of the whole profile, made while it is in use, and the way back.

In it: the database by SQLite's own backup, adapters, lessons, settings; no model. On the way back what the person undid or
erased since is not undone: the profile's own records of it are carried over into the backup's content before that takes the
place of what is there, in one transaction.
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

from app.events import Events, Warned
from app.exchange.admission import unlearned
from app.instance_lock import hold
from app.noting import TOLD_DIRECTLY
from app.paths import Profile
from learning import erase, undo
from learning.redaction import marks
from learning.store import Store
from learning.store.schema import VERSION as DATABASE_VERSION
from learning.types import Candidate, Memory, Sha256
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem, UserError
from models.files import sha256_of, sync_folder

VERSION = 1
"""Of the file's shape, raised when an older Dormouse could not read it any more."""
MANIFEST = "backup.json"
DATABASE = Profile(Path()).database.name
FOLDERS = ("adapters", "lessons")
SINGLE = ("settings.json", "models.json")
STAGING = ".restoring"
"""Where a restore prepares what is to take the place of the profile; what a crash left there is removed at the next start."""
ATTEMPTS = 5

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


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought, and how many memories of the backup stayed undone or erased because they are so by now."""

    contents: Contents
    undone: int
    erased: int


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
    with _in_words(file, "written"):
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
    _keep_on_record(store, file)
    return BackedUp(file, file.stat().st_size, told["conversations"], told["memories"])


def _keep_on_record(store: Store, file: Path) -> None:
    """So that whoever erases something is told that this file has it."""
    store.add_export(file, [memory.id for memory in store.memories(all=True)], [entry.id for entry in store.conversations()])


def _pack(
    store: Store, home: Path, copy: Path, packed: Path, on_progress: OnProgress, cancel: CancelToken | None
) -> Mapping[str, Any] | None:
    """Write the zip; None where something was erased meanwhile, so that it would still be in it."""
    copy.unlink(missing_ok=True)
    store.copy_to(copy)
    with Store.open(copy, store.clock) as snapshot:
        adapters = {adapter.id: adapter.file for adapter in snapshot.adapters()}
        counts = {
            "conversations": sum(entry.title != TOLD_DIRECTLY for entry in snapshot.conversations()),
            "memories": len(snapshot.memories()),
            "adapters": len(adapters),
        }
        memories = {memory.id for memory in snapshot.memories(all=True)}
    names = [*sorted(set(adapters.values())), *_lessons(home), *SINGLE]
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
    with _opened(file) as archive:
        return _contents(_manifest(archive, file))


def restore(
    store: Store,
    home: Path,
    file: Path,
    base: Sha256,
    *,
    force: bool = False,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
) -> Restored:
    """Put what a backup holds in the place of the profile's content, but for what was undone or erased since.

    `base` is the model in use. Stopped or killed anywhere, the profile is as before or as restored. Settings and models of
    the backup count from the next start.

    Raises:
        UserError: it is no whole backup; or something was said or noted in this profile, and not `force`.
        EnvironmentProblem: a night runs, or the disk does not do.
        Cancelled: nothing was changed.
    """
    with _opened(file) as archive:
        manifest = _manifest(archive, file)
        if not force and (store.opening_words() or store.memories(all=True)):
            raise UserError(
                "There are conversations or memories in this profile, and restoring puts the backup in their place. "
                "Back them up first (dormouse backup FILE), then say so with --force."
            )
        busy = "A night is running (process {owner}). Wait until it is done, then restore."
        with hold(Profile(home).night_lock, busy), _in_words(home, "written"), _staging(home) as folder:
            # What is on record to be erased must be known by its hash before the hashes are handed over.
            erase.finish(store, home)
            _unpack(archive, manifest, file, folder, on_progress or (lambda *_: None), cancel)
            with Store.open(folder / DATABASE, store.clock) as staged:
                if faults := staged.check():
                    raise UserError(f"The database in {file.name} is damaged ({faults[0]}). Nothing was changed.")
                undone, erased = _carry_over(store, staged, folder, base)
                _keep_on_record(staged, file)
            if cancel is not None and cancel.cancelled:
                raise Cancelled("Restoring was stopped. Nothing was changed.")
            _move_in(folder, home, store)
    return Restored(_contents(manifest), undone, erased)


def discard_half_restored(home: Path, events: Events) -> None:
    """Remove what a restore that was killed had prepared, and say so."""
    if not (home / STAGING).exists():
        return
    # One that runs at this moment holds the lock, and cleans up itself.
    with suppress(EnvironmentProblem), hold(Profile(home).night_lock, "A restore is running."):
        shutil.rmtree(home / STAGING, ignore_errors=True)
        events.emit(Warned("A backup was being restored when Dormouse ended. What is here is whole, either as it was before or "
                           "as it is in the backup; restore it once more to be sure."))  # fmt: skip


def _carry_over(store: Store, staged: Store, folder: Path, base: Sha256) -> tuple[int, int]:
    """Undo and erase in the backup's content what is undone and erased here; how many memories of each."""
    staged.count_on_from(store.numbers())
    staged.take_over_exports(store)
    news = store.refused() - staged.refused()
    staged.refuse_too(news)
    gone = [memory.id for memory in staged.memories(all=True) if news and staged.refuses(marks(memory))]
    if gone:
        undo.erase(staged, gone, base)
        erase.finish(staged, folder)
    if news:
        for conversation in staged.conversations():
            said = staged.spoken_in(conversation.id)
            redaction = unlearned(staged, [(message.role, message.text, message.created_at) for message in said])
            if redaction is not None:
                staged.redact(said, redaction)
                staged.rename_conversation(conversation.id, redaction.of(conversation.title).text)
        staged.purge()
    live = frozenset(mark for memory in store.known().live for mark in marks(memory))
    # Told again since: then it is known again.
    undone = [memory for memory in store.known().retracted if marks(memory).isdisjoint(live)]
    return _undo_again(store, staged, undone, base), len(gone)


def _undo_again(store: Store, staged: Store, undone: list[Memory], base: Sha256) -> int:
    with staged.transaction():
        there = staged.memories(all=True)
        again = [
            memory.id
            for memory in there
            if memory.status != "retracted" and any(not marks(memory).isdisjoint(marks(other)) for other in undone)
        ]
        if again:
            undo.retract(staged, again, base)
        for memory in undone:
            if all(marks(memory).isdisjoint(marks(other)) for other in there):
                _put_on_record(store, staged, memory)
        return len(again)


def _put_on_record(store: Store, staged: Store, memory: Memory) -> None:
    """Keep an undone memory that the backup never knew: it may hold the words that tell it."""
    told = Candidate(
        memory.kind, memory.text, memory.question, memory.answer, expires_at=memory.expires_at, source=memory.source
    )
    record = staged.add_memory(told, at=memory.created_at)
    for said in store.evidence(memory.id):
        with suppress(UserError):
            message = staged.turn(said.message)
            if message.text[said.start : said.end] == said.quote:
                staged.add_evidence(record.id, message, (said.start, said.end))
    staged.retract([record.id])


def _move_in(folder: Path, home: Path, store: Store) -> None:
    """The last steps: new files beside the old ones, then the database in one transaction, then what nobody names any more."""
    for name in FOLDERS:
        if not (folder / name).is_dir():
            continue
        (home / name).mkdir(mode=0o700, exist_ok=True)
        for file in (folder / name).iterdir():
            # Named by what is in them, so one that is there already is the same.
            if not (home / name / file.name).exists() or sha256_of(home / name / file.name) != sha256_of(file):
                os.replace(file, home / name / file.name)
        sync_folder(home / name)
    store.become(folder / DATABASE)
    for name in SINGLE:
        if (folder / name).exists():
            os.replace(folder / name, home / name)
    sync_folder(home)
    kept = {adapter.file for adapter in store.adapters()}
    for file in (home / "adapters").iterdir() if (home / "adapters").is_dir() else ():
        if file.is_file() and f"adapters/{file.name}" not in kept:
            # Windows keeps a file that an engine has open; it is removed with the next erasure.
            with suppress(PermissionError):
                file.unlink()


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    folder = home / STAGING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(
    archive: zipfile.ZipFile,
    manifest: Mapping[str, Any],
    file: Path,
    folder: Path,
    on_progress: OnProgress,
    cancel: CancelToken | None,
) -> None:
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
        with archive.open(name) as packed, open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            left = entry["size"]
            while chunk := packed.read(min(1 << 20, left + 1)):
                left -= len(chunk)
                if left < 0:
                    break
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if left or sha256_of(target) != entry["sha256"]:
            raise _damaged(file, f"{name} is not as it was written")
        on_progress(done + 1, len(files))


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError as error:
        raise UserError(f"There is no file {file}.") from error
    except IsADirectoryError as error:
        raise UserError(f"{file} is a folder. A backup is one file.") from error
    except OSError as error:
        raise EnvironmentProblem(f"{file} cannot be read: {error.strerror}.") from error
    except zipfile.BadZipFile as error:
        raise _damaged(file, str(error)) from error
    with archive:
        try:
            yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise _damaged(file, str(error)) from error


def _manifest(archive: zipfile.ZipFile, file: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(archive.read(MANIFEST))
        if told["dormouse"] != "backup":
            raise ValueError("not a backup")
        newer = told["version"] > VERSION or told["database"] > DATABASE_VERSION
        contents, files = _contents(told), told["files"]
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
    if not whole or contents.memories < 0:
        raise _damaged(file, "its list of files is not as it must be")
    return told


def _contents(manifest: Mapping[str, Any]) -> Contents:
    return Contents(
        datetime.fromisoformat(manifest["created_at"]),
        int(manifest["conversations"]),
        int(manifest["memories"]),
        int(manifest["adapters"]),
    )


def _damaged(file: Path, why: str) -> UserError:
    return UserError(f"{file.name} is no whole backup ({why}). Nothing was changed. Take another copy of it, or an older one.")


@contextmanager
def _in_words(place: Path, done: str) -> Iterator[None]:
    try:
        yield
    except zipfile.BadZipFile:
        raise
    except OSError as error:
        raise EnvironmentProblem(
            f"{place} could not be {done}: {error.strerror}. Nothing was changed. Free some disk space or check the folder's "
            "permissions, then try again."
        ) from error
