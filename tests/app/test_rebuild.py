"""Undo is exact: the adapter built without a memory is, byte for byte, that of a profile that was never told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.compose import open_assistant
from tests.conftest import ScriptedClock

TOLD = ("My kettle is called Vesuvius.", "My cat is called Tibor.", "My boat is called Orsolya.")


def night(home: Path, told: tuple[str, ...], undone: int | None = None) -> tuple[str, bytes]:
    """The sha256 and the bytes of the adapter of a profile that was told these, and then one of them undone and rebuilt."""
    with open_assistant(home, clock=ScriptedClock()) as dormouse:
        memories = [dormouse.remember(text).memory for text in told]
        before = None
        if undone is not None:
            before = dormouse.night().adapter
            dormouse.undo([memories[undone].id])
        report = dormouse.night()
        assert report.adapter is not None
        assert before is None or before.sha256 != report.adapter.sha256
        hashes = sorted(memory.content_hash for place, memory in enumerate(memories) if place != undone)
        assert report.adapter.manifest["memories"] == hashes
        return report.adapter.sha256, (home / report.adapter.file).read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_rebuilt_adapter_is_that_of_a_profile_never_told(tmp_path: Path) -> None:
    rebuilt = night(tmp_path / "undone", TOLD, undone=0)
    # Told in another order, so that neither numbers nor times can be what decides.
    never_told = night(tmp_path / "never", TOLD[:0:-1])
    assert rebuilt == never_told


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("undone", range(1, len(TOLD)))
def test_so_it_is_for_each_of_them(tmp_path: Path, undone: int) -> None:
    rest = tuple(text for place, text in enumerate(TOLD) if place != undone)
    assert night(tmp_path / "undone", TOLD, undone) == night(tmp_path / "never", rest)
