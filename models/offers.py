"""The models that can be downloaded, and which of them a machine can chat with and learn on. Pure: no file, no network.

`catalog.toml` says what there is. What a model needs is computed from its shape, so it is an estimate; a night makes its own
plan from the file itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from models.shape import Shape

DEFAULT = "qwen3-4b"
"""Recommended wherever it fits: the smallest one that both talks well and learns well."""

CONTEXT = 4096
LEARNED_TOKENS = 2048
ANSWER_TOKENS = 512
RANK = 16
_RUNTIME = 500_000_000
"""Bytes that llama.cpp takes for its graphs, and torch for its kernels."""

Where = Literal["gpu", "cpu", ""]


@dataclass(frozen=True, slots=True)
class Offer:
    """One model of the catalogue.

    Attributes:
        name: what `dormouse models get` calls it.
        family: `general.architecture` of its file.
        repo, file: where it is on the hub.
        size: bytes of the file.
        suits, about: for whom it is, and what it is, in a few words each.
    """

    name: str
    title: str
    family: str
    quantization: str
    license: str
    repo: str
    file: str
    size: int
    suits: str
    about: str
    shape: Shape

    @property
    def parameters(self) -> int:
        return self.shape.in_layers + self.shape.in_embeddings

    @property
    def chat_memory(self) -> int:
        """Bytes to chat with `CONTEXT` tokens: the file, keys and values in 16 bits, and llama.cpp's own."""
        shape = self.shape
        cache = 2 * 2 * shape.layers * shape.kv_heads * shape.head_width * CONTEXT
        return self.size + cache + _RUNTIME

    @property
    def learn_memory(self) -> int:
        """Bytes for a night by QLoRA with checkpointed activations, on a graphics card.

        NF4 layers (4.5 bits a weight with their scales), embeddings in 16 bits, the LoRA with gradient and two 8-bit moments,
        one vector a token and layer, the widest layer's work, and the answers' logits with their gradients in 32 bits.
        """
        shape = self.shape
        lora = shape.adapted(RANK)
        activations = 2 * LEARNED_TOKENS * (shape.layers * shape.width + 6 * shape.inner)
        logits = 2 * 4 * ANSWER_TOKENS * shape.vocabulary
        return int(shape.in_layers * 4.5 / 8) + 2 * shape.in_embeddings + 12 * lora + activations + logits + 2 * _RUNTIME

    @property
    def learn_memory_cpu(self) -> int:
        """The same on a processor, which computes in 32 bits: the embeddings twice as large, and a tenth more for the rest."""
        return int(1.1 * (self.learn_memory + 2 * self.shape.in_embeddings))


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine has, in bytes.

    Attributes:
        memory: RAM.
        disk_free: where models are kept.
        gpu_memory: of the largest graphics processor, 0 without one; where it shares the RAM, what it may take of it.
        gpu_learns: whether a night can be trained on it (CUDA).
    """

    memory: int
    disk_free: int
    gpu_memory: int = 0
    gpu_learns: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """What a machine can do with a model: where it chats and learns ("" where it cannot), and what is in the way, in words."""

    chats: Where
    learns: Where
    disk: bool
    why: str = ""

    @property
    def words(self) -> str:
        """Where it chats and learns, for the person; a night on a processor is no matter of minutes."""
        match self.chats, self.learns:
            case "gpu", "gpu":
                return "chats and learns on the graphics card"
            case "cpu", "cpu":
                return "chats on the processor, learns there in many hours"
            case "gpu", "cpu":
                return "chats on the graphics card, learns on the processor in many hours"
            case "gpu" | "cpu", _:
                return f"chats on the {'graphics card' if self.chats == 'gpu' else 'processor'}, cannot learn here"
        return "does not fit"

    @property
    def usable(self) -> bool:
        """It can be downloaded and chatted with."""
        return bool(self.chats) and self.disk


@cache
def offers() -> tuple[Offer, ...]:
    """The catalogue, smallest model first."""
    content = tomllib.loads(resources.files("models").joinpath("catalog.toml").read_text(encoding="utf-8"))
    return tuple(Offer(**{**entry, "shape": Shape(**entry["shape"])}) for entry in content["model"])


def fit(offer: Offer, machine: Machine, *, present: bool = False) -> Fit:
    """Whether this model fits this machine; one whose file is `present` needs no more room on the disk."""
    chats = _place(offer.chat_memory, machine.gpu_memory, offer.chat_memory, machine.memory)
    learns = _place(offer.learn_memory, machine.gpu_memory * machine.gpu_learns, offer.learn_memory_cpu, machine.memory)
    disk = present or offer.size + room_to_spare(offer.size) <= machine.disk_free
    why = []
    if not disk:
        why.append(f"needs {gigabytes(offer.size)} on the disk, {gigabytes(machine.disk_free)} are free")
    if not chats:
        why.append(f"needs {of_memory(offer.chat_memory)} of memory to chat")
    elif not learns:
        graphics, memory = of_memory(offer.learn_memory), of_memory(offer.learn_memory_cpu)
        why.append(f"needs {graphics} of graphics memory to learn, or {memory} of memory")
    return Fit(chats, learns if chats else "", disk, "; ".join(why))


def recommended(offered: Sequence[Offer], machine: Machine) -> Offer | None:
    """The one to begin with: the default where it fits, else the largest one below it that does, else none."""
    small = [offer for offer in offered if offer.size <= default_size(offered)]
    return next((offer for offer in sorted(small, key=lambda o: -o.size) if fit(offer, machine).usable), None)


def default_size(offered: Sequence[Offer]) -> int:
    return next(offer.size for offer in offered if offer.name == DEFAULT)


def room_to_spare(size: int) -> int:
    """Bytes that a download leaves free on the disk, for what else is kept there: a night wants about as much."""
    return min(1_000_000_000, max(50_000_000, size // 4))


def gigabytes(size: int) -> str:
    """Bytes of a file or on a disk, as they are sold: a thousand to the thousand."""
    return f"{size / 1e9:.1f} GB"


def of_memory(size: int) -> str:
    """Bytes of memory, as it is sold: 8 GB are 2**33."""
    return f"{size / 2**30:.1f} GB"


def _place(on_gpu: int, gpu_memory: int, on_cpu: int, memory: int) -> Where:
    # The screen takes a little of a graphics card, the system and other programs a good part of the memory.
    if on_gpu <= gpu_memory * 0.95:
        return "gpu"
    return "cpu" if on_cpu <= memory * 0.75 else ""
