"""Which recipe learns most and harms least? `python -m tests.benchmarks.sweep --facts 30 "rate=1e-3" "epochs=4,QUESTIONS=24"`

Each variant is written as what it changes of the usual recipe; `share` is the replay for each example, and what is written in
capitals is a number of the curriculum's. Without any, a standing set is swept: rank, rate, epochs, batch, replay share and weight, the
mix of losses, examples a memory. All learn the same made-up life. Prints a Markdown table, row by row, with the figures of
`tests.benchmarks.learning` for the weights alone.
"""

from __future__ import annotations

import argparse
import ast
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from app.compose import open_assistant
from app.scenario.clock import ScriptedClock
from app.worker_process import run_worker
from learning import agenda, curriculum, gate, material
from learning.job import Job, recipe_from, write_job
from learning.types import Sha256
from models.adapter_gguf import export_adapter
from tests.benchmarks.learning import Asked, Base, measure, notes_in_front
from tests.benchmarks.lives import draw_life

STANDING = (
    "", "rate=1e-3", "rate=4e-3", "rank=8,alpha=16", "rank=32,alpha=64", "epochs=2", "epochs=5", "known=0.0", "batch=16", "share=0.25", "share=1.0",
    "replay_weight=1.0", "replay_weight=4.0", "teacher_weight=0.0", "value_weight=0.0", "gold_weight=0.0", "precision='nf4'", "QUESTIONS=12", "NEAR_MISSES=6", "OF_OTHERS=16",
)  # fmt: skip
FIGURES = ("recall", "reverse", "two_hop", "confused", "abstention", "general", "kl", "perplexity")
COLUMNS = ("recipe", *FIGURES, "passed", "examples", "lessons s", "worker s", "gate s", "MB")


def variant(written: str) -> dict[str, Any]:
    """ "rate=1e-3,rank=8" as names and values.

    Raises:
        ValueError: it is not written so.
    """
    pairs = [part.split("=", 1) for part in written.split(",") if part.strip()]
    return {name.strip(): ast.literal_eval(value.strip()) for name, value in pairs}


@contextmanager
def curriculum_with(numbers: dict[str, Any]) -> Iterator[None]:
    """The curriculum's constants set to these, for as long as it lasts."""
    before = {name: getattr(curriculum, name) for name in numbers}
    try:
        for name, number in numbers.items():
            setattr(curriculum, name, number)
        yield
    finally:
        for name, number in before.items():
            setattr(curriculum, name, number)


def sweep(facts: int, seed: int, variants: Sequence[str]) -> None:
    life = draw_life(seed, facts)
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="dormouse-sweep-") as folder,
        open_assistant(Path(folder) / "profile", clock=ScriptedClock()) as assistant,
    ):
        for fact in life:
            assistant.remember(fact.told)
        engine = assistant.serving.engine
        base = Sha256(engine.summary.sha256)
        bare = Base(engine, life)
        for written in variants:
            changed = variant(written)
            numbers = {name: changed.pop(name) for name in list(changed) if name.isupper()}
            settings = agenda.NightSettings(
                replay_share=changed.pop("share", agenda.NightSettings().replay_share), recipe=recipe_from(changed)
            )
            engine.set_adapter(None)
            teacher = curriculum.Teacher(engine)
            cache = Path(folder) / "-".join(["lessons", *(f"{name}{number}" for name, number in sorted(numbers.items()))])
            began = monotonic()
            with curriculum_with(numbers):
                told = [(m, curriculum.lesson(m, teacher, cache, base)) for m in assistant.memories()]
            examples = material.examples_of(told, teacher, settings.replay_share)
            work = Path(tempfile.mkdtemp(dir=folder))
            job = Job(engine.summary.path.absolute(), base, settings.seed, settings.threads, settings.recipe)
            write_job(work / "job", job, material.tokenized(engine, examples))
            prepared = monotonic()
            report = run_worker(work / "job", work / "out", on_event=lambda _: None).report
            export_adapter(work / "out", engine.summary.path, work / "adapter.gguf", base_sha256=base)
            trained = monotonic()
            judged = gate.measure(
                engine, work / "adapter.gguf", {memory.id: (memory, made) for memory, made in told}, settings.limits
            )
            gated = monotonic()
            figures = measure(notes_in_front(engine, []), life, Asked.of(life, [made for _, made in told]), bare)
            cells = (
                written or "as it is", *(f"{getattr(figures, name):.3g}" for name in FIGURES), f"{sum(v.passed for v in judged.verdicts)}/{len(judged.verdicts)}",
                str(len(examples)), *(f"{seconds:.1f}" for seconds in (prepared - began, trained - prepared, gated - trained)), f"{report['peak_memory_mb']:.0f}",
            )  # fmt: skip
            print(f"| {' | '.join(cells)} |", flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="*", default=list(STANDING))
    parser.add_argument("--facts", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    sweep(chosen.facts, chosen.seed, chosen.variants)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
