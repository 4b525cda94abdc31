"""Adapters of random weights for the built-in model: as real to the engine as trained ones, and made in a moment."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models.adapter_gguf import export_adapter
from models.gguf_header import read_header


@pytest.fixture
def write_adapter(acorn_path: Path) -> Callable[[Path, int], Path]:
    """Writes a random adapter of a seed to a path."""
    return lambda out, seed: _write_random_adapter(acorn_path, out, seed)


@pytest.fixture
def write_idle_adapter(acorn_path: Path) -> Callable[[Path], Path]:
    """Writes an adapter that changes nothing: with it, nothing is known by heart."""
    return lambda out: _write_random_adapter(acorn_path, out, 0, strength=0.0)


def _write_random_adapter(base: Path, out: Path, seed: int, strength: float = 0.25) -> Path:
    """A GGUF LoRA on the feed-forward gates of all layers, unasked strong enough to change what is said."""
    header = read_header(base)
    random = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray] = {}
    for name, entry in header.tensors.items():
        if name.endswith("ffn_gate.weight"):
            layer = name.split(".")[1]
            module = f"base_model.model.model.layers.{layer}.mlp.gate_proj"
            inner, outer = entry.shape[0], entry.shape[1]
            tensors[f"{module}.lora_A.weight"] = random.standard_normal((4, inner)).astype(np.float32) / 4
            tensors[f"{module}.lora_B.weight"] = random.standard_normal((outer, 4)).astype(np.float32) * strength
    config = {
        "peft_type": "LORA",
        "r": 4,
        "lora_alpha": 8,
        "target_modules": ["gate_proj"],
        "bias": "none",
        "use_rslora": False,
        "use_dora": False,
        "alpha_pattern": {},
        "rank_pattern": {},
        "modules_to_save": None,
        "fan_in_fan_out": False,
    }
    with tempfile.TemporaryDirectory() as folder:
        peft = Path(folder)
        save_file(tensors, peft / "adapter_model.safetensors")
        (peft / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
        return export_adapter(peft, base, out)
