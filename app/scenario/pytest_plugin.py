"""For pytest: collects `*.scenario.yaml` as tests, and gives Python tests a fixture `assistant` on a throw-away profile.

pytest finds it by its entry point once Dormouse is installed. Nothing of Dormouse is imported before it is needed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.scenario.report import Report
    from app.scenario.runner import Beginnings

SUFFIX = ".scenario.yaml"
LONGEST_SECONDS = 900
_BEGINNINGS = pytest.StashKey["tuple[tempfile.TemporaryDirectory[str], Beginnings]"]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(SUFFIX):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    if (kept := config.stash.get(_BEGINNINGS, None)) is not None:
        kept[0].cleanup()


class ScenarioFile(pytest.File):
    """One scenario file. Its mistakes fail the one test that it is; they do not stop the others from being collected."""

    def collect(self) -> Iterable[pytest.Item]:
        item = ScenarioItem.from_parent(self, name=self.path.name.removesuffix(SUFFIX))
        if self.config.pluginmanager.hasplugin("timeout"):
            # Whoever comes first also plays what it goes on from: a story may hold several nights.
            item.add_marker(pytest.mark.timeout(LONGEST_SECONDS))
        yield item


class ScenarioItem(pytest.Item):
    """One scenario as a test."""

    def runtest(self) -> None:
        from app.scenario.runner import run_file

        report = run_file(self.path, _beginnings(self.config), lambda _: None)
        if not report.passed:
            raise DoesNotHold(report)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *arguments: Any, **options: Any) -> Any:
        from app.scenario.report import explanation
        from models.errors import DormouseError

        if isinstance(excinfo.value, DoesNotHold):
            return explanation(excinfo.value.report)
        if isinstance(excinfo.value, DormouseError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *arguments, **options)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"scenario {self.name}"


class DoesNotHold(Exception):
    """A scenario's report that is not what it must be."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.name)
        self.report = report


def _beginnings(config: pytest.Config) -> Beginnings:
    """What scenarios of this test run go on from: each is played once."""
    from app.scenario.runner import Beginnings

    if _BEGINNINGS not in config.stash:
        folder = tempfile.TemporaryDirectory(prefix="dormouse-beginnings-", ignore_cleanup_errors=True)
        config.stash[_BEGINNINGS] = folder, Beginnings(Path(folder.name))
    return config.stash[_BEGINNINGS][1]


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    """An assistant on the built-in model in a profile of its own; `assistant.clock.advance(timedelta)` lets time pass."""
    from app.compose import open_assistant
    from app.scenario.clock import ScriptedClock

    with open_assistant(tmp_path / "dormouse", clock=ScriptedClock()) as opened:
        yield opened
