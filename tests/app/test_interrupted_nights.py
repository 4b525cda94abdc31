"""A night stopped again and again, whenever the person happens to return: the worker is gone at once, and the adapter is the same."""

from __future__ import annotations

import random
import shutil
import threading
import time
from pathlib import Path

import psutil
import pytest

from app.compose import open_assistant
from app.nights.morning import morning_of
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
