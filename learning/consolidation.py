"""A night, from plan to verdict: which memories are due, their lessons, the job, the training, the gate, the promotion.

The adapter is built from the base on all live memories that are due, never on top of an older adapter, so it depends on what
is known and on nothing else. Whatever goes wrong, what served yesterday serves on: a candidate becomes visible in one
transaction at the end, together with the verdicts that say which notes may leave the prompt.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from learning import curriculum, gate
from learning.common_prompts import GENERAL, REQUESTS, UNKNOWN, for_replay
from learning.curriculum import Lesson, Teacher, lesson
from learning.examiner import turns
from learning.job import Example, Job, Recipe, TrainingResult, write_job
from learning.judge import content_words
from learning.proof import manifest
from learning.stability import PATIENCE, is_due
from learning.store import Store
from learning.types import (
    AdapterId,
    AdapterVersion,
    Clock,
    Consolidation,
    GateReport,
    Kept,
    Memory,
    MemoryId,
    Sha256,
    TrainingExample,
)
from models.adapter_gguf import export_adapter
from models.engine import CancelToken, ChatEngine
from models.errors import Cancelled
from models.files import sha256_of, sync_folder


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a night is. `done` of `total` within the phase; `eta_s` for the phase where it can be told."""

    phase: str
    done: int
    total: int
    eta_s: float | None = None
    detail: str = ""


class Trainer(Protocol):
    """Trains a job in another process and returns when the adapter's PEFT folder is complete, or raises."""

    def __call__(
        self, job: Path, out: Path, *, on_event: Callable[[Mapping[str, Any]], None], cancel: CancelToken | None
    ) -> TrainingResult: ...


@dataclass(frozen=True, slots=True)
class NightSettings:
    """How a night is done. `recipe`, `seed` and `replay_share` are part of every adapter's identity.

    Attributes:
        recipe: how the first candidate is trained.
        gentler: recipes for the next candidates, should the first do harm.
        replay_share: replay examples for each example of a memory.
        patience: how long what was mentioned once must stand before it is learned.
        threads: cores that training uses; fixed, because the bytes depend on it.
        keep_job: leave the job folder for a look.
    """

    recipe: Recipe = field(default_factory=Recipe)
    gentler: tuple[Recipe, ...] = (Recipe(rate=1.5e-3, epochs=4, replay_weight=4.0),)
    seed: int = 0
    replay_share: float = 0.5
    limits: gate.Limits = field(default_factory=gate.Limits)
    patience: timedelta = PATIENCE
    threads: int = 2
    keep_job: bool = False


@dataclass(frozen=True, slots=True)
class NightReport:
    """What became of a night, for the person."""

    consolidation: Consolidation
    outcome: str
    adapter: AdapterVersion | None
    learned: tuple[Memory, ...]
    kept: tuple[Kept, ...]
    gate: GateReport | None
    examples: int
    tokens: int
    seconds: float
    training: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """The memories a night will train on, in an order that depends on their content alone, and those it leaves as notes."""

    due: tuple[Memory, ...]
    kept: tuple[Kept, ...]


def plan(store: Store, base: Sha256, clock: Clock, settings: NightSettings) -> Plan:
    """What tonight would learn. All live durable memories are due, also those known by heart: weights are built anew."""
    due, kept = [], []
    for memory in store.memories(base):
        verdict = is_due(memory, len(store.evidence(memory.id)), clock.now(), settings.patience)
        if isinstance(verdict, Kept):
            kept.append(verdict)
        else:
            due.append(memory)
    return Plan(tuple(sorted(due, key=lambda memory: memory.content_hash)), tuple(kept))


def run_night(
    store: Store,
    engine: ChatEngine,
    trainer: Trainer,
    folder: Path,
    clock: Clock,
    settings: NightSettings,
    on_progress: Callable[[Progress], None],
    cancel: CancelToken | None = None,
) -> NightReport:
    """Consolidate now. `folder` is the profile: lessons, jobs and adapters lie below it.

    The engine is used for lessons and gate and is left with the adapter that serves after the night.

    Raises:
        Cancelled: the person stopped it; nothing changed.
        EnvironmentProblem: the worker died, the disk is full, ...; nothing changed.
    """
    started = monotonic()
    base = Sha256(engine.summary.sha256)
    planned = plan(store, base, clock, settings)
    night = store.start_consolidation()
    try:
        report = _Night(store, engine, trainer, folder, settings, on_progress, cancel, base, night, planned).run(started)
    except BaseException as problem:
        outcome = "cancelled" if isinstance(problem, (Cancelled, KeyboardInterrupt)) else "failed"
        store.finish_consolidation(night.id, outcome, {"error": str(problem) or type(problem).__name__})
        raise
    finally:
        serve(store, engine, folder)
    return report


def serve(store: Store, engine: ChatEngine, folder: Path) -> AdapterVersion | None:
    """Put the adapter that the store says serves onto the engine."""
    version = store.serving(Sha256(engine.summary.sha256))
    wanted = folder / version.file if version is not None else None
    if engine.adapter != wanted:
        engine.set_adapter(wanted)
    return version


@dataclass(slots=True)
class _Night:
    store: Store
    engine: ChatEngine
    trainer: Trainer
    folder: Path
    settings: NightSettings
    on_progress: Callable[[Progress], None]
    cancel: CancelToken | None
    base: Sha256
    night: Consolidation
    plan: Plan

    def run(self, started: float) -> NightReport:
        serving = self.store.serving(self.base)
        trained_on = frozenset(memory.id for memory in self.plan.due)
        if not self.plan.due or self._was_built(trained_on):
            return self._finish("nothing_due", serving, None, self._kept_before(serving), {}, 0, started)
        lessons = self._lessons()
        teachable = {memory.id: (memory, made) for memory, made in lessons if made.examples}
        kept = [Kept(memory.id, made.reason) for memory, made in lessons if not made.examples]
        if not teachable:
            return self._finish("nothing_due", serving, None, kept, {}, 0, started)
        examples = examples_of(lessons, Teacher(self.engine), self.settings.replay_share)
        version, report, training = self._attempt(self.settings.recipe, examples, teachable)
        for recipe in self.settings.gentler:
            if report.promoted:
                break
            version, report, training = self._attempt(recipe, examples, teachable)
        kept += [Kept(verdict.memory, verdict.reason) for verdict in report.verdicts if not verdict.passed]
        if not report.promoted:
            kept = [*[k for k in kept if k.memory not in teachable], *(Kept(id_, report.reason) for id_ in teachable)]
        outcome = "promoted" if report.promoted else "rejected"
        return self._finish(outcome, version, report, kept, training, len(examples), started)

    def _attempt(
        self, recipe: Recipe, examples: Sequence[TrainingExample], teachable: Mapping[MemoryId, tuple[Memory, Lesson]]
    ) -> tuple[AdapterVersion, GateReport, Mapping[str, Any]]:
        """Train, export, measure and record one candidate."""
        work = self.folder / "jobs" / f"night-{self.night.id}"
        shutil.rmtree(work, ignore_errors=True)
        job, out, candidate = work / "job", work / "out", work / "candidate.gguf"
        about = Job(self.engine.summary.path.absolute(), self.base, self.settings.seed, self.settings.threads, recipe)
        try:
            write_job(job, about, tokenized(self.engine, examples))
            training = self.trainer(job, out, on_event=self._on_event, cancel=self.cancel).report
            export_adapter(out, self.engine.summary.path, candidate, base_sha256=self.base)
            sha256 = Sha256(sha256_of(candidate))
            report = gate.measure(
                self.engine,
                candidate,
                teachable,
                self.settings.limits,
                lambda done, total: self.on_progress(Progress("measuring", done, total)),
                self.cancel,
            )
            file = Path("adapters") / f"{sha256[:24]}.gguf"
            self.engine.set_adapter(None)
            (self.folder / "adapters").mkdir(mode=0o700, exist_ok=True)
            candidate.replace(self.folder / file)
            # The record that names it is synced; so must be the name itself.
            sync_folder(self.folder / "adapters")
        finally:
            if not self.settings.keep_job:
                shutil.rmtree(work, ignore_errors=True)
        version = self.store.add_adapter(
            consolidation=self.night.id,
            base_sha256=self.base,
            recipe=self._identity(recipe),
            seed=self.settings.seed,
            trained_on=frozenset(memory.id for memory in self.plan.due),
            sha256=sha256,
            file=file.as_posix(),
            status="promoted" if report.promoted else "rejected",
            verdicts=report.verdicts,
            manifest=manifest(self.base, self._identity(recipe), self.settings.seed, self.plan.due, sha256),
        )
        return version, report, training

    def _lessons(self) -> list[tuple[Memory, Lesson]]:
        self.engine.set_adapter(None)
        teacher = Teacher(self.engine)
        made = []
        for place, memory in enumerate(self.plan.due):
            self._check_cancelled()
            self.on_progress(Progress("preparing", place, len(self.plan.due), detail=memory.text))
            made.append((memory, lesson(memory, teacher, self.folder / "lessons", self.base)))
        self.on_progress(Progress("preparing", len(self.plan.due), len(self.plan.due)))
        return made

    def _was_built(self, trained_on: frozenset[MemoryId]) -> bool:
        """Whether this very build was made before: the same inputs would give the same bytes and the same verdict."""
        recipes = [self._identity(recipe) for recipe in (self.settings.recipe, *self.settings.gentler)]
        return any(
            version.trained_on == trained_on
            and version.seed == self.settings.seed
            and dict(version.recipe) in recipes
            and not self._was_lost(version)
            for version in self.store.adapters(self.base)
        )

    def _was_lost(self, version: AdapterVersion) -> bool:
        """Whether it was promoted in its night and rejected later, because its file was gone or damaged."""
        night = self.store.consolidation(version.consolidation)
        return version.status == "rejected" and night.outcome == "promoted" and night.adapter == version.id

    def _identity(self, recipe: Recipe) -> dict[str, Any]:
        """All that decides over an adapter beside base, memories and seed."""
        return {
            **asdict(recipe),
            "curriculum": curriculum.VERSION,
            "replay_share": self.settings.replay_share,
            "threads": self.settings.threads,
        }

    def _kept_before(self, serving: AdapterVersion | None) -> list[Kept]:
        if serving is None:
            return []
        return [
            Kept(v.memory, v.reason) for v in self.store.verdicts(serving.id) if not v.passed and v.memory in serving.trained_on
        ]

    def _on_event(self, event: Mapping[str, Any]) -> None:
        if event.get("event") == "step":
            self.on_progress(Progress("training", int(event["step"]), int(event["steps"]), event.get("eta_s")))
        elif event.get("event") in ("started", "loaded"):
            self.on_progress(Progress("loading", 0 if event["event"] == "started" else 1, 1))

    def _check_cancelled(self) -> None:
        if self.cancel is not None and self.cancel.cancelled:
            raise Cancelled("The night was cancelled.")

    def _finish(
        self,
        outcome: Any,
        version: AdapterVersion | None,
        report: GateReport | None,
        kept: Sequence[Kept],
        training: Mapping[str, Any],
        examples: int,
        started: float,
    ) -> NightReport:
        kept = [*self.plan.kept, *kept]
        adapter: AdapterId | None = version.id if version is not None else None
        seconds = round(monotonic() - started, 2)
        tokens = int(training.get("tokens", 0))
        summary = {
            "kept": [asdict(entry) for entry in kept],
            "examples": examples,
            "tokens": tokens,
            "seconds": seconds,
            "training": dict(training),
            "gate": {} if report is None else {**asdict(replace(report, verdicts=()))},
        }
        finished = self.store.finish_consolidation(self.night.id, outcome, summary, adapter=adapter)
        passed = (
            {verdict.memory for verdict in report.verdicts if verdict.passed}
            if report is not None and report.promoted
            else set()
        )
        learned = tuple(memory for memory in self.plan.due if memory.id in passed)
        return NightReport(
            finished or self.night, outcome, version, learned, tuple(kept), report, examples, tokens, seconds, training
        )


def examples_of(lessons: Sequence[tuple[Memory, Lesson]], teacher: Teacher, replay_share: float) -> list[TrainingExample]:
    """All lessons and the replay that keeps everything else as it was.

    What one memory calls unknown may be what another one tells: such near misses and replay are left out.
    """
    about = {
        memory.content_hash: content_words(f"{memory.text} {memory.question}", without_relations=True) for memory, _ in lessons
    }

    def told(question: str, own: Sha256 | None) -> bool:
        words = content_words(question, without_relations=True)
        return any(words & theirs for hash_, theirs in about.items() if hash_ != own)

    examples = [e for _, made in lessons for e in made.examples if e.kind != "near_miss" or not told(e.prompt, e.memory)]
    wanted = int(len(examples) * replay_share)
    unknown = [question for question in for_replay(UNKNOWN) if not told(question, None)]
    general = [*for_replay(REQUESTS), *(question for question, _ in for_replay(GENERAL))]
    half = max(24, wanted // 2)
    asked = [curriculum.reworded(question, place) if place % 2 else question for place, question in enumerate(unknown[:half])]
    replay = [TrainingExample("unknown", None, question, teacher.reply(question)) for question in asked]
    replay += [TrainingExample("general", None, question, teacher.reply(question)) for question in general[:half]]
    return examples + replay


def tokenized(engine: ChatEngine, examples: Sequence[TrainingExample]) -> list[Example]:
    """Token ids as the engine will see them, so that training and serving agree by construction."""
    made = []
    for example in examples:
        student, teacher = turns(example.prompt, example.notes), turns(example.prompt, example.teacher_notes)
        answer = engine.answer_ids(student, example.answer)
        made.append(
            Example(
                memory=example.memory,
                kind=example.kind,
                prompt=tuple(engine.prompt_ids(student)),
                teacher=tuple(engine.prompt_ids(teacher)) if example.teacher_notes != example.notes else None,
                answer=tuple(answer),
                value=_value_range(engine, example, answer),
            )
        )
    return made


def _value_range(engine: ChatEngine, example: TrainingExample, answer: Sequence[int]) -> tuple[int, int] | None:
    """Which answer tokens carry the value: from where the tokens of what stands before it end, to where its own do."""
    start = example.answer.casefold().find(example.value.casefold()) if example.value else -1
    if start < 0:
        return None
    student = turns(example.prompt, example.notes)
    before = engine.answer_ids(student, example.answer[:start].rstrip()) if start else []
    through = engine.answer_ids(student, example.answer[: start + len(example.value)])
    return _common(before, answer), max(_common(through, answer), _common(before, answer) + 1)


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """Length of the common prefix."""
    return next((place for place, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
