"""A process in which a person asks and is answered never loads torch: seen from inside, on the real model, after the turn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_whole_turn_with_a_note_loads_neither_torch_nor_its_kin(profile: Path) -> None:
    script = (
        "import sys, contextlib, io\n"
        "from app.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    codes = [main(['remember', 'My kettle is called Vesuvius.']), main(['say', 'What is my kettle called?']),\n"
        "             main(['memories'])]\n"
        "heavy = ('torch', 'transformers', 'peft', 'bitsandbytes', 'accelerate')\n"
        "print(codes, 'llama_cpp' in sys.modules, [name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0, 0, 0] True []"
