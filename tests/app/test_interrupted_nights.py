"""A night stopped again and again, whenever the person happens to return: the worker is gone at once, and the adapter is the same."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.compose import open_assistant
from app.nights.morning import morning_of
from app.nights.scheduler import Nightwatch
from app.settings import Settings, save
from learning.consolidation import NightReport, Progress
from learning.job import CHECKPOINT_FILE
from models.engine import CancelToken
from models.errors import Cancelled
from tests.conftest import ScriptedClock

TOLD = ("My cello is called Brunhild.", "I was born in Kesterby.")
GONE_WITHIN = 2.0
TIMES = 10


class Return:
    """The person comes back some moments after the so manieth thing the night tells."""

    def __init__(self, chance: random.Random) -> None:
        self.cancel = CancelToken()
        self.at = 0.0
        self.workers: set[int] = set()
        self._left = chance.randint(1, 9)
        self._timer = threading.Timer(chance.uniform(0, 0.6), self._come)

    def __call__(self, progress: Progress) -> None:
        self.workers |= {child.pid for child in psutil.Process().children()}
        self._left -= 1
        if self._left == 0:
            self._timer.start()

    def _come(self) -> None:
        self.at = time.monotonic()
        self.cancel.cancel("someone is at the machine")

    def over(self) -> None:
        self._timer.cancel()
        if self._timer.ident is not None:
            self._timer.join()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NightReport]:
    """A profile as it was before its night, its lessons written; and what became of the night that nobody stopped."""
    home = tmp_path_factory.mktemp("told") / "profile"
    with open_assistant(home, clock=ScriptedClock()) as assistant:
        for text in TOLD:
            assistant.remember(text)
    before = home.with_name("before")
    shutil.copytree(home, before)
    with open_assistant(home, clock=ScriptedClock()) as assistant:
        report = assistant.night(unattended=True)
    assert report.outcome == "promoted"
    shutil.copytree(home / "lessons", before / "lessons")
    return before, report


@pytest.mark.slow
def test_closing_dormouse_wakes_the_night_it_began_and_the_next_one_goes_on(
    told: tuple[Path, NightReport], profile: Path
) -> None:
    """The whole way: the watch of an open window, the command that every timer runs, its worker, and the word to stop."""
    before, whole = told
    shutil.copytree(before, profile)
    save(Settings(night_begins="00:00", night_ends="00:00", night_idle_minutes=0), profile / "settings.json")
    heard: list[Mapping[str, Any]] = []
    steps = threading.Event()

    def hear(line: Mapping[str, Any]) -> None:
        heard.append(line)
        if line.get("phase") == "training" and line["done"] >= 2:
            steps.set()

    def night() -> list[int]:
        watch = Nightwatch(profile, hear)
        thread = threading.Thread(target=watch._sleep)
        thread.start()
        while not steps.wait(0.1) and thread.is_alive():
            pass
        if heard and heard[-1].get("outcome") == "not_now":
            thread.join()
            pytest.skip(f"this machine is not fit for a night now: {heard[-1]['why']}")
        assert watch._night is not None
        family = [watch._night.pid, *(child.pid for child in psutil.Process(watch._night.pid).children(recursive=True))]
        assert len(family) == 2
        begun = time.monotonic()
        watch.stop()
        thread.join()
        assert time.monotonic() - begun < GONE_WITHIN + 1.0  # the night's own farewell, beside its worker's
        return family

    family = night()
    assert not [pid for pid in family if psutil.pid_exists(pid)]
    assert heard[-1]["outcome"] == "cancelled"
    assert list((profile / "jobs").rglob(CHECKPOINT_FILE))
    with open_assistant(profile, clock=ScriptedClock()) as assistant:
        seen: list[int] = []
        ended = assistant.night(lambda p: seen.append(p.done) if p.phase == "training" else None, unattended=True)
    assert seen[0] >= 2
    assert ended.adapter is not None
    assert whole.adapter is not None
    assert ended.adapter.sha256 == whole.adapter.sha256


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stopped_at_ten_random_moments_the_night_ends_with_the_same_bytes(
    told: tuple[Path, NightReport], profile: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before, whole = told
    shutil.copytree(before, profile)
    chance, slowest, stopped_in = random.Random(seed), 0.0, []
    with open_assistant(profile, clock=ScriptedClock()) as assistant:
        while len(stopped_in) < TIMES:
            person = Return(chance)
            try:
                assistant.night(person, person.cancel, unattended=True)
                pytest.fail("the night was over before it was stopped often enough")
            except Cancelled:
                slowest = max(slowest, time.monotonic() - person.at)
            finally:
                person.over()
            assert not [pid for pid in person.workers if psutil.pid_exists(pid)]
            morning = morning_of(assistant.store, assistant.serving.base, profile)
            assert (morning.outcome, morning.why) == ("cancelled", "someone is at the machine")
            assert assistant.learned() == []
            stopped_in.append(len(list((profile / "jobs").rglob(CHECKPOINT_FILE))))
        steps: list[int] = []
        ended = assistant.night(lambda p: steps.append(p.done) if p.phase == "training" else None, unattended=True)
    assert slowest < GONE_WITHIN
    assert ended.adapter is not None
    assert whole.adapter is not None
    assert ended.adapter.sha256 == whole.adapter.sha256
    assert ended.gate == whole.gate
    # It went on from where it was, instead of beginning again each time.
    assert steps[0] > 1
    with capsys.disabled():
        print(
            f"\nstopped {TIMES} times, {sum(stopped_in)} with a checkpoint; slowest farewell {slowest:.2f} s; "
            f"went on from step {steps[0]}; sha256 {ended.adapter.sha256[:16]} as uninterrupted"
        )
