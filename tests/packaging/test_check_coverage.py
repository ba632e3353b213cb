"""The floors of test coverage, room by room."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "packaging" / "check_coverage.py"))


def report(folder: Path, covered: dict[str, int]) -> Path:
    """Write a report of files with 90 statements and 10 branches each, of which so many were met."""
    files: dict[str, Any] = {
        name: {
            "summary": {
                "covered_lines": max(0, count - 10),
                "covered_branches": min(count, 10),
                "num_statements": 90,
                "num_branches": 10,
            }
        }
        for name, count in covered.items()
    }
    file = folder / "coverage.json"
    file.write_text(json.dumps({"files": files}), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("covered", "code"),
    [
        ({"engine/cli/a.py": 85}, 0),
        ({"engine/cli/a.py": 84}, 1),
        ({"engine/store/a.py": 95}, 0),
        ({"engine/store/deep/a.py": 94}, 1),
        ({"engine/store/a.py": 100, "engine/store/b.py": 90}, 0),  # a room counts as a whole
        ({"engine/intake/validate.py": 94}, 1),
        ({"engine/intake/readers/csv.py": 85, "engine/intake/validate.py": 95}, 0),
        ({"engine\\risk\\session.py": 94}, 1),
        ({"engine/locks.py": 70, "engine/errors.py": 100}, 0),  # so do the files beside the rooms
    ],
)
def test_each_room_must_reach_its_floor(tmp_path: Path, covered: dict[str, int], code: int) -> None:
    assert SCRIPT["main"](report(tmp_path, covered)) == code


def test_a_report_counts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = report(tmp_path, {"engine/cli/a.py": 100})
    assert SCRIPT["main"](file) == 0
    assert SCRIPT["main"](file) == 1
    assert "no report" in capsys.readouterr().out
