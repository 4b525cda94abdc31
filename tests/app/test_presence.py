"""Since when nobody has touched the machine: a real X server, and a real message bus with the desktop's answers on it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.nights import machine, presence

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Linux desktop is asked")
Answers = dict[str, tuple[str, tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"):
        monkeypatch.setenv(name, "unix:path=/no/bus/here")


def test_where_nobody_can_be_asked_it_is_not_known() -> None:
    assert presence.idle_time() is None


def test_an_x_server_tells_since_when_no_key_was_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        libraries = [ctypes.CDLL(name) for name in ("libX11.so.6", "libXss.so.1", "libXtst.so.6")]
    except OSError as missing:
        pytest.skip(f"no X library: {missing}")
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    x11, _, test = libraries
    out, into = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(into), "-nolisten", "tcp", "-noreset"], pass_fds=[into], stderr=subprocess.DEVNULL
    ) as x:
        os.close(into)
        try:
            with os.fdopen(out) as said:
                monkeypatch.setenv("DISPLAY", f":{said.readline().strip()}")
            while (before := presence.idle_time()) is not None and before < timedelta(milliseconds=30):
                pass
            assert before is not None
            x11.XOpenDisplay.restype = ctypes.c_void_p
            display = ctypes.c_void_p(x11.XOpenDisplay(None))
            test.XTestFakeKeyEvent(display, 38, 1, 0)
            x11.XSync(display, 0)
            after = presence.idle_time()
            x11.XCloseDisplay(display)
            assert after is not None
            assert after < timedelta(seconds=10)
            monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
            assert presence.idle_time() is None
        finally:
            x.terminate()


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    """A message bus of the test's own; its address."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed")
    config = tmp_path / "bus.conf"
    config.write_text(
        '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" '
        '"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd"><busconfig><type>session</type>'
        f"<listen>unix:path={tmp_path}/bus</listen><policy context='default'><allow send_destination='*'/>"
        "<allow eavesdrop='false'/><allow own='*'/></policy></busconfig>"
    )
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        try:
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()


@pytest.fixture
def desktop(bus: str) -> Iterator[Callable[[str, Answers], None]]:
    """Answers under a name on the bus, as a desktop's service would: `{member: (signature, body)}`."""
    from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_call, new_method_return
    from jeepney.io.blocking import open_dbus_connection

    threads: list[threading.Thread] = []
    names: list[str] = []

    def answer(name: str, answers: Answers) -> None:
        names.append(name)
        connection = open_dbus_connection(bus=bus)
        owner = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        connection.send_and_get_reply(new_method_call(owner, "RequestName", "su", (name, 0)))

        def serve() -> None:
            with connection:
                while True:
                    asked = connection.receive()
                    if asked.header.message_type is not MessageType.method_call:
                        continue
                    member = asked.body[1] if len(asked.body) > 1 else asked.header.fields[HeaderFields.member]
                    if member == "Leave":
                        return
                    if member in answers:
                        connection.send(new_method_return(asked, *answers[member]))
                    else:
                        connection.send(new_error(asked, "test.Unknown"))

        threads.append(threading.Thread(target=serve, name=name))
        threads[-1].start()

    yield answer
    with open_dbus_connection(bus=bus) as connection:
        for name in names:
            connection.send(new_method_call(DBusAddress("/", name, name), "Leave"))
        for thread in threads:
            thread.join()


def test_gnome_is_asked_on_the_session_bus(bus: str, desktop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    assert presence.idle_time() is None
    desktop("org.gnome.Mutter.IdleMonitor", {"GetIdletime": ("t", (754_000,))})
    assert presence.idle_time() == timedelta(seconds=754)


def test_logind_is_asked_on_the_system_bus(bus: str, desktop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
    idle: Answers = {
        "IdleHint": ("v", (("b", True),)),
        "IdleSinceHintMonotonic": ("v", (("t", int((time.monotonic() - 600) * 1e6)),)),
    }
    desktop("org.freedesktop.login1", idle)
    told = presence.idle_time()
    assert told is not None
    assert timedelta(seconds=600) <= told < timedelta(seconds=700)
    idle["IdleHint"] = ("v", (("b", False),))
    assert presence.idle_time() == timedelta()
    idle["IdleHint"] = ("v", (("b", True),))
    del idle["IdleSinceHintMonotonic"]
    assert presence.idle_time() is None


def test_this_machine_can_be_looked_at(tmp_path: Path) -> None:
    look = machine.ThisMachine(tmp_path).look()
    assert look.free_memory
    assert look.free_disk
    assert look.load is not None
    assert 0 <= look.load <= 1


@pytest.mark.parametrize(
    ("current", "high", "critical", "hot"),
    [
        (50.0, 80.0, 100.0, False),
        (98.0, 80.0, 100.0, True),
        (85.0, 80.0, None, True),
        (85.0, None, None, False),
        (96.0, None, None, True),
        (60.0, 0.0, 65261.0, False),
        (200.0, None, None, False),
    ],
)
def test_hot_is_near_a_sensors_own_limit_where_that_can_be_true(
    monkeypatch: pytest.MonkeyPatch, current: float, high: float | None, critical: float | None, hot: bool
) -> None:
    reading = {"cpu": [SimpleNamespace(label="core", current=current, high=high, critical=critical)]}
    monkeypatch.setattr(machine.psutil, "sensors_temperatures", lambda: reading, raising=False)
    assert machine.is_hot() is hot
