"""Nights on the real model, with a real worker: what is promoted, what stays, and what happens when they go wrong."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from app.worker_process import run_worker
from learning import curriculum, housekeeping, remember, undo
from learning.agenda import NightSettings, identity, waiting
from learning.consolidation import NightReport, Progress, run_night
from learning.job import CHECKPOINT_FILE, TrainingResult, read_job
from learning.store import Store
from learning.types import Memory, Probe, Sha256, TrainingExample
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem
from models.files import write_atomically
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


def test_what_an_earlier_night_built_serves_again_without_training(
    night: Night, store: Store, engine: LlamaEngine, clock: ScriptedClock, profile: Path
) -> None:
    """Learned both, took one back and learned without it, restored it: the first adapter is there still, and is the right one."""
    base = Sha256(engine.summary.sha256)
    cello, goat = (tell(store, clock, text) for text in ("My cello is called Brunhild.", "My goat is called Tamsin."))
    both = night()
    assert {memory.id for memory in both.learned} == {cello.id, goat.id}
    undo.retract(store, [goat.id], base)
    alone = night()
    assert [memory.id for memory in alone.learned] == [cello.id]
    undo.restore(store, [goat.id], base)
    assert store.memory(goat.id, base).status == "noted"
    assert waiting(store, base, clock, NightSettings(), profile / "lessons") == [store.memory(goat.id, base)]
    again = night(no_worker)
    assert (again.outcome, {memory.id for memory in again.learned}) == ("promoted", {cello.id, goat.id})
    assert again.adapter is not None
    assert both.adapter is not None
    assert (again.adapter.sha256, again.adapter.manifest) == (both.adapter.sha256, both.adapter.manifest)
    assert store.serving(base) == again.adapter
    assert engine.adapter == profile / both.adapter.file
    assert store.memory(goat.id, base).status == "learned"
    assert night(no_worker).outcome == "nothing_due"
    # One file, two records: it is there as long as one of them needs it.
    housekeeping.tidy(store, profile, 0)
    assert (profile / both.adapter.file).exists()


def test_a_night_that_dies_leaves_yesterday_serving(
    night: Night, store: Store, engine: LlamaEngine, clock: ScriptedClock
) -> None:
    tell(store, clock, "My cello is called Brunhild.")

    def dying(job: Path, out: Path, **_: Any) -> TrainingResult:
        raise EnvironmentProblem("The worker was killed.")

    with pytest.raises(EnvironmentProblem):
        night(dying)
    assert store.consolidations()[-1].outcome == "failed"

    def crowded(job: Path, out: Path, **_: Any) -> TrainingResult:
        raise OSError(errno.ENOSPC, "No space left on device", str(out))

    with pytest.raises(EnvironmentProblem, match=r"out: No space left on device\. Nothing was changed\. Free some disk space"):
        night(crowded)
    assert store.serving(Sha256(engine.summary.sha256)) is None
    assert engine.adapter is None


def write_lessons(memories: Sequence[Memory], folder: Path, base: Sha256) -> None:
    """Short lessons in the cache: what a night does with its time does not hang on how good they are."""
    for memory in memories:
        asked = [TrainingExample("recall", memory.content_hash, f"{memory.question} {n}", memory.answer) for n in range(3)]
        made = curriculum.Lesson(memory.content_hash, tuple(asked), (Probe(memory.content_hash, "?", memory.answer),))
        write_atomically(curriculum._file(memory, folder / "lessons", base), json.dumps(asdict(made)).encode())


def test_what_does_not_fit_is_left_corrections_first_and_what_was_begun_is_ended_first(
    store: Store, engine: LlamaEngine, profile: Path, clock: ScriptedClock
) -> None:
    base = Sha256(engine.summary.sha256)
    old = tell(store, clock, "My cello is called Brunhild.")
    kettle, boat = tell(store, clock, "My kettle is called Vesuvius."), tell(store, clock, "My boat is called Orsolya.")
    newer = remember.from_words("My cello is called Hildegard.", None, clock.now(), "told")
    correction = store.add_memory(newer, supersedes=old.id)
    write_lessons([kettle, boat, correction], profile, base)
    # An earlier night took a minute for each memory to train and measure.
    spent = {"preparing": 1.0, "training": 60.0, "measuring": 60.0}
    store.finish_consolidation(store.start_consolidation().id, "rejected", {"phases": spent, "lessons": 1, "trained": 2})
    jobs: list[tuple[Path, set[str | None]]] = []

    def stopped(job: Path, out: Path, **_: Any) -> TrainingResult:
        jobs.append((job, {example.memory for example in read_job(job)[1]} - {None}))
        write_atomically(out / CHECKPOINT_FILE, b"half")
        raise Cancelled("Learning was stopped.")

    def run(**settings: Any) -> None:
        with pytest.raises(Cancelled):
            run_night(store, engine, stopped, profile, clock, NightSettings(**settings), lambda _: None)

    run(seconds=170.0, goes_on=True)
    run(goes_on=True)
    (first, chosen), (again, still) = jobs
    assert chosen == {correction.content_hash, kettle.content_hash}
    assert (again, still) == (first, chosen)
    # It was built after all, and died before it had tidied up: nobody goes on with it again and again.
    settings = NightSettings()
    built, died = store.start_consolidation(), [kettle.id, correction.id]
    store.add_adapter(
        built.id, base, identity(settings.recipe, settings), 0, died, Sha256("0" * 64), "adapters/x.gguf", "rejected"
    )
    store.add_adapter(
        built.id, base, identity(settings.gentler[0], settings), 0, died, Sha256("1" * 64), "adapters/y.gguf", "rejected"
    )
    run(goes_on=True)
    assert jobs[-1][1] == {correction.content_hash, kettle.content_hash, boat.content_hash}
    assert not first.exists()


def test_a_night_whose_process_died_is_closed_by_the_next(night: Night, store: Store, clock: ScriptedClock) -> None:
    died = store.start_consolidation()
    clock.advance(hours=3)
    assert night(no_worker).outcome == "nothing_due"
    closed = store.consolidation(died.id)
    # As of when it began: what it took cannot be told, and must not count against the minutes of tonight.
    assert (closed.outcome, closed.finished_at) == ("failed", died.started_at)
    assert "died" in closed.report["error"]


def test_a_cancelled_night_changes_nothing(night: Night, store: Store, engine: LlamaEngine, clock: ScriptedClock) -> None:
    tell(store, clock, "My cello is called Brunhild.")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        night(no_worker, cancel=cancel)
    assert store.consolidations()[-1].outcome == "cancelled"
    assert not store.adapters()
