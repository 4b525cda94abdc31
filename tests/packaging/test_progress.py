"""What a person sees of a long step, from a real child process."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from progress import Narrator, describe, is_worth_a_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def ticking(step: float) -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += step


def child(*lines: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({chr(10).join(lines)!r}, flush=True); raise SystemExit({code})"]


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (
            "  Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (191.8 MB)",
            "getting torch-2.13.0 (191.8 MB)",
        ),
        ("Downloading llama_cpp_python-0.3.36.tar.gz (76.6 MB)", "getting llama_cpp_python-0.3.36 (76.6 MB)"),
        ("Processing /somewhere/files/numpy-2.4.6-cp311-cp311-linux_x86_64.whl (from x)", "getting numpy-2.4.6"),
        ("  Building wheel for llama-cpp-python (pyproject.toml): started", "building llama-cpp-python"),
        ("  [24/96] /usr/bin/g++ -DGGML -o x.o -c x.cpp", "compiling ######.................. 24 of 96"),
        ("  [ 50%] Building CXX object src/llama.cpp.o", "compiling ############............ 50 %"),
        ("Installing collected packages: a, b, c", "installing 3 packages"),
        ("Get:7 http://deb.example/debian bookworm/main amd64 g++-12 amd64 12.2.0-14 [10.7 MB]", "getting g++-12"),
        ("Unpacking libegl1:amd64 (1.6.0-1) ...", "unpacking libegl1:amd64"),
        ("Setting up g++ (4:12.2.0-3) ...", "setting up g++"),
        ("  Link requires a different Python (3.11.7 not in: '>=3.12')", ""),
    ],
)
def test_lines_of_the_tools_become_a_few_words(line: str, meaning: str) -> None:
    assert describe(line) == meaning


def test_a_log_gets_a_line_for_what_takes_long_and_none_for_what_does_not() -> None:
    assert is_worth_a_line("Downloading torch-2.13.0-cp311-none-any.whl (191.8 MB)")
    assert not is_worth_a_line("Downloading idna-3.20-py3-none-any.whl (70 kB)")


def test_a_child_is_followed_to_its_end_and_every_word_is_kept(tmp_path: Path) -> None:
    out, log = io.StringIO(), tmp_path / "log"
    said = ["Installing collected packages: a, b", "noise", "ERROR: the end"]

    code, last = Narrator(out).follow(child(*said, code=7), os.environ, log)

    assert (code, last) == (7, said)
    assert log.read_text() == "\n".join(said) + "\n"
    assert "installing 2 packages" in out.getvalue()
    assert "noise" not in out.getvalue()


def test_a_terminal_has_one_moving_line_which_is_gone_at_the_end(tmp_path: Path) -> None:
    out = Terminal()
    Narrator(out).follow(child("[1/2] g++", "[2/2] g++"), os.environ, tmp_path / "log")
    assert "\n" not in out.getvalue()
    assert "2 of 2" in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[2K")


def test_a_download_shows_how_far_it_is_and_leaves_that_out_of_the_log(tmp_path: Path) -> None:
    out, log = Terminal(), tmp_path / "log"
    getting = "Downloading torch-2.13.0-cp311-none-any.whl (191.8 MB)"
    Narrator(out).follow(child(getting, "Progress 0 of 200", "Progress 50 of 200"), os.environ, log)
    assert "getting torch-2.13.0 (191.8 MB) ######.................. 25 %" in out.getvalue()
    assert log.read_text() == getting + "\n"


def test_a_log_without_a_terminal_shows_that_a_silent_step_still_works(tmp_path: Path) -> None:
    out, times = io.StringIO(), ticking(20.0)
    Narrator(out, lambda: next(times)).follow(child("[1/2] g++", "x", "y", "z"), os.environ, tmp_path / "log")
    assert "compiling" in out.getvalue()

    out, times = io.StringIO(), ticking(20.0)
    Narrator(out, lambda: next(times)).follow(child("nothing telling", "nor this", "nor that"), os.environ, tmp_path / "log")
    assert "still at it" in out.getvalue()


def test_an_interruption_ends_the_child_too(tmp_path: Path) -> None:
    calls = ticking(1.0)

    def interrupted_after_a_while() -> float:
        if (now := next(calls)) > 3:
            raise KeyboardInterrupt
        return now

    endless = [sys.executable, "-c", "import time, os; print('[1/2] pid', os.getpid(), flush=True); time.sleep(600)"]
    log = tmp_path / "log"
    with pytest.raises(KeyboardInterrupt):
        Narrator(io.StringIO(), interrupted_after_a_while).follow(endless, os.environ, log)

    words = log.read_text().split()
    assert words, "the child was ended before it had begun"
    assert not psutil.pid_exists(int(words[-1]))
