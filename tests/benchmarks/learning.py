"""Does a night learn? Fresh made-up lives, methods side by side, all measured in llama.cpp on the quantized base.

`python -m tests.benchmarks.learning --facts 10 30 --seeds 1 2 3 --out learning.json` prints a Markdown table for each number of facts.
Nothing that is asked was trained on. Lines: notes of all that was told; the notes that recall chooses; a plain LoRA on the told
sentences; the same on questions and answers; Dormouse's weights alone; and what a user gets, weights with the notes still needed.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from app.compose import open_assistant
from app.scenario.clock import ScriptedClock
from learning.common_prompts import GENERAL, UNKNOWN, for_gate
from learning.curriculum import Lesson, Teacher, lesson
from learning.examiner import Examiner, turns
from learning.gate import perplexity
from learning.judge import abstains, content_words, says
from learning.types import Sha256
from models.adapter_gguf import export_adapter
from models.engine import ChatEngine
from models.errors import UserError
from models.instructions import with_notes
from tests.benchmarks.lives import Fact, draw_life, two_hop

Ask = Callable[[str], tuple[str, int]]
"""A question to its reply, and how many prompt tokens the memories cost."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares of right replies; `tokens` are those that memories add to a prompt; drifts are against the bare base."""

    recall: float
    reverse: float
    two_hop: float
    confused: float
    abstention: float
    general: float
    kl: float
    perplexity: float
    tokens: float
    seconds: float = 0.0


FIGURES = tuple(field.name for field in fields(Measured))


class Base:
    """What the bare base says where nothing was told: what harm is measured against."""

    def __init__(self, engine: ChatEngine, facts: Sequence[Fact]) -> None:
        self._engine = engine
        engine.set_adapter(None)
        examiner = Examiner(engine)
        about = frozenset().union(*(content_words(fact.told, without_relations=True) for fact in facts))
        unknown = [q for q in for_gate(UNKNOWN) if not content_words(q, without_relations=True) & about]
        self.unknown = [question for question in unknown if abstains(examiner.reply(question))]
        self.general = [(question, value) for question, value in for_gate(GENERAL) if says(examiner.reply(question), value)]
        self.replies = {question: examiner.reply(question) for question in [*self.unknown, *(q for q, _ in self.general)]}
        self.logprobs = {question: examiner.logprobs(question, reply) for question, reply in self.replies.items()}
        self.perplexity = perplexity(examiner)

    def drift(self) -> tuple[float, float]:
        """(mean KL(base || served) on neutral prompts in nats, relative change of perplexity) of what the engine serves."""
        import numpy as np

        examiner = Examiner(self._engine)
        kls = [
            float(np.mean(np.sum(np.exp(before) * (before - examiner.logprobs(question, self.replies[question])), axis=-1)))
            for question, before in self.logprobs.items()
        ]
        return statistics.fmean(kls), perplexity(examiner) / self.perplexity - 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Each fact's questions that nothing was trained on, to its value and back from it."""

    forward: Sequence[Sequence[str]]
    backward: Sequence[Sequence[str]]

    @staticmethod
    def of(facts: Sequence[Fact], lessons: Sequence[Lesson]) -> Asked:
        trained = [[example.prompt for example in made.examples] for made in lessons]
        return Asked(
            [fact.unseen(prompts) for fact, prompts in zip(facts, trained, strict=True)],
            [fact.unseen_reverse(prompts) for fact, prompts in zip(facts, trained, strict=True)],
        )


def measure(ask: Ask, facts: Sequence[Fact], asked: Asked, base: Base, seconds: float = 0.0) -> Measured:
    """Ask everything in one way of serving."""
    told = [(ask(question), fact) for fact, questions in zip(facts, asked.forward, strict=True) for question in questions]
    backwards = [
        (ask(question)[0], fact.subject)
        for fact, questions in zip(facts, asked.backward, strict=True)
        for question in questions
    ]
    others = [(question, ask(question)[0]) for fact in facts for question in fact.of_another]
    drift, perplexity = base.drift()
    return Measured(
        recall=_share(says(reply, fact.value) for (reply, _), fact in told),
        reverse=_share(says(reply, subject) for reply, subject in backwards),
        two_hop=_share(says(ask(question)[0], value) for question, value in two_hop(facts)),
        confused=_share(
            any(says(reply, fact.value) and not says(question, fact.subject) for fact in facts) for question, reply in others
        ),
        abstention=_share(abstains(ask(question)[0]) for question in base.unknown),
        general=_share(says(ask(question)[0], value) for question, value in base.general),
        kl=drift,
        perplexity=perplexity,
        tokens=statistics.fmean(tokens for (_, tokens), _ in told),
        seconds=seconds,
    )


def _share(held: Iterable[bool]) -> float:
    counted = list(held)
    return sum(counted) / len(counted) if counted else math.nan


def run(seed: int, count: int, plain: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """One life of `count` facts: told, slept on, corrected, slept on again; every method's figures by its name."""
    facts = draw_life(seed, count)
    with tempfile.TemporaryDirectory(prefix="dormouse-learning-") as folder:
        home = Path(folder) / "profile"
        with open_assistant(home, clock=ScriptedClock()) as assistant:
            for fact in facts:
                assistant.remember(fact.told)
            engine = assistant.serving.engine
            engine.set_adapter(None)
            base = Base(engine, facts)
            memories = sorted(assistant.memories(), key=lambda memory: memory.id)
            teacher = Teacher(engine)
            began = time.monotonic()
            lessons = [
                lesson(memory, teacher, assistant.profile.home / "lessons", Sha256(engine.summary.sha256))
                for memory in memories
            ]
            # The night finds them made; they are part of what it costs.
            lessons_seconds = time.monotonic() - began
            asked = Asked.of(facts, lessons)
            rows: dict[str, Measured] = {}
            rows["all notes"] = measure(notes_in_front(engine, [memory.text for memory in memories]), facts, asked, base)
            rows["recalled notes"] = measure(_assisted(assistant, notes=True, base=True), facts, asked, base)
            if plain:
                for name, pairs in (
                    ("plain LoRA", None),
                    (
                        "plain LoRA, questions",
                        [(e.prompt, e.answer) for made in lessons for e in made.examples if e.kind == "recall"],
                    ),
                ):
                    began = time.monotonic()
                    adapter = _plain(engine, [fact.told for fact in facts], pairs, Path(folder) / name.replace(" ", "-"))
                    engine.set_adapter(adapter)
                    rows[name] = measure(notes_in_front(engine, []), facts, asked, base, time.monotonic() - began)
                    engine.set_adapter(None)
                    say(f"{name}: {rows[name]}")
            began = time.monotonic()
            night = assistant.night()
            seconds = lessons_seconds + time.monotonic() - began
            assistant.serving.sync()
            rows["weights alone"] = measure(_assisted(assistant, notes=False), facts, asked, base, seconds)
            rows["weights and notes"] = measure(_assisted(assistant, notes=True), facts, asked, base, seconds)
            corrections = _corrections(assistant, facts, asked.forward)
            return {
                "facts": count,
                "seed": seed,
                "rows": {name: vars_of(row) for name, row in rows.items()},
                "learned": len(night.learned),
                "kept": [kept.reason for kept in night.kept],
                "outcome": night.outcome,
                "examples": night.examples,
                "tokens": night.tokens,
                "worker_mb": night.training.get("peak_memory_mb"),
                "corrections": corrections,
            }


def vars_of(row: Measured) -> dict[str, float]:
    return {name: round(getattr(row, name), 4) for name in FIGURES}


def notes_in_front(engine: ChatEngine, notes: Sequence[str]) -> Ask:
    """Asked of what the engine serves, with all `notes` in front; where they do not fit, nothing can be said."""
    examiner = Examiner(engine)

    def ask(question: str) -> tuple[str, int]:
        tokens = len(engine.prompt_ids(turns(question, notes))) - len(engine.prompt_ids(turns(question)))
        try:
            return examiner.reply(question, notes), tokens
        except UserError:
            return "", tokens

    return ask


def _assisted(assistant: Assistant, *, notes: bool, base: bool = False) -> Ask:
    """Asked through the assistant, which chooses the notes."""
    engine = assistant.serving.engine

    def ask(question: str) -> tuple[str, int]:
        result = assistant.probe(question, "yes", notes=notes, base=base)
        used = with_notes([memory.text for memory in result.notes_used], question)
        return result.greedy, len(engine.tokenize(used)) - len(engine.tokenize(question))

    return ask


def _plain(engine: ChatEngine, told: Sequence[str], pairs: Sequence[tuple[str, str]] | None, folder: Path) -> Path:
    """A plain LoRA on the bare sentences, or on questions and their answers."""
    folder.mkdir()
    lines = []
    if pairs is None:
        lines = [{"ids": engine.tokenize(sentence), "from": 1} for sentence in told]
    for question, answer in pairs or []:
        prompt = engine.prompt_ids(turns(question))
        lines.append({"ids": prompt + engine.answer_ids(turns(question), answer), "from": len(prompt)})
    examples = folder / "examples.jsonl"
    examples.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.plain_lora",
        str(engine.summary.path),
        str(examples),
        str(folder / "out"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    adapter = folder / "adapter.gguf"
    export_adapter(folder / "out", engine.summary.path, adapter, base_sha256=engine.summary.sha256)
    return adapter


def _corrections(assistant: Assistant, facts: Sequence[Fact], asked: Sequence[Sequence[str]]) -> dict[str, float]:
    """A fifth of the facts is corrected: what is said the same day, with the note, and after the next night, without it."""
    changed = list(zip(facts, asked, strict=True))[::5]
    for fact, _ in changed:
        assistant.remember(fact.changed)
    by_day = [(assistant.probe(q, fact.newer, notes=True).greedy, fact) for fact, questions in changed for q in questions]
    assistant.night()
    by_heart = [(assistant.probe(q, fact.newer).greedy, fact) for fact, questions in changed for q in questions]
    return {
        "new, same day": _share(says(reply, fact.newer) for reply, fact in by_day),
        "old, same day": _share(says(reply, fact.value) for reply, fact in by_day),
        "new, next day": _share(says(reply, fact.newer) for reply, fact in by_heart),
        "old, next day": _share(says(reply, fact.value) for reply, fact in by_heart),
    }


def table(count: int, results: Sequence[dict[str, Any]]) -> str:
    """Mean and spread (largest less smallest) over the seeds, in Markdown."""
    names = list(results[0]["rows"])
    lines = [
        f"### {count} facts, {len(results)} lives",
        "",
        f"| method | {' | '.join(FIGURES)} |",
        "|---" * (len(FIGURES) + 1) + "|",
    ]
    for name in names:
        cells = []
        for figure in FIGURES:
            drawn = [result["rows"][name][figure] for result in results]
            spread = f" ±{(max(drawn) - min(drawn)) / 2:.3g}" if len(drawn) > 1 else ""
            cells.append(f"{statistics.fmean(drawn):.3g}{spread}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [""] + [
        f"Seed {result['seed']}: {result['learned']} of {count} learned ({result['outcome']}), {result['examples']} examples, "
        f"worker at most {result['worker_mb']} MB; corrections {result['corrections']}."
        for result in results
    ]
    return "\n".join(lines)


_COLOURS = {
    "all notes": "#9a9a9a", "recalled notes": "#c9c9c9", "plain LoRA": "#d9b38c", "plain LoRA, questions": "#c2693d",
    "weights alone": "#7fa3c4", "weights and notes": "#35618e",
}  # fmt: skip


def draw(lives: Sequence[dict[str, Any]], picture: Path) -> None:
    """What each method says, confuses and costs, by the number of facts, as a picture; whiskers from the worst life to the best."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    counts = sorted({life["facts"] for life in lives})
    shown = (
        ("recall", "said, %", 100),
        ("reverse", "from the value back, %", 100),
        ("confused", "said of another, %", 100),
        ("tokens", "prompt tokens of memories", 1),
    )
    figure, panels = plt.subplots(1, len(shown), figsize=(14, 3.6), layout="constrained")
    width = 0.8 / len(_COLOURS)
    for axes, (name, label, scale) in zip(panels, shown, strict=True):
        for place, (method, colour) in enumerate(_COLOURS.items()):
            drawn = [
                [scale * life["rows"][method][name] for life in lives if life["facts"] == count and method in life["rows"]]
                for count in counts
            ]
            means = [statistics.fmean(values) if values else 0.0 for values in drawn]
            reach = [
                [mean - min(values, default=mean) for mean, values in zip(means, drawn, strict=True)],
                [max(values, default=mean) - mean for mean, values in zip(means, drawn, strict=True)],
            ]
            at = [group + (place - len(_COLOURS) / 2 + 0.5) * width for group in range(len(counts))]
            axes.bar(
                at,
                means,
                width * 0.9,
                yerr=reach,
                color=colour,
                label=method,
                error_kw={"elinewidth": 0.8, "ecolor": "#444444"},
            )
        axes.set(title=label, xticks=range(len(counts)), xticklabels=[f"{count} facts" for count in counts])
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(_COLOURS), frameon=False)
    figure.savefig(picture, dpi=110)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, nargs="+", default=[10, 30, 100])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--without-plain", action="store_true", help="leave the plain LoRAs out")
    parser.add_argument("--out", type=Path, help="also write all figures as JSON; lives that are in it are not lived again")
    parser.add_argument("--draw", type=Path, help="also draw what `--out` holds as a picture")
    chosen = parser.parse_args(arguments)
    known: list[dict[str, Any]] = (
        json.loads(chosen.out.read_text(encoding="utf-8")) if chosen.out and chosen.out.exists() else []
    )
    for count in chosen.facts:
        for seed in chosen.seeds:
            if any((life["facts"], life["seed"]) == (count, seed) for life in known):
                continue
            known.append(run(seed, count, not chosen.without_plain, lambda text: print(text, file=sys.stderr)))
            if chosen.out:
                chosen.out.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        print(table(count, [life for life in known if life["facts"] == count and life["seed"] in chosen.seeds]), flush=True)
    if chosen.draw:
        draw(known, chosen.draw)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
