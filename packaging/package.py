"""Builds what is installed: `python3 packaging/package.py wheel | program | pack | debian`, each with what it stands on.

    wheel     build/package/wheels: for who has a Python
    program   build/package/dormouse: the window and every command, with a Python of its own, made by PyInstaller
    pack      build/package/learning-pack: torch and its kin, for nights
    debian    build/package/*.deb: both of them as Debian packages (only on Debian and its kin)

All of it is for the kind of system it is built on. Needs what `bootstrap.py` needs; standard library only, so that the rest
can be had. docs/PACKAGING.md says more, also of Windows and macOS.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import debian
from environment import ENGINE, explain_pip, requirement_of
from machine import COMMON_FLAGS, Problem, cores
from progress import Narrator

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "package"

# What bootstrap builds fits the processor it is built on; this must run on others. Without more said, ggml takes AVX2 on x86.
PORTABLE_FLAGS = (*COMMON_FLAGS, "-DGGML_NATIVE=off")

# For who compiles against torch, or tests it.
LEFT_OUT_OF_THE_PACK = (
    "bin",
    "share",
    "torch/include",
    "torch/share",
    "torch/test",
    "torch/bin/*[tT]est*",
    "torch/bin/protoc*",
    "torch/lib/*test.so",
)


class Workshop:
    """One folder in which everything is built. A step that was done is done again, but for llama.cpp, which takes minutes.

    Attributes:
        out: the folder.
        environment: a virtual environment with Dormouse's wheel and PyInstaller, and nothing to train with.
    """

    def __init__(self, out: Path, narrator: Narrator) -> None:
        self.out = out
        self.environment = out / "environment"
        self._narrator = narrator
        self._project = pyproject()

    @property
    def version(self) -> str:
        return self._project["project"]["version"]

    def wheel(self) -> Path:
        folder = self.out / "wheels"
        shutil.rmtree(folder, ignore_errors=True)
        self._narrator.say("Building the wheel")
        self._pip(["wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
        (wheel,) = folder.glob("*.whl")
        return wheel

    def program(self) -> Path:
        wheel, engine = self.wheel(), self._engine()
        self._narrator.say("Installing it beside PyInstaller")
        tools = self._project["dependency-groups"]["package"]
        self._pip(["install", "--force-reinstall", "--no-deps", str(wheel), str(engine)])
        self._pip(["install", f"{wheel}[window]", *tools])
        # Where on this machine a wheel lay is nobody's business.
        for file in self.environment.rglob("direct_url.json"):
            file.unlink()
        self._narrator.say("Freezing the program")
        icons = self.icons()
        self._run(
            [str(self._python), "-m", "PyInstaller", "--noconfirm", "--distpath", str(self.out), "--workpath",
             str(self.out / "freezing"), str(ROOT / "packaging" / "dormouse.spec")],
            {"DORMOUSE_ICON": str(icons / "dormouse-256.png")},
        )  # fmt: skip
        return self.out / "dormouse"

    def icons(self) -> Path:
        """The program's own picture, in the sizes that desktops ask for."""
        folder = self.out / "icons"
        self._run([str(self._python), "-m", "ui.icons", str(folder)], {"QT_QPA_PLATFORM": "offscreen"})
        return folder

    def pack(self) -> Path:
        """Made in the program's environment: both must be of one Python, and the program says what fits it."""
        if not (self.out / "dormouse").exists() or not self._python.exists():
            self.program()
        folder = self.out / "learning-pack"
        shutil.rmtree(folder, ignore_errors=True)
        self._narrator.say("Gathering the learning pack")
        lines = self._project["project"]["optional-dependencies"]["learn"]
        self._pip(["install", "--no-compile", "--target", str(folder), *lines])
        for pattern in LEFT_OUT_OF_THE_PACK:
            for path in folder.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not list(folder.glob("torch/lib/*torch_cuda*")):
            # A hundred megabytes for graphics cards that this torch does not use.
            for kind in ("cuda", "rocm", "xpu"):
                for path in folder.glob(f"bitsandbytes/*bitsandbytes_{kind}*"):
                    path.unlink()
        self._narrator.say("Compiling its modules")
        # Never to be held against the sources' times, which no archive keeps exactly.
        compile_all = ["-m", "compileall", "-qq", "-j", str(cores()), "--invalidation-mode", "unchecked-hash", str(folder)]
        # Some packages keep templates under the name of a module; what cannot be compiled is not imported either.
        subprocess.run([str(self._python), *compile_all], stdout=subprocess.DEVNULL, check=False)
        write = "import json, sys, app.frozen as f, pathlib; pathlib.Path(sys.argv[1], f.MARK).write_text(json.dumps(f.built_for()))"
        self._run([str(self._python), "-c", write, str(folder)])
        return folder

    def debian(self) -> list[Path]:
        program, pack = self.program(), self.pack()
        icons = self.out / "icons"
        self._narrator.say("Packing Debian packages")
        return [
            debian.program_package(program, icons, self.version, self.out),
            debian.pack_package(pack, self.version, self.out),
        ]

    def _engine(self) -> Path:
        """llama.cpp for any processor of this kind, built once."""
        folder = self.out / "engine"
        if not list(folder.glob("*.whl")):
            self._narrator.say(f"Building llama.cpp on {cores()} cores (some minutes, once)")
            line = requirement_of(ENGINE, ROOT / "pyproject.toml")
            # pip's cache knows versions, not flags.
            command = ["wheel", "--verbose", "--no-cache-dir", "--no-deps", "--wheel-dir", str(folder), line]
            flags = " ".join([*PORTABLE_FLAGS, os.environ.get("CMAKE_ARGS", "")])
            self._pip(command, {"CMAKE_ARGS": flags, "CMAKE_BUILD_PARALLEL_LEVEL": str(cores())})
        (wheel,) = folder.glob("*.whl")
        return wheel

    @property
    def _python(self) -> Path:
        return self.environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def _pip(self, arguments: Sequence[str], extra: Mapping[str, str] | None = None) -> None:
        if not self._python.exists():
            venv.create(self.environment, with_pip=True)
        self._run([str(self._python), "-m", "pip", *arguments], {"PIP_DISABLE_PIP_VERSION_CHECK": "1", **(extra or {})})

    def _run(self, command: Sequence[str], extra: Mapping[str, str] | None = None) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        log = self.out / "package.log"
        # What is installed there counts, never the sources of the folder this is started in.
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONSAFEPATH": "1"}
        code, said = self._narrator.follow(command, {**clean, **(extra or {})}, log)
        if code != 0:
            raise Problem(explain_pip(said, log) if "pip" in command else "\n".join([*said[-12:], f"All of it: {log}"]))


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="package.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("wheel", "program", "pack", "debian"))
    parser.add_argument("--out", type=Path, default=OUT, help=f"the folder to build in ({OUT.relative_to(ROOT)})")
    options = parser.parse_args(arguments)
    try:
        made = getattr(Workshop(options.out.absolute(), Narrator()), options.what)()
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 3
    for path in made if isinstance(made, list) else [made]:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
