"""Night after night: is what was told still known, and what does a night cost? Lives of days, all measured in llama.cpp.

`python -m tests.benchmarks.nights --out thirty` sleeps thirty nights in a row, with five new facts a day, one correction and one undo.
`--nights 365 --told 0.85 --corrected 0.1 --undone 0.1 --slept 1 7 30 90 180 270 365 --out year` lives a year and sleeps in those nights
only; a night builds its adapter from nothing, so it is the same as if all the others had been slept too. Each morning every live fact
is asked for in words that no lesson has, as a user would: weights, and notes for what is not in them. OUT is a folder; what is in it
already is not done again. `--draw` draws its figures as a picture.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from app.compose import open_assistant
from app.scenario.clock import ScriptedClock
from learning.consolidation import NightReport
from learning.judge import says
from learning.types import Memory
from tests.benchmarks.lives import Fact, draw_life


@dataclass(slots=True)
class Told:
    """A fact of the life and what became of it. `since`: the day its value was told."""

    fact: Fact
    since: int
    corrected: bool = False
    undone: bool = False

    @property
    def value(self) -> str:
        return self.fact.newer if self.corrected else self.fact.value

    @property
    def words(self) -> str:
        return self.fact.changed if self.corrected else self.fact.told


@dataclass(slots=True)
class Life:
    """A life by days; `rates` are how many facts are told, corrected and undone each day, on average."""

    seed: int
    nights: int
    rates: tuple[float, float, float]
    told: list[Told] = field(default_factory=list)

    def days(self, assistant: Assistant, lived: int) -> Iterator[int]:
        """Live day after day, before each night; the first `lived` days are in the profile already."""
        drawn = random.Random(f"nights/{self.seed}")
        fresh = iter(draw_life(self.seed, sum(self._count(0, day) for day in range(self.nights))))
        for day in range(self.nights):
            new, changes, undos = (self._count(kind, day) for kind in range(3))
            for _ in range(new):
                self.told.append(Told(next(fresh), day))
                if day >= lived:
                    assistant.remember(self.told[-1].fact.told)
            # What was corrected is not undone: its older value would count again.
            older = [told for told in self.live() if told.since < day and not told.corrected]
            for place, told in enumerate(drawn.sample(older, min(changes + undos, len(older)))):
                if place < changes:
                    told.corrected, told.since = True, day
                    if day >= lived:
                        assistant.remember(told.fact.changed)
                else:
                    told.undone = True
                    # A day that was begun before the run was stopped is begun again.
                    if day >= lived and (memory := _memories(assistant).get(told.words)):
                        assistant.undo([memory.id])
            yield day

    def live(self) -> list[Told]:
        return [told for told in self.told if not told.undone]

    def _count(self, kind: int, day: int) -> int:
        """How often by now, less how often before: whole numbers that keep to the rate."""
        return int(self.rates[kind] * (day + 1) + 1e-9) - int(self.rates[kind] * day + 1e-9)


def _memories(assistant: Assistant) -> dict[str, Memory]:
    """What is known, by the words it came from."""
    return {e.quote: memory for memory in assistant.memories() for e in assistant.store.evidence(memory.id)}


def morning(assistant: Assistant, life: Life, day: int, night: NightReport) -> dict[str, Any]:
    """What is known after the night: each live fact's age in days, and whether it was said, from weights or from a note."""
    memories = _memories(assistant)
    asked = []
    for told in life.live():
        memory = memories[told.words]
        made = assistant.why(memory.id).lesson
        question = told.fact.unseen([example.prompt for example in made.examples] if made else [])[0]
        probe = assistant.probe(question, told.value, notes=True)
        by_heart = memory.status == "learned"
        asked.append(
            {
                "age": day - told.since,
                "corrected": told.corrected,
                "by_heart": by_heart,
                "there": by_heart or memory.id in {note.id for note in probe.notes_used},
                "said": says(probe.greedy, told.value),
                "outdated": told.corrected and says(probe.greedy, told.fact.value),
            }
        )
    gone = [told for told in life.told if told.undone]
    values = {told.value for told in life.live()}
    still = [
        says(assistant.probe(told.fact.asked[0], told.value, notes=True).greedy, told.value)
        for told in gone
        if told.value not in values  # a job or a room may be somebody else's too
    ]
    return {
        "night": day + 1,
        "live": len(asked),
        "by_heart": sum(fact["by_heart"] for fact in asked),
        "outcome": night.outcome,
        "seconds": round(night.seconds, 1),
        "examples": night.examples,
        "tokens": night.tokens,
        "worker_mb": night.training.get("peak_memory_mb"),
        "kl": night.gate.kl_neutral if night.gate else None,
        "facts": asked,
        "undone": len(still),
        "undone_said": sum(still),
    }


def line(of: dict[str, Any]) -> str:
    facts = of["facts"]
    shares = [
        statistics.fmean(chosen) if (chosen := [fact["said"] for fact in facts if test(fact)]) else float("nan")
        for test in (lambda _: True, lambda fact: fact["by_heart"], lambda fact: fact["corrected"])
    ]
    missing = sum(not fact["there"] for fact in facts)
    outdated = sum(fact["outdated"] for fact in facts)
    return (
        f"| {of['night']} | {of['live']} | {of['by_heart']} | {shares[0]:.1%} | {shares[1]:.1%} | {shares[2]:.1%} | {outdated} | {missing} "
        f"| {of['undone_said']} of {of['undone']} | {of['seconds']:.0f} | {of['tokens']:,} | {of['outcome']} |"
    )


HEAD = (
    "| night | live | by heart | said | said by heart | corrected: new said | old said | neither weights nor note | undone and said | s | tokens | |",
    "|---" * 12 + "|",
)


def live_through(life: Life, slept: Sequence[int], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    log = out / "nights.json"
    done: list[dict[str, Any]] = json.loads(log.read_text(encoding="utf-8")) if log.exists() else []
    print("\n".join([*HEAD, *map(line, done)]), flush=True)
    lived = done[-1]["night"] if done else 0
    clock = ScriptedClock()
    with open_assistant(out / "profile", clock=clock) as assistant:
        for day in life.days(assistant, lived):
            if day >= lived and day + 1 in slept:
                night = assistant.night()
                clock.advance(timedelta(days=1))
                done.append(morning(assistant, life, day, night))
                log.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
                print(line(done[-1]), flush=True)
            else:
                clock.advance(timedelta(days=1))


def draw(out: Path) -> Path:
    """The figures of a folder as a picture: retention by night, retention by age, cost by size."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    nights = json.loads((out / "nights.json").read_text(encoding="utf-8"))
    figure, (by_night, by_age, cost) = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
    mornings = [night["night"] for night in nights]
    for label, test, colour in (
        ("all live facts", lambda fact: True, "#35618e"),
        ("of them by heart", lambda fact: fact["by_heart"], "#c2693d"),
    ):
        shares = [statistics.fmean([f["said"] for f in night["facts"] if test(f)] or [float("nan")]) for night in nights]
        by_night.plot(mornings, [100 * share for share in shares], marker="o", markersize=3, label=label, color=colour)
    by_night.set(xlabel="night", ylabel="said, %", ylim=(0, 103), title="Known in the morning")
    by_night.legend(frameon=False, loc="lower left")
    oldest = max(fact["age"] for night in nights for fact in night["facts"])
    width = max(1, -(-(oldest + 1) // 12))
    ages = [
        [fact["said"] for night in nights for fact in night["facts"] if fact["age"] // width == place]
        for place in range(oldest // width + 1)
    ]
    by_age.bar(
        [place * width + width / 2 for place in range(len(ages))],
        [100 * statistics.fmean(said) if said else 0 for said in ages],
        width * 0.85,
        color="#35618e",
    )
    by_age.set(xlabel="days since it was told", ylim=(0, 103), title="Known, by age")
    cost.plot([n["live"] for n in nights], [n["seconds"] for n in nights], marker="o", markersize=3, color="#35618e")
    cost.set(xlabel="live facts", ylabel="seconds", ylim=(0, None), title="A night, built from nothing")
    for axes in (by_night, by_age, cost):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    picture = out.with_suffix(".png")
    figure.savefig(picture, dpi=110)
    return picture


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--told", type=float, default=5, help="new facts a day")
    parser.add_argument("--corrected", type=float, default=1, help="corrections a day")
    parser.add_argument("--undone", type=float, default=1, help="undos a day")
    parser.add_argument("--slept", type=int, nargs="+", help="sleep in these nights only")
    parser.add_argument("--out", type=Path, required=True, help="a folder for the profile and the figures")
    parser.add_argument("--draw", action="store_true", help="only draw what the folder holds")
    chosen = parser.parse_args(arguments)
    if not chosen.draw:
        life = Life(chosen.seed, chosen.nights, (chosen.told, chosen.corrected, chosen.undone))
        live_through(life, chosen.slept or range(1, chosen.nights + 1), chosen.out)
    print(draw(chosen.out))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
