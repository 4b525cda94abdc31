"""LlamaEngine: a served GGUF that chats, scores and changes adapters, by llama.cpp.

One context with one sequence; its KV cache is the only memory between calls, and `CachedTokens` knows what is in it. What a
file is, is asked of `models.gguf_file`; how the next token is chosen, of `models.sampling`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from models.adapter_gguf import check_adapter
from models.chat_template import CHATML, ChatTemplate
from models.engine import CancelToken, Completion, Sampling, Score, Turn
from models.errors import EnvironmentProblem, UserError
from models.gguf_file import GgufSummary, summarise
from models.gguf_header import read_header
from models.llama_runtime import MOST_OUTPUTS, Runtime, cores, default_threads
from models.prefix import CachedTokens
from models.sampling import JsonSampler, Sampler
from models.thinking import marks_in
from models.writing import Writing

_ROOM_TO_CLOSE = 192
"""Tokens kept free for bringing JSON to its end when the limit is reached in the middle of it."""
_KEPT_ADAPTERS = 3


class LlamaEngine:
    """A `ChatEngine` over one model file. Every method but `close` belongs to the thread that made it."""

    def __init__(
        self,
        path: Path,
        *,
        context_length: int = 2048,
        threads: int | None = None,
        gpu_layers: int | None = None,
        batch: int = 512,
        hashes: Path | None = None,
    ) -> None:
        """Check and load the model.

        `threads` defaults to the physical cores, at most 8, and to one for a small model; `gpu_layers` to all where llama.cpp was built for a GPU; `hashes`
        is the file in which `read_summary` remembers hashes.

        Raises:
            EnvironmentProblem: the file is missing, cut short or damaged, or memory does not suffice.
            UserError: the file is something else than a chat model.
        """
        self._thread = threading.get_ident()
        self._header = read_header(path)
        self._summary = summarise(self._header, hashes=hashes)
        self._load = partial(
            Runtime,
            self._summary.path,
            context_length=min(context_length, self._summary.context_length),
            threads=threads or default_threads(self._summary.parameters),
            batch=batch,
        )
        self._gpu_layers, self._hashes = gpu_layers, hashes
        self._runtime = self._load(gpu_layers=gpu_layers)
        try:
            self._template, marks = self._read_template()
        except BaseException:
            self._runtime.close()
            raise
        self._cached = CachedTokens(marks)
        self._held: tuple[int, ...] = ()
        self._adapter: Path | None = None
        self._adapters: dict[tuple[Path, int, int] | None, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def summary(self) -> GgufSummary:
        return self._summary

    @property
    def context_length(self) -> int:
        return self._runtime.context_length

    @property
    def adapter(self) -> Path | None:
        return self._adapter

    def set_adapter(self, path: Path | None) -> None:
        self._check_thread()
        handle = None if path is None else self._adapter_handle(path)
        self._runtime.use_adapter(handle)
        self._adapter = path
        # The cached keys and values were computed with the other weights.
        self.reset()

    def _adapter_handle(self, path: Path) -> Any:
        """The loaded adapter; the few last used stay loaded, for a gate compares candidate, incumbent and base in turns."""
        key = _identity(path)
        handle = self._adapters.pop(key, None)
        if handle is None:
            check_adapter(path, self._header, base_sha256=self._summary.sha256)
            handle = self._runtime.load_adapter(path)
        self._adapters[key] = handle
        while len(self._adapters) > _KEPT_ADAPTERS:
            # The one in effect was the last used before this one, and so is never the oldest.
            self._runtime.free_adapter(self._adapters.pop(next(iter(self._adapters))))
        return handle

    # Text and tokens

    def render(self, turns: Sequence[Turn], *, reply: bool = True) -> str:
        return self._template.render(turns, reply=reply)

    def tokenize(self, rendered: str) -> list[int]:
        self._check_thread()
        return self._runtime.tokenize(self._opened(rendered))

    def prompt_ids(self, turns: Sequence[Turn]) -> list[int]:
        return self.tokenize(self.render(turns))

    def answer_ids(self, turns: Sequence[Turn], answer: str) -> list[int]:
        self._check_thread()
        before = self.render(turns)
        whole = self.render([*turns, Turn("assistant", answer)], reply=False)
        words = self._template.harmless(answer)
        # Templates that tell their history otherwise than their newest reply leave only the bare answer to go by.
        rest = whole[len(before) :] if whole.startswith(before) and words.strip() in whole[len(before) :] else words
        ids = self._runtime.tokenize(rest.encode())
        for place, token in enumerate(ids):
            if self._runtime.is_end(token):
                return ids[: place + 1]
        end = self._runtime.end_of_turn
        return ids if end is None else [*ids, end]

    def _opened(self, rendered: str) -> bytes:
        """The text with the mark of its beginning, where the file wants one and the template did not write it."""
        if self._runtime.adds_bos and self._bos and not rendered.startswith(self._bos):
            rendered = self._bos + rendered
        return rendered.encode()

    def _text_of(self, token: int | None) -> str:
        return "" if token is None else self._runtime.piece(token, marks=True).decode(errors="replace")

    def _read_template(self) -> tuple[ChatTemplate, list[bytes]]:
        """The file's chat template, and the bytes of its control marks."""
        pieces = (self._runtime.piece(token, marks=True) for token in self._summary.control_tokens)
        marks = [piece for piece in pieces if piece]
        source = self._summary.chat_template
        self._thinking = marks_in(source)
        # Where they are control tokens they would be left out of the text, and the thought would pass for the answer.
        written = {mark.encode() for pair in self._thinking for mark in pair}
        self._thinking_tokens = {
            token for token in self._summary.control_tokens if self._runtime.piece(token, marks=True) in written
        }
        if not source and {b"<|im_start|>", b"<|im_end|>"} <= set(marks):
            source = CHATML
        if not source:
            raise UserError(f"{self._summary.path.name} has no chat template. Choose a model made for chat (instruct).")
        self._bos = self._text_of(self._runtime.bos)
        template = ChatTemplate(
            source,
            model=self._summary.path.name,
            bos=self._bos,
            eos=self._text_of(next(iter(self._summary.end_tokens), None)),
            marks=[mark.decode(errors="replace") for mark in marks],
        )
        return template, marks

    # Generation

    def reply(
        self,
        turns: Sequence[Turn],
        *,
        sampling: Sampling = Sampling(),  # noqa: B008  (frozen)
        schema: Mapping[str, Any] | None = None,
        on_piece: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Completion:
        self._check_thread()
        thinking = self._thinking if schema is None else ()
        writing = Writing(on_piece or (lambda _piece: None), cancel or CancelToken(), thinking)
        ids = self._cached.prompt(self._opened(self.render(turns)), self._runtime.tokenize)
        reserve = 0 if schema is None else _ROOM_TO_CLOSE
        room = self._room_after(ids, reserve)
        evaluated, whole = self._evaluate_prompt(ids, writing.cancel)
        if not whole:
            return writing.completion(len(ids), evaluated, "cancelled")
        sampler = Sampler(self._runtime, sampling) if schema is None else JsonSampler(self._runtime, sampling, schema)
        try:
            stopped = self._write(sampler, writing, min(sampling.max_tokens, room), reserve)
        finally:
            sampler.close()
        return writing.completion(len(ids), evaluated, stopped)

    def _write(self, sampler: Sampler, writing: Writing, limit: int, reserve: int) -> Literal["end", "length", "cancelled"]:
        """Generate until the end mark, the limit or a cancel; JSON that reaches the limit is brought to its end beyond it."""
        while not writing.cancel.cancelled:
            if writing.tokens >= limit:
                if not isinstance(sampler, JsonSampler):
                    return "length"
                if writing.tokens >= limit + reserve:
                    raise UserError("The JSON asked for does not fit into the tokens allowed. Allow more, or ask for less.")
                sampler.closing = True
            token = sampler.next()
            if self._runtime.is_end(token):
                return "length" if isinstance(sampler, JsonSampler) and sampler.closing else "end"
            piece = self._runtime.piece(token, marks=token in self._thinking_tokens)
            shown = writing.write(piece)
            if len(self._cached) == self._runtime.context_length:
                return "length"
            # A thought is no part of the history's text, so the cache must not pass for it.
            self._decode([token], outputs=1, shown=shown if piece and writing.answering else None)
        return "cancelled"

    def _room_after(self, ids: Sequence[int], reserve: int) -> int:
        """Tokens the context has left for a reply."""
        if not ids:
            raise UserError("There is nothing to reply to: the conversation is empty.")
        room = self._runtime.context_length - len(ids) - reserve
        if room < 1:
            raise UserError(
                f"The conversation has {len(ids)} tokens; with room for a reply it must stay under"
                f" {self._runtime.context_length - reserve}. Start a new conversation or shorten the message."
            )
        return room

    def _evaluate_prompt(self, ids: Sequence[int], cancel: CancelToken) -> tuple[int, bool]:
        """Bring the cache to hold `ids`, with logits after the last: how many were evaluated, and whether all of them."""
        start = self._keep_common(ids, len(ids) - 1)
        for at in range(start, len(ids), self._runtime.batch):
            piece = ids[at : at + self._runtime.batch]
            last = at + len(piece) == len(ids)
            if cancel.cancelled or not self._decode(piece, outputs=1 if last else 0, abort=lambda: cancel.cancelled):
                return at - start, False
        self._numbers(-1)
        return len(ids) - start, True

    def _numbers(self, index: int) -> npt.NDArray[np.float32]:
        """The logits at an index of the last decode, which must be numbers: damaged weights give none."""
        logits = self._runtime.logits(index)
        if not np.isfinite(logits.sum()):
            culprit = self._adapter.name if self._adapter else self._summary.path.name
            self.reset()
            raise EnvironmentProblem(f"{culprit} computes no numbers: it is damaged. Choose another, or copy it again.")
        return logits

    def _keep_common(self, ids: Sequence[int], most: int) -> int:
        """Cut the cache to what it has in common with `ids`, at most `most` tokens, and say how many those are."""
        kept = min(self._cached.common(ids), most)
        if kept < len(self._cached):
            if kept == 0 or not self._runtime.forget_from(kept):
                self._runtime.forget_all()
                kept = 0
            self._cached.cut(kept)
        if kept < len(self._held):
            self._held = ()
        return kept

    def _decode(
        self, tokens: Sequence[int], *, outputs: int, shown: bytes | None = None, abort: Callable[[], bool] | None = None
    ) -> bool:
        """Evaluate more tokens, or leave the cache as it was; `shown` is what a generated one added to the reply's text."""
        position = len(self._cached)
        done = False
        try:
            done = self._runtime.decode(tokens, position, outputs=outputs, abort=abort)
        finally:
            if not done and not self._runtime.forget_from(position):
                self.reset()
        if done:
            for token in tokens:
                # A reply's history is rendered from its text as shown, where broken characters were replaced.
                self._cached.add(token, self._runtime.piece(token, marks=True) if shown is None else shown)
        return done

    # Measurement

    def score(self, turns: Sequence[Turn], answer: str) -> Score:
        self._check_thread()
        ids = self.answer_ids(turns, answer)
        if ids and self._runtime.is_end(ids[-1]):
            ids = ids[:-1]
        rows = self._rows(self.prompt_ids(turns), ids)
        return Score(logprob=float(sum(float(row[token]) for token, row in zip(ids, rows, strict=True))), tokens=len(ids))

    def would_say(self, turns: Sequence[Turn], answer: str) -> bool:
        self._check_thread()
        prompt, ids = self.prompt_ids(turns), self.answer_ids(turns, answer)
        self._room_after(prompt, len(ids) - 1)
        start = self._keep_common(prompt, len(prompt) - 1)
        asked = [*prompt[start:], *ids[:-1]]
        if not ids or len(asked) > self._runtime.batch or len(ids) > MOST_OUTPUTS:
            return False
        self._decode(asked, outputs=len(ids))
        first = len(asked) - len(ids)
        return all(int(self._numbers(first + place).argmax()) == token for place, token in enumerate(ids))

    def logprobs(self, turns: Sequence[Turn], answer: str) -> npt.NDArray[np.float32]:
        self._check_thread()
        return np.stack(list(self._rows(self.prompt_ids(turns), self.answer_ids(turns, answer))))

    def _rows(self, prompt: Sequence[int], answer: Sequence[int]) -> Iterator[npt.NDArray[np.float32]]:
        """Log-probabilities of what may stand at each position of `answer`: (vocab,) each, nats."""
        if not answer:
            return
        self._room_after(prompt, len(answer) - 1)
        start = self._keep_common(prompt, len(prompt) - 1)
        for at in range(start, len(prompt) - 1, self._runtime.batch):
            self._decode(prompt[at : min(at + self._runtime.batch, len(prompt) - 1)], outputs=0)
        asked = [prompt[-1], *answer[:-1]]
        step = min(MOST_OUTPUTS, self._runtime.batch)
        for at in range(0, len(asked), step):
            piece = asked[at : at + step]
            self._decode(piece, outputs=len(piece))
            for index in range(len(piece)):
                yield _log_softmax(self._numbers(index))

    def reset(self, keep: Sequence[int] = ()) -> None:
        self._check_thread()
        if keep and self._held == tuple(keep) and self._keep_common(keep, len(keep)) == len(keep):
            return
        self._runtime.forget_all()
        self._cached.cut(0)
        self._held = ()
        for at in range(0, len(keep), self._runtime.batch):
            self._decode(keep[at : at + self._runtime.batch], outputs=0)
        self._held = tuple(keep)

    @contextmanager
    def resting(self) -> Iterator[None]:
        self._check_thread()
        if not self._runtime.on_gpu:
            # The weights are the file's own pages, which the system takes back as it needs them.
            yield
            return
        self._adapters.clear()
        self._runtime.close()
        try:
            yield
        finally:
            try:
                self._runtime = self._load(gpu_layers=self._gpu_layers)
            except EnvironmentProblem:
                # Somebody else took the GPU's memory meanwhile. Slow is better than silent.
                self._runtime = self._load(gpu_layers=0)
            self.set_adapter(self._adapter)

    @property
    def room_beside(self) -> int:
        return 0 if self._runtime.on_gpu else cores() // self._runtime.threads - 1

    def another(self) -> LlamaEngine:
        runtime = self._runtime
        return LlamaEngine(
            self._summary.path,
            context_length=runtime.context_length,
            threads=runtime.threads,
            gpu_layers=self._gpu_layers,
            batch=runtime.batch,
            hashes=self._hashes,
        )

    def close(self) -> None:
        self._adapters.clear()
        self._adapter = None
        self._runtime.close()

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise RuntimeError("an engine may be used only by the thread that created it")


def _log_softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    shifted = logits - logits.max()
    return shifted - np.float32(np.log(np.exp(shifted, dtype=np.float64).sum()))


def _identity(path: Path) -> tuple[Path, int, int] | None:
    """What tells one state of a file from another without reading it; None where there is no file."""
    try:
        state = path.stat()
    except OSError:
        return None
    return path.resolve(), state.st_size, state.st_mtime_ns
