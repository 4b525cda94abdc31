"""python -m tests.benchmarks.exchange [--megabytes 200]: a made-up ChatGPT export is taken in, twice; seconds and peak memory."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from app.exchange.importing import import_files
from learning.store import Store
from tests.conftest import ScriptedClock

TURNS, WORDS = 100, 100


def conversation(number: int) -> dict[str, object]:
    """A hundred turns of a hundred words, some 70 kB."""
    begun = 1_700_000_000 + number
    mapping = {
        f"n{place}": {
            "id": f"n{place}",
            "parent": f"n{place - 1}" if place else None,
            "children": [f"n{place + 1}"],
            "message": {
                "author": {"role": "assistant" if place % 2 else "user"},
                "create_time": begun + place,
                "content": {"content_type": "text", "parts": [f"{number} word " * (WORDS // 2)]},
            },
        }
        for place in range(TURNS)
    }
    return {
        "id": f"{number:032x}",
        "title": f"Talk {number}",
        "create_time": begun,
        "mapping": mapping,
        "current_node": f"n{TURNS - 1}",
    }


def write_export(file: Path, megabytes: float) -> int:
    """So many conversations."""
    with file.open("w", encoding="utf-8") as out:
        out.write("[")
        number = 0
        while out.tell() < megabytes * 1e6:
            out.write(", " if number else "")
            json.dump(conversation(number), out)
            number += 1
        out.write("]")
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=200)
    megabytes = parser.parse_args().megabytes
    process, peak = psutil.Process(), 0

    def watch(done: int, total: int) -> None:
        nonlocal peak
        peak = max(peak, process.memory_info().rss)

    with tempfile.TemporaryDirectory(prefix="dormouse-exchange-") as folder:
        file = Path(folder) / "conversations.json"
        made = write_export(file, megabytes)
        before = process.memory_info().rss
        clock = ScriptedClock(datetime(2026, 3, 2, tzinfo=UTC))
        with Store.open(Path(folder) / "profile" / "dormouse.sqlite3", clock) as store:
            for time_of in ("the first", "the second"):
                started = time.perf_counter()
                imported = import_files(store, [file], on_progress=watch)
                print(
                    f"{file.stat().st_size / 1e6:.0f} MB, {made} conversations, {made * TURNS} messages, {time_of} time: "
                    f"{time.perf_counter() - started:.1f} s, {len(imported.added)} taken in, {imported.known} known; "
                    f"memory {before / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at most"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
