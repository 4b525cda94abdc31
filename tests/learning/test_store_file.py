"""The file itself: private, shared by processes, carried from version to version, and honest about what is wrong with it."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from learning.store import Store, schema
from learning.types import Candidate, Clock
from models.errors import EnvironmentProblem, UserError

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")


@pytest.fixture
def file(profile: Path) -> Path:
    return profile / "dormouse.db"


def fill(store: Store, count: int = 200) -> None:
    talk = store.create_conversation()
    with store.transaction():
        for number in range(count):
            message = store.add_message(talk.id, "user", f"My kettle number {number} is called Vesuvius the {number}th.")
            store.add_memory(Candidate("fact", f"The user's kettle {number} is called Vesuvius."), message=message)


@posix
def test_the_profile_is_closed_to_others_and_so_is_every_file_in_it(file: Path, store: Store) -> None:
    fill(store, 1)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    modes = {one.name: one.stat().st_mode & 0o777 for one in file.parent.iterdir()}
    assert modes == dict.fromkeys(("dormouse.db", "dormouse.db-wal", "dormouse.db-shm"), 0o600)


@posix
def test_a_file_that_others_could_read_is_closed_and_a_shared_folder_is_left_as_it_is(tmp_path: Path, clock: Clock) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    (shared / "photo.png").touch()
    Store.open(shared / "dormouse.db", clock).close()
    (shared / "dormouse.db").chmod(0o644)
    Store.open(shared / "dormouse.db", clock).close()
    assert (shared / "dormouse.db").stat().st_mode & 0o777 == 0o600
    assert shared.stat().st_mode & 0o777 == 0o755


def test_what_was_stored_is_there_after_opening_again(file: Path, clock: Clock) -> None:
    with Store.open(file, clock) as store:
        fill(store, 3)
        before = (store.memories(), store.conversations(), store.search_messages("vesuvius"))
    with Store.open(file, clock) as store:
        assert (store.memories(), store.conversations(), store.search_messages("vesuvius")) == before
        assert store.check() == []


def test_two_processes_see_each_others_writing(file: Path, clock: Clock) -> None:
    with Store.open(file, clock) as window, Store.open(file, clock) as command:
        fill(window, 1)
        assert command.memories() == window.memories()
        command.retract([command.memories()[0].id])
        assert window.memories() == []


def test_a_snapshot_does_not_move_while_another_process_writes(file: Path, clock: Clock) -> None:
    with Store.open(file, clock) as window, Store.open(file, clock) as command:
        with window.snapshot():
            assert window.memories() == []
            fill(command, 1)
            assert window.memories() == []
        assert len(window.memories()) == 1


def test_a_writer_that_waits_too_long_says_who_holds_the_file(file: Path, clock: Clock) -> None:
    with Store.open(file, clock) as window, Store.open(file, clock, busy_seconds=0.01) as command:
        with window.transaction(), pytest.raises(EnvironmentProblem, match=r"dormouse\.db is busy.*another Dormouse"):
            command.create_conversation()
        command.create_conversation()
        assert len(window.conversations()) == 1


def test_threads_take_turns(file: Path, clock: Clock) -> None:
    with Store.open(file, clock) as store:
        threads = [threading.Thread(target=fill, args=(store, 20)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.memories()) == 80
        assert store.check() == []


def tables(file: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


@pytest.mark.parametrize("version", range(schema.VERSION))
def test_a_database_of_any_earlier_version_is_brought_up_to_date(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    Store.open(file, clock).close()
    whole = tables(file)
    file.unlink()
    with monkeypatch.context() as older:
        older.setattr(schema, "VERSION", version)
        Store.open(file, clock).close()
        assert version == 0 or tables(file) != whole
    Store.open(file, clock).close()
    assert tables(file) == whole


def test_a_migration_that_fails_changes_nothing_and_can_be_repeated(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(file, clock) as store:
        fill(store, 2)
    before = tables(file)
    with monkeypatch.context() as broken:
        broken.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE half (id);\nINSERT INTO nowhere VALUES (1);"))
        broken.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            Store.open(file, clock)
    assert tables(file) == before
    with Store.open(file, clock) as store:
        assert len(store.memories()) == 2


def test_a_newer_database_is_left_alone_and_both_versions_are_named(file: Path, clock: Clock) -> None:
    Store.open(file, clock).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    with pytest.raises(UserError, match=rf"version 99.*up to {schema.VERSION}\b.*Update Dormouse"):
        Store.open(file, clock)
    assert file.read_bytes() == before


def test_another_programs_database_is_left_alone(file: Path, clock: Clock) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    with pytest.raises(EnvironmentProblem, match="another program's database"):
        Store.open(file, clock)
    assert [name for name, _ in tables(file)] == ["bookmarks"]


@pytest.mark.parametrize("harm", ["text", "cut", "scribbled"])
def test_a_damaged_database_is_called_so_and_nothing_is_written_to_it(file: Path, clock: Clock, harm: str) -> None:
    with Store.open(file, clock) as store:
        fill(store)
    whole = file.read_bytes()
    damaged = {
        "text": b"Dear diary, " * 1000,
        "cut": whole[: len(whole) // 2],
        "scribbled": whole[:4096] + b"\xa5" * (len(whole) - 4096),
    }[harm]
    file.write_bytes(damaged)
    with pytest.raises(EnvironmentProblem, match=r"dormouse\.db is damaged.*copy.*--home"):
        read_everything(file, clock)
    assert file.read_bytes() == damaged


def read_everything(file: Path, clock: Clock) -> None:
    with Store.open(file, clock) as store:
        store.memories(all=True)
        for talk in store.conversations():
            store.messages(talk.id)


def test_a_check_finds_what_reading_does_not_meet(file: Path, clock: Clock) -> None:
    with Store.open(file, clock) as store:
        fill(store, 2)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO memory_words (memory_words) VALUES ('delete-all')")
        connection.execute("INSERT INTO message_note VALUES (1, 0, 77)")
    with Store.open(file, clock) as store:
        faults = store.check()
    assert len(faults) == 2
    assert "memory" in faults[0]
    assert "memory_words" in faults[1]


def test_a_full_disk_costs_only_what_did_not_fit(file: Path, clock: Clock) -> None:
    with Store.open(file, clock) as store:
        fill(store, 5)
        kept = store.memories()
        # SQLite's own limit on pages raises the very error of a full disk.
        store._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(EnvironmentProblem, match=r"no room left.*Free some space"):
            fill(store, 500)
        assert store.memories() == kept
        store._connection.execute("PRAGMA max_page_count = 1000000")
        fill(store, 1)
        assert len(store.memories()) == len(kept) + 1
        assert store.check() == []


@contextmanager
def as_a_person_without_rights(folder: Path) -> Iterator[None]:
    """Root may write anywhere; so let it be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    for one in (folder, *folder.iterdir()):
        os.chown(one, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@posix
@pytest.mark.parametrize("existing", [True, False])
def test_a_read_only_profile_is_called_so(clock: Clock, existing: bool) -> None:
    # Not below tmp_path, whose parents only their owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="dormouse-"))
    file = folder / "dormouse.db"
    try:
        if existing:
            with Store.open(file, clock) as store:
                fill(store, 1)
            file.chmod(0o400)
        else:
            (folder / "something").touch()
        folder.chmod(0o500)
        with as_a_person_without_rights(folder), pytest.raises(EnvironmentProblem, match=r"dormouse\.db cannot.*writable"):
            Store.open(file, clock)
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_a_folder_in_the_files_place_is_called_so(file: Path, clock: Clock) -> None:
    file.mkdir(parents=True)
    with pytest.raises(EnvironmentProblem, match=r"dormouse\.db cannot"):
        Store.open(file, clock)


DYING = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from learning.store import Store
from learning.types import Candidate

class Clock:
    def now(self):
        return datetime.now(UTC)

store = Store.open(Path(sys.argv[1]), Clock())
store.add_memory(Candidate("fact", "Whole."))
with store.transaction():
    store.add_memory(Candidate("fact", "Half."))
    store.retract([1])
    os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
"""


def test_a_process_killed_within_a_transaction_leaves_what_was_before(file: Path, clock: Clock) -> None:
    died = subprocess.run([sys.executable, "-c", DYING, str(file)], check=False, timeout=60)
    assert died.returncode != 0
    if hasattr(signal, "SIGKILL"):
        assert died.returncode == -signal.SIGKILL
    with Store.open(file, clock) as store:
        assert [(memory.text, memory.status) for memory in store.memories(all=True)] == [("Whole.", "noted")]
        assert store.search_memories("half") == []
        assert store.check() == []


def test_opening_the_store_is_quick_to_import() -> None:
    listed = "import sys; from learning.store import Store; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", listed], check=True, capture_output=True, text=True, timeout=60)
    heavy = {"numpy", "torch", "llama_cpp", "sqlite_utils", "rich"}
    assert heavy.isdisjoint(modules.stdout.split())


def test_several_may_open_a_profile_that_does_not_exist_yet_at_the_same_moment(file: Path, clock: Clock) -> None:
    together, failed = threading.Barrier(4), []

    def open_it() -> None:
        together.wait()
        try:
            with Store.open(file, clock) as store:
                store.create_conversation()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with Store.open(file, clock) as store:
        assert len(store.conversations()) == 4
