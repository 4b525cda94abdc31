"""PEFT adapters in llama.cpp: what they do there, what is refused, and that serving with one can be undone exactly."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import save_file

from models.adapter_gguf import check_adapter, export_adapter
from models.engine import Sampling, Turn
from models.errors import DormouseError, EnvironmentProblem, UserError
from models.gguf_header import read_header
from models.llama import LlamaEngine

RANK, ALPHA, LAYERS = 4, 8.0, 2
MODULES = {
    "self_attn.q_proj": ("attn_q", 64, 64),
    "self_attn.k_proj": ("attn_k", 32, 64),
    "self_attn.v_proj": ("attn_v", 32, 64),
    "self_attn.o_proj": ("attn_output", 64, 64),
    "mlp.gate_proj": ("ffn_gate", 96, 64),
    "mlp.up_proj": ("ffn_up", 96, 64),
    "mlp.down_proj": ("ffn_down", 64, 96),
}
"""Module in transformers -> its name in a GGUF, rows (out) and columns (in) in the tiny model."""

TURNS = [Turn("user", "hello there, what is it called?")]
ANSWER = "the thing is called so"
Weights = dict[str, npt.NDArray[np.float32]]


def lora(seed: int = 0, rank: int = RANK) -> Weights:
    """The tensors of an adapter on every linear layer, under the names that PEFT gives them."""
    random = np.random.default_rng(seed)
    tensors: Weights = {}
    for layer in range(LAYERS):
        for module, (_, rows, columns) in MODULES.items():
            stem = f"base_model.model.model.layers.{layer}.{module}"
            tensors[f"{stem}.lora_A.weight"] = (random.standard_normal((rank, columns)) / 8).astype(np.float32)
            tensors[f"{stem}.lora_B.weight"] = (random.standard_normal((rows, rank)) / 8).astype(np.float32)
    return tensors


def write_peft(folder: Path, tensors: Weights, **config: Any) -> Path:
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "bias": "none", **config}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    return folder


def merged(tensors: Weights, scale: Callable[[str], float], heads: dict[str, int] | None = None) -> Weights:
    """What the adapter adds to the base's weights: scale * B A, the rows of q and k in rotary order where `heads` says so."""
    changes: Weights = {}
    for layer in range(LAYERS):
        for module, (name, *_) in MODULES.items():
            stem = f"base_model.model.model.layers.{layer}.{module}"
            change = scale(f"{layer}.{module}") * (tensors[f"{stem}.lora_B.weight"] @ tensors[f"{stem}.lora_A.weight"])
            if heads and name in heads:
                change = in_rotary_order(change, heads[name])
            changes[f"blk.{layer}.{name}.weight"] = change.astype(np.float32)
    return changes


def in_rotary_order(rows: npt.NDArray[np.float32], heads: int) -> npt.NDArray[np.float32]:
    """Row i of a head's first half goes to 2 i, row i of its second half to 2 i + 1."""
    moved = np.empty_like(rows)
    size = len(rows) // heads
    for row in range(len(rows)):
        head, place = divmod(row, size)
        half, index = divmod(place, size // 2)
        moved[head * size + 2 * index + half] = rows[row]
    return moved


@pytest.fixture
def peft(tmp_path: Path) -> Path:
    return write_peft(tmp_path / "peft", lora())


@pytest.fixture
def adapter(peft: Path, tiny_file: Path, tmp_path: Path) -> Path:
    return export_adapter(peft, tiny_file, tmp_path / "adapter.gguf")


@pytest.mark.parametrize(
    ("architecture", "config", "scale"),
    [
        ("qwen3", {}, lambda _module: ALPHA / RANK),
        ("qwen3", {"use_rslora": True}, lambda _module: ALPHA / math.sqrt(RANK)),
        (
            "qwen3",
            {"alpha_pattern": {"q_proj": 2, "layers.1.mlp.up_proj": 20}},
            lambda module: {"0.self_attn.q_proj": 2, "1.self_attn.q_proj": 2, "1.mlp.up_proj": 20}.get(module, ALPHA) / RANK,
        ),
        ("llama", {}, lambda _module: ALPHA / RANK),
    ],
    ids=["qwen3", "rslora", "alpha-pattern", "llama"],
)
def test_an_exported_adapter_does_what_adding_it_to_the_weights_does(
    make_model: Callable[..., Path],
    tmp_path: Path,
    architecture: str,
    config: dict[str, Any],
    scale: Callable[[str], float],
) -> None:
    tensors = lora()
    heads = {"attn_q": 4, "attn_k": 2} if architecture == "llama" else None
    base = make_model(tmp_path / "base.gguf", architecture=architecture)
    whole = make_model(tmp_path / "merged.gguf", architecture=architecture, changes=merged(tensors, scale, heads))
    adapter = export_adapter(write_peft(tmp_path / "peft", tensors, **config), base, tmp_path / "adapter.gguf")
    with LlamaEngine(base, threads=1) as engine, LlamaEngine(whole, threads=1) as reference:
        plain = engine.logprobs(TURNS, ANSWER).astype(np.float64)
        engine.set_adapter(adapter)
        adapted = engine.logprobs(TURNS, ANSWER).astype(np.float64)
        expected = reference.logprobs(TURNS, ANSWER).astype(np.float64)
    assert divergence(expected, plain) > 0.01
    assert divergence(expected, adapted) < 1e-5


def divergence(of: npt.NDArray[np.float64], to: npt.NDArray[np.float64]) -> float:
    """Mean KL(of || to) over positions, nats."""
    return float((np.exp(of) * (of - to)).sum(axis=1).mean())


def test_the_same_adapter_gives_the_same_bytes(peft: Path, tiny_file: Path, tmp_path: Path, adapter: Path) -> None:
    again = export_adapter(peft, tiny_file, tmp_path / "elsewhere" / "again.gguf")
    assert again.read_bytes() == adapter.read_bytes()


def test_half_precision_is_exported_as_it_is(tiny_file: Path, tmp_path: Path) -> None:
    half: Any = {name: tensor.astype(np.float16) for name, tensor in lora().items()}
    out = export_adapter(write_peft(tmp_path / "half", half), tiny_file, tmp_path / "half.gguf")
    stored = {tensor.name: tensor.data for tensor in gguf.GGUFReader(out).tensors}
    expected = half["base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight"].astype(np.float32)
    assert np.array_equal(stored["blk.0.attn_v.weight.lora_a"], expected)


def test_attaching_changes_the_reply_and_detaching_restores_it_exactly(tiny: LlamaEngine, adapter: Path) -> None:
    sampling = Sampling(max_tokens=20)
    before = tiny.reply(TURNS, sampling=sampling).text
    tiny.reset()
    plain = tiny.logprobs(TURNS, ANSWER)
    tiny.set_adapter(adapter)
    assert tiny.adapter == adapter
    with_adapter = tiny.logprobs(TURNS, ANSWER)
    assert not np.allclose(with_adapter, plain, atol=0.01)
    tiny.set_adapter(None)
    assert tiny.adapter is None
    assert tiny.logprobs(TURNS, ANSWER).tobytes() == plain.tobytes()
    tiny.reset()
    assert tiny.reply(TURNS, sampling=sampling).text == before
    tiny.set_adapter(adapter)
    assert tiny.logprobs(TURNS, ANSWER).tobytes() == with_adapter.tobytes()


def test_a_swap_drops_what_the_other_weights_had_computed(tiny: LlamaEngine, adapter: Path) -> None:
    tiny.reply(TURNS, sampling=Sampling(max_tokens=2))
    tiny.set_adapter(adapter)
    completion = tiny.reply(TURNS, sampling=Sampling(max_tokens=2))
    assert completion.evaluated_tokens == completion.prompt_tokens


def test_many_adapters_take_turns(tiny: LlamaEngine, tiny_file: Path, tmp_path: Path) -> None:
    adapters = [
        export_adapter(write_peft(tmp_path / f"peft{seed}", lora(seed)), tiny_file, tmp_path / f"{seed}.gguf")
        for seed in range(6)
    ]
    replies = []
    for adapter in [*adapters, *adapters]:
        tiny.set_adapter(adapter)
        replies.append(tiny.logprobs(TURNS, ANSWER).tobytes())
    assert replies[:6] == replies[6:]
    assert len(set(replies)) == 6


def test_a_file_replaced_under_the_same_name_is_read_anew(tiny: LlamaEngine, tiny_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "adapter.gguf"
    export_adapter(write_peft(tmp_path / "one", lora(1)), tiny_file, path)
    tiny.set_adapter(path)
    first = tiny.logprobs(TURNS, ANSWER)
    export_adapter(write_peft(tmp_path / "two", lora(2, rank=2)), tiny_file, path)
    tiny.set_adapter(path)
    assert not np.allclose(tiny.logprobs(TURNS, ANSWER), first, atol=0.01)


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"use_dora": True}, "DoRA"),
        ({"bias": "all"}, "biases"),
        ({"modules_to_save": ["lm_head"]}, "saved whole"),
        ({"peft_type": "IA3"}, "IA3"),
        ({"lora_alpha": None}, "damaged"),
    ],
)
def test_what_llama_cpp_cannot_serve_is_refused(tiny_file: Path, tmp_path: Path, config: dict[str, Any], word: str) -> None:
    with pytest.raises(DormouseError, match=word):
        export_adapter(write_peft(tmp_path / "peft", lora(), **config), tiny_file, tmp_path / "out.gguf")
    assert not (tmp_path / "out.gguf").exists()


def test_a_training_that_left_no_adapter_is_an_error_of_its_own(tiny_file: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="left no adapter"):
        export_adapter(tmp_path, tiny_file, tmp_path / "out.gguf")


def test_an_adapter_with_undefined_numbers_is_refused(tiny_file: Path, tmp_path: Path, adapter: Path) -> None:
    tensors = lora()
    tensors["base_model.model.model.layers.1.mlp.up_proj.lora_B.weight"][3, 1] = np.nan
    with pytest.raises(EnvironmentProblem, match="not finite"):
        export_adapter(write_peft(tmp_path / "nan", tensors), tiny_file, tmp_path / "out.gguf")
    content = bytearray(adapter.read_bytes())
    content[-4:] = np.float32(np.inf).tobytes()
    (tmp_path / "inf.gguf").write_bytes(content)
    with pytest.raises(EnvironmentProblem, match="not finite"):
        check_adapter(tmp_path / "inf.gguf", tiny_file)


@pytest.mark.parametrize(
    "rename", [("lora_A.weight", "lora_magnitude_vector"), ("mlp.up_proj", "mlp.side_proj"), ("layers.1", "layers.7")]
)
def test_tensors_the_base_does_not_have_are_refused(tiny_file: Path, tmp_path: Path, rename: tuple[str, str]) -> None:
    tensors = {name.replace(*rename): tensor for name, tensor in lora().items()}
    with pytest.raises(UserError, match=r"no part of a LoRA|does not have"):
        export_adapter(write_peft(tmp_path / "peft", tensors), tiny_file, tmp_path / "out.gguf")


def test_an_adapter_of_another_model_is_refused_and_the_one_in_effect_stays(
    tiny: LlamaEngine, adapter: Path, make_model: Callable[..., Path], tmp_path: Path, acorn_path: Path
) -> None:
    tiny.set_adapter(adapter)
    served = tiny.logprobs(TURNS, ANSWER)
    wide = make_model(tmp_path / "wide.gguf", width=128)
    llama = make_model(tmp_path / "llama.gguf", architecture="llama")
    with pytest.raises(UserError, match="another shape"):
        check_adapter(adapter, wide)
    with pytest.raises(UserError, match=r"does not fit|does not have"):
        check_adapter(adapter, acorn_path)
    with pytest.raises(UserError, match="llama"):
        check_adapter(adapter, llama)
    for wrong in (acorn_path, tmp_path / "missing.gguf", tmp_path):
        with pytest.raises(DormouseError):
            tiny.set_adapter(wrong)
        assert tiny.adapter == adapter
    tiny.reset()
    assert tiny.logprobs(TURNS, ANSWER).tobytes() == served.tobytes()


def test_an_adapter_remembers_the_very_file_it_was_made_for(peft: Path, tiny_file: Path, tmp_path: Path) -> None:
    out = export_adapter(peft, tiny_file, tmp_path / "bound.gguf", base_sha256="a" * 64)
    check_adapter(out, tiny_file, base_sha256="a" * 64)
    with pytest.raises(UserError, match="another model file"):
        check_adapter(out, tiny_file, base_sha256="b" * 64)


def damaged(content: bytes, header: int) -> Iterator[bytes]:
    """The file cut at many points, and with bits flipped all over its header."""
    for end in (0, 1, 3, 4, 8, 23, 24, 25, *range(40, header, 97), header, header + 1, len(content) // 2, len(content) - 1):
        yield content[:end]
    for place in range(0, header, 11):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        yield bytes(changed)


def test_a_damaged_adapter_never_crashes_the_engine(tiny: LlamaEngine, adapter: Path, tmp_path: Path) -> None:
    content = adapter.read_bytes()
    header = min(tensor.offset for tensor in read_header(adapter).tensors.values())
    path = tmp_path / "damaged.gguf"
    refusals: list[str] = []
    total = 0
    for variant in damaged(content, header):
        path.write_bytes(variant)
        total += 1
        try:
            tiny.set_adapter(path)
            tiny.reply(TURNS, sampling=Sampling(max_tokens=1))
        except DormouseError as problem:
            refusals.append(str(problem))
    assert all("damaged.gguf" in refusal for refusal in refusals)
    # A flip in a remark or in the number alpha still leaves an adapter.
    assert len(refusals) > 0.8 * total


@pytest.mark.parametrize("full", [False, True], ids=["room", "no-room"])
def test_an_engine_that_rested_serves_as_it_did_with_the_same_adapter(
    tiny_file: Path, adapter: Path, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    """No GPU is at hand: the engine is told that its layers are on one, and that in the end there may be no room for them."""
    with LlamaEngine(tiny_file, threads=1) as engine:
        engine.set_adapter(adapter)
        before = engine.logprobs(TURNS, ANSWER)
        engine._runtime.on_gpu = True
        load, wanted = engine._load, []

        def loading(*, gpu_layers: int | None) -> Any:
            wanted.append(gpu_layers)
            if full and gpu_layers != 0:
                raise EnvironmentProblem("There is not enough memory.")
            return load(gpu_layers=gpu_layers)

        def interrupted() -> None:
            with engine.resting():
                assert engine._runtime.context is None
                raise KeyboardInterrupt

        monkeypatch.setattr(engine, "_load", loading)
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert wanted == ([None, 0] if full else [None])
        assert engine.adapter == adapter
        assert engine.logprobs(TURNS, ANSWER).tobytes() == before.tobytes()


def test_an_engine_on_the_cpu_rests_without_letting_go(tiny: LlamaEngine) -> None:
    held = tiny._runtime
    with tiny.resting():
        assert tiny._runtime is held
