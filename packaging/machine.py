"""What this machine has and lacks: Python, a C++ compiler, Qt's system libraries, a GPU to build for, a display.

It only looks, apart from `install_packages`, which asks Debian's package manager. Standard library only: it runs before
anything is installed.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from progress import Narrator

# What PySide6's own libraries and its X11 and Wayland plugins are linked against and no wheel brings along.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
}


class Problem(Exception):
    """Something about this machine stops the set-up; the text says what, and the way out."""


@dataclass(frozen=True)
class Build:
    """How llama.cpp is built here.

    Attributes:
        name: for the person, "for the CPU".
        flags: handed to CMake.
        plain: whether any machine could use it.
    """

    name: str
    flags: tuple[str, ...]
    plain: bool = False


# Images and sound are no part of Dormouse, and their code is a quarter of the build.
COMMON_FLAGS = ("-DLLAVA_BUILD=off",)
CPU_BUILD = Build("for the CPU", COMMON_FLAGS, plain=True)


def is_debian() -> bool:
    """Whether system packages come from apt here (Debian, Ubuntu and their kin)."""
    return sys.platform == "linux" and shutil.which("apt-get") is not None


def may_install() -> bool:
    """Whether `install_packages` can work without asking anyone."""
    return is_debian() and os.geteuid() == 0


def missing_qt_packages() -> list[str]:
    """Debian names of the libraries that Qt needs and the loader does not find; other systems need none."""
    if sys.platform != "linux":
        return []
    return sorted({package for library, package in QT_LIBRARIES.items() if not _loads(library)})


def missing_test_packages() -> list[str]:
    """Debian names of what only tests use: an X server without a screen, in which the real program is started."""
    return ["xvfb"] if sys.platform == "linux" and not shutil.which("Xvfb") else []


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_compiler(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a C++ compiler is there, as CMake would look for one."""
    named = environment.get("CXX", "").split()
    if named and shutil.which(named[0], path=environment.get("PATH")):
        return True
    if any(shutil.which(name, path=environment.get("PATH")) for name in ("c++", "g++", "clang++", "cl")):
        return True
    # Visual Studio does not put its compiler on PATH; CMake asks its installer, and so do we.
    installer = Path(environment.get("ProgramFiles(x86)", "")) / "Microsoft Visual Studio" / "Installer" / "vswhere.exe"
    return sys.platform == "win32" and installer.is_file()


def how_to_get_a_compiler() -> str:
    """The command or place that brings a C++ compiler to this system."""
    if sys.platform == "win32":
        return 'Install "Desktop development with C++" from the Visual Studio Build Tools'
    if sys.platform == "darwin":
        return "Run: xcode-select --install"
    if is_debian():
        return "Run: sudo apt-get install g++"
    return "Install g++ or clang++ with your system's package manager"


def best_build(environment: Mapping[str, str] = os.environ) -> Build:
    """The fastest llama.cpp this machine can build and use. CMAKE_ARGS set by the person wins over what is found."""
    if environment.get("CMAKE_ARGS"):
        return Build("as CMAKE_ARGS says", (*COMMON_FLAGS, environment["CMAKE_ARGS"]))
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Build("for the GPU (Metal)", (*COMMON_FLAGS, "-DGGML_METAL=on"))
    # The toolkit alone is not enough: a CUDA build on a machine without the card would not even load.
    if shutil.which("nvcc", path=environment.get("PATH")) and _has_nvidia_gpu():
        return Build("for the GPU (CUDA)", (*COMMON_FLAGS, "-DGGML_CUDA=on"))
    return CPU_BUILD


def _has_nvidia_gpu() -> bool:
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        listed = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and "GPU" in listed.stdout


def cores() -> int:
    """Cores this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a window could be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def install_packages(packages: Sequence[str], narrator: Narrator, log: Path) -> bool:
    """Install Debian packages; False where apt could not, with its words in `log`."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # An unreachable list is no reason to give up: the packages may be known, or even there, already.
    narrator.follow(["apt-get", "update"], environment, log)
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    return narrator.follow(command, environment, log)[0] == 0
