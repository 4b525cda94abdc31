"""The training worker as a child: the same job twice, killed, cancelled, orphaned, failing. Every child here is a real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.worker_process import run_worker
from learning.job import ADAPTER_FILE, CONFIG_FILE, LOG_FILE, REPORT_FILE, Example, Job, recipe_from, write_job
from models.engine import CancelToken
from models.errors import Cancelled, EnvironmentProblem
from models.files import sha256_of
from tests.learning.tiny_gguf import write_tiny_qwen3

ROOT = Path(__file__).resolve().parents[2]
Event = Mapping[str, Any]
MakeJob = Callable[..., Path]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_qwen3(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture
def make_job(tiny: Path, tmp_path: Path) -> MakeJob:
    """Writes a job of eight small lessons; keywords change the recipe."""

    def make(name: str = "job", **recipe: Any) -> Path:
        lessons = [Example(f"m{n}", "recall", (1, 2, n), (40 + n, 50 + n, 257), (9, 1, 2, n), (0, 2)) for n in range(6)]
        lessons += [Example(None, "general", (1, 2, 90 + n), (7, 257)) for n in range(2)]
        about = Job(tiny, sha256_of(tiny), seed=5, threads=1, recipe=recipe_from({"epochs": 3, "batch": 4} | recipe))
        return write_job(tmp_path / name, about, lessons)

    return make


def test_the_same_job_in_two_processes_gives_the_same_bytes(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job()
    events: dict[str, list[Event]] = {"one": [], "two": []}
    with ThreadPoolExecutor() as both:
        runs = [both.submit(run_worker, job, tmp_path / name, on_event=heard.append) for name, heard in events.items()]
        one, two = (run.result() for run in runs)
    assert one.adapter.read_bytes() == two.adapter.read_bytes()
    assert (one.folder / CONFIG_FILE).read_bytes() == (two.folder / CONFIG_FILE).read_bytes()
    assert str(tmp_path) not in (one.folder / CONFIG_FILE).read_text()

    heard = events["one"]
    assert [event["event"] for event in heard] == ["started", "planned", "loaded", *["step"] * 6, "finished"]
    assert heard[1]["precision"] == "fp32"
    step = heard[-2]
    assert (step["step"], step["steps"], step["eta_s"]) == (6, 6, 0)
    assert step["tokens"] > 0
    assert step["tokens_per_second"] > 0
    assert step["peak_memory_mb"] > 0
    assert one.report["losses"] == two.report["losses"]


def test_a_worker_killed_in_the_middle_is_an_error_that_names_the_signal(make_job: MakeJob, tmp_path: Path) -> None:
    pids: list[int] = []

    def kill_at_the_third_step(event: Event) -> None:
        if event["event"] == "started":
            pids.append(event["pid"])
        if event["event"] == "step" and event["step"] == 3:
            psutil.Process(pids[0]).kill()

    with pytest.raises(EnvironmentProblem, match="SIGKILL" if os.name == "posix" else "exit code") as error:
        run_worker(make_job(epochs=2000), tmp_path / "out", on_event=kill_at_the_third_step)
    assert "start the night again" in str(error.value)
    assert not psutil.pid_exists(pids[0])
    assert {path.name for path in (tmp_path / "out").iterdir()} == {LOG_FILE}


def test_cancelling_stops_the_worker_even_inside_its_imports(make_job: MakeJob, tmp_path: Path) -> None:
    cancel, pids = CancelToken(), []

    def cancel_at_once(event: Event) -> None:
        if event["event"] == "started":
            pids.append(event["pid"])
            cancel.cancel()

    with pytest.raises(Cancelled):
        run_worker(make_job(), tmp_path / "out", on_event=cancel_at_once, cancel=cancel)
    assert not psutil.pid_exists(pids[0])


def test_an_error_in_the_listener_leaves_no_worker_behind(make_job: MakeJob, tmp_path: Path) -> None:
    pids: list[int] = []

    def interrupt(event: Event) -> None:
        pids.append(event["pid"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_worker(make_job(), tmp_path / "out", on_event=interrupt)
    assert not psutil.pid_exists(pids[0])


def test_a_worker_whose_parent_is_gone_stops_within_two_seconds(make_job: MakeJob, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "learning.worker", str(make_job()), str(tmp_path / "out")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    assert json.loads(child.stdout.readline())["event"] == "started"
    child.stdin.close()
    assert child.wait(timeout=2) == 4
    child.stdout.close()


def test_what_the_worker_finds_wrong_reaches_the_person_in_its_words(make_job: MakeJob, tiny: Path, tmp_path: Path) -> None:
    job = make_job()
    other = tiny.with_name("other.gguf")
    other.write_bytes(tiny.read_bytes()[:-1])
    about = json.loads((job / "job.json").read_text())
    (job / "job.json").write_text(json.dumps(about | {"base": str(other)}))
    with pytest.raises(EnvironmentProblem, match=r"other\.gguf is not the model that this job was made for"):
        run_worker(job, tmp_path / "out", on_event=lambda _: None)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert not names & {ADAPTER_FILE, REPORT_FILE}
