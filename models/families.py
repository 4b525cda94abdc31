"""The families of models that can be learned on: their files in transformers' words, and why another file cannot be. No torch.

One table says for each architecture what a layer is made of, under both names, and where llama.cpp keeps a weight otherwise than
transformers does. Loading a base, exporting an adapter and refusing a file all read it. What counts is how llama.cpp computes
(its src/models/*.cpp), not what the original did: an adapter is trained for the model that will be served.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from models.errors import UserError
from models.gguf_header import TENSOR_TYPES, GgufHeader

_ENDS = MappingProxyType({"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"})
_SEPARATE = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v"}
_GATED = {"mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up"}
_OUT = {"self_attn.o_proj": "attn_output", "mlp.down_proj": "ffn_down"}
_NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
_SANDWICH = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}
_HEAD_NORMS = {"self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm"}
_FUSED = {"self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up", **_OUT, **_NORMS}
_PLAIN = {**_SEPARATE, **_GATED, **_OUT, **_NORMS}

ROTARY_FACTORS = ("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight")
"""Numbers in the file that the frequencies of the rotary embedding are divided by; no weights of a module."""

# What gguf.quants can unpack; a test holds the list against it.
UNPACKED = frozenset(
    "F32 F16 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ1_S IQ1_M IQ2_XXS IQ2_XS IQ2_S IQ3_XXS IQ3_S IQ4_NL IQ4_XS"
    " TQ1_0 TQ2_0 MXFP4 NVFP4".split()
)


def _nothing(_header: GgufHeader) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Family:
    """How an architecture of llama.cpp's is called and laid out in transformers.

    Attributes:
        model_type: transformers' name.
        layer: what a decoder layer's modules are called there -> in the file.
        interleaved: the file has the rows of q and k in interleaved order: of each head, the rows that turn together stand
            side by side, where transformers has them half a head apart (convert_hf_to_gguf.py, `permute`).
        norm_shift: what the file adds to every norm's weights.
        rotations: kinds of scaled rotary embedding that are known of it; "" where the file names none.
        details: the configuration's entries that other families lack.
    """

    model_type: str
    layer: Mapping[str, str]
    interleaved: bool = False
    norm_shift: float = 0.0
    rotations: tuple[str, ...] = ("", "none", "linear", "yarn", "longrope")
    details: Callable[[GgufHeader], dict[str, Any]] = field(default=_nothing)

    def file_name(self, parameter: str) -> str | None:
        """The file's name of a parameter: "model.layers.3.mlp.up_proj.weight" -> "blk.3.ffn_up.weight"."""
        module, _, kind = parameter.rpartition(".")
        if module in _ENDS:
            return f"{_ENDS[module]}.{kind}"
        match = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", module)
        own = self.layer.get(match[2]) if match else None
        return f"blk.{match[1]}.{own}.{kind}" if match and own else None

    def is_interleaved(self, name: str) -> bool:
        """Whether the rows of the file's tensor of this name (or of its LoRA's B) are in interleaved order."""
        return self.interleaved and re.search(r"\.attn_[qk]\.(weight|bias)$", name) is not None


def learnable(header: GgufHeader) -> Family:
    """The family of a model file that can be learned on.

    Raises:
        UserError: it cannot be, with the reason.
    """
    reason = why_it_cannot_learn(header)
    if reason:
        raise UserError(
            f"{header.path.name} chats, but cannot learn: {reason}. What you tell it stays in its notes;"
            " or choose another model: dormouse models list"
        )
    return FAMILIES[header.text("general.architecture")]


def heads(header: GgufHeader, name: str) -> int:
    """How many heads the rows of the file's tensor of this name make: those of the keys, or of the queries."""
    said = _Said(header)
    count = said.number("attention.head_count")
    return (said.number("attention.head_count_kv") or count) if ".attn_k." in name else count


def why_it_cannot_learn(header: GgufHeader) -> str:
    """Why no adapter can be trained for this whole and servable model, as half a sentence; empty where one can."""
    return next(_objections(header), "")


def _objections(header: GgufHeader) -> Iterator[str]:
    architecture = header.text("general.architecture")
    family = FAMILIES.get(architecture)
    said = _Said(header)
    if said.number("expert_count"):
        yield "its layers choose among experts, whose weights an adapter cannot reach"
    if family is None:
        yield f"models of the family {architecture or '?'} cannot be trained here; these can: {', '.join(sorted(FAMILIES))}"
        return
    if isinstance(said("attention.head_count"), tuple) or isinstance(said("attention.head_count_kv"), tuple):
        yield "its layers differ from one another"
    kinds = {TENSOR_TYPES[tensor.kind][0] for tensor in header.tensors.values()} - UNPACKED
    if kinds:
        yield f"weights in {', '.join(sorted(kinds))} cannot be unpacked"
    if (said.number("attention.value_length") or said.head_width) != said.head_width:
        yield "its keys and values differ in width"
    turned = said.number("rope.dimension_count") or said.head_width
    if turned > said.head_width or (turned != said.head_width and architecture != "phi3"):
        yield "it turns only a part of each head"
    if said.text("rope.scaling.type") not in family.rotations:
        yield f"its rotary embedding is scaled in a way that is not known ({said.text('rope.scaling.type')})"
    if architecture == "gemma3" and rotary_factors(header, 0) != ("", 1.0):
        yield "its rotary embedding is scaled by factors"
    if architecture == "granite" and said("rope.scaling.finetuned") is False:
        yield "it does without a rotary embedding"
    known = {f"{own}.{kind}" for own in family.layer.values() for kind in ("weight", "bias")}
    known_ends = {*ROTARY_FACTORS, *(f"{own}.weight" for own in _ENDS.values())}
    for name in header.tensors:
        if name not in known_ends and re.sub(r"^blk\.\d+\.", "", name) not in known:
            yield f"it has weights that others of its family lack ({name})"


def configuration(header: GgufHeader) -> dict[str, Any]:
    """The model's transformers configuration, with `model_type`, of a header that `why_it_cannot_learn` accepts."""
    family = FAMILIES[header.text("general.architecture")]
    said = _Said(header)
    return {
        "model_type": family.model_type,
        "vocab_size": header.tensors["token_embd.weight"].shape[1],
        "hidden_size": said.number("embedding_length"),
        "intermediate_size": said.number("feed_forward_length"),
        "num_hidden_layers": said.number("block_count"),
        "num_attention_heads": said.number("attention.head_count"),
        "num_key_value_heads": said.number("attention.head_count_kv") or said.number("attention.head_count"),
        "head_dim": said.head_width,
        "max_position_embeddings": said.number("context_length"),
        "rms_norm_eps": said.real("attention.layer_norm_rms_epsilon", 1e-6),
        "tie_word_embeddings": "output.weight" not in header.tensors,
        "rope_parameters": _rotation(said),
        # Marks of begin and end play no part in training, and some families' defaults lie outside a small vocabulary.
        "pad_token_id": None,
        "bos_token_id": None,
        "eos_token_id": None,
        **family.details(header),
    }


def rotary_factors(header: GgufHeader, context_length: int) -> tuple[str, float]:
    """The tensor that the rotary frequencies are divided by ("" for none), and what cosine and sine are multiplied with.

    Which of a "longrope" model's two tensors counts depends on the length of context that it is *served* with
    (llama_model::get_rope_factors).
    """
    said = _Said(header)
    scale = said.real("rope.scaling.attn_factor", 1.0)
    if said.text("rope.scaling.type") == "yarn":
        scale *= 1 + 0.1 * math.log(abs(said.real("rope.scaling.factor", 1.0)))
    longest = said.number("rope.scaling.original_context_length") or said.number("context_length")
    either = "rope_factors_long.weight" if context_length > longest else "rope_factors_short.weight"
    return next((name for name in ("rope_freqs.weight", either) if name in header.tensors), ""), scale


class _Said:
    """What a header says under its own architecture's prefix."""

    def __init__(self, header: GgufHeader) -> None:
        self._header, self._prefix = header, header.text("general.architecture")
        heads = self.number("attention.head_count")
        self.head_width = self.number("attention.key_length") or self.number("embedding_length") // max(1, heads)

    def __call__(self, key: str, otherwise: Any = None) -> Any:
        return self._header.metadata.get(f"{self._prefix}.{key}", otherwise)

    def number(self, key: str) -> int:
        return self._header.number(f"{self._prefix}.{key}")

    def text(self, key: str) -> str:
        return self._header.text(f"{self._prefix}.{key}")

    def real(self, key: str, otherwise: float) -> float:
        """A number that is finite and not zero, as all are that this file asks for; else `otherwise`."""
        value = self(key)
        known = isinstance(value, int | float) and math.isfinite(value) and value != 0
        return float(value) if known else otherwise


def _rotation(said: _Said) -> dict[str, Any]:
    base = {"rope_theta": said.real("rope.freq_base", 10000.0), "rope_type": "default"}
    kind = said.text("rope.scaling.type") or "linear"
    factor = said.real("rope.scaling.factor", said.real("rope.scale_linear", 1.0))
    if kind in ("linear", "yarn") and factor != 1.0:
        base |= {"rope_type": kind, "factor": factor}
    if base["rope_type"] == "yarn":
        original = said.number("rope.scaling.original_context_length") or said.number("context_length")
        base |= {"original_max_position_embeddings": original}
    return base


def _biases(header: GgufHeader) -> dict[str, Any]:
    return {
        "attention_bias": any(re.search(r"\.attn_(q|k|v|output)\.bias$", name) for name in header.tensors),
        "mlp_bias": any(re.search(r"\.ffn_\w+\.bias$", name) for name in header.tensors),
    }


def _qwen3(header: GgufHeader) -> dict[str, Any]:
    return {
        "attention_bias": _biases(header)["attention_bias"],
        "layer_types": ["full_attention"] * _Said(header).number("block_count"),
    }


def _phi3(header: GgufHeader) -> dict[str, Any]:
    said = _Said(header)
    share = (said.number("rope.dimension_count") or said.head_width) / said.head_width
    # llama.cpp leaves this family's sliding window out, whatever the file says (src/models/phi3.cpp).
    return {"rope_parameters": {**_rotation(said), "partial_rotary_factor": share}, "sliding_window": None}


def _granite(header: GgufHeader) -> dict[str, Any]:
    said = _Said(header)
    return {
        **_biases(header),
        "embedding_multiplier": said.real("embedding_scale", 1.0),
        "attention_multiplier": said.real("attention.scale", said.head_width**-0.5),
        "residual_multiplier": said.real("residual_scale", 1.0),
        "logits_scaling": said.real("logit_scale", 1.0),
    }


def _windows(said: _Said, period: int) -> list[str]:
    """Which layers attend within a window only: all but every `period`th, unless the file says otherwise."""
    pattern = said("attention.sliding_window_pattern", period)
    layers = range(said.number("block_count"))
    slides = pattern if isinstance(pattern, tuple) else [not pattern or place % pattern < pattern - 1 for place in layers]
    return ["sliding_attention" if slides[place] else "full_attention" for place in layers]


def _gemma2(header: GgufHeader) -> dict[str, Any]:
    said = _Said(header)
    return {
        "attn_logit_softcapping": said.real("attn_logit_softcapping", 50.0),
        "final_logit_softcapping": said.real("final_logit_softcapping", 30.0),
        "sliding_window": said.number("attention.sliding_window") or 4096,
        "layer_types": _windows(said, 2),
        "query_pre_attn_scalar": _attention_scalar(said, largest=46),
    }


def _gemma3(header: GgufHeader) -> dict[str, Any]:
    said = _Said(header)
    window = said.number("attention.sliding_window")
    near = {"rope_type": "default", "rope_theta": said.real("rope.freq_base_swa", 10000.0)}
    return {
        "final_logit_softcapping": said.real("final_logit_softcapping", 0.0) or None,
        "sliding_window": window or None,
        "layer_types": _windows(said, 6) if window else ["full_attention"] * said.number("block_count"),
        "rope_parameters": {"full_attention": _rotation(said), "sliding_attention": near},
        "query_pre_attn_scalar": _attention_scalar(said, largest=62),
    }


def _attention_scalar(said: _Said, largest: int) -> int:
    """What queries are scaled by the root of: the width of a head, but in the family's largest model, known by its layers."""
    if said.number("block_count") == largest:
        return said.number("embedding_length") // said.number("attention.head_count")
    return said.head_width


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        # Mistral's and SmolLM2's files are of this architecture too.
        "llama": Family("llama", _PLAIN, interleaved=True, details=_biases),
        "granite": Family("granite", _PLAIN, interleaved=True, details=_granite),
        "smollm3": Family("smollm3", _PLAIN, interleaved=True, details=_biases),
        "qwen2": Family("qwen2", _PLAIN),
        "qwen3": Family("qwen3", {**_PLAIN, **_HEAD_NORMS}, details=_qwen3),
        "phi3": Family("phi3", _FUSED, rotations=("", "none", "longrope"), details=_phi3),
        "gemma": Family("gemma", _PLAIN, norm_shift=1.0),
        "gemma2": Family("gemma2", {**_PLAIN, **_SANDWICH}, norm_shift=1.0, details=_gemma2),
        "gemma3": Family(
            "gemma3_text",
            {**_PLAIN, **_SANDWICH, **_HEAD_NORMS},
            norm_shift=1.0,
            rotations=("", "none", "linear"),
            details=_gemma3,
        ),
    }
)
"""`general.architecture` -> its family."""
