"""The person's words as a full-text query: every word is quoted, so that none can be taken for an operator."""

from __future__ import annotations

import re

MOST_WORDS = 64
"""A pasted page is no query: what its first different words do not find, the rest would not either."""


def any_word(words: str) -> str:
    """An FTS5 query that matches where at least one of the words stands; without words it matches nothing."""
    return " OR ".join(_quoted(words)) or '""'


def every_word(words: str) -> str:
    """An FTS5 query that matches where all of the words stand, the last one perhaps not yet typed to its end."""
    quoted = _quoted(words)
    return " AND ".join(quoted) + "*" if quoted else '""'


def _quoted(words: str) -> list[str]:
    # Letters and digits only: quotes, stars, colons and NUL never reach the query. Surrogates are no words.
    found = {word.lower(): word for word in re.findall(r"[^\W_]+", words.encode("utf-8", "ignore").decode())}
    return [f'"{word}"' for word in list(found.values())[:MOST_WORDS]]
