"""A text as the rules read it, and a value read by them as the user wrote it."""

from __future__ import annotations

import re

from learning.language.english import with_apostrophes


def tidy(text: str) -> str:
    return with_apostrophes(re.sub(r"\s+", " ", text).replace("’", "'").strip())


def as_written(value: str, text: str) -> str:
    """`value`, read from the tidied text, as it stands in `text`; "" if it does not."""
    if value in text:
        return value
    pattern = re.escape(value).replace("'", "['’]").replace(r"\ ", r"\s+")
    found = re.search(pattern, text)
    return found[0] if found is not None else ""
