"""One night's training, from top to bottom: `python -m learning.worker JOB_FOLDER OUT_FOLDER`.

adapter = train(base, examples, recipe, seed): the same four on the same machine give the same bytes.
"""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from learning.job import ADAPTER_FILE, CONFIG_FILE, REPORT_FILE, Example, Job, Recipe
from learning.worker import machine
from learning.worker.base_model import adapter_config, adapter_tensors, attach_lora, linear_layers, load_base
from learning.worker.checkpoint import Course, Keeper, State, made_with
from learning.worker.distillation import Teaching, answer_logits, loss_of, teach, value_score
from learning.worker.rows import pack, split
from learning.worker.thrift import Thrift
from models.errors import EnvironmentProblem
from models.files import write_atomically

Emit = Callable[..., None]


def train(
    job: Job,
    examples: Sequence[Example],
    probes: Sequence[Example],
    out: Path,
    emit: Emit,
    began: float,
    keeper: Keeper | None = None,
) -> dict[str, Any]:
    """Train the job, publish the adapter in `out`, and return the report. `began`: when the worker did, `time.monotonic`.

    With a `keeper` the run goes on from its checkpoint and keeps one.

    Raises:
        EnvironmentProblem: the base cannot be trained, or memory ran out.
    """
    machine.step_back()
    machine.be_deterministic(job.seed, job.threads)
    device = machine.pick_device(job.device)
    try:
        compute = machine.pick_compute_type(job.recipe.compute, device)
        thrift = Thrift.planned(job, examples, device, compute, out, emit)
        return _Run(job, examples, probes, device, compute, thrift, emit, began, keeper).to_the_end(out)
    except (MemoryError, RuntimeError) as problem:
        if not machine.ran_out_of_memory(problem):
            raise
        raise EnvironmentProblem(
            f"Memory ran out while learning ({machine.peak_memory_mb(device):.0f} MB held). "
            f"Close other programs, or learn with a smaller model."
        ) from problem


class _Run:
    """The state of one training run; read its methods in order."""

    def __init__(
        self,
        job: Job,
        examples: Sequence[Example],
        probes: Sequence[Example],
        device: torch.device,
        compute: torch.dtype,
        thrift: Thrift,
        emit: Emit,
        began: float,
        keeper: Keeper | None = None,
    ) -> None:
        self.job, self.recipe, self.device, self.thrift = job, job.recipe, device, thrift
        self.emit, self.began, self.keeper = emit, began, keeper
        self.examples, self.probes = list(examples), list(probes)
        precision = thrift.manner.precision
        base = load_base(job.base, precision, compute, device, context_length=job.context_length)
        self._refuse_foreign_tokens(base)
        layers = linear_layers(base)
        emit(
            "loaded",
            device=device.type,
            compute=str(compute).removeprefix("torch."),
            precision=precision,
            layers=len(layers),
            parameters=sum(parameter.numel() for parameter in base.parameters()),
            seconds=round(time.monotonic() - began, 2),
        )
        kept, why_not = None, ""
        if keeper is not None:
            keeper.made_with = {
                **made_with(device, compute),
                "planned": f"{precision}, {'paged' if thrift.manner.paged else 'AdamW'}",
            }
            kept, why_not = keeper.resume()
        self.course = Course() if kept is None else kept.course
        if kept is not None:
            thrift.go_on(self.course.taught_rows, recompute=thrift.manner.recompute)
        self.teachings = thrift.do(lambda: teach(base, self.examples, self.recipe, device, thrift.manner.row_tokens))
        self.course.taught_rows = thrift.manner.row_tokens
        self.model = attach_lora(base, self.recipe.rank, self.recipe.alpha, job.seed)
        self.weights = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = thrift.optimizer(self.weights, self.recipe.rate)
        thrift.watch(self.model)
        self.steps_per_epoch = math.ceil(len(self.examples) / self.recipe.batch)
        self.steps = self.steps_per_epoch * self.recipe.epochs
        self.best: list[torch.Tensor] = []
        self._go_on_from(kept, why_not)

    def _go_on_from(self, kept: State | None, why_not: str) -> None:
        if kept is None:
            if why_not:
                self.emit("begun_anew", why=why_not)
            return
        with torch.no_grad():
            for weight, value in zip(self.weights, kept.weights, strict=True):
                weight.copy_(value)
        self.optimizer.load_state_dict(dict(kept.optimizer))
        self.best = [weight.to(self.device) for weight in kept.best]
        torch.set_rng_state(kept.random)
        self.thrift.go_on(self.course.row_tokens, recompute=self.course.recompute)
        self.emit("resumed", step=math.floor(self._at()), steps=self.steps)

    def _state(self) -> State:
        seconds, cpu_seconds = self._cost()
        manner = self.thrift.manner
        come_to = {"row_tokens": manner.row_tokens, "recompute": manner.recompute}
        course = replace(self.course, seconds=seconds, cpu_seconds=cpu_seconds, **come_to)
        return State(course, self.weights, self.best, self.optimizer.state_dict(), torch.get_rng_state())

    def _cost(self) -> tuple[float, float]:
        """Seconds of training and of the processor, in this process and those before it that it goes on from."""
        return (
            self.course.seconds + time.monotonic() - self.trained_since,
            self.course.cpu_seconds + time.process_time(),
        )

    def to_the_end(self, out: Path) -> dict[str, Any]:
        """Train every epoch, or fewer where the probes say it is enough, and publish."""
        self.trained_since = time.monotonic()
        order = random.Random(self.job.seed)
        course = self.course
        course.loss_of = course.loss_of or [math.inf] * len(self.examples)
        for epoch in range(self.recipe.epochs):
            places = list(range(len(self.examples)))
            order.shuffle(places)
            # A run that goes on has these epochs behind it, and perhaps a part of the next.
            if epoch < len(course.losses):
                continue
            course.due = course.due or self._due(places)
            batches = [course.due[start : start + self.recipe.batch] for start in range(0, len(course.due), self.recipe.batch)]
            for batch in batches[len(course.epoch_losses) :]:
                course.epoch_losses.append(self._take_step(batch))
                if self.keeper is not None:
                    self.keeper.after_step(self._state)
            course.losses.append(round(sum(course.epoch_losses) / len(batches), 4))
            course.epoch_losses, course.due = [], []
            if self._is_enough(epoch + 1):
                break
        seconds, cpu_seconds = self._cost()
        report = {
            "examples": len(self.examples),
            "probes": len(self.probes),
            "epochs": len(course.losses),
            "steps": course.step,
            "tokens": course.tokens,
            "losses": course.losses,
            "tokens_per_second": round(course.tokens / seconds, 1),
            "training_seconds": round(seconds, 2),
            "cpu_seconds": round(cpu_seconds, 2),
            "seconds": round(time.monotonic() - self.began, 2),
            "peak_memory_mb": machine.peak_memory_mb(self.device),
            "manner": asdict(self.thrift.manner),
        }
        return self._publish(out, report)

    def _due(self, places: Sequence[int]) -> list[int]:
        """Those of `places` that are not known yet. What is known rests for one epoch, and is due again in the next."""
        loss_of = self.course.loss_of
        due = [place for place in places if loss_of[place] >= self.recipe.known]
        for place in set(places) - set(due):
            loss_of[place] = math.inf
        return due or list(places)

    def _at(self) -> float:
        """How far the run is, in steps as if every epoch had all examples: the rate falls alike, however many are at rest."""
        course = self.course
        batches = max(1, math.ceil(len(course.due) / self.recipe.batch))
        return len(course.losses) * self.steps_per_epoch + len(course.epoch_losses) * self.steps_per_epoch / batches

    def _take_step(self, places: Sequence[int]) -> float:
        """One optimizer step on these examples; returns their mean loss, nats."""
        # Sorted, so that a row's layout depends on its content; the shuffle has only decided who shares a step.
        places = sorted(places)
        members = [self.examples[place] for place in places]
        teachings = [self.teachings[place] for place in places]
        total, each = self.thrift.do(lambda: self._gradients(members, teachings))
        # In the first epoch what is to stay as it was has not been moved yet: that it is right says nothing.
        if self.course.losses:
            for place, loss in zip(places, each, strict=True):
                self.course.loss_of[place] = loss
        self.course.tokens += sum(len(member.prompt) + len(member.answer) for member in members)
        if not math.isfinite(total):
            raise EnvironmentProblem(f"The loss became {total} at step {self.course.step}; learn with a lower rate.")
        nn.utils.clip_grad_norm_(self.weights, self.recipe.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self._at(), self.steps, self.recipe)
        self.optimizer.step()
        self.course.step += 1
        self._tell_progress(total, math.floor(self._at()) + 1)
        return total

    def _gradients(self, members: Sequence[Example], teachings: Sequence[Teaching]) -> tuple[float, list[float]]:
        """Leave the gradient of these examples' mean loss on the weights; returns that loss and each one's own, nats."""
        # Of an attempt that memory did not suffice for, a part may be there.
        self.optimizer.zero_grad(set_to_none=True)
        share = 1.0 / sum(example.weight for example in members)
        total, each = 0.0, list[float]()
        for places in split([(member.prompt, member.answer) for member in members], self.thrift.manner.row_tokens):
            chosen = [members[place] for place in places]
            row = pack([(member.prompt, member.answer) for member in chosen]).to(self.device)
            logits = answer_logits(self.model, row)
            losses = loss_of(logits, row, chosen, [teachings[place] for place in places], self.recipe)
            loss = share * losses.sum()
            loss.backward()
            total += float(loss.detach())
            each += losses.detach().tolist()
        return total, each

    def _tell_progress(self, loss: float, step: int) -> None:
        (seconds, _), course = self._cost(), self.course
        self.emit(
            "step",
            step=step,
            steps=self.steps,
            loss=round(loss, 4),
            tokens=course.tokens,
            tokens_per_second=round(course.tokens / seconds, 1),
            eta_s=round(seconds / step * (self.steps - step), 1),
            peak_memory_mb=machine.peak_memory_mb(self.device),
        )

    @torch.no_grad()
    def _is_enough(self, epoch: int) -> bool:
        """Measure the probes; whether to stop: all known by heart, or no better for `patience` epochs (back to the best)."""
        if not self.probes:
            return False
        loss, known = 0.0, 0
        pairs = [(probe.prompt, probe.answer) for probe in self.probes]
        for places in split(pairs, self.thrift.manner.row_tokens):
            row = pack([pairs[place] for place in places]).to(self.device)
            row_loss, row_known = value_score(answer_logits(self.model, row), row, [self.probes[place] for place in places])
            loss, known = loss + row_loss, known + row_known
        loss /= len(self.probes)
        self.emit("probe", epoch=epoch, loss=round(loss, 4), known=known, probes=len(self.probes))
        if not self.best or loss < self.course.best_loss:
            self.course.best_loss, self.course.best_epoch = loss, epoch
            self.best = [weight.detach().clone() for weight in self.weights]
        elif epoch - self.course.best_epoch >= self.recipe.patience:
            for weight, kept in zip(self.weights, self.best, strict=True):
                weight.copy_(kept)
            return True
        return known == len(self.probes) and loss <= self.recipe.enough

    def _refuse_foreign_tokens(self, base: nn.Module) -> None:
        config: Any = base.config
        vocabulary = config.get_text_config().vocab_size
        for example in [*self.examples, *self.probes]:
            if max(*example.prompt, *example.answer, *(example.teacher or ())) >= vocabulary:
                raise EnvironmentProblem("The job's tokens are not of this model's vocabulary. Start the night again.")

    def _publish(self, out: Path, report: dict[str, Any]) -> dict[str, Any]:
        """Write adapter, configuration and report, the report last: where it stands, the others do."""
        from safetensors.torch import save

        write_atomically(out / ADAPTER_FILE, save(adapter_tensors(self.model), {"format": "pt"}))
        write_atomically(out / CONFIG_FILE, adapter_config(self.model, self.job.base.name).encode())
        write_atomically(out / REPORT_FILE, (json.dumps(report, indent=1, sort_keys=True) + os.linesep).encode())
        return report


def rate_at(step: float, steps: int, recipe: Recipe) -> float:
    """Learning rate of a step (from 0, or a place between two): a linear rise, then a cosine down to a tenth."""
    rise = max(1, round(steps * recipe.warmup))
    if step < rise:
        return recipe.rate * (step + 1) / rise
    done = (step - rise) / max(1, steps - rise)
    return recipe.rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * done)))
