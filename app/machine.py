"""What this machine has: memory, graphics processors, room on the disk. Looked up without torch, llama.cpp or the network."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from models.offers import Machine

APPLE_SHARE = 2 / 3
"""Of the memory that processor and graphics share, what Metal lets the graphics take by default."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One graphics processor. `memory` and `free` in bytes, 0 where its driver does not tell; `cuda`: torch can train on it."""

    name: str
    memory: int
    free: int
    driver: str = ""
    cuda: bool = False


def this_machine(folder: Path) -> Machine:
    """What models can count on here when they are kept in `folder`, which need not exist yet."""
    found = gpus()
    largest = max(found, key=lambda gpu: gpu.memory, default=None)
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return Machine(
        memory=psutil.virtual_memory().total,
        disk_free=shutil.disk_usage(there).free,
        gpu_memory=largest.memory if largest else 0,
        gpu_learns=largest is not None and largest.cuda,
    )


def gpus() -> tuple[Gpu, ...]:
    """The graphics processors whose memory can be told: NVIDIA's, AMD's on Linux, Apple's."""
    if platform.system() == "Darwin":
        if platform.machine() != "arm64":
            return ()
        memory = psutil.virtual_memory()
        return (Gpu("Apple (Metal)", int(memory.total * APPLE_SHARE), int(memory.available * APPLE_SHARE)),)
    return (*_nvidia(), *_amd(Path("/sys/class/drm")))


def _nvidia() -> Iterator[Gpu]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return
    query = [tool, "--query-gpu=name,memory.total,memory.free,driver_version", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        # A driver that fails cannot be used either; `hindered` says so.
        return
    yield from _read_nvidia(answer)


def _read_nvidia(answer: str) -> Iterator[Gpu]:
    """One line for each: name, MiB in all, MiB free, driver; a number that is not told stands as [N/A]."""
    for line in answer.splitlines():
        name, total, free, driver = (*(cell.strip() for cell in line.rsplit(",", 3)), "", "", "")[:4]
        if name:
            yield Gpu(name, _mebibytes(total), _mebibytes(free), driver, cuda=True)


def hindered() -> str:
    """Why a graphics processor that seems to be there cannot be asked; "" where nothing is wrong."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    try:
        subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=10, check=True)
    except subprocess.CalledProcessError as failure:
        said = (failure.stdout or failure.stderr or "").strip().splitlines()
        return f"nvidia-smi is there but fails: {said[0] if said else f'exit code {failure.returncode}'}"
    except (OSError, subprocess.SubprocessError) as failure:
        return f"nvidia-smi is there but fails: {failure}"
    return ""


def _amd(cards: Path) -> Iterator[Gpu]:
    """What Linux's amdgpu driver tells of its cards."""
    for total in sorted(cards.glob("card*/device/mem_info_vram_total")):
        try:
            memory, used = int(total.read_text()), int(total.with_name("mem_info_vram_used").read_text())
        except (OSError, ValueError):
            continue
        yield Gpu("AMD graphics", memory, max(0, memory - used))


def _mebibytes(cell: str) -> int:
    return int(cell) << 20 if cell.isdecimal() else 0
