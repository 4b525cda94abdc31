"""`python -m learning.worker.sees_gpu`: exit code 0 where torch can train on a graphics processor, 1 where it cannot."""

from __future__ import annotations

import sys

import torch

if __name__ == "__main__":
    sys.exit(not torch.cuda.is_available())
