"""Write Acorn's weights and tokenizer as one Q8_0 GGUF: `python -m models.acorn.export CHECKPOINT [OUT]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer

from models.acorn import shape, tokenizer

DESCRIPTION = "A small demonstration model of the Dormouse assistant, trained from nothing on generated dialogues."


def _tokens(of: Tokenizer) -> tuple[list[str], list[gguf.TokenType], list[str]]:
    """The vocabulary in id order, each token's type, and the merges in rank order."""
    model = json.loads(of.to_str())["model"]
    tokens = sorted(of.get_vocab(), key=lambda token: of.get_vocab()[token])
    types = [gguf.TokenType.CONTROL if token in shape.SPECIAL_TOKENS else gguf.TokenType.NORMAL for token in tokens]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return tokens, types, merges


def write_gguf(path: Path, weights: Mapping[str, torch.Tensor], of: Tokenizer) -> None:
    """One file that llama.cpp serves and transformers loads back: matrices in Q8_0, norms in F32.

    The embedding is quantized too; being tied, it is also the output matrix and is written once.
    """
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name("Acorn")
    writer.add_author("The Dormouse authors")
    writer.add_description(DESCRIPTION)
    writer.add_license("mit")
    writer.add_size_label(f"{sum(t.numel() for n, t in weights.items() if n != 'lm_head.weight') / 1e6:.1f}M")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(shape.CONTEXT)
    writer.add_embedding_length(shape.WIDTH)
    writer.add_block_count(shape.LAYERS)
    writer.add_feed_forward_length(shape.HIDDEN)
    writer.add_head_count(shape.HEADS)
    writer.add_head_count_kv(shape.KEY_VALUE_HEADS)
    writer.add_key_length(shape.HEAD_DIM)
    writer.add_value_length(shape.HEAD_DIM)
    writer.add_rope_freq_base(shape.ROPE_THETA)
    writer.add_layer_norm_rms_eps(shape.NORM_EPSILON)
    writer.add_vocab_size(shape.VOCABULARY)

    tokens, types, merges = _tokens(of)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(shape.PRETOKENIZER)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index(shape.TURN_END))
    writer.add_pad_token_id(tokens.index(shape.END_OF_TEXT))
    writer.add_add_bos_token(False)
    writer.add_chat_template(shape.CHAT_TEMPLATE)

    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, shape.LAYERS)
    for name, tensor in weights.items():
        if name == "lm_head.weight":
            continue
        target = names.get_name(name, try_suffixes=(".weight",))
        if target is None:
            raise KeyError(f"no GGUF name for {name}")
        array = tensor.detach().to(torch.float32).cpu().numpy()
        kind = gguf.GGMLQuantizationType.Q8_0 if array.ndim == 2 else gguf.GGMLQuantizationType.F32
        stored = gguf.quants.quantize(np.ascontiguousarray(array), kind)
        writer.add_tensor(target, stored, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def export_checkpoint(checkpoint: Path, out: Path) -> None:
    """A checkpoint's averaged weights as a GGUF, with the tokenizer that lies beside it.

    The average over the last steps is far better than the last step's weights while the learning rate is high, and no worse
    at the end of the decay.
    """
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    write_gguf(out, saved["average"], tokenizer.load(checkpoint.parent / "tokenizer.json"))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=shape.SHIPPED)
    chosen = parser.parse_args(arguments)
    export_checkpoint(chosen.checkpoint, chosen.out)
    print(f"{chosen.out}: {chosen.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
