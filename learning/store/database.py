"""One SQLite file: opened safely, written by one writer at a time, and its errors put into words.

No table is known here. Times are stored as ISO-8601 text in UTC with microseconds, so that they sort as they stand.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Self

from learning.store.schema import SEARCH_INDEXES, migrate
from learning.types import Clock
from models.errors import EnvironmentProblem, UserError

BUSY_SECONDS = 5.0
FULL_BYTES = 1 << 17
"""With less than this free a disk is full: the index of the write-ahead log grows by 32 KiB at a time."""

Parameters = Sequence[object] | Mapping[str, object]


class Database:
    """A connection that any one thread may use at a time, while other processes may have the same file open."""

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock) -> None:
        self.path = path
        self._connection = connection
        self._clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._reading_only = False

    @property
    def clock(self) -> Clock:
        return self._clock

    @classmethod
    def open(cls, path: Path, clock: Clock, *, busy_seconds: float = BUSY_SECONDS) -> Self:
        """Open the database at `path`, made or brought up to this version where needed.

        Errors: `UserError` where a newer program wrote it; `EnvironmentProblem` where it is damaged, locked by another
        process for longer than `busy_seconds`, or its folder cannot be written. Neither changes what is in it.
        """
        with _in_words(path):
            _make_private(path)
            connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
            try:
                connection.row_factory = sqlite3.Row
                _set_up(connection, path, busy_seconds)
            except BaseException:
                connection.close()
                raise
        return cls(path, connection, clock)

    def close(self) -> None:
        """Close the file; the last to close it folds the write-ahead log into it."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Everything inside happens or nothing does; one within another joins it, and takes back its own part on error.

        It takes the right to write at once: a transaction that reads first and writes later fails with "database is
        locked" whenever another process wrote in between, however long it is ready to wait.
        """
        with self._lock, _in_words(self.path):
            if self._reading_only:
                raise RuntimeError("a write inside a read-only snapshot")
            outer, self._depth = self._depth, self._depth + 1
            level, begun = f"level_{outer}", False
            try:
                self._connection.execute(f"SAVEPOINT {level}" if outer else "BEGIN IMMEDIATE")
                begun = True
                yield
                self._connection.execute(f"RELEASE {level}" if outer else "COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself; a second ROLLBACK would hide the first error.
                if self._connection.in_transaction and not outer:
                    self._connection.execute("ROLLBACK")
                elif self._connection.in_transaction and begun:
                    self._connection.execute(f"ROLLBACK TO {level}")
                    self._connection.execute(f"RELEASE {level}")
                raise
            finally:
                self._depth = outer

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """What is read inside belongs together, even while another process writes."""
        with self._lock, _in_words(self.path):
            if self._depth or self._reading_only:
                yield
                return
            self._connection.execute("BEGIN")
            self._reading_only = True
            try:
                yield
            finally:
                self._reading_only = False
                if self._connection.in_transaction:
                    self._connection.execute("COMMIT")

    def check(self) -> list[str]:
        """Read the whole file and name every fault in it; empty where there is none. Takes long on a large file."""
        with self.snapshot():
            faults = [row[0] for row in self._rows("PRAGMA integrity_check") if row[0] != "ok"]
            strays = self._rows("PRAGMA foreign_key_check")
        faults += [f"{row['table']} {row['rowid']} names a missing {row['parent']}" for row in strays]
        for index in SEARCH_INDEXES:
            try:
                self._write(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
            except EnvironmentProblem as problem:
                faults.append(f"search index {index}: {problem.__cause__}")
        return faults

    def copy_to(self, file: Path) -> None:
        """Write the database as it is at this moment to a new file; others may go on reading and writing meanwhile."""
        with self._lock, _in_words(file), closing(sqlite3.connect(file, isolation_level=None)) as copy:
            self._connection.backup(copy)

    def become(self, file: Path) -> None:
        """Put what stands in `file`, a database of this version that nobody has open, in the place of all there is here.

        One transaction of SQLite's own: killed in it, all is as before. Whoever else has this profile open reads the new
        content from then on.
        """
        deadline = monotonic() + BUSY_SECONDS

        def patience(status: int, remaining: int, total: int) -> None:
            if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and monotonic() > deadline:
                raise EnvironmentProblem(_BUSY.format(path=self.path, error="locked"))

        with self._lock, _in_words(self.path):
            if self._depth or self._reading_only:
                raise RuntimeError("a transaction is open")
            with closing(sqlite3.connect(file, isolation_level=None)) as other:
                other.backup(self._connection, progress=patience, sleep=0.05)

    def numbers(self) -> dict[str, int]:
        """The highest number that each table has given out."""
        return {row["name"]: row["seq"] for row in self._rows("SELECT name, seq FROM sqlite_sequence")}

    def count_on_from(self, numbers: Mapping[str, int]) -> None:
        """Give out no number again that was given out elsewhere: receipts, and what a window remembers, name things by it."""
        with self.transaction():
            own = self.numbers()
            for name, number in numbers.items():
                if name in own:
                    self._write("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", [number, name])
                else:
                    self._write("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [name, number])

    def compact(self, share: float = 0.25, least: int = 256) -> bool:
        """Give free pages back to the disk where they are at least this share of the file and so many; whether it did.

        Nothing is done while another process reads or writes: it is no matter of today.
        """
        free = self._rows("PRAGMA freelist_count")[0][0]
        if free < max(least, share * self._rows("PRAGMA page_count")[0][0]):
            return False
        try:
            self._rows("VACUUM")
        except EnvironmentProblem:
            return False
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return True

    def _rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        with self._lock, _in_words(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def _row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        with self._lock, _in_words(self.path):
            return self._connection.execute(sql, parameters).fetchone()

    def _write(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement and return the id of the row it inserted."""
        with self.transaction():
            return self._connection.execute(sql, parameters).lastrowid or 0

    def _write_many(self, sql: str, parameters: Iterable[Parameters]) -> None:
        with self.transaction():
            self._connection.executemany(sql, parameters)

    def _now(self) -> datetime:
        return self._clock.now()


def to_text(time: datetime) -> str:
    """A time as it is stored; it must know its zone."""
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone")
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def to_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def storable(text: str) -> str:
    """The text itself, where it can be written as UTF-8.

    Words from a command line that was not UTF-8 hold lone surrogates, which no file and no tokenizer can take.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        shown = text.encode(errors="replace").decode()
        raise UserError(f"“{shown}” holds characters that are not valid text. Write it again in UTF-8.") from error
    return text


def _make_private(path: Path) -> None:
    """Make the profile folder and the empty file, for their owner's eyes only (where the system knows owners)."""
    folder = path.parent
    try:
        fresh = not folder.exists() or not any(folder.iterdir())
        folder.mkdir(parents=True, exist_ok=True)
        # Only a folder that holds nothing else yet is ours to close: `--home` may name a shared one.
        if fresh and os.name == "posix":
            folder.chmod(0o700)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        # SQLite gives the log beside the file the file's own mode.
        if os.name == "posix" and path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise EnvironmentProblem(
            f"{path} cannot be made or opened for writing ({error.strerror}). "
            "Make its folder writable, or name another profile: dormouse --home FOLDER"
        ) from error


def _set_up(connection: sqlite3.Connection, path: Path, busy_seconds: float) -> None:
    """Configure and migrate, again while others do: SQLite refuses the first change to a write-ahead log without waiting."""
    deadline = monotonic() + busy_seconds
    while True:
        try:
            _configure(connection)
            migrate(connection, path)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
                raise
            sleep(0.01)


def _configure(connection: sqlite3.Connection) -> None:
    for statement in (
        "PRAGMA journal_mode = WAL",
        # FULL: what a command reported as done must be there after a power cut.
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        # Deleted words are overwritten with zeros, and nothing is spilled into temporary files.
        "PRAGMA secure_delete = ON",
        "PRAGMA temp_store = MEMORY",
    ):
        connection.execute(statement)


@contextmanager
def _in_words(path: Path) -> Generator[None]:
    """Turn what befell the file into an `EnvironmentProblem`; our own mistakes stay as they are."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        # SQLite says so where its log cannot grow; where the index of the log cannot, it says that the disk fails.
        if code == sqlite3.SQLITE_IOERR and _is_full(path.parent):
            code = sqlite3.SQLITE_FULL
        words = _WORDS.get(code)
        if words is None:
            raise
        raise EnvironmentProblem(words.format(path=path, error=error)) from error


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < FULL_BYTES
    except OSError:
        return False


_NOT_WRITABLE = (
    "{path} cannot be written ({error}). Nothing was changed. Make the file and its folder writable, "
    "or name another profile: dormouse --home FOLDER"
)
_DAMAGED = (
    "{path} is damaged ({error}). Nothing was changed. Keep a copy of it, then bring back a backup (dormouse --home FOLDER "
    "backup FILE --restore), recover what it holds (sqlite3 FILE .recover), or begin anew: dormouse --home FOLDER"
)
_BUSY = (
    "{path} is busy ({error}): another Dormouse is writing to it. Nothing was changed. "
    "Wait until it is done or close it, then try again."
)
_FULL = (
    "There is no room left on the disk of {path}. What was asked for last was not stored; all else is there. "
    "Free some space and try again."
)
_FAILING = (
    "The disk of {path} does not answer as it must ({error}). What was asked for last was not stored. "
    "Check the disk and try again."
)
_WORDS = {
    sqlite3.SQLITE_PERM: _NOT_WRITABLE,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _NOT_WRITABLE,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FAILING,
}
