"""The scoring benchmarks keep their bars."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_scoring_keeps_its_bars(checkout: Path) -> None:
    command = [sys.executable, "tests/benchmarks/run.py", "scoring", "arrays", "library", "assess_command", "range"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NO" not in done.stdout.split()
