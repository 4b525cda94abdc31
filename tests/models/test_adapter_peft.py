"""An adapter goes to GGUF and comes back as the very tensors that PEFT saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from models.adapter_gguf import export_adapter
from models.adapter_peft import write_peft_folder
from models.errors import UserError
from tests.models.test_adapter_gguf import ALPHA, RANK, lora, write_peft


@pytest.mark.parametrize("architecture", ["qwen3", "llama"])
def test_what_went_to_gguf_comes_back_as_it_was(architecture: str, make_model: Callable[..., Path], tmp_path: Path) -> None:
    base = make_model(tmp_path / "base.gguf", architecture=architecture)
    adapter = export_adapter(write_peft(tmp_path / "peft", lora()), base, tmp_path / "adapter.gguf")
    back = write_peft_folder(adapter, base, tmp_path / "back")
    tensors = load_file(back / "adapter_model.safetensors")
    assert set(tensors) == set(lora())
    assert all(np.array_equal(tensors[name], values) for name, values in lora().items())
    config = json.loads((back / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"]) == (RANK, ALPHA)
    assert export_adapter(back, base, tmp_path / "again.gguf").read_bytes() == adapter.read_bytes()


def test_an_adapter_of_another_model_is_not_taken_along(make_model: Callable[..., Path], tmp_path: Path) -> None:
    base = make_model(tmp_path / "base.gguf")
    adapter = export_adapter(write_peft(tmp_path / "peft", lora()), base, tmp_path / "adapter.gguf")
    with pytest.raises(UserError, match="qwen3 models"):
        write_peft_folder(adapter, make_model(tmp_path / "other.gguf", architecture="llama"), tmp_path / "back")
    assert not (tmp_path / "back").exists()
