"""The two Debian packages: dormouse, the program, and dormouse-learning, the pack for its nights. Standard library only.

Everything lies in /usr/lib/dormouse, as what brings its own libraries does; the pack beside the program, where it is looked
for. No script runs at installation: icons, desktop entry and metadata are noticed by the system's own triggers.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from string import Template

from machine import Problem

HERE = Path(__file__).resolve().parent
LINUX = HERE / "linux"
HOME = Path("usr/lib/dormouse")

ABOUT = {
    "dormouse": (
        "personal assistant that learns locally while you sleep",
        "You talk to a language model that runs on your own machine. What you tell it is noted and used at once. With "
        "dormouse-learning, what has proved stable is trained into a small personal adapter at night, and in the morning the "
        "model simply knows it. Everything it learned can be seen and undone.",
    ),
    "dormouse-learning": (
        "what Dormouse trains with at night",
        "The learning pack of Dormouse: PyTorch, transformers, PEFT and bitsandbytes in the versions it was built with. "
        "Without it Dormouse chats and notes, but does not learn.",
    ),
}


def program_package(program: Path, icons: Path, version: str, out: Path) -> Path:
    """`program` is PyInstaller's folder, `icons` the one that `python -m ui.icons` wrote."""
    with tempfile.TemporaryDirectory(dir=out) as folder:
        root = Path(folder)
        copy(program, root / HOME)
        link = root / "usr" / "bin" / "dormouse"
        link.parent.mkdir(parents=True)
        link.symlink_to("../lib/dormouse/dormouse")
        for name, text in texts(version, released()).items():
            put(root / name, text)
        for icon in sorted(icons.iterdir()):
            size = icon.stem.partition("-")[2]
            place = root / "usr/share/icons/hicolor" / (f"{size}x{size}" if size else "scalable") / "apps"
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(icon, place / f"dormouse{icon.suffix}")
        relations = {"Depends": libraries(root), "Recommends": f"dormouse-learning (= {version})"}
        return pack_up(root, "dormouse", version, relations, out)


def pack_package(pack: Path, version: str, out: Path) -> Path:
    """`pack` is the learning pack, which fits programs of its own version alone."""
    with tempfile.TemporaryDirectory(dir=out) as folder:
        root = Path(folder)
        copy(pack, root / HOME / "learning-pack")
        put(root / "usr/share/doc/dormouse-learning/copyright", copyright_of("dormouse-learning"))
        # What wheels for many Linuxes may ask of a system (PEP 600), the program has asked for already.
        return pack_up(root, "dormouse-learning", version, {"Depends": f"dormouse (= {version})"}, out)


def texts(version: str, date: str) -> dict[str, str]:
    """The small files that tell a desktop of the program, by their place."""
    metainfo = Template((LINUX / "org.dormouse.Dormouse.metainfo.xml").read_text(encoding="utf-8"))
    return {
        "usr/share/applications/dormouse.desktop": (LINUX / "dormouse.desktop").read_text(encoding="utf-8"),
        "usr/share/metainfo/org.dormouse.Dormouse.metainfo.xml": metainfo.substitute(version=version, date=date),
        "usr/share/doc/dormouse/copyright": copyright_of("dormouse"),
    }


def copyright_of(package: str) -> str:
    """The licences, as Debian wants to read them: our own spelled out, the others by where they lie."""
    licence = (HERE.parent / "LICENSE").read_text(encoding="utf-8").partition("\n\n")[2]
    indented = "\n".join(f" {line}" if line else " ." for line in licence.strip().splitlines())
    return Template((LINUX / f"{package}.copyright").read_text(encoding="utf-8")).substitute(licence=indented)


def control(package: str, version: str, architecture: str, kilobytes: int, relations: Mapping[str, str]) -> str:
    """What dpkg reads first."""
    short, long = ABOUT[package]
    fields = {
        "Package": package,
        "Version": version,
        "Architecture": architecture,
        "Maintainer": "The Dormouse authors <nobody@localhost>",
        "Section": "misc",
        "Priority": "optional",
        "Installed-Size": str(kilobytes),
        **relations,
        "Description": "\n".join([short, *textwrap.wrap(long, 76, initial_indent=" ", subsequent_indent=" ")]),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def released() -> str:
    """The day of this build, or the one that SOURCE_DATE_EPOCH says."""
    return time.strftime("%Y-%m-%d", time.gmtime(float(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))


def pack_up(root: Path, package: str, version: str, relations: Mapping[str, str], out: Path) -> Path:
    architecture = _said("dpkg", "--print-architecture").strip()
    changes = root / "usr/share/doc" / package / "changelog.gz"
    changes.write_bytes(gzip.compress((HERE.parent / "CHANGELOG.md").read_bytes(), mtime=0))
    size = sum(path.lstat().st_size for path in root.rglob("*")) // 1024
    put(root / "DEBIAN/control", control(package, version, architecture, size, relations))
    file = out / f"{package}_{version}_{architecture}.deb"
    _said("dpkg-deb", "--root-owner-group", "-Zzstd", "-z9", "--build", str(root), str(file))
    return file


def libraries(root: Path) -> str:
    """The packages of this system that the compiled files need and that were not copied along."""
    compiled = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink() and _is_compiled(path)]
    folders = sorted({str(path.parent) for path in compiled})
    # By this folder dpkg-shlibdeps knows where the package begins.
    (root / "DEBIAN").mkdir()
    with tempfile.TemporaryDirectory() as folder:
        put(Path(folder) / "debian" / "control", "Source: dormouse\n\nPackage: dormouse\nArchitecture: any\n")
        command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0", *(f"-l{name}" for name in folders)]
        said = _said(*command, *map(str, compiled), cwd=folder)
    return said.partition("=")[2].strip()


def copy(source: Path, target: Path) -> None:
    """With its links, and readable by everyone whoever built it."""
    shutil.copytree(source, target, symlinks=True)
    for path in [target, *target.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _is_compiled(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _said(*command: str, cwd: str | None = None) -> str:
    try:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        raise Problem(f"There is no {command[0]} here. Debian packages are built on Debian: apt-get install dpkg-dev") from None
    except subprocess.CalledProcessError as failure:
        lines = [line for line in failure.stderr.splitlines() if "warning" not in line]
        raise Problem("\n".join([f"{command[0]} failed:", *lines[:12]])) from None
