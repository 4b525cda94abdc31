"""Plays one scenario from its first step to its last and reports; what several go on from is played once and copied."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from app.extras import require_learning
from app.scenario.clock import ScriptedClock
from app.scenario.expectations import Judged, judge
from app.scenario.finding import listed
from app.scenario.report import Failure, Report, Status, StepReport
from app.scenario.stage import Outcome, Stage
from app.scenario.story import Expectation, Scenario, Step, read_scenario
from learning.consolidation import Progress
from models.errors import EnvironmentProblem, UserError

NIGHTS = ("night", "crash")


@dataclass(frozen=True, slots=True)
class Playing:
    """Where a run is: step `done` of `total`, what it is, and how far a night in it."""

    scenario: str
    done: int
    total: int
    step: str = ""
    night: Progress | None = None


OnProgress = Callable[[Playing], None]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A profile that other scenarios go on from, when it was left, and how the scenario that made it went."""

    profile: Path
    clock: datetime
    report: Report


@dataclass(slots=True)
class Beginnings:
    """The profiles that scenarios go on from, each made once in `folder`."""

    folder: Path
    made: dict[Path, Beginning] = field(default_factory=dict)

    def of(self, file: Path, on_progress: OnProgress) -> Beginning:
        """The profile after the scenario in `file`, played now if it was not before."""
        file = file.resolve()
        if file not in self.made:
            scenario = read_scenario(file)
            self.folder.mkdir(parents=True, exist_ok=True)
            profile = Path(tempfile.mkdtemp(prefix=f"{file.name.split('.')[0]}-", dir=self.folder)) / "profile"
            self.made[file] = play(scenario, profile, self, on_progress)
        return self.made[file]


def lineage(file: Path) -> list[Scenario]:
    """The scenario in `file` and those it goes on from, the nearest first.

    Raises:
        BadScenario: one of them is not as it must be.
        UserError: one goes on from itself.
    """
    found: list[Scenario] = []
    seen: list[Path] = []
    named: Path | None = file
    while named is not None:
        if named.resolve() in seen:
            raise UserError(f"{file} goes on from itself: {' -> '.join(path.name for path in (*seen, named))}")
        seen.append(named.resolve())
        found.append(read_scenario(named))
        named = found[-1].given
    return found


def run_file(file: Path, beginnings: Beginnings, on_progress: OnProgress, *, keep: Path | None = None) -> Report:
    """Play the scenario in `file` once among `beginnings`, since others may go on from it, or in a profile kept in `keep`."""
    scenario = lineage(file)[0]
    if keep is None:
        return beginnings.of(file, on_progress).report
    keep.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix=f"{file.name.split('.')[0]}-", dir=keep)) / "profile"
    return replace(play(scenario, home, beginnings, on_progress).report, profile=str(home))


def play(scenario: Scenario, home: Path, beginnings: Beginnings, on_progress: OnProgress) -> Beginning:
    """Play a scenario in the profile `home`, which is made."""
    started = time.monotonic()
    clock = ScriptedClock(scenario.clock)
    problem = ""
    status: Status = "passed"
    steps: list[StepReport] = []
    stage: Stage | None = None
    try:
        if scenario.given is not None:
            before = beginnings.of(scenario.given, on_progress)
            if not before.report.passed:
                told = before.report.problem or "run it alone to see why"
                kind = EnvironmentProblem if before.report.status == "environment" else UserError
                raise kind(f"It goes on from {scenario.given.name}, which does not hold itself: {told}")
            shutil.copytree(before.profile, home)
            clock = ScriptedClock(before.clock)
        if any(step.verb in NIGHTS or (step.verb == "advance" and step.value.nights) for step in scenario.steps):
            require_learning()
        stage = Stage(home, scenario, clock)
        steps, status = _play_steps(stage, scenario, on_progress)
    except EnvironmentProblem as error:
        problem, status = str(error).replace(str(home), "PROFILE"), "environment"
    except UserError as error:
        problem, status = str(error).replace(str(home), "PROFILE"), "failed"
    finally:
        if stage is not None:
            stage.close()
    report = Report(
        scenario.name,
        _shown(scenario.file),
        scenario.seed,
        status,
        tuple(steps),
        len(scenario.steps) - len(steps),
        time.monotonic() - started,
        problem,
    )
    return Beginning(home, clock.now(), report)


def _play_steps(stage: Stage, scenario: Scenario, on_progress: OnProgress) -> tuple[list[StepReport], Status]:
    numbers: dict[str, dict[str, float]] = {}
    counts: dict[str, list[bool]] = {}
    steps: list[StepReport] = []
    total = len(scenario.steps)
    for done, step in enumerate(scenario.steps):
        on_progress(Playing(scenario.name, done, total, step.written))

        def asleep(progress: Progress, done: int = done, step: Step = step) -> None:
            on_progress(Playing(scenario.name, done, total, step.written, progress))

        outcome = _tally(stage, step, counts) if step.verb == "tally" else stage.perform(step, asleep)
        steps.append(_judged(step, outcome, numbers, counts))
        if label := step.options.get("as"):
            for name, number in outcome.numbers.items():
                numbers.setdefault(f"expect_{name}", {})[label] = number
        refused = outcome.error and not any(e.name == "expect_error" for e in step.expectations)
        if refused:
            return steps, "environment" if outcome.problem else "failed"
    on_progress(Playing(scenario.name, total, total))
    return steps, "passed" if all(step.passed for step in steps) else "failed"


def _tally(stage: Stage, step: Step, counts: dict[str, list[bool]]) -> Outcome:
    held = counts.get(step.value, [])
    share = sum(held) / len(held) if held else 0.0
    return Outcome(
        f"{sum(held)} of {len(held)} held ({share:.0%}).",
        numbers={"share": share},
        memories=tuple(stage.assistant.memories(all=True)),
        live=frozenset(memory.id for memory in stage.assistant.memories()),
    )


def _judged(step: Step, outcome: Outcome, numbers: dict[str, dict[str, float]], counts: dict[str, list[bool]]) -> StepReport:
    failures: list[Failure] = []
    counted = step.options.get("counts", "")
    expects_error = any(expectation.name == "expect_error" for expectation in step.expectations)
    if outcome.error and not expects_error:
        failures.append(Failure("", "", outcome.error, step.place.line, step.place.column))
        counted = ""
    else:
        for expectation in step.expectations:
            judged = judge(expectation, outcome, numbers)
            if counted:
                counts.setdefault(counted, []).append(judged.holds)
            if not judged.holds:
                failures.append(_failure(expectation, judged))
    shown = {name: round(number, 6) for name, number in outcome.numbers.items() if name != "seconds"}
    return StepReport(
        step.place.line,
        step.written,
        outcome.text,
        tuple(failures),
        counted,
        shown,
        None if outcome.notes_used is None else tuple(memory.text for memory in outcome.notes_used),
        outcome.adapter_after,
        outcome.seconds,
        _context(outcome) if failures else (),
    )


def _failure(expectation: Expectation, judged: Judged) -> Failure:
    place = expectation.place
    actual = judged.actual if isinstance(judged.actual, str | None) else tuple(judged.actual)
    return Failure(
        expectation.name,
        judged.wanted,
        judged.got,
        place.line,
        place.column,
        None if expectation.in_loop else (place.start, place.end),
        actual,
    )


def _context(outcome: Outcome) -> tuple[str, ...]:
    """What was in the prompt and what is known: from this a person can tell why."""
    lines: list[str] = []
    if outcome.prompt:
        lines.append(f"in the prompt ({outcome.numbers.get('prompt_tokens', 0):.0f} tokens):")
        lines += [f"  {turn.role}: {line}" for turn in outcome.prompt for line in turn.content.splitlines()]
    if outcome.notes_used is not None:
        lines.append(f"notes used: {listed(outcome.notes_used) or 'none'}")
    serving = "the bare base" if outcome.adapter_after is None else f"adapter {outcome.adapter_after}"
    lines.append(f"serving: {serving}")
    lines += [f"known: {memory.id} {memory.text} ({memory.status})" for memory in outcome.memories] or ["known: nothing"]
    lines += [f"warned: {text}" for text in outcome.warnings]
    return tuple(lines)


def _shown(file: Path) -> str:
    """The file as a person near it would name it, which is the same on every machine."""
    with suppress(ValueError):
        return file.resolve().relative_to(Path.cwd()).as_posix()
    return file.as_posix()
