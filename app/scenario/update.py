"""Writes what really happened into a scenario, where something else was expected: for a person to review, as a difference."""

from __future__ import annotations

import json
from pathlib import Path

from app.scenario.reading import read_text
from app.scenario.report import Failure, Report
from models.files import write_atomically


def record(file: Path, report: Report) -> tuple[int, int]:
    """Rewrite the values of the expectations that failed; how many were, and how many have no one value to write.

    `expect_not` cannot be mended by another value, and a value in a loop stands for many.
    """
    failures = [failure for step in report.steps for failure in step.failures]
    text = read_text(file)
    mended = {failure.span: failure for failure in failures if failure.span is not None and failure.actual is not None}
    for start, end in sorted(mended, reverse=True):
        old = text[start:end]
        # A block list reaches to the next line's first character, which is not its own.
        rest = old[len(old.rstrip()) :]
        text = text[:start] + _written(mended[start, end]) + rest + text[end:]
    if mended:
        write_atomically(file, text.encode())
    return len(mended), len(failures) - sum(failure.span in mended for failure in failures)


def _written(failure: Failure) -> str:
    """As YAML that reads back as just this: JSON's strings and lists are YAML's too."""
    actual = failure.actual
    assert actual is not None
    if isinstance(actual, str):
        return actual if _is_number(actual) or actual.isidentifier() else json.dumps(actual, ensure_ascii=False)
    return json.dumps(list(actual), ensure_ascii=False) if actual else "0"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
