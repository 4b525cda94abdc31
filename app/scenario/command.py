"""`dormouse run`: scenarios from files, the schema for editors, a persona's life. Returns the exit code."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from app.scenario import report as reports
from app.scenario.junit import junit
from app.scenario.report import Report
from app.scenario.several import bar, cores, run_files, scenario_files
from models.errors import UserError
from models.files import write_atomically


def run(arguments: argparse.Namespace) -> int:
    if arguments.schema:
        from app.scenario.schema import scenario_schema

        print(json.dumps(scenario_schema(), indent=2))
        return 0
    if arguments.persona is not None:
        from app.scenario.personas import write_life

        sys.stdout.write(write_life(arguments.persona, arguments.nights))
        return 0
    if not arguments.files:
        raise UserError("Name a scenario file or a folder of them: dormouse run FILE... The format: dormouse run --schema")
    if arguments.jobs < 0:
        raise UserError("--jobs takes a number from 1; 0 is as many as there are cores.")
    files = scenario_files(arguments.files)
    # A bar shows steps only where one scenario runs at a time.
    keep = Path(tempfile.mkdtemp(prefix="dormouse-kept-")) if arguments.keep else None
    with bar(len(files)) as (on_progress, advance):

        def on_report(report: Report) -> None:
            advance(report)
            if not arguments.json:
                show(report)

        found = run_files(files, jobs=arguments.jobs or cores(), keep=keep, on_progress=on_progress, on_report=on_report)
    if arguments.update:
        for file, report in zip(files, found, strict=True):
            _record(file, report)
    if arguments.junit:
        write_atomically(Path(arguments.junit), junit(found))
    if arguments.json:
        values = [reports.as_json(report) for report in found]
        print(json.dumps(values[0] if len(values) == 1 else values, ensure_ascii=False))
    else:
        print(reports.totals(found))
    return reports.exit_code(found)


def show(report: Report) -> None:
    print(reports.summary(report), flush=True)
    if told := reports.explanation(report):
        print("\n".join(f"  {line}" for line in told.splitlines()), flush=True)
    if report.profile:
        print(f"  kept: dormouse --home {report.profile} memories", flush=True)


def _record(file: Path, report: Report) -> None:
    from app.scenario.update import record

    written, left = record(file, report)
    if written or left:
        kept = f"; {left} have no single value and stay as they are" if left else ""
        print(f"{file}: {written} recorded{kept}. Look at the difference before you keep it.", file=sys.stderr)
