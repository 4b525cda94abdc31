"""Models of random weights in one GGUF each, one for every family that can learn: true to the architecture, of no knowledge.

What a family has of its own is there: grouped heads, a head tied or not, biases, norms of queries and keys, fused projections,
sliding windows, scaled rotary embeddings, soft caps and multipliers. Widths suit every kind of quantization.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, KV_HEADS, HEAD_WIDTH, INNER, VOCABULARY = 64, 2, 4, 2, 32, 128, 288
MARKS = ("<|control_0|>", "<|control_1|>")
TEMPLATE = (
    "{% for message in messages %}{{ '<|control_0|>' + message['content'] + '<|control_1|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|control_0|>' }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Tiny:
    """What to write.

    Attributes:
        settings: metadata under the architecture's own prefix, beside the shape.
        biases: the layer's tensors that have one.
        factors: vectors of the rotary embedding's divisors, by name.
        embedding: size of its weights; where the head is tied, a large embedding mostly predicts itself.
        sandwich: norms after attention and feed-forward too; head_norms: of queries and keys; fused: as Phi has them.
    """

    architecture: str
    width: int = 256
    layers: int = 3
    heads: int = 4
    kv_heads: int = 2
    head_width: int = 64
    inner: int = 512
    tied: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    biases: tuple[str, ...] = ()
    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    sandwich: bool = False
    head_norms: bool = False
    fused: bool = False
    embedding: float = 0.1
    vocabulary: int = VOCABULARY

    def norms(self) -> dict[str, int]:
        names = ["attn_norm", "ffn_norm", *(("post_attention_norm", "post_ffw_norm") if self.sandwich else ())]
        heads = {"attn_q_norm": self.head_width, "attn_k_norm": self.head_width} if self.head_norms else {}
        return dict.fromkeys(names, self.width) | heads

    def matrices(self) -> dict[str, tuple[int, int]]:
        """Rows (out) and columns (in)."""
        q, kv = self.heads * self.head_width, self.kv_heads * self.head_width
        out = {"attn_output": (self.width, q), "ffn_down": (self.width, self.inner)}
        if self.fused:
            return {"attn_qkv": (q + 2 * kv, self.width), "ffn_up": (2 * self.inner, self.width), **out}
        separate = {"attn_q": (q, self.width), "attn_k": (kv, self.width), "attn_v": (kv, self.width)}
        return {**separate, "ffn_gate": (self.inner, self.width), "ffn_up": (self.inner, self.width), **out}


_STEPS = tuple(1.0 + place / 4 for place in range(32))
_YARN = {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 256}
# Gemma multiplies its embedding with the root of the width.
_GEMMA: Mapping[str, Any] = {"tied": True, "head_width": 128, "embedding": 0.06}
_LONG = {"rope_factors_long.weight": _STEPS[:24], "rope_factors_short.weight": _STEPS[8:]}

TINY: Mapping[str, Tiny] = {
    "llama": Tiny("llama", factors={"rope_freqs.weight": _STEPS}, tied=True, settings={"rope.freq_base": 500000.0}),
    "mistral": Tiny("llama", kv_heads=1, settings={"attention.sliding_window": 8}),
    "llama, biases": Tiny("llama", biases=("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")),
    "llama, linear": Tiny("llama", settings={"rope.scaling.type": "linear", "rope.scaling.factor": 2.0}),
    "qwen2": Tiny("qwen2", tied=True, biases=("attn_q", "attn_k", "attn_v"), settings={"rope.freq_base": 1000000.0}),
    "qwen2, yarn": Tiny("qwen2", biases=("attn_q", "attn_k", "attn_v"), settings=_YARN),
    "qwen3": Tiny("qwen3", tied=True, head_norms=True, head_width=128),
    "gemma": Tiny("gemma", **_GEMMA, kv_heads=1),
    "gemma2": Tiny(
        "gemma2",
        **_GEMMA,
        sandwich=True,
        settings={"attention.sliding_window": 16, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 4.0},
    ),
    "gemma3": Tiny(
        "gemma3",
        **_GEMMA,
        layers=7,
        sandwich=True,
        head_norms=True,
        settings={
            "attention.sliding_window": 16,
            "rope.freq_base": 1000000.0,
            "rope.scaling.type": "linear",
            "rope.scaling.factor": 8.0,
        },
    ),
    "phi3": Tiny("phi3", fused=True, kv_heads=4, settings={"attention.sliding_window": 16}),
    "phi3, long": Tiny(
        "phi3",
        fused=True,
        tied=True,
        factors=_LONG,
        settings={
            "rope.dimension_count": 48,
            "rope.scaling.original_context_length": 256,
            "rope.scaling.attn_factor": 1.19,
        },
    ),
    "granite": Tiny(
        "granite",
        settings={"embedding_scale": 12.0, "attention.scale": 0.25, "residual_scale": 0.5, "logit_scale": 1.5},
    ),
    "smollm3": Tiny("smollm3", tied=True, layers=4, settings={"rope.freq_base": 2000000.0}),
}
"""Variant of a family -> what to write of it."""

SMALL_QWEN3 = Tiny("qwen3", WIDTH, LAYERS, HEADS, KV_HEADS, HEAD_WIDTH, INNER, tied=True, head_norms=True, embedding=0.3)


def write_tiny_qwen3(path: Path, *, seed: int = 0) -> Path:
    """A model of some ten thousand weights, Q8_0, for tests that need a model and nothing of its family."""
    return write_tiny(path, SMALL_QWEN3, gguf.GGMLQuantizationType.Q8_0, seed=seed)


def write_tiny(
    path: Path, tiny: Tiny, kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F16, *, seed: int = 0
) -> Path:
    """Write the model with matrices in `kind` and vectors in F32, a byte-level vocabulary, and a template."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, tiny.architecture)
    writer.add_name("tiny")
    writer.add_context_length(1024)
    writer.add_embedding_length(tiny.width)
    writer.add_block_count(tiny.layers)
    writer.add_feed_forward_length(tiny.inner)
    writer.add_head_count(tiny.heads)
    writer.add_head_count_kv(tiny.kv_heads)
    writer.add_key_length(tiny.head_width)
    writer.add_value_length(tiny.head_width)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(tiny.vocabulary)
    for key, value in {"rope.freq_base": 10000.0, "rope.dimension_count": tiny.head_width, **tiny.settings}.items():
        _add(writer, f"{tiny.architecture}.{key}", value)
    _add_byte_tokenizer(writer, tiny.vocabulary)

    def matrix(name: str, rows: int, columns: int, scale: float) -> None:
        # Beyond a thousand, rows repeat: a large model is wanted for its size alone.
        values = (random.standard_normal((min(rows, 1024), columns)) * scale).astype(np.float32)
        packed = gguf.quants.quantize(values, kind)
        writer.add_tensor(name, np.resize(packed, (rows, packed.shape[1])), raw_dtype=kind)

    def vector(name: str, size: int, middle: float) -> None:
        writer.add_tensor(name, (middle + 0.1 * random.standard_normal(size)).astype(np.float32))

    matrix("token_embd.weight", tiny.vocabulary, tiny.width, tiny.embedding)
    vector("output_norm.weight", tiny.width, 1.0)
    if not tiny.tied:
        matrix("output.weight", tiny.vocabulary, tiny.width, 0.15)
    for name, factors in tiny.factors.items():
        writer.add_tensor(name, np.array(factors, np.float32))
    for layer in range(tiny.layers):
        for name, size in tiny.norms().items():
            vector(f"blk.{layer}.{name}.weight", size, 1.0)
        for name, (rows, columns) in tiny.matrices().items():
            matrix(f"blk.{layer}.{name}.weight", rows, columns, columns**-0.5)
            if name in tiny.biases:
                vector(f"blk.{layer}.{name}.bias", rows, 0.0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    {int: writer.add_uint32, float: writer.add_float32, str: writer.add_string}[type(value)](key, value)


def _add_byte_tokenizer(writer: gguf.GGUFWriter, size: int) -> None:
    """GPT-2's 256 byte letters, one merge (llama.cpp wants some), and control tokens up to the vocabulary's size."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in printable}
    others = [byte for byte in range(256) if byte not in letters]
    letters |= {byte: chr(256 + place) for place, byte in enumerate(others)}
    tokens = [letters[byte] for byte in range(256)] + ["th"]
    tokens += [f"<|control_{place}|>" for place in range(size - len(tokens))]
    kinds = [gguf.TokenType.NORMAL] * 257 + [gguf.TokenType.CONTROL] * (size - 257)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["t h"])
    writer.add_eos_token_id(258)
    writer.add_pad_token_id(259)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
