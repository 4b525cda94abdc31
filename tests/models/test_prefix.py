"""How far a prompt can reuse the cache, by text up to a mark and by token beyond."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.prefix import CachedTokens

MARK = b"<|end|>"
VOCABULARY = [b"a", b"b", b"ab", b"ba", MARK]


def longest_match(text: bytes) -> list[int]:
    """A tokenizer that splits the text between marks from the left, taking the longest token."""
    ids = []
    while text:
        token = max((one for one in VOCABULARY if text.startswith(one)), key=len)
        ids.append(VOCABULARY.index(token))
        text = text[len(token) :]
    return ids


def cache(ids: list[int]) -> CachedTokens:
    cached = CachedTokens([MARK])
    for token in ids:
        cached.add(token, VOCABULARY[token])
    return cached


def test_ids_written_otherwise_than_the_text_would_be_split_are_kept() -> None:
    written = [0, 1]  # "a", "b": split anew, the text would be "ab"
    prompt = cache(written).prompt(b"ab" + MARK + b"a", longest_match)
    assert prompt == [0, 1, 4, 0]


def test_without_a_mark_behind_it_nothing_is_taken_by_text() -> None:
    assert cache([0, 1]).prompt(b"abba", longest_match) == longest_match(b"abba")


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_whatever_is_cached_the_prompt_keeps_its_text(cached: list[int], wanted: list[int]) -> None:
    rendered = b"".join(VOCABULARY[token] for token in wanted)
    ids = cache(cached).prompt(rendered, longest_match)
    assert b"".join(VOCABULARY[token] for token in ids) == rendered


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_a_history_that_grows_behind_a_mark_is_never_evaluated_again(history: list[int], more: list[int]) -> None:
    cached = cache(history)
    rendered = b"".join(VOCABULARY[token] for token in [*history, 4, *more])
    assert cached.common(cached.prompt(rendered, longest_match)) >= len(history)


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_the_common_part_is_common(cached: list[int], ids: list[int]) -> None:
    length = cache(cached).common(ids)
    assert cached[:length] == ids[:length]
    assert cached[length : length + 1] != ids[length : length + 1] or not (cached[length:] and ids[length:])
