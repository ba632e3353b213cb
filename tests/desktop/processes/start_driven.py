"""The real launcher, starting driven sessions: ``python start_driven.py DATA SCRIPTS``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from desktop.launcher import Launcher
from desktop.paths import Paths

if __name__ == "__main__":
    data, scripts = Path(sys.argv[1]), sys.argv[2]
    driven = str(Path(__file__).with_name("driven.py"))
    command = [sys.executable, driven, scripts, "session", "--attached", "--data", str(data)]
    sys.exit(Launcher(command, Paths(data)).run())
