"""What an adapter does in torch it does in llama.cpp: a random one, on the built-in model, through the real export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from learning.job import ADAPTER_FILE, CONFIG_FILE
from models.adapter_gguf import export_adapter

if TYPE_CHECKING:
    from models.llama import LlamaEngine

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402
from tqdm import tqdm  # noqa: E402

from learning.worker.base_model import adapter_config, adapter_tensors, attach_lora, load_base  # noqa: E402
from tests.benchmarks.parity import HELD_OUT, LIMIT, compare, replies  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning:transformers", "ignore::DeprecationWarning:torch")


STRENGTH = 0.8
"""Norm of what the adapter adds to a layer, as a share of the layer's own: felt whatever the model's weights are."""


@pytest.fixture
def random_adapter(acorn_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PEFT folder as the worker writes it, its weights random and strong."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    adapted = attach_lora(load_base(acorn_path, "fp32", torch.float32, torch.device("cpu")), 8, 16, seed=3)
    tensors = adapter_tensors(adapted)
    for place, name in enumerate(name for name in tensors if name.endswith("lora_B.weight")):
        module = name.removesuffix(".lora_B.weight")
        b = torch.randn(tensors[name].shape, generator=torch.Generator().manual_seed(place))
        layer: Any = adapted.get_submodule(module)
        added = torch.linalg.norm(b @ tensors[f"{module}.lora_A.weight"]) * 16 / 8
        tensors[name] = b * STRENGTH * torch.linalg.norm(layer.base_layer.weight) / added
    (tmp_path / "peft").mkdir()
    save_file(tensors, tmp_path / "peft" / ADAPTER_FILE, {"format": "pt"})
    (tmp_path / "peft" / CONFIG_FILE).write_text(adapter_config(adapted, acorn_path.name))
    return tmp_path / "peft"


def test_an_adapter_does_in_llama_cpp_what_it_does_in_torch(
    engine: LlamaEngine, acorn_path: Path, random_adapter: Path, tmp_path: Path
) -> None:
    adapter = export_adapter(random_adapter, acorn_path, tmp_path / "adapter.gguf")
    parity = compare(engine, acorn_path, random_adapter, adapter, replies(engine, adapter, HELD_OUT[:4]))
    assert parity.effect > 4 * LIMIT
    assert parity.adapted <= LIMIT
    assert parity.base <= LIMIT


def test_the_same_check_catches_an_adapter_exported_at_the_wrong_strength(
    engine: LlamaEngine, acorn_path: Path, random_adapter: Path, tmp_path: Path
) -> None:
    config = json.loads((random_adapter / CONFIG_FILE).read_text())
    (random_adapter / CONFIG_FILE).write_text(json.dumps(config | {"lora_alpha": 24}))
    adapter = export_adapter(random_adapter, acorn_path, tmp_path / "adapter.gguf")
    (random_adapter / CONFIG_FILE).write_text(json.dumps(config))
    parity = compare(engine, acorn_path, random_adapter, adapter, replies(engine, adapter, HELD_OUT[:4]))
    assert parity.adapted > LIMIT
