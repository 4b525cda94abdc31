"""What a night needs, and the manner that fits: never more than there is, never more frugal than it must be."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.budget import Free, Manner, Work, manners, need, plan, smaller, work_of
from learning.job import Example, Recipe
from models.gguf_header import read_header
from models.offers import Offer, offers
from models.shape import Shape, shape_of

QWEN3_4B = Shape(layers=36, width=2560, inner=9728, heads=32, kv_heads=8, head_width=128, vocabulary=151936, tied=True)
NIGHT = Work(tokens=180_000, longest=420, batch_tokens=1600, batch_answers=240, epochs=3)
GB = 10**9
works = st.builds(
    lambda longest, more, share: Work(10 * (longest + more), longest, longest + more, max(1, (longest + more) // share), 3),
    st.integers(2, 3000),
    st.integers(0, 10_000),
    st.integers(2, 20),
)


def test_the_shape_is_what_the_files_header_says(acorn_path: Path) -> None:
    header = read_header(acorn_path)
    shape = shape_of(header)
    matrices = sum(tensor.elements for tensor in header.tensors.values() if len(tensor.shape) == 2)
    assert shape.in_layers + shape.in_embeddings == matrices


def test_the_work_is_that_of_the_largest_step_there_can_be() -> None:
    examples = [Example("m", "recall", (1,) * size, (2,) * (size // 2)) for size in (4, 40, 10, 20)]
    assert work_of(examples, Recipe(batch=2, epochs=5)) == Work(6 + 60 + 15 + 30, 60, 90, 30, 5)


def test_where_everything_fits_training_is_as_the_recipe_says() -> None:
    for precision in ("nf4", "bf16", "fp32"):
        planned = plan(QWEN3_4B, Recipe(precision=precision), NIGHT, Free(400 * GB, 400 * GB, 400 * GB, compute_bytes=2))
        assert planned.manner == Manner(precision, Recipe().row_tokens)
        assert not planned.lacks


def test_unless_told_otherwise_a_base_is_packed_only_where_that_saves_something() -> None:
    small = Shape(layers=5, width=256, inner=512, heads=8, kv_heads=4, head_width=32, vocabulary=3072, tied=True)
    free = Free(400 * GB, 400 * GB, compute_bytes=4)
    assert [plan(shape, Recipe(), NIGHT, free).manner.precision for shape in (small, QWEN3_4B)] == ["fp32", "nf4"]


@pytest.mark.parametrize(
    ("gpu", "precision", "expected"),
    [
        (80, "bf16", Manner("bf16", 4096)),
        (24, "bf16", Manner("bf16", 4096, recompute=True)),
        (24, "nf4", Manner("nf4", 4096, recompute=True)),
        (10, "bf16", Manner("nf4", 4096, recompute=True)),
        (8, "nf4", Manner("nf4", 800, recompute=True)),
        (6, "nf4", Manner("nf4", 420, recompute=True, paged=True)),
    ],
)
def test_a_model_of_four_billion_weights_is_learned_in_the_manner_that_the_gpu_allows(
    gpu: int, precision: str, expected: Manner
) -> None:
    free = Free(32 * GB, 100 * GB, int((gpu - 0.7) * GB), compute_bytes=2)
    planned = plan(QWEN3_4B, Recipe(precision=precision), NIGHT, free)  # type: ignore[arg-type]
    assert planned.manner == expected
    assert not planned.lacks


def test_what_does_not_fit_in_any_manner_says_what_is_missing() -> None:
    planned = plan(QWEN3_4B, Recipe(), NIGHT, Free(2 * GB, 10**7, 3 * GB, compute_bytes=2))
    assert "GPU memory (3.0 GB free)" in planned.lacks
    assert "of memory (2.0 GB free)" in planned.lacks
    assert "of disk (0.0 GB free)" in planned.lacks


def test_on_a_cpu_nothing_is_asked_of_a_gpu() -> None:
    planned = plan(QWEN3_4B, Recipe(), NIGHT, Free(400 * GB, 400 * GB))
    assert planned.need.gpu == 0
    assert not any(manner.paged for manner in manners(QWEN3_4B, Recipe(), NIGHT, on_gpu=False))


@given(works, st.sampled_from(["nf4", "bf16", "fp32"]), st.booleans())
def test_each_manner_takes_less_than_the_one_before_and_never_splits_an_example(work: Work, precision: str, gpu: bool) -> None:
    recipe = Recipe(precision=precision)  # type: ignore[arg-type]
    free = Free(GB, GB, GB if gpu else None, compute_bytes=2)
    tried = list(manners(QWEN3_4B, recipe, work, on_gpu=gpu))
    for before, after in pairwise(tried):
        if before.precision == after.precision:
            one, other = (need(QWEN3_4B, recipe, work, manner, free) for manner in (before, after))
            assert (other.gpu or other.memory) <= (one.gpu or one.memory)
        assert after.row_tokens >= min(work.longest, before.row_tokens)
    assert tried[-1].precision == "nf4"


@given(works)
def test_stepping_down_comes_to_an_end(work: Work) -> None:
    manner: Manner | None = Manner("nf4", 4096)
    for _ in range(30):
        manner = smaller(manner, work) if manner else None
    assert manner is None


@pytest.mark.parametrize("offer", offers(), ids=lambda offer: offer.name)
def test_what_the_catalogue_promises_is_what_a_night_will_ask_for(offer: Offer) -> None:
    """The catalogue's short sum, which knows no night, against a night's own in its most frugal manner."""
    work = Work(tokens=30_000, longest=200, batch_tokens=2048, batch_answers=256, epochs=3)
    on_gpu = need(
        offer.shape,
        Recipe(),
        work,
        Manner("nf4", 512, recompute=True, paged=True),
        Free(1 << 40, 1 << 40, 1 << 40, compute_bytes=2),
    )
    on_cpu = need(offer.shape, Recipe(), work, Manner("nf4", 512, recompute=True), Free(1 << 40, 1 << 40))
    assert on_gpu.gpu == pytest.approx(offer.learn_memory, rel=0.25)
    assert on_gpu.gpu <= offer.learn_memory
    assert on_cpu.memory == pytest.approx(offer.learn_memory_cpu, rel=0.1)
