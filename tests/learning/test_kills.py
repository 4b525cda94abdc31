"""Killed anywhere, on a full disk, in a folder that cannot be written: nothing is lost, and nothing half-done serves."""

from __future__ import annotations

import ctypes
import hashlib
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from learning import erase, undo
from learning.store import Store
from learning.types import Candidate, Clock, Measure, MemoryId, Sha256, Verdict
from models.errors import EnvironmentProblem
from models.files import write_atomically
from tests.learning.profile_bytes import die_at, holding

if sys.platform != "win32":
    import resource

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is forked to be killed")

BASE = Sha256("a" * 64)
ANSWERS = ("Vesuvius", "Tibor", "Orsolya")
Work = Callable[[Store, Path], object]


def promote(store: Store, folder: Path) -> None:
    """The end of a night: the adapter's file gets its name, then one transaction makes it serve."""
    due = [memory.id for memory in store.memories(BASE)]
    started = store.start_consolidation()
    content = b"adapter" * 500
    sha256 = Sha256(hashlib.sha256(content).hexdigest())
    file = f"adapters/{sha256[:24]}.gguf"
    write_atomically(folder / file, content)
    verdicts = [Verdict(id, True, Measure(-9.0, 0.0, ""), Measure(-0.1, 1.0, ""), 1.0) for id in due]
    adapter = store.add_adapter(started.id, BASE, {}, 0, due, sha256, file, "promoted", verdicts)
    store.finish_consolidation(started.id, "promoted", {}, adapter.id)


def retract(store: Store, folder: Path) -> None:
    undo.retract(store, [MemoryId(1)], BASE)


def restore(store: Store, folder: Path) -> None:
    undo.restore(store, [MemoryId(3)], BASE)


def erasing(store: Store, folder: Path) -> None:
    undo.erase(store, [MemoryId(1)], BASE)
    erase.finish(store, folder)


WORKS: dict[str, Work] = {"promote": promote, "undo": retract, "restore": restore, "erase": erasing}


def opened(profile: Path, clock: Clock) -> Store:
    store = Store.open(profile / "dormouse.db", clock)
    # A kill is no power cut; waiting for the disk would be most of the test.
    store._connection.execute("PRAGMA synchronous = OFF")
    return store


@pytest.fixture
def lived(profile: Path, clock: Clock) -> Path:
    """A copy of a profile with three memories, an adapter that serves, and one of the three undone since."""
    with opened(profile, clock) as store:
        talk = store.create_conversation()
        for answer in ANSWERS:
            said = store.add_message(talk.id, "user", f"My thing is called {answer}.")
            store.add_memory(Candidate("fact", f"The user's thing is called {answer}.", "", answer), message=said)
        promote(store, profile)
        undo.retract(store, [MemoryId(3)], BASE)
    return Path(shutil.copytree(profile, profile.with_name("lived")))


def again(profile: Path, lived: Path) -> None:
    shutil.rmtree(profile)
    shutil.copytree(lived, profile)


def whole(profile: Path, clock: Clock, work: str) -> None:
    """Nothing is lost or half-done, and what was begun can be done after all."""
    with opened(profile, clock) as store:
        assert store.check() == []
        began = bool(store.pending_erasures())
        erase.finish(store, profile)
        known = {memory.answer: memory for memory in store.memories(BASE, all=True)}
        done = {
            "promote": (serving := store.serving(BASE)) is not None,
            "undo": "Vesuvius" in known and known["Vesuvius"].status == "retracted",
            "restore": known["Orsolya"].status != "retracted",
            "erase": "Vesuvius" not in known,
        }[work]
        assert set(ANSWERS) - known.keys() == ({"Vesuvius"} if work == "erase" and done else set())
        assert not began or done
        if serving is not None:
            assert hashlib.sha256((profile / serving.file).read_bytes()).hexdigest() == serving.sha256
            assert all(known[answer].status != "retracted" for answer in known if known[answer].id in serving.trained_on)
        if not done:
            WORKS[work](store, profile)
        assert store.check() == []
        if work == "erase":
            assert holding(profile, "Vesuvius") == []


@pytest.mark.parametrize("work", ["promote", "undo", "restore"])
def test_killed_at_every_step_nothing_is_lost_and_it_can_be_done_again(
    profile: Path, clock: Clock, lived: Path, work: str
) -> None:
    step = 1
    while die_at(step, lambda: opened(profile, clock), lambda store: WORKS[work](store, profile)):
        whole(profile, clock, work)
        again(profile, lived)
        step += 1
    assert step > 5


def _in_a_child(work: Callable[[], None]) -> int:
    """Do it in a child; its exit code, negative for the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except EnvironmentProblem:
            os._exit(3)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.slow
def test_killed_at_two_hundred_random_moments_nothing_is_lost(profile: Path, clock: Clock, lived: Path) -> None:
    rng, killed = random.Random(0), 0
    for place in range(2000):
        work, moment = sorted(WORKS)[place % len(WORKS)], rng.uniform(1e-5, 0.04)

        def doomed(work: str = work, moment: float = moment) -> None:
            with opened(profile, clock) as store:
                # Its default is the end of the process, between any two instructions.
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, moment)
                WORKS[work](store, profile)
                signal.setitimer(signal.ITIMER_REAL, 0)

        killed += _in_a_child(doomed) < 0
        whole(profile, clock, work)
        again(profile, lived)
        if killed == 200:
            return
    pytest.fail(f"only {killed} of 2,000 were killed in time")


@pytest.mark.parametrize("work", sorted(WORKS))
def test_on_a_full_disk_nothing_is_lost_and_it_is_said(profile: Path, clock: Clock, lived: Path, work: str) -> None:
    codes = set()
    # No file may grow beyond the limit: the log is cut off at its start, in its middle, or not at all.
    for kilobytes in (0, 4, 12, 40, 80, 140, 4000):

        def cramped(limit: int = kilobytes * 1024) -> None:
            with opened(profile, clock) as store, suppress(ValueError):
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
                WORKS[work](store, profile)

        codes.add(_in_a_child(cramped))
        whole(profile, clock, work)
        again(profile, lived)
    assert codes == {0, 3}


@pytest.mark.parametrize("work", sorted(WORKS))
def test_a_profile_that_cannot_be_written_is_said_to_be_and_stays_as_it_is(
    profile: Path, clock: Clock, lived: Path, work: str
) -> None:
    before = {file.name: file.read_bytes() for file in profile.rglob("*") if file.is_file()}
    folders = [profile, *(path for path in profile.rglob("*") if path.is_dir())]
    for file in (path for path in profile.rglob("*") if path.is_file()):
        file.chmod(0o400)
    for folder in folders:
        folder.chmod(0o500)

    def locked_out() -> None:
        _give_up_privileges()
        with Store.open(profile / "dormouse.db", clock) as store:
            WORKS[work](store, profile)

    try:
        code = _in_a_child(locked_out)
        if code == 77:
            pytest.skip("this superuser's capabilities cannot be dropped")
        assert code == 3
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert {file.name: file.read_bytes() for file in profile.rglob("*") if file.is_file()} == before


def _give_up_privileges() -> None:
    """File modes are nothing to the superuser, until its capabilities are dropped (capset(2), Linux)."""
    if os.geteuid() == 0:
        header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        if ctypes.CDLL(None).capset(ctypes.byref(header), ctypes.byref(none)) != 0:
            os._exit(77)
