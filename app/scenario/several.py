"""Runs many scenario files, side by side where there are cores, and shows how far it is.

Every file is read before the first one runs. What several go on from is played first, once.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from app.scenario.reading import BadScenario, Problem
from app.scenario.report import Report
from app.scenario.runner import Beginning, Beginnings, OnProgress, Playing, lineage, run_file
from app.scenario.story import SUFFIX, Scenario
from models.errors import UserError

BAR_WIDTH = 32


def scenario_files(named: Iterable[Path]) -> list[Path]:
    """The files named, and for each folder all scenarios in and below it; each once, in the order they were named."""
    found: list[Path] = []
    for path in named:
        if path.is_dir():
            inside = sorted(path.rglob(f"*{SUFFIX}"))
            if not inside:
                raise UserError(f"There is no *{SUFFIX} in {path}.")
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def read_all(files: Sequence[Path]) -> list[list[Scenario]]:
    """Each scenario with those it goes on from; raises one `BadScenario` that names the mistakes of all files."""
    problems: list[Problem] = []
    lines: list[list[Scenario]] = []
    for file in files:
        try:
            lines.append(lineage(file))
        except BadScenario as bad:
            problems += bad.problems
    if problems:
        raise BadScenario(dict.fromkeys(problems))
    return lines


def run_files(
    files: Sequence[Path],
    *,
    jobs: int = 1,
    keep: Path | None = None,
    on_progress: OnProgress = lambda _: None,
    on_report: Callable[[Report], None] = lambda _: None,
) -> list[Report]:
    """The report of each file, in the order of the files; `on_report` hears of each as it is done."""
    lines = read_all(files)
    with tempfile.TemporaryDirectory(prefix="dormouse-beginnings-", ignore_cleanup_errors=True) as folder:
        beginnings = Beginnings(Path(folder))
        for line in lines:
            for earlier in reversed(line[1:]):
                beginnings.of(earlier.file, on_progress)
        reports: dict[Path, Report] = {}
        # What was played as a beginning has its report already; only a kept profile asks for a run of its own.
        for file in files:
            if keep is None and file.resolve() in beginnings.made:
                reports[file] = beginnings.made[file.resolve()].report
                on_report(reports[file])
        rest = [file for file in files if file not in reports]
        workers = min(jobs, len(rest))
        played = (
            _side_by_side(rest, beginnings, keep, workers) if workers > 1 else _one_by_one(rest, beginnings, keep, on_progress)
        )
        for file, report in played:
            reports[file] = report
            on_report(report)
    return [reports[file] for file in files]


def cores() -> int:
    return os.cpu_count() or 1


def _one_by_one(
    files: Sequence[Path], beginnings: Beginnings, keep: Path | None, on_progress: OnProgress
) -> Iterator[tuple[Path, Report]]:
    for file in files:
        yield file, run_file(file, beginnings, on_progress, keep=keep)


def _side_by_side(
    files: Sequence[Path], beginnings: Beginnings, keep: Path | None, workers: int
) -> Iterator[tuple[Path, Report]]:
    # Spawned, not forked: llama.cpp's threads do not survive a fork, and Windows knows no other way.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = {pool.submit(_run_one, file, beginnings.folder, beginnings.made, keep): file for file in files}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _run_one(file: Path, folder: Path, made: dict[Path, Beginning], keep: Path | None) -> Report:
    return run_file(file, Beginnings(folder, made), lambda _: None, keep=keep)


@contextmanager
def bar(total: int) -> Iterator[tuple[OnProgress, Callable[[Report], None]]]:
    """What to tell of steps and of scenarios done; a bar on stderr where that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield (lambda _: None), (lambda _: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=BAR_WIDTH), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=total)

        def on_progress(playing: Playing) -> None:
            night = f" ({playing.night.phase} {playing.night.done}/{playing.night.total})" if playing.night else ""
            step = f"{playing.scenario}, step {min(playing.done + 1, playing.total)} of {playing.total}{night}"
            bars.update(task, description=step)

        yield on_progress, lambda _: bars.advance(task)
