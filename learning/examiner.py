"""Asks an engine one question at a time, so that the same question always gets the same words, whatever was asked before.

A reused prefix changes the low bits of the logits, and a near-tie then flips a token. So every question starts from the same
state: the opening that all of them share, evaluated in one piece, and nothing after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from models.engine import ChatEngine, Sampling, Score, Turn
from models.instructions import PERSONA, with_notes

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_GREEDY = Sampling(max_tokens=96)


def turns(text: str, notes: Sequence[str] = ()) -> list[Turn]:
    """The one-question conversation in which curriculum and gate ask everything."""
    return [Turn("system", PERSONA), Turn("user", with_notes(notes, text))]


class Examiner:
    """Questions to whatever the engine serves, each in a conversation of its own, answered greedily."""

    def __init__(self, engine: ChatEngine) -> None:
        self._engine = engine
        one, other = (engine.prompt_ids(turns(text)) for text in ("Why?", "notes"))
        self._opening = [id_ for id_, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]

    def reply(self, text: str, notes: Sequence[str] = ()) -> str:
        self._engine.reset(self._opening)
        return self._engine.reply(turns(text, notes), sampling=_GREEDY).text.strip()

    def score(self, text: str, answer: str, notes: Sequence[str] = ()) -> Score:
        """Log-probability of `answer` as the reply, in nats."""
        self._engine.reset(self._opening)
        return self._engine.score(turns(text, notes), answer)

    def logprobs(self, text: str, answer: str, notes: Sequence[str] = ()) -> npt.NDArray[np.float32]:
        """What may stand at each place of the reply `answer`: (tokens, vocab), nats."""
        self._engine.reset(self._opening)
        return self._engine.logprobs(turns(text, notes), answer)
