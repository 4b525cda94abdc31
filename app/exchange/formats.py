"""What an entry of an export is, recognised by what stands in it: a conversation of ChatGPT's, of Claude's or of our own; a memory.

The formats are not promised by anyone and have changed over the years, so everything that is not needed is passed over. What
is needed and is not as it must be makes the whole conversation unreadable: half of one would be worse than none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from learning.store.origins import Spoken
from learning.types import Candidate

VERSION = 1
"""Of our own format, raised when an older Dormouse could not read it any more."""

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
    """A memory from an export of memories: what it says, when it was told, and in which words."""

    candidate: Candidate
    at: datetime | None
    quote: str


def recognised(value: Any) -> bool:
    """Whether an entry is of a kind that `read` reads."""
    return isinstance(value, dict) and any(name in value for name in ("mapping", "chat_messages", "messages", "memory"))


def unfolded(value: Any) -> Sequence[Any]:
    """The entries of a value: itself, or those that are wrapped in it under a name."""
    wrapped = value.get("conversations") if isinstance(value, dict) and not recognised(value) else None
    return wrapped if isinstance(wrapped, list) else [value]


def read(entry: Entry) -> Transcript | Recollection:
    """What a recognised entry tells; raises `Unreadable`."""
    if _number(entry.get("version"), 0) > VERSION and "dormouse" in entry:
        raise Unreadable("it was written by a newer Dormouse")
    if "memory" in entry:
        return _recollection(entry)
    if "mapping" in entry:
        return _chatgpt(entry)
    if "chat_messages" in entry:
        return _claude(entry)
    return _plain(entry)


# ChatGPT: a tree of nodes; what the person last saw is the path from the root to `current_node`.


def _chatgpt(entry: Entry) -> Transcript:
    mapping = entry["mapping"]
    if not isinstance(mapping, dict) or not all(isinstance(node, dict) for node in mapping.values()):
        raise Unreadable("its tree of messages is damaged")
    times = {id: _time(_inner(node.get("message"), "create_time")) for id, node in mapping.items()}
    leaf = entry.get("current_node")
    if not isinstance(leaf, str) or leaf not in mapping:
        leaf = max(times, key=lambda id: times[id] or datetime.min.replace(tzinfo=UTC), default="")
    path = _path({id: node.get("parent") for id, node in mapping.items()}, leaf)
    if path and mapping[path[0]].get("parent") is not None:
        raise Unreadable("its tree of messages is damaged")
    spoken = [turn for id in path if (turn := _chatgpt_turn(mapping[id].get("message"), times[id])) is not None]
    return _transcript(
        "chatgpt", entry.get("conversation_id") or entry.get("id"), entry.get("title"), entry.get("create_time"), spoken
    )


# What stands between the turns: how the model thought, what tools said, instructions that the person sees elsewhere.
_NOT_SAID = re.compile(r"thoughts|reasoning_recap|\w*_editable_context|execution_output|system_error|computer_\w+|tether_\w+")
_CITATION = re.compile("\ue200[^\ue201]*\ue201|[\ue000-\uf8ff]")


def _chatgpt_turn(message: Any, at: datetime | None) -> Spoken | None:
    if message is None:
        return None
    role = _role(_inner(message, "author", "role"))
    content = _inner(message, "content")
    if role is None or content is None:
        return None
    if not isinstance(content, dict):
        raise Unreadable("the words of a message are damaged")
    kind = str(content.get("content_type") or "text")
    metadata = message.get("metadata") if isinstance(message.get("metadata"), dict) else {}
    hidden = metadata.get("is_visually_hidden_from_conversation") or metadata.get("is_user_system_message")
    aside = message.get("recipient") not in (None, "all") or message.get("channel") in ("analysis", "commentary")
    if hidden or aside or _NOT_SAID.fullmatch(kind):
        return None
    parts = content.get("parts")
    if parts is None:
        parts = [content.get("text") or ""]
    if not isinstance(parts, list):
        raise Unreadable("the words of a message are damaged")
    words = "\n".join(filter(None, (_part(part) for part in parts)))
    if kind == "code" and words:
        words = f"```{content.get('language') if content.get('language') != 'unknown' else ''}\n{words}\n```"
    return Spoken(role, _CITATION.sub("", words) + _attached(metadata.get("attachments"), "name"), at)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return part["text"]
    return "[image]" if isinstance(part, dict) and "image" in str(part.get("content_type")) else ""


# Claude: a list of messages; newer exports name each one's parent, and what was written anew is in it too.


def _claude(entry: Entry) -> Transcript:
    said = entry["chat_messages"]
    if not isinstance(said, list) or not all(isinstance(message, dict) for message in said):
        raise Unreadable("its list of messages is damaged")
    by_id = {message["uuid"]: message for message in said if isinstance(message.get("uuid"), str)}
    parents = {id: message.get("parent_message_uuid") for id, message in by_id.items()}
    if len(by_id) == len(said) and all(parents.values()):
        leaf = entry.get("current_leaf_message_uuid")
        path = _path(parents, leaf if isinstance(leaf, str) and leaf in by_id else next(reversed(by_id), ""))
        # The first of all has a parent of noughts. Where it has another, the parents say nothing.
        if path and not re.sub(r"[048-]", "", str(parents[path[0]])):
            said = [by_id[id] for id in path]
    spoken = [turn for message in said if (turn := _claude_turn(message)) is not None]
    return _transcript("claude", entry.get("uuid"), entry.get("name"), entry.get("created_at"), spoken)


def _claude_turn(message: Entry) -> Spoken | None:
    role = _role(message.get("sender"))
    if role is None:
        return None
    words = _words(message.get("content")) or _words(message.get("text"))
    attached = _attached(message.get("attachments"), "file_name") + _attached(message.get("files"), "file_name")
    return Spoken(role, words + attached, _time(message.get("created_at")))


# Our own, and what many other programs write: a list of messages with role and text.


def _plain(entry: Entry) -> Transcript:
    said = entry["messages"]
    if not isinstance(said, list) or not all(isinstance(message, dict) for message in said):
        raise Unreadable("its list of messages is damaged")
    spoken = []
    for message in said:
        role = _role(message.get("role") or message.get("sender"))
        if role is not None:
            words = _words(message.get("text")) or _words(message.get("content"))
            spoken.append(Spoken(role, words, _time(message.get("created_at") or message.get("timestamp"))))
    if entry.get("dormouse") == "conversation" and re.fullmatch(r"[a-z]+:[\w.:+-]{1,100}", str(entry.get("id"))):
        return Transcript(entry["id"], _title(entry.get("title")), _time(entry.get("created_at")), _merged(spoken))
    return _transcript("other", entry.get("id"), entry.get("title"), entry.get("created_at"), spoken)


def _recollection(entry: Entry) -> Recollection:
    memory, kind = entry["memory"], entry.get("kind", "fact")
    if not isinstance(memory, str) or not memory.strip():
        raise Unreadable("it says nothing")
    if kind not in ("fact", "preference", "correction", "instruction"):
        raise Unreadable(f"there is no kind of memory called {kind!r}")
    source = entry.get("source")
    expires_at = _time(entry.get("expires_at"))
    if entry.get("expires_at") is not None and expires_at is None:
        raise Unreadable("until when it holds cannot be read")
    texts = {name: entry.get(name) or "" for name in ("question", "answer", "said")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise Unreadable("its question, answer or source is no text")
    candidate = Candidate(
        kind,
        _clean(memory).strip(),
        _clean(texts["question"]),
        _clean(texts["answer"]),
        expires_at=expires_at,
        source=source if source in ("told", "extracted", "pattern") else "imported",
    )
    return Recollection(candidate, _time(entry.get("created_at")), _clean(texts["said"]).strip() or candidate.text)


# What all of them share


def _path(parents: Mapping[str, Any], leaf: str) -> list[str]:
    """From the oldest known ancestor to `leaf`."""
    path: list[str] = []
    seen: set[str] = set()
    id: Any = leaf
    while isinstance(id, str) and id in parents:
        if id in seen:
            raise Unreadable("its messages follow one another in a circle")
        seen.add(id)
        path.append(id)
        id = parents[id]
    return path[::-1]


def _transcript(format: str, id: Any, title: Any, created_at: Any, spoken: Sequence[Spoken]) -> Transcript:
    begun = _time(created_at) or next((turn.at for turn in spoken if turn.at is not None), None)
    if isinstance(id, (str, int)) and str(id):
        # A key must hold nobody's words; what is no plain number is kept as its hash.
        plain = re.fullmatch(r"[0-9a-fA-F-]{8,64}", str(id)) is not None
        known_by = str(id) if plain else hashlib.sha256(str(id).encode("utf-8", "replace")).hexdigest()
    elif begun is not None:
        known_by = begun.isoformat()
    else:
        raise Unreadable("it has neither an id nor a time, so it could not be told from others")
    return Transcript(f"{format}:{known_by}", _title(title), begun, _merged(spoken))


def _merged(spoken: Sequence[Spoken]) -> tuple[Spoken, ...]:
    """Turns with words in them; a reply that came in parts, with tools at work in between, is one."""
    merged: list[Spoken] = []
    for turn in spoken:
        text = _clean(turn.text).strip()
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


def _role(named: Any) -> Role | None:
    return _ROLES.get(named.casefold()) if isinstance(named, str) else None


def _words(content: Any) -> str:
    """The text of a message: text, or the text blocks among blocks of many kinds."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise Unreadable("the words of a message are damaged")
    texts = [
        block.get("text") if isinstance(block, dict) and block.get("type", "text") == "text" else block for block in content
    ]
    return "\n\n".join(text for text in texts if isinstance(text, str))


def _attached(files: Any, name: str) -> str:
    """Names of files that came with a message; what was in them is not the person's words."""
    named = [file.get(name) for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return "".join(f"\n[{file}]" for file in named if isinstance(file, str) and file.strip())


def _inner(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _title(title: Any) -> str:
    return " ".join(_clean(title).split())[:200] if isinstance(title, str) else ""


def _clean(text: str) -> str:
    """Without what no database and no tokenizer can take: halves of surrogate pairs, noughts."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(value: Any, otherwise: float) -> float:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise


def _time(written: Any) -> datetime | None:
    """A time as seconds or milliseconds since 1970, or as ISO 8601 (in UTC where it names no zone); None where it is none."""
    try:
        if isinstance(written, str):
            time = datetime.fromisoformat(written)
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        if (seconds := _number(written, 0)) > 0:
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
