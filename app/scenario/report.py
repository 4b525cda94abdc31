"""What came of a scenario, as values, as JSON and in words. Only what is called `seconds` differs between two runs alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["passed", "failed", "environment"]


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that did not hold, or a step that could not be done (then `expectation` is empty).

    Attributes:
        line: of the expectation in the file.
        span: of its value in the file's characters, where `actual` could be written instead.
    """

    expectation: str
    wanted: str
    got: str
    line: int
    column: int
    span: tuple[int, int] | None = None
    actual: str | tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step that was done. `context` is what a person needs to understand a failure; empty where there is none."""

    line: int
    step: str
    text: str
    failures: tuple[Failure, ...]
    counted: str
    numbers: dict[str, float]
    notes_used: tuple[str, ...] | None
    adapter: int | None
    seconds: float
    context: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures or bool(self.counted)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole scenario. `problem` is why it could not be played to its end; `profile` is where it was kept, or ""."""

    name: str
    file: str
    seed: int
    status: Status
    steps: tuple[StepReport, ...]
    not_done: int
    seconds: float
    problem: str = ""
    profile: str = ""

    @property
    def passed(self) -> bool:
        return self.status == "passed"


def exit_code(reports: Sequence[Report]) -> int:
    """0 all hold, 1 one does not, 3 the environment was not as it must be."""
    if any(report.status == "environment" for report in reports):
        return 3
    return 0 if all(report.passed for report in reports) else 1


def as_json(report: Report) -> dict[str, Any]:
    value: dict[str, Any] = {
        "name": report.name,
        "file": report.file,
        "passed": report.passed,
        "status": report.status,
        "seed": report.seed,
        "steps": [_step_json(step) for step in report.steps],
        "not_done": report.not_done,
        "problem": report.problem,
        "seconds": round(report.seconds, 3),
    }
    return {**value, "profile": report.profile} if report.profile else value


def _step_json(step: StepReport) -> dict[str, Any]:
    return {
        "line": step.line,
        "step": step.step,
        "text": step.text,
        "passed": step.passed,
        "counts": step.counted,
        "failures": [
            {"expectation": f.expectation, "wanted": f.wanted, "got": f.got, "line": f.line, "column": f.column}
            for f in step.failures
        ],
        "numbers": step.numbers,
        "notes_used": None if step.notes_used is None else list(step.notes_used),
        "adapter": step.adapter,
        "context": list(step.context),
        "seconds": round(step.seconds, 3),
    }


def explanation(report: Report) -> str:
    """Why a scenario does not hold, so that a person can tell without running it again; "" where it does."""
    lines: list[str] = []
    for step in report.steps:
        if step.passed:
            continue
        lines.append(f"{report.file}:{step.line}: {step.step}")
        for failure in step.failures:
            if not failure.expectation:
                lines.append(_hanging("    could not be done: ", failure.got))
                continue
            lines.append(f"    line {failure.line}, {failure.expectation}:")
            lines.append(_hanging("      - ", failure.wanted))
            lines.append(_hanging("      + ", failure.got))
        lines += [f"    {line}" for line in step.context]
    if report.problem:
        lines.append(report.problem)
    if report.not_done:
        lines.append(f"{report.not_done} {'step was' if report.not_done == 1 else 'steps were'} not done.")
    return "\n".join(lines)


def summary(report: Report) -> str:
    """One line on a whole scenario."""
    mark = {"passed": "ok  ", "failed": "FAIL", "environment": "FAULT"}[report.status]
    count = len(report.steps)
    return f"{mark} {report.name} ({count} {'step' if count == 1 else 'steps'}, {report.seconds:.1f} s)"


def totals(reports: Sequence[Report]) -> str:
    """The last line."""
    failed = sum(report.status == "failed" for report in reports)
    faults = sum(report.status == "environment" for report in reports)
    held = len(reports) - failed - faults
    parts = [f"{held} of {len(reports)} {'scenario holds' if len(reports) == 1 else 'scenarios hold'}"]
    parts += [f"{failed} {'does' if failed == 1 else 'do'} not"] if failed else []
    parts += [f"{faults} stopped by the environment"] if faults else []
    return ", ".join(parts) + "."


def _hanging(head: str, text: str) -> str:
    first, *more = text.splitlines() or [""]
    return "\n".join([head + first, *(" " * len(head) + line for line in more)])
