"""The header of a GGUF file, read whole and distrusted: metadata and tensor table, each checked to lie within the file.

llama.cpp ends the process on some damaged files. So every file is read here first, and what is cut short, of another kind or
absurd becomes an error a person can act on. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import EnvironmentProblem, UserError

# ggml type id -> name, elements per block, bytes per block (ggml.c, type_traits).
TENSOR_TYPES: Mapping[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_NUMBERS = {letter: struct.Struct("<" + letter) for letter in _SCALARS.values()}
_STRING, _ARRAY = 8, 9
_MOST_DIMENSIONS = 4
_MOST_ENTRIES = 1 << 20
_LONGEST_NAME = 1 << 16
# What fits into a file of many gigabytes would still fill the memory, or take an hour to walk over.
_LONGEST_TEXT = 1 << 27
_LONGEST_LIST = 1 << 23


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One line of the tensor table: `shape` in the file's order (fastest axis first), `offset` from the file's start."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int
    size: int

    @property
    def elements(self) -> int:
        count = 1
        for length in self.shape:
            count *= length
        return count


@dataclass(frozen=True, slots=True)
class Strings:
    """A list of strings that was walked over and not kept (vocabularies have 150,000 of them).

    `distinct` counts the different ones, and the empty ones each.
    """

    count: int
    distinct: int


@dataclass(frozen=True, slots=True)
class GgufHeader:
    path: Path
    size: int
    metadata: Mapping[str, Any]
    tensors: Mapping[str, TensorEntry]

    def text(self, key: str) -> str:
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """A non-negative integer, 0 where the file has none."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def read_header(path: Path, *, keep_strings: bool = False) -> GgufHeader:
    """What stands before the weights, with every tensor's extent checked against the file's size.

    Raises:
        EnvironmentProblem: the file is missing, unreadable, cut short or damaged.
        UserError: it is no GGUF file, or one this program cannot read (big-endian, version 1).
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise UserError(f"{path} is a folder; name a GGUF file.")
        with path.open("rb") as file:
            if size < 24:
                raise _foreign(path) if file.read(4) not in (b"GGUF"[: min(size, 4)],) else _cut_short(path, size, None)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return _Reader(path, size, content, keep_strings).header()
    except FileNotFoundError:
        raise EnvironmentProblem(f"{path} does not exist. Check the path, or choose a model: dormouse models list") from None
    except OSError as problem:
        raise EnvironmentProblem(
            f"{path} could not be read: {problem.strerror}. Check its permissions and the disk."
        ) from problem


def _foreign(path: Path) -> UserError:
    return UserError(f"{path.name} is not a GGUF file. Name a model or adapter in GGUF format.")


def _cut_short(path: Path, size: int, needed: int | None) -> EnvironmentProblem:
    extent = f"{_megabytes(size)} of {_megabytes(needed)} MB" if needed else "it ends inside its header"
    return EnvironmentProblem(f"{path.name} is cut short ({extent}). Copy or download it again.")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}" if size >= 50_000 else f"{size / 1e6:.6f}"


def _damaged(path: Path, what: str) -> EnvironmentProblem:
    return EnvironmentProblem(f"{path.name} is damaged: {what}. Copy or download it again.")


class _Reader:
    """A cursor over the mapped file that never leaves it."""

    def __init__(self, path: Path, size: int, content: mmap.mmap, keep_strings: bool) -> None:
        self.path, self.size, self.content, self.keep_strings = path, size, content, keep_strings
        self.at = 0

    def header(self) -> GgufHeader:
        if self.content[:4] != b"GGUF":
            raise _foreign(self.path)
        self.at = 4
        version = self.number("I")
        if version not in (2, 3):
            raise UserError(f"{self.path.name} is GGUF version {version}; versions 2 and 3 can be read. Convert it anew.")
        tensor_count, entry_count = self.number("Q"), self.number("Q")
        if max(tensor_count, entry_count) > min(_MOST_ENTRIES, self.size):
            raise _damaged(self.path, "its header announces more entries than fit into it")
        metadata: dict[str, Any] = {}
        for _ in range(entry_count):
            key = self.string(_LONGEST_NAME)
            if key in metadata:
                raise _damaged(self.path, f"the entry {key} occurs twice")
            metadata[key] = self.value(self.number("I"))
        return GgufHeader(self.path, self.size, metadata, self.tensors(tensor_count, metadata))

    def tensors(self, count: int, metadata: Mapping[str, Any]) -> dict[str, TensorEntry]:
        table = [self.tensor() for _ in range(count)]
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1) or alignment > 1 << 16:
            raise _damaged(self.path, "its alignment is not a power of two")
        start = -(-self.at // alignment) * alignment
        # llama.cpp asks for the tensors' places in the table's order, without gaps.
        expected = 0
        placed: dict[str, TensorEntry] = {}
        for entry in table:
            if entry.name in placed:
                raise _damaged(self.path, f"the tensor {entry.name} occurs twice")
            if entry.offset != expected:
                raise _damaged(self.path, f"the tensor {entry.name} is not where it should be")
            expected += -(-entry.size // alignment) * alignment
            placed[entry.name] = TensorEntry(entry.name, entry.shape, entry.kind, start + entry.offset, entry.size)
        needed = max((entry.offset + entry.size for entry in placed.values()), default=0)
        if needed > self.size:
            raise _cut_short(self.path, self.size, needed)
        return placed

    def tensor(self) -> TensorEntry:
        name = self.string(_LONGEST_NAME)
        dimensions = self.number("I")
        if not 1 <= dimensions <= _MOST_DIMENSIONS:
            raise _damaged(self.path, f"the tensor {name} has {dimensions} dimensions")
        shape = tuple(self.number("Q") for _ in range(dimensions))
        kind = self.number("I")
        offset = self.number("Q")
        if kind not in TENSOR_TYPES:
            raise _damaged(self.path, f"the tensor {name} has the unknown type {kind}")
        label, block, block_bytes = TENSOR_TYPES[kind]
        entry = TensorEntry(name, shape, kind, offset, 0)
        if not all(0 < length < 1 << 40 for length in shape) or entry.elements >= 1 << 48 or shape[0] % block:
            raise _damaged(self.path, f"the tensor {name} has an impossible shape {shape} for {label}")
        return TensorEntry(name, shape, kind, offset, entry.elements // block * block_bytes)

    def take(self, length: int) -> bytes:
        end = self.at + length
        if end > self.size:
            raise _cut_short(self.path, self.size, None)
        taken = self.content[self.at : end]
        self.at = end
        return taken

    def number(self, letter: str) -> Any:
        number = _NUMBERS[letter]
        return number.unpack(self.take(number.size))[0]

    def string(self, longest: int) -> str:
        length = self.number("Q")
        if length > longest:
            raise _damaged(self.path, f"a text in its header is {length} bytes long")
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            raise _damaged(self.path, "a text in its header is not UTF-8") from None

    def value(self, kind: int) -> Any:
        if kind in _SCALARS:
            return self.number(_SCALARS[kind])
        if kind == _STRING:
            return self.string(_LONGEST_TEXT)
        if kind == _ARRAY:
            return self.array(self.number("I"), self.number("Q"))
        raise _damaged(self.path, f"its header has a value of the unknown type {kind}")

    def array(self, kind: int, count: int) -> Any:
        if count > _LONGEST_LIST:
            raise _damaged(self.path, f"a list in its header announces {count} entries")
        if kind in _SCALARS:
            letter = _SCALARS[kind]
            width = _NUMBERS[letter].size
            if count * width > self.size:
                raise _damaged(self.path, f"a list in its header announces {count} entries")
            return struct.unpack(f"<{count}{letter}", self.take(count * width))
        if kind != _STRING or count * 8 > self.size:
            raise _damaged(self.path, f"a list in its header announces {count} entries of type {kind}")
        if self.keep_strings:
            return tuple(self.string(_LONGEST_TEXT) for _ in range(count))
        return self.skip_strings(count)

    def skip_strings(self, count: int) -> Strings:
        """Walk over `count` strings; the loop is bare because a large vocabulary has 300,000 of them."""
        at, size, content = self.at, self.size, self.content
        length_at = struct.Struct("<Q").unpack_from
        seen: set[bytes] = set()
        empty = 0
        for _ in range(count):
            if at + 8 > size:
                raise _cut_short(self.path, size, None)
            start = at + 8
            at = start + length_at(content, at)[0]
            if at > start:
                seen.add(content[start:at])
            else:
                empty += 1
        if at > size:
            raise _cut_short(self.path, size, None)
        self.at = at
        return Strings(count, len(seen) + empty)
