"""Which recipe learns most and harms least? `python -m tests.benchmarks.sweep --facts 30 "rate=1e-3" "rank=8,epochs=4"`

Each variant is written as what it changes of the usual recipe; `share` is the replay for each example. Without any, a standing set is
swept: rank, rate, epochs, batch, replay share and weight, and the mix of losses. All see the same lessons of one made-up life, so the
rows differ by the recipe alone. Prints a Markdown table, row by row.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from app.compose import open_assistant
from app.scenario.clock import ScriptedClock
from app.worker_process import run_worker
from learning import agenda, curriculum, gate, material
from learning.examiner import Examiner
from learning.job import Job, recipe_from, write_job
from learning.judge import says
from learning.types import Sha256
from models.adapter_gguf import export_adapter
from tests.benchmarks.lives import draw_life

STANDING = (
    "", "rate=1e-3", "rate=4e-3", "rank=8,alpha=16", "rank=32,alpha=64", "epochs=2", "epochs=5", "batch=16", "share=0.25", "share=1.0",
    "replay_weight=1.0", "replay_weight=4.0", "teacher_weight=0.0", "value_weight=0.0", "gold_weight=0.0",
)  # fmt: skip
COLUMNS = ("recipe", "unseen", "passed", "KL", "flipped", "abstains", "examples", "train s", "worker s", "MB")


def variant(written: str) -> dict[str, Any]:
    """ "rate=1e-3,rank=8" as names and values.

    Raises:
        ValueError: it is not written so.
    """
    pairs = [part.split("=", 1) for part in written.split(",") if part.strip()]
    return {name.strip(): ast.literal_eval(value.strip()) for name, value in pairs}


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
        teacher = curriculum.Teacher(engine)
        told = [(m, curriculum.lesson(m, teacher, assistant.profile.home / "lessons", base)) for m in assistant.memories()]
        unseen = [
            (question, fact.value)
            for fact, (_, made) in zip(life, told, strict=True)
            for question in fact.unseen([example.prompt for example in made.examples])
        ]
        for written in variants:
            changed = variant(written)
            settings = agenda.NightSettings(
                replay_share=changed.pop("share", agenda.NightSettings().replay_share), recipe=recipe_from(changed)
            )
            engine.set_adapter(None)
            examples = material.examples_of(told, teacher, settings.replay_share)
            work = Path(tempfile.mkdtemp(dir=folder))
            job = Job(engine.summary.path.absolute(), base, settings.seed, settings.threads, settings.recipe)
            write_job(work / "job", job, material.tokenized(engine, examples))
            began = monotonic()
            report = run_worker(work / "job", work / "out", on_event=lambda _: None).report
            worker = monotonic() - began
            export_adapter(work / "out", engine.summary.path, work / "adapter.gguf", base_sha256=base)
            judged = gate.measure(
                engine, work / "adapter.gguf", {memory.id: (memory, made) for memory, made in told}, settings.limits
            )
            examiner = Examiner(engine)
            recalled = [says(examiner.reply(question), value) for question, value in unseen]
            cells = (
                written or "as it is", f"{statistics.fmean(recalled):.3f}", f"{sum(v.passed for v in judged.verdicts)}/{len(judged.verdicts)}",
                f"{judged.kl_neutral:.4f}", f"{judged.flipped:.3f}", f"{judged.abstention:.3f}", str(len(examples)),
                f"{report['training_seconds']:.1f}", f"{worker:.1f}", f"{report['peak_memory_mb']:.0f}",
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
