"""A packed row is a tree: what examples share is there once, and no token sees what is not its own past."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from learning.worker.rows import pack, split

few = st.lists(st.integers(0, 3), min_size=1, max_size=6)
pairs = st.lists(st.tuples(few, few), min_size=1, max_size=6)


@given(pairs)
def test_every_answer_token_is_predicted_from_exactly_its_own_past(examples: list[tuple[list[int], list[int]]]) -> None:
    row = pack(examples)
    tokens, visible = row.tokens[0], row.visible[0, 0]
    place = 0
    for prompt, answer in examples:
        for reached in range(len(answer)):
            seen = visible[int(row.predicting[place])].nonzero()[:, 0]
            assert tokens[seen].tolist() == [*prompt, *answer[:reached]]
            assert row.positions[0][seen].tolist() == list(range(len(prompt) + reached))
            assert int(row.answers[place]) == answer[reached]
            place += 1
    assert place == len(row.answers)
    assert row.lengths == tuple(len(answer) for _, answer in examples)


def test_a_shared_beginning_is_computed_once() -> None:
    row = pack([([1, 2, 3, 4], [7, 8]), ([1, 2, 3, 5], [7, 8]), ([1, 2, 3, 4], [7, 9])])
    assert row.tokens[0].tolist() == [1, 2, 3, 4, 7, 5, 7]


@given(pairs, st.integers(1, 20))
def test_splitting_keeps_every_example_once_in_order_and_each_row_small(
    examples: list[tuple[list[int], list[int]]], most: int
) -> None:
    rows = list(split(examples, most))
    assert [place for row in rows for place in row] == list(range(len(examples)))
    assert all(len(row) == 1 or sum(sum(map(len, examples[place])) for place in row) <= most for row in rows)
