"""PEFT adapter -> GGUF LoRA, and whether a GGUF LoRA fits a base. No torch: safetensors are read with numpy.

llama.cpp adds `alpha / r * B @ A` to a weight, with one alpha for the file and r read from the tensor's shape. What PEFT can
say beyond that (rsLoRA, an alpha for some modules) is multiplied into B. What llama.cpp cannot express is refused.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import EnvironmentProblem, UserError
from models.families import Family, heads, learnable
from models.gguf_header import TENSOR_TYPES, GgufHeader, TensorEntry, read_header
from models.peft_files import Pair, damaged, read_config, read_pairs

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BASE_KEY = "dormouse.base.sha256"
_FLOATS = frozenset({"F32", "F16", "BF16"})


def export_adapter(peft_folder: Path, base: Path, out: Path, *, base_sha256: str = "") -> Path:
    """Write the PEFT adapter in `peft_folder` as a GGUF LoRA for `base`; the same input gives the same bytes.

    `base_sha256`, where given, is recorded so that the adapter is recognised as foreign under any other base. `out` is
    replaced atomically, and only by a file that passed `check_adapter`.

    Raises:
        EnvironmentProblem: a file is missing, damaged or cannot be written.
        UserError: the adapter is of a kind, or for a model, that llama.cpp cannot serve.
    """
    config = read_config(peft_folder / "adapter_config.json")
    header = read_header(base)
    family = learnable(header)
    architecture = header.text("general.architecture")
    pairs = read_pairs(peft_folder / "adapter_model.safetensors")
    alpha = float(config["lora_alpha"])
    names = _base_names(pairs, header, family)
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    for module, pair in pairs.items():
        name = names[module]
        b = pair.b * _correction(module, pair, config, alpha)
        if family.is_interleaved(name):
            b = _interleaved(b, heads(header, name))
        tensors[f"{name}.lora_a"] = pair.a
        tensors[f"{name}.lora_b"] = b
    _write(out, architecture, alpha, tensors, header, base_sha256)
    return out


def check_adapter(path: Path, base: Path | GgufHeader, *, base_sha256: str = "") -> None:
    """Raise unless `path` is a whole GGUF LoRA whose every tensor fits a weight of `base`, a file or its header.

    Raises:
        EnvironmentProblem: the file is missing, cut short or damaged.
        UserError: it is no LoRA, or one of another model.
    """
    header, target = read_header(path), base if isinstance(base, GgufHeader) else read_header(base)
    metadata = header.metadata
    if header.text("general.type") != "adapter" or header.text("adapter.type") != "lora":
        raise UserError(f"{path.name} is not a LoRA adapter. Name an adapter in GGUF format.")
    if "adapter.alora.invocation_tokens" in metadata:
        raise UserError(f"{path.name} is an activated LoRA, which cannot be served. Build a plain LoRA.")
    ours, theirs = target.text("general.architecture"), header.text("general.architecture")
    if ours != theirs:
        raise UserError(
            f"{path.name} is an adapter for {theirs or 'an unnamed'} models, {target.path.name} is {ours}. Choose its own model."
        )
    recorded = header.text(_BASE_KEY)
    if recorded and base_sha256 and recorded != base_sha256:
        raise UserError(
            f"{path.name} was made for another model file than {target.path.name}. Choose its own model or build it again."
        )
    alpha = metadata.get("adapter.lora.alpha")
    if not isinstance(alpha, float) or not math.isfinite(alpha):
        raise damaged(path, "its alpha is no number")
    _check_pairs(header, target)
    _check_finite(header)


def _check_pairs(header: GgufHeader, base: GgufHeader) -> None:
    weights = {name.removesuffix(".lora_a").removesuffix(".lora_b") for name in header.tensors}
    if not weights:
        raise damaged(header.path, "it holds no weights")
    for name in sorted(weights):
        a, b, weight = header.tensors.get(f"{name}.lora_a"), header.tensors.get(f"{name}.lora_b"), base.tensors.get(name)
        if name in header.tensors or a is None or b is None:
            raise damaged(header.path, f"the tensors of {name} are not a pair")
        if weight is None or name == "token_embd.weight":
            raise UserError(f"{header.path.name} changes {name}, which {base.path.name} does not have. Choose its own model.")
        if not _fits(a, b, weight):
            raise UserError(
                f"{header.path.name} does not fit {base.path.name}: {name} has another shape. Choose its own model."
            )
        if {TENSOR_TYPES[a.kind][0], TENSOR_TYPES[b.kind][0]} - _FLOATS:
            raise UserError(f"{header.path.name} is quantized. Keep adapters in F32 or F16.")


def _fits(a: TensorEntry, b: TensorEntry, weight: TensorEntry) -> bool:
    """Whether A (r, in) and B (out, r) make a change of the weight (out, in); shapes in the file's order, reversed."""
    if not len(a.shape) == len(b.shape) == len(weight.shape) == 2:
        return False
    return a.shape[0] == weight.shape[0] and b.shape[1] == weight.shape[1] and a.shape[1] == b.shape[0]


def _check_finite(header: GgufHeader) -> None:
    """One NaN in an adapter makes every reply nonsense; the files are small enough to look."""
    import numpy as np

    content = np.memmap(header.path, dtype=np.uint8, mode="r")
    for tensor in header.tensors.values():
        raw = content[tensor.offset : tensor.offset + tensor.size]
        if TENSOR_TYPES[tensor.kind][0] == "BF16":
            # Its exponent is that of F32: all bits set means infinite or undefined.
            whole = (raw.view("<u2") & 0x7F80) != 0x7F80
        else:
            whole = np.isfinite(raw.view(f"<f{TENSOR_TYPES[tensor.kind][2]}"))
        if not whole.all():
            raise damaged(header.path, f"{tensor.name} holds numbers that are not finite")


def _base_names(modules: Iterable[str], header: GgufHeader, family: Family) -> dict[str, str]:
    """What PEFT calls each module -> the base file's name of its weight."""
    names: dict[str, str] = {}
    for module in modules:
        name = family.file_name(f"{module}.weight")
        if name is None or name not in header.tensors or name == "token_embd.weight":
            raise UserError(
                f"The adapter changes {module}, which {header.path.name} does not have. It was made for another model."
            )
        names[module] = name
    return names


def _correction(module: str, pair: Pair, config: Mapping[str, Any], alpha: float) -> float:
    """What B is multiplied with so that llama.cpp's alpha / r becomes PEFT's scaling of this module.

    PEFT (LoraLayer.update_layer): alpha / r, or alpha / sqrt(r) with rsLoRA (arXiv 2312.03732); `alpha_pattern` overrides alpha
    where its key matches the end of the module's name.
    """
    rank = pair.a.shape[0]
    own = alpha
    for pattern, value in (config.get("alpha_pattern") or {}).items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            own = float(value)
            break
    scaling = own / math.sqrt(rank) if config.get("use_rslora") else own / rank
    return scaling / (alpha / rank)


def _interleaved(b: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """Rows in llama.cpp's order: the two halves of each head interleaved (convert_hf_to_gguf.py, permute)."""
    out, rank = b.shape
    return b.reshape(count, 2, out // count // 2, rank).swapaxes(1, 2).reshape(out, rank)


def _write(
    out: Path,
    architecture: str,
    alpha: float,
    tensors: Mapping[str, npt.NDArray[np.float32]],
    base: GgufHeader,
    base_sha256: str,
) -> None:
    import gguf
    import numpy as np

    from models.files import write_atomically

    try:
        out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Beside it, not among the system's temporary files: if the process dies here, what it leaves is in the profile.
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
            draft = Path(folder) / "adapter.gguf"
            with closing(gguf.GGUFWriter(draft, architecture)) as writer:
                writer.add_string("general.type", "adapter")
                writer.add_string("adapter.type", "lora")
                writer.add_float32("adapter.lora.alpha", alpha)
                if base_sha256:
                    writer.add_string(_BASE_KEY, base_sha256)
                for name in sorted(tensors):
                    writer.add_tensor(name, np.ascontiguousarray(tensors[name], dtype=np.float32))
                writer.write_header_to_file()
                writer.write_kv_data_to_file()
                writer.write_tensors_to_file()
            check_adapter(draft, base, base_sha256=base_sha256)
            write_atomically(out, draft.read_bytes())
    except OSError as problem:
        raise EnvironmentProblem(
            f"{out} could not be written: {problem.strerror or problem}. Free some disk space or check the folder's permissions, then try again."
        ) from problem
