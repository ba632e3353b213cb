"""The benchmarks of explanations and what-if keep their bars."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_explanations_and_what_if_keep_their_bars(checkout: Path) -> None:
    command = [sys.executable, "tests/benchmarks/run.py", "explain", "what_if"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NO" not in done.stdout.split()
