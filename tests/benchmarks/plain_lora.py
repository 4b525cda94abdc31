"""What a user would otherwise do: a plain LoRA on the told sentences, with PEFT and transformers' Trainer.

`python -m tests.benchmarks.plain_lora BASE.gguf EXAMPLES.jsonl OUT`: a line holds `ids`, and `from`, the first place that counts.
A process of its own, as it loads torch.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments

from learning.worker.base_model import adapter_config, adapter_tensors, attach_lora, load_base

RANK, ALPHA, RATE, EPOCHS, BATCH = 16, 32, 2e-3, 8, 8
"""Usual values; the rate is the one that Dormouse's own recipe has."""


class Lines(Dataset[dict[str, list[int]]]):
    def __init__(self, file: Path) -> None:
        self._lines: list[dict[str, Any]] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, place: int) -> dict[str, list[int]]:
        ids, start = self._lines[place]["ids"], self._lines[place]["from"]
        return {"input_ids": ids, "labels": [-100] * start + ids[start:]}


def padded(rows: list[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
    longest = max(len(row["input_ids"]) for row in rows)

    def pad(name: str, filler: int) -> torch.Tensor:
        return torch.tensor([row[name] + [filler] * (longest - len(row[name])) for row in rows])

    return {"input_ids": pad("input_ids", 0), "labels": pad("labels", -100)}


def main(base: str, examples: str, out: str) -> None:
    torch.set_num_threads(2)
    model = attach_lora(load_base(Path(base), "fp32", torch.float32, torch.device("cpu")), RANK, ALPHA, 0)
    arguments = TrainingArguments(
        output_dir=out, per_device_train_batch_size=BATCH, num_train_epochs=EPOCHS, learning_rate=RATE, lr_scheduler_type="cosine",
        warmup_steps=10, save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True, seed=0, logging_steps=10_000, remove_unused_columns=False,
    )  # fmt: skip
    Trainer(model=model, args=arguments, train_dataset=Lines(Path(examples)), data_collator=padded).train()
    Path(out).mkdir(parents=True, exist_ok=True)
    save_file(adapter_tensors(model), Path(out) / "adapter_model.safetensors", {"format": "pt"})
    (Path(out) / "adapter_config.json").write_text(adapter_config(model, Path(base).name), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
