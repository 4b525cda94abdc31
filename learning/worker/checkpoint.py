"""A training run that was stopped goes on later as if it never had been: its state in one file, kept now and then.

The state is the LoRA, the optimizer, the random numbers and how far the run is; everything else follows from the job. A file
that is damaged, or of another job, machine or version of torch, is not used: training then begins anew and says why.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from threading import Event
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from learning.job import CHECKPOINT_FILE
from models.files import write_atomically

FORMAT = 3
KEEP_SECONDS = 20.0
"""A checkpoint at most so often; a slow one is kept more seldom, so that all of them cost no more than a fiftieth of the time."""


@dataclass(slots=True)
class Course:
    """How far a run is, apart from its tensors.

    Attributes:
        step: optimizer steps taken.
        epoch_losses: losses of the steps of the epoch that is not over.
        losses: mean loss of each epoch that is.
        due: the examples of the epoch that is not over, in their order; empty between epochs.
        loss_of: each example's loss when it was last trained on; infinite where it is due whatever it was.
        best_loss, best_epoch: of the best probe measurement so far; epoch 0 before the first.
        seconds, cpu_seconds: what training cost in the processes before this one.
        taught_rows: tokens at a time that the teacher read.
        row_tokens, recompute: the manner of training that it has come to, where memory ran out on the way.
    """

    step: int = 0
    tokens: int = 0
    losses: list[float] = field(default_factory=list)
    due: list[int] = field(default_factory=list)
    loss_of: list[float] = field(default_factory=list)
    epoch_losses: list[float] = field(default_factory=list)
    best_loss: float = 0.0
    best_epoch: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    taught_rows: int = 0
    row_tokens: int = 0
    recompute: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """All of a run: its course, the trained weights, the best ones so far, the optimizer's `state_dict`, the random numbers."""

    course: Course
    weights: Sequence[torch.Tensor]
    best: Sequence[torch.Tensor]
    optimizer: Mapping[str, Any]
    random: torch.Tensor


def made_with(device: torch.device, compute: torch.dtype) -> dict[str, str]:
    """What the bytes of a result depend on beside the job."""
    versions = {name: metadata.version(name) for name in ("torch", "transformers", "peft", "bitsandbytes")}
    processor = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    return {**versions, "device": f"{device.type} {processor}", "compute": str(compute)}


class Order(Protocol):
    """Where the order to stop comes from, and how to obey it: the worker's `Channel`."""

    stopping: Event

    def will_keep(self) -> None: ...

    def leave(self) -> None: ...


class Keeper:
    """Keeps the checkpoint of the job with this digest in `folder`."""

    def __init__(self, folder: Path, job: str, order: Order) -> None:
        self.file = folder / CHECKPOINT_FILE
        self.made_with: Mapping[str, str] = {}
        self._job = job
        self._order = order
        self._next = time.monotonic() + KEEP_SECONDS

    def resume(self) -> tuple[State | None, str]:
        """The state to go on from, or why there is none: "" where nothing was kept."""
        try:
            written = self.file.read_bytes()
        except FileNotFoundError:
            return None, ""
        except OSError as problem:
            return None, f"the checkpoint cannot be read ({problem.strerror})"
        seal, _, content = written.partition(b"\n")
        if seal != hashlib.sha256(content).hexdigest().encode():
            return None, "the checkpoint is damaged"
        try:
            head, _, tensors = content.partition(b"\n")
            about = json.loads(head)
            if about["format"] != FORMAT or about["job"] != self._job:
                return None, "the checkpoint is of another job"
            if about["made_with"] != dict(self.made_with):
                return None, "the checkpoint was made on another machine or by other versions"
            return _read(about, load(tensors)), ""
        except (KeyError, TypeError, ValueError, SafetensorError) as problem:
            return None, f"the checkpoint cannot be used ({problem})"

    def after_step(self, state: Callable[[], State]) -> None:
        """Keep the state where it is time; where the run is to stop, keep it and leave."""
        self._order.will_keep()
        stopping = self._order.stopping.is_set()
        if not stopping and time.monotonic() < self._next:
            return
        begun = time.monotonic()
        self.keep(state())
        self._next = time.monotonic() + max(KEEP_SECONDS, 50 * (time.monotonic() - begun))
        if stopping:
            self._order.leave()

    def keep(self, state: State) -> None:
        """Write the checkpoint, whole or not at all, and through to the disk."""
        scalars, tensors = _apart(state)
        about = {
            "format": FORMAT,
            "job": self._job,
            "made_with": dict(self.made_with),
            "course": asdict(state.course),
            "scalars": scalars,
            "groups": state.optimizer["param_groups"],
        }
        content = json.dumps(about).encode() + b"\n" + save(tensors)
        write_atomically(self.file, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)

    def clear(self) -> None:
        """The run is over: there is nothing to go on from."""
        self.file.unlink(missing_ok=True)


def _apart(state: State) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """The optimizer's numbers, and everything that is a tensor, by name."""
    tensors = {f"weight.{place}": weight for place, weight in enumerate(state.weights)}
    tensors |= {f"best.{place}": weight for place, weight in enumerate(state.best)}
    tensors["random"] = state.random
    scalars: dict[str, Any] = {}
    for place, held in state.optimizer["state"].items():
        for name, value in held.items():
            (tensors if isinstance(value, torch.Tensor) else scalars)[f"optimizer.{place}.{name}"] = value
    return scalars, {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}


def _read(about: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> State:
    def numbered(kind: str) -> list[torch.Tensor]:
        count = sum(name.startswith(f"{kind}.") for name in tensors)
        return [tensors[f"{kind}.{place}"] for place in range(count)]

    held: dict[int, dict[str, Any]] = {}
    for name, value in {**about["scalars"], **tensors}.items():
        kind, _, rest = name.partition(".")
        if kind == "optimizer":
            place, _, own = rest.partition(".")
            held.setdefault(int(place), {})[own] = value
    optimizer = {"state": held, "param_groups": about["groups"]}
    return State(Course(**about["course"]), numbered("weight"), numbered("best"), optimizer, tensors["random"])
