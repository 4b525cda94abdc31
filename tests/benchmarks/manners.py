"""How much slower is a chat reply beside a running night? `python -m tests.benchmarks.manners [--replies N]`

In a throw-away profile a night works as one does that began by itself: a process of its own, at the lowest priority, training the
built-in model without end. The same question is asked of an engine here, with the night stopped and going on in turn, so that
both are measured on the same machine at the same time. Prints medians in milliseconds and their ratio, and fails above the limit.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil

from learning.job import Job, Recipe, write_job
from learning.material import tokenized
from learning.types import Sha256, TrainingExample
from models.child import environment
from models.engine import Sampling, Turn
from models.files import sha256_of
from models.instructions import PERSONA, with_notes
from models.llama import LlamaEngine

LIMIT = 1.3
SHIPPED = Path(__file__).resolve().parents[2] / "models" / "acorn" / "acorn.gguf"
NOTES = ("The user's kettle is called Vesuvius.", "The user lives in Tromso.", "The user's boat is called Orsolya.")

# What `dormouse night --if-due` does before it starts its worker, and the worker.
NIGHT = """
import sys
from app.nights.manners import step_back
from app.worker_process import run_worker
from pathlib import Path
step_back()
run_worker(Path(sys.argv[1]), Path(sys.argv[2]), on_event=lambda event: print(event["event"], flush=True))
"""


def reply(engine: LlamaEngine) -> float:
    """Milliseconds of one whole reply, prompt and all."""
    engine.reset()
    turns = [Turn("system", PERSONA), Turn("user", with_notes(NOTES, "Tell me all that you know about me."))]
    begun = perf_counter()
    engine.reply(turns, sampling=Sampling(max_tokens=64))
    return (perf_counter() - begun) * 1000


def endless_job(engine: LlamaEngine, folder: Path) -> Path:
    examples = [
        TrainingExample(
            "recall", Sha256("0" * 64), f"What is thing {n} called?", f"Thing {n} is called Vesuvius.", value="Vesuvius"
        )
        for n in range(64)
    ]
    about = Job(SHIPPED, sha256_of(SHIPPED), seed=0, threads=2, recipe=Recipe(epochs=100_000))
    return write_job(folder / "job", about, tokenized(engine, examples))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=40, metavar="N", help="measured replies with and without a night")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    alone: list[float] = []
    beside: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        folder, engine = Path(place), LlamaEngine(SHIPPED, context_length=2048)
        job = endless_job(engine, folder)
        command = [sys.executable, "-c", NIGHT, str(job), str(folder / "out")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as night:
            try:
                assert night.stdout is not None
                for line in night.stdout:
                    if line.strip() == "step":
                        break
                family = [psutil.Process(night.pid), *psutil.Process(night.pid).children(recursive=True)]
                for _ in range(options.replies):
                    for process in family:
                        process.suspend()
                    reply(engine)
                    alone.append(reply(engine))
                    for process in family:
                        process.resume()
                    reply(engine)
                    beside.append(reply(engine))
            finally:
                for process in reversed(psutil.Process(night.pid).children(recursive=True)):
                    process.kill()
                night.kill()
        engine.close()
    ratio = median(beside) / median(alone)
    if options.json:
        print(json.dumps({"alone_ms": median(alone), "beside_ms": median(beside), "ratio": ratio}))
    else:
        print(
            f"a reply alone {median(alone):.0f} ms, beside a night {median(beside):.0f} ms: {ratio:.2f} times (limit {LIMIT})"
        )
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
