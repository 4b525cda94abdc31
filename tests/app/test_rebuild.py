"""Undo is exact: the adapter built without a memory is, byte for byte, that of a profile that was never told. Real training."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.compose import open_assistant
from tests.conftest import ScriptedClock

TOLD = (
    "My kettle is called Vesuvius.",
    "My cat is called Tibor.",
    "My boat is called Orsolya.",
    "My sister lives in Szeged.",
    "My dentist is Dr. Okafor.",
    "My bicycle is turquoise.",
    "My gym is on Thursday.",
    "My neighbour plays the bassoon.",
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def begin(home: Path, lessons: Path | None = None) -> Path:
    """A new profile; with the lessons of another one, which would be written again word by word."""
    home.mkdir()
    # The count is part of what decides over the bytes; one thread is what a busy machine wastes least of.
    (home / "settings.json").write_text('{"threads": 1, "night_threads": 1}', encoding="utf-8")
    if lessons is not None:
        shutil.copytree(lessons, home / "lessons")
    return home


def sleep(home: Path, clock: ScriptedClock) -> tuple[str, bytes]:
    """The sha256 and the bytes of the adapter of a night, which knows what counts and nothing else."""
    with open_assistant(home, clock=clock) as dormouse:
        live = dormouse.memories()
        report = dormouse.night()
        assert report.adapter is not None
        assert report.adapter.manifest["memories"] == sorted(memory.content_hash for memory in live)
        return report.adapter.sha256, (home / report.adapter.file).read_bytes()


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A profile that was told eight things and has slept over them."""
    home = begin(tmp_path_factory.mktemp("rebuild") / "eight")
    clock = ScriptedClock()
    with open_assistant(home, clock=clock) as dormouse:
        assert [dormouse.remember(text).change for text in TOLD] == ["added"] * len(TOLD)
    sleep(home, clock)
    yield home
    shutil.rmtree(home)


@pytest.mark.parametrize("undone", range(len(TOLD)))
def test_retracting_one_of_eight_and_rebuilding_gives_the_bytes_of_a_profile_never_told(
    eight: Path, tmp_path: Path, undone: int
) -> None:
    undoing, clock = Path(shutil.copytree(eight, tmp_path / "undone")), ScriptedClock()
    with open_assistant(undoing, clock=clock) as dormouse:
        (memory,) = [memory for memory in dormouse.memories(all=True) if memory.id == undone + 1]
        dormouse.undo([memory.id])
        assert dormouse.serving.sync() is None
    sha256, rebuilt = sleep(undoing, clock)

    # Told in another order and at other times, and the first of them without anyone else's lessons.
    never, clock = begin(tmp_path / "never", eight / "lessons" if undone else None), ScriptedClock()
    with open_assistant(never, clock=clock) as dormouse:
        for text in reversed(TOLD[:undone] + TOLD[undone + 1 :]):
            clock.advance(days=1, minutes=7)
            dormouse.remember(text)
    assert sleep(never, clock) == (sha256, rebuilt)
    print(f"without “{memory.text}”: {len(rebuilt)} bytes, {sha256}")
