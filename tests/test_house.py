"""What no linter says of the house: declared dependencies, what each process imports, documents that keep to the code."""

from __future__ import annotations

import argparse
import ast
import json
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

from app.cli import parser
from models.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("app", "learning", "models", "ui")
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
HEAVY = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "PySide6")

# Declared for what they do when another package finds them, not for being imported here.
USED_BY_OTHERS = {"accelerate", "pytest-timeout", "hatchling", "ruff", "pyright", "import-linter"}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~\[;]", name, maxsplit=1)[0]).lower()


def declared() -> dict[str, set[str]]:
    """Distribution names by extra; the core's are under "". What another system than this one needs is left out."""
    extras = {"": project()["dependencies"], **project()["optional-dependencies"]}
    return {
        extra: {normal(line) for line in lines if ";" not in line or f"'{sys.platform}'" in line}
        for extra, lines in extras.items()
    }


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def third_party_imports(*folders: str) -> Iterator[tuple[Path, str]]:
    """Every import of a distribution that is neither Python's own nor ours."""
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(_parsed(path)):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    names = [node.module]
                elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
                    named = node.args[0]
                    names = [named.value] if isinstance(named, ast.Constant) and isinstance(named.value, str) else []
                else:
                    continue
                for top in {name.split(".")[0] for name in names}:
                    if top not in sys.stdlib_module_names and top not in (*FLOORS, "tests", *BESIDE_BOOTSTRAP):
                        yield path.relative_to(ROOT), top


BESIDE_BOOTSTRAP = {path.stem for path in (ROOT / "packaging").glob("*.py")}


@cache
def _all_distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def distributions(module: str) -> set[str]:
    return {normal(name) for name in _all_distributions().get(module, [])}


def test_packaging_is_no_package_because_it_would_shadow_the_one_everybody_installs() -> None:
    assert not list((ROOT / "packaging").rglob("__init__.py"))
    import packaging

    assert packaging.__file__ is not None
    assert not Path(packaging.__file__).is_relative_to(ROOT / "packaging")


def test_bootstrap_needs_nothing_that_is_not_in_the_standard_library() -> None:
    assert list(third_party_imports("packaging")) == []


def test_every_import_is_a_declared_dependency() -> None:
    core, learn = declared()[""], declared()["learn"]
    undeclared = []
    for path, module in third_party_imports(*FLOORS):
        in_worker = path.is_relative_to("learning/worker") or path.is_relative_to("models/acorn")
        allowed = core | (learn if in_worker else set()) | (declared()["window"] if path.is_relative_to("ui") else set())
        # Only pytest itself imports its plugin.
        allowed |= {"pytest"} if path == Path("app/scenario/pytest_plugin.py") else set()
        if not distributions(module) & allowed:
            undeclared.append(f"{path}: {module}")
    assert undeclared == []


def test_torch_and_its_kin_stay_in_the_worker_and_the_recipe_however_they_are_imported() -> None:
    """import-linter sees import statements only; this sees `import_module("...")` too."""
    strays = [
        f"{path}: {module}"
        for path, module in third_party_imports(*FLOORS)
        if module in HEAVY[:5] and not path.is_relative_to("learning/worker") and not path.is_relative_to("models/acorn")
    ]
    assert strays == []


def test_every_declared_dependency_is_used() -> None:
    used = {name for _, module in third_party_imports(*FLOORS, "tests") for name in distributions(module)}
    everything = set().union(*declared().values())
    assert everything - used - USED_BY_OTHERS == set()


def test_every_dependency_says_what_it_is_for_and_has_an_upper_bound() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = {line.strip() for line in text.splitlines()}
    requirements = [*project()["dependencies"], *(r for extra in project()["optional-dependencies"].values() for r in extra)]
    for requirement in requirements:
        written = next(line for line in lines if line.startswith(f'"{requirement}"'))
        assert re.search(r"# (MIT|BSD-\d|Apache-2\.0|LGPL-3|MPL-2\.0|PSF-2\.0)\S* \w?.+", written), (
            f"no licence or purpose: {written}"
        )
        assert re.search(r"<|==", requirement), f"no upper bound: {requirement}"


def test_no_process_that_a_person_waits_for_imports_torch_or_qt() -> None:
    """Every module of every floor but the worker, the recipe and the window, imported into one fresh process."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for floor in ("app", "learning", "models")
        for path in sorted((ROOT / floor).rglob("*.py"))
        if not path.is_relative_to(ROOT / "learning" / "worker") and not path.is_relative_to(ROOT / "models" / "acorn")
    ]
    script = f"import importlib, sys\nfor m in {modules!r}: importlib.import_module(m)\n"
    script += f"print([h for h in {HEAVY!r} if h in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["--help"], ["memories"], ["tour", "--help"]])
def test_the_command_line_starts_without_llama_cpp_where_no_model_is_asked(arguments: list[str], profile: Path) -> None:
    script = (
        "import sys, contextlib, io\n"
        "from app.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit): main(sys.argv[1:])\n"
        "print([name for name in ('llama_cpp', 'torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def command_lines(document: str) -> list[str]:
    """Every line of a document's code blocks that starts `dormouse`, without prompt, comment and output."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:console|sh|text)?\n(.*?)```", text, re.DOTALL)
    lines = (line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines())
    return [re.sub(r"\s{2,}#.*|\s{3,}.*", "", line) for line in lines if re.match(r"dormouse( |$)", line)]


def mentions(document: str) -> list[str]:
    """Every `dormouse ...` in a document's prose: a name and perhaps options, not always a whole command."""
    return re.findall(r"`(dormouse [^`\n]+)`", (ROOT / document).read_text(encoding="utf-8"))


def sub_parsers(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found: dict[str, argparse.ArgumentParser] = {}
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_in_the_documents_is_one_that_the_program_understands(document: str) -> None:
    for line in command_lines(document):
        try:
            parser().parse_args(shlex.split(line)[1:])
        except UserError as error:
            pytest.fail(f"{line}: {error}")
        except SystemExit as end:
            if end.code:
                pytest.fail(line)


def test_the_readme_names_every_command() -> None:
    named = {shlex.split(line)[1] for line in command_lines("README.md") if len(line.split()) > 1}
    assert set(sub_parsers(parser())) <= named


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_mentioned_in_the_documents_exists_with_its_options(document: str) -> None:
    commands = sub_parsers(parser())
    for mention in mentions(document):
        name, *rest = mention.split()[1:]
        known = {option for action in commands[name]._actions for option in action.option_strings}
        assert {word for word in rest if word.startswith("--")} <= known, mention


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_and_link_in_the_documents_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text) if "://" not in link]
    paths = re.findall(r"`((?:app|docs|learning|models|packaging|tests|ui)/[\w./-]*)`", text)
    missing = [link for link in links if not (ROOT / document).parent.joinpath(link).exists()]
    missing += [path for path in paths if not (ROOT / path).exists()]
    assert missing == []


def test_the_architecture_shows_every_room_of_the_house() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    picture = text.split("```")[1]
    rooms = [path for floor in FLOORS for path in sorted((ROOT / floor).glob("*.py")) if path.name != "__init__.py"]
    rooms += [path for floor in FLOORS for path in sorted((ROOT / floor).iterdir()) if (path / "__init__.py").exists()]
    assert [str(room.relative_to(ROOT)) for room in rooms if not re.search(rf"\b{re.escape(room.name)}\b", picture)] == []


def test_every_file_has_a_sentence_above_its_door() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for folder in (*FLOORS, "packaging", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if not ast.get_docstring(_parsed(path))
    ]
    assert silent == []


# The one place that asks for each; the others say why they are none.
ASKS = {
    "clock": {
        "app/compose.py": "SystemClock, which everything else is handed",
        "models/chat_template.py": "a model's own template may print the date",
        "ui/picture_life.py": "the life in the pictures ends today",
    },
    "power": {
        "app/nights/machine.py": "power, heat, load and free memory",
        "learning/worker/machine.py": "the memory that a training's plan is held against, in the process that will take it",
    },
    "presence": {"app/nights/presence.py": "who is at the machine"},
}
ASKED_BY = {
    "clock": r"datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime|ctime)",
    "power": r"psutil\.(sensors_\w+|getloadavg|cpu_percent|cpu_times\w*)|psutil\.virtual_memory\(\)\.available|os\.getloadavg",
    "presence": r".*(GetLastInputInfo|CGEventSourceSecondsSinceLastEventType|ScreenSaverQueryInfo|IdleMonitor|IdleHint).*",
}


@pytest.mark.parametrize("what", sorted(ASKS))
def test_the_clock_the_power_and_the_person_are_asked_in_one_place_each(what: str) -> None:
    """Whoever decides is handed a value. A stopwatch (`time.monotonic`) measures how long work took and decides over no night."""
    found = set()
    for path in (path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")):
        if path.is_relative_to(ROOT / "models" / "acorn"):
            continue
        for node in ast.walk(_parsed(path)):
            if isinstance(node, (ast.Attribute, ast.Constant)) and re.fullmatch(ASKED_BY[what], ast.unparse(node)):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == set(ASKS[what])


def test_the_wheel_brings_the_built_in_model_and_leaves_the_workshop_at_home(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = archive.read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert wheel.name.startswith(f"dormouse-{project()['version']}-")
    assert "models/acorn/acorn.gguf" in names
    assert "app/nights/units/nights.timer" in names
    assert {name.split("/")[0] for name in names} - set(FLOORS) == {f"dormouse-{project()['version']}.dist-info"}
    assert "dormouse = app.__main__:main" in entry_points


def test_the_version_stands_in_one_place() -> None:
    assert f"## {project()['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    written = [
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if re.search(r"__version__|VERSION = \"\d+\.\d+\.\d+\"", path.read_text(encoding="utf-8"))
    ]
    assert written == []


def test_json_is_one_value_also_for_wrong_usage(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app.cli import main

    assert main(["--json", "undo", "no-number"]) == 2
    assert "error" in json.loads(capsys.readouterr().out)
