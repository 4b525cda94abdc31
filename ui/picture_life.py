"""The life that the pictures show: told to a real assistant in a profile of its own, and slept over, before any window opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.assistant import Assistant
from app.compose import open_assistant
from learning.types import Clock

TOLD = (
    ("Hello! My sister is called Oduya.", "What is my sister called?"),
    ("My kettle is called Vesuvius.", "What is my kettle called?"),
    ("I live in Kesterby.", "Where do I live?"),
    ("Remember that my boat is called Orsolya.", "What is my boat called?"),
)
LATER = (
    ("I am allergic to walnuts.", "What am I allergic to?"),
    ("Remember that my bank PIN is 4711.", ""),
    ("Remember that my dentist is on Mill Lane.", "Where is my dentist?"),
)


class WalkingClock(Clock):
    """A time that the story sets, some days before today."""

    def __init__(self, days_ago: float) -> None:
        self.now_is = datetime.now(UTC) - timedelta(days=days_ago)

    def now(self) -> datetime:
        self.now_is += timedelta(seconds=7)
        return self.now_is

    def walk(self, **by: float) -> None:
        self.now_is += timedelta(**by)


def live(home: Path, *, nights: bool) -> None:
    """Make the profile at `home`: conversations over some days, memories, an undo, and a real night between them."""
    clock = WalkingClock(9)
    with open_assistant(home, clock=clock) as assistant:
        _talk(assistant, clock, TOLD)
        clock.walk(days=4)
        if nights:
            assistant.night()
        clock.walk(days=3, hours=23)
        _talk(assistant, clock, LATER)
        dentist = next(memory for memory in assistant.memories() if "dentist" in memory.text)
        assistant.undo([dentist.id])


def _talk(assistant: Assistant, clock: WalkingClock, life: tuple[tuple[str, str], ...]) -> None:
    for told, asked in life:
        conversation = assistant.converse()
        for said in (told, asked):
            if said:
                assistant.note(assistant.reply(conversation.id, said).asked)
        clock.walk(hours=5)
