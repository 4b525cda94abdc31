"""Which tokens the KV cache holds and how far a new prompt can reuse them. Pure bookkeeping; no model.

Prompts are compared with the cache by *text*, up to a control mark, and only then by token. The ids a model wrote are often
not the ids its text would be split into again; compared by token alone, every such reply would be evaluated a second time.
Before a control mark no split reaches across, so the two kinds of ids can meet there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


class CachedTokens:
    """The tokens in the KV cache, oldest first, with the bytes each adds to the text: none for the beginning of a character."""

    def __init__(self, marks: Sequence[bytes]) -> None:
        """`marks` are the bytes of the control tokens."""
        self.ids: list[int] = []
        self._pieces: list[bytes] = []
        self._marks = tuple(marks)

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, token: int, piece: bytes) -> None:
        self.ids.append(token)
        self._pieces.append(piece)

    def cut(self, length: int) -> None:
        del self.ids[length:]
        del self._pieces[length:]

    def prompt(self, rendered: bytes, tokenize: Callable[[bytes], list[int]]) -> list[int]:
        """Ids of a rendered prompt that keep as many cached ids as its text allows."""
        kept, at = self._same_text(rendered)
        return self.ids[:kept] + tokenize(rendered[at:])

    def common(self, ids: Sequence[int]) -> int:
        """How many leading tokens of `ids` are cached."""
        length = 0
        for cached, wanted in zip(self.ids, ids, strict=False):
            if cached != wanted:
                break
            length += 1
        return length

    def _same_text(self, rendered: bytes) -> tuple[int, int]:
        """The most cached tokens whose text opens `rendered` and ends before a mark: how many, and of how many bytes."""
        kept, kept_bytes, at = 0, 0, 0
        for place, piece in enumerate(self._pieces, start=1):
            if not rendered.startswith(piece, at):
                break
            at += len(piece)
            if rendered.startswith(self._marks, at):
                kept, kept_bytes = place, at
        return kept, kept_bytes
