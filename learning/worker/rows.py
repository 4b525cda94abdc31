"""Many examples in one row: a tree of tokens, in which every token attends to its ancestors and to nothing else.

What examples have in common at their beginning (persona, template, often half of the question) is computed once, nothing is
padded, and no example sees another. It is exact for attention; a recurrent layer would need something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True, slots=True)
class Row:
    """A packed row of T tokens that holds E examples with A answer tokens in all.

    Attributes:
        tokens: (1, T) ids.
        positions: (1, T) how deep in its example each token stands.
        visible: (1, 1, T, T) whether the token of the line may attend to that of the column.
        predicting: (A,) where in the row each answer token is predicted: at the token before it.
        answers: (A,) the answer tokens, example after example.
        lengths: answer tokens of each example, in the order given; they add up to A.
    """

    tokens: torch.Tensor
    positions: torch.Tensor
    visible: torch.Tensor
    predicting: torch.Tensor
    answers: torch.Tensor
    lengths: tuple[int, ...]

    def to(self, device: torch.device) -> Row:
        return Row(
            self.tokens.to(device),
            self.positions.to(device),
            self.visible.to(device),
            self.predicting.to(device),
            self.answers.to(device),
            self.lengths,
        )


def pack(examples: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Row:
    """The row of these (prompt, answer) pairs."""
    tokens: list[int] = []
    depths: list[int] = []
    parents: list[int] = []
    places: dict[tuple[int, int], int] = {}
    predicting: list[int] = []
    for prompt, answer in examples:
        at = -1
        # The answer's last token predicts nothing that is trained, so it need not be computed.
        for place, token in enumerate([*prompt, *answer[:-1]]):
            known = places.get((at, token))
            if known is None:
                known = len(tokens)
                places[at, token] = known
                tokens.append(token)
                depths.append(place)
                parents.append(at)
            at = known
            if place >= len(prompt) - 1:
                predicting.append(at)
    return Row(
        tokens=torch.tensor([tokens]),
        positions=torch.tensor([depths]),
        visible=torch.from_numpy(_ancestors(parents))[None, None],
        predicting=torch.tensor(predicting),
        answers=torch.tensor([token for _, answer in examples for token in answer]),
        lengths=tuple(len(answer) for _, answer in examples),
    )


def split(examples: Sequence[tuple[Sequence[int], Sequence[int]]], most: int) -> Iterator[list[int]]:
    """Places of examples that go into one row each of at most `most` tokens, shared beginnings not counted as saved."""
    row: list[int] = []
    held = 0
    for place, (prompt, answer) in enumerate(examples):
        size = len(prompt) + len(answer)
        if row and held + size > most:
            yield row
            row, held = [], 0
        row.append(place)
        held += size
    if row:
        yield row


def _ancestors(parents: Sequence[int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """(T, T): line i is true at i and at every ancestor of i. Parents stand before their children."""
    visible = np.eye(len(parents), dtype=np.bool_)
    for place, parent in enumerate(parents):
        if parent >= 0:
            visible[place, : parent + 1] |= visible[parent, : parent + 1]
    return visible
