"""A training run that was stopped goes on from its checkpoint to the same bytes; a checkpoint that is not its own is left alone."""

from __future__ import annotations

import random
import time
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from learning.job import ADAPTER_FILE, CHECKPOINT_FILE, Example, Job, Recipe
from models.files import sha256_of
from tests.learning.tiny_gguf import VOCABULARY, write_tiny_qwen3

torch = pytest.importorskip("torch")

from tqdm import tqdm  # noqa: E402

from learning.worker import checkpoint, machine, training  # noqa: E402
from learning.worker.checkpoint import Keeper  # noqa: E402
from tests.learning.test_worker_training import refuse_large_rows  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:transformers", "ignore::DeprecationWarning:torch")
RECIPE = Recipe(epochs=4, batch=3, rate=1e-2, patience=1)


class Left(Exception):
    """The end of a worker process."""


class Order:
    """Tells a run to stop, after so many of its steps."""

    def __init__(self, after: int | None) -> None:
        self.stopping = Event()
        self._left = after

    def will_keep(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self.stopping.set()

    def leave(self) -> None:
        raise Left


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_qwen3(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training in the tests' own process must not lower its priority for good, nor change torch's threads."""
    monkeypatch.setattr(machine, "step_back", lambda: None)
    monkeypatch.setattr(machine, "be_deterministic", lambda seed, threads: torch.manual_seed(seed))
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


def examples() -> tuple[list[Example], list[Example]]:
    source = random.Random(3)

    def ids(count: int) -> tuple[int, ...]:
        return tuple(source.randrange(VOCABULARY) for _ in range(count))

    lessons = [Example(f"m{n}", "recall", ids(6), (*ids(3), 257), ids(8), (1, 3)) for n in range(9)]
    # Probes that contradict the lessons: the best epoch is then not the last one, and has to be kept too.
    return lessons, [Example(e.memory, "recall", e.prompt, (*e.answer[:1], 5, 6, 257), value=(1, 3)) for e in lessons[:3]]


def run(tiny: Path, out: Path, order: Order | None, *, job: str = "this job") -> list[dict[str, Any]]:
    """One process's part of a run; its events, the last of them `left` where it was told to stop."""
    lessons, probed = examples()
    events: list[dict[str, Any]] = []
    about = Job(tiny, sha256_of(tiny), seed=1, threads=1, recipe=RECIPE)
    keeper = None if order is None else Keeper(out, job, order)
    try:
        training.train(
            about, lessons, probed, out, lambda event, **v: events.append({"event": event, **v}),
            time.monotonic(), keeper,
        )  # fmt: skip
    except Left:
        events.append({"event": "left"})
    return events


def test_stopped_after_every_step_it_goes_on_to_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    whole = run(tiny, tmp_path / "whole", None)
    last = [event["step"] for event in whole if event["event"] == "step"][-1]
    seen: list[dict[str, Any]] = []
    parts = 0
    # Each part takes one step and is stopped, so that every place between two steps is one where a run went on.
    while not seen or seen[-1]["event"] == "left":
        seen += run(tiny, tmp_path / "parts", Order(after=1))
        parts += 1
    assert parts == last + 1
    adapter = (tmp_path / "whole" / ADAPTER_FILE).read_bytes()
    assert (tmp_path / "parts" / ADAPTER_FILE).read_bytes() == adapter
    assert [e["loss"] for e in seen if e["event"] == "step"] == [e["loss"] for e in whole if e["event"] == "step"]
    assert [e["step"] for e in seen if e["event"] == "resumed"] == list(range(1, last + 1))


def test_so_does_a_run_whose_memory_ran_out_on_the_way(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last part has memory enough again, and still takes the steps of the run that was never stopped."""
    with monkeypatch.context() as scarce:
        refuse_large_rows(scarce, 12, MemoryError())
        whole = run(tiny, tmp_path / "whole", None)
        parts = run(tiny, tmp_path / "parts", Order(after=2))
    rows = [event["row_tokens"] for event in whole if event["event"] == "stepped_down"]
    assert rows == [event["row_tokens"] for event in parts if event["event"] == "stepped_down"]
    assert rows[-1] < RECIPE.row_tokens
    rest = run(tiny, tmp_path / "parts", Order(after=None))
    assert [event["step"] for event in rest if event["event"] == "resumed"] == [2]
    assert not any(event["event"] == "stepped_down" for event in rest)
    assert (tmp_path / "parts" / ADAPTER_FILE).read_bytes() == (tmp_path / "whole" / ADAPTER_FILE).read_bytes()


def test_a_damaged_checkpoint_is_not_used_and_it_is_said(tiny: Path, tmp_path: Path) -> None:
    run(tiny, tmp_path, Order(after=2))
    whole = (tmp_path / CHECKPOINT_FILE).read_bytes()
    for damaged in (b"", whole[:-9], whole[:40], bytes([*whole[:-1], whole[-1] ^ 1])):
        (tmp_path / CHECKPOINT_FILE).write_bytes(damaged)
        _, _, anew, first, *_ = run(tiny, tmp_path, Order(after=1))
        assert (anew["event"], anew["why"]) == ("begun_anew", "the checkpoint is damaged")
        assert first["step"] == 1


def test_a_checkpoint_of_another_job_or_another_version_is_not_used(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tiny, tmp_path, Order(after=2), job="another job")
    assert "another job" in run(tiny, tmp_path, Order(after=2))[2]["why"]
    monkeypatch.setattr(checkpoint.metadata, "version", lambda name: "0")
    assert "other versions" in run(tiny, tmp_path, Order(after=2))[2]["why"]
    assert run(tiny, tmp_path, Order(after=2))[2]["event"] == "resumed"
