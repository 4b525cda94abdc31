"""Nights that are killed, at any moment and at every step: nothing is lost, nothing half-made serves, the next night succeeds.

The nights are whole ones, on the real engine. In most of them only the training has a stand-in: it hands over what the real
worker once made of the same job. A fork server makes the victims, for a process that has run llama.cpp must not be forked.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.assistant import Assistant
from app.compose import open_assistant
from app.events import Event
from app.instance_lock import hold
from app.worker_process import run_worker
from learning import gate, material
from learning.job import TrainingResult, read_result
from models.engine import CancelToken
from models.errors import EnvironmentProblem
from models.files import sha256_of, write_atomically
from tests.app.small_disk import small_disk
from tests.conftest import ScriptedClock
from tests.learning.profile_bytes import count_steps

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(7200),
    pytest.mark.skipif(sys.platform == "win32", reason="there is neither a fork server nor SIGKILL"),
]

KNOWN, NEW = "My cello is called Brunhild.", "My kettle is called Vesuvius."
ANSWERS = {"Brunhild", "Vesuvius"}


@dataclass(frozen=True)
class Handed:
    """Training's stand-in: hands over the folder of the worker, piece by piece, as a worker writes it."""

    made: Path

    def __call__(
        self, job: Path, out: Path, *, on_event: Callable[[Mapping[str, Any]], None], cancel: CancelToken | None
    ) -> TrainingResult:
        for file in sorted(self.made.iterdir()):
            out.mkdir(parents=True, exist_ok=True)
            write_atomically(out / file.name, file.read_bytes())
            on_event({"event": "step", "step": 1, "steps": 2})
        return read_result(out)


@dataclass(frozen=True)
class Kept:
    """The real worker, whose folder is kept."""

    out: Path

    def __call__(self, job: Path, out: Path, **how: Any) -> TrainingResult:
        result = run_worker(job, out, **how)
        shutil.copytree(out, self.out)
        return result


def opened(home: Path) -> Assistant:
    dormouse = open_assistant(home, clock=ScriptedClock(datetime(2026, 3, 2, 23, tzinfo=UTC)))
    # A kill is no power cut; waiting for the disk would be most of the test.
    dormouse.store._connection.execute("PRAGMA synchronous = OFF")
    return dormouse


def quick(home: Path, trainer: Any) -> Assistant:
    """In a child: opened with this trainer. Beside training's stand-in, replay and gate ask few of their general questions."""
    if isinstance(trainer, Handed):
        patch = pytest.MonkeyPatch()
        patch.setattr(material, "for_replay", lambda prompts: prompts[:2])
        patch.setattr(gate, "for_gate", lambda prompts: prompts[:2])
    # Nothing of the person's may be left among the system's temporary files either.
    tempfile.tempdir = str(home.with_name("temporary"))
    home.with_name("temporary").mkdir(exist_ok=True)
    dormouse = opened(home)
    dormouse._trainer = trainer
    return dormouse


def live(home: Path, kept: Path) -> None:
    """A profile that knows one thing by heart and was told another; and what the worker will make of both."""
    home.mkdir()
    (home / "settings.json").write_text('{"threads": 1, "night_threads": 1}', encoding="utf-8")
    with opened(home) as dormouse:
        dormouse.remember(KNOWN)
        assert dormouse.night().outcome == "promoted"
        dormouse.remember(NEW)
    with opened(Path(shutil.copytree(home, kept / "profile"))) as dormouse:
        dormouse._trainer = Kept(kept / "out")
        assert dormouse.night().outcome == "promoted"


def sleep(home: Path, trainer: Any, moment: float = 0.0, step: int = 0) -> None:
    """A night that is killed at the `step`th step, or so many seconds after it began, where it lasts that long."""
    with quick(home, trainer) as dormouse:
        # Loading the model is no step of a night.
        _ = dormouse.serving.engine
        if step:
            count_steps(step, dormouse.store)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, moment)
        dormouse.night()
        os._exit(0)


def cramped(home: Path, trainer: Any) -> None:
    """A night that says, by its exit code, whether it found the disk full and said so."""
    try:
        with quick(home, trainer) as dormouse:
            dormouse.night()
    except EnvironmentProblem as problem:
        print(problem)
        os._exit(3 if "space" in str(problem) and str(home) in str(problem) else 1)


def rest(home: Path, trainer: Any) -> None:
    """A night that nobody disturbs: all is known by heart in the morning."""
    with quick(home, trainer) as dormouse:
        assert dormouse.night().outcome in ("promoted", "nothing_due")
        assert {memory.answer for memory in dormouse.memories() if memory.status == "learned"} == ANSWERS
        assert dormouse.store.check() == []


def in_a_child(work: Callable[..., None], *given: object) -> int:
    """Its exit code, negative for the signal that ended it."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["app.compose", "models.llama", "learning.consolidation", "tests.app.test_killed_nights"])
    child = server.Process(target=work, args=given)
    child.start()
    child.join()
    assert child.exitcode is not None
    return child.exitcode


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("nights")
    assert in_a_child(live, folder / "lived", folder) == 0
    yield folder
    shutil.rmtree(folder)


def again(lived: Path, home: Path) -> Path:
    shutil.rmtree(home, ignore_errors=True)
    return Path(shutil.copytree(lived / "lived", home))


def whole(home: Path) -> str:
    """Nothing is lost, and what serves is whole; what became of the night."""
    heard: list[Event] = []
    with opened(home) as dormouse:
        dormouse.events.subscribe(heard.append)
        assert dormouse.store.check() == []
        serving = dormouse.serving.sync()
        assert serving is not None
        assert sha256_of(home / serving.file) == serving.sha256
        known = {memory.answer: memory.status for memory in dormouse.memories()}
        assert known == {"Brunhild": "learned", "Vesuvius": "learned" if len(serving.trained_on) == 2 else "noted"}
        assert [evidence.quote for m in dormouse.memories() for evidence in dormouse.store.evidence(m.id)] == [KNOWN, NEW]
        assert heard == []
        night = dormouse.store.consolidations()[-1]
        learned = len(serving.trained_on) == 2
        assert night.id == 1 or (night.outcome == "promoted", night.adapter == serving.id) == (learned, learned)
    assert list(home.with_name("temporary").iterdir()) == []
    with hold(home / "night.lock", "the dead process still holds it"):
        return night.outcome


def test_killed_at_every_step_of_a_night_the_next_one_succeeds(lived: Path, tmp_path: Path) -> None:
    home, trainer, step, outcomes = tmp_path / "profile", Handed(lived / "out"), 0, []
    while True:
        step += 1
        code = in_a_child(sleep, again(lived, home), trainer, 0.0, step)
        outcomes.append(whole(home))
        if code != -signal.SIGKILL:
            break
        assert in_a_child(rest, home, trainer) == 0
    assert code == 0
    assert step > 60
    print(f"killed at each of {step - 1} steps: {dict((o, outcomes.count(o)) for o in set(outcomes))}")


@pytest.mark.parametrize("part", range(2))
def test_killed_at_random_moments_of_a_night_the_next_one_succeeds(lived: Path, tmp_path: Path, part: int) -> None:
    """Fifty kills a part."""
    home, trainer, rng = tmp_path / "profile", Handed(lived / "out"), random.Random(part)
    killed, longest, outcomes = 0, 4.0, []
    while killed < 50:
        code = in_a_child(sleep, again(lived, home), trainer, moment := rng.uniform(1e-4, longest))
        outcomes.append(whole(home))
        if code == 0:
            # It was over by then: the next is killed earlier.
            longest = min(longest, moment)
            continue
        assert code == -signal.SIGALRM
        killed += 1
        assert in_a_child(rest, home, trainer) == 0
    print(f"killed {killed} times within {longest:.1f} s: {dict((o, outcomes.count(o)) for o in set(outcomes))}")


def test_on_a_full_disk_a_night_says_so_and_the_next_one_succeeds(lived: Path, tmp_path: Path) -> None:
    codes = []
    with small_disk(tmp_path / "disk") as disk:
        home, trainer = disk.folder / "profile", Handed(lived / "out")
        for kilobytes in (0, 40, 160, 320, 640, 1000, 1500, 2000, 2700, 3500, 4500, 6000):
            disk.free()
            again(lived, home)
            disk.leave(kilobytes)
            codes.append(in_a_child(cramped, home, trainer))
            disk.free()
            whole(home)
            assert in_a_child(rest, home, trainer) == 0
    print(f"exit codes, from no room to enough: {codes}")
    assert set(codes) == {0, 3}


def test_killed_with_the_real_worker_at_work_the_worker_goes_too_and_the_next_night_succeeds(
    lived: Path, tmp_path: Path
) -> None:
    home, rng = tmp_path / "profile", random.Random(7)
    for _ in range(6):
        assert in_a_child(sleep, again(lived, home), run_worker, rng.uniform(2.0, 9.0)) == -signal.SIGALRM
        workers = [p for p in psutil.process_iter(["cmdline"]) if str(home) in " ".join(p.info["cmdline"] or ())]
        assert psutil.wait_procs(workers, timeout=10)[1] == []
        whole(home)
    assert in_a_child(rest, home, run_worker) == 0
    with opened(home) as disturbed, opened(lived / "profile") as undisturbed:
        assert [adapter.sha256 for adapter in disturbed.store.adapters()] == [a.sha256 for a in undisturbed.store.adapters()]
