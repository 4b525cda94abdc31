"""The virtual environment in `.venv`: made, filled, and left alone once it is what pyproject.toml asks for.

A mark written last says what was installed for which inputs, so the second start costs a few file reads; another mark,
written first, tells an interrupted set-up from a finished one. Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import machine
from machine import Problem
from progress import Narrator

ENGINE = "llama-cpp-python"

PIP_WITH_PROGRESS = (24, 1)

# Started from within an environment, even this very one, it is still the Python below it that counts.
BASE_PYTHON: str = getattr(sys, "_base_executable", None) or sys.executable


class Environment:
    """One virtual environment for one checkout.

    Attributes:
        root: the checkout, with pyproject.toml.
        folder: the virtual environment.
        log: everything pip, CMake and apt said during the last set-up.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.log = self.folder / "setup.log"
        self._finished = self.folder / "setup.json"
        self._begun = self.folder / "setup-in-progress"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.program("python")

    def program(self, name: str) -> Path:
        """A program that the environment's packages brought."""
        return self.folder / "Scripts" / f"{name}.exe" if os.name == "nt" else self.folder / "bin" / name

    def fingerprint(self) -> str:
        """Identity of everything a set-up depends on; another one means: set up again."""
        digest = hashlib.sha256()
        digest.update(f"{sys.version}\0{sys.base_prefix}\0{self.root}\0".encode())
        for source in (self.root / "pyproject.toml", Path(__file__), Path(machine.__file__)):
            digest.update(hashlib.sha256(source.read_bytes()).digest())
        return digest.hexdigest()

    def is_ready(self, extras: Sequence[str]) -> bool:
        """Whether a finished set-up for exactly these inputs brought at least these extras."""
        mark = self._mark()
        return (
            not self._begun.exists()
            and self.python.exists()
            and mark.get("fingerprint") == self.fingerprint()
            and set(extras) <= set(mark.get("extras", ()))
        )

    def _mark(self) -> dict[str, Any]:
        try:
            mark = json.loads(self._finished.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return mark if isinstance(mark, dict) else {}

    def set_up(self, extras: Sequence[str], narrator: Narrator) -> None:
        """Make the environment what pyproject.toml asks for; raises `Problem` with the way out where it cannot."""
        begun = time.monotonic()
        wanted = sorted({*extras, *self._mark().get("extras", ())})
        self._begin(narrator)
        try:
            engine = requirement_of(ENGINE, self.root / "pyproject.toml")
            build_engine = not self._has_engine(engine)
            # First of all: the rest takes minutes and would be for nothing.
            if build_engine and not machine.has_compiler():
                self._bring_compiler(narrator)
            self._find_qt_libraries(narrator)
            # Where it cannot be had, the tests that use it say so and are left out.
            if "dev" in extras and machine.may_install() and (missing := machine.missing_test_packages()):
                narrator.say(f"Installing for the tests: {' '.join(missing)}")
                machine.install_packages(missing, narrator, self.log)
            self._make_interpreter(narrator)
            self._renew_pip(narrator)
            if build_engine:
                self._install_engine(engine, narrator)
            narrator.say(f"Installing Dormouse with {', '.join(wanted)}")
            self._pip(["install", "--editable", f"{self.root}[{','.join(wanted)}]"], narrator)
            self._finished.write_text(json.dumps({"fingerprint": self.fingerprint(), "extras": wanted}), encoding="utf-8")
        except Problem:
            # Refused, not interrupted: what is there is whole, and the next start may build on it.
            self._begun.unlink()
            raise
        self._begun.unlink()
        narrator.say(f"Set up in {narrator.duration(time.monotonic() - begun)}.")

    def _begin(self, narrator: Narrator) -> None:
        if self._begun.exists():
            narrator.say("An earlier set-up was interrupted: starting over.")
            shutil.rmtree(self.folder)
        elif self.python.exists() and not self._runs_this_python():
            narrator.say("The environment there is damaged or of another Python: starting over.")
            shutil.rmtree(self.folder)
        self.folder.mkdir(exist_ok=True)
        self._begun.touch()
        self.log.write_text(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {sys.version}\n", encoding="utf-8")

    def _make_interpreter(self, narrator: Narrator) -> None:
        if self.python.exists():
            return
        narrator.say(f"Making {self.folder} (Python {sys.version.split()[0]})")
        if self._venv() and self.python.exists():
            return
        # Debian ships Python without the part of venv that puts pip into an environment.
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if machine.may_install():
            narrator.say(f"Installing {package}")
            if machine.install_packages([package], narrator, self.log) and self._venv():
                return
        way = f"Run: sudo apt-get install {package}" if machine.is_debian() else "Install Python's venv and ensurepip"
        raise Problem(f"Python could not make a virtual environment in {self.folder}. {way}, then start again.")

    def _renew_pip(self, narrator: Narrator) -> None:
        """A pip that tells how far a download is, where it can be had; an older one works as well."""
        if self._pip_version() < PIP_WITH_PROGRESS:
            with contextlib.suppress(Problem):
                self._pip(["install", "--upgrade", "pip"], narrator)

    def _pip_version(self) -> tuple[int, ...]:
        packages = self.folder / "Lib" if os.name == "nt" else self.folder / "lib"
        found = packages.glob(("" if os.name == "nt" else "python*/") + "site-packages/pip-*.dist-info")
        versions = (re.findall(r"\d+", info.name.removesuffix(".dist-info")) for info in found)
        return max((tuple(int(part) for part in version) for version in versions), default=())

    def _venv(self) -> bool:
        done = subprocess.run(
            [BASE_PYTHON, "-m", "venv", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return done.returncode == 0

    def _runs_this_python(self) -> bool:
        # Where the base interpreter was removed or replaced, the link is still there, but does not start or differs.
        try:
            said = subprocess.run(
                [str(self.python), "-c", "import sys, pip; print(sys.version)"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return False
        return said.returncode == 0 and said.stdout.strip() == sys.version.strip()

    def _find_qt_libraries(self, narrator: Narrator) -> None:
        missing = machine.missing_qt_packages()
        if not missing:
            return
        if machine.may_install():
            narrator.say(f"Installing system libraries for the window: {' '.join(missing)}")
            if machine.install_packages(missing, narrator, self.log):
                return
            narrator.say(f"apt could not install them (see {self.log}); the window will not open, the rest works.")
        command = f"sudo apt-get install {' '.join(missing)}" if machine.is_debian() else ", ".join(missing)
        narrator.say(f"The window needs system libraries that are missing here. Install them: {command}")

    def _install_engine(self, requirement: str, narrator: Narrator) -> None:
        """Build llama.cpp in a step of its own: it is the long one, and its build depends on the machine."""
        build = machine.best_build()
        narrator.say(f"Building llama.cpp {build.name} on {machine.cores()} cores (some minutes, once)")
        try:
            self._build_engine(requirement, build, narrator)
        except Problem:
            if build.plain:
                raise
            narrator.say(f"That build failed (see {self.log}). Building for the CPU instead.")
            self._build_engine(requirement, machine.CPU_BUILD, narrator)

    def _build_engine(self, requirement: str, build: machine.Build, narrator: Narrator) -> None:
        # pip caches what it built under the version alone: a CPU build from the cache must not pass for a GPU build.
        fresh = [] if build.plain else ["--no-cache-dir"]
        # Verbose, because only then does pip pass on how far the compiler is.
        self._pip(["install", "--verbose", *fresh, requirement], narrator, {"CMAKE_ARGS": " ".join(build.flags)})

    def _has_engine(self, requirement: str) -> bool:
        if not self.python.exists():
            return False
        # pip carries the code that compares versions; an environment of ours always has pip.
        question = (
            "import sys, llama_cpp; from importlib.metadata import version; "
            "from pip._vendor.packaging.requirements import Requirement; "
            "wanted = Requirement(sys.argv[1]); sys.exit(version(wanted.name) not in wanted.specifier)"
        )
        done = subprocess.run(
            [str(self.python), "-c", question, requirement],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return done.returncode == 0

    def _bring_compiler(self, narrator: Narrator) -> None:
        if machine.may_install():
            narrator.say("Installing a C++ compiler")
            if machine.install_packages(["g++", "make"], narrator, self.log) and machine.has_compiler():
                return
        raise Problem(
            "llama.cpp is built on this machine, and there is no C++ compiler. "
            f"{machine.how_to_get_a_compiler()}, then start again."
        )

    def _pip(self, arguments: Sequence[str], narrator: Narrator, extra: Mapping[str, str] | None = None) -> None:
        environment = {
            **os.environ,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_PROGRESS_BAR": "raw" if self._pip_version() >= PIP_WITH_PROGRESS else "off",
            "PIP_NO_INPUT": "1",
            "PYTHONUNBUFFERED": "1",
            "CMAKE_BUILD_PARALLEL_LEVEL": str(machine.cores()),
            **(extra or {}),
        }
        command = [str(self.python), "-m", "pip", *arguments]
        code, said = narrator.follow(command, environment, self.log)
        if code != 0:
            raise Problem(explain_pip(said, self.log))


def requirement_of(name: str, pyproject: Path) -> str:
    """The requirement line of one core dependency as pyproject.toml states it."""
    import tomllib  # too new for the Python that an older machine would fail the version check with

    with pyproject.open("rb") as file:
        lines: list[str] = tomllib.load(file)["project"]["dependencies"]
    for line in lines:
        if re.split(r"[\s<>=!~\[;]", line, maxsplit=1)[0].lower() == name:
            return line
    raise Problem(f"{pyproject} names no dependency {name}.")


# What pip's and CMake's own words mean for the person, most telling first.
_EXPLANATIONS = (
    (
        r"No space left on device|not enough space",
        "The disk is full. Free some space (a full set-up takes about 3 GB) and start again.",
    ),
    (
        r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|Network is unreachable"
        r"|ProxyError|ConnectTimeoutError|ReadTimeoutError|Connection refused|getaddrinfo failed",
        "pip could not reach its package index. Check the network, or the proxy in `pip config list`, and start again: "
        "what was already downloaded is kept.",
    ),
    (
        r"CMAKE_CXX_COMPILER|No CMAKE_C_COMPILER|CMake Error|ninja: build stopped|Failed building wheel",
        "A package could not be compiled.",
    ),
    (
        r"No matching distribution found|ResolutionImpossible|requires a different Python",
        "pip found no fitting version of a package for this Python and system.",
    ),
)


def explain_pip(said: Sequence[str], log: Path) -> str:
    """What a failed pip run means, from its last lines, with the way to all of them."""
    text = "\n".join(said)
    meaning = next((words for pattern, words in _EXPLANATIONS if re.search(pattern, text)), "pip failed.")
    errors = [line.strip() for line in said if line.lstrip().lower().startswith(("error", "cmake error"))][-3:]
    last = errors or [line.strip() for line in said if line.strip()][-3:]
    return "\n".join([meaning, *(f"  {line}" for line in last), f"Everything that was said: {log}"])
