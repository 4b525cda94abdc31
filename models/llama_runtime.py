"""The thin layer over llama.cpp's C interface: one model, one context, its tokens and its logits. No chat, no policy.

Everything here takes and gives Python values; the ctypes stay inside. Only `models.llama` and `models.sampling` use it.
"""

from __future__ import annotations

import ctypes
import functools
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt
import psutil

from models.errors import EnvironmentProblem, UserError

_log = logging.getLogger(__name__)
_errors: deque[str] = deque(maxlen=16)
_ERROR = 4
_SMALL_MODEL = 50_000_000

MOST_OUTPUTS = 32
"""Positions whose logits one decode gives: 32 rows of a 150,000-token vocabulary are 19 MB, 512 would be 310."""


@llama_cpp.llama_log_callback
def _on_log(level: int, text: bytes, _user_data: object) -> None:
    line = text.decode(errors="replace").rstrip()
    if level == _ERROR:
        _errors.append(line)
    _log.debug("%s", line)


def _said() -> str:
    """What llama.cpp itself said when something began to fail, in brackets, or nothing."""
    said = _errors[0].split(": ", 1)[-1] if _errors else ""
    return f" ({said})" if said else ""


@functools.cache
def start_backend() -> None:
    """Load llama.cpp's backends once, with its messages sent to `logging` instead of the person's terminal."""
    llama_cpp.llama_log_set(_on_log, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()


def offloads() -> bool:
    """Whether llama.cpp was built for a graphics processor and finds one."""
    start_backend()
    return bool(llama_cpp.llama_supports_gpu_offload())


def default_threads(parameters: int) -> int:
    """Physical cores this process may use, at most 8: beyond it memory bandwidth, not cores, sets the pace.

    A small model gets one: handing its work over takes as long as doing it, and threads that wait for each other while
    something else uses the cores make it ten times slower (measured: 0.7 ms a token alone, 8 ms beside a training).
    """
    if parameters < _SMALL_MODEL:
        return 1
    return min(8, cores())


def cores() -> int:
    """Physical cores this process may use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))


class Runtime:
    """A loaded model with one context over one sequence.

    Attributes:
        vocabulary: number of tokens.
        vocab, context: llama.cpp's own handles, for samplers.
        context_length: tokens the context holds.
        threads: cores one evaluation uses.
        batch: tokens evaluated at once.
        on_gpu: whether layers were put there.
    """

    def __init__(self, path: Path, *, context_length: int, threads: int, gpu_layers: int | None, batch: int) -> None:
        """Raises EnvironmentProblem where llama.cpp cannot load the file or memory does not suffice."""
        start_backend()
        _errors.clear()
        self._model: Any = None
        self.context: Any = None
        self._adapters: list[Any] = []
        model_params = llama_cpp.llama_model_default_params()
        offload = llama_cpp.llama_supports_gpu_offload()
        model_params.n_gpu_layers = (-1 if offload else 0) if gpu_layers is None else gpu_layers
        self.on_gpu = bool(offload and model_params.n_gpu_layers)
        model_params.load_mode = llama_cpp.LLAMA_LOAD_MODE_MMAP
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), model_params)
        if not self._model:
            if "unknown model architecture" in _said():
                raise UserError(
                    f"{path.name} is of a kind that this version cannot load{_said()}. Choose another, or a newer Dormouse."
                )
            raise EnvironmentProblem(
                f"{path.name} could not be loaded{_said()}. Copy or download it again, or use another: dormouse models list"
            )
        self.vocab: Any = llama_cpp.llama_model_get_vocab(self._model)
        self.vocabulary: int = llama_cpp.llama_vocab_n_tokens(self.vocab)
        self.batch = min(batch, context_length)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = context_length
        params.n_batch = params.n_ubatch = self.batch
        params.n_outputs_max = params.n_outputs_max_per_seq = min(MOST_OUTPUTS, self.batch)
        params.n_threads = params.n_threads_batch = self.threads = threads
        # On a CPU plain attention is the faster one; on a GPU llama.cpp chooses.
        attention = llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO if offload else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.flash_attn_type = attention
        self.context = llama_cpp.llama_init_from_model(self._model, params)
        if not self.context:
            self.close()
            raise EnvironmentProblem(
                f"There is not enough memory for {path.name} with {context_length} tokens of context{_said()}."
                " Close other programs or choose a smaller model or context."
            )
        self.context_length = context_length
        self._memory: Any = llama_cpp.llama_get_memory(self.context)
        self._batch: Any = llama_cpp.llama_batch_init(self.batch, 0, 1)

    def close(self) -> None:
        """Detach adapters, free them, then context and model; llama.cpp asks for this order."""
        if self.context:
            self.use_adapter(None)
            llama_cpp.llama_batch_free(self._batch) if hasattr(self, "_batch") else None
        for adapter in self._adapters:
            llama_cpp.llama_adapter_lora_free(adapter)
        self._adapters.clear()
        if self.context:
            llama_cpp.llama_free(self.context)
            self.context = None
        if self._model:
            llama_cpp.llama_model_free(self._model)
            self._model = None

    # Tokens

    def tokenize(self, text: bytes) -> list[int]:
        """Token ids with control marks recognised and nothing added."""
        room = len(text) + 8
        while True:
            ids = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(self.vocab, text, len(text), ids, room, False, True)
            if count >= 0:
                return list(ids[:count])
            room = -count

    def piece(self, token: int, *, marks: bool) -> bytes:
        """The bytes a token stands for; control tokens give nothing unless `marks`."""
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = llama_cpp.llama_token_to_piece(self.vocab, token, buffer, room, 0, marks)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def is_end(self, token: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self.vocab, token))

    @property
    def bos(self) -> int | None:
        token: Any = llama_cpp.llama_vocab_bos(self.vocab)
        return token if token >= 0 else None

    @property
    def adds_bos(self) -> bool:
        return bool(llama_cpp.llama_vocab_get_add_bos(self.vocab))

    @property
    def end_of_turn(self) -> int | None:
        """The token that ends a turn: the file's end-of-turn mark, or else its end-of-text mark."""
        candidates: list[Any] = [llama_cpp.llama_vocab_eot(self.vocab), llama_cpp.llama_vocab_eos(self.vocab)]
        for token in candidates:
            if token >= 0:
                return token
        return None

    # The sequence

    def forget_from(self, position: int) -> bool:
        """Drop the cached tokens from `position` on; False where this model cannot drop a part."""
        return bool(llama_cpp.llama_memory_seq_rm(self._memory, 0, position, -1))

    def forget_all(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, True)

    def decode(self, tokens: Sequence[int], position: int, *, outputs: int, abort: Callable[[], bool] | None = None) -> bool:
        """Evaluate `tokens` from `position` on, keeping logits of the last `outputs`; False when `abort` said so.

        At most `batch` tokens. After an abort the cache beyond `position` is undefined: `forget_from(position)`.
        """
        _errors.clear()
        count = len(tokens)
        batch = self._batch
        batch.n_tokens = count
        for place, token in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = position + place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = 0
            batch.logits[place] = place >= count - outputs
        code = self._decode_abortable(batch, abort) if abort else llama_cpp.llama_decode(self.context, batch)
        if code == 2:
            return False
        if code != 0:
            raise EnvironmentProblem(f"llama.cpp could not evaluate {count} tokens (code {code}){_said()}. Try again.")
        return True

    def _decode_abortable(self, batch: Any, abort: Callable[[], bool]) -> int:
        """Ask `abort` between the steps of the computation (CPU and Metal only; elsewhere between batches)."""
        asked = llama_cpp.ggml_abort_callback(lambda _data: abort())
        llama_cpp.llama_set_abort_callback(self.context, asked, ctypes.c_void_p(0))
        try:
            return llama_cpp.llama_decode(self.context, batch)
        finally:
            llama_cpp.llama_set_abort_callback(self.context, llama_cpp.ggml_abort_callback(0), ctypes.c_void_p(0))

    def logits(self, index: int) -> npt.NDArray[np.float32]:
        """Logits after the token at `index` of the last decode, -1 for its last: (vocab,), valid until the next decode."""
        row = llama_cpp.llama_get_logits_ith(self.context, index)
        if not row:
            raise RuntimeError(f"no logits were kept at index {index}")
        return np.ctypeslib.as_array(row, shape=(self.vocabulary,))

    # Adapters

    def load_adapter(self, path: Path) -> Any:
        """Read a checked GGUF LoRA into memory; the handle is for `use_adapter` and `free_adapter`."""
        _errors.clear()
        handle = llama_cpp.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not handle:
            raise UserError(f"{path.name} could not be loaded as an adapter of this model{_said()}. Build it again.")
        self._adapters.append(handle)
        return handle

    def use_adapter(self, handle: Any) -> None:
        """Serve with this adapter alone, or with none."""
        if handle is None:
            code = llama_cpp.llama_set_adapters_lora(self.context, None, 0, None)
        else:
            handles = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(handle)
            code = llama_cpp.llama_set_adapters_lora(self.context, handles, 1, (ctypes.c_float * 1)(1.0))
        if code:
            raise EnvironmentProblem(f"llama.cpp could not change the adapter (code {code}){_said()}.")

    def free_adapter(self, handle: Any) -> None:
        """Release an adapter that is not in use."""
        self._adapters.remove(handle)
        llama_cpp.llama_adapter_lora_free(handle)
