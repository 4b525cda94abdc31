"""How Dormouse starts one of its own modules in a process of its own: from its sources, installed, or as a packaged program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_HOUSE = Path(__file__).resolve().parent.parent


def packaged() -> bool:
    """Whether this is the program that `packaging/` builds, which brings its own Python and has no `python` to call."""
    return getattr(sys, "frozen", False)


def command(module: str, *arguments: str) -> list[str]:
    """What runs `module` as `python -m` does; `app.frozen` is how the packaged program understands it."""
    if packaged():
        return [_program(), *([] if module == "app" else ["-m", module]), *arguments]
    # -P: the folder it is started in must not lend its modules.
    return [sys.executable, "-P", "-m", module, *arguments]


def _program() -> str:
    # On Windows there are two, and the window's (dormousew) has no console to tell anything on.
    program = Path(sys.executable)
    return os.fspath(program.with_stem(program.stem.removesuffix("w")) if sys.platform == "win32" else program)


def environment() -> dict[str, str]:
    """This environment, with the house importable also where it is not installed."""
    paths = os.pathsep.join(filter(None, [str(_HOUSE), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1"}
