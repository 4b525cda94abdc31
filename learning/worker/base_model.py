"""One GGUF into a frozen, trainable model: dequantized by transformers, then NF4 by bitsandbytes, with a LoRA by PEFT.

The file is the one that llama.cpp serves, so nothing else is downloaded and training starts from what will be served.
"""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, GgufConfig, PreTrainedConfig, PreTrainedModel
from transformers.integrations.gguf.reader import read_gguf_metadata
from transformers.utils import logging as transformers_logging

from learning.job import Precision
from models.errors import EnvironmentProblem

NF4_BLOCK = 64


def load_base(path: Path, precision: Precision, compute: torch.dtype, device: torch.device) -> PreTrainedModel:
    """The model in `path`, frozen, on `device`, computing in `compute`; with "nf4" its decoder's linear layers hold NF4.

    Raises:
        EnvironmentProblem: the file is missing, damaged, or of a kind that transformers cannot train.
    """
    transformers_logging.disable_progress_bar()
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16 if precision == "bf16" else compute
    try:
        model = AutoModelForCausalLM.from_pretrained(
            path.parent,
            gguf_file=path.name,
            config=config_of(path),
            quantization_config=GgufConfig(dequantize=True),
            dtype=dtype,
            attn_implementation="sdpa",
            local_files_only=True,
        )
    except FileNotFoundError as problem:
        raise EnvironmentProblem(f"The model file {path} is missing.") from problem
    except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError) as problem:
        raise EnvironmentProblem(f"{path.name} cannot be learned on: {problem}") from problem
    model.requires_grad_(False)
    if precision == "nf4":
        hold_in_nf4(model, compute)
    nn.Module.to(model, device)
    model.config.use_cache = False
    return model.eval()


def config_of(path: Path) -> PreTrainedConfig:
    """The model's configuration, with what transformers leaves out of some families' GGUF put right.

    For Qwen3 it keeps its own default width of a head, whatever the file says (transformers 5.23).
    """
    if not path.is_file():
        raise EnvironmentProblem(f"The model file {path} is missing.")
    config = AutoConfig.from_pretrained(path.parent, gguf_file=path.name, local_files_only=True)
    metadata, _ = read_gguf_metadata(os.fspath(path))
    head = metadata.get(f"{metadata['general.architecture']}.attention.key_length")
    if head is not None and hasattr(config, "head_dim"):
        config.head_dim = head
    return config


def linear_layers(model: PreTrainedModel) -> dict[str, nn.Linear]:
    """The decoder's linear layers by full name, in the model's order; the output head is not one of them."""
    head = model.get_output_embeddings()
    return {name: module for name, module in model.named_modules() if isinstance(module, nn.Linear) and module is not head}


def hold_in_nf4(model: PreTrainedModel, compute: torch.dtype) -> None:
    """Replace the decoder's linear layers, one at a time, by `Linear4bit` of the same weights; quantized when moved."""
    # Its annotations leave out what its constructors take.
    quantized: Any = importlib.import_module("bitsandbytes.nn")

    for name, linear in linear_layers(model).items():
        held = quantized.Linear4bit(
            linear.in_features,
            linear.out_features,
            bias=linear.bias is not None,
            compute_dtype=compute,
            # Quantizing the block scales too would save 0.4 bits a weight and cost a second dequantization per use.
            compress_statistics=False,
            quant_type="nf4",
            device="meta",
        )
        held.weight = quantized.Params4bit(
            linear.weight.data,
            requires_grad=False,
            quant_type="nf4",
            blocksize=NF4_BLOCK,
            compress_statistics=False,
            module=held,
        )
        held.bias = linear.bias
        # On a CPU with AVX512-BF16 one forward in eval mode repacks the weight, and training after it has no gradient.
        held.support_avx512bf16_for_cpu = False
        parent, _, own = name.rpartition(".")
        setattr(model.get_submodule(parent), own, held)


def attach_lora(model: PreTrainedModel, rank: int, alpha: int, seed: int) -> nn.Module:
    """A PEFT model with a fresh LoRA on every linear layer of the decoder: A random from `seed`, B zero, both fp32."""
    from peft import LoraConfig, get_peft_model

    kinds = sorted({name.rpartition(".")[2] for name in linear_layers(model)})
    torch.manual_seed(seed)
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=kinds, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config, autocast_adapter_dtype=True)
    return adapted.train()


def adapter_tensors(adapted: nn.Module) -> dict[str, torch.Tensor]:
    """The LoRA's tensors under PEFT's names, sorted, on the CPU in fp32."""
    from peft import PeftModel, get_peft_model_state_dict

    assert isinstance(adapted, PeftModel)
    # No embedding is trained; "auto" would look for the base's config file to make sure.
    tensors = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    return {name: tensors[name].detach().to("cpu", torch.float32).contiguous() for name in sorted(tensors)}


def adapter_config(adapted: nn.Module, base: str) -> str:
    """`adapter_config.json`: PEFT's own configuration, with its sets in order, so that equal runs give equal bytes."""
    from peft import PeftModel

    assert isinstance(adapted, PeftModel)
    values: dict[str, Any] = adapted.peft_config["default"].to_dict()
    values |= {"base_model_name_or_path": base, "inference_mode": True}
    return (
        json.dumps(
            values,
            default=lambda value: sorted(value) if isinstance(value, set | frozenset) else str(value),
            indent=1,
            sort_keys=True,
        )
        + "\n"
    )
