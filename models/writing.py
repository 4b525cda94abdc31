"""A reply as it grows: its text handed over in whole characters, and what it cost."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable
from typing import Literal

from models.engine import CancelToken, Completion
from models.thinking import Thoughts


class Writing:
    """One reply, from the call on. Attributes: `cancel`, asked between tokens; `tokens` generated so far."""

    def __init__(
        self, on_piece: Callable[[str], None], cancel: CancelToken, thinking: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """`thinking` are the marks between which the model may think aloud first; that is no part of the reply."""
        self.cancel = cancel
        self._thoughts = Thoughts(thinking)
        self.tokens = 0
        self._on_piece = on_piece
        self._started = time.perf_counter()
        self._first: float | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text: list[str] = []

    def write(self, piece: bytes) -> bytes:
        """Take a token's bytes and hand over the text they complete: a character split over tokens only when it is whole."""
        self.tokens += 1
        if self._first is None:
            self._first = time.perf_counter()
        return self._show(self._thoughts.answer(self._decoder.decode(piece))).encode()

    @property
    def answering(self) -> bool:
        """What comes now is the reply and no thought before it."""
        return self._thoughts.answering

    def _show(self, text: str) -> str:
        if text:
            self._text.append(text)
            self._on_piece(text)
        return text

    def completion(self, prompt_tokens: int, evaluated: int, stopped: Literal["end", "length", "cancelled"]) -> Completion:
        now = time.perf_counter()
        self._show(self._thoughts.rest())
        return Completion(
            text="".join(self._text),
            thought=self._thoughts.text,
            prompt_tokens=prompt_tokens,
            evaluated_tokens=evaluated,
            completion_tokens=self.tokens,
            ttft_ms=((self._first or now) - self._started) * 1000,
            seconds=now - self._started,
            stopped=stopped,
        )
