"""Engines for the tests of this floor: the built-in model, and random weights that say anything, broken characters included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
import pytest

from models.llama import LlamaEngine

WIDTH, LAYERS, HEADS, KV_HEADS, HEAD_WIDTH, INNER = 64, 2, 4, 2, 16, 96
MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def write_tiny_model(
    path: Path,
    *,
    architecture: str = "qwen3",
    seed: int = 0,
    width: int = WIDTH,
    value_width: int = HEAD_WIDTH,
    metadata: Mapping[str, Any] | None = None,
    template: str = TEMPLATE,
    changes: Mapping[str, npt.NDArray[np.float32]] | None = None,
) -> Path:
    """A model that says nothing sensible, with every part a real one has: byte-level tokenizer, template, F32 weights.

    `changes` are added to the weights of those names, `metadata` to the header.
    """
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name("Tiny")
    writer.add_license("mit")
    writer.add_context_length(512)
    writer.add_embedding_length(width)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(value_width)
    writer.add_rope_freq_base(10000.0)
    if architecture == "llama":
        writer.add_rope_dimension_count(HEAD_WIDTH)
    writer.add_layer_norm_rms_eps(1e-6)
    tokens = _write_tokenizer(writer)
    writer.add_chat_template(template)
    for key, value in (metadata or {}).items():
        writer.add_key_value(key, value, gguf.GGUFValueType.get_type(value))

    def add(name: str, *shape: int) -> None:
        values = np.ones(shape) if len(shape) == 1 else random.standard_normal(shape) / np.sqrt(shape[-1])
        writer.add_tensor(name, (values + (changes or {}).get(name, 0.0)).astype(np.float32))

    add("token_embd.weight", tokens, width)
    add("output_norm.weight", width)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for name in ("attn_norm", "ffn_norm"):
            add(f"{block}.{name}.weight", width)
        if architecture == "qwen3":
            for name in ("attn_q_norm", "attn_k_norm"):
                add(f"{block}.{name}.weight", HEAD_WIDTH)
        add(f"{block}.attn_q.weight", HEADS * HEAD_WIDTH, width)
        add(f"{block}.attn_k.weight", KV_HEADS * HEAD_WIDTH, width)
        add(f"{block}.attn_v.weight", KV_HEADS * value_width, width)
        add(f"{block}.attn_output.weight", width, HEADS * HEAD_WIDTH)
        add(f"{block}.ffn_gate.weight", INNER, width)
        add(f"{block}.ffn_up.weight", INNER, width)
        add(f"{block}.ffn_down.weight", width, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_tokenizer(writer: gguf.GGUFWriter) -> int:
    """256 byte letters (GPT-2's alphabet), two merges and the control marks; the number of tokens."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + place) for place, byte in enumerate(others)}
    tokens = [*(letters[byte] for byte in range(256)), "th", "the", *MARKS]
    kinds = [gguf.TokenType.NORMAL] * 258 + [gguf.TokenType.CONTROL] * len(MARKS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["t h", "th e"])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    return len(tokens)


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Path]:
    """`write_tiny_model`."""
    return write_tiny_model


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="session")
def _resident_tiny(tiny_file: Path) -> Iterator[LlamaEngine]:
    with LlamaEngine(tiny_file, threads=1) as engine:
        yield engine


@pytest.fixture
def tiny(_resident_tiny: LlamaEngine) -> LlamaEngine:
    """The random model, without adapter and with an empty cache."""
    _resident_tiny.set_adapter(None)
    return _resident_tiny


@pytest.fixture(scope="session")
def _resident_small(acorn_path: Path) -> Iterator[LlamaEngine]:
    with LlamaEngine(acorn_path, threads=1) as engine:
        yield engine


@pytest.fixture
def small(_resident_small: LlamaEngine) -> LlamaEngine:
    """The built-in model on one thread, without adapter and with an empty cache."""
    _resident_small.set_adapter(None)
    return _resident_small
