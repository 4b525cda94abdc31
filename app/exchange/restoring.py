"""The way back from a backup, on which nothing returns that was undone or erased since.

The backup's content is prepared in a folder of its own. There the profile's own records of what was taken back are carried
over; then it takes the place of what is there, in one transaction.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.events import Events, Warned
from app.exchange.admission import unlearned
from app.exchange.backup import (
    DATABASE,
    FOLDERS,
    SINGLE,
    Contents,
    OnProgress,
    contents_of,
    damaged,
    in_words,
    keep_on_record,
    manifest_of,
    opened,
    unpack,
)
from app.instance_lock import hold
from app.paths import Profile
from learning import erase, undo
from learning.redaction import marks
from learning.store import Store
from learning.types import Candidate, Memory, Sha256
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem, UserError
from models.files import sha256_of, sync_folder

STAGING = ".restoring"
"""Where a restore prepares what is to take the place of the profile; what a crash left there is removed at the next start."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought, and how many memories of the backup stayed undone or erased because they are so by now."""

    contents: Contents
    undone: int
    erased: int


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
    with opened(file) as archive:
        manifest = manifest_of(archive, file)
        if not force and (store.opening_words() or store.memories(all=True)):
            raise UserError(
                "There are conversations or memories in this profile, and restoring puts the backup in their place. "
                "Back them up first (dormouse backup FILE), then say so with --force."
            )
        busy = "A night is running (process {owner}). Wait until it is done, then restore."
        with hold(Profile(home).night_lock, busy), in_words(home, "written"), _staging(home) as folder:
            # What is on record to be erased must be known by its hash before the hashes are handed over.
            erase.finish(store, home)
            unpack(archive, manifest, file, folder, on_progress or (lambda *_: None), cancel)
            with _whole(folder / DATABASE, store, file) as staged:
                undone, erased = _carry_over(store, staged, folder, base)
                keep_on_record(staged, file)
            if cancel is not None and cancel.cancelled:
                raise Cancelled("Restoring was stopped. Nothing was changed.")
            _move_in(folder, home, store)
    return Restored(contents_of(manifest), undone, erased)


def discard_half_restored(home: Path, events: Events) -> None:
    """Remove what a restore that was killed had prepared, and say so."""
    if not (home / STAGING).exists():
        return
    # One that runs at this moment holds the lock, and cleans up itself.
    with suppress(EnvironmentProblem), hold(Profile(home).night_lock, "A restore is running."):
        shutil.rmtree(home / STAGING, ignore_errors=True)
        events.emit(Warned("A backup was being restored when Dormouse ended. What is here is whole, either as it was before or "
                           "as it is in the backup; restore it once more to be sure."))  # fmt: skip


@contextmanager
def _whole(database: Path, store: Store, file: Path) -> Iterator[Store]:
    """The backup's database, brought up to date; raises `UserError` where it is damaged."""
    try:
        staged = Store.open(database, store.clock)
    except EnvironmentProblem as problem:
        raise damaged(file, f"its database cannot be opened: {problem.__cause__ or 'it is another program’s'}") from problem
    with staged:
        if faults := staged.check():
            raise damaged(file, f"its database: {faults[0]}")
        yield staged


def _carry_over(store: Store, staged: Store, folder: Path, base: Sha256) -> tuple[int, int]:
    """Undo and erase in the backup's content what is undone and erased here; how many memories of each."""
    staged.count_on_from(store.numbers())
    staged.take_over_exports(store)
    undone = erased = 0
    carried: object = None
    # Once more where something is taken back in this very moment, in a window that is open.
    while carried != (carried := (store.known().retracted, store.refused())):
        erased += _erase_again(store, staged, folder, base)
        undone += _undo_again(store, staged, base)
    _keep_out_again(store, staged)
    if store.pending_erasures():
        raise EnvironmentProblem("Something is being erased at this moment. Nothing was restored; try again.")
    return undone, erased


def _erase_again(store: Store, staged: Store, folder: Path, base: Sha256) -> int:
    news = store.refused() - staged.refused()
    staged.refuse_too(news)
    gone = [memory.id for memory in staged.memories(all=True) if news and staged.refuses(marks(memory))]
    if gone:
        undo.erase(staged, gone, base)
        erase.finish(staged, folder)
    if news:
        staged.withdraw_refused()
        for conversation in staged.conversations():
            said = staged.spoken_in(conversation.id)
            redaction = unlearned(staged, [(message.role, message.text, message.created_at) for message in said])
            if redaction is not None:
                staged.redact(said, redaction)
                staged.rename_conversation(conversation.id, redaction.of(conversation.title).text)
                wishes = redaction.of(conversation.instructions).text
                staged.set_wishes(conversation.id, wishes, conversation.temperature, conversation.reply_tokens)
        staged.purge()
    return len(gone)


def _keep_out_again(store: Store, staged: Store) -> None:
    """What must never be in weights stays out of them: no adapter of the backup's that learned it serves."""
    never = frozenset(mark for memory in store.memories(all=True) if memory.kept_out for mark in marks(memory))
    staged.keep_out([memory.id for memory in staged.memories(all=True) if not never.isdisjoint(marks(memory))], True)


def _undo_again(store: Store, staged: Store, base: Sha256) -> int:
    known = store.known()
    live = frozenset(mark for memory in known.live for mark in marks(memory))
    # Told again since: then it is known again.
    undone = [memory for memory in known.retracted if marks(memory).isdisjoint(live)]
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
    try:
        for name in SINGLE:
            if (folder / name).exists():
                os.replace(folder / name, home / name)
        sync_folder(home)
    except OSError as error:
        raise EnvironmentProblem(
            f"All that was said and known is restored, but {error.filename} could not be written ({error.strerror}): "
            "settings and models are as they were."
        ) from error
    # No night goes on with what it had begun to learn before.
    shutil.rmtree(home / "jobs", ignore_errors=True)
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
