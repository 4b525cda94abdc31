"""`python -m learning.worker JOB_FOLDER OUT_FOLDER`: the door of the worker process. Heavy imports come after "started".

JSON lines on stdout, logs on stderr. Exit codes: 0 finished, 1 a bug, 2 bad input, 3 the environment, 4 stdin ended.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from learning.job import Job, digest, read_job
from learning.worker.channel import Channel
from models.errors import EnvironmentProblem, UserError
from models.files import sha256_of


def main(arguments: list[str]) -> int:
    """Train what the job folder asks for; every end but being killed is told as a last event."""
    if len(arguments) != 2:
        print("usage: python -m learning.worker JOB_FOLDER OUT_FOLDER", file=sys.stderr)
        return 2
    channel = Channel.take_over_standard_streams()
    channel.emit("started", pid=os.getpid())
    began = time.monotonic()
    os.environ |= {"TORCH_COMPILE_DISABLE": "1", "TQDM_DISABLE": "1"}
    try:
        job, examples, probes = read_job(Path(arguments[0]))
        check_base(job)
        from learning.worker import machine

        machine.leave_the_compiler_out()
        from learning.worker.checkpoint import Keeper
        from learning.worker.training import train

        out = Path(arguments[1])
        keeper = Keeper(out, digest(Path(arguments[0])), channel)
        report = train(job, examples, probes, out, channel.emit, began, keeper)
        keeper.clear()
    except UserError as error:
        channel.emit("error", kind="user", message=str(error))
        return 2
    except EnvironmentProblem as error:
        channel.emit("error", kind="environment", message=str(error))
        return 3
    except ImportError as error:
        traceback.print_exc()
        message = (
            f"The parts that learning needs are not installed, or damaged ({error}). To see how to get them: dormouse doctor"
        )
        channel.emit("error", kind="environment", message=message)
        return 3
    except Exception as error:
        traceback.print_exc()
        channel.emit("error", kind="bug", message=f"{type(error).__name__}: {error}")
        return 1
    channel.emit("finished", **report)
    sys.stderr.flush()
    # All is published and said; torch's own leave-taking would only make the person wait.
    os._exit(0)


def check_base(job: Job) -> None:
    """Refuse another file under the base's name: its adapter would be taken for one of the base.

    Raises:
        EnvironmentProblem: the file is missing or not the one the job was made for.
    """
    if not job.base.is_file():
        raise EnvironmentProblem(f"The model file {job.base} is missing.")
    if sha256_of(job.base) != job.base_sha256:
        raise EnvironmentProblem(f"{job.base} is not the model that this job was made for. Start the night again.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
