"""Parity on random models of every family that can learn, in F16, Q8_0 and Q4_K_M: `python -m tests.benchmarks.parity --families`

Each is written as a GGUF, quantized by llama.cpp, trained for a few steps by the worker, exported, served. In F16 both sides
multiply the same weights; llama.cpp rounds what is multiplied with a quantized weight to eight bits, hence the wider limits.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp

from app.worker_process import run_worker
from learning.job import Job, Recipe, write_job
from models.adapter_gguf import export_adapter
from models.engine import Turn
from models.files import sha256_of
from models.instructions import with_notes
from models.llama import LlamaEngine
from tests.benchmarks.parity import FACTS, HELD_OUT, Parity, Said, compare, lessons
from tests.learning.tiny_gguf import TINY, write_tiny

LIMITS = {"F16": 1e-3, "Q8_0": 5e-3, "Q4_K_M": 5e-3}
"""Of the mean KL in nats, with and without the adapter."""
_FILE_TYPES = {"Q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0, "Q4_K_M": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M}

Train = Callable[[Path, Path], Path]
"""(job folder, folder for the adapter) -> the adapter's PEFT folder."""


def in_a_process(job: Path, out: Path) -> Path:
    return run_worker(job, out, on_event=lambda _: None).folder


def random_model(folder: Path, name: str, quantization: str = "F16") -> Path:
    """A model of that variant in `TINY`."""
    whole = folder / "F16.gguf"
    if not whole.exists():
        folder.mkdir(exist_ok=True)
        write_tiny(whole, TINY[name])
    return whole if quantization == "F16" else quantized(whole, folder / f"{quantization}.gguf", quantization)


def quantized(base: Path, out: Path, quantization: str) -> Path:
    """`base` as llama.cpp's own quantizer leaves it."""
    # Handed over as ctypes has it; the binding's annotations ask for a pointer.
    params: Any = llama_cpp.llama_model_quantize_default_params()
    params.ftype = _FILE_TYPES[quantization]
    params.nthread = 1
    params.allow_requantize = True
    if llama_cpp.llama_model_quantize(os.fsencode(base), os.fsencode(out), params):
        raise RuntimeError(f"llama.cpp could not quantize {base} to {quantization}")
    return out


def asked(question: str, note: str = "") -> list[Turn]:
    """Without a persona: a token is a byte here."""
    return [Turn("user", with_notes([note] if note else [], question))]


def trained(engine: LlamaEngine, base: Path, folder: Path, train: Train = in_a_process) -> Path:
    """The PEFT folder of an adapter that was trained until it is well felt."""
    recipe = Recipe(precision="fp32", epochs=6, batch=2, rank=8, alpha=16, rate=1e-2)
    about = Job(base.absolute(), sha256_of(base), 1, 1, recipe, context_length=engine.context_length)
    return train(write_job(folder / "job", about, lessons(engine, asked)), folder / "out")


def held_out() -> list[Said]:
    """More than two hundred positions of replies to prompts that nothing was trained on."""
    answers = ["".join(parts) for _, *parts in FACTS.values()]
    return [(asked(prompt), answers[place % len(answers)]) for place, prompt in enumerate(HELD_OUT[:7])]


def parity_of(name: str, quantization: str, folder: Path, train: Train = in_a_process) -> Parity:
    """Train, export and compare on one variant in one quantization."""
    base = random_model(folder, name, quantization)
    with LlamaEngine(base, context_length=512, threads=1) as engine:
        peft = trained(engine, base, folder / quantization, train)
        adapter = export_adapter(peft, base, folder / f"{quantization}.adapter.gguf")
        return compare(engine, base, peft, adapter, held_out())


def report(names: Sequence[str]) -> int:
    """Print the table; 1 where a limit is passed."""
    print(f"{'':16}{'':8}positions  adapter's effect  without the adapter  with it  limit   (mean KL, nats)")
    passed = True
    for name in names or TINY:
        with tempfile.TemporaryDirectory() as folder:
            for quantization, limit in LIMITS.items():
                parity = parity_of(name, quantization, Path(folder))
                fits = max(parity.base, parity.adapted) <= limit and parity.effect > 20 * limit
                passed &= fits
                print(
                    f"{name:16}{quantization:8}{parity.positions:9}  {parity.effect:16.3f}  {parity.base:19.1e}  {parity.adapted:.1e}"
                    f"  {limit:.0e}{'' if fits else '   NOT MET'}",
                    flush=True,
                )
    return 0 if passed else 1
