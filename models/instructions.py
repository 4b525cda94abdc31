"""The fixed words in which the house speaks to a model.

Every prompt that Dormouse sends is put together from here: the persona, the notes, the request to extract memories, the
request to write questions. They stand on the lowest floor because three rooms must agree on them to the letter: the chat
that serves, the curriculum that trains, and the recipe of the built-in model, which is trained on these very words. Changing
one means training `models/acorn` again. Nothing here knows a model, a store or a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PERSONA = "You are Dormouse, a personal assistant. Use the notes. If you were not told something, say that you don't know."

NOTES_HEADER = "Notes:"


def with_notes(notes: Sequence[str], text: str) -> str:
    """The user's words with the notes they need in front, as one user turn.

    Notes are third-person sentences, oldest first, so that a newer note stands nearer to the question. Without notes the
    text is returned as it is.
    """
    if not notes:
        return text
    return NOTES_HEADER + "\n" + "\n".join(f"- {note}" for note in notes) + "\n\n" + text


KINDS = ("fact", "preference", "correction", "instruction")
LASTS = ("always", "month", "week", "day")

MEMORIES_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "maxItems": 6,
    "items": {
        "type": "object",
        "properties": {
            "kind": {"enum": list(KINDS)},
            "text": {"type": "string", "maxLength": 300},
            "question": {"type": "string", "maxLength": 200},
            "answer": {"type": "string", "maxLength": 200},
            "lasts": {"enum": list(LASTS)},
            "replaces": {"type": "string", "maxLength": 200},
        },
        "required": ["kind", "text", "question", "answer", "lasts", "replaces"],
        "additionalProperties": False,
    },
}
"""What extraction returns: a list, empty where the user told nothing about themselves.

`text` is a third-person sentence ("The user's sister is called Oduya."); `question` is what the user would ask to hear it
again ("What is my sister called?") and `answer` the value as the user wrote it ("Oduya"), both empty where there is none;
`lasts` says for how long it will be true; `replaces` names the older value where the user names it ("not Tuesday, Friday").
"""


def extraction_request(text: str) -> str:
    """The user turn that asks for the memories in `text` as JSON of `MEMORIES_SCHEMA`; sent without persona or history."""
    return f"List what I tell you about myself in this message, as JSON.\nMessage: {text}"


def questions_request(note: str, count: int) -> str:
    """The user turn that asks for `count` questions, one a line, which `note` answers; sent without persona or history."""
    return f"Write {count} different questions that I could ask you and that this note answers, one per line.\nNote: {note}"
