"""The weights of a GGUF, one at a time: unpacked by pieces into torch's shape, in transformers' order of rows.

The file is read and not mapped, and a tensor is unpacked a few rows at a time, so that beside what the model itself holds there
is never more in memory than one weight.
"""

from __future__ import annotations

from typing import Any, BinaryIO

import gguf
import numpy as np
import torch

from models.errors import EnvironmentProblem
from models.families import Family, heads
from models.gguf_header import TENSOR_TYPES, GgufHeader

_PIECE = 1 << 22
"""Weights unpacked at a time: their float32 values and gguf's intermediate copies stay below a hundred megabytes."""


class Weights:
    """The weights of a model file that was opened for reading."""

    def __init__(self, file: BinaryIO, header: GgufHeader, family: Family) -> None:
        self._file, self._header, self._family = file, header, family

    def read(self, parameter: str, shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
        """The values of transformers' `parameter`; zeros for a bias that the file leaves out.

        Raises:
            EnvironmentProblem: the file lacks it or has it in another shape.
        """
        name = self._family.file_name(parameter)
        if name not in self._header.tensors or name is None:
            if parameter.endswith(".bias"):
                return torch.zeros(shape, dtype=dtype)
            raise EnvironmentProblem(f"{self._header.path.name} cannot be learned on: it has no {name or parameter}.")
        shifted = self._family.norm_shift if name.endswith("norm.weight") else 0.0
        values = self.tensor(name, torch.float32 if shifted else dtype)
        if values.shape != shape:
            raise EnvironmentProblem(
                f"{self._header.path.name} cannot be learned on: {name} is {tuple(values.shape)}, not {tuple(shape)}."
            )
        if shifted:
            return (values - shifted).to(dtype)
        return self._in_halves(values, name) if self._family.is_interleaved(name) else values

    def tensor(self, name: str, dtype: torch.dtype) -> torch.Tensor:
        """The values under the file's own name."""
        entry = self._header.tensors[name]
        kind, elements, size = TENSOR_TYPES[entry.kind]
        columns = entry.shape[0]
        rows, row_bytes = entry.elements // columns, columns // elements * size
        values = torch.empty((rows, columns), dtype=dtype)
        step = max(1, _PIECE // columns)
        self._file.seek(entry.offset)
        for first in range(0, rows, step):
            count = min(step, rows - first)
            packed = np.fromfile(self._file, np.uint8, count * row_bytes).reshape(count, row_bytes)
            unpacked: Any = gguf.quants.dequantize(packed, gguf.GGMLQuantizationType[kind])
            values[first : first + count] = torch.from_numpy(unpacked)
        return values.reshape(tuple(reversed(entry.shape)))

    def _in_halves(self, values: torch.Tensor, name: str) -> torch.Tensor:
        """Interleaved rows back in transformers' order: of each head first the even ones, then the odd ones."""
        count = heads(self._header, name)
        return values.reshape(count, len(values) // count // 2, 2, -1).transpose(1, 2).reshape(values.shape)
