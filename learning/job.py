"""The job folder: all that a training run depends on, as files that parent and worker agree on. No torch, no tokenizer.

`job.json` says what to train and how, `examples.jsonl` what on, `probes.jsonl` what to measure by. Prompts are token ids made
by the engine that serves, so training and serving cannot disagree about a single token. The same job gives the same adapter,
so a folder is written whole, once, with the examples ordered by what they say and never by id or time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from models.errors import EnvironmentProblem, UserError
from models.files import sha256_of

JOB_FILE = "job.json"
EXAMPLES_FILE = "examples.jsonl"
PROBES_FILE = "probes.jsonl"
ADAPTER_FILE = "adapter_model.safetensors"
CONFIG_FILE = "adapter_config.json"
REPORT_FILE = "report.json"
LOG_FILE = "worker.log"
CHECKPOINT_FILE = "checkpoint"

Precision = Literal["nf4", "bf16", "fp32"]
Compute = Literal["auto", "fp32", "bf16"]
Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an adapter is trained; part of its identity.

    Attributes:
        precision: how the frozen base is held while training; "auto" is fp32 for one that is small even so, else nf4.
        compute: the type the base computes in; "auto" is bf16 where the hardware is fast at it, else fp32.
        rank, alpha: of the LoRA, which sits on every linear layer of the decoder.
        rate: the highest learning rate; it rises over `warmup` (a share of all steps) and falls along a cosine to a tenth.
        batch: examples per optimizer step.
        row_tokens: tokens computed at a time; a step with more is split, which changes memory, not the outcome.
        top_k: how many of the teacher's likeliest tokens are kept per position; the rest is kept as one mass.
        teacher_weight: of KL(teacher || student) where the teacher would say the answer's token itself.
        gold_weight: of cross-entropy on answer tokens that the teacher would not say.
        value_weight: of cross-entropy on the tokens that carry the fact.
        replay_weight: of KL(base || student) on examples of no memory.
        known: an example whose loss (nats a token) was below this sits out the next epoch.
        clip: largest norm of the gradient.
        enough: stop once every probe's tokens are the likeliest and their mean cross-entropy is below this (nats).
        patience: stop after so many epochs without a better probe loss, and go back to the best.
    """

    precision: Precision | Literal["auto"] = "auto"
    compute: Compute = "auto"
    rank: int = 16
    alpha: int = 32
    rate: float = 2e-3
    warmup: float = 0.1
    epochs: int = 5
    batch: int = 8
    row_tokens: int = 4096
    top_k: int = 64
    teacher_weight: float = 1.0
    gold_weight: float = 1.0
    value_weight: float = 1.0
    replay_weight: float = 2.0
    known: float = 0.05
    clip: float = 1.0
    enough: float = 0.02
    patience: int = 3


@dataclass(frozen=True, slots=True)
class Job:
    """What to train.

    Attributes:
        base: absolute path of the model file.
        base_sha256: checked before anything is loaded.
        context_length: tokens of context that the model is served with; some families' positions depend on it.
    """

    base: Path
    base_sha256: str
    seed: int
    threads: int
    recipe: Recipe = field(default_factory=Recipe)
    device: Device = "auto"
    context_length: int = 2048


@dataclass(frozen=True, slots=True)
class Example:
    """One example in token ids.

    Attributes:
        memory: content hash of its one memory; None for replay, which must stay as the base has it.
        prompt: what the student sees, up to where the reply begins.
        answer: the reply with its end mark.
        teacher: the prompt with the note, for the base as teacher; None where the teacher sees `prompt`.
        value: first and one past the last token of the answer that carry the fact.
        weight: how much it counts.
    """

    memory: str | None
    kind: str
    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    teacher: tuple[int, ...] | None = None
    value: tuple[int, int] | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.prompt or not self.answer:
            raise UserError(f"A training example ({self.kind}) has an empty prompt or answer. Leave it out of the job.")
        if self.value is not None and not 0 <= self.value[0] < self.value[1] <= len(self.answer):
            raise UserError(
                f"A training example ({self.kind}) has its value at {self.value}, outside its answer. Leave it out of the job."
            )


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A finished run: the folder with the PEFT adapter, its safetensors file, and what the run cost and reached."""

    folder: Path
    adapter: Path
    report: Mapping[str, Any]


def write_job(folder: Path, job: Job, examples: Iterable[Example], probes: Iterable[Example] = ()) -> Path:
    """Write the job whole or not at all, and return `folder`, which must not exist yet.

    Raises:
        UserError: there is nothing to train on.
        EnvironmentProblem: the folder exists or cannot be written.
    """
    lines = sorted(_line(example) for example in examples)
    if not lines:
        raise UserError("There is nothing to train on: the job has no examples.")
    about = json.dumps(asdict(job), default=os.fspath, indent=1, sort_keys=True) + "\n"
    if folder.exists():
        raise EnvironmentProblem(f"The job folder {folder} exists already. Remove it or choose another name.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(unfinished / JOB_FILE, about)
            _write(unfinished / EXAMPLES_FILE, "".join(lines))
            _write(unfinished / PROBES_FILE, "".join(sorted(_line(probe) for probe in probes)))
            os.replace(unfinished, folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    except OSError as problem:
        raise EnvironmentProblem(
            f"The job folder {folder} could not be written: {problem.strerror or problem}. Free some disk space and try again."
        ) from problem
    return folder


def read_job(folder: Path) -> tuple[Job, tuple[Example, ...], tuple[Example, ...]]:
    """The job, its examples and its probes.

    Raises:
        EnvironmentProblem: a file is missing or damaged.
    """
    about = _parsed(folder / JOB_FILE)[0]
    try:
        recipe = Recipe(**about.pop("recipe"))
        job = Job(recipe=recipe, base=Path(about.pop("base")), **about)
        return job, _examples(folder / EXAMPLES_FILE), _examples(folder / PROBES_FILE)
    except (KeyError, TypeError) as problem:
        raise EnvironmentProblem(
            f"The job in {folder} was written by another version ({problem}). Start the night again."
        ) from problem


def digest(folder: Path) -> str:
    """Hex SHA-256 of all that the job in `folder` says: the same job, the same adapter.

    Raises:
        EnvironmentProblem: a file is missing.
    """
    said = hashlib.sha256()
    for name in (JOB_FILE, EXAMPLES_FILE, PROBES_FILE):
        try:
            said.update(sha256_of(folder / name).encode())
        except OSError as problem:
            raise EnvironmentProblem(f"{folder / name} is missing. Start the night again.") from problem
    return said.hexdigest()


def read_result(folder: Path) -> TrainingResult:
    """What a finished worker left in `folder`.

    Raises:
        EnvironmentProblem: a file is missing or damaged, so the run did not finish.
    """
    report = _parsed(folder / REPORT_FILE)[0]
    for name in (ADAPTER_FILE, CONFIG_FILE):
        if not (folder / name).is_file():
            raise EnvironmentProblem(f"{folder / name} is missing although the worker reported success. Start the night again.")
    return TrainingResult(folder=folder, adapter=folder / ADAPTER_FILE, report=report)


def recipe_from(values: Mapping[str, Any]) -> Recipe:
    """A recipe with `values` over the defaults.

    Raises:
        UserError: a name is unknown.
    """
    unknown = sorted(set(values) - {entry.name for entry in fields(Recipe)})
    if unknown:
        raise UserError(f"A recipe has no {', '.join(unknown)}. It has: {', '.join(entry.name for entry in fields(Recipe))}.")
    return Recipe(**values)


def _line(example: Example) -> str:
    return json.dumps(asdict(example), separators=(",", ":")) + "\n"


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _examples(path: Path) -> tuple[Example, ...]:
    def ids(values: Sequence[int] | None) -> tuple[int, ...] | None:
        return None if values is None else tuple(values)

    return tuple(
        Example(
            memory=one["memory"],
            kind=one["kind"],
            prompt=tuple(one["prompt"]),
            answer=tuple(one["answer"]),
            teacher=ids(one.get("teacher")),
            value=None if one.get("value") is None else (one["value"][0], one["value"][1]),
            weight=one.get("weight", 1.0),
        )
        for one in _parsed(path, lines=True)
    )


def _parsed(path: Path, *, lines: bool = False) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return [json.loads(part) for part in (text.splitlines() if lines else [text])]
    except FileNotFoundError as problem:
        raise EnvironmentProblem(f"{path} is missing. Start the night again.") from problem
    except (OSError, ValueError) as problem:
        raise EnvironmentProblem(f"{path} is damaged ({problem}). Start the night again.") from problem
