"""The life that the pictures show: told to a real assistant in a profile of its own, and slept over, before any window opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from app.assistant import Assistant
from app.compose import open_assistant
from learning.types import Candidate, Clock, Measure, Sha256, Verdict

TOLD = (
    ("Hello! My sister is called Oduya.", "What is my sister called?"),
    ("My kettle is called Vesuvius.", "What is my kettle called?"),
    ("I live in Kesterby.", "Where do I live?"),
    ("Remember that my boat is called Orsolya.", "What is my boat called?"),
)
THEN = (
    ("Remember that my dog is called Biscuit.", "What is my dog called?"),
    ("Remember that my brother lives in Aldmoor.", "Where does my brother live?"),
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
    """Make the profile at `home`: conversations over some days, memories, an undo, and real nights between them."""
    clock = WalkingClock(12)
    with open_assistant(home, clock=clock) as assistant:
        _talk(assistant, clock, TOLD)
        clock.walk(days=4)
        if nights:
            assistant.night()
            clock.walk(days=1)
            assistant.night()
        _talk(assistant, clock, THEN)
        clock.walk(days=2)
        if nights:
            assistant.night()
        clock.walk(days=3)
        _talk(assistant, clock, LATER)
        dentist = next(memory for memory in assistant.memories() if "dentist" in memory.text)
        assistant.undo([dentist.id])


def year(home: Path, nights: int = 365) -> None:
    """A year of nights on record after those that were slept: made up, for how it looks when there are many."""
    clock = WalkingClock(nights + 1)
    draw = Random(7)
    with open_assistant(home, clock=clock) as assistant, assistant.store.transaction():
        store, base = assistant.store, assistant.serving.base
        known = [memory.id for memory in store.memories(base)]
        for place in range(nights):
            clock.walk(hours=23, minutes=59)
            if draw.random() < 0.3:
                known.append(store.add_memory(Candidate("fact", f"The user has read book {place}.", source="told")).id)
            began = store.start_consolidation()
            outcome = draw.choices(("promoted", "nothing_due", "rejected", "failed", "cancelled"), (60, 25, 3, 2, 10))[0]
            if outcome != "promoted":
                store.finish_consolidation(began.id, outcome, {"kept": [], "error": "the disk was full"})
                continue
            recall = min(1.0, 0.8 + 0.2 * place / nights + draw.uniform(-0.08, 0.08))
            measured = [
                Verdict(id, draw.random() < 0.99, Measure(-9.0, 0.02, ""), Measure(-0.2, recall, ""), recall) for id in known
            ]
            report = {
                "kept": [
                    {"memory": id, "reason": "it must stand for longer"}
                    for id in draw.sample(known, min(len(known), draw.randint(0, 3)))
                ],
                "gate": {"flipped": draw.choice((0.0, 0.0, 0.0, 0.02, 0.04)), "kl_neutral": 0.01, "abstention": 1.0},
                "by_heart": {"memories": place, "tokens": 8 * place + draw.randint(0, 20)},
                "bytes": 1_200_000 + 4_000 * place,
                "seconds": draw.uniform(40, 400),
            }
            adapter = store.add_adapter(began.id, base, {}, 0, known, Sha256("0" * 64), "", "promoted", measured)
            store.finish_consolidation(began.id, "promoted", report, adapter.id)


def _talk(assistant: Assistant, clock: WalkingClock, life: tuple[tuple[str, str], ...]) -> None:
    for told, asked in life:
        conversation = assistant.converse()
        for said in (told, asked):
            if said:
                assistant.note(assistant.reply(conversation.id, said).asked)
        clock.walk(hours=5)
