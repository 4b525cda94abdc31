"""A Qwen3 of some ten thousand random weights in one GGUF, for tests of the worker that need a model but no knowledge."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, KV_HEADS, HEAD_WIDTH, INNER, VOCABULARY = 64, 2, 4, 2, 32, 128, 288


def write_tiny_qwen3(path: Path, *, seed: int = 0) -> Path:
    """Write the model, Q8_0 with F32 norms as llama.cpp's own quantizer leaves it, byte-level vocabulary, head tied."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_name("tiny")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(VOCABULARY)
    _add_byte_tokenizer(writer)

    def matrix(name: str, rows: int, columns: int, scale: float) -> None:
        values = (random.standard_normal((rows, columns)) * scale).astype(np.float32)
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)

    def norm(name: str, size: int) -> None:
        writer.add_tensor(name, np.ones(size, dtype=np.float32))

    matrix("token_embd.weight", VOCABULARY, WIDTH, 0.3)
    norm("output_norm.weight", WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        norm(f"{block}.attn_norm.weight", WIDTH)
        norm(f"{block}.ffn_norm.weight", WIDTH)
        norm(f"{block}.attn_q_norm.weight", HEAD_WIDTH)
        norm(f"{block}.attn_k_norm.weight", HEAD_WIDTH)
        matrix(f"{block}.attn_q.weight", HEADS * HEAD_WIDTH, WIDTH, 0.12)
        matrix(f"{block}.attn_k.weight", KV_HEADS * HEAD_WIDTH, WIDTH, 0.12)
        matrix(f"{block}.attn_v.weight", KV_HEADS * HEAD_WIDTH, WIDTH, 0.12)
        matrix(f"{block}.attn_output.weight", WIDTH, HEADS * HEAD_WIDTH, 0.1)
        matrix(f"{block}.ffn_gate.weight", INNER, WIDTH, 0.12)
        matrix(f"{block}.ffn_up.weight", INNER, WIDTH, 0.12)
        matrix(f"{block}.ffn_down.weight", WIDTH, INNER, 0.1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_byte_tokenizer(writer: gguf.GGUFWriter) -> None:
    """GPT-2's 256 byte letters, one merge (llama.cpp wants some), and control tokens up to the vocabulary's size."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in printable}
    others = [byte for byte in range(256) if byte not in letters]
    letters |= {byte: chr(256 + place) for place, byte in enumerate(others)}
    tokens = [letters[byte] for byte in range(256)] + ["th"]
    tokens += [f"<|control_{place}|>" for place in range(VOCABULARY - len(tokens))]
    kinds = [gguf.TokenType.NORMAL] * 257 + [gguf.TokenType.CONTROL] * (VOCABULARY - 257)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(["t h"])
    writer.add_eos_token_id(257)
    writer.add_pad_token_id(258)
    writer.add_add_bos_token(False)
