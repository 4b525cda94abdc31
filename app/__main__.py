"""Where `dormouse` begins: dispatch only, before any heavy import."""

from __future__ import annotations

import io
import sys
from pathlib import Path


def main() -> int:
    """A command, or the worker or a trial when this is the program that a frozen installation starts as one."""
    if len(sys.argv) > 1 and sys.argv[1] == "worker":
        from learning.worker.__main__ import main as worker

        return worker(sys.argv[2:])
    if len(sys.argv) > 1 and sys.argv[1] == "try-model":
        from models.trial import main as try_model

        return try_model(Path(sys.argv[2]))
    # A console that cannot show a character must not turn a reply into a crash.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    from app.cli import main as command

    return command(window=_window)


def _window(home: Path) -> int:
    """The one step up from this floor to the next: only here, and only when it is taken."""
    from ui.start import open_window

    return open_window(home)


if __name__ == "__main__":
    sys.exit(main())
