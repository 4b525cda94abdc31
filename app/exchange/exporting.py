"""Writes conversations and memories into files that a person can read and that Dormouse can take in again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.exchange.formats import VERSION
from app.noting import TOLD_DIRECTLY
from learning.store import Store
from learning.types import Conversation, ConversationId, Memory, Message
from models.errors import UserError
from models.files import write_atomically


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and where."""

    file: Path
    conversations: int
    memories: int


def export_conversations(store: Store, file: Path, ids: Sequence[ConversationId] = (), *, force: bool = False) -> Exported:
    """Write these conversations, or all, as `.md` to be read or as `.json` to be taken in again.

    Raises:
        UserError: the file is there already (and not `force`), has another ending, or a conversation does not exist.
        EnvironmentProblem: it cannot be written.
    """
    check_free(store, file, force, (".md", ".json"))
    with store.snapshot():
        every = [entry for entry in store.conversations() if entry.title != TOLD_DIRECTLY]
        chosen = [store.conversation(id) for id in dict.fromkeys(ids)] if ids else every[::-1]
        whole = [(entry, said) for entry in chosen if (said := store.messages(entry.id))]
        keys = [store.key(entry) for entry, _ in whole]
    if not whole:
        raise UserError("There is nothing to export: nothing was said yet.")
    if file.suffix.lower() == ".md":
        text = "\n".join(_markdown(entry, said, key) for (entry, said), key in zip(whole, keys, strict=True))
    else:
        text = json.dumps([_json(entry, said, key) for (entry, said), key in zip(whole, keys, strict=True)], **_READABLE)
    write_atomically(file, f"{text.rstrip()}\n".encode())
    store.add_export(file, [], [entry.id for entry, _ in whole])
    return Exported(file, len(whole), 0)


def export_memories(store: Store, file: Path, *, force: bool = False) -> Exported:
    """Write what is known as JSON Lines, `.jsonl`; what was undone is not in it, and what was corrected as it is now.

    Raises:
        UserError: the file is there already (and not `force`), or has another ending.
        EnvironmentProblem: it cannot be written.
    """
    check_free(store, file, force, (".jsonl",))
    with store.snapshot():
        known = store.memories()
        lines = [_line(memory, [said.quote for said in store.evidence(memory.id)]) for memory in known]
    if not lines:
        raise UserError("There is nothing to export: nothing is remembered yet.")
    write_atomically(file, "".join(f"{line}\n" for line in lines).encode())
    store.add_export(file, [memory.id for memory in known], [])
    return Exported(file, 0, len(known))


def check_free(store: Store, file: Path, force: bool, endings: Sequence[str]) -> None:
    """Raise `UserError` where an export must not be written there."""
    if file.resolve().is_relative_to(store.path.parent.resolve()):
        raise UserError(f"{file} lies within the profile itself, where it would be in the way. Name a file elsewhere.")
    if file.suffix.lower() not in endings:
        raise UserError(f"{file.name} should end in {' or '.join(endings)}: the ending says what is written.")
    if file.is_dir():
        raise UserError(f"{file} is a folder. Name a file in it.")
    if file.exists() and not force:
        raise UserError(f"{file} is there already and was left as it is. Name another file, or write over it with --force.")


_READABLE = {"ensure_ascii": False, "indent": 1}


def _json(conversation: Conversation, said: Sequence[Message], key: str) -> dict[str, object]:
    return {
        "dormouse": "conversation",
        "version": VERSION,
        "id": key,
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "messages": [
            {"role": message.role, "text": message.text, "created_at": message.created_at.isoformat()} for message in said
        ],
    }


def _markdown(conversation: Conversation, said: Sequence[Message], key: str) -> str:
    # What was taken in was replied by somebody else.
    speakers = {"user": "You", "assistant": "Dormouse" if key.startswith("dormouse:") else "Assistant"}
    title = conversation.title or " ".join(said[0].text.split())[:60]
    parts = [f"# {title}\n"]
    for message in said:
        parts.append(
            f"**{speakers[message.role]}**, {message.created_at.astimezone():%Y-%m-%d %H:%M}\n\n{_words(message.text)}\n"
        )
    return "\n".join(parts)


def _words(text: str) -> str:
    """A message within the document: its own headings must not look like the titles of conversations."""
    fenced = False
    lines = []
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        lines.append(line if fenced else re.sub(r"^(#{1,4}) ", r"##\1 ", line))
    return "\n".join(lines)


def _line(memory: Memory, quotes: Sequence[str]) -> str:
    told = {
        "dormouse": "memory",
        "version": VERSION,
        "memory": memory.text,
        "kind": memory.kind,
        "question": memory.question,
        "answer": memory.answer,
        "source": memory.source,
        "created_at": memory.created_at.isoformat(),
        "expires_at": memory.expires_at.isoformat() if memory.expires_at else None,
        "said": quotes[0] if quotes else "",
        "kept_out": memory.kept_out,
    }
    return json.dumps(told, ensure_ascii=False)
