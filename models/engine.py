"""What a chat engine can do, whichever library does it: the contract between the house and a served model.

Only values and protocols live here. `models.llama` fulfils it; `learning` and `app` know no more of an engine than this.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from models.gguf_file import GgufSummary

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation as a model sees it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. The default is greedy, which is what measurements and tests use."""

    temperature: float = 0.0
    top_p: float = 0.95
    top_k: int = 40
    repeat_penalty: float = 1.0
    seed: int = 0
    max_tokens: int = 512


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished (or cancelled) reply and what it cost.

    Attributes:
        text: the reply, without the template's end marks.
        prompt_tokens: tokens of the whole rendered prompt.
        evaluated_tokens: prompt tokens that had to be evaluated because no cached prefix held them.
        completion_tokens: tokens generated.
        ttft_ms: milliseconds from the call to the first generated token.
        seconds: duration of the whole call.
        stopped: why it ended.
        thought: what a model that thinks aloud thought before it answered; no part of the reply.
    """

    text: str
    prompt_tokens: int
    evaluated_tokens: int
    completion_tokens: int
    ttft_ms: float
    seconds: float
    stopped: Literal["end", "length", "cancelled"]
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """How likely the model finds a continuation: the sum of its tokens' log-probabilities, in nats."""

    logprob: float
    tokens: int


class CancelToken:
    """Asked between tokens by whoever works; set from any thread by whoever waits. `why` is what they said, perhaps nothing."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.why = ""

    def cancel(self, why: str = "") -> None:
        if not self.cancelled:
            self.why = why
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until cancelled; whether it is."""
        return self._event.wait(seconds)


class ChatEngine(Protocol):
    """One resident model with at most one adapter on it. Every method must be called from the thread that created it.

    Errors: `EnvironmentProblem` or `UserError` (from `models.errors`) with what happened, to what, and the way out.
    """

    @property
    def summary(self) -> GgufSummary:
        """What the base file says of itself, with its sha256."""
        ...

    @property
    def context_length(self) -> int:
        """Tokens of context available to a conversation."""
        ...

    @property
    def adapter(self) -> Path | None:
        """The adapter file in effect, or None."""
        ...

    def set_adapter(self, path: Path | None) -> None:
        """Serve with this GGUF LoRA, or with none; drops the KV cache. On error the adapter in effect is unchanged."""
        ...

    def render(self, turns: Sequence[Turn], *, reply: bool = True) -> str:
        """The conversation in the file's own chat template; with `reply`, up to where the assistant's words begin."""
        ...

    def tokenize(self, rendered: str) -> list[int]:
        """Token ids of rendered text; special marks are recognised, nothing is added but what the file asks for."""
        ...

    def prompt_ids(self, turns: Sequence[Turn]) -> list[int]:
        """Token ids of the conversation up to where the reply begins: `tokenize(render(turns))`."""
        ...

    def answer_ids(self, turns: Sequence[Turn], answer: str) -> list[int]:
        """Token ids of `answer` as the reply to `turns`, up to and with the template's end-of-turn mark."""
        ...

    def reply(
        self,
        turns: Sequence[Turn],
        *,
        sampling: Sampling = Sampling(),
        schema: Mapping[str, Any] | None = None,
        on_piece: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Completion:
        """Generate the assistant's next turn, handing over text as it comes; with `schema` the text is JSON that fits it."""
        ...

    def score(self, turns: Sequence[Turn], answer: str) -> Score:
        """Log-probability of `answer` (without the end mark) as the reply to `turns`."""
        ...

    def would_say(self, turns: Sequence[Turn], answer: str) -> bool:
        """Whether each token of the reply `answer`, and its end mark, is the likeliest there: what a greedy reply would be.

        Cheaper than asking for the reply, for all of it is evaluated at once. False where it does not fit into one batch.
        """
        ...

    def logprobs(self, turns: Sequence[Turn], answer: str) -> npt.NDArray[np.float32]:
        """Next-token log-probabilities on each position of the reply `answer` and its end mark: (tokens, vocab), nats."""
        ...

    def reset(self, keep: Sequence[int] = ()) -> None:
        """Forget the KV cache but for the token ids `keep`, always evaluated in one piece.

        So the next call gives the same bytes as after a fresh start that was followed by this same reset.
        """
        ...

    def resting(self) -> AbstractContextManager[None]:
        """While it lasts the GPU's memory is free for others, and nothing may be asked. Afterwards all is as after `reset`."""
        ...

    @property
    def room_beside(self) -> int:
        """How many more engines like this one the processor has cores for."""
        ...

    def another(self) -> AbstractContextManager[ChatEngine]:
        """A bare engine like this one, for whichever thread enters it; raises `EnvironmentProblem` where memory does not suffice."""
        ...

    def close(self) -> None:
        """Release the model; the engine is of no further use."""
        ...
