"""A night's progress on a terminal, in a log and for scripts; and Ctrl-C as a token."""

from __future__ import annotations

import io
import json
import os
import re
import signal
from collections.abc import Iterator

import pytest

from app.progress import cancelled_by_interrupt, night_progress
from learning.consolidation import Progress

NIGHT = (
    Progress("preparing", 0, 2, detail="one"),
    Progress("preparing", 2, 2),
    Progress("training", 1, 40, 12.0),
    Progress("training", 40, 40, 0.0),
    Progress("measuring", 1, 4),
    Progress("training", 1, 40, 75.0),
    Progress("training", 2, 40, 74.0),
)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_scripts_get_one_json_object_a_line() -> None:
    out = io.StringIO()
    with night_progress(True, out) as show:
        for progress in NIGHT:
            show(progress)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["phase"] for line in lines] == [progress.phase for progress in NIGHT]
    assert lines[2] == {
        "event": "progress", "phase": "training", "done": 1, "total": 40, "eta_s": 12.0, "detail": "",
        "tokens_per_second": None, "memory_mb": None,
    }  # fmt: skip


def test_a_log_gets_one_line_when_a_phase_begins() -> None:
    out = io.StringIO()
    with night_progress(False, out) as show:
        for progress in NIGHT:
            show(progress)
    assert len(out.getvalue().splitlines()) == 4


def test_a_terminal_gets_bars_with_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    out = _Terminal()
    monkeypatch.setattr("sys.stdout", out)
    with night_progress(False) as show:
        for progress in NIGHT:
            show(progress)
    bars = [line for line in re.sub(r"\x1b\[[?\d;]*\w", "", out.getvalue()).splitlines() if " %" in line][-4:]
    assert [line.split("  ")[0] for line in bars] == [
        "Writing tonight's lessons",
        "Learning",
        "Measuring what was learned",
        "Learning",
    ]
    assert all("100 %" in line for line in bars[:3])
    assert "1:14 left" in bars[3]


@pytest.fixture
def usual_ctrl_c() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, also where the tests were started with it ignored, as a shell's background jobs are."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("usual_ctrl_c")
@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does it")
def test_ctrl_c_sets_the_token_first_and_interrupts_the_second_time(capsys: pytest.CaptureFixture[str]) -> None:
    with cancelled_by_interrupt("stopping") as cancel:
        signal.raise_signal(signal.SIGINT)
        assert cancel.cancelled
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert capsys.readouterr().err == "stopping\n"
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does it")
def test_the_systems_request_to_end_sets_the_token_however_often_it_comes() -> None:
    with cancelled_by_interrupt() as cancel:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert cancel.cancelled
