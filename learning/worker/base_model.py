"""One GGUF into a frozen, trainable model: unpacked weight by weight, held in NF4 by bitsandbytes, with a LoRA by PEFT.

The file is the one that llama.cpp serves, so nothing else is downloaded and training starts from what will be served. The model
is built without weights and filled one weight at a time, so it is never in memory twice.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel

from learning.job import Precision
from learning.worker import machine
from learning.worker.weights import Weights
from models.errors import EnvironmentProblem
from models.families import configuration, learnable, rotary_factors
from models.gguf_header import read_header

NF4_BLOCK = 64


def load_base(
    path: Path, precision: Precision, compute: torch.dtype, device: torch.device, *, context_length: int = 2048
) -> PreTrainedModel:
    """The model in `path`, frozen, on `device`, computing in `compute`; its decoder's linear layers hold what `precision` says.

    `context_length` is what it is served with, which decides over the rotary embedding of some families.

    Raises:
        EnvironmentProblem: the file is missing, damaged, or lacks a weight.
        UserError: it is of a kind that cannot be trained.
    """
    header = read_header(path)
    family = learnable(header)
    dtype = torch.float32 if precision == "fp32" else compute
    model = _without_weights(configuration(header), dtype, path.name)
    packed = set(linear_layers(model)) if precision == "nf4" or (precision == "bf16" and dtype != torch.bfloat16) else set()
    tied = model.config.tie_word_embeddings
    with path.open("rb") as file:
        weights = Weights(file, header, family)
        # By name: a list of the modules would keep what is replaced.
        for name in [name for name, _ in model.named_modules()]:
            if tied and name == "lm_head":
                continue
            module = model.get_submodule(name)
            for own, parameter in list(module.named_parameters(recurse=False)):
                values = weights.read(f"{name}.{own}", parameter.shape, dtype)
                module.register_parameter(own, nn.Parameter(values, requires_grad=False))
            if name in packed and isinstance(module, nn.Linear):
                module = held_in_nf4(module, compute) if precision == "nf4" else HeldInBf16(module)
                model.set_submodule(name, module)
            # All that a model holds is held by its leaves; the rest of the tree may still be empty.
            if next(module.children(), None) is None:
                module.to(device)
                if name in packed:
                    machine.give_back_freed()
        factors, scale = rotary_factors(header, context_length)
        rotary: Any = model.base_model.rotary_emb
        if factors:
            rotary.inv_freq.div_(weights.tensor(factors, torch.float32).to(device))
        if scale != 1.0:
            rotary.attention_scaling = scale
    model.tie_weights()
    assert not any(parameter.is_meta for parameter in model.parameters())
    model.config.use_cache = False
    return model.eval()


def _without_weights(settings: dict[str, Any], dtype: torch.dtype, name: str) -> PreTrainedModel:
    """The architecture with all of its buffers and none of its weights."""
    try:
        config: PreTrainedConfig = AutoConfig.for_model(**settings)
        # torch's own attention cannot bend its scores, as Gemma 2 does.
        attention = "eager" if getattr(config, "attn_logit_softcapping", None) else "sdpa"
        with init_empty_weights(include_buffers=False):
            return AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=attention)
    except (ValueError, TypeError, KeyError, ImportError) as problem:
        raise EnvironmentProblem(f"{name} cannot be learned on: {problem}") from problem


def linear_layers(model: PreTrainedModel) -> dict[str, nn.Linear]:
    """The decoder's linear layers by full name, in the model's order; the output head is not one of them."""
    head = model.get_output_embeddings()
    return {name: module for name, module in model.named_modules() if isinstance(module, nn.Linear) and module is not head}


def held_in_nf4(linear: nn.Linear, compute: torch.dtype) -> nn.Module:
    """A `Linear4bit` of the same weights, which are quantized when it is moved to its device."""
    # Its annotations leave out what its constructors take.
    quantized: Any = importlib.import_module("bitsandbytes.nn")
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
    return held


class HeldInBf16(nn.Linear):
    """A frozen linear layer in 16 bits, unpacked for each use: for processors that do not multiply in bfloat16."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__(linear.in_features, linear.out_features, bias=False, device="meta")
        self.weight = nn.Parameter(linear.weight.data.to(torch.bfloat16), requires_grad=False)
        self.bias = linear.bias

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(..., in_features) to (..., out_features), in the input's type."""
        product: torch.Tensor = _Unpacked.apply(input, self.weight)
        return product if self.bias is None else product + self.bias


class _Unpacked(torch.autograd.Function):
    """`F.linear` that keeps the packed weight for the way back and not the unpacked one."""

    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(weight)
        return nn.functional.linear(input, weight.to(input.dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor, None]:
        (weight,) = ctx.saved_tensors
        return gradients[0] @ weight.to(gradients[0].dtype), None


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
