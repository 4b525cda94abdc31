"""What the packaged program does before it is Dormouse: it finds the learning pack, and is a child where it was started as one.

PyInstaller's program has the whole of Dormouse and of Python's library in it, but nothing to train with: torch and its kin are
four times its size. They come as the *learning pack*, a folder of packages beside the program or among the person's own
data. It has no code of ours, so the worker is always that of the program.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import runpy
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

from platformdirs import user_data_path

PACK = "learning-pack"
MARK = "learning-pack.json"
"""Written by `packaging/package.py` into the pack: what it was made for, as `built_for` has it."""

_FLOORS = ("app", "learning", "models")


def begin() -> None:
    """Make ready what everything else stands on; does not return where this process was started to run one module.

    Called first of all, and only in the packaged program.
    """
    _leave_the_system_its_libraries()
    # Where this is a process of a pool, it becomes that here.
    multiprocessing.freeze_support()
    module = sys.argv[2] if sys.argv[1:2] == ["-m"] and len(sys.argv) > 2 else ""
    pack = find_pack()
    if pack is not None and not unfit(pack):
        # The trainer takes all from the pack, so that what was built together runs together; no one else takes what it has itself.
        trains = module.startswith("learning.worker")
        sys.path.insert(0 if trains else len(sys.path), os.fspath(pack))
    if module.split(".")[0] in _FLOORS:
        del sys.argv[1:3]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        sys.exit(0)


def _leave_the_system_its_libraries() -> None:
    """PyInstaller's loader has put ours in front of the system's; programs that are started from here must not find them."""
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
    # Each child of our own kind does so for itself then, as if started by hand.
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"


def places() -> tuple[Path, ...]:
    """Where the pack is looked for: where a package puts it, and where a person may unpack it."""
    return Path(sys.executable).parent / PACK, user_data_path("dormouse-learning-pack", appauthor=False)


def find_pack() -> Path | None:
    """The first that fits; where none does, the first there is."""
    there = [place for place in places() if (place / MARK).is_file()]
    return next((place for place in there if not unfit(place)), there[0] if there else None)


def built_for() -> dict[str, str]:
    """What a pack must have been made for to fit this program: compiled packages fit one Python on one kind of machine."""
    return {
        "dormouse": metadata.version("dormouse"),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "platform": sysconfig.get_platform(),
    }


def unfit(pack: Path) -> str:
    """Why this pack cannot be used; "" where it can."""
    try:
        mark = json.loads((pack / MARK).read_text(encoding="utf-8"))
        made_for = {name: str(mark[name]) for name in built_for()}
    except (OSError, ValueError, KeyError, TypeError):
        return f"the one in {pack} is damaged"
    if made_for == built_for():
        return ""
    return f"the one in {pack} is for Dormouse {made_for['dormouse']}, Python {made_for['python']}, {made_for['platform']}"


def wanted_pack() -> str:
    """The pack that would let nights learn, and what was found in its stead."""
    wanted = built_for()
    pack = find_pack()
    if pack is None:
        found = f"there is none in {' or '.join(map(str, places()))}"
    else:
        found = unfit(pack) or f"the one in {pack} is not complete"
    return (
        f"the learning pack dormouse-learning {wanted['dormouse']} for Python {wanted['python']} and {wanted['platform']}, "
        f"from where you got Dormouse ({found})"
    )
