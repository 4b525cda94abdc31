"""Which parts of Dormouse are installed and can run here: a chat-only install has no torch, a server no display."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import util

from models.child import packaged
from models.errors import EnvironmentProblem

LEARNING = ("torch", "transformers", "peft", "bitsandbytes", "safetensors")


def missing_for_learning() -> list[str]:
    """Packages that a night needs and that are not there; found without importing them, which would take seconds."""
    return [name for name in LEARNING if util.find_spec(name) is None]


def install_learning() -> str:
    """What brings them: a command, or for the packaged program the learning pack."""
    if packaged():
        from app.frozen import wanted_pack

        return wanted_pack()
    return "pip install 'dormouse[learn]'"


def learning_place() -> str:
    """Where the learning pack is that the packaged program uses; "" where learning came from pip."""
    if packaged():
        from app.frozen import find_pack

        return str(find_pack() or "")
    return ""


def require_learning() -> None:
    """Raise `EnvironmentProblem` with what to install for a night, unless it is all there."""
    if missing := missing_for_learning():
        raise EnvironmentProblem(
            f"This installation can chat but not learn: {', '.join(missing)} missing. Nothing changed, all notes are kept. "
            f"Install what a night needs: {install_learning()}"
        )


INSTALL_WINDOW = "pip install 'dormouse[window]'"


def window_hindrance(environ: Mapping[str, str] = os.environ) -> str:
    """Why no window can open on this machine, in a sentence; "" where one can."""
    if util.find_spec("PySide6") is None:
        return f"The window is not installed. To install it: {INSTALL_WINDOW}."
    shown = any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform not in ("win32", "darwin") and not shown:
        return "There is no display for the window."
    return ""
