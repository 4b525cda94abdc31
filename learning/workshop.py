"""Where a night works: one folder below `jobs/` for each job, named after what the job says.

A night that was stopped leaves its folder, and the same job finds it again, with the checkpoint or even the finished adapter
in it. Whatever else lies there belongs to a job that nobody will come back to.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from learning.job import CHECKPOINT_FILE, REPORT_FILE, Example, Job, TrainingResult, digest, read_result, write_job
from learning.types import Memory, Sha256
from models.errors import EnvironmentProblem
from models.files import write_atomically

CHOICE_FILE = "memories.json"


@dataclass(frozen=True, slots=True)
class Bench:
    """The folder of one job: what to train, what came out, and the candidate for the gate."""

    folder: Path

    @property
    def job(self) -> Path:
        return self.folder / "job"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def candidate(self) -> Path:
        return self.folder / "candidate.gguf"

    @property
    def holds_work(self) -> bool:
        """Whether a night could go on from what lies here."""
        return (self.out / CHECKPOINT_FILE).exists() or (self.out / REPORT_FILE).exists()

    def trained(self) -> TrainingResult | None:
        """What a training that came to its end left here, while its night did not."""
        try:
            return read_result(self.out) if (self.out / REPORT_FILE).exists() else None
        except EnvironmentProblem:
            return None


def set_up(jobs: Path, about: Job, examples: Iterable[Example], memories: Sequence[Memory]) -> Bench:
    """The folder of this job, as an earlier night left it or new; the folders of all other jobs are gone."""
    fresh = jobs / ".next"
    shutil.rmtree(fresh, ignore_errors=True)
    write_job(fresh / "job", about, examples)
    name = digest(fresh / "job")
    bench = Bench(jobs / name[:24])
    if not _is_of(bench, name):
        shutil.rmtree(bench.folder, ignore_errors=True)
        fresh.replace(bench.folder)
    write_atomically(bench.folder / CHOICE_FILE, json.dumps(sorted(memory.content_hash for memory in memories)).encode())
    clear(jobs, but=bench)
    return bench


def unfinished(jobs: Path) -> frozenset[Sha256]:
    """The memories, by content, of a night that was stopped and can go on; none where there is no such night."""
    for folder in jobs.iterdir() if jobs.is_dir() else ():
        if Bench(folder).holds_work:
            try:
                return frozenset(json.loads((folder / CHOICE_FILE).read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError):
                continue
    return frozenset()


def clear(jobs: Path, but: Bench | None = None) -> None:
    """Remove the folders of all jobs but one."""
    for folder in jobs.iterdir() if jobs.is_dir() else ():
        if but is None or folder != but.folder:
            shutil.rmtree(folder, ignore_errors=True)


def _is_of(bench: Bench, name: str) -> bool:
    try:
        return digest(bench.job) == name
    except EnvironmentProblem:
        return False
