"""How the next token is chosen: llama.cpp's samplers, a grammar where the text must be JSON, and an orderly end to it."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Mapping
from typing import Any

import llama_cpp
import numpy as np

from models.engine import Sampling
from models.json_grammar import grammar_for
from models.llama_runtime import Runtime

_PENALTY_WINDOW = 64
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Sampler:
    """Chooses tokens for one reply. Close it when the reply is done."""

    def __init__(self, runtime: Runtime, sampling: Sampling) -> None:
        self._runtime = runtime
        chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        for link in _links(runtime, sampling):
            llama_cpp.llama_sampler_chain_add(chain, link)
        self._chain: Any = chain

    def next(self) -> int:
        """The token that follows the last one evaluated."""
        return llama_cpp.llama_sampler_sample(self._chain, self._runtime.context, -1)

    def close(self) -> None:
        llama_cpp.llama_sampler_free(self._chain)
        self._chain = None


def _links(runtime: Runtime, sampling: Sampling) -> list[Any]:
    links: list[Any] = []
    if sampling.repeat_penalty != 1.0:
        penalty = llama_cpp.llama_sampler_init_penalties(runtime.vocabulary, _PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
        links.append(penalty)
    if sampling.temperature <= 0.0:
        return [*links, llama_cpp.llama_sampler_init_greedy()]
    return [
        *links,
        llama_cpp.llama_sampler_init_top_k(sampling.top_k),
        llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1),
        llama_cpp.llama_sampler_init_temp(sampling.temperature),
        llama_cpp.llama_sampler_init_dist(sampling.seed & 0xFFFFFFFF),
    ]


class JsonSampler(Sampler):
    """Chooses only tokens that keep the text JSON of a schema, and can bring it to its end.

    The grammar is applied here, not in the chain: accepting a token that it forbids would end the process, and a text cut
    off by a token limit would not parse.
    """

    def __init__(self, runtime: Runtime, sampling: Sampling, schema: Mapping[str, Any]) -> None:
        grammar = llama_cpp.llama_sampler_init_grammar(runtime.vocab, grammar_for(schema).encode(), b"root")
        if not grammar:
            raise ValueError(f"no grammar can be made of the schema {schema}")
        super().__init__(runtime, sampling)
        self._grammar: Any = grammar
        self._greedy = sampling.temperature <= 0.0 and sampling.repeat_penalty == 1.0
        self._candidates = np.zeros(runtime.vocabulary, dtype=_CANDIDATE)
        self.closing = False
        """Set when the text should end as soon as the grammar lets it."""

    def next(self) -> int:
        if self._greedy and not self.closing:
            best = int(np.argmax(self._runtime.logits(-1)))
            if self._allows(best):
                return self._accept(best)
        array = self._fill()
        llama_cpp.llama_sampler_apply(self._grammar, array)
        allowed = self._candidates[: array.contents.size]
        allowed = allowed[np.isfinite(allowed["logit"])]
        if not len(allowed):
            raise RuntimeError("the vocabulary has no token that continues this JSON")
        if self.closing:
            ranks = closing_ranks(self._runtime)[allowed["id"]]
            allowed = allowed[ranks == ranks.min()]
        if self.closing or self._greedy:
            return self._accept(int(allowed["id"][np.argmax(allowed["logit"])]))
        self._candidates[: len(allowed)] = allowed
        array = self._array(len(allowed))
        llama_cpp.llama_sampler_apply(self._chain, array)
        return self._accept(int(array.contents.data[array.contents.selected].id))

    def _allows(self, token: int) -> bool:
        self._candidates[0] = (token, 0.0, 0.0)
        llama_cpp.llama_sampler_apply(self._grammar, self._array(1))
        return bool(np.isfinite(self._candidates["logit"][0]))

    def _fill(self) -> Any:
        self._candidates["id"] = np.arange(self._runtime.vocabulary, dtype=np.int32)
        self._candidates["logit"] = self._runtime.logits(-1)
        return self._array(self._runtime.vocabulary)

    def _array(self, size: int) -> Any:
        pointer = self._candidates.ctypes.data_as(llama_cpp.llama_token_data_p)
        return ctypes.pointer(llama_cpp.llama_token_data_array(data=pointer, size=size, selected=-1, sorted=False))

    def _accept(self, token: int) -> int:
        llama_cpp.llama_sampler_accept(self._grammar, token)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token

    def close(self) -> None:
        llama_cpp.llama_sampler_free(self._grammar)
        self._grammar = None
        super().close()


@functools.lru_cache(maxsize=1)
def closing_ranks(runtime: Runtime) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """For each token, how soon it brings JSON to its end: (vocab,), lower is sooner.

    A quote comes before a bracket because inside a string a bracket is only one more letter; a quote that opens a string is
    followed by the one that closes it. So every choice shortens what is left.
    """
    order = {ord('"'): 1, ord("]"): 2, ord("}"): 2, ord(","): 3, ord(":"): 4}
    ranks = np.full(runtime.vocabulary, 5, dtype=np.uint8)
    for token in range(runtime.vocabulary):
        if runtime.is_end(token):
            ranks[token] = 0
        elif piece := runtime.piece(token, marks=False):
            ranks[token] = order.get(piece[0], 5)
    return ranks
