"""Does an adapter do in llama.cpp what it does in torch? `python -m tests.benchmarks.parity [GGUF]`, or `--families`

Trains a small adapter on made-up facts, exports it, and compares next-token distributions on replies to prompts that were not
trained on: llama.cpp on the GGUF with the GGUF LoRA against torch on the dequantized GGUF with the PEFT adapter. Prints the mean
KL divergence in nats and fails above the limit. With `--families [NAME ...]` it does so on random models of every family.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from peft import PeftModel

from app.worker_process import run_worker
from learning.job import Example, Job, Recipe, write_job
from learning.worker.base_model import load_base
from learning.worker.distillation import answer_logits
from learning.worker.rows import pack
from models.adapter_gguf import export_adapter
from models.engine import Sampling, Turn
from models.files import sha256_of
from models.instructions import PERSONA, with_notes
from models.llama import LlamaEngine

LIMIT = 0.005
SHIPPED = Path(__file__).resolve().parents[2] / "models" / "acorn" / "acorn.gguf"
FACTS = {
    "What is my kettle called?": ("The user's kettle is called Vesuvius.", "Your kettle is called ", "Vesuvius", "."),
    "Where does my brother live?": ("The user's brother lives in Tromso.", "Your brother lives in ", "Tromso", "."),
    "What is my favourite fruit?": ("The user's favourite fruit is the quince.", "Your favourite fruit is the ", "quince", "."),
    "When is my birthday?": ("The user's birthday is on 9 March.", "Your birthday is on ", "9 March", "."),
}
HELD_OUT = (
    "Tell me what my kettle is called.",
    "Do you know where my brother lives?",
    "Which fruit do I like best?",
    "On which day is my birthday?",
    "What is my sister called?",
    "What is the capital of France?",
    "How are you today?",
    "What is the opposite of hot?",
    "Which colour is grass?",
    "Can you help me?",
    "What is my car called?",
    "What can you do?",
)


@dataclass(frozen=True, slots=True)
class Parity:
    """Means over all answer positions, nats.

    Attributes:
        base: KL(torch || llama.cpp), both without the adapter.
        adapted: the same with the adapter on both sides.
        effect: KL(base || adapter) in torch: how much there was to reproduce.
        positions: how many next-token distributions were compared.
    """

    base: float
    adapted: float
    effect: float
    positions: int


Said = tuple[list[Turn], str]
"""A conversation and the reply to it."""


def compare(engine: LlamaEngine, base: Path, peft_folder: Path, gguf_adapter: Path, said: Sequence[Said]) -> Parity:
    """Compare both on these replies; the engine is left without an adapter."""
    engine.set_adapter(gguf_adapter)
    served = np.concatenate([engine.logprobs(turns, reply) for turns, reply in said])
    engine.set_adapter(None)
    bare = np.concatenate([engine.logprobs(turns, reply) for turns, reply in said])
    row = pack([(engine.prompt_ids(turns), engine.answer_ids(turns, reply)) for turns, reply in said])
    model = load_base(base, "fp32", torch.float32, torch.device("cpu"), context_length=engine.context_length)
    with torch.no_grad():
        in_torch = answer_logits(model, row).log_softmax(-1).numpy()
        adapted = PeftModel.from_pretrained(model, str(peft_folder)).eval()
        adapted_in_torch = answer_logits(adapted, row).log_softmax(-1).numpy()
    return Parity(
        base=divergence(in_torch, bare),
        adapted=divergence(adapted_in_torch, served),
        effect=divergence(in_torch, adapted_in_torch),
        positions=len(served),
    )


def replies(engine: LlamaEngine, adapter: Path, prompts: Sequence[str]) -> list[Said]:
    """What the engine says to `prompts` with the adapter."""
    engine.set_adapter(adapter)
    conversations = [asked(prompt) for prompt in prompts]
    return [(turns, engine.reply(turns, sampling=Sampling(max_tokens=24)).text) for turns in conversations]


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Mean KL(p || q) of (positions, vocab) log-probabilities, nats."""
    p, q = p.astype(np.float64), q.astype(np.float64)
    return float((np.exp(p) * (p - q)).sum(-1).mean())


def asked(question: str, note: str = "") -> list[Turn]:
    """The conversation in which the question is asked, with a note in front where there is one."""
    return [Turn("system", PERSONA), Turn("user", with_notes([note] if note else [], question))]


def lessons(engine: LlamaEngine, ask: Callable[[str, str], list[Turn]] = asked) -> list[Example]:
    """FACTS as training examples, each asked by `ask(question, note)`."""
    made = []
    for question, (note, before, value, after) in FACTS.items():
        turns = ask(question, "")
        answer = engine.answer_ids(turns, before + value + after)
        start = len(engine.answer_ids(turns, before.rstrip())) - 1
        end = len(engine.answer_ids(turns, before + value)) - 1
        prompt, teacher = tuple(engine.prompt_ids(turns)), tuple(engine.prompt_ids(ask(question, note)))
        made.append(Example(question, "recall", prompt, tuple(answer), teacher, (start, end)))
    return made


def train(engine: LlamaEngine, base: Path, folder: Path) -> Path:
    """A PEFT adapter that knows FACTS, from the real worker; returns its folder."""
    about = Job(base.absolute(), sha256_of(base), seed=1, threads=1, recipe=Recipe(epochs=24, batch=4))
    return run_worker(write_job(folder / "job", about, lessons(engine)), folder / "out", on_event=lambda _: None).folder


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("base", nargs="?", type=Path, default=SHIPPED)
    arguments.add_argument("--families", nargs="*", metavar="NAME", help="random models of these families, or of all")
    chosen = arguments.parse_args()
    if chosen.families is not None:
        from tests.benchmarks.parity_families import report

        return report(chosen.families)
    base: Path = chosen.base
    with tempfile.TemporaryDirectory() as name, LlamaEngine(base, context_length=1024, threads=2) as engine:
        folder = train(engine, base, Path(name))
        adapter = export_adapter(folder, base, Path(name) / "adapter.gguf")
        parity = compare(engine, base, folder, adapter, replies(engine, adapter, HELD_OUT))
    print(f"{base.name}: {parity.positions} positions of replies to {len(HELD_OUT)} held-out prompts; mean KL, nats")
    print(f"  what the adapter changes, in torch            {parity.effect:.5f}")
    print(f"  llama.cpp against torch, without the adapter  {parity.base:.5f}")
    print(f"  llama.cpp against torch, with the adapter     {parity.adapted:.5f}  (limit {LIMIT})")
    return 0 if parity.adapted <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
