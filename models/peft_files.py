"""What PEFT leaves in a folder, read with numpy: which adapter it is, and its tensors. What llama.cpp cannot serve is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import EnvironmentProblem, UserError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LORA_NAME = re.compile(r"(?P<module>.+)\.lora_(?P<side>[AB])(\.default)?\.weight")


@dataclass(frozen=True, slots=True)
class Pair:
    """One adapted weight: A (r, in) and B (out, r), float32."""

    a: npt.NDArray[np.float32]
    b: npt.NDArray[np.float32]


def read_config(path: Path) -> Mapping[str, Any]:
    """PEFT's description of the adapter, refused where llama.cpp cannot do what it asks."""
    try:
        config = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise EnvironmentProblem(f"{path} does not exist: the training left no adapter. Run the night again.") from None
    except (OSError, ValueError) as problem:
        raise damaged(path, str(problem)) from problem
    if not isinstance(config, dict) or not isinstance(config.get("lora_alpha"), int | float) or not config["lora_alpha"]:
        raise damaged(path, "it describes no LoRA")
    if config.get("peft_type") != "LORA":
        raise UserError(f"{path.parent.name} is a {config.get('peft_type')} adapter; only LoRA can be served.")
    for key, meaning in (
        ("use_dora", "DoRA"),
        ("modules_to_save", "modules saved whole"),
        ("trainable_token_indices", "trained tokens"),
        ("layer_replication", "replicated layers"),
        ("target_parameters", "adapted parameters"),
        ("alora_invocation_tokens", "activated LoRA"),
        ("lora_bias", "biases"),
    ):
        if config.get(key):
            raise UserError(f"The adapter in {path.parent.name} uses {meaning}, which llama.cpp cannot serve.")
    if config.get("bias", "none") != "none" or config.get("fan_in_fan_out"):
        raise UserError(
            f"The adapter in {path.parent.name} changes biases or transposed weights, which llama.cpp cannot serve."
        )
    return config


def read_pairs(path: Path) -> dict[str, Pair]:
    """Module name -> A and B, in the order of the names."""
    import numpy as np
    from safetensors import SafetensorError

    try:
        tensors = _load(path)
    except FileNotFoundError:
        raise EnvironmentProblem(f"{path} does not exist: the training left no adapter. Run the night again.") from None
    except (SafetensorError, OSError, KeyError, ValueError) as problem:
        raise damaged(path, str(problem)) from problem
    sides: dict[str, dict[str, npt.NDArray[np.float32]]] = {}
    for name, tensor in tensors.items():
        match = _LORA_NAME.fullmatch(name.removeprefix("base_model.model."))
        if match is None:
            raise UserError(f"{path.name} holds {name}, which is no part of a LoRA on linear layers.")
        if tensor.ndim != 2 or not np.isfinite(tensor).all():
            raise damaged(path, f"{name} holds numbers that are not finite, or has a wrong shape")
        sides.setdefault(match["module"], {})[match["side"]] = tensor
    pairs: dict[str, Pair] = {}
    for module, both in sorted(sides.items()):
        if both.keys() != {"A", "B"} or both["A"].shape[0] != both["B"].shape[1]:
            raise damaged(path, f"the tensors of {module} are not a pair")
        pairs[module] = Pair(both["A"], both["B"])
    if not pairs:
        raise damaged(path, "it holds no weights")
    return pairs


def _load(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """All tensors in float32; bfloat16, which numpy lacks, is the upper half of a float32."""
    import numpy as np
    from safetensors import safe_open

    kinds = {"F32": "<f4", "F16": "<f2", "F64": "<f8"}
    if not path.exists():
        raise FileNotFoundError(path)
    # safe_open checks every extent; the bytes are then read here, because its numpy side has no bfloat16.
    with safe_open(path, framework="np") as checked:
        names = list(checked.keys())
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    entries = json.loads(content[8:start])
    loaded: dict[str, npt.NDArray[np.float32]] = {}
    for name in names:
        entry = entries[name]
        begin, end = entry["data_offsets"]
        raw = content[start + begin : start + end]
        if entry["dtype"] == "BF16":
            flat = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            flat = np.frombuffer(raw, kinds[entry["dtype"]]).astype(np.float32)
        loaded[name] = flat.reshape(entry["shape"])
    return loaded


def damaged(path: Path, what: str) -> EnvironmentProblem:
    return EnvironmentProblem(f"{path.name} is damaged: {what}. Build it again: dormouse night")
