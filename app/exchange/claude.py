"""Claude's export: each conversation a list of messages; newer ones name each one's parent, and what was written anew is in it too."""

from __future__ import annotations

import re

from app.exchange.transcript import Entry, Transcript, Unreadable, attached, path, role_of, time_of, transcript, words_of
from learning.store.origins import Spoken


def read_messages(entry: Entry) -> Transcript:
    """The chosen branch where parents are named, else all messages as they are listed; raises `Unreadable`."""
    said = entry["chat_messages"]
    if not isinstance(said, list) or not all(isinstance(message, dict) for message in said):
        raise Unreadable("its list of messages is damaged")
    by_id = {message["uuid"]: message for message in said if isinstance(message.get("uuid"), str)}
    parents = {id: message.get("parent_message_uuid") for id, message in by_id.items()}
    if len(by_id) == len(said) and all(parents.values()):
        leaf = entry.get("current_leaf_message_uuid")
        chosen = path(parents, leaf if isinstance(leaf, str) and leaf in by_id else next(reversed(by_id), ""))
        # The first of all has a parent of noughts. Where it has another, the parents say nothing.
        if chosen and not re.sub(r"[048-]", "", str(parents[chosen[0]])):
            said = [by_id[id] for id in chosen]
    spoken = [turn for message in said if (turn := _turn(message)) is not None]
    return transcript("claude", entry.get("uuid"), entry.get("name"), entry.get("created_at"), spoken)


def _turn(message: Entry) -> Spoken | None:
    role = role_of(message.get("sender"))
    if role is None:
        return None
    words = words_of(message.get("content")) or words_of(message.get("text"))
    files = attached(message.get("attachments"), "file_name") + attached(message.get("files"), "file_name")
    return Spoken(role, words + files, time_of(message.get("created_at")))
