"""Nights on the real model, with a real worker: what is promoted, what stays, and what happens when they go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.worker_process import run_worker
from learning import remember, undo
from learning.consolidation import NightReport, NightSettings, Progress, run_night
from learning.job import TrainingResult
from learning.store import Store
from learning.types import Memory, Sha256
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem
from models.llama import LlamaEngine
from tests.conftest import ScriptedClock

Night = Callable[..., NightReport]


def tell(store: Store, clock: ScriptedClock, text: str) -> Memory:
    message = store.add_message(store.create_conversation().id, "user", text)
    return store.add_memory(remember.from_words(text, None, clock.now(), "told"), message=message)


@pytest.fixture
def night(store: Store, engine: LlamaEngine, profile: Path, clock: ScriptedClock) -> Night:
    def run(trainer: Any = run_worker, cancel: CancelToken | None = None, seen: list[Progress] | None = None) -> NightReport:
        return run_night(
            store, engine, trainer, profile, clock, NightSettings(), seen.append if seen is not None else lambda _: None, cancel
        )

    return run


def no_worker(
    job: Path, out: Path, *, on_event: Callable[[Mapping[str, Any]], None], cancel: CancelToken | None
) -> TrainingResult:
    raise AssertionError("there was nothing to train")


def test_a_night_without_memories_trains_nothing(night: Night) -> None:
    assert night(no_worker).outcome == "nothing_due"


def test_secrets_and_the_provisional_stay_notes_with_a_reason(night: Night, store: Store, clock: ScriptedClock) -> None:
    pin = tell(store, clock, "My bank card's PIN is 4471.")
    week = tell(store, clock, "This week I work from home.")
    report = night(no_worker)
    reasons = {kept.memory: kept.reason for kept in report.kept}
    assert reasons.keys() == {pin.id, week.id}
    assert "secret" in reasons[pin.id]


def test_what_one_night_built_the_next_does_not_build_again(
    night: Night, store: Store, engine: LlamaEngine, clock: ScriptedClock, profile: Path
) -> None:
    cello = tell(store, clock, "My cello is called Brunhild.")
    base = Sha256(engine.summary.sha256)
    seen: list[Progress] = []
    first = night(seen=seen)
    assert first.outcome == "promoted", first.gate
    assert [memory.id for memory in first.learned] == [cello.id]
    assert store.memory(cello.id, base).status == "learned"
    assert {"preparing", "training", "measuring"} <= {progress.phase for progress in seen}
    assert engine.adapter == profile / first.adapter.file  # type: ignore[union-attr]
    assert not list((profile / "jobs").glob("*"))
    again = night(no_worker)
    assert again.outcome == "nothing_due"
    # What it built and lost it builds again.
    store.reject_adapter(first.adapter.id)  # type: ignore[union-attr]
    with pytest.raises(AssertionError, match="nothing to train"):
        night(no_worker)
    undo.retract(store, [cello.id], base)
    assert night(no_worker).outcome == "nothing_due"
    assert engine.adapter is None


def test_a_night_that_dies_leaves_yesterday_serving(
    night: Night, store: Store, engine: LlamaEngine, clock: ScriptedClock
) -> None:
    tell(store, clock, "My cello is called Brunhild.")

    def dying(job: Path, out: Path, **_: Any) -> TrainingResult:
        raise EnvironmentProblem("The worker was killed.")

    with pytest.raises(EnvironmentProblem):
        night(dying)
    assert store.consolidations()[-1].outcome == "failed"
    assert store.serving(Sha256(engine.summary.sha256)) is None
    assert engine.adapter is None


def test_a_cancelled_night_changes_nothing(night: Night, store: Store, engine: LlamaEngine, clock: ScriptedClock) -> None:
    tell(store, clock, "My cello is called Brunhild.")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        night(no_worker, cancel=cancel)
    assert store.consolidations()[-1].outcome == "cancelled"
    assert not store.adapters()
