"""The set-up, with real pip and a real virtual environment on a package index of two tiny packages made here."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import machine
import pytest
from environment import Environment, explain_pip, requirement_of
from machine import Problem
from progress import Narrator

from tests.packaging import wheels
from tests.packaging.wheels import write_wheel

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "dormouse"
version = "{version}"
dependencies = ["llama-cpp-python>=0.1,<0.2"]
optional-dependencies = {{ learn = [], dev = ["trinket"] }}
"""

# The smallest PEP 660 backend there can be: one wheel with a path file.
BACKEND = """\
import pathlib, sys, tomllib
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wheels import write_wheel

def build_editable(folder, config_settings=None, metadata_directory=None):
    project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    return write_wheel(
        pathlib.Path(folder), "dormouse", project["version"], {"here.py": ""},
        requires=project["dependencies"], extras=project["optional-dependencies"],
    ).name

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return build_editable(folder)
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project like ours in what the set-up sees of it, and an index that holds all it needs."""
    index = tmp_path / "index"
    index.mkdir()
    write_wheel(index, "llama-cpp-python", "0.1.7", {"llama_cpp/__init__.py": ""})
    write_wheel(index, "trinket", "1.0", {"trinket.py": ""})
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT.format(version="1.0"))
    (root / "backend.py").write_text(BACKEND)
    (root / "wheels.py").write_text(Path(wheels.__file__).read_text())
    # What the machine has or lacks is tested elsewhere; here nothing may be installed on it.
    monkeypatch.setattr(machine, "QT_LIBRARIES", {})
    monkeypatch.setattr(machine, "may_install", lambda: False)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PYTHONPATH", "CMAKE_ARGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return root


def installed(environment: Environment) -> dict[str, str]:
    listing = subprocess.run(
        [str(environment.python), "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True
    )
    return {package["name"]: package["version"] for package in json.loads(listing.stdout)}


def test_a_set_up_is_done_once_and_again_only_when_the_project_asks_for_more(checkout: Path) -> None:
    environment = Environment(checkout)
    told = io.StringIO()
    assert not environment.is_ready(["learn"])

    environment.set_up(["learn"], Narrator(told))

    assert environment.is_ready(["learn"])
    assert installed(environment)["dormouse"] == "1.0"
    assert "trinket" not in installed(environment)
    assert "Building llama.cpp" in told.getvalue()
    assert "Installing Dormouse with learn" in told.getvalue()

    # Asked by the environment's own Python, the answer is the same.
    asked = f"import pathlib, environment; print(environment.Environment(pathlib.Path({str(checkout)!r})).is_ready(['learn']))"
    packaging = str(Path(machine.__file__).parent)
    said = subprocess.run([str(environment.python), "-c", asked], cwd=packaging, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "True"

    # Tests need more than running does.
    assert not environment.is_ready(["learn", "dev"])
    (checkout / "pyproject.toml").write_text(PYPROJECT.format(version="2.0"))
    assert not environment.is_ready(["learn"])

    again = io.StringIO()
    environment.set_up(["dev"], Narrator(again))

    assert environment.is_ready(["learn", "dev"])
    assert installed(environment)["dormouse"] == "2.0"
    assert "trinket" in installed(environment)
    assert "Building llama.cpp" not in again.getvalue()  # the long step is not repeated


@pytest.mark.slow
def test_after_an_interruption_it_starts_over_and_after_a_refusal_it_goes_on(checkout: Path, tmp_path: Path) -> None:
    environment = Environment(checkout)
    environment.folder.mkdir()
    (environment.folder / "setup-in-progress").touch()
    (environment.folder / "half-installed").touch()
    wheel = (tmp_path / "index" / "trinket-1.0-py3-none-any.whl").rename(tmp_path / "trinket-1.0-py3-none-any.whl")

    told = io.StringIO()
    with pytest.raises(Problem, match=r"no fitting version[\s\S]*trinket[\s\S]*setup\.log"):
        environment.set_up(["dev"], Narrator(told))

    assert "interrupted" in told.getvalue()
    assert not (environment.folder / "half-installed").exists()
    assert not environment.is_ready(["dev"])
    assert "trinket" in environment.log.read_text()

    wheel.rename(tmp_path / "index" / wheel.name)
    told = io.StringIO()
    environment.set_up(["dev"], Narrator(told))

    assert "interrupted" not in told.getvalue()
    assert environment.is_ready(["dev"])


def test_without_a_compiler_nothing_is_begun_and_the_way_to_one_is_told(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "has_compiler", lambda: False)
    environment = Environment(checkout)

    with pytest.raises(Problem, match=r"no C\+\+ compiler.*(apt-get|xcode|Visual Studio|package manager)"):
        environment.set_up(["learn"], Narrator(io.StringIO()))

    assert not environment.python.exists()


def test_the_project_itself_names_the_engine() -> None:
    pyproject = Path(__file__).resolve().parents[2] / "pyproject.toml"
    assert requirement_of("llama-cpp-python", pyproject).startswith("llama-cpp-python>=")
    with pytest.raises(Problem, match="names no dependency unheard-of"):
        requirement_of("unheard-of", pyproject)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying after connection broken by 'NewConnectionError(...)'", "could not reach"),
        ("CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage", "could not be compiled"),
        ("ERROR: No matching distribution found for torch<2.14,>=2.6", "no fitting version"),
        ("ERROR: something new", "pip failed"),
    ],
)
def test_a_failure_of_pip_is_explained(said: str, meaning: str, tmp_path: Path) -> None:
    log = tmp_path / "setup.log"
    explained = explain_pip(["Collecting torch", said], log)
    assert meaning in explained
    assert explained.endswith(str(log))


def test_an_older_python_is_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import bootstrap

    monkeypatch.setattr(bootstrap, "MINIMUM_PYTHON", (sys.version_info.major, sys.version_info.minor + 1))
    assert bootstrap.main(["run"]) == 3
    assert "or newer" in capsys.readouterr().err
