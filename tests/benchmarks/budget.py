"""Does a night fit, and are its estimates right? `python -m tests.benchmarks.budget`, or `--measure` for what is really taken

Without an option: what a night on Qwen3-4B's shape (or on the GGUF named) needs, and the manner that would be chosen, on machines of
several sizes. `--measure` writes a random model of some 300 MB, loads it and trains on it in processes of their own, and prints their
peak memory beside the file's size and beside the estimate.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import gguf

from learning.budget import Free, Manner, Work, need, plan
from learning.job import Precision, Recipe
from models.gguf_header import read_header
from models.shape import Shape, shape_of
from tests.learning.tiny_gguf import Tiny, write_tiny

QWEN3_4B = Shape(layers=36, width=2560, inner=9728, heads=32, kv_heads=8, head_width=128, vocabulary=151936, tied=True)
"""Qwen3-4B-Instruct-2507, from its configuration."""
NIGHT = Work(tokens=180_000, longest=420, batch_tokens=1600, batch_answers=240, epochs=Recipe().epochs)
"""Thirty memories' worth of examples."""
GPUS = {"6 GB GPU": (6, 2.4e13 / 2), "8 GB GPU": (8, 2.4e13 / 2), "12 GB GPU": (12, 2.4e13), "24 GB GPU": (24, 6.4e13)}
MEMORIES = (8, 16, 32)
CONTEXT = 7e8
"""Bytes that the desktop takes of a GPU."""

MIDDLE = Tiny("qwen3", 1024, 16, 16, 8, 64, 4096, tied=True, head_norms=True, vocabulary=32768)
STEPS: tuple[tuple[Precision, int, bool], ...] = (
    ("nf4", 400, False), ("nf4", 1600, False), ("nf4", 1600, True), ("fp32", 1600, False), ("bf16", 400, False),
)  # fmt: skip
"""Precision, tokens at a time, whether layers compute again."""
_MEASURED = """
import json, sys, time
from pathlib import Path
import torch
from learning.job import Example, Job, Recipe
from learning.worker import machine, thrift, training
from learning.worker.base_model import load_base
import peft, bitsandbytes.nn

what = json.loads(sys.argv[1])
cpu = torch.device("cpu")
torch.set_num_threads(2)
before = machine.peak_memory_mb(cpu)
if what["row"] == 0:
    load_base(Path(what["base"]), what["precision"], torch.float32, cpu)
else:
    lengths = {"prompt": tuple(range(what["row"] // 8 - 20)), "answer": tuple(range(20))}
    examples = [Example(str(n), "recall", (n, *lengths["prompt"][1:]), lengths["answer"]) for n in range(8)]
    recipe = Recipe(precision=what["precision"], compute="fp32", epochs=1)
    job = Job(Path(what["base"]), "", 1, 2, recipe)
    manner = thrift.budget.Manner(what["precision"], 4096, what["recompute"])
    thrift.budget.plan = lambda *_: thrift.budget.Plan(manner, thrift.budget.Need(0, 0, 0, 0.0))
    training.train(job, examples, [], Path(what["out"]), lambda *_, **__: None, time.monotonic())
print(json.dumps({"before": before, "peak": machine.peak_memory_mb(cpu)}))
"""


def table(shape: Shape, name: str) -> None:
    recipe = Recipe()
    print(f"A night on {name}: {NIGHT.tokens} tokens, {recipe.epochs} epochs, rank {recipe.rank}, recipe {recipe.precision}\n")
    print("| machine | precision | row | recomputes | optimizer | GPU memory | memory | disk | minutes, about | fits |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    machines = {
        label: Free(int(2.4e10), int(1e11), int(size * 1e9 - CONTEXT), flops, 2) for label, (size, flops) in GPUS.items()
    }
    machines |= {f"CPU, {size} GB": Free(int(size * 7.5e8), int(1e11), None, 1e11, 4) for size in MEMORIES}
    for label, free in machines.items():
        planned = plan(shape, recipe, NIGHT, free)
        manner, needs = planned.manner, planned.need
        row = min(manner.row_tokens, NIGHT.batch_tokens)
        optimizer = "paged, 8 bits" if manner.paged else "AdamW"
        sizes = (f"{size / 1e9:.1f} GB" if size else "" for size in (needs.gpu, needs.memory, needs.disk))
        print(
            f"| {label} | {manner.precision} | {row} | {'yes' if manner.recompute else 'no'} | {optimizer} | {' | '.join(sizes)}"
            f" | {needs.minutes:.0f} | {'no: ' + planned.lacks if planned.lacks else 'yes'} |"
        )


def measure() -> None:
    with tempfile.TemporaryDirectory() as name:
        base = write_tiny(Path(name) / "middle.gguf", MIDDLE, gguf.GGMLQuantizationType.Q8_0)
        shape, size = shape_of(read_header(base)), base.stat().st_size / 1e6
        print(f"a random model of {(shape.in_layers + shape.in_embeddings) / 1e6:.0f} million weights, {size:.0f} MB as Q8_0\n")
        print("| what | precision | peak over the bare process, MB | estimate, MB |\n|---|---|---|---|")
        for precision in ("nf4", "bf16", "fp32"):
            found = _child(base=str(base), precision=precision, row=0)
            print(f"| loading | {precision} | {found['peak'] - found['before']:.0f} | |", flush=True)
        for precision, row, recompute in STEPS:
            found = _child(
                base=str(base), precision=precision, row=row, recompute=recompute, out=f"{name}/{precision}{row}{recompute}"
            )
            work = Work(row, row // 8, row, 160, 1)
            manner = Manner(precision, 4096, recompute)
            bare = replace(shape, layers=0, vocabulary=0)
            free = Free(0, 0)
            estimate = (
                need(shape, Recipe(), work, manner, free).memory
                - need(bare, Recipe(), Work(1, 1, 1, 1, 1), manner, free).memory
            )
            how = f"{row} tokens{', recomputed' if recompute else ''}"
            print(
                f"| a step of {how} | {precision} | {found['peak'] - found['before']:.0f} | {estimate / 1e6:.0f} |", flush=True
            )


def _child(**what: Any) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", _MEASURED, json.dumps(what)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", nargs="?", type=Path)
    parser.add_argument("--measure", action="store_true")
    chosen = parser.parse_args()
    if chosen.measure:
        measure()
    elif chosen.base is not None:
        table(shape_of(read_header(chosen.base)), chosen.base.name)
    else:
        table(QWEN3_4B, f"Qwen3-4B's shape ({asdict(QWEN3_4B)['layers']} layers of {QWEN3_4B.width})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
