"""Train Acorn from nothing: `python -m models.acorn.train --minutes 40`, then `--decay-from build/acorn/last.pt --minutes 50`.

Warmup, a stable phase that can be stopped, resumed and branched at any checkpoint, and a decay of the learning rate to zero
that makes the file to ship. Data is drawn as it goes: no conversation is seen twice. Runs on the CPU or on one GPU.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.acorn import corpus, shape, tokenizer
from models.acorn.words import Split, Words

if TYPE_CHECKING:
    from transformers import Qwen3ForCausalLM

STEP_TOKENS = 4096
"""Padded tokens in one step, unless asked otherwise."""
LONGEST_STEP = 20.0
"""Seconds of a step that count: a machine that was asleep or busy elsewhere has not trained, and its schedule waits."""
POOL_TOKENS = 24 * STEP_TOKENS
"""Tokens drawn at once, to be sorted by length; with larger steps so many steps' worth."""
OTHER_SHARE, OTHER_WEIGHT = 0.3, 0.3
"""What is not the assistant's is learned from too, a little: a sampled share of it at a low weight."""
CURRICULUM_TOKENS = 8_000_000
WARMUP_STEPS = 100
MUON_RATE, ADAM_RATE = 0.02, 0.003
AVERAGE = 0.995
RARE_SHARE, COUNTED = 0.25, 6000
"""One copying conversation in four gets pieces of words that the corpus hardly has, by a count of so many conversations."""


@dataclass(frozen=True)
class Batch:
    """Conversations of about one length, padded on the right.

    Attributes:
        ids: (rows, length) token ids.
        weights: (rows, length) float, how much the token at this place counts when predicted from the one before it.
    """

    ids: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Spelling:
    """How text becomes token ids in training: the tokenizer, and the pieces to be put in now and then so that all are met."""

    tokenizer: Tokenizer
    rare: tokenizer.RarePieces

    @classmethod
    def of(cls, trained: Tokenizer) -> Spelling:
        words = Words(Random("rare pieces"))
        texts = (content for _ in range(COUNTED) for _, content in corpus.draw_conversation(words))
        return cls(trained, tokenizer.rare_pieces(trained, texts))


def _encoded(words: Words, spelling: Spelling, stage: float) -> tuple[list[int], list[float]]:
    make = corpus.draw_maker(words, stage)
    ids, said = tokenizer.encode_turns(spelling.tokenizer, make(words, stage))
    if make in corpus.COPYING and words.chance(RARE_SHARE):
        ids = spelling.rare.put_into(ids, said, words.random)
    random = words.random.random
    weights = [1.0 if mine else OTHER_WEIGHT if random() < OTHER_SHARE else 0.0 for mine in said]
    return ids[: shape.CONTEXT], weights[: shape.CONTEXT]


def _padded(rows: list[tuple[list[int], list[float]]]) -> Batch:
    length = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    weights = torch.zeros(len(rows), length)
    for index, (row, weight) in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        weights[index, : len(row)] = torch.tensor(weight)
    return Batch(ids, weights)


def draw_pool(spelling: Spelling, seed: int, index: int, stage: float, step_tokens: int = STEP_TOKENS) -> list[Batch]:
    """The batches of one pool: conversations sorted by length so that padding and attention cost little, then shuffled."""
    words = Words(Random(f"{seed}/{index}"))
    rows: list[tuple[list[int], list[float]]] = []
    tokens = 0
    while tokens < max(POOL_TOKENS, 8 * step_tokens):
        rows.append(_encoded(words, spelling, stage))
        tokens += len(rows[-1][0])
    rows.sort(key=lambda row: len(row[0]))
    batches: list[Batch] = []
    batch: list[tuple[list[int], list[float]]] = []
    for row in rows:
        if batch and (len(batch) + 1) * len(row[0]) > step_tokens:
            batches.append(_padded(batch))
            batch = []
        batch.append(row)
    if len(batch) * len(rows[-1][0]) > step_tokens // 2:
        batches.append(_padded(batch))
    words.random.shuffle(batches)
    return batches


def loss_sum(model: Qwen3ForCausalLM, batch: Batch, device: torch.device, autocast: bool) -> tuple[Tensor, float]:
    """Weighted sum of the cross-entropy in nats, and the sum of weights; the head runs on the places that count only."""
    total = float(batch.weights[:, 1:].sum())
    ids, weights = batch.ids.to(device), batch.weights.to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
        hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
        counts = weights[:, 1:] > 0
        logits = F.linear(hidden[counts], model.lm_head.weight)
    weight = weights[:, 1:][counts]
    losses = F.cross_entropy(logits.float(), ids[:, 1:][counts], reduction="none")
    return (losses * weight).sum(), total


class Muon(torch.optim.Optimizer):
    """Momentum orthogonalised by Newton-Schulz steps (K. Jordan and others, 2024), for the hidden matrices.

    torch.optim.Muon does the same in bfloat16, which takes sixty times as long on a processor without instructions for it;
    here it is float32, with all matrices of one shape at once.
    """

    def __init__(self, matrices: list[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.01) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[nn.Parameter]] = {}
            for matrix in group["params"]:
                by_shape.setdefault(matrix.shape, []).append(matrix)
            for size, matrices in by_shape.items():
                updates = []
                for matrix in matrices:
                    assert matrix.grad is not None
                    momentum = self.state[matrix].setdefault("momentum", torch.zeros_like(matrix))
                    momentum.lerp_(matrix.grad, 1 - group["momentum"])
                    updates.append(matrix.grad.lerp(momentum, group["momentum"]))
                scale = max(1.0, size[0] / size[1]) ** 0.5
                for matrix, update in zip(matrices, orthogonalised(torch.stack(updates)), strict=True):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"])
                    matrix.add_(update, alpha=-group["lr"] * scale)


def orthogonalised(stack: Tensor, steps: int = 5) -> Tensor:
    """Each matrix of (n, rows, columns) with its singular values pushed to about 1."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = stack.shape[1] > stack.shape[2]
    x = stack.mT if tall else stack
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


def new_model(device: torch.device) -> Qwen3ForCausalLM:
    from transformers import Qwen3ForCausalLM

    model = Qwen3ForCausalLM(shape.qwen3_config())
    model.to(device=device)  # type: ignore[arg-type]
    for name, parameter in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            nn.init.zeros_(parameter)  # every layer begins as the identity
    return model


def optimizers(model: Qwen3ForCausalLM) -> list[torch.optim.Optimizer]:
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    return [Muon(matrices, MUON_RATE), torch.optim.AdamW(rest, ADAM_RATE, betas=(0.9, 0.95), weight_decay=0.0)]


# How well is it doing: exact replies on held-out words and phrasings.

_EXAMS = {
    "notes": corpus.notes_conversation,
    "told": corpus.told_conversation,
    "world": corpus.world_conversation,
    "extract": corpus.extraction_conversation,
    "repeat": corpus.repeat_conversation,
}


def exam(of: Tokenizer, split: Split = "held_out", each: int = 60) -> dict[str, list[tuple[list[int], list[bool]]]]:
    """Conversations by kind; `notes 1` has one note, `notes 20` up to twenty."""
    drawn: dict[str, list[tuple[list[int], list[bool]]]] = {}
    for name, make in _EXAMS.items():
        for stage, suffix in ((0.0, " 1"), (1.0, "")) if name == "notes" else ((1.0, ""),):
            words = Words(Random(f"exam/{name}"), split)
            drawn[name + suffix] = [tokenizer.encode_turns(of, make(words, stage)) for _ in range(each)]
    return drawn


@torch.no_grad()
def exact_replies(
    model: Qwen3ForCausalLM, exams: dict[str, list[tuple[list[int], list[bool]]]], device: torch.device
) -> dict[str, float]:
    """The share of replies whose every token is the most likely one: what greedy decoding would get word for word."""
    shares = {}
    for name, conversations in exams.items():
        right = total = 0
        for ids, said in conversations:
            tensor = torch.tensor([ids], device=device)
            guesses = model(input_ids=tensor[:, :-1], use_cache=False).logits.argmax(-1)[0].tolist()
            replies: list[bool] = []
            for place in range(1, len(ids)):
                if not said[place]:
                    continue
                if not said[place - 1]:
                    replies.append(True)
                replies[-1] = replies[-1] and guesses[place - 1] == ids[place]
            right, total = right + sum(replies), total + len(replies)
        shares[name] = round(right / max(1, total), 3)
    return shares


# The run.


@dataclass
class Progress:
    """Where a run stands; saved with every checkpoint."""

    step: int = 0
    tokens: int = 0
    pool: int = 0
    seconds: float = 0.0


def save(
    path: Path, model: Qwen3ForCausalLM, average: dict[str, Tensor], steps: list[torch.optim.Optimizer], progress: Progress
) -> None:
    """Write a checkpoint so that an interruption leaves the older one whole."""
    partial = path.with_suffix(".partial")
    torch.save(
        {
            "model": model.state_dict(),
            "average": average,
            "optimizers": [s.state_dict() for s in steps],
            "progress": vars(progress),
        },
        partial,
    )
    os.replace(partial, path)


def batches(spelling: Spelling, seed: int, progress: Progress, step_tokens: int, workers: int) -> Iterator[Batch]:
    """Pool after pool, drawn here or, with `workers`, ahead of time in that many processes: a GPU eats more than one can draw."""

    def asked(index: int) -> tuple[Spelling, int, int, float, int]:
        return spelling, seed, index, progress.tokens / CURRICULUM_TOKENS, step_tokens

    if not workers:
        for index in count(progress.pool):
            yield from draw_pool(*asked(index))
            progress.pool = index + 1
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as others:
        ahead = deque(others.submit(draw_pool, *asked(progress.pool + place)) for place in range(2 * workers))
        try:
            while True:
                yield from ahead.popleft().result()
                progress.pool += 1
                ahead.append(others.submit(draw_pool, *asked(progress.pool + 2 * workers - 1)))
        finally:
            others.shutdown(cancel_futures=True)


def make_tokenizer(path: Path, conversations: int = 20_000) -> Tokenizer:
    """Train the tokenizer on conversations like those of the training, and keep it beside the checkpoints."""
    words = Words(Random("tokenizer"))
    texts = (content for _ in range(conversations) for _, content in corpus.draw_conversation(words, 1.0))
    of = tokenizer.train(texts)
    of.save(str(path))
    return of


def train(arguments: argparse.Namespace) -> None:
    build: Path = arguments.build
    build.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    autocast = device.type == "cuda" or "amx_bf16" in _cpu_flags() or "avx512_bf16" in _cpu_flags()
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(arguments.seed)

    vocabulary = build / "tokenizer.json"
    of = tokenizer.load(vocabulary) if vocabulary.exists() else make_tokenizer(vocabulary)
    model, progress = new_model(device), Progress()
    average = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    optimisers = optimizers(model)
    out = build / ("decayed.pt" if arguments.decay_from else "last.pt")
    start = arguments.decay_from or (out if out.exists() else None)
    if start:
        saved = torch.load(start, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        average = saved["average"]
        progress = Progress(**saved["progress"])
        for optimiser, state in zip(optimisers, saved["optimizers"], strict=True):
            optimiser.load_state_dict(state)
        print(f"going on from {start} at {progress.tokens / 1e6:.2f} M tokens", flush=True)

    exams = exam(of)
    log = (build / "log.jsonl").open("a", encoding="utf-8")
    told = saved_at = before = time.monotonic()
    worked = 0.0
    loss_total, weight_total = torch.zeros((), device=device), 0.0
    told_tokens = progress.tokens
    stream = batches(Spelling.of(of), arguments.seed, progress, arguments.step_tokens, arguments.workers)
    while (left := 1 - worked / (arguments.minutes * 60)) > 0:
        warm = min(1.0, (progress.step + 1) / WARMUP_STEPS)
        rate = arguments.rate * (max(left, 0.0) if arguments.decay_from else warm)
        for optimiser, base in zip(optimisers, (MUON_RATE, ADAM_RATE), strict=True):
            for group in optimiser.param_groups:
                group["lr"] = base * rate
        batch = next(stream)
        loss, weight = loss_sum(model, batch, device, autocast)
        (loss / weight).backward()
        # Kept where they are: reading a number from a GPU waits for all it has been given to do.
        loss_total, weight_total = loss_total + loss.detach(), weight_total + weight
        progress.tokens += batch.ids.numel()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        progress.step += 1
        keep = min(AVERAGE, progress.step / (progress.step + 10))
        for name, tensor in model.state_dict().items():
            average[name].lerp_(tensor, 1 - keep)

        now = time.monotonic()
        worked, before = worked + min(now - before, LONGEST_STEP), now
        if now - told > arguments.tell_seconds:
            speed = (progress.tokens - told_tokens) / (now - told)
            line = {
                "step": progress.step,
                "mtok": round(progress.tokens / 1e6, 3),
                "loss": round(float(loss_total) / weight_total, 4),
                "tok_s": round(speed),
                "rate": round(rate, 3),
                "minutes_left": round(arguments.minutes * left, 1),
            }
            print(json.dumps(line), flush=True)
            log.write(json.dumps(line) + "\n")
            log.flush()
            told, told_tokens, loss_total, weight_total = now, progress.tokens, torch.zeros((), device=device), 0.0
        if now - saved_at > arguments.save_minutes * 60:
            progress.seconds += now - saved_at
            save(out, model, average, optimisers, progress)
            report = {"mtok": round(progress.tokens / 1e6, 3), "exact": exact_replies(model, exams, device)}
            print(json.dumps(report), flush=True)
            log.write(json.dumps(report) + "\n")
            saved_at = time.monotonic()
    progress.seconds += time.monotonic() - saved_at
    save(out, model, average, optimisers, progress)
    print(json.dumps({"mtok": round(progress.tokens / 1e6, 3), "exact": exact_replies(model, exams, device)}), flush=True)


def _cpu_flags() -> str:
    """The processor's features where the system tells them; bfloat16 pays only where it has instructions for it."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").split("processor", 2)[1]
    except (OSError, IndexError):
        return ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=shape.BUILD)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--decay-from", type=Path)
    parser.add_argument("--rate", type=float, default=1.0, help="learning rate, as a share of the usual; where a decay begins")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2)))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--step-tokens", type=int, default=STEP_TOKENS, help="padded tokens in one step; a GPU wants more")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw conversations ahead of the training")
    parser.add_argument("--save-minutes", type=float, default=4.0)
    parser.add_argument("--tell-seconds", type=float, default=30.0)
    train(parser.parse_args(arguments))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
