"""What the set-up finds out about a machine."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import machine
import pytest

# Part of every Linux, or reached only through a library that the list names.
ALWAYS_THERE = re.compile(
    r"ld-linux.*|lib(c|m|dl|pthread|rt|gcc_s|stdc\+\+|z|xcb|X11|gthread-2\.0|Qt6\w+|icu\w+|xcb-render)\.so.*"
)


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("readelf"), reason="reads Linux libraries with binutils")
def test_every_system_library_that_qt_is_linked_against_is_on_the_list() -> None:
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        pytest.skip("the window extra is not installed")
    qt = Path(spec.origin).parent / "Qt"
    files = [qt / "lib" / f"libQt6{name}.so.6" for name in ("Gui", "Widgets", "Svg", "DBus", "XcbQpa", "WaylandClient")]
    files += [qt / "plugins" / "platforms" / f"libq{name}.so" for name in ("xcb", "offscreen", "wayland", "minimal")]
    said = subprocess.run(["readelf", "-d", *map(str, files)], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", said))

    assert "libxcb-cursor.so.0" in needed
    assert {name for name in needed if not ALWAYS_THERE.fullmatch(name)} <= set(machine.QT_LIBRARIES)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux leaves these to the system")
def test_a_library_that_the_loader_cannot_find_is_asked_for_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "QT_LIBRARIES", {"libc.so.6": "libc6", "libno-such-thing.so.9": "libno-such-thing9"})
    assert machine.missing_qt_packages() == ["libno-such-thing9"]


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in compiler is a shell script")
def test_a_compiler_is_found_on_the_path_or_by_name(tmp_path: Path) -> None:
    assert not machine.has_compiler({"PATH": str(tmp_path)})
    program(tmp_path, "my-c++", "exit 0")
    assert not machine.has_compiler({"PATH": str(tmp_path)})
    assert machine.has_compiler({"PATH": str(tmp_path), "CXX": "my-c++ -m64"})
    program(tmp_path, "clang++", "exit 0")
    assert machine.has_compiler({"PATH": str(tmp_path)})


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the stand-in tools are shell scripts")
def test_cuda_is_built_only_where_both_the_toolkit_and_the_card_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.best_build({"PATH": str(tmp_path)}) == machine.CPU_BUILD
    program(tmp_path, "nvcc", "exit 0")
    assert machine.best_build({"PATH": str(tmp_path)}) == machine.CPU_BUILD
    program(tmp_path, "nvidia-smi", "exit 9")  # a driver without a card
    assert machine.best_build({"PATH": str(tmp_path)}) == machine.CPU_BUILD
    program(tmp_path, "nvidia-smi", "echo 'GPU 0: NVIDIA'")
    build = machine.best_build({"PATH": str(tmp_path)})
    assert "-DGGML_CUDA=on" in build.flags
    assert not build.plain


def test_what_the_person_tells_cmake_wins() -> None:
    build = machine.best_build({"CMAKE_ARGS": "-DGGML_VULKAN=on", "PATH": ""})
    assert build.flags[-1] == "-DGGML_VULKAN=on"
    assert not build.plain


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_a_display_is_x11_wayland_or_one_that_qt_was_told_of() -> None:
    assert not machine.has_display({})
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        assert machine.has_display({name: "something"})
