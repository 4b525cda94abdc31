"""Three hundred damaged models and adapters: none crashes or hangs the process, and each says what is wrong with it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
ALWAYS_FOUND = ("cut at", "magic", "version")


@pytest.fixture
def adapter(tmp_path: Path, tiny_file: Path) -> Path:
    """An adapter of the tiny model on two of its layers' matrices."""
    random = np.random.default_rng(0)
    path = tmp_path / "adapter.gguf"
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    for name, rows, columns in (("attn_q", 64, 64), ("ffn_down", 64, 96)):
        for layer in (0, 1):
            for letter, shape in (("a", (4, columns)), ("b", (rows, 4))):
                values = random.standard_normal(shape).astype(np.float32) / 8
                writer.add_tensor(f"blk.{layer}.{name}.weight.lora_{letter}", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def outcomes(kind: str, base: Path, whole: Path, count: int, seed: int) -> list[tuple[str, str]]:
    """Each damaged file and what was said of it, "" where it served; they are tried in a child, for a crash would end the tests."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.models.damage", kind, base, whole, "0", str(count), str(seed)],
        capture_output=True,
        text=True,
        timeout=200,
        cwd=ROOT,
        env={**os.environ, "GGML_NO_BACKTRACE": "1"},
        check=False,
    )
    lines = [line.split(" ", 1) for line in run.stdout.splitlines()]
    tried = [json.loads(rest)[1] for word, rest in lines if word == "TRIED"]
    assert run.returncode == 0, f"crashed at: {tried[-1:]}\n{run.stderr[-2000:]}"
    said = [json.loads(rest) for word, rest in lines if word == "SAID"]
    assert len(tried) == len(said) == count
    return list(zip(tried, said, strict=True))


def check(found: list[tuple[str, str]]) -> None:
    for what, said in found:
        assert said or not what.startswith(ALWAYS_FOUND), f"not found: {what}"
        # What happened, to what, and the way out.
        assert not said or re.match(r"(?:The chat template in )?damaged-\S+\.gguf .+\. [A-Z].+", said), said
    refused = sum(1 for _, said in found if said)
    print(f"{len(found)} damaged files: {refused} refused in words, {len(found) - refused} served with other weights or names")
    assert refused > len(found) / 2


def test_damaged_models_are_refused_in_words_or_serve(tiny_file: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.gguf"
    whole.write_bytes(tiny_file.read_bytes())
    check(outcomes("model", tiny_file, whole, 170, 1))


def test_damaged_adapters_are_refused_in_words_or_serve(tiny_file: Path, adapter: Path) -> None:
    check(outcomes("adapter", tiny_file, adapter, 130, 1))


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["qwen3", "llama"])
@pytest.mark.parametrize("seed", range(2, 6))
def test_thousands_of_damaged_models_crash_nothing(
    make_model: Callable[..., Path], tmp_path: Path, architecture: str, seed: int
) -> None:
    whole = make_model(tmp_path / "whole.gguf", architecture=architecture)
    check(outcomes("model", whole, whole, 2500, seed))
