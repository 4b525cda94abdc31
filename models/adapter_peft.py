"""GGUF LoRA -> PEFT folder: the way back of `adapter_gguf`, for those who go on with transformers. No torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from models.adapter_gguf import check_adapter
from models.families import Family, heads, learnable
from models.files import write_atomically
from models.gguf_header import TENSOR_TYPES, GgufHeader, TensorEntry, read_header

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def write_peft_folder(adapter: Path, base: Path, folder: Path) -> Path:
    """Write the adapter as PEFT would save it, with its tensors in transformers' names and order of rows; returns `folder`.

    Raises:
        EnvironmentProblem: a file is missing, damaged, or cannot be written.
        UserError: the adapter is none of this base's.
    """
    from safetensors.numpy import save

    header, target = read_header(adapter), read_header(base)
    check_adapter(adapter, target)
    family = learnable(target)
    modules = _modules(family, target)
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    ranks = set()
    for name, entry in header.tensors.items():
        weight, _, side = name.rpartition(".lora_")
        values = _values(adapter, entry)
        if side == "b":
            ranks.add(values.shape[1])
            if family.is_interleaved(weight):
                values = _in_halves(values, heads(target, weight))
        tensors[f"base_model.model.{modules[weight]}.lora_{side.upper()}.weight"] = values
    alpha = header.metadata["adapter.lora.alpha"]
    names = {modules[name.rpartition(".lora_")[0]] for name in header.tensors}
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": _origin(target),
        "r": max(ranks),
        "lora_alpha": int(alpha) if alpha.is_integer() else alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "inference_mode": True,
        "target_modules": sorted({name.rpartition(".")[2] for name in names}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "adapter_model.safetensors", save(tensors, {"format": "pt"}))
    write_atomically(folder / "adapter_config.json", (json.dumps(config, indent=1, sort_keys=True) + "\n").encode())
    return folder


def _modules(family: Family, base: GgufHeader) -> dict[str, str]:
    """The file's names of its layers' weights -> transformers' modules."""
    layers = base.number(f"{base.text('general.architecture')}.block_count")
    named = [f"model.layers.{layer}.{module}" for layer in range(layers) for module in family.layer]
    return {family.file_name(f"{module}.weight") or "": module for module in [*named, "lm_head"]}


def _values(path: Path, entry: TensorEntry) -> npt.NDArray[np.float32]:
    """The tensor in rows and columns, float32."""
    import gguf
    import numpy as np

    raw = np.fromfile(path, np.uint8, entry.size, offset=entry.offset)
    kind = gguf.GGMLQuantizationType[TENSOR_TYPES[entry.kind][0]]
    return gguf.quants.dequantize(raw, kind).reshape(entry.shape[::-1])


def _in_halves(b: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """Rows of interleaved heads in transformers' order: the even ones, then the odd ones."""
    import numpy as np

    out, rank = b.shape
    return np.ascontiguousarray(b.reshape(count, out // count // 2, 2, rank).swapaxes(1, 2)).reshape(out, rank)


def _origin(base: GgufHeader) -> str:
    """The model that the file was converted from, as far as it says: "owner/name", or a name."""
    url = base.text("general.base_model.0.repo_url") or base.text("general.source.repo_url") or base.text("general.repo_url")
    return "/".join(url.rstrip("/").split("/")[-2:]) if url else base.text("general.name") or base.path.stem
