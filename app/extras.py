"""Which parts of Dormouse are installed: a chat-only install has no torch, and says so before a night begins."""

from __future__ import annotations

from importlib import util

from models.errors import EnvironmentProblem

LEARNING = ("torch", "transformers", "peft", "bitsandbytes", "safetensors")
INSTALL_LEARNING = "pip install 'dormouse[learn]'"


def missing_for_learning() -> list[str]:
    """Packages that a night needs and that are not there; found without importing them, which would take seconds."""
    return [name for name in LEARNING if util.find_spec(name) is None]


def require_learning() -> None:
    """Raise `EnvironmentProblem` with the command that installs what a night needs, unless it is all there."""
    if missing := missing_for_learning():
        raise EnvironmentProblem(
            f"This installation can chat but not learn: {', '.join(missing)} missing. Nothing changed, all notes are kept. "
            f"Install what a night needs: {INSTALL_LEARNING}"
        )
