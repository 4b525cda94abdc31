"""What the worker asks of the machine: threads, determinism, priority, device, number types, memory. No model here."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from learning.budget import Free
from learning.job import Compute, Device
from models.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Mapping


def leave_the_compiler_out() -> None:
    """Spare this process torch's compiler: bitsandbytes offers it its CPU kernels when imported, which takes a second.

    Nothing here is compiled; the environment variable that says so is only asked after the import.
    """

    def as_it_is(function: Any = None, **_: object) -> Any:
        return function if function is not None else lambda decorated: decorated

    torch.compile = as_it_is  # type: ignore[assignment]


_M_MMAP_THRESHOLD = -3
"""glibc's number for it (malloc.h)."""


def step_back() -> None:
    """Give way to whoever works or chats on this machine, and still get through beside a busy one.

    Nice 10 leaves a tenth of a contended core, 19 a seventieth, with which a night that a person waits for would not end.
    """
    if sys.platform == "win32":
        import psutil

        # A night that nobody waits for gave it the lowest already.
        if psutil.Process().nice() != psutil.IDLE_PRIORITY_CLASS:
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(max(0, 10 - os.nice(0)))


def be_deterministic(seed: int, threads: int) -> None:
    """Fix everything the result's bytes depend on: thread count, kernels, random numbers."""
    # cuBLAS reads this when it is first used; without it, it refuses deterministic mode.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.use_deterministic_algorithms(True)
    # Deterministic mode also fills every new tensor with NaN, thousands a step; nothing here reads what it has not written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(seed)


def pick_device(wanted: Device) -> torch.device:
    """The device to train on.

    Raises:
        EnvironmentProblem: a GPU was asked for and torch sees none.
    """
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise EnvironmentProblem("A GPU was asked for, but torch sees none. Check the driver, or learn on the CPU.")
    return torch.device("cuda", 0)


def pick_compute_type(wanted: Compute, device: torch.device) -> torch.dtype:
    """bf16 where the hardware multiplies in it, else fp32: emulated bf16 was 60 times slower than fp32 on an AVX2 CPU.

    Asked of the hardware's flags and never timed, so that the same machine always answers the same.
    """
    if wanted != "auto":
        return {"fp32": torch.float32, "bf16": torch.bfloat16}[wanted]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    capabilities: Mapping[str, bool] = torch.cpu.get_capabilities()
    return torch.bfloat16 if capabilities.get("amx_bf16") or capabilities.get("avx512_bf16") else torch.float32


def free(device: torch.device, compute: torch.dtype, folder: Path, threads: int) -> Free:
    """What is free now, with what the device can compute, roughly: for an estimate of minutes, not of the course of a night."""
    import psutil

    memory, disk = (
        psutil.virtual_memory().available,
        shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free,
    )
    if device.type != "cuda":
        return Free(memory, disk, flops=1.2e10 * threads, compute_bytes=compute.itemsize)
    processors = torch.cuda.get_device_properties(device).multi_processor_count
    # Half a teraflop a multiprocessor is what QLoRA reaches of their peak.
    return Free(memory, disk, torch.cuda.mem_get_info(device)[0], 5e11 * processors, compute.itemsize)


def give_back_freed() -> None:
    """Let the system have what was freed: glibc keeps blocks of up to 32 MB for itself, a whole model's worth of them."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def hold_no_freed_blocks() -> None:
    """Give every large block back as it is freed, from now on: glibc's heap grew to three times of what a frugal step holds.

    It costs time, for the system hands each new block out empty; so only where memory is short.
    """
    if sys.platform == "linux":
        tune = getattr(ctypes.CDLL(None), "mallopt", None)
        if tune is not None:
            tune(_M_MMAP_THRESHOLD, 1 << 20)


def ran_out_of_memory(problem: BaseException) -> bool:
    """Whether memory was refused, by the GPU, by Python, or by torch's allocator on the CPU, which names no kind of its own."""
    if isinstance(problem, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(problem, RuntimeError) and "DefaultCPUAllocator" in str(problem)


def peak_memory_mb(device: torch.device) -> float:
    """The most memory held so far: the device's on a GPU, else this process's resident set. MB of 10^6 bytes."""
    if device.type == "cuda":
        return round(torch.cuda.max_memory_allocated(device) / 1e6, 1)
    if sys.platform == "win32":
        import psutil

        return round(psutil.Process().memory_info().peak_wset / 1e6, 1)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6, 1)
