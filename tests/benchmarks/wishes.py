"""Do wishes about replies go into the weights? `python -m tests.benchmarks.wishes --facts 6 --seeds 1 2 3`

Each wish is told in a life of its own, beside some facts, and slept on. Then ordinary requests that no night trains on are asked in three
ways: with the wish as a note, without anything, and after the night without any note. Absorption is the gate's: 1 - KL(note || weights) /
KL(note || base). Prints a Markdown table with a line for each wish.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.compose import open_assistant
from app.scenario.clock import ScriptedClock
from learning.examiner import Examiner
from learning.judge import says
from tests.benchmarks.lives import WISHES, draw_life

REQUESTS = (
    "What is the capital of Finland?", "Hello there!", "Which month comes after May?", "What is 7 plus 1?", "Tell me a riddle.", "Thanks a lot!",
    "What is the opposite of rich?", "What is a violin?", "Do you need the internet?", "How many days are in a week?", "What colour is snow?", "How are you doing?",
)  # fmt: skip
"""Not among `learning.common_prompts`."""
COLUMNS = ("wish", "changes", "as with the note", "absorption", "by heart", "facts said", "KL to what is wanted", "s")


def learn(wish: str, facts: int, seed: int) -> list[str]:
    """One line of the table. `changes`: of the requests, those where the note makes a difference; the others do not count."""
    life = draw_life(seed, facts)
    with (
        tempfile.TemporaryDirectory(prefix="dormouse-wishes-") as folder,
        open_assistant(Path(folder), clock=ScriptedClock()) as assistant,
    ):
        for fact in life:
            assistant.remember(fact.told)
        assistant.remember(wish)
        memory = assistant.memories()[-1]
        engine = assistant.serving.engine
        engine.set_adapter(None)
        examiner = Examiner(engine)
        noted = {request: examiner.reply(request, (memory.text,)) for request in REQUESTS}
        changed = [request for request in REQUESTS if noted[request] != examiner.reply(request)]
        night = assistant.night()
        assistant.serving.sync()
        examiner = Examiner(engine)
        kept = [examiner.reply(request) == noted[request] for request in changed]
        said = [says(assistant.probe(fact.asked[0], fact.value).greedy, fact.value) for fact in life]
        verdict = next((v for v in (night.gate.verdicts if night.gate else ()) if v.memory == memory.id), None)
        return [
            memory.text, f"{len(changed)} of {len(REQUESTS)}", _percent(kept), f"{verdict.absorption:.2f}" if verdict else "-",
            "yes" if verdict and verdict.passed and night.outcome == "promoted" else f"no: {verdict.reason if verdict else 'no lesson'}",
            _percent(said), f"{night.gate.kl_neutral:.3f}" if night.gate else "-", f"{night.seconds:.0f}",
        ]  # fmt: skip


def _percent(held: Sequence[bool]) -> str:
    return f"{statistics.fmean(held):.0%}" if held else "-"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=6)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--wishes", type=int, default=len(WISHES), help="so many of them, drawn by the seed")
    chosen = parser.parse_args(arguments)
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|", flush=True)
    for seed in chosen.seeds:
        for wish in random.Random(f"wishes/{seed}").sample(WISHES, chosen.wishes):
            print(f"| {' | '.join(learn(wish, chosen.facts, seed))} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
