"""Rebuild the built-in model, all of it: `python -m models.acorn [--minutes 40] [--decay-minutes 50]`.

Tokenizer and training (models.acorn.train), export (models.acorn.export), evaluation (models.acorn.evaluate). Interrupted, the
same command goes on from the last checkpoint in build/acorn.
"""

from __future__ import annotations

import argparse

from models.acorn import evaluate, shape, train
from models.acorn.export import export_checkpoint


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m models.acorn", description=__doc__)
    parser.add_argument("--minutes", type=float, default=40.0, help="of the stable phase")
    parser.add_argument("--decay-minutes", type=float, default=50.0)
    parser.add_argument("--each", type=int, default=500, help="cases in each row of the evaluation")
    chosen = parser.parse_args()
    train.main(["--minutes", str(chosen.minutes)])
    train.main(["--decay-from", str(shape.BUILD / "last.pt"), "--minutes", str(chosen.decay_minutes)])
    export_checkpoint(shape.BUILD / "decayed.pt", shape.SHIPPED)
    return evaluate.main(["--each", str(chosen.each)])


if __name__ == "__main__":
    raise SystemExit(main())
