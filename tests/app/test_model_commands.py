"""`dormouse models add` as a person types it: what a file says of itself, and what is wrong with one that is no chat model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import pytest

from app.cli import main
from models.catalog import Catalog
from tests.models.conftest import write_tiny_model


def test_what_the_file_says_of_itself_is_shown(profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_tiny_model(tmp_path / "tiny.gguf")
    assert main(["models", "add", str(file)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for said in ("Added as tiny", "qwen3, 2 layers", "weights F32", "context 512 tokens", "chat template yes", "licence mit"):
        assert said in shown
    assert main(["--json", "models", "show", "tiny"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["architecture"], told["quantization"], told["context_length"], told["license"]) == ("qwen3", "F32", 512, "mit")


def piece(path: Path) -> Path:
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_uint16("split.count", 12)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def cut(path: Path) -> Path:
    whole = write_tiny_model(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def text(path: Path) -> Path:
    path.write_text("This is no model.")
    return path


@pytest.mark.parametrize(
    ("make", "code", "says"),
    [
        (lambda path: path, 3, "does not exist"),
        (text, 2, "not a GGUF file"),
        (cut, 3, "thing.gguf is cut short ("),
        (piece, 2, "one of 12 pieces of a model (-00001-of-00012 and so on)"),
        (lambda path: write_tiny_model(path, template=""), 2, "has no chat template"),
        (lambda path: write_tiny_model(path, metadata={"qwen3.pooling_type": 3}), 2, "embeds, ranks or fills in"),
        (lambda path: write_tiny_model(path, template="{{ tools[0].name }}"), 2, "wants more than a conversation"),
        (lambda path: write_tiny_model(path, architecture="kettle"), 2, "unknown model architecture"),
        (lambda path: write_tiny_model(path, architecture="llama", value_width=8), 3, "llama.cpp ended while trying it"),
    ],
)
def test_what_is_no_chat_model_is_said_and_not_added(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Any, code: int, says: str
) -> None:
    file = make(tmp_path / "thing.gguf")
    assert main(["models", "add", str(file)]) == code
    assert says in capsys.readouterr().err
    assert [model.name for model in Catalog(profile).list()] == ["acorn"]
