"""What the machine has is read from what its drivers say; what they do not say is not made up."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from app import machine
from app.machine import Gpu, gpus, hindered, this_machine


def test_this_machine_is_described(tmp_path: Path) -> None:
    here = this_machine(tmp_path / "not" / "there" / "yet")
    assert here.memory > 10**8
    assert here.disk_free > 0


def test_nvidias_answer_is_read() -> None:
    answer = (
        "NVIDIA GeForce RTX 3060, 12288, 11900, 550.54\n"
        "NVIDIA H200, NVL, 143771, 143000, 560.1\n"
        "NVIDIA GB10, [N/A], [N/A], 580.1\n"
        "\n"
    )
    assert list(machine._read_nvidia(answer)) == [
        Gpu("NVIDIA GeForce RTX 3060", 12288 << 20, 11900 << 20, "550.54", cuda=True),
        Gpu("NVIDIA H200, NVL", 143771 << 20, 143000 << 20, "560.1", cuda=True),
        Gpu("NVIDIA GB10", 0, 0, "580.1", cuda=True),
    ]


def test_an_amd_card_on_linux_is_read(tmp_path: Path) -> None:
    for card, total, used in (("card0", "8573157376", "573157376"), ("card1", "rubbish", "0")):
        device = tmp_path / card / "device"
        device.mkdir(parents=True)
        (device / "mem_info_vram_total").write_text(total)
        (device / "mem_info_vram_used").write_text(used)
    assert list(machine._amd(tmp_path)) == [Gpu("AMD graphics", 8573157376, 8000000000)]


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver's tool that says what is written into it."""
    if sys.platform != "linux":
        pytest.skip("the tool is a shell script here")
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tool


def answering(tool: Path, script: str) -> None:
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)


def test_the_largest_card_counts(nvidia_smi: Path, tmp_path: Path) -> None:
    answering(nvidia_smi, "echo 'NVIDIA A, 6144, 6000, 1'; echo 'NVIDIA B, 24576, 20000, 1'")
    here = this_machine(tmp_path)
    assert (here.gpu_memory, here.gpu_learns) == (24 << 30, True)
    assert hindered() == ""


def test_a_driver_that_fails_is_no_card_and_says_why(nvidia_smi: Path) -> None:
    answering(nvidia_smi, "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18")
    assert not any(gpu.cuda for gpu in gpus())
    assert hindered() == "nvidia-smi is there but fails: Failed to initialize NVML: Driver/library version mismatch"
