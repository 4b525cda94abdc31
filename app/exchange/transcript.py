"""A conversation or a memory from elsewhere, and how the pieces that all formats have in common are read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from learning.store.origins import Spoken
from learning.types import Candidate

Role = Literal["user", "assistant"]
Entry = Mapping[str, Any]


class Unreadable(Exception):
    """An entry is recognised and not as it must be; the text says why."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation from elsewhere. `key` is by what its origin knows it."""

    key: str
    title: str
    created_at: datetime | None
    spoken: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True)
class Recollection:
    """A memory from an export of memories: what it says, when it was told, in which words, and whether never to learn it."""

    candidate: Candidate
    at: datetime | None
    quote: str
    kept_out: bool


def path(parents: Mapping[str, Any], leaf: str) -> list[str]:
    """From the oldest known ancestor to `leaf`."""
    found: list[str] = []
    seen: set[str] = set()
    id: Any = leaf
    while isinstance(id, str) and id in parents:
        if id in seen:
            raise Unreadable("its messages follow one another in a circle")
        seen.add(id)
        found.append(id)
        id = parents[id]
    return found[::-1]


def transcript(format: str, id: Any, title: Any, created_at: Any, spoken: Sequence[Spoken]) -> Transcript:
    """A conversation under the id that its format gives it; raises `Unreadable` where nothing tells it from others."""
    begun = time_of(created_at) or next((turn.at for turn in spoken if turn.at is not None), None)
    if isinstance(id, (str, int)) and str(id):
        # A key must hold nobody's words; what is no plain number is kept as its hash.
        plain = re.fullmatch(r"[0-9a-fA-F-]{8,64}", str(id)) is not None
        known_by = str(id) if plain else hashlib.sha256(str(id).encode("utf-8", "replace")).hexdigest()
    elif begun is not None:
        known_by = begun.isoformat()
    else:
        raise Unreadable("it has neither an id nor a time, so it could not be told from others")
    return Transcript(f"{format}:{known_by}", title_of(title), begun, merged(spoken))


def merged(spoken: Sequence[Spoken]) -> tuple[Spoken, ...]:
    """Turns with words in them; a reply that came in parts, with tools at work in between, is one."""
    merged: list[Spoken] = []
    for turn in spoken:
        text = clean(turn.text).strip()
        if not text:
            continue
        if merged and merged[-1].role == turn.role == "assistant":
            text, at = f"{merged[-1].text}\n\n{text}", merged.pop().at or turn.at
        else:
            at = turn.at
        merged.append(Spoken(turn.role, text, at))
    return tuple(merged)


_ROLES: Mapping[str, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "model": "assistant",
    "bot": "assistant",
}


def role_of(named: Any) -> Role | None:
    return _ROLES.get(named.casefold()) if isinstance(named, str) else None


def words_of(content: Any) -> str:
    """The text of a message: text, or the text blocks among blocks of many kinds."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise Unreadable("the words of a message are damaged")
    texts = [
        block.get("text") if isinstance(block, dict) and block.get("type", "text") == "text" else block for block in content
    ]
    return "\n\n".join(text for text in texts if isinstance(text, str))


def attached(files: Any, name: str) -> str:
    """Names of files that came with a message; what was in them is not the person's words."""
    named = [file.get(name) for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return "".join(f"\n[{file}]" for file in named if isinstance(file, str) and file.strip())


def inner(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def title_of(title: Any) -> str:
    return " ".join(clean(title).split())[:200] if isinstance(title, str) else ""


def clean(text: str) -> str:
    """Without what no database and no tokenizer can take: halves of surrogate pairs, noughts."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number(value: Any, otherwise: float) -> float:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise


def time_of(written: Any) -> datetime | None:
    """A time as seconds or milliseconds since 1970, or as ISO 8601 (in UTC where it names no zone); None where it is none."""
    try:
        if isinstance(written, str):
            time = datetime.fromisoformat(written)
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        if (seconds := number(written, 0)) > 0:
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
