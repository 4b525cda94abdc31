"""ChatGPT's export: each conversation a tree of nodes, of which the person saw last the path from the root to `current_node`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from app.exchange.transcript import Entry, Transcript, Unreadable, attached, inner, path, role_of, time_of, transcript
from learning.store.origins import Spoken

# What stands between the turns: how the model thought, what tools said, instructions that the person sees elsewhere.
_NOT_SAID = re.compile(r"thoughts|reasoning_recap|\w*_editable_context|execution_output|system_error|computer_\w+|tether_\w+")
_CITATION = re.compile("\ue200[^\ue201]*\ue201|[\ue000-\uf8ff]")


def read_tree(entry: Entry) -> Transcript:
    """The path to `current_node`, or to the newest end where that is not known; raises `Unreadable`."""
    mapping = entry["mapping"]
    if not isinstance(mapping, dict) or not all(isinstance(node, dict) for node in mapping.values()):
        raise Unreadable("its tree of messages is damaged")
    times = {id: time_of(inner(node.get("message"), "create_time")) for id, node in mapping.items()}
    leaf = entry.get("current_node")
    if not isinstance(leaf, str) or leaf not in mapping:
        leaf = max(times, key=lambda id: times[id] or datetime.min.replace(tzinfo=UTC), default="")
    seen = path({id: node.get("parent") for id, node in mapping.items()}, leaf)
    if seen and mapping[seen[0]].get("parent") is not None:
        raise Unreadable("its tree of messages is damaged")
    spoken = [turn for id in seen if (turn := _turn(mapping[id].get("message"), times[id])) is not None]
    return transcript(
        "chatgpt", entry.get("conversation_id") or entry.get("id"), entry.get("title"), entry.get("create_time"), spoken
    )


def _turn(message: Any, at: datetime | None) -> Spoken | None:
    if message is None:
        return None
    role = role_of(inner(message, "author", "role"))
    content = inner(message, "content")
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
    return Spoken(role, _CITATION.sub("", words) + attached(metadata.get("attachments"), "name"), at)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return part["text"]
    return "[image]" if isinstance(part, dict) and "image" in str(part.get("content_type")) else ""
