"""What Acorn is, before any training: its size, its special tokens, its chat template and where its files lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import Qwen3Config

SHIPPED = Path(__file__).with_name("acorn.gguf")
BUILD = Path(__file__).resolve().parents[2] / "build" / "acorn"

VOCABULARY = 3072
CONTEXT = 2048
WIDTH = 256
LAYERS = 5
HEADS = 8
KEY_VALUE_HEADS = 4
HEAD_DIM = 32
HIDDEN = 512
ROPE_THETA = 10_000.0
NORM_EPSILON = 1e-6

END_OF_TEXT = "<|endoftext|>"
TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
SPECIAL_TOKENS = (END_OF_TEXT, TURN_START, TURN_END)
"""Their ids are 0, 1 and 2; padding is END_OF_TEXT, a reply ends with TURN_END."""

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

PRETOKENIZER = "qwen2"
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
"""How text is cut before byte-pair merging: the expression that llama.cpp has under the name `PRETOKENIZER`."""


def qwen3_config() -> Qwen3Config:
    """The transformers configuration of this shape."""
    from transformers import Qwen3Config  # takes seconds, and only the training needs it

    return Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_VALUE_HEADS,
        head_dim=HEAD_DIM,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=NORM_EPSILON,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        tie_word_embeddings=True,
        eos_token_id=2,
        pad_token_id=0,
        bos_token_id=None,
    )
