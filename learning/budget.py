"""What a night needs of a machine, estimated from the model's shape, and the manner of training that fits it. Pure.

A recipe says what is learned; a manner, with how much memory. As long as the recipe's own manner fits, it is taken, so that the same
machine makes the same bytes. The figures are estimates: what memory runs out in spite of them is met by `smaller`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from learning.job import Example, Precision, Recipe
from models.shape import Shape

_PROCESS = 750_000_000
"""Bytes of a worker without a model: Python, torch, transformers, PEFT. Measured: 0.7 GB."""
_PROCESS_WITH_GPU = 2_500_000_000
_GPU_CONTEXT = 700_000_000
"""Bytes that CUDA's own context and torch's kernels take of the GPU."""
_FILES = 60_000_000
"""Bytes of job, log and report, generously."""
_SPARE = 0.85
"""Share of what is free that is planned with: measured, a step took up to a sixth more than the estimate."""
_SMALL = 400_000_000
"""Bytes of a base's layers in float32 up to which nothing is gained by packing them, and time is lost by unpacking them."""
_NF4_BYTES = 0.5 + 4 / 64
"""Per weight: four bits, and a scale in 32 bits for 64 of them."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be computed.

    Attributes:
        tokens: of all examples, once.
        longest: tokens of the longest example, with the teacher's note.
        batch_tokens, batch_answers: tokens and answer tokens of the largest step there can be.
        epochs: as the recipe has them; probes may end it sooner.
    """

    tokens: int
    longest: int
    batch_tokens: int
    batch_answers: int
    epochs: int


def work_of(examples: Sequence[Example], recipe: Recipe) -> Work:
    """What training on `examples` comes to."""
    longest = max(max(len(example.prompt), len(example.teacher or ())) + len(example.answer) for example in examples)
    sizes = sorted((len(example.prompt) + len(example.answer) for example in examples), reverse=True)
    answers = sorted((len(example.answer) for example in examples), reverse=True)
    return Work(sum(sizes), longest, sum(sizes[: recipe.batch]), sum(answers[: recipe.batch]), recipe.epochs)


@dataclass(frozen=True, slots=True)
class Manner:
    """How training is held to the memory there is.

    Attributes:
        precision: how the frozen base is held.
        row_tokens: tokens computed at a time.
        recompute: layers forget what they computed and compute it again on the way back (gradient checkpointing).
        paged: the optimizer's two moments in 8 bits, in memory that may leave the GPU. Only on CUDA.
    """

    precision: Precision
    row_tokens: int
    recompute: bool = False
    paged: bool = False


@dataclass(frozen=True, slots=True)
class Free:
    """Bytes that are free now; `gpu` None where training is on the CPU. `flops`: what the device does in a second, in training."""

    memory: int
    disk: int
    gpu: int | None = None
    flops: float = 2e10
    compute_bytes: int = 4


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes, and minutes. `gpu` is 0 on the CPU."""

    memory: int
    disk: int
    gpu: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The manner to train in, what it needs, and what it lacks, in words; empty where it fits."""

    manner: Manner
    need: Need
    lacks: str = ""


def plan(shape: Shape, recipe: Recipe, work: Work, free: Free) -> Plan:
    """The first manner that fits with some room to spare, or the most frugal one, with what it lacks where it cannot fit at all."""
    most_frugal = None
    for manner in manners(shape, recipe, work, on_gpu=free.gpu is not None):
        needed = need(shape, recipe, work, manner, free)
        if not _lacks(needed, free, _SPARE):
            return Plan(manner, needed)
        most_frugal = Plan(manner, needed, _lacks(needed, free, 1.0))
    assert most_frugal is not None
    return most_frugal


def manners(shape: Shape, recipe: Recipe, work: Work, *, on_gpu: bool) -> Iterator[Manner]:
    """Manners from the recipe's own to the most frugal.

    First what costs time and changes nothing: layers that compute again what they forgot. Then what changes the low bits of the
    outcome: smaller rows, another optimizer. Last what changes more: the base held in fewer bits.
    """
    own: Precision = "fp32" if shape.in_layers * 4 <= _SMALL else "nf4"
    wanted = own if recipe.precision == "auto" else recipe.precision
    for precision in dict.fromkeys((wanted, "nf4")):
        manner = Manner(precision, recipe.row_tokens)
        yield manner
        while (less := smaller(manner, work)) is not None:
            manner = less
            yield manner
        if on_gpu:
            yield replace(manner, paged=True)


def smaller(manner: Manner, work: Work) -> Manner | None:
    """The next manner that computes less at a time, with nearly the same outcome; None where there is none."""
    if not manner.recompute:
        return replace(manner, recompute=True)
    # An example cannot be split, so rows shorter than the longest one save nothing.
    row = max(min(manner.row_tokens, work.batch_tokens) // 2, min(work.longest, work.batch_tokens))
    return replace(manner, row_tokens=row) if row < min(manner.row_tokens, work.batch_tokens) else None


def need(shape: Shape, recipe: Recipe, work: Work, manner: Manner, free: Free) -> Need:
    """What training in this manner takes."""
    number = 4 if manner.precision == "fp32" else free.compute_bytes
    packed = {"nf4": _NF4_BYTES, "bf16": 2, "fp32": 4}[manner.precision]
    lora = shape.adapted(recipe.rank)
    largest = max(max(rows * columns for rows, columns in shape.projections), 1)
    base = int(shape.in_layers * packed) + shape.in_embeddings * number
    # Weights, gradients and the best so far in 32 bits, and two moments in 32 or 8.
    base += lora * (12 + (2 if manner.paged else 8))
    # One weight unpacked to its whole size, for use and for its gradient's way.
    base += 2 * largest * number if packed < number else 0
    computed = base + _activations(shape, recipe, work, manner, number)
    flops = 2 * (shape.in_layers + lora) * (5 if manner.recompute else 4) * work.tokens * work.epochs
    # The teacher reads every example once, and its notes.
    flops += 2 * 1.3 * shape.in_layers * work.tokens
    loading = shape.vocabulary * shape.width * 4
    return Need(
        memory=_PROCESS_WITH_GPU + loading if free.gpu is not None else _PROCESS + max(computed, base + loading),
        disk=_FILES + 4 * lora * 5,
        gpu=_GPU_CONTEXT + computed if free.gpu is not None else 0,
        minutes=flops / free.flops / 60,
    )


def _activations(shape: Shape, recipe: Recipe, work: Work, manner: Manner, number: int) -> int:
    """Bytes kept from the way forth for the way back, and of the answers' logits."""
    tokens = min(manner.row_tokens, work.batch_tokens)
    answers = -(-work.batch_answers * tokens // work.batch_tokens)
    q, kv = shape.heads * shape.head_width, shape.kv_heads * shape.head_width
    # Where the base computes in 16 bits, the LoRA's own copy of its input is in 32.
    copy = 4 if number == 2 else 0
    layer = (
        2 * shape.width * (2 * number + 8)  # the norms, which compute in 32 bits
        + 5 * shape.width * copy
        + (q + 2 * kv) * (5 * number + 8)  # projected, normed, turned
        + q * (4 * number + copy)  # repeated keys and values, what attention gave
        + shape.inner * (4 * number + copy)
        + 7 * recipe.rank * 4
    )
    kept = layer + shape.layers * shape.width * number if manner.recompute else layer * shape.layers
    mask = tokens * tokens * (1 + number)
    return tokens * kept + mask + answers * shape.vocabulary * 4 * 7


def _lacks(needed: Need, free: Free, share: float) -> str:
    short = [
        f"{_gigabytes(wanted)} of {what} ({_gigabytes(there)} free)"
        for wanted, there, what in (
            (needed.gpu, free.gpu, "GPU memory"),
            (needed.memory, free.memory, "memory"),
            (needed.disk, free.disk, "disk"),
        )
        if there is not None and wanted > there * share
    ]
    return " and ".join(short)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
