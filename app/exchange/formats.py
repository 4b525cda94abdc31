"""What an entry of an export is, recognised by what stands in it: a conversation of ChatGPT's, of Claude's or of our own; a memory.

The formats are not promised by anyone and have changed over the years, so everything that is not needed is passed over. What
is needed and is not as it must be makes the whole conversation unreadable: half of one would be worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from app.exchange import chatgpt, claude
from app.exchange.transcript import (
    Entry,
    Recollection,
    Transcript,
    Unreadable,
    clean,
    merged,
    number,
    role_of,
    time_of,
    title_of,
    transcript,
    words_of,
)
from learning.store.origins import Spoken
from learning.types import Candidate

VERSION = 1
"""Of our own format, raised when an older Dormouse could not read it any more."""


_KEY = re.compile(r"dormouse:\d{1,18}:[\dT:.+-]{10,40}|(?:chatgpt|claude|other):[\da-fA-FT:.+-]{8,80}")


def recognised(value: Any) -> bool:
    """Whether an entry is of a kind that `read` reads."""
    return isinstance(value, dict) and (
        any(name in value for name in ("mapping", "chat_messages", "messages")) or value.get("dormouse") == "memory"
    )


def unfolded(value: Any) -> Sequence[Any]:
    """The entries of a value: itself, or those that are wrapped in it under a name."""
    wrapped = value.get("conversations") if isinstance(value, dict) and not recognised(value) else None
    return wrapped if isinstance(wrapped, list) else [value]


def read(entry: Entry) -> Transcript | Recollection:
    """What a recognised entry tells; raises `Unreadable`."""
    if number(entry.get("version"), 0) > VERSION and "dormouse" in entry:
        raise Unreadable("it was written by a newer Dormouse")
    if entry.get("dormouse") == "memory":
        return _recollection(entry)
    if "mapping" in entry:
        return chatgpt.read_tree(entry)
    if "chat_messages" in entry:
        return claude.read_messages(entry)
    return _plain(entry)


def _plain(entry: Entry) -> Transcript:
    said = entry["messages"]
    if not isinstance(said, list) or not all(isinstance(message, dict) for message in said):
        raise Unreadable("its list of messages is damaged")
    spoken = []
    for message in said:
        role = role_of(message.get("role") or message.get("sender"))
        if role is not None:
            words = words_of(message.get("text")) or words_of(message.get("content"))
            spoken.append(Spoken(role, words, time_of(message.get("created_at") or message.get("timestamp"))))
    if entry.get("dormouse") == "conversation" and _KEY.fullmatch(str(entry.get("id"))):
        return Transcript(entry["id"], title_of(entry.get("title")), time_of(entry.get("created_at")), merged(spoken))
    return transcript("other", entry.get("id"), entry.get("title"), entry.get("created_at"), spoken)


def _recollection(entry: Entry) -> Recollection:
    memory, kind = entry.get("memory"), entry.get("kind", "fact")
    if not isinstance(memory, str) or not memory.strip():
        raise Unreadable("it says nothing")
    if kind not in ("fact", "preference", "correction", "instruction"):
        raise Unreadable(f"there is no kind of memory called {kind!r}")
    source = entry.get("source")
    expires_at = time_of(entry.get("expires_at"))
    if entry.get("expires_at") is not None and expires_at is None:
        raise Unreadable("until when it holds cannot be read")
    texts = {name: entry.get(name) or "" for name in ("question", "answer", "said")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise Unreadable("its question, answer or source is no text")
    candidate = Candidate(
        kind,
        clean(memory).strip(),
        clean(texts["question"]),
        clean(texts["answer"]),
        expires_at=expires_at,
        source=source if source in ("told", "extracted", "pattern") else "imported",
    )
    quote = clean(texts["said"]).strip() or candidate.text
    return Recollection(candidate, time_of(entry.get("created_at")), quote, entry.get("kept_out") is True)
