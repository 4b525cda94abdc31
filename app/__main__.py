"""Where `dormouse` begins: dispatch only, before any heavy import."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from models.child import packaged


def main() -> int:
    """Whatever the command line asks for; the packaged program finds itself first."""
    if packaged():
        from app.frozen import begin

        begin()
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
