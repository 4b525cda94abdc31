"""Damaged files, made from a whole one: cut, flipped, lied to about counts, lengths, places and types. Run as a program, it tries each.

`python -m tests.models.damage model|adapter BASE WHOLE FROM TO SEED` prints two lines of JSON for each damaged file: its number
and what was done to it, then what was said of it ("" where it served). A crash ends the process after the first of them.
"""

from __future__ import annotations

import json
import random
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from models.engine import Sampling, Turn
from models.errors import DormouseError
from models.llama import LlamaEngine

ABSURD = (0, 1, 255, 1 << 20, (1 << 31) - 1, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


class _Fields:
    """Where the numbers stand in a GGUF header: lengths of strings and lists, types, dimensions, offsets, and scalar values."""

    SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # noqa: RUF012

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 24
        self.long: list[int] = []
        self.types: list[int] = []
        self.values: list[tuple[int, int]] = []
        self.dimensions: list[int] = []
        self.offsets: list[int] = []
        tensors, entries = struct.unpack_from("<QQ", content, 8)
        for _ in range(entries):
            self._string()
            self._value(self._number(self.types))
        for _ in range(tensors):
            self._string()
            self.values.append((self.at, 4))
            count = struct.unpack_from("<I", content, self.at)[0]
            self.at += 4
            self.dimensions += [self.at + 8 * axis for axis in range(count)]
            self.at += 8 * count
            self._number(self.types)
            self.offsets.append(self.at)
            self.at += 8
        self.end = self.at

    def _number(self, noted: list[int]) -> int:
        noted.append(self.at)
        self.at += 4
        return struct.unpack_from("<I", self.content, self.at - 4)[0]

    def _string(self) -> None:
        self.long.append(self.at)
        self.at += 8 + struct.unpack_from("<Q", self.content, self.at)[0]

    def _value(self, kind: int) -> None:
        if kind == 8:
            self._string()
        elif kind == 9:
            inner = self._number(self.types)
            self.long.append(self.at)
            count = struct.unpack_from("<Q", self.content, self.at)[0]
            self.at += 8
            for place in range(count):
                # A vocabulary's strings are many: the first ones stand for all.
                before = len(self.long), len(self.values)
                self._value(inner)
                if place >= 3:
                    del self.long[before[0] :], self.values[before[1] :]
        else:
            self.values.append((self.at, self.SIZES[kind]))
            self.at += self.SIZES[kind]


def damaged(content: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """What was done, and the damaged file: without end, every kind in turn."""
    random.seed(seed)
    fields = _Fields(content)

    def with_number(at: int, width: int, number: int) -> bytes:
        return content[:at] + (number & ((1 << (8 * width)) - 1)).to_bytes(width, "little") + content[at + width :]

    def cut() -> tuple[str, bytes]:
        end = random.choice([random.randrange(fields.end), random.randrange(len(content))])
        return f"cut at {end}", content[:end]

    def flipped(low: int, high: int) -> tuple[str, bytes]:
        at, bit = random.randrange(low, high), random.randrange(8)
        return f"bit {bit} of byte {at} flipped", content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]

    def zeroed() -> tuple[str, bytes]:
        at, length = random.randrange(len(content)), random.randrange(1, 4096)
        return f"{length} zeros at {at}", content[:at] + bytes(length) + content[at + length :]

    def magic() -> tuple[str, bytes]:
        mark = random.choice([b"GGML", b"ggjt", b"FUGG", b"PK\3\4", b"\0\0\0\0", random.randbytes(4)])
        return f"magic {mark!r}", mark + content[4:]

    def version() -> tuple[str, bytes]:
        number = random.choice([0, 1, 4, 1 << 24, 1 << 31, 3 << 24])
        return f"version {number}", with_number(4, 4, number)

    def counts() -> tuple[str, bytes]:
        at, number = random.choice([8, 16]), random.choice([*ABSURD, random.randrange(300)])
        return f"count at {at} is {number}", with_number(at, 8, number)

    def lengths() -> tuple[str, bytes]:
        at, number = random.choice(fields.long), random.choice([*ABSURD, random.randrange(64)])
        return f"length at {at} is {number}", with_number(at, 8, number)

    def types() -> tuple[str, bytes]:
        at, number = random.choice(fields.types), random.choice([random.randrange(48), random.choice(ABSURD)])
        return f"type at {at} is {number}", with_number(at, 4, number)

    def values() -> tuple[str, bytes]:
        (at, width), number = random.choice(fields.values), random.choice([*ABSURD, random.randrange(1 << 16)])
        return f"value at {at} is {number}", with_number(at, width, number)

    def dimensions() -> tuple[str, bytes]:
        at, number = random.choice(fields.dimensions), random.choice([*ABSURD, random.randrange(1, 512)])
        return f"dimension at {at} is {number}", with_number(at, 8, number)

    def overlapping() -> tuple[str, bytes]:
        at = random.choice(fields.offsets)
        number = random.choice([0, 32, random.randrange(len(content)), *ABSURD])
        return f"offset at {at} is {number}", with_number(at, 8, number)

    def swapped() -> tuple[str, bytes]:
        one, other = random.sample(fields.offsets, 2)
        numbers = content[one : one + 8], content[other : other + 8]
        changed = content[:one] + numbers[1] + content[one + 8 :]
        return f"offsets at {one} and {other} swapped", changed[:other] + numbers[0] + changed[other + 8 :]

    def longer() -> tuple[str, bytes]:
        return "random bytes behind the end", content + random.randbytes(random.randrange(1, 10_000))

    kinds: list[Callable[[], tuple[str, bytes]]] = [
        cut, lambda: flipped(0, fields.end), lambda: flipped(fields.end, len(content)), zeroed, magic, version, counts,
        lengths, types, values, dimensions, overlapping, swapped, longer, lambda: flipped(0, 1000), values,
    ]  # fmt: skip
    while True:
        for kind in kinds:
            yield kind()


def main(kind: str, base: Path, whole: Path, first: int, last: int, seed: int) -> None:
    """Try the damaged files from `first` to `last` (excluded) and say what became of each."""
    path = whole.with_name(f"damaged-{kind}-{seed}-{first}.gguf")
    turns, short = [Turn("user", "hello there")], Sampling(max_tokens=1)
    engine = LlamaEngine(base, threads=1, context_length=256) if kind == "adapter" else None
    makers = damaged(whole.read_bytes(), seed)
    for number in range(last):
        what, content = next(makers)
        if number < first:
            continue
        print("TRIED", json.dumps([number, what]), flush=True)
        path.write_bytes(content)
        try:
            if engine is not None:
                engine.set_adapter(path)
                engine.reply(turns, sampling=short)
                engine.set_adapter(None)
            else:
                with LlamaEngine(path, threads=1, context_length=256) as model:
                    model.reply(turns, sampling=short)
            said = ""
        except DormouseError as problem:
            said = str(problem)
        print("SAID", json.dumps(said), flush=True)
    path.unlink(missing_ok=True)
    if engine is not None:
        engine.close()


if __name__ == "__main__":
    kind, base, whole, *numbers = sys.argv[1:]
    main(kind, Path(base), Path(whole), *map(int, numbers))
