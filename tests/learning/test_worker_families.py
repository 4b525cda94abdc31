"""Every family that can learn does in llama.cpp what it does in torch; a file that cannot learn says why, before anything is done."""

from __future__ import annotations

import dataclasses
import json
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from learning.agenda import NightSettings
from learning.consolidation import run_night
from learning.job import ADAPTER_FILE, CONFIG_FILE, read_job
from learning.store import Store
from learning.types import Candidate, Clock
from models import adapter_gguf
from models.adapter_gguf import export_adapter
from models.adapter_peft import write_peft_folder
from models.engine import Sampling, Turn
from models.errors import EnvironmentProblem, UserError
from models.families import FAMILIES, UNPACKED, learnable, rotary_factors, why_it_cannot_learn
from models.gguf_header import TENSOR_TYPES, read_header
from models.llama import LlamaEngine
from tests.learning.tiny_gguf import SMALL_QWEN3, TINY, Tiny, write_tiny

torch = pytest.importorskip("torch")

from peft import PeftModel  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from tqdm import tqdm  # noqa: E402

from learning.worker import base_model, machine, training  # noqa: E402
from learning.worker.base_model import load_base  # noqa: E402
from tests.benchmarks.parity import compare  # noqa: E402
from tests.benchmarks.parity_families import LIMITS, held_out, parity_of, random_model, trained  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:transformers", "ignore::DeprecationWarning:torch")
CPU = torch.device("cpu")


@pytest.fixture
def train_here(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, Path], Path]:
    """The worker's training in this process, whose priority and threads stay as they are."""
    monkeypatch.setattr(machine, "step_back", lambda: None)
    monkeypatch.setattr(machine, "be_deterministic", lambda seed, threads: torch.manual_seed(seed))
    monkeypatch.setattr(tqdm, "monitor_interval", 0)

    def train(job: Path, out: Path) -> Path:
        training.train(*read_job(job), out, lambda *_, **__: None, 0.0)
        return out

    return train


@pytest.mark.parametrize("name", ["llama", "gemma3"])
def test_an_adapter_does_in_llama_cpp_what_it_does_in_torch(
    name: str, tmp_path: Path, train_here: Callable[[Path, Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    base = random_model(tmp_path, name)
    with LlamaEngine(base, context_length=512, threads=1) as engine:
        peft = trained(engine, base, tmp_path, train_here)

        def exported_and_compared() -> Any:
            return compare(engine, base, peft, export_adapter(peft, base, tmp_path / "adapter.gguf"), held_out())

        parity = exported_and_compared()
        back = write_peft_folder(tmp_path / "adapter.gguf", base, tmp_path / "back")
        ours, theirs = load_file(back / ADAPTER_FILE), load_file(peft / ADAPTER_FILE)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[module], theirs[module]) for module in ours)
        # PEFT itself reads what was written for it.
        assert PeftModel.from_pretrained(load_base(base, "fp32", torch.float32, CPU), str(back)) is not None
        assert parity.positions >= 200
        assert parity.effect > 20 * LIMITS["F16"]
        assert parity.base <= LIMITS["F16"]
        assert parity.adapted <= LIMITS["F16"]

        family = FAMILIES[TINY[name].architecture]
        wrongly_ordered = dataclasses.replace(family, interleaved=not family.interleaved)
        with monkeypatch.context() as broken:
            broken.setattr(adapter_gguf, "learnable", lambda _header: wrongly_ordered)
            assert exported_and_compared().adapted > LIMITS["F16"]

        config = json.loads((peft / CONFIG_FILE).read_text())
        (peft / CONFIG_FILE).write_text(json.dumps(config | {"lora_alpha": 1.5 * config["lora_alpha"]}))
        wrongly_scaled = export_adapter(peft, base, tmp_path / "adapter.gguf")
        (peft / CONFIG_FILE).write_text(json.dumps(config))
        assert compare(engine, base, peft, wrongly_scaled, held_out()).adapted > LIMITS["F16"]


@pytest.mark.slow
@pytest.mark.parametrize("quantization", LIMITS)
@pytest.mark.parametrize("name", TINY)
def test_so_does_that_of_every_family_in_every_quantization(
    name: str, quantization: str, tmp_path: Path, train_here: Callable[[Path, Path], Path]
) -> None:
    parity = parity_of(name, quantization, tmp_path, train_here)
    assert parity.effect > 20 * LIMITS[quantization]
    assert max(parity.base, parity.adapted) <= LIMITS[quantization]


def test_a_random_model_is_there_for_every_family() -> None:
    assert {tiny.architecture for tiny in TINY.values()} == set(FAMILIES)


@pytest.mark.parametrize("kind", sorted(UNPACKED))
def test_what_is_said_to_be_unpacked_is(kind: str) -> None:
    _, elements, size = next(entry for entry in TENSOR_TYPES.values() if entry[0] == kind)
    packed = np.zeros((1, size), np.uint8)
    assert gguf.quants.dequantize(packed, gguf.GGMLQuantizationType[kind]).shape == (1, elements)


@pytest.mark.parametrize("name", TINY)
def test_every_weight_of_the_file_is_loaded_and_no_other_is_needed(name: str, tmp_path: Path) -> None:
    base = random_model(tmp_path, name)
    header, family = read_header(base), FAMILIES[TINY[name].architecture]
    model = load_base(base, "fp32", torch.float32, CPU)
    wanted = {family.file_name(parameter) for parameter, _ in model.named_parameters()}
    assert wanted - set(header.tensors) <= {f"blk.{n}.attn_output.bias" for n in range(TINY[name].layers)}
    assert set(header.tensors) - wanted <= set(TINY[name].factors)
    assert why_it_cannot_learn(header) == ""


def changed(**changes: Any) -> Tiny:
    return dataclasses.replace(SMALL_QWEN3, **changes)


@pytest.mark.parametrize(
    ("tiny", "reason"),
    [
        (changed(architecture="mamba"), "family mamba cannot be trained"),
        (changed(settings={"expert_count": 8}), "experts"),
        (changed(settings={"rope.scaling.type": "spiral"}), "spiral"),
        (changed(settings={"rope.dimension_count": 16}), "a part of each head"),
        (changed(fused=True), "attn_qkv"),
        (changed(factors={"output.bias": (0.0, 1.0)}), "output.bias"),
    ],
    ids=["family", "experts", "rotary", "partial", "fused", "more"],
)
def test_what_cannot_learn_is_refused_with_the_reason_and_not_loaded(tiny: Tiny, reason: str, tmp_path: Path) -> None:
    base = write_tiny(tmp_path / "other.gguf", tiny)
    assert reason in why_it_cannot_learn(read_header(base))
    with pytest.raises(UserError, match=f"chats, but cannot learn: .*{reason}"):
        load_base(base, "fp32", torch.float32, CPU)


def test_weights_that_cannot_be_unpacked_are_a_reason(tmp_path: Path) -> None:
    header = read_header(write_tiny(tmp_path / "tiny.gguf", SMALL_QWEN3))
    strange = dataclasses.replace(header.tensors["blk.1.ffn_up.weight"], kind=41)
    other = dataclasses.replace(header, tensors={**header.tensors, strange.name: strange})
    assert "Q1_0" in why_it_cannot_learn(other)


def test_a_missing_weight_is_told_by_name(tmp_path: Path) -> None:
    base = write_tiny(tmp_path / "tiny.gguf", changed(head_norms=False))
    with pytest.raises(EnvironmentProblem, match=r"has no blk.0.attn_q_norm.weight"):
        load_base(base, "fp32", torch.float32, CPU)


def test_a_layer_unpacked_by_pieces_is_what_it_is_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from learning.worker import weights

    base = random_model(tmp_path, "llama")
    whole = load_base(base, "fp32", torch.float32, CPU).state_dict()
    monkeypatch.setattr(weights, "_PIECE", 1000)
    pieces = load_base(base, "fp32", torch.float32, CPU).state_dict()
    assert all(torch.equal(whole[name], pieces[name]) for name in whole)
    assert learnable(read_header(base)) is FAMILIES["llama"]


def test_while_a_base_is_loaded_no_weight_is_there_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[weakref.ref[Any]] = []
    alive: list[int] = []
    hold = base_model.held_in_nf4

    def holding(linear: Any, compute: Any) -> Any:
        replaced.append(weakref.ref(linear))
        alive.append(sum(linear() is not None for linear in replaced))
        return hold(linear, compute)

    monkeypatch.setattr(base_model, "held_in_nf4", holding)
    load_base(random_model(tmp_path, "qwen3"), "nf4", torch.float32, CPU)
    assert len(replaced) == 3 * 7
    # The one being replaced, and the one before it, until its name is given to the next.
    assert max(alive) <= 2


def test_which_rotary_factors_count_depends_on_the_context_that_is_served(tmp_path: Path) -> None:
    long = read_header(random_model(tmp_path / "long", "phi3, long"))
    assert rotary_factors(long, 256) == ("rope_factors_short.weight", pytest.approx(1.19))
    assert rotary_factors(long, 257) == ("rope_factors_long.weight", pytest.approx(1.19))
    assert rotary_factors(read_header(random_model(tmp_path / "llama", "llama")), 256) == ("rope_freqs.weight", 1.0)
    assert rotary_factors(read_header(random_model(tmp_path / "qwen3", "qwen3")), 256) == ("", 1.0)


def test_a_night_on_a_model_that_only_chats_says_why_before_it_begins(tmp_path: Path, store: Store, clock: Clock) -> None:
    base = write_tiny(tmp_path / "other.gguf", Tiny("internlm2"))

    def trainer(*_: Any, **__: Any) -> Any:
        pytest.fail("it was trained")

    with LlamaEngine(base, context_length=512, threads=1) as engine:
        store.add_memory(Candidate("fact", "The user's kettle is called Vesuvius."))
        assert engine.reply([Turn("user", "hello")], sampling=Sampling(max_tokens=1)).completion_tokens <= 1
        with pytest.raises(UserError, match=r"other.gguf chats, but cannot learn: models of the family internlm2"):
            run_night(store, engine, trainer, tmp_path, clock, NightSettings(), lambda _: None)
        assert store.consolidations() == []
