"""Undo is exact: the adapter built without a memory is, byte for byte, that of a profile that was never told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.compose import open_assistant
from tests.conftest import ScriptedClock

TOLD = ("My kettle is called Vesuvius.", "My cat is called Tibor.", "My boat is called Orsolya.")


def night(home: Path, told: tuple[str, ...], undone: int | None = None) -> tuple[str, bytes]:
    """The sha256 and the bytes of the adapter of a profile that was told these; then one of them is undone, and it is rebuilt."""
    home.mkdir()
    # The count is part of what decides over the bytes; one thread is what a busy machine wastes least of.
    (home / "settings.json").write_text('{"threads": 1, "night_threads": 1}', encoding="utf-8")
    with open_assistant(home, clock=ScriptedClock()) as dormouse:
        memories = [dormouse.remember(text).memory for text in told]
        if undone is not None:
            before = dormouse.night().adapter
            assert before is not None
            dormouse.undo([memories.pop(undone).id])
            assert dormouse.serving.sync() is None
        report = dormouse.night()
        assert report.adapter is not None
        assert report.adapter.manifest["memories"] == sorted(memory.content_hash for memory in memories)
        return report.adapter.sha256, (home / report.adapter.file).read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("undone", range(2))
def test_the_rebuilt_adapter_is_that_of_a_profile_never_told(tmp_path: Path, undone: int) -> None:
    rebuilt = night(tmp_path / "undone", TOLD[:2], undone)
    assert rebuilt == night(tmp_path / "never", (TOLD[1 - undone],))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_neither_numbers_nor_the_order_of_telling_decide(tmp_path: Path) -> None:
    assert night(tmp_path / "undone", TOLD, 0) == night(tmp_path / "never", TOLD[:0:-1])
