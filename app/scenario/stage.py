"""The stage a story is played on: an assistant in a profile of its own under simulated time, and one function per verb.

Each step gives an `Outcome`: all that an expectation can be held against. What is expected is judged elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app import as_text, settings
from app.assistant import Assistant
from app.compose import open_assistant
from app.events import Event, Warned
from app.exchange.backup import back_up
from app.exchange.importing import import_files
from app.exchange.restoring import restore
from app.noting import Noted
from app.scenario import killing
from app.scenario.clock import DAY, Passage, ScriptedClock
from app.scenario.finding import find_one
from app.scenario.language import Which
from app.scenario.story import Scenario, Step
from app.talking import Reply
from learning.consolidation import NightReport, Progress
from learning.types import AdapterId, ConsolidationId, ConversationId, Kept, Memory, MemoryId
from learning.undo import all_of
from models.engine import Turn
from models.errors import DormouseError, EnvironmentProblem, UserError

DEFAULT_SETTINGS: Mapping[str, object] = {"threads": 1}
"""One thread to chat: the count is part of what makes results the same bytes, on any machine's number of cores."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one step.

    Attributes:
        text: what was replied, or what a person would have been told.
        prompt: what the model was shown; empty where it was not asked.
        notes_used, by_heart: None where the step is no turn.
        learned: by a night; None where the step is none.
        numbers: by the name of the expectation that asks for them, without "expect_".
        night: what became of the night, or "".
        error: the words in which the step was refused, or "".
        problem: the error is the environment's.
        memories: what is known afterwards, with what was superseded, undone or has expired; `live` are those that count.
    """

    text: str = ""
    prompt: tuple[Turn, ...] = ()
    notes_used: tuple[Memory, ...] | None = None
    by_heart: tuple[Memory, ...] | None = None
    noted: tuple[Memory, ...] = ()
    forgotten: tuple[Memory, ...] = ()
    learned: tuple[Memory, ...] | None = None
    kept: tuple[Kept, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    night: str = ""
    error: str = ""
    problem: bool = False
    warnings: tuple[str, ...] = ()
    adapter_before: AdapterId | None = None
    adapter_after: AdapterId | None = None
    memories: tuple[Memory, ...] = ()
    live: frozenset[MemoryId] = frozenset()
    seconds: float = 0.0


class Stage:
    """One profile, played on from the first step to the last."""

    def __init__(self, home: Path, scenario: Scenario, clock: ScriptedClock) -> None:
        self.home = home
        self.clock = clock
        self._folder = scenario.file.parent
        self._conversation: ConversationId | None = None
        self._named: dict[str, ConversationId] = {}
        self._warnings: list[str] = []
        self._assistant: Assistant | None = None
        self._prepare(scenario)

    def _prepare(self, scenario: Scenario) -> None:
        """Write the profile's settings and choose its model; what a scenario goes on from keeps its own where it says nothing."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self.home / "settings.json"
        before = settings.load(file) if file.exists() else settings.checked(DEFAULT_SETTINGS, file)
        seed = {"seed": scenario.seed} if scenario.seed else {}
        settings.save(replace(before, **{**seed, **scenario.settings}), file)
        if scenario.model:
            self._use_model(scenario.model)

    @property
    def assistant(self) -> Assistant:
        """The assistant, opened by the first step that needs it."""
        if self._assistant is None:
            self._assistant = open_assistant(self.home, clock=self.clock)
            self._assistant.events.subscribe(self._on_event)
        return self._assistant

    def close(self) -> None:
        if self._assistant is not None:
            self._assistant.close()
            self._assistant = None

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Warned):
            self._warnings.append(event.text)

    def perform(self, step: Step, on_progress: Callable[[Progress], None]) -> Outcome:
        """Do one step. What Dormouse refuses is part of the outcome; a bug comes through as the exception it is."""
        before = self._serving()
        self._warnings.clear()
        started = time.monotonic()
        try:
            outcome = self._do(step, on_progress)
        except DormouseError as error:
            words = str(error).replace(str(self.home), "PROFILE")
            outcome = Outcome(words, error=words, problem=isinstance(error, EnvironmentProblem))
        seconds = time.monotonic() - started
        return replace(
            outcome,
            warnings=tuple(text.replace(str(self.home), "PROFILE") for text in self._warnings),
            adapter_before=before,
            adapter_after=self._serving(),
            memories=tuple(self.assistant.memories(all=True)),
            live=frozenset(memory.id for memory in self.assistant.memories()),
            seconds=seconds,
            numbers={**outcome.numbers, "seconds": seconds},
        )

    def _serving(self) -> AdapterId | None:
        serving = self.assistant.serving.sync()
        return serving.id if serving else None

    def _do(self, step: Step, on_progress: Callable[[Progress], None]) -> Outcome:
        match step.verb:
            case "say":
                return self._say(step)
            case "ask":
                return self._ask(step)
            case "probe":
                return self._probe(step)
            case "remember":
                return self._told(self.assistant.remember(step.value))
            case "correct":
                return self._correct(step.value)
            case "night":
                return self._of_night(self.assistant.night(on_progress))
            case "crash":
                return self._crash(step)
            case "undo":
                return self._undo(step.value)
            case "erase":
                return self._erase(step.value)
            case "restore":
                return self._restore(step.value)
            case "advance":
                return self._advance(step.value, on_progress)
            case "conversation":
                return self._go_to(step.value)
            case "import":
                return self._import(step)
            case "backup":
                made = back_up(self.assistant.store, self.home, self._backup_of(step.value), force=True)
                return Outcome(f"Backed up: {made.conversations} conversations, {made.memories} memories.")
            case "recover":
                return self._recover(step.value)
            case "model":
                self.close()
                self._use_model(step.value)
                return Outcome(f"The model {self.assistant.catalog.current().name}.")
            case "restart":
                self.close()
                return Outcome("Closed and opened again.")
        raise ValueError(step.verb)

    # Talking

    def _say(self, step: Step) -> Outcome:
        if self._conversation is None:
            self._conversation = self.assistant.converse().id
        options = step.options
        reply = self.assistant.reply(
            self._conversation, step.value, notes=options.get("notes", True), base=options.get("base", False)
        )
        measuring = not options.get("notes", True) or options.get("base", False)
        return self._of_reply(reply, self.assistant.note(reply.asked, explicit_only=measuring))

    def _ask(self, step: Step) -> Outcome:
        conversation = self.assistant.converse()
        options = step.options
        reply = self.assistant.reply(
            conversation.id, step.value, notes=options.get("notes", True), base=options.get("base", False)
        )
        return self._of_reply(reply, self.assistant.note(reply.asked, explicit_only=True))

    def _of_reply(self, reply: Reply, noted: Sequence[Noted]) -> Outcome:
        cost = reply.completion
        return Outcome(
            cost.text.strip(),
            prompt=reply.prompt,
            notes_used=reply.notes_used,
            by_heart=reply.by_heart,
            noted=tuple(entry.memory for entry in noted if entry.change in ("added", "corrected")),
            forgotten=tuple(entry.memory for entry in noted if entry.change == "forgotten"),
            numbers={
                "prompt_tokens": cost.prompt_tokens,
                "evaluated_tokens": cost.evaluated_tokens,
                "completion_tokens": cost.completion_tokens,
            },
        )

    def _probe(self, step: Step) -> Outcome:
        options = step.options
        result = self.assistant.probe(
            step.value, options["answer"], notes=options.get("notes", False), base=options.get("base", False)
        )
        return Outcome(result.greedy.strip(), notes_used=result.notes_used, numbers={"logprob": result.logprob})

    def _go_to(self, named: str) -> Outcome:
        if named == "new":
            self._conversation = self.assistant.converse().id
        elif named.isdecimal():
            self._conversation = self.assistant.converse(ConversationId(int(named))).id
        else:
            self._conversation = self._named.setdefault(named, self._named.get(named) or self.assistant.converse().id)
        return Outcome(f"Conversation {self._conversation}.")

    # Knowing

    def _told(self, noted: Noted) -> Outcome:
        new = (noted.memory,) if noted.change in ("added", "corrected") else ()
        return Outcome(as_text.of_noted(noted), noted=new)

    def _correct(self, text: str) -> Outcome:
        noted = self.assistant.remember(text)
        if noted.replaced is None:
            known = "; ".join(memory.text for memory in self.assistant.memories() if memory.id != noted.memory.id)
            raise UserError(f"“{text}” corrected nothing. {as_text.of_noted(noted)} Known before: {known or 'nothing'}.")
        return self._told(noted)

    def _undo(self, which: Which) -> Outcome:
        receipt = self.assistant.undo(self._ids(which, self.assistant.memories()))
        gone = tuple(self.assistant.memory(id) for id in receipt.memories)
        return Outcome(as_text.of_receipt(receipt, self._name), forgotten=gone)

    def _erase(self, which: Which) -> Outcome:
        receipt = self.assistant.erase(self._ids(which, self.assistant.memories(all=True), undone=True))
        return Outcome(as_text.of_receipt(receipt, self._name))

    def _restore(self, which: Which) -> Outcome:
        undone = [memory for memory in self.assistant.memories(all=True) if memory.status == "retracted"]
        return Outcome(as_text.of_receipt(self.assistant.restore(self._ids(which, undone)), self._name))

    def _ids(self, which: Which, among: Sequence[Memory], *, undone: bool = False) -> list[MemoryId]:
        if which.everything:
            return all_of(self.assistant.store, undone=undone)
        if which.night is not None:
            nights = [night for night in self.assistant.store.consolidations() if night.outcome == "promoted"]
            if not which.night and not nights:
                raise UserError("There was no night yet that learned something.")
            last = max((night.id for night in nights), default=ConsolidationId(0))
            night = ConsolidationId(which.night) if which.night else last
            return all_of(self.assistant.store, night=night, undone=undone)
        return [*(MemoryId(id) for id in which.ids), *(find_one(words, among).id for words in which.words)]

    def _name(self, id: MemoryId) -> str:
        return self.assistant.memory(id).text

    def _import(self, step: Step) -> Outcome:
        note = bool(step.options.get("note"))
        imported = import_files(self.assistant.store, [self._folder / step.value], reread=note)
        noted = self.assistant.note_imported((*imported.reread, *imported.said)) if note else []
        new = [self.assistant.memory(id) for id in imported.memories]
        new += [entry.memory for entry in noted if entry.change in ("added", "corrected")]
        return Outcome(as_text.of_imported(imported, noted), noted=tuple(new))

    def _recover(self, label: str) -> Outcome:
        assistant = self.assistant
        restored = restore(assistant.store, self.home, self._backup_of(label), assistant.serving.base, force=True)
        # Settings and model of the backup count from the next start.
        self.close()
        self._conversation = None
        self._named.clear()
        text = f"Restored: {restored.contents.conversations} conversations, {restored.contents.memories} memories."
        return Outcome(f"{text} Stayed undone: {restored.undone}. Stayed erased: {restored.erased}.")

    def _backup_of(self, label: str) -> Path:
        """Beside the profile, for within it no backup may lie."""
        return self.home.with_name(f"{self.home.name}-{label}.dormouse")

    # Sleeping

    def _of_night(self, report: NightReport) -> Outcome:
        learned = ", ".join(memory.text for memory in report.learned)
        kept = "".join(f"\n  note: {self._name(kept.memory)} ({kept.reason})" for kept in report.kept)
        gate = f" {report.gate.reason}" if report.gate and report.gate.reason else ""
        text = f"Night {report.consolidation.id}: {report.outcome}{gate}. Learned: {learned or 'nothing'}{kept}"
        return Outcome(text, learned=report.learned, kept=report.kept, night=report.outcome)

    def _advance(self, passage: Passage, on_progress: Callable[[Progress], None]) -> Outcome:
        if not passage.nights:
            return Outcome(f"It is {self.clock.advance(passage.span):%Y-%m-%d %H:%M}.")
        nights: list[Outcome] = []
        for _ in range(passage.nights):
            nights.append(self._of_night(self.assistant.night(on_progress)))
            self.clock.advance(DAY)
        learned = {memory.id: memory for night in nights for memory in night.learned or ()}
        return replace(nights[-1], text="\n".join(night.text for night in nights), learned=tuple(learned.values()))

    def _crash(self, step: Step) -> Outcome:
        phase = step.options.get("at", "training")
        if step.value == "worker":
            killer = killing.WorkerKiller(phase)
            try:
                self._of_night(self.assistant.night(killer))
            except EnvironmentProblem as problem:
                return Outcome(
                    f"The worker was killed at {phase}: {problem.args[0].splitlines()[0]}", learned=(), night="failed"
                )
            raise UserError(f"The night was over before its worker could be killed at {phase}.")
        # Two processes must not have the profile's engine and night at once, and this one is to see what the dead one left.
        self.close()
        killing.kill_a_night(self.home, self.clock.now(), phase)
        return Outcome(f"Dormouse was killed in a night, at {phase}, and opened again.", learned=(), night="failed")

    def _use_model(self, named: str) -> None:
        """A model the profile knows by that name, or a file beside the scenario; to be called while nothing is open."""
        catalog = self.assistant.catalog
        file = self._folder / named
        name = catalog.add(file)[0].name if file.is_file() else named
        if not file.is_file() and named not in {model.name for model in catalog.list()}:
            raise EnvironmentProblem(
                f"There is neither a model called {named} nor a file {file}. Put it there, or add it with: dormouse models add FILE"
            )
        catalog.use(name)
        self.close()
