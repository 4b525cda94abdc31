"""What a model file says of itself: architecture, quantization, template, size, hash; and whether it is a whole chat model."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import EnvironmentProblem, UserError
from models.families import why_it_cannot_learn
from models.files import sha256_of, write_atomically
from models.gguf_header import TENSOR_TYPES, GgufHeader, Strings, read_header

CONTROL_TOKEN = 3
_SMALL = 32 << 20
_NOT_FOR_WEIGHTS = frozenset({"I8", "I16", "I32", "I64", "F64"})


LEAST_CONTEXT = 64
"""Tokens: with fewer, no question fits beside a reply, so a file that says so is damaged, or no chat model."""


@dataclass(frozen=True, slots=True)
class GgufSummary:
    """A model file in a few words.

    Attributes:
        sha256: hex hash of the whole file, empty where it was not asked for.
        size: bytes.
        quantization: the type most of its weights have, such as "Q4_K".
        parameters: number of weights.
        context_length: tokens it was trained on at once.
        chat_template: Jinja source, empty where the file has none.
        tokenizer: the tokenizer's model and pre-tokenizer, such as "gpt2/qwen2".
        end_tokens: ids that end a turn, as far as the header names them.
        control_tokens: ids of the template's marks, which no user's text may forge.
        cannot_learn: why no adapter can be trained for it; empty where one can.
    """

    path: Path
    sha256: str
    size: int
    architecture: str
    name: str
    quantization: str
    parameters: int
    context_length: int
    layers: int
    chat_template: str = field(repr=False)
    license: str
    tokenizer: str
    end_tokens: tuple[int, ...]
    control_tokens: tuple[int, ...] = field(repr=False)
    cannot_learn: str


def read_summary(path: Path, *, sha256: bool = True, hashes: Path | None = None) -> GgufSummary:
    """Read and check a model file.

    `hashes` names a JSON file in which the hashes of large files are remembered by path, size and time of change, so that
    four gigabytes are not read at every start.

    Raises:
        EnvironmentProblem: missing, unreadable, cut short or damaged.
        UserError: not a GGUF, an adapter instead of a model, a piece of a split model, or not a language model.
    """
    return summarise(read_header(path), sha256=sha256, hashes=hashes)


def summarise(header: GgufHeader, *, sha256: bool = True, hashes: Path | None = None) -> GgufSummary:
    """`read_summary` of a file whose header was read already."""
    check_model(header)
    architecture = header.text("general.architecture")
    ends = (header.metadata.get(f"tokenizer.ggml.{name}_token_id") for name in ("eos", "eot", "eom"))
    kinds = header.metadata.get("tokenizer.ggml.token_type", ())
    return GgufSummary(
        path=header.path,
        sha256=_remembered_hash(header, hashes) if sha256 else "",
        size=header.size,
        architecture=architecture,
        name=header.text("general.name") or header.path.stem,
        quantization=_quantization(header),
        parameters=sum(tensor.elements for tensor in header.tensors.values()),
        context_length=header.number(f"{architecture}.context_length"),
        layers=header.number(f"{architecture}.block_count"),
        chat_template=header.text("tokenizer.chat_template"),
        license=header.text("general.license"),
        tokenizer="/".join(filter(None, (header.text("tokenizer.ggml.model"), header.text("tokenizer.ggml.pre")))),
        end_tokens=tuple(dict.fromkeys(token for token in ends if isinstance(token, int) and 0 <= token < len(kinds))),
        control_tokens=tuple(token for token, kind in enumerate(kinds) if kind == CONTROL_TOKEN),
        cannot_learn=why_it_cannot_learn(header),
    )


def check_model(header: GgufHeader) -> None:
    """Raise unless the header describes a whole language model whose numbers agree with one another."""
    name = header.path.name
    architecture = header.text("general.architecture")
    kind = header.text("general.type")
    if kind == "adapter" or "adapter.type" in header.metadata:
        raise UserError(f"{name} is an adapter, not a model. Name the model file that it was made for.")
    if kind not in ("", "model") or architecture in ("clip", ""):
        raise UserError(
            f"{name} is not a language model ({(architecture and kind) or 'it names no architecture'}). Name a chat model."
        )
    if (pieces := header.number("split.count")) > 1:
        raise UserError(
            f"{name} is one of {pieces} pieces of a model (-00001-of-{pieces:05} and so on). Join them first with llama.cpp's "
            f"own tool, llama-gguf-split --merge FIRST_PIECE WHOLE.gguf, then name the whole."
        )
    if header.number(f"{architecture}.pooling_type") or header.metadata.get(f"{architecture}.attention.causal") is False:
        raise UserError(f"{name} does not write one word after the other: it embeds, ranks or fills in. Name a chat model.")
    for key in ("block_count", "context_length", "embedding_length"):
        least = LEAST_CONTEXT if key == "context_length" else 1
        if not least <= header.number(f"{architecture}.{key}") < 1 << 24:
            raise _incomplete(header, f"it gives no sensible {key.replace('_', ' ')}")
    _check_numbers(header, architecture)
    _check_heads(header, architecture)
    _check_vocabulary(header)
    _check_weights(header)
    layers = header.number(f"{architecture}.block_count")
    present = {tensor.split(".", 2)[1] for tensor in header.tensors if tensor.startswith("blk.")}
    if present != {str(layer) for layer in range(layers)}:
        raise _incomplete(header, f"it announces {layers} layers and has {len(present)}")


def _check_numbers(header: GgufHeader, architecture: str) -> None:
    """What llama.cpp believes, and where it would end the process instead of refusing."""
    for key, value in header.metadata.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise _incomplete(header, f"{key} is no number")
    for key in ("layer_norm_epsilon", "layer_norm_rms_epsilon", "group_norm_epsilon"):
        value = header.metadata.get(f"{architecture}.attention.{key}", 0.0)
        if not isinstance(value, float) or value < 0:
            raise _incomplete(header, f"its {key.replace('_', ' ')} is {value}")
    for key in ("key_length", "value_length"):
        # Multiplied by the number of heads in 32 bits, a larger one would pass for a smaller.
        value = header.metadata.get(f"{architecture}.attention.{key}", 0)
        if not isinstance(value, int) or not 0 <= value < 1 << 16:
            raise _incomplete(header, f"its attention's {key.replace('_', ' ')} is {value}")


def _check_weights(header: GgufHeader) -> None:
    for name, tensor in header.tensors.items():
        if name.endswith((".weight", ".bias")):
            label = TENSOR_TYPES[tensor.kind][0]
            # llama.cpp computes with no others, and asks only once it computes.
            if label in _NOT_FOR_WEIGHTS or (len(tensor.shape) == 1 and label != "F32"):
                raise _incomplete(header, f"the tensor {name} is of the type {label}")


def _check_heads(header: GgufHeader, architecture: str) -> None:
    width = header.number(f"{architecture}.embedding_length")
    if header.number(f"{architecture}.ssm.state_size") or header.number(f"{architecture}.wkv.head_size"):
        return  # a recurrent model has no heads, or has them in some layers only
    heads = header.metadata.get(f"{architecture}.attention.head_count", 1)
    shared = header.metadata.get(f"{architecture}.attention.head_count_kv", heads)
    if isinstance(heads, tuple) or isinstance(shared, tuple):
        return
    if not isinstance(heads, int) or not 0 < heads <= width:
        raise _incomplete(header, f"it announces {heads} attention heads")
    if not isinstance(shared, int) or not 0 < shared <= heads or heads % shared:
        raise _incomplete(header, f"it announces {shared} key-value heads for {heads} heads")
    turned = header.metadata.get(f"{architecture}.rope.dimension_count", 0)
    if isinstance(turned, int) and turned > (header.number(f"{architecture}.attention.key_length") or width // heads):
        raise _incomplete(header, f"it turns {turned} numbers of each head, which has fewer")


def _check_vocabulary(header: GgufHeader) -> None:
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    embedding = header.tensors.get("token_embd.weight")
    if not isinstance(tokens, Strings) or not tokens.count or not header.text("tokenizer.ggml.model"):
        raise _incomplete(header, "it has no vocabulary")
    if tokens.distinct != tokens.count:
        raise _incomplete(header, "its vocabulary has the same token twice")
    if embedding is None or len(embedding.shape) != 2:
        raise _incomplete(header, "it has no token embedding")
    if embedding.shape[1] != tokens.count:
        raise _incomplete(header, f"its vocabulary has {tokens.count} tokens and its embedding {embedding.shape[1]}")
    kinds = header.metadata.get("tokenizer.ggml.token_type")
    if kinds is not None and (not isinstance(kinds, tuple) or len(kinds) != tokens.count):
        raise _incomplete(header, "its list of token types does not fit its vocabulary")


def _incomplete(header: GgufHeader, what: str) -> EnvironmentProblem:
    return EnvironmentProblem(f"{header.path.name} is damaged or incomplete: {what}. Copy or download it again.")


def _quantization(header: GgufHeader) -> str:
    weights: Counter[int] = Counter()
    for tensor in header.tensors.values():
        weights[tensor.kind] += tensor.elements
    return TENSOR_TYPES[weights.most_common(1)[0][0]][0]


def _remembered_hash(header: GgufHeader, hashes: Path | None) -> str:
    if hashes is None or header.size <= _SMALL:
        return sha256_of(header.path)
    changed = header.path.stat().st_mtime_ns
    key = str(header.path.resolve())
    remembered = _read_hashes(hashes)
    entry = remembered.get(key)
    if isinstance(entry, dict) and (entry.get("size"), entry.get("changed")) == (header.size, changed):
        return str(entry["sha256"])
    found = sha256_of(header.path)
    remembered[key] = {"size": header.size, "changed": changed, "sha256": found}
    write_atomically(hashes, json.dumps(remembered, indent=1, sort_keys=True).encode())
    return found


def _read_hashes(hashes: Path) -> dict[str, Mapping[str, object]]:
    """The remembered hashes; what cannot be read is computed again, for it is only a memory of work done."""
    try:
        content = json.loads(hashes.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
