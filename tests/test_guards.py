"""The guards that every test runs under do guard."""

from __future__ import annotations

import os
import socket
import threading
import urllib.request
from pathlib import Path

import pytest

from app.paths import profile_home
from tests.conftest import no_new_threads


def test_a_test_cannot_reach_beyond_this_machine() -> None:
    with pytest.raises(RuntimeError, match="stay on this machine"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(RuntimeError, match="stay on this machine"):
        urllib.request.urlopen("http://example.org", timeout=1)


def test_a_test_can_talk_to_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


def test_a_thread_left_running_is_found() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="left over")
    try:
        with pytest.raises(AssertionError, match="left over"), no_new_threads(grace_seconds=0.05):
            thread.start()
    finally:
        end.set()
        thread.join()


def test_the_persons_own_profile_is_out_of_reach(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert profile_home(None).is_relative_to(tmp_path_factory.getbasetemp())
    assert Path(os.path.expanduser("~")).is_relative_to(tmp_path_factory.getbasetemp())
