"""How the window starts: what it loads before it is seen, and what only afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SLOW_TO_LOAD = ("sqlite3", "numpy", "llama_cpp", "jinja2", "gguf", "learning.store", "learning.consolidation", "app.assistant")


def test_nothing_that_is_slow_to_load_stands_before_the_first_picture() -> None:
    script = f"import sys, ui.start; print([name for name in {SLOW_TO_LOAD} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
