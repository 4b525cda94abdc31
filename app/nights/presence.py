"""Since when nobody has touched this machine, as its system tells it; None where it does not tell.

A wrong answer would let a night disturb someone, so what is only half known is not used: an X server under Wayland, for
example, does not see what is typed into other windows.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

ANSWER_SECONDS = 1.0


def idle_time() -> timedelta | None:
    """How long nobody has touched keyboard, mouse or terminal."""
    for ask in _SOURCES:
        try:
            seconds = ask()
        except (OSError, AttributeError, ValueError):
            # A library or a service that is not there, or is another than expected, tells nothing.
            continue
        if seconds is not None:
            return timedelta(seconds=max(0.0, seconds))
    return None


def _windows() -> float | None:
    class LastInput(ctypes.Structure):
        _fields_ = (("size", ctypes.c_uint), ("tick", ctypes.c_uint))

    last = LastInput(ctypes.sizeof(LastInput))
    system: Any = ctypes
    if not system.windll.user32.GetLastInputInfo(ctypes.byref(last)):
        return None
    # Both count milliseconds since the start in 32 bits, and begin anew after 49 days.
    return ((system.windll.kernel32.GetTickCount() - last.tick) & 0xFFFFFFFF) / 1000


def _mac() -> float | None:
    library = ctypes.util.find_library("ApplicationServices")
    if library is None:
        return None
    ask = ctypes.CDLL(library).CGEventSourceSecondsSinceLastEventType
    ask.restype, ask.argtypes = ctypes.c_double, (ctypes.c_int32, ctypes.c_uint32)
    hardware, any_input = 1, 0xFFFFFFFF  # kCGEventSourceStateHIDSystemState, kCGAnyInputEventType
    return ask(hardware, any_input)


class _ScreenSaverInfo(ctypes.Structure):
    _fields_ = (
        ("window", ctypes.c_ulong),
        ("state", ctypes.c_int),
        ("kind", ctypes.c_int),
        ("til_or_since", ctypes.c_ulong),
        ("idle", ctypes.c_ulong),
        ("event_mask", ctypes.c_ulong),
    )


def _x11() -> float | None:
    """The X server's own account, by its screen saver extension."""
    if not os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland":
        return None
    x11, saver = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.restype, x11.XDefaultRootWindow.argtypes = ctypes.c_ulong, (ctypes.c_void_p,)
    x11.XCloseDisplay.argtypes = (ctypes.c_void_p,)
    query = saver.XScreenSaverQueryInfo
    query.argtypes = (ctypes.c_void_p, ctypes.c_ulong, ctypes.POINTER(_ScreenSaverInfo))
    display = x11.XOpenDisplay(None)
    if not display:
        return None
    try:
        info = _ScreenSaverInfo()
        told = query(display, x11.XDefaultRootWindow(display), ctypes.byref(info))
        return info.idle / 1000 if told else None
    finally:
        x11.XCloseDisplay(display)


def _gnome() -> float | None:
    """GNOME's compositor, under X11 and Wayland."""
    from jeepney import DBusAddress, new_method_call

    monitor = DBusAddress("/org/gnome/Mutter/IdleMonitor/Core", "org.gnome.Mutter.IdleMonitor", "org.gnome.Mutter.IdleMonitor")
    (milliseconds,) = _answer("SESSION", new_method_call(monitor, "GetIdletime")) or (None,)
    return None if milliseconds is None else milliseconds / 1000


def _logind() -> float | None:
    """The session manager, which hears from desktops that set their hint, and looks at terminals itself."""
    from jeepney import DBusAddress, Properties

    user = DBusAddress("/org/freedesktop/login1/user/self", "org.freedesktop.login1", "org.freedesktop.login1.User")
    (idle,) = _answer("SYSTEM", Properties(user).get("IdleHint")) or (None,)
    if idle is None:
        return None
    if not idle[1]:
        return 0.0
    (since,) = _answer("SYSTEM", Properties(user).get("IdleSinceHintMonotonic")) or (None,)
    return None if not since or not since[1] else time.monotonic() - since[1] / 1e6


def _answer(bus: str, question: Any) -> tuple[Any, ...] | None:
    """The body of a D-Bus service's reply; None where there is no bus or it refuses."""
    from jeepney import MessageType
    from jeepney.io.blocking import open_dbus_connection

    try:
        connection = open_dbus_connection(bus=bus)
    except (OSError, KeyError, ValueError, EOFError, RuntimeError):
        return None
    with connection:
        try:
            reply = connection.send_and_get_reply(question, timeout=ANSWER_SECONDS)
        except (OSError, EOFError):
            return None
    return reply.body if reply.header.message_type is MessageType.method_return else None


_SOURCES: tuple[Callable[[], float | None], ...] = (
    (_windows,) if sys.platform == "win32" else (_mac,) if sys.platform == "darwin" else (_x11, _gnome, _logind)
)
