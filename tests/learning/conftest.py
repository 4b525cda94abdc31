"""An open store, empty, in a profile of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from learning.store import Store
from learning.types import Clock


@pytest.fixture
def store(profile: Path, clock: Clock) -> Iterator[Store]:
    """The real store on a real file; its time is the scripted clock's."""
    with Store.open(profile / "dormouse.db", clock) as opened:
        yield opened
