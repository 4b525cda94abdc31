"""A night, from plan to verdict: which memories are due, their lessons, the job, the training, the gate, the promotion.

The adapter is built from the base on all live memories that are due, never on top of an older adapter, so it depends on what
is known and on nothing else. Whatever goes wrong, what served yesterday serves on: a candidate becomes visible in one
transaction at the end, together with the verdicts that say which notes may leave the prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic, process_time
from typing import Any, Literal, Protocol

from learning import consent, gate, workshop
from learning.agenda import NightSettings, Plan, built_before, identity, plan, untried
from learning.curriculum import Lesson, Teacher, cached, lesson
from learning.job import Job, Recipe, TrainingResult
from learning.material import examples_of, tokenized
from learning.nightly import Pace, Purse, by_priority
from learning.proof import manifest
from learning.shared_out import shared_out
from learning.store import Store
from learning.types import (
    AdapterId,
    AdapterStatus,
    AdapterVersion,
    Clock,
    Consolidation,
    GateReport,
    Kept,
    Memory,
    MemoryId,
    Sha256,
    TrainingExample,
    Verdict,
)
from models.adapter_gguf import export_adapter
from models.engine import CancelToken, ChatEngine
from models.errors import Cancelled, EnvironmentProblem
from models.families import learnable
from models.files import sha256_of, sync_folder
from models.gguf_header import read_header


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a night is. `done` of `total` within the phase; `eta_s` for the phase, and the trainer's pace and memory
    (MB of 10^6 bytes) where they can be told."""

    phase: str
    done: int
    total: int
    eta_s: float | None = None
    detail: str = ""
    tokens_per_second: float | None = None
    memory_mb: float | None = None


class Trainer(Protocol):
    """Trains a job in another process and returns when the adapter's PEFT folder is complete, or raises."""

    def __call__(
        self, job: Path, out: Path, *, on_event: Callable[[Mapping[str, Any]], None], cancel: CancelToken | None
    ) -> TrainingResult: ...


@dataclass(frozen=True, slots=True)
class NightReport:
    """What became of a night, for the person.

    Attributes:
        outcome: "promoted", "rejected", "nothing_due", or "awaiting" where the gate let pass what waits for the person's word.
        learned: what passed; in an "awaiting" night, what will be learned once they agree.
        training: what the training worker reported; empty where nothing was trained.
    """

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
    cpu_seconds: float = 0.0


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
    """Consolidate now, under the night's lock. `folder` is the profile: lessons, jobs and adapters lie below it.

    The engine is used for lessons and gate and is left with the adapter that serves after the night.

    Raises:
        UserError: the model is of a kind that cannot learn.
        Cancelled: the person stopped it; nothing changed.
        EnvironmentProblem: the worker died, the disk is full, ...; nothing changed.
    """
    learnable(read_header(engine.summary.path))
    base = Sha256(engine.summary.sha256)
    planned = plan(store, base, clock, settings)
    store.close_dead_nights()
    night = store.start_consolidation()
    try:
        report = _Night(store, engine, trainer, folder, settings, on_progress, cancel, base, night, planned).run()
    except BaseException as problem:
        outcome = "cancelled" if isinstance(problem, (Cancelled, KeyboardInterrupt)) else "failed"
        said = {"error": str(problem) or type(problem).__name__}
        if cancel is not None and cancel.why:
            said["stopped"] = cancel.why
        store.finish_consolidation(night.id, outcome, said)
        if isinstance(problem, Cancelled) and "stopped" in said:
            raise Cancelled(f"The night was stopped: {said['stopped']}. It goes on another time.") from problem
        if isinstance(problem, OSError):
            raise EnvironmentProblem(
                f"The night could not go on: {problem.filename or folder}: {problem.strerror or problem}. Nothing was changed. "
                "Free some disk space or check the folder's permissions, then try again."
            ) from problem
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A built and measured adapter that is not on record yet; `file` is relative to the profile."""

    recipe: Recipe
    sha256: Sha256
    file: Path
    report: GateReport
    training: Mapping[str, Any]


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
    started: float = field(default_factory=monotonic)
    cpu_started: float = field(default_factory=process_time)
    spent: dict[str, float] = field(default_factory=dict)
    written: int = 0
    went_on: bool = False

    def run(self) -> NightReport:
        serving = self.store.serving(self.base)
        self._look_at_what_was_begun()
        if not self._untried():
            return self._as_before(serving)
        with self._phase("preparing"):
            lessons = self._lessons()
            if not self._untried():
                return self._as_before(serving)
            teachable = {memory.id: (memory, made) for memory, made in lessons if made.examples}
            kept = [Kept(memory.id, made.reason) for memory, made in lessons if not made.examples]
            if not teachable:
                return self._finish("nothing_due", serving, kept=kept)
            examples = examples_of(lessons, Teacher(self.engine, self.cancel), self.settings.replay_share)
        first, *gentler = self._untried()
        candidate = self._built(first, examples, teachable)
        for recipe in gentler:
            if candidate.report.promoted:
                break
            self._recorded(candidate)
            candidate = self._built(recipe, examples, teachable)
        report = candidate.report
        kept += [Kept(verdict.memory, verdict.reason) for verdict in report.verdicts if not verdict.passed]
        if not report.promoted:
            kept = [*[k for k in kept if k.memory not in teachable], *(Kept(id_, report.reason) for id_ in teachable)]
        # What serves, and the night that says so, are one change: neither is ever there without the other.
        with self.store.transaction():
            version = self._recorded(candidate)
            outcome = "promoted" if report.promoted else "rejected"
            ended = self._finish(outcome, version, report, kept, candidate.training, len(examples))
        # Only now: what was trained can be used again as long as nothing is on record.
        if not self.settings.keep_job:
            workshop.clear(self.folder / "jobs")
        return ended

    def _as_before(self, serving: AdapterVersion | None) -> NightReport:
        """There is nothing to train. What an earlier night built of just these memories serves again, should another do."""
        built = built_before(self.store, self.base, self.plan.due, self.settings)
        if built is None:
            return self._finish("nothing_due", serving, kept=self._kept_before(serving))
        verdicts = self.store.verdicts(built.id)
        measured = self.store.consolidation(built.consolidation).report.get("gate", {})
        report = GateReport(**{**measured, "verdicts": tuple(verdicts)})
        kept = [Kept(verdict.memory, verdict.reason) for verdict in verdicts if not verdict.passed]
        noted = {memory.id for memory in self.plan.due if memory.status != "learned"}
        again = noted & {verdict.memory for verdict in verdicts if verdict.passed}
        with self.store.transaction():
            version = self._on_record(built.recipe, built.sha256, built.file, "promoted", verdicts, built.manifest)
            return self._finish("promoted", version, report, kept, again=again)

    def _built(
        self, recipe: Recipe, examples: Sequence[TrainingExample], teachable: Mapping[MemoryId, tuple[Memory, Lesson]]
    ) -> _Candidate:
        """Train, export and measure one candidate; its file has its final name, and nothing is on record yet."""
        about = Job(
            self.engine.summary.path.absolute(),
            self.base,
            self.settings.seed,
            self.settings.threads,
            recipe,
            context_length=self.engine.context_length,
        )
        bench = workshop.set_up(self.folder / "jobs", about, tokenized(self.engine, examples), self.plan.due)
        try:
            training = self._trained(bench)
            export_adapter(bench.out, self.engine.summary.path, bench.candidate, base_sha256=self.base)
            sha256 = Sha256(sha256_of(bench.candidate))
            with self._phase("measuring"):
                report = gate.measure(
                    self.engine,
                    bench.candidate,
                    teachable,
                    self.settings.limits,
                    lambda done, total: self.on_progress(Progress("measuring", done, total)),
                    self.cancel,
                )
            file = Path("adapters") / f"{sha256[:24]}.gguf"
            self.engine.set_adapter(None)
            (self.folder / "adapters").mkdir(mode=0o700, exist_ok=True)
            bench.candidate.replace(self.folder / file)
            # The record that names it is synced; so must be the name itself.
            sync_folder(self.folder / "adapters")
        except BaseException as problem:
            stopped = isinstance(problem, (Cancelled, KeyboardInterrupt))
            # What was trained to its end and then could not be exported or measured would fail again in the same way.
            if not bench.holds_work or (bench.trained() and not stopped):
                workshop.clear(self.folder / "jobs")
            raise
        return _Candidate(recipe, sha256, file, report, training)

    def _recorded(self, candidate: _Candidate) -> AdapterVersion:
        """Put a candidate on record: it serves from then on, waits for the person's word, or was rejected."""
        passed: AdapterStatus = "candidate" if self.settings.ask else "promoted"
        report, named = candidate.report, identity(candidate.recipe, self.settings)
        with self.store.transaction():
            if report.promoted:
                # Of two that wait, nobody could say which one a word is for.
                consent.supersede(self.store, self.base)
            status = passed if report.promoted else "rejected"
            about = manifest(self.base, named, self.settings.seed, self.plan.due, candidate.sha256)
            return self._on_record(named, candidate.sha256, candidate.file.as_posix(), status, report.verdicts, about)

    def _on_record(
        self,
        recipe: Mapping[str, Any],
        sha256: Sha256,
        file: str,
        status: AdapterStatus,
        verdicts: Sequence[Verdict],
        about: Mapping[str, Any],
    ) -> AdapterVersion:
        ids = frozenset(memory.id for memory in self.plan.due)
        seed = self.settings.seed
        return self.store.add_adapter(self.night.id, self.base, recipe, seed, ids, sha256, file, status, verdicts, about)

    def _trained(self, bench: workshop.Bench) -> Mapping[str, Any]:
        """The training worker's report: from now, or from a night that was stopped after it."""
        begun = monotonic()
        result = bench.trained()
        if result is None:
            # What the chat holds of the GPU, training needs.
            with self.engine.resting():
                result = self.trainer(bench.job, bench.out, on_event=self._on_event, cancel=self.cancel)
        took = float(result.report.get("training_seconds", monotonic() - begun))
        self._spend("training", took)
        self._spend("loading", max(0.0, monotonic() - begun - took))
        return result.report

    def _lessons(self) -> list[tuple[Memory, Lesson]]:
        """The lessons of all that is due, or of what fits into the night's seconds; then that is the plan."""
        self.engine.set_adapter(None)
        if self.settings.seconds:
            self._write_what_fits()
        else:
            missing = [memory for memory in self.plan.due if cached(memory, self._shelf, self.base) is None]
            shared_out(self.engine, missing, partial(self._write, missing))
            self.written += len(missing)
        self.on_progress(Progress("preparing", len(self.plan.due), len(self.plan.due)))
        teacher = Teacher(self.engine, self.cancel)
        return [(memory, lesson(memory, teacher, self._shelf, self.base)) for memory in self.plan.due]

    @property
    def _shelf(self) -> Path:
        return self.folder / "lessons"

    def _write(self, all_: Sequence[Memory], engine: ChatEngine, mine: Iterator[Memory]) -> None:
        """Write the lessons of `mine`, some of `all_`; the night's own engine tells how far all are."""
        teacher = Teacher(engine, self.cancel)
        for memory in mine:
            self._check_cancelled()
            if engine is self.engine:
                self.on_progress(Progress("preparing", all_.index(memory), len(all_), detail=memory.text))
            lesson(memory, teacher, self._shelf, self.base)

    def _write_what_fits(self) -> None:
        """Write lessons for as long as the night's seconds allow; what then has none is left for later."""
        teacher, purse = Teacher(self.engine, self.cancel), Purse(self.settings.seconds, self._last_pace())
        due = by_priority(self.plan.due)
        for place, memory in enumerate(due):
            self._check_cancelled()
            self.on_progress(Progress("preparing", place, len(due), detail=memory.text))
            written = cached(memory, self._shelf, self.base) is not None
            begun = monotonic()
            if not purse.holds(begun - self.started, place, written=written):
                self._leave_for_later({memory.id for memory in due[place:]})
                return
            lesson(memory, teacher, self._shelf, self.base)
            if not written:
                self.written += 1
                purse.wrote(monotonic() - begun)

    def _last_pace(self) -> Pace | None:
        return next((pace for night in reversed(self.store.consolidations()) if (pace := Pace.of(night.report))), None)

    def _leave_for_later(self, left: set[MemoryId]) -> None:
        """Learn without these tonight; nothing at all where that would only unlearn something."""
        reason = "it did not fit into the night's minutes; it is left for the next night"
        chosen = [memory for memory in self.plan.due if memory.id not in left]
        unlearned = any(memory.id in left and memory.status == "learned" for memory in self.plan.due)
        if unlearned or not any(memory.status != "learned" for memory in chosen):
            chosen, left = [], {memory.id for memory in self.plan.due}
            reason = "it does not fit into the night's minutes beside what is known by heart; allow a night more of them"
        self._narrow(chosen, reason)

    def _look_at_what_was_begun(self) -> None:
        """Keep to what a stopped night was about, where that is wished for; clear it away where nobody can go on with it."""
        begun = workshop.unfinished(self.folder / "jobs")
        chosen = [memory for memory in self.plan.due if memory.content_hash in begun]
        if begun and (len(chosen) < len(begun) or not untried(self.store, self.base, chosen, self.settings)):
            # Something of it was undone since; or it died between its record and its tidying up.
            workshop.clear(self.folder / "jobs")
        elif begun and self.settings.goes_on and len(chosen) < len(self.plan.due):
            self.went_on = True
            self._narrow(chosen, "a night that was interrupted is brought to its end first; this is left for the next")

    def _narrow(self, chosen: Sequence[Memory], reason: str) -> None:
        ids = {memory.id for memory in chosen}
        left = [Kept(memory.id, reason) for memory in self.plan.due if memory.id not in ids and memory.status != "learned"]
        self.plan = Plan(tuple(chosen), (*self.plan.kept, *left))

    def _untried(self) -> list[Recipe]:
        return untried(self.store, self.base, self.plan.due, self.settings) if self.plan.due else []

    def _kept_before(self, serving: AdapterVersion | None) -> list[Kept]:
        if serving is None:
            return []
        return [
            Kept(v.memory, v.reason) for v in self.store.verdicts(serving.id) if not v.passed and v.memory in serving.trained_on
        ]

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        begun = monotonic()
        try:
            yield
        finally:
            self._spend(name, monotonic() - begun)

    def _spend(self, phase: str, seconds: float) -> None:
        self.spent[phase] = round(self.spent.get(phase, 0.0) + seconds, 2)

    def _on_event(self, event: Mapping[str, Any]) -> None:
        match event.get("event"):
            case "step":
                done, total = int(event["step"]), int(event["steps"])
                pace, memory = event.get("tokens_per_second"), event.get("peak_memory_mb")
                self.on_progress(
                    Progress("training", done, total, event.get("eta_s"), tokens_per_second=pace, memory_mb=memory)
                )
            case "resumed":
                detail = "going on from where it was stopped"
                self.on_progress(Progress("training", int(event["step"]), int(event["steps"]), detail=detail))
            case "begun_anew":
                self.on_progress(Progress("loading", 1, 1, detail=f"beginning anew, for {event['why']}"))
            case "started" | "loaded":
                self.on_progress(Progress("loading", 0 if event["event"] == "started" else 1, 1))

    def _check_cancelled(self) -> None:
        if self.cancel is not None and self.cancel.cancelled:
            raise Cancelled("The night was cancelled.")

    def _finish(
        self,
        outcome: Literal["promoted", "rejected", "nothing_due"],
        version: AdapterVersion | None,
        report: GateReport | None = None,
        kept: Sequence[Kept] = (),
        training: Mapping[str, Any] | None = None,
        examples: int = 0,
        again: Collection[MemoryId] = (),
    ) -> NightReport:
        reasons = {entry.memory: entry for entry in reversed([*self.plan.kept, *kept])}
        kept, training = list(reversed(reasons.values())), training or {}
        adapter: AdapterId | None = version.id if version is not None else None
        seconds = round(monotonic() - self.started, 2)
        tokens = int(training.get("tokens", 0))
        cpu_seconds = round(process_time() - self.cpu_started + float(training.get("cpu_seconds", 0.0)), 2)
        passed = (
            {verdict.memory for verdict in report.verdicts if verdict.passed}
            if report is not None and report.promoted
            else set()
        )
        learned = tuple(memory for memory in self.plan.due if memory.id in passed)
        summary = {
            "kept": [asdict(entry) for entry in kept],
            "examples": examples,
            "tokens": tokens,
            "seconds": seconds,
            "cpu_seconds": cpu_seconds,
            "training": dict(training),
            "phases": self.spent,
            "lessons": self.written,
            "went_on": self.went_on,
            "trained": len(self.plan.due) if report is not None else 0,
            "again": sorted(again),
            "gate": {} if report is None else {**asdict(replace(report, verdicts=()))},
            # Tokens of the notes that no prompt needs any more, and bytes of what took their place.
            "by_heart": {"memories": len(learned), "tokens": sum(len(self.engine.tokenize(memory.text)) for memory in learned)},
            "bytes": (self.folder / version.file).stat().st_size if version is not None and learned else 0,
        }
        finished = self.store.finish_consolidation(self.night.id, outcome, summary, adapter=adapter)
        shown = "awaiting" if version is not None and report is not None and version.status == "candidate" else outcome
        return NightReport(
            finished, shown, version, learned, tuple(kept), report, examples, tokens, seconds, training, cpu_seconds
        )
