"""Is what was trained what is served? `python -m tests.benchmarks.gap --facts 12 --seeds 1 2`

One made-up life, one set of lessons; adapters trained on the built-in model held in NF4 and in float32. Each is asked what
nothing was trained on: in torch on NF4, in torch on the weights as the file has them, in llama.cpp on the file (Q8_0), and in
llama.cpp on the same model quantized further (Q4_K_M), which no training saw. Prints the shares of right replies as a Markdown table.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import torch
from peft import PeftModel

from app.compose import open_assistant
from app.scenario.clock import ScriptedClock
from app.worker_process import run_worker
from learning import agenda, curriculum, material
from learning.examiner import Examiner, turns
from learning.job import Job, Precision, write_job
from learning.judge import says
from learning.types import Sha256
from learning.worker.base_model import load_base
from models.adapter_gguf import export_adapter
from models.llama import LlamaEngine
from tests.benchmarks.lives import draw_life
from tests.benchmarks.parity_families import quantized

COLUMNS = ("trained on", "torch, NF4", "torch, whole", "llama.cpp, Q8_0", "llama.cpp, Q4_K_M")
Asked = Sequence[tuple[str, str]]
"""(question, the value that its reply must say)"""


def recall_in_torch(base: Path, precision: Precision, peft: Path, engine: LlamaEngine, asked: Asked) -> float:
    model: Any = PeftModel.from_pretrained(load_base(base, precision, torch.float32, torch.device("cpu")), str(peft)).eval()
    ends = list(engine.summary.end_tokens)
    right = []
    for question, value in asked:
        prompt = torch.tensor([engine.prompt_ids(turns(question))])
        with torch.no_grad():
            written = model.generate(
                prompt, max_new_tokens=48, do_sample=False, use_cache=True, eos_token_id=ends, pad_token_id=ends[0],
                attention_mask=torch.ones_like(prompt),
            )[0, prompt.shape[1] :]  # fmt: skip
        reply = b"".join(engine._runtime.piece(token, marks=False) for token in written.tolist()).decode(errors="replace")
        right.append(says(reply, value))
    return statistics.fmean(right)


def recall_in_llama(base: Path, peft: Path, asked: Asked, folder: Path) -> float:
    with LlamaEngine(base, threads=1) as engine:
        engine.set_adapter(export_adapter(peft, base, folder / f"{base.stem}.adapter.gguf"))
        examiner = Examiner(engine)
        return statistics.fmean(says(examiner.reply(question), value) for question, value in asked)


def measured(facts: int, seed: int, precisions: Sequence[Precision]) -> Mapping[Precision, list[float]]:
    """For each precision the recalls in the order of `COLUMNS`."""
    life = draw_life(seed, facts)
    with (
        tempfile.TemporaryDirectory(prefix="dormouse-gap-") as name,
        open_assistant(Path(name) / "profile", clock=ScriptedClock()) as assistant,
    ):
        for fact in life:
            assistant.remember(fact.told)
        engine: Any = assistant.serving.engine
        engine.set_adapter(None)
        base, folder = engine.summary.path.absolute(), Path(name)
        teacher = curriculum.Teacher(engine)
        lessons = folder / "lessons"
        lessons.mkdir()
        told = [(m, curriculum.lesson(m, teacher, lessons, Sha256(engine.summary.sha256))) for m in assistant.memories()]
        asked = [
            (question, fact.value)
            for fact, (_, made) in zip(life, told, strict=True)
            for question in fact.unseen([example.prompt for example in made.examples])
        ]
        settings = agenda.NightSettings()
        examples = material.tokenized(engine, material.examples_of(told, teacher, settings.replay_share))
        further = quantized(base, folder / "further.gguf", "Q4_K_M")
        found: dict[Precision, list[float]] = {}
        for precision in precisions:
            recipe = replace(settings.recipe, precision=precision)
            job = Job(base, engine.summary.sha256, settings.seed, settings.threads, recipe)
            work = folder / precision
            peft = run_worker(write_job(work / "job", job, examples), work / "out", on_event=lambda _: None).folder
            found[precision] = [
                recall_in_torch(base, "nf4", peft, engine, asked),
                recall_in_torch(base, "fp32", peft, engine, asked),
                recall_in_llama(base, peft, asked, work),
                recall_in_llama(further, peft, asked, work),
            ]
            print(f"  seed {seed}, {precision}: {found[precision]} ({len(asked)} questions)", flush=True)
        return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=12)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument(
        "--precisions",
        nargs="+",
        choices=get_args(Precision),
        default=["nf4", "bf16", "fp32"],
    )
    chosen = parser.parse_args(arguments)
    runs = [measured(chosen.facts, seed, chosen.precisions) for seed in chosen.seeds]
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for precision in chosen.precisions:
        means = (statistics.fmean(cells) for cells in zip(*(run[precision] for run in runs), strict=True))
        print(f"| {precision} | {' | '.join(f'{mean:.3f}' for mean in means)} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
