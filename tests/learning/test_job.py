"""The job folder: written whole, ordered by content, read back as it was, and refused where it is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.job import EXAMPLES_FILE, JOB_FILE, Example, Job, Recipe, read_job, read_result, recipe_from, write_job
from models.errors import EnvironmentProblem, UserError

ids = st.lists(st.integers(0, 2**17), min_size=1, max_size=8).map(tuple)
examples = st.builds(
    Example,
    memory=st.none() | st.text("0123456789abcdef", min_size=4, max_size=4),
    kind=st.sampled_from(["recall", "unknown"]),
    prompt=ids,
    answer=ids,
    teacher=st.none() | ids,
    value=st.just((0, 1)) | st.none(),
    weight=st.floats(0.1, 4),
)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(base=tmp_path / "base.gguf", base_sha256="00" * 32, seed=3, threads=2, recipe=Recipe(rank=4, epochs=2))


@settings(max_examples=25)  # each one is synced to the disk
@given(made=st.lists(examples, min_size=1, max_size=6), probes=st.lists(examples, max_size=2))
def test_a_job_is_read_back_as_it_was_written(
    made: list[Example], probes: list[Example], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("job") / "night-1"
    about = Job(base=folder / "base.gguf", base_sha256="ab", seed=1, threads=1)
    again, read_examples, read_probes = read_job(write_job(folder, about, made, probes))
    assert again == about
    assert sorted(map(repr, read_examples)) == sorted(map(repr, made))
    assert sorted(map(repr, read_probes)) == sorted(map(repr, probes))


def test_the_order_in_which_memories_were_told_leaves_no_trace(job: Job, tmp_path: Path) -> None:
    made = [Example(memory=f"m{place}", kind="recall", prompt=(place, 9), answer=(1, 2)) for place in range(5)]
    first = write_job(tmp_path / "first", job, made)
    second = write_job(tmp_path / "second", job, reversed(made))
    for name in (JOB_FILE, EXAMPLES_FILE):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_job_is_never_written_over_another(job: Job, tmp_path: Path) -> None:
    made = [Example(memory=None, kind="general", prompt=(1,), answer=(2,))]
    write_job(tmp_path / "job", job, made)
    with pytest.raises(EnvironmentProblem, match="exists already"):
        write_job(tmp_path / "job", job, made)


def test_a_job_without_examples_is_refused_and_leaves_nothing_behind(job: Job, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing to train on"):
        write_job(tmp_path / "job", job, [])
    assert list(tmp_path.iterdir()) == []


def test_a_value_outside_its_answer_is_refused() -> None:
    with pytest.raises(UserError, match="outside its answer"):
        Example(memory="m", kind="recall", prompt=(1,), answer=(2, 3), value=(1, 3))


@pytest.mark.parametrize("content", [None, "", "{", '{"recipe": {"sorcery": 1}, "base": "x"}'])
def test_a_damaged_job_says_so_and_how_to_go_on(job: Job, tmp_path: Path, content: str | None) -> None:
    folder = write_job(tmp_path / "job", job, [Example(memory=None, kind="general", prompt=(1,), answer=(2,))])
    if content is None:
        (folder / JOB_FILE).unlink()
    else:
        (folder / JOB_FILE).write_text(content)
    with pytest.raises(EnvironmentProblem, match="Start the night again"):
        read_job(folder)


def test_a_run_without_its_report_has_no_result(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="missing"):
        read_result(tmp_path)


def test_a_recipe_names_what_it_does_not_know() -> None:
    assert recipe_from({"rank": 8}).rank == 8
    with pytest.raises(UserError, match="sorcery"):
        recipe_from({"sorcery": 1})
