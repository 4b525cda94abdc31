"""From a fresh clone to a running Dormouse: `python3 packaging/bootstrap.py run` (or `test`, or `setup`).

Needs Python >= 3.11 and a C++ compiler, nothing else: standard library only. What the machine has is `machine`'s
business, the virtual environment is `environment`'s; here are the commands. The next start is instant unless
pyproject.toml changed.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from environment import Environment

MINIMUM_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent

RUN_EXTRAS = ("learn", "window")
TEST_EXTRAS = ("learn", "window", "dev")

EPILOG = """\
examples:
  python3 packaging/bootstrap.py run                 the window (or the tour where there is no display)
  python3 packaging/bootstrap.py run chat            any command of dormouse
  python3 packaging/bootstrap.py test                linters, contracts and tests
  python3 packaging/bootstrap.py test -k undo        the same, with only some of the tests
"""


def main(arguments: Sequence[str]) -> int:
    """Exit code: what the started program said; 3 where this machine stops the set-up; 130 interrupted."""
    if sys.version_info < MINIMUM_PYTHON:
        wanted = ".".join(map(str, MINIMUM_PYTHON))
        print(
            f"Dormouse needs Python {wanted} or newer; {sys.executable} is {sys.version.split()[0]}. "
            f"Install a newer one and start this with it, for example: python{wanted} packaging/bootstrap.py run",
            file=sys.stderr,
        )
        return 3
    # Only from here on may anything be imported that an older Python would not understand.
    from environment import Environment
    from machine import Problem
    from progress import Narrator

    options = _parser().parse_args(arguments[:1] or ["--help"])
    rest = list(arguments[1:])
    environment = Environment(ROOT)
    narrator = Narrator()
    try:
        extras = TEST_EXTRAS if options.command == "test" else RUN_EXTRAS
        if not environment.is_ready(extras):
            environment.set_up(extras, narrator)
        if options.command == "setup":
            print(f"Ready: {environment.program('dormouse')}")
            return 0
        return run(environment, rest) if options.command == "run" else check(environment, rest)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("\nInterrupted. The next start begins again; what was downloaded is kept.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Set Dormouse up in .venv and start it. Instant once it is set up.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "command",
        choices=("run", "test", "setup"),
        help="run [ARGS]: start dormouse. test [PYTEST ARGS]: linters, contracts, tests. setup: only make it ready.",
    )
    return parser


def run(environment: Environment, arguments: list[str]) -> int:
    """Start Dormouse: the command that the arguments name; without any the window, or the tour where none can open."""
    import machine

    if not arguments and not machine.has_display():
        print("The window needs a display. Here is the tour in the terminal; `run chat` starts a conversation.")
        arguments = ["tour"]
    sys.stdout.flush()
    return _call([str(environment.program("dormouse")), *arguments])


def check(environment: Environment, arguments: list[str]) -> int:
    """Run every check and then the tests, whatever failed before: one run shows all there is to mend."""
    python = str(environment.python)
    linters = {
        "Style (ruff check)": [python, "-m", "ruff", "check", "."],
        "Format (ruff format)": [python, "-m", "ruff", "format", "--check", "."],
        "Types (pyright)": [python, "-m", "pyright"],
        "Floors (import-linter)": [str(environment.program("lint-imports")), "--no-cache"],
    }
    failed = []
    for name, command in linters.items():
        _heading(name)
        begun = time.monotonic()
        code = _call(command, ROOT)
        print(f"{'ok' if code == 0 else 'FAILED'} in {time.monotonic() - begun:.1f} s")
        if code != 0:
            failed.append(name)
    _heading("Tests (pytest)")
    if failed:
        print(f"Failed before the tests: {', '.join(failed)}")
    sys.stdout.flush()
    tests = _call([python, "-m", "pytest", *arguments], ROOT)
    if failed:
        print(f"Not in order, apart from the tests: {', '.join(failed)}", flush=True)
    return tests or (1 if failed else 0)


def _heading(name: str) -> None:
    print(f"\n--- {name} {'-' * (70 - len(name))}", flush=True)


def _call(command: Sequence[str], folder: Path | None = None) -> int:
    """Run with the terminal handed over; Ctrl-C reaches the child, which decides when it ends."""
    child = subprocess.Popen(list(command), cwd=folder)
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
