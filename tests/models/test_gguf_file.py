"""What a model file says of itself, and that damaged, cut or foreign files are refused before llama.cpp sees them."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest

from models import gguf_file
from models.errors import DormouseError, EnvironmentProblem, UserError
from models.files import sha256_of
from models.gguf_file import read_summary
from models.gguf_header import TENSOR_TYPES, read_header


def test_the_built_in_model_says_what_it_is(acorn_path: Path) -> None:
    summary = read_summary(acorn_path)
    assert summary.architecture == "qwen3"
    assert summary.name == "Acorn"
    assert summary.quantization == "Q8_0"
    assert summary.license == "mit"
    assert summary.tokenizer == "gpt2/qwen2"
    assert "<|im_start|>" in summary.chat_template
    assert summary.sha256 == sha256_of(acorn_path)
    assert summary.size == acorn_path.stat().st_size
    assert 1_000_000 < summary.parameters < summary.size


def test_our_reader_agrees_with_the_reference_reader(acorn_path: Path, tiny_file: Path) -> None:
    for path in (acorn_path, tiny_file):
        header, reference = read_header(path), gguf.GGUFReader(path)
        assert {tensor.name: (tensor.data_offset, int(tensor.n_bytes)) for tensor in reference.tensors} == {
            tensor.name: (tensor.offset, tensor.size) for tensor in header.tensors.values()
        }
        for key, value in header.metadata.items():
            field = reference.get_field(key)
            assert field is not None
            if isinstance(value, str | int | float):
                assert field.contents() == value


def test_our_table_of_tensor_types_is_ggufs() -> None:
    theirs = {int(kind): (kind.name, *sizes) for kind, sizes in gguf.GGML_QUANT_SIZES.items()}
    assert dict(TENSOR_TYPES) == theirs


def test_reading_keeps_strings_only_where_asked(tiny_file: Path) -> None:
    kept = read_header(tiny_file, keep_strings=True).metadata["tokenizer.ggml.tokens"]
    assert "the" in kept
    assert read_header(tiny_file).metadata["tokenizer.ggml.tokens"].count == len(kept)


def test_the_hash_of_a_large_file_is_computed_once(tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_file, "_SMALL", 0)
    hashes = tmp_path / "hashes.json"
    model = tmp_path / "model.gguf"
    model.write_bytes(tiny_file.read_bytes())
    first = read_summary(model, hashes=hashes).sha256
    remembered = json.loads(hashes.read_bytes())
    remembered[str(model.resolve())]["sha256"] = "remembered"
    hashes.write_text(json.dumps(remembered))
    assert read_summary(model, hashes=hashes).sha256 == "remembered"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content + b"x")
    assert read_summary(model, hashes=hashes).sha256 == sha256_of(model) != first
    hashes.write_text("[broken")
    assert read_summary(model, hashes=hashes).sha256 == sha256_of(model)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match=r"nowhere\.gguf does not exist"):
        read_summary(tmp_path / "nowhere.gguf")


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(DormouseError, match="folder"):
        read_summary(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + bytes(100), b"GGML" + bytes(100), b"\x7fELF" * 40, b"text\n"])
def test_another_kind_of_file_is_no_gguf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(DormouseError, match=r"other\.gguf is (not a GGUF|cut short)"):
        read_summary(path)


def test_a_model_cut_anywhere_is_cut_short(tiny_file: Path, tmp_path: Path) -> None:
    content = tiny_file.read_bytes()
    path = tmp_path / "cut.gguf"
    for end in [*range(4, 200, 7), *range(200, len(content), 9973), len(content) - 1]:
        path.write_bytes(content[:end])
        with pytest.raises(EnvironmentProblem, match=r"cut\.gguf is (cut short|damaged)"):
            read_summary(path)


def test_the_extent_of_the_loss_is_told(tiny_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(tiny_file.read_bytes()[:200_000])
    with pytest.raises(EnvironmentProblem, match=r"cut short \(0\.2 of 0\.3 MB\)"):
        read_summary(path)


def test_absurd_counts_are_refused_at_once(tiny_file: Path, tmp_path: Path) -> None:
    content = tiny_file.read_bytes()
    path = tmp_path / "absurd.gguf"
    for place in (8, 16):
        for count in (1 << 63, (1 << 64) - 1, 1 << 32, 10**6):
            path.write_bytes(content[:place] + struct.pack("<Q", count) + content[place + 8 :])
            with pytest.raises(EnvironmentProblem, match=r"damaged|cut short"):
                read_summary(path)


@pytest.mark.parametrize("key", [b"tokenizer.ggml.tokens", b"tokenizer.ggml.token_type", b"tokenizer.chat_template"])
def test_a_large_file_is_no_excuse_for_a_huge_list_or_text(tiny_file: Path, tmp_path: Path, key: bytes) -> None:
    """A count that would fit into the file fills neither the memory nor the afternoon."""
    content = bytearray(tiny_file.read_bytes())
    # Behind the key stands the value's type; a list has the type of its entries before its length.
    length = content.index(key) + len(key) + 4 + (4 if b"token" in key[10:] and b"chat" not in key else 0)
    content[length : length + 8] = struct.pack("<Q", 150_000_000 if b"chat" in key else 20_000_000)
    path = tmp_path / "large.gguf"
    path.write_bytes(content)
    os.truncate(path, 200_000_000)
    with pytest.raises(EnvironmentProblem, match=r"large\.gguf is damaged: a (list|text) in its header"):
        read_summary(path)


def test_other_versions_are_refused(tiny_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<I", 1) + tiny_file.read_bytes()[8:])
    with pytest.raises(UserError, match="version 1"):
        read_summary(path)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (b"general.architecture", b"general.architecturf", "architecture"),
        (b"qwen3.block_count", b"qwen3.block_counu", "block count"),
        (b"tokenizer.ggml.tokens", b"tokenizer.ggml.tokent", "vocabulary"),
        (b"token_embd.weight", b"token_embe.weight", "embedding"),
        (b"blk.1.attn_q.weight", b"blk.1.attn_k.weight", "twice"),
        (b"\x05\x00\x00\x00model", b"\x05\x00\x00\x00mmpro", "not a language model"),
    ],
)
def test_a_file_that_is_no_whole_language_model_is_refused(
    tiny_file: Path, tmp_path: Path, old: bytes, new: bytes, word: str
) -> None:
    content = tiny_file.read_bytes()
    # A string's length stands in front of it as eight bytes.
    old, new = old.replace(b"\x05\x00\x00\x00", struct.pack("<Q", 5)), new.replace(b"\x05\x00\x00\x00", struct.pack("<Q", 5))
    assert old in content
    path = tmp_path / "odd.gguf"
    path.write_bytes(content.replace(old, new, 1))
    with pytest.raises(DormouseError, match=word):
        read_summary(path)


def test_a_piece_of_a_split_model_says_how_to_join_it(tiny_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "piece.gguf"
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_uint16("split.count", 3)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(UserError, match=r"one of 3 pieces.*merge"):
        read_summary(path)


def test_headers_with_flipped_bits_never_crash_the_process(tiny_file: Path, tmp_path: Path) -> None:
    """In a child, for a crash would end the tests: each variant is refused by us, or loaded by llama.cpp and closed."""
    child = """
import sys
from pathlib import Path
from models.engine import Sampling, Turn
from models.errors import DormouseError
from models.gguf_header import read_header
from models.llama import LlamaEngine

base, path = Path(sys.argv[1]), Path(sys.argv[2])
content = base.read_bytes()
header = min(tensor.offset for tensor in read_header(base).tensors.values())
refused = served = 0
for place in range(0, header, 61):
    changed = bytearray(content)
    changed[place] ^= 1 << (place % 8)
    path.write_bytes(changed)
    try:
        with LlamaEngine(path, threads=1) as engine:
            engine.reply([Turn("user", "x")], sampling=Sampling(max_tokens=1))
        served += 1
    except DormouseError:
        refused += 1
print(refused, served)
"""
    run = subprocess.run(
        [sys.executable, "-c", child, str(tiny_file), str(tmp_path / "flipped.gguf")],
        capture_output=True,
        text=True,
        timeout=110,
        cwd=Path(gguf_file.__file__).resolve().parents[1],
    )
    assert run.returncode == 0, run.stderr[-2000:]
    refused, served = map(int, run.stdout.split())
    assert refused > served > 0


def test_a_vocabulary_with_a_token_twice_is_refused(make_model: Callable[..., Path], tmp_path: Path) -> None:
    path = make_model(tmp_path / "twice.gguf")
    content = path.read_bytes()
    letter = struct.pack("<Q", 1)
    path.write_bytes(content.replace(letter + b"a" + letter + b"b", letter + b"a" + letter + b"a", 1))
    with pytest.raises(EnvironmentProblem, match="same token twice"):
        read_summary(path)


def test_a_model_of_a_family_that_cannot_learn_says_so(
    make_model: Callable[..., Path], acorn_path: Path, tmp_path: Path
) -> None:
    assert read_summary(acorn_path).cannot_learn == ""
    other = read_summary(make_model(tmp_path / "other.gguf", architecture="internlm2"))
    assert other.cannot_learn.startswith("models of the family internlm2 cannot be trained here; these can: gemma,")
