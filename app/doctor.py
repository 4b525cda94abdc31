"""What this machine can do and what is missing: looked up without loading a model, torch or the network."""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import psutil

from app import as_text
from app.assistant import Assistant
from app.compose import open_assistant
from app.downloads import offered
from app.extras import LEARNING, install_learning, learning_place, missing_for_learning
from app.instance_lock import holder
from app.machine import gpus, hindered
from app.paths import Profile
from app.serving import damage
from learning import housekeeping
from learning.proof import doubts, strays
from models import child
from models.errors import DormouseError
from models.offers import gigabytes, of_memory

State = Literal["ok", "missing", "broken"]
CHAT = ("llama-cpp-python", "gguf", "numpy")
GPU_BUILD = "build it anew with CMAKE_ARGS=-DGGML_CUDA=on (NVIDIA), -DGGML_VULKAN=on (any) or -DGGML_METAL=on (Apple)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fix` is the way out where `state` is not ok; only a broken thing stops the chat."""

    name: str
    found: str
    state: State = "ok"
    fix: str = ""


def doctor(home: Path, as_json: bool) -> int:
    """Print all findings; 3 where something is broken. What is only missing (a GPU, learning) is no failure."""
    findings = [*machine(), *libraries(), *profile(home)]
    broken = any(finding.state == "broken" for finding in findings)
    if as_json:
        print(json.dumps({"healthy": not broken, "findings": [asdict(f) for f in findings]}, ensure_ascii=False))
        return 3 if broken else 0
    mark = {"ok": "ok", "missing": "--", "broken": "!!"}
    rows = [[mark[f.state], f.name, f.found + (f"  ->  {f.fix}" if f.fix else "")] for f in findings]
    print(as_text.table(rows, ["", "what", "found"]))
    print("\nSomething is broken: see the lines marked !!." if broken else "\nReady.")
    return 3 if broken else 0


def machine() -> Iterator[Finding]:
    yield Finding("python", f"{platform.python_version()} ({sys.executable})")
    yield Finding("system", f"{platform.system()} {platform.release()}, {platform.machine()}")
    flags = ", ".join(cpu_flags()) or "unknown"
    yield Finding("cpu", f"{os.cpu_count()} threads; {flags}")
    memory = psutil.virtual_memory()
    yield Finding("memory", f"{of_memory(memory.total)}, {of_memory(memory.available)} free now")
    yield from graphics()


def graphics() -> Iterator[Finding]:
    """Each graphics processor, and whether what is installed can chat and learn on it."""
    found = gpus()
    if not found:
        hindrance = hindered()
        fix = "reinstall the graphics driver" if hindrance else ""
        yield Finding("gpu", hindrance or "none found: everything runs on the processor", "missing", fix)
        return
    for gpu in found:
        driver = f", driver {gpu.driver}" if gpu.driver else ""
        yield Finding("gpu", f"{gpu.name}, {of_memory(gpu.memory)}, {of_memory(gpu.free)} free now{driver}")
    if installed("llama-cpp-python"):
        yield _llama_cpp_on_gpu()
    if any(gpu.cuda for gpu in found) and not missing_for_learning():
        able = _torch_sees_cuda()
        says = "torch trains on it" if able else "torch does not see it: nights are trained on the processor"
        yield Finding("gpu for learning", says, "ok" if able else "missing", "" if able else "install torch for CUDA")


def _llama_cpp_on_gpu() -> Finding:
    try:
        # Only where there is something to ask for: it means loading llama.cpp.
        from models.llama_runtime import offloads

        able = offloads()
    except (ImportError, OSError, RuntimeError) as problem:
        return Finding("gpu for chat", f"llama.cpp cannot be loaded: {problem}", "broken", "reinstall llama-cpp-python")
    says = "llama.cpp uses it" if able else "llama.cpp is built for the processor alone"
    return Finding("gpu for chat", says, "ok" if able else "missing", "" if able else GPU_BUILD)


def _torch_sees_cuda() -> bool:
    """Asked in a child: no process that a person waits for imports torch."""
    asks = child.command("learning.worker.sees_gpu")
    try:
        return subprocess.run(asks, env=child.environment(), capture_output=True, timeout=120, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def cpu_flags() -> list[str]:
    """Those instruction sets that make a difference to llama.cpp or to training."""
    telling = (
        "avx",
        "avx2",
        "avx512f",
        "avx512_bf16",
        "avx512_vnni",
        "amx_bf16",
        "fma",
        "f16c",
        "asimd",
        "sve",
        "i8mm",
        "bf16",
    )
    try:
        written = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    line = next((line for line in written.splitlines() if line.lower().startswith(("flags", "features"))), "")
    present = set(line.partition(":")[2].split())
    return [flag for flag in telling if flag in present]


def libraries() -> Iterator[Finding]:
    for name in CHAT:
        found = installed(name)
        yield Finding(name, found or "not installed", "ok" if found else "broken", "" if found else "pip install dormouse")
    lacking = missing_for_learning()
    versions = ", ".join(f"{name} {installed(name)}" for name in LEARNING if name not in lacking)
    if lacking:
        yield Finding("learning", f"not installed: {', '.join(lacking)}", "missing", install_learning())
    else:
        place = learning_place()
        yield Finding("learning", f"{versions} ({place})" if place else versions)


def installed(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def profile(home: Path) -> Iterator[Finding]:
    """The profile's folder, database, model and adapters, each looked at on its own: one broken thing hides no other."""
    try:
        place = Profile(home).make()
    except DormouseError as error:
        yield Finding("profile", str(home), "broken", str(error))
        return
    yield _permissions(place)
    free = shutil.disk_usage(home).free
    scarce = free < 2**30
    yield Finding(
        "disk", f"{gigabytes(free)} free", "missing" if scarce else "ok", "a night wants about 1 GB free" if scarce else ""
    )
    yield _offer(home)
    try:
        assistant = open_assistant(home)
    except DormouseError as error:
        yield Finding("database", str(place.database), "broken", str(error))
        return
    with assistant:
        faults = assistant.store.check()
        yield Finding(
            "database",
            "; ".join(faults) or f"{place.database}, live memories: {len(assistant.store.memories())}",
            "broken" if faults else "ok",
            "keep a copy of it, then bring back a backup" if faults else "",
        )
        try:
            summary = assistant.serving.summary
        except DormouseError as error:
            yield Finding("model", "cannot be used", "broken", str(error))
            return
        yield Finding("model", f"{summary.path} ({summary.size / 1e6:.1f} MB, sha256 {summary.sha256})")
        if summary.cannot_learn:
            says = f"this model chats, but cannot learn: {summary.cannot_learn}"
            yield Finding(
                "learning on it", says, "missing", "what you tell it stays in its notes, or use another: dormouse models"
            )
        serving = assistant.store.serving(assistant.serving.base)
        for adapter in assistant.store.adapters():
            if adapter.status != "promoted" or not adapter.file:
                continue
            problem = damage(assistant.serving.file_of(adapter), adapter.sha256)
            if not problem and (stray := strays(assistant.store, adapter)):
                yield Finding(
                    f"adapter {adapter.id}",
                    stray,
                    "broken",
                    f"delete {adapter.file}: its memories are notes then, and dormouse night builds it anew",
                )
                continue
            role = " (serving)" if serving is not None and serving.id == adapter.id else ""
            named = f"{adapter.file}{role}, sha256 {adapter.sha256}"
            # Not broken: its memories are notes until the next night.
            fix = f"{problem}; dormouse night builds it again" if problem else ""
            yield Finding(f"adapter {adapter.id}", named, "missing" if problem else "ok", fix)
        yield from _receipts(assistant)
        yield from _kept(assistant)


def _kept(assistant: Assistant) -> Iterator[Finding]:
    """What the nights keep on disk, and what they left behind."""
    usage = housekeeping.usage(assistant.store, assistant.profile.home)
    sizes = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in usage.sizes.items() if size)
    yield Finding("kept", sizes)
    if usage.orphans and holder(assistant.profile.night_lock) is None:
        named = ", ".join(usage.orphans[:4]) + (" ..." if len(usage.orphans) > 4 else "")
        yield Finding("left over", f"{len(usage.orphans)}: {named}", "missing", "dormouse night clears them away")


def _offer(home: Path) -> Finding:
    """The model to begin with on this machine."""
    for one in offered(home):
        if one.recommended:
            says = f"{one.offer.title} {one.fit.words}"
            return Finding("recommended", says, "ok", "" if one.present else f"dormouse models get {one.offer.name}")
    return Finding("recommended", "only the built-in model fits into this memory and disk", "missing")


def _receipts(assistant: Assistant) -> Iterator[Finding]:
    """All receipts held against what is: one line where they hold, else one for each that does not."""
    receipts = assistant.store.receipts()
    doubtful = [(receipt, doubt) for receipt in receipts if (doubt := doubts(assistant.store, receipt))]
    for receipt, doubt in doubtful:
        yield Finding(f"receipt {receipt.id}", doubt, "broken", f"dormouse receipt {receipt.id} shows it")
    if receipts and not doubtful:
        yield Finding("receipts", f"{len(receipts)}, all of them hold")


def _permissions(place: Profile) -> Finding:
    if not os.access(place.home, os.W_OK):
        return Finding("profile", str(place.home), "broken", "it cannot be written to: name another one with --home DIR")
    if os.name != "posix":
        return Finding("profile", str(place.home))
    mode = stat.S_IMODE(place.home.stat().st_mode)
    if mode & 0o077:
        return Finding("profile", f"{place.home} is open to others (mode {mode:o})", "missing", f"chmod 700 {place.home}")
    return Finding("profile", f"{place.home} (yours alone, mode {mode:o})")
