"""The whole story in two minutes, on the built-in model, in a profile that is thrown away.

Tell, ask, sleep, ask, undo, ask: each question is asked in a phrasing that no night trained on, in a conversation of its own,
and judged by whether the reply says the value. Nothing is hard-coded: the story is drawn from a seed, or typed by the person.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import as_json, as_text
from app.assistant import Assistant
from app.compose import open_assistant
from app.progress import cancelled_by_interrupt, night_progress
from app.talking import Reply
from app.tour_story import Told, draw
from learning.consolidation import NightReport
from learning.curriculum import Teacher, lesson
from learning.judge import plain, says
from learning.types import Memory
from models.engine import CancelToken
from models.errors import Cancelled, UserError

NEEDED_SHARE = 5 / 6
"""Of the facts and corrections, how many must be known by heart after the night."""


@dataclass(slots=True)
class Line:
    """One memory's way through the story: what was replied at each station, and whether that said the value."""

    told: Told
    memory: Memory
    answer: str
    question: str
    replies: dict[str, Reply] = field(default_factory=dict)

    def said(self, station: str) -> bool:
        return says(self.replies[station].completion.text, self.answer)


def tour(*, facts: Sequence[str], seed: int | None, in_json: bool) -> int:
    """Play the story and print its table; 0 where it holds, 1 where it does not."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="dormouse-tour-", ignore_cleanup_errors=True) as home,
        open_assistant(Path(home)) as assistant,
        cancelled_by_interrupt("Stopping the tour ...") as cancel,
    ):
        story = Story(assistant, draw(seed, facts), cancel, quiet=in_json)
        story.say(f"A throw-away profile, the model {assistant.serving.summary.name}, story {seed} (again: --seed {seed})")
        story.tell()
        story.ask_all("before", notes=False, title="Asked without its notes, it cannot know:")
        story.ask_all("noted", notes=True, title="With its notes it does:")
        story.say("\nNight.")
        with night_progress(in_json, sys.stderr if in_json else None) as on_progress:
            report = assistant.night(on_progress, cancel)
        story.ask_all("after", notes=False, title="Morning. Without any note in the prompt:")
        story.measure_tokens()
        story.undo(random.Random(seed))
        story.ask_all("undone", notes=True, title="Asked again, what was undone is gone, the rest is answered as before:")
        outcome = story.outcome(report, seed, time.monotonic() - started)
    if in_json:
        print(json.dumps(outcome, ensure_ascii=False))
    else:
        print(story.table(outcome))
    return 0 if outcome["holds"] else 1


class Story:
    """The tour's memories on their way, in one assistant."""

    def __init__(self, assistant: Assistant, story: Sequence[Told], cancel: CancelToken, *, quiet: bool) -> None:
        self._assistant = assistant
        self._told = story
        self._cancel = cancel
        self._quiet = quiet
        self.lines: list[Line] = []
        self.undone: Line | None = None

    def say(self, text: str = "") -> None:
        if not self._quiet:
            print(text, flush=True)

    def tell(self) -> None:
        """Tell everything, then the correction."""
        self.say("\nYou tell it:")
        for told in self._told:
            self.say(f"  {told.text}")
            memory = self._assistant.remember(told.text).memory
            if told.corrected_to:
                self.say(f"  {told.corrected_to}")
                memory = self._assistant.remember(told.corrected_to).memory
            answer = told.answer or memory.answer
            if not answer:
                raise UserError(
                    f"The tour cannot ask for “{told.text}”: it finds no value in it. Try one like: My boat is called Orsolya."
                )
            self.lines.append(Line(told, memory, answer, ""))
        with self._assistant.serving.bare() as engine:
            teacher = Teacher(engine)
            for line in self.lines:
                line.question = self._unseen_question(line, teacher)

    def _unseen_question(self, line: Line, teacher: Teacher) -> str:
        """A phrasing that the night will not train on: the tour's own, or one that the lesson holds back for its gate."""
        lessons = self._assistant.profile.home / "lessons"
        made = lesson(line.memory, teacher, lessons, self._assistant.serving.base)
        trained = {plain(example.prompt) for example in made.examples}
        held_back = [probe.question for probe in made.probes]
        unseen = [question for question in (*line.told.questions, *held_back) if plain(question) not in trained]
        return unseen[0] if unseen else line.memory.question

    def ask_all(self, station: str, *, notes: bool, title: str) -> None:
        self.say(f"\n{title}")
        for line in self.lines:
            line.replies[station] = reply = self._ask(line.question, notes=notes)
            if line is self.undone:
                mark = "undone" if not line.said(station) else "STILL SAID"
            else:
                mark = "knows" if line.said(station) else "does not know"
            self.say(f"  {line.question:<44} {reply.completion.text.strip():<52} {as_text.dim(mark)}")

    def _ask(self, question: str, *, notes: bool) -> Reply:
        reply = self._assistant.reply(self._assistant.converse().id, question, notes=notes, cancel=self._cancel)
        if self._cancel.cancelled:
            raise Cancelled("The tour was stopped. Its profile is thrown away, yours was never touched.")
        return reply

    def measure_tokens(self) -> None:
        """What a turn costs now, with whatever notes it still needs."""
        for line in self.lines:
            line.replies["morning"] = self._ask(line.question, notes=True)
        before, after = self.tokens("noted"), self.tokens("morning")
        self.say(
            f"\nA question cost {before:.0f} prompt tokens with notes; now it costs {after:.0f}: {before - after:.0f} saved each turn."
        )

    def tokens(self, station: str) -> float:
        return sum(line.replies[station].completion.prompt_tokens for line in self.lines) / len(self.lines)

    def undo(self, rng: random.Random) -> None:
        """Take back one of the facts that is known by heart, where there is one."""
        facts = [line for line in self.lines if not line.told.preference]
        by_heart = [line for line in facts if line.said("after")]
        self.undone = rng.choice(by_heart or facts)
        self.say(f"\nYou undo: {self.undone.memory.text}")
        self._assistant.undo([self.undone.memory.id])

    def outcome(self, report: NightReport, seed: int, seconds: float) -> dict[str, Any]:
        """The closing figures and whether the story holds."""
        assert self.undone is not None
        facts = [line for line in self.lines if not line.told.preference]
        others = [line for line in self.lines if line is not self.undone]
        by_heart = sum(line.said("after") for line in facts)
        as_notes = sum(line.said("undone") for line in others)
        knew = sum(line.said("noted") for line in others)
        checks = {
            "unknown_before": not any(line.said("before") for line in self.lines),
            "known_after": by_heart >= round(NEEDED_SHARE * len(facts)),
            "no_note_in_prompt": not any(line.replies["after"].notes_used for line in self.lines),
            "undone_not_said": not self.undone.said("undone"),
            # Held against what the same model reads from the same notes: what it cannot read, no undo has lost.
            "others_still_known": as_notes >= min(knew, len(others) - 1),
        }
        return {
            "holds": all(checks.values()),
            "seed": seed,
            "checks": checks,
            "facts": len(facts),
            "known_before": sum(line.said("before") for line in facts),
            "known_with_notes": sum(line.said("noted") for line in facts),
            "known_after_night": by_heart,
            "others_after_undo": [as_notes, len(others)],
            "prompt_tokens": {"with_notes": self.tokens("noted"), "after_night": self.tokens("morning")},
            "seconds": round(seconds, 1),
            "night": as_json.of_night(report),
            "lines": [self._line(line) for line in self.lines],
        }

    def _line(self, line: Line) -> dict[str, Any]:
        return {
            "told": line.told.text,
            "corrected_to": line.told.corrected_to,
            "memory": line.memory.id,
            "preference": line.told.preference,
            "undone": line is self.undone,
            "question": line.question,
            "answer": line.answer,
            **{
                station: {"reply": reply.completion.text, "said": line.said(station)} for station, reply in line.replies.items()
            },
        }

    def table(self, outcome: dict[str, Any]) -> str:
        """The closing table, for a person."""
        stations = (("before", "before"), ("noted", "with notes"), ("after", "by heart"), ("undone", "after undo"))
        rows = []
        for line in self.lines:
            marks = ["yes" if line.said(station) else "-" for station, _ in stations]
            if line is self.undone:
                marks[-1] = "gone" if not line.said("undone") else "STILL SAID"
            rows.append([*marks, line.memory.text])
        heads = [*(head for _, head in stations), "what it was told"]
        tokens = outcome["prompt_tokens"]
        closing = [
            f"\n{as_text.table(rows, heads)}",
            f"\nKnown by heart after the night: {outcome['known_after_night']} of {outcome['facts']} facts and corrections "
            f"(before: {outcome['known_before']}).",
            f"Prompt tokens a turn: {tokens['with_notes']:.0f} with notes, {tokens['after_night']:.0f} after the night.",
            f"{outcome['seconds']:.0f} seconds in all, {outcome['night']['seconds']:.0f} of them asleep.",
        ]
        failed = [name.replace("_", " ") for name, held in outcome["checks"].items() if not held]
        closing.append(
            f"The story does NOT hold: {', '.join(failed)}." if failed else "The story holds. Chat yourself: dormouse chat"
        )
        return "\n".join(closing)
