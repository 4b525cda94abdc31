"""Asks an engine one question at a time, so that the same question always gets the same words, whatever was asked before.

A reused prefix changes the low bits of the logits, and a near-tie then flips a token. So every question starts from the same
state: the opening that all of them share, evaluated in one piece, and nothing after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from models.engine import CancelToken, ChatEngine, Completion, Sampling, Score, Turn
from models.errors import Cancelled
from models.instructions import PERSONA, with_notes

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_GREEDY = Sampling(max_tokens=96)


def turns(text: str, notes: Sequence[str] = ()) -> list[Turn]:
    """The one-question conversation in which curriculum and gate ask everything."""
    return [Turn("system", PERSONA), Turn("user", with_notes(notes, text))]


class Examiner:
    """Questions to whatever the engine serves, each in a conversation of its own, answered greedily.

    With a `cancel` that is set, every method raises `Cancelled` instead of an answer.
    """

    def __init__(self, engine: ChatEngine, cancel: CancelToken | None = None) -> None:
        self._engine = engine
        self._cancel = cancel or CancelToken()
        one, other = (engine.prompt_ids(turns(text)) for text in ("Why?", "notes"))
        self._opening = [id_ for id_, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]

    def reply(self, text: str, notes: Sequence[str] = (), guess: str = "") -> str:
        """The greedy reply; where it is the `guess`, it costs half."""
        self._begin()
        if guess:
            if self._engine.would_say(turns(text, notes), guess):
                return guess
            self._begin()
        return self._whole(self._engine.reply(turns(text, notes), sampling=_GREEDY, cancel=self._cancel)).strip()

    def writes(self, request: str, sampling: Sampling) -> str:
        """What the model writes when asked for it outright, without persona or notes."""
        self._engine.reset()
        return self._whole(self._engine.reply([Turn("user", request)], sampling=sampling, cancel=self._cancel))

    def score(self, text: str, answer: str, notes: Sequence[str] = ()) -> Score:
        """Log-probability of `answer` as the reply, in nats."""
        self._begin()
        return self._engine.score(turns(text, notes), answer)

    def logprobs(self, text: str, answer: str, notes: Sequence[str] = ()) -> npt.NDArray[np.float32]:
        """What may stand at each place of the reply `answer`: (tokens, vocab), nats."""
        self._begin()
        return self._engine.logprobs(turns(text, notes), answer)

    def _begin(self) -> None:
        if self._cancel.cancelled:
            raise Cancelled("The night was cancelled.")
        self._engine.reset(self._opening)

    def _whole(self, said: Completion) -> str:
        # Half a reply must never be taken for what the model says.
        if said.stopped == "cancelled":
            raise Cancelled("The night was cancelled.")
        return said.text
