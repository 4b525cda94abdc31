"""Tries a model file in a child process before anyone chats with it: llama.cpp ends the process where a file surprises it.

`gguf_file` refuses what is known to be wrong with a file; this finds what is not: a shape that an architecture's code does
not expect, an architecture that this llama.cpp does not know, more memory than there is.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from models import child
from models.engine import Turn
from models.errors import DormouseError, EnvironmentProblem, UserError

_WRONG, _BROKEN = 2, 3
_CONVERSATION = (Turn("system", "Be brief."), Turn("user", "One?"), Turn("assistant", "Two."), Turn("user", "Three?"))
_SECONDS, _BYTES_A_SECOND = 120, 20_000_000


def try_model(path: Path) -> None:
    """Load `path` and evaluate one token, in a child process that may crash.

    Raises:
        EnvironmentProblem: llama.cpp refuses it, computes nothing sensible, takes forever, or ends the process.
        UserError: its chat template cannot be used, or its architecture is not known.
    """
    try:
        tried = subprocess.run(
            child.command("models.trial", os.fspath(path)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            # Without a backtrace, for which ggml would start a debugger.
            env={**child.environment(), "GGML_NO_BACKTRACE": "1"},
            timeout=_SECONDS + (path.stat().st_size if path.exists() else 0) / _BYTES_A_SECOND,
            creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise EnvironmentProblem(
            f"{path.name} is too much for this machine: it did not load in time. Choose a smaller one."
        ) from None
    if tried.returncode == 0:
        return
    if tried.returncode in (_WRONG, _BROKEN):
        raise (UserError if tried.returncode == _WRONG else EnvironmentProblem)(tried.stdout.strip())
    raise EnvironmentProblem(
        f"{path.name} cannot be used: llama.cpp ended while trying it ({_last_words(tried.stderr, tried.returncode)}). "
        "It is damaged, needs more memory than there is, or a newer llama.cpp. Choose another: dormouse models list"
    )


def _last_words(said: str, code: int) -> str:
    """What ggml asserted, else how the process ended."""
    if found := re.search(r"GGML_(?:ASSERT|ABORT)\(.*?\) failed|[\w.-]+\.(?:cpp|c|h):\d+: (.+)", said):
        return found[1] or found[0]
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


def main(path: Path) -> int:
    """What the child does: render a conversation, load, evaluate one token, look at the numbers."""
    import numpy as np

    from models.chat_template import ChatTemplate
    from models.gguf_file import read_summary
    from models.llama_runtime import Runtime, default_threads

    try:
        summary = read_summary(path, sha256=False)
        ChatTemplate(summary.chat_template, model=path.name, bos="", eos="", marks=()).render(_CONVERSATION, reply=True)
        threads = default_threads(summary.parameters)
        runtime = Runtime(path, context_length=64, threads=threads, gpu_layers=0, batch=8)
        token = next(iter(runtime.tokenize(b"a")), 0)
        runtime.decode([token], 0, outputs=1)
        numbers = bool(np.isfinite(runtime.logits(-1).sum()))
        runtime.close()
        if not numbers:
            raise EnvironmentProblem(f"{path.name} computes no numbers: it is damaged. Copy or download it again.")
    except DormouseError as problem:
        print(problem)
        return _WRONG if isinstance(problem, UserError) else _BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
