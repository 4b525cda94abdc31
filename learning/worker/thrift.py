"""Holds a training run to the memory there is: plans its manner before anything is loaded, steps down where that was too much."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from peft import PeftModel
from torch import nn

from learning import budget
from learning.job import Example, Job
from learning.worker import machine
from models.errors import EnvironmentProblem
from models.gguf_header import read_header
from models.shape import shape_of

Outcome = TypeVar("Outcome")


class Thrift:
    """The manner a run trains in; it may become more frugal while the run goes on.

    Attributes:
        manner: what holds now.
        model: once there is one, what layers are told to compute again.
    """

    def __init__(self, manner: budget.Manner, work: budget.Work, emit: Callable[..., None]) -> None:
        self.manner, self._work, self._emit = manner, work, emit
        self.model: nn.Module | None = None

    @classmethod
    def planned(
        cls,
        job: Job,
        examples: Sequence[Example],
        device: torch.device,
        compute: torch.dtype,
        out: Path,
        emit: Callable[..., None],
    ) -> Thrift:
        """The plan for this job with what is free now; told to the parent with what it needs.

        Raises:
            EnvironmentProblem: memory or disk do not suffice in any manner.
        """
        work = budget.work_of(examples, job.recipe)
        free = machine.free(device, compute, out, job.threads)
        planned = budget.plan(shape_of(read_header(job.base)), job.recipe, work, free)
        emit("planned", **asdict(planned.manner), needs=asdict(planned.need))
        if planned.lacks:
            raise EnvironmentProblem(
                f"Learning on {job.base.name} needs {planned.lacks}. Close other programs, or choose a smaller model."
            )
        if planned.manner.recompute:
            # Already for the teacher's reading, which comes before there is anything to compute again.
            machine.hold_no_freed_blocks()
        return cls(planned.manner, work, emit)

    def watch(self, model: nn.Module) -> None:
        """Train this model in the manner that holds."""
        self.model = model
        if self.manner.recompute:
            compute_again(model)

    def go_on(self, row_tokens: int, *, recompute: bool) -> None:
        """In the manner that an earlier part of this run had come to, so that its steps are those of an undisturbed one."""
        self.manner = replace(self.manner, row_tokens=row_tokens, recompute=recompute)
        if self.model is not None:
            self.watch(self.model)

    def optimizer(self, weights: Sequence[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        """AdamW; where memory is short, with its two moments in 8 bits and in pages that may leave the GPU."""
        if not self.manner.paged:
            return torch.optim.AdamW(weights, lr=rate, weight_decay=0.0)
        eight_bit: Any = importlib.import_module("bitsandbytes.optim")
        return eight_bit.PagedAdamW8bit(weights, lr=rate, weight_decay=0.0)

    def do(self, work: Callable[[], Outcome]) -> Outcome:
        """Do it; where memory runs out, do it again with less at a time, as long as there is less."""
        while True:
            try:
                return work()
            except (MemoryError, RuntimeError) as problem:
                smaller = budget.smaller(self.manner, self._work)
                if not machine.ran_out_of_memory(problem) or smaller is None:
                    raise
            # Outside of the `except`, or the problem's frames would still hold what did not fit.
            self.manner = smaller
            if self.model is not None:
                compute_again(self.model)
            torch.cuda.empty_cache()
            self._emit("stepped_down", row_tokens=smaller.row_tokens, recompute=smaller.recompute)


def compute_again(model: nn.Module) -> None:
    """Let the layers forget what they computed, and compute it again on the way back: a quarter more time."""
    machine.hold_no_freed_blocks()
    base: Any = model.base_model.model if isinstance(model, PeftModel) else model
    base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
