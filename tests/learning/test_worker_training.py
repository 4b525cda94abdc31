"""Training in torch on a tiny random model: NF4 is what is trained on, packing changes nothing, the loss means what it says."""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from learning import budget
from learning.budget import Free, Manner, Need, Plan
from learning.job import Example, Job, Recipe, read_result
from models.errors import EnvironmentProblem
from models.files import sha256_of
from tests.learning.tiny_gguf import HEAD_WIDTH, VOCABULARY, write_tiny_qwen3

torch = pytest.importorskip("torch")

from peft import set_peft_model_state_dict  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from tqdm import tqdm  # noqa: E402

from learning.worker import machine, thrift, training  # noqa: E402
from learning.worker.base_model import HeldInBf16, attach_lora, linear_layers, load_base  # noqa: E402
from learning.worker.distillation import Teaching, answer_logits, loss_of, teach, value_score  # noqa: E402
from learning.worker.rows import pack  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:transformers", "ignore::DeprecationWarning:torch")
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def no_progress_bar_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """transformers' progress bars would start a thread of their own."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_qwen3(tmp_path_factory.mktemp("model") / "tiny.gguf")


def ids(source: random.Random, count: int) -> tuple[int, ...]:
    return tuple(source.randrange(VOCABULARY) for _ in range(count))


def lessons(count: int = 6, seed: int = 1) -> list[Example]:
    """Facts with a note for the teacher, and as much replay."""
    source = random.Random(seed)
    persona, note = ids(source, 9), ids(source, 5)
    made = []
    for place in range(count):
        question, answer = ids(source, 4), (*ids(source, 4), 257)
        made.append(Example(f"m{place}", "recall", persona + question, answer, persona + note + question, (1, 3)))
        made.append(Example(None, "general", persona + ids(source, 5), (*ids(source, 3), 257)))
    return made


def test_the_width_of_a_head_is_the_files_and_not_the_familys_default(tiny: Path) -> None:
    base = load_base(tiny, "fp32", torch.float32, CPU)
    assert base.config.head_dim == HEAD_WIDTH


def test_nf4_holds_every_linear_layer_of_the_decoder_and_nothing_else(tiny: Path) -> None:
    quantized: Any = load_base(tiny, "nf4", torch.float32, CPU)
    whole: Any = load_base(tiny, "fp32", torch.float32, CPU)
    held: dict[str, Any] = dict(linear_layers(quantized))
    assert set(held) == set(linear_layers(whole))
    assert len(held) == 2 * 7
    for name, layer in held.items():
        assert type(layer).__name__ == "Linear4bit"
        assert layer.weight.dtype == torch.uint8
        assert layer.weight.numel() * 2 == whole.get_submodule(name).weight.numel()
        # With it, one forward in eval mode would silently cut every gradient on some CPUs.
        assert layer.support_avx512bf16_for_cpu is False
    assert quantized.get_output_embeddings().weight.dtype == torch.float32


def test_bf16_holds_half_the_bytes_and_computes_with_them_as_they_are() -> None:
    """Where the processor does not multiply in bfloat16: the same replies and gradients as of the rounded weights in 32 bits."""
    torch.manual_seed(0)
    rounded = torch.nn.Linear(12, 7)
    rounded.weight.data = rounded.weight.data.bfloat16().float()
    held = HeldInBf16(rounded)
    assert (held.weight.dtype, held.weight.requires_grad) == (torch.bfloat16, False)
    ways = []
    for layer in (rounded, held):
        given = torch.arange(24.0).reshape(2, 12).requires_grad_()
        replied = layer(given)
        replied.square().sum().backward()
        ways.append((replied.detach(), given.grad))
    torch.testing.assert_close(ways[1], ways[0])


@pytest.mark.parametrize("precision", ["fp32", "nf4", "bf16"])
def test_a_packed_row_gives_each_example_what_it_gets_alone(tiny: Path, precision: Any) -> None:
    base: Any = load_base(tiny, precision, torch.float32, CPU)
    pairs = [(example.prompt, example.answer) for example in lessons()]
    together = answer_logits(base, pack(pairs))
    alone = torch.cat([answer_logits(base, pack([pair])) for pair in pairs])
    whole = torch.cat([base(torch.tensor([[*prompt, *answer]])).logits[0, len(prompt) - 1 : -1] for prompt, answer in pairs])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(together, whole, rtol=1e-4, atol=1e-4)


def test_the_loss_is_divergence_where_the_teacher_agrees_and_the_answer_where_it_does_not(tiny: Path) -> None:
    recipe = Recipe(top_k=VOCABULARY, teacher_weight=2.0, gold_weight=3.0, value_weight=5.0)
    base = load_base(tiny, "fp32", torch.float32, CPU)
    example = lessons()[0]
    (taught,) = teach(base, [example], recipe, CPU)
    taught = Teaching(taught.tokens, taught.logprobs, taught.rest, torch.tensor([True, False, True, True, True]))
    row = pack([(example.prompt, example.answer)])
    teacher_row = pack([(example.teacher or (), example.answer)])
    with torch.no_grad():
        student = answer_logits(base, row).log_softmax(-1)
        teacher = answer_logits(base, teacher_row).log_softmax(-1)
        got = float(loss_of(answer_logits(base, row), row, [example], [taught], recipe))
    divergence = (teacher.exp() * (teacher - student)).sum(-1)
    surprise = -student[range(5), list(example.answer)]
    value = surprise[1:3].mean()
    expected = 2.0 * divergence[[0, 2, 3, 4]].sum() / 5 + 3.0 * surprise[1] / 5 + 5.0 * value
    assert got == pytest.approx(float(expected), rel=1e-4)


def test_few_kept_tokens_never_overstate_the_divergence_and_are_exact_against_oneself(tiny: Path) -> None:
    base = load_base(tiny, "fp32", torch.float32, CPU)
    example = Example("m", "preference", (1, 2, 3), (4, 5), teacher=(1, 9, 2, 3))
    row = pack([(example.prompt, example.answer)])
    losses = []
    for top_k in (4, 64, VOCABULARY):
        (taught,) = teach(base, [example], Recipe(top_k=top_k), CPU)
        agreeing = Teaching(taught.tokens, taught.logprobs, taught.rest, torch.ones(2, dtype=torch.bool))
        losses.append(float(loss_of(answer_logits(base, row), row, [example], [agreeing], Recipe())))
    assert 0 < losses[0] <= losses[1] <= losses[2]
    own = Example(None, "general", example.prompt, example.answer)
    taught = teach(base, [own], Recipe(top_k=4), CPU)
    assert float(loss_of(answer_logits(base, row), row, [own], taught, Recipe())) == pytest.approx(0, abs=1e-5)


def test_every_lora_starts_without_effect_and_gets_a_gradient_through_nf4(tiny: Path) -> None:
    base = load_base(tiny, "nf4", torch.float32, CPU)
    examples = lessons()
    row = pack([(example.prompt, example.answer) for example in examples])
    before = answer_logits(base, row)
    taught = teach(base, examples, Recipe(), CPU)
    adapted = attach_lora(base, 4, 8, seed=1)
    torch.testing.assert_close(answer_logits(adapted, row), before)
    loss_of(answer_logits(adapted, row), row, examples, taught, Recipe()).sum().backward()
    trainable = {name: weight for name, weight in adapted.named_parameters() if weight.requires_grad}
    assert len(trainable) == 2 * 7 * 2
    for name, weight in trainable.items():
        assert weight.grad is not None
        assert float(weight.grad.abs().max()) > 0 or "lora_A" in name, name


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training in the tests' own process must not lower its priority for good, nor change torch's threads."""
    monkeypatch.setattr(machine, "step_back", lambda: None)
    monkeypatch.setattr(machine, "be_deterministic", lambda seed, threads: torch.manual_seed(seed))


def run(
    tiny: Path, folder: Path, recipe: Recipe, probes: list[Example] | None = None, **changes: Any
) -> tuple[dict, list[dict]]:
    job = Job(tiny, sha256_of(tiny), seed=1, threads=1, recipe=recipe)
    events: list[dict] = []

    def emit(event: str, **values: Any) -> None:
        events.append({"event": event, **values})

    report = training.train(job, lessons(), probes or [], folder / "out", emit, time.monotonic())
    return report, events


@pytest.mark.usefixtures("unhurried")
def test_what_is_known_rests_for_an_epoch_and_is_still_known_in_the_end(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(precision="nf4", epochs=12, batch=1, rate=1e-2, replay_weight=0.1)
    every, _ = run(tiny, tmp_path / "every", replace(recipe, known=0.0))
    some, events = run(tiny, tmp_path / "some", replace(recipe, known=0.2))
    assert every["steps"] == 12 * len(lessons())
    assert some["steps"] < every["steps"]
    assert some["losses"][-1] < some["losses"][0] / 4
    told = [event["step"] for event in events if event["event"] == "step"]
    assert told == sorted(told)
    assert told[-1] <= every["steps"]


@pytest.mark.usefixtures("unhurried")
def test_the_loss_falls_on_nf4_and_the_probes_stop_what_is_learned(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(precision="nf4", epochs=40, batch=6, rate=1e-2, replay_weight=0.1, known=0.0, enough=0.05, patience=40)
    known = [example for example in lessons() if example.memory is not None]
    report, events = run(tiny, tmp_path, recipe, probes=known)
    assert report["losses"][-1] < report["losses"][0] / 4
    assert report["epochs"] < 40
    last = [event for event in events if event["event"] == "probe"][-1]
    assert last["known"] == last["probes"] == len(known)
    assert last["loss"] <= 0.05
    assert [event["step"] for event in events if event["event"] == "step"] == list(range(1, report["steps"] + 1))
    assert read_result(tmp_path / "out").report == report


@pytest.mark.usefixtures("unhurried")
def test_training_goes_back_to_its_best_when_the_probes_get_no_better(tiny: Path, tmp_path: Path) -> None:
    """What the probes ask contradicts the lessons, so the first epoch is the best one and the adapter must be that one's."""
    contrary = [Example("m", "recall", e.prompt, (*e.answer[:1], 5, 6, *e.answer[3:]), value=(1, 3)) for e in lessons()[::2]]
    probed = Recipe(precision="nf4", epochs=8, batch=6, rate=1e-2, patience=2)
    report, events = run(tiny, tmp_path / "probed", probed, probes=contrary)
    losses = [event["loss"] for event in events if event["event"] == "probe"]
    best = losses.index(min(losses))
    assert report["epochs"] == best + 1 + 2 < 8
    adapted = attach_lora(load_base(tiny, "nf4", torch.float32, CPU), probed.rank, probed.alpha, seed=7)
    set_peft_model_state_dict(adapted, load_file(read_result(tmp_path / "probed" / "out").adapter))
    row = pack([(probe.prompt, probe.answer) for probe in contrary])
    loss, _ = value_score(answer_logits(adapted, row), row, contrary)
    assert loss / len(contrary) == pytest.approx(losses[best], abs=1e-4)
    assert losses[best] < losses[-1] - 1e-3


@pytest.mark.usefixtures("unhurried")
def test_tokens_of_another_vocabulary_are_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="vocabulary"):
        run(tiny, tmp_path, Recipe(), probes=[Example("m", "recall", (VOCABULARY,), (1,))])


def test_the_rate_rises_then_falls_to_a_tenth() -> None:
    recipe = Recipe(rate=1.0, warmup=0.1)
    rates = [training.rate_at(step, 100, recipe) for step in range(100)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.1, abs=1e-3)
    assert math.isclose(max(rates), 1.0)


def refuse_large_rows(monkeypatch: pytest.MonkeyPatch, most: int, problem: Exception) -> None:
    """torch's attention refuses memory for more than `most` tokens at a time."""
    attention = torch.nn.functional.scaled_dot_product_attention

    def refusing(query: Any, *rest: Any, **named: Any) -> Any:
        if query.shape[-2] > most:
            raise problem
        return attention(query, *rest, **named)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", refusing)


REFUSALS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    MemoryError(),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."
    ),
]


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("refusal", REFUSALS, ids=["gpu", "python", "cpu"])
def test_where_memory_runs_out_training_goes_on_with_less_at_a_time(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    recipe = Recipe(epochs=2, batch=6)
    undisturbed, _ = run(tiny, tmp_path / "undisturbed", recipe)
    longest = max(len(example.teacher or example.prompt) + len(example.answer) for example in lessons())
    refuse_large_rows(monkeypatch, longest, refusal)
    report, events = run(tiny, tmp_path / "disturbed", recipe)
    assert report["steps"] == undisturbed["steps"]
    assert report["tokens"] == undisturbed["tokens"]
    assert report["losses"] == pytest.approx(undisturbed["losses"], abs=1e-3)
    steps = [event for event in events if event["event"] == "stepped_down"]
    assert steps
    assert steps[0]["recompute"]
    assert report["manner"]["row_tokens"] == steps[-1]["row_tokens"] < undisturbed["manner"]["row_tokens"]
    assert [event["row_tokens"] for event in steps] == sorted((event["row_tokens"] for event in steps), reverse=True)


@pytest.mark.usefixtures("unhurried")
def test_where_even_one_example_is_too_much_the_person_is_told(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_large_rows(monkeypatch, 3, REFUSALS[0])
    with pytest.raises(EnvironmentProblem, match=r"Memory ran out while learning .* Close other programs"):
        run(tiny, tmp_path, Recipe())
    assert not list(tmp_path.rglob("adapter*"))


@pytest.mark.usefixtures("unhurried")
def test_a_bug_is_not_taken_for_a_lack_of_memory(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_large_rows(monkeypatch, 3, RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"))
    with pytest.raises(RuntimeError, match="size of tensor"):
        run(tiny, tmp_path, Recipe())


@pytest.mark.usefixtures("unhurried")
def test_layers_that_compute_again_what_they_forgot_give_the_same_adapter(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = []
    enable = thrift.compute_again
    monkeypatch.setattr(thrift, "compute_again", lambda model: (again.append(model), enable(model)))
    kept, _ = run(tiny, tmp_path / "kept", Recipe(precision="nf4", epochs=2))
    own = Manner("nf4", Recipe().row_tokens, recompute=True)
    monkeypatch.setattr(budget, "plan", lambda *_: Plan(own, Need(0, 0, 0, 0.0)))
    forgot, _ = run(tiny, tmp_path / "forgot", Recipe(precision="nf4", epochs=2))
    assert len(again) == 1
    assert forgot["losses"] == kept["losses"]
    adapters = [read_result(tmp_path / name / "out").adapter.read_bytes() for name in ("kept", "forgot")]
    assert adapters[0] == adapters[1]


@pytest.mark.usefixtures("unhurried")
def test_what_cannot_fit_is_refused_before_anything_is_loaded(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "free", lambda *_: Free(memory=100_000_000, disk=10**12))
    monkeypatch.setattr(training, "load_base", lambda *_: pytest.fail("it was loaded"))
    with pytest.raises(EnvironmentProblem, match=r"tiny.gguf needs .* of memory \(0.1 GB free\)"):
        run(tiny, tmp_path, Recipe())
