"""What every test stands on: a scripted clock, a private profile, the built-in model in a real engine, a quiet world.

A test that reaches beyond this machine, leaves a thread behind or touches the person's own profile fails.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from models.llama import LlamaEngine

ROOT = Path(__file__).resolve().parent.parent
THREAD_GRACE_SECONDS = 2.0
LOOPBACK = ("127.", "localhost", "::1", "0.0.0.0")


class ScriptedClock:
    """Time that passes only when told to."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **by: float) -> datetime:
        """Let `timedelta(**by)` pass; the new time."""
        self._now += timedelta(**by)
        return self._now


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    # An audit hook sees every connection, whichever library makes it, and cannot be taken off again by one.
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if isinstance(host, str) and host and not host.startswith(LOOPBACK):
        raise RuntimeError(f"A test tried to reach {host}: tests stay on this machine.")


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(_stay_on_this_machine)


@pytest.fixture(autouse=True)
def quiet_world(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No person's profile, no hub, no terminal of a certain width, for this process and its children."""
    home = tmp_path_factory.getbasetemp() / "home"
    for name in (
        "HOME",
        "USERPROFILE",
        "LOCALAPPDATA",
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "HF_HOME",
    ):
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "NO_COLOR"):
        monkeypatch.setenv(name, "1")
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "DORMOUSE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")


@contextmanager
def no_new_threads(grace_seconds: float = THREAD_GRACE_SECONDS) -> Iterator[None]:
    """Fail where a thread begun within outlives the block by more than the grace."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + grace_seconds
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, deadline - time.monotonic()))
        assert not thread.is_alive(), f"The thread {thread.name} was left running."


@pytest.fixture(autouse=True)
def no_thread_left(quiet_world: None) -> Iterator[None]:
    """Whoever starts a thread ends it."""
    with no_new_threads():
        yield


@pytest.fixture
def clock() -> ScriptedClock:
    """An evening in March, until the test says otherwise."""
    return ScriptedClock()


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a profile that does not exist yet; commands find it through DORMOUSE_HOME."""
    home = tmp_path / "profile"
    monkeypatch.setenv("DORMOUSE_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def acorn_path() -> Path:
    """The built-in model's file."""
    path = ROOT / "models" / "acorn" / "acorn.gguf"
    assert path.is_file(), "models/acorn/acorn.gguf is missing from this checkout."
    return path


@pytest.fixture(scope="session")
def resident_engine(acorn_path: Path) -> Iterator[LlamaEngine]:
    """The one engine of the test run; tests take `engine`, which gives it back as new."""
    from models.llama import LlamaEngine

    # Two threads everywhere: the count is part of what makes results the same bytes.
    engine = LlamaEngine(acorn_path, context_length=2048, threads=2)
    yield engine
    engine.close()


@pytest.fixture
def engine(resident_engine: LlamaEngine) -> Iterator[LlamaEngine]:
    """llama.cpp on the built-in model, with no adapter and an empty cache."""
    resident_engine.set_adapter(None)
    resident_engine.reset()
    yield resident_engine
    resident_engine.set_adapter(None)
