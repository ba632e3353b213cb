"""The command that makes the pictures of all screens makes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

SCRIPT = Path(__file__).with_name("shoot.py")


def shoot(out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(out), *options],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_one_screen_comes_out_at_every_size_and_is_not_blank(tmp_path: Path) -> None:
    done = shoot(tmp_path, "--only", "preferences-look", "--language", "zh", "--look", "dark")
    assert done.returncode == 0, done.stderr[-600:]
    made = {path.name: QImage(str(path)) for path in tmp_path.glob("*.png")}
    assert set(made) == {
        "preferences-look-zh-dark.png",
        "preferences-look-zh-dark-1920x1048.png",
        "preferences-look-zh-dark-680x380.png",
        "preferences-look-zh-200.png",
    }
    usual = made["preferences-look-zh-dark.png"]
    assert (usual.width(), usual.height()) == (1366, 736)
    colours = {usual.pixel(x, y) for x in range(0, 1366, 7) for y in range(0, 736, 7)}
    assert len(colours) > 10


@pytest.mark.nightly
@pytest.mark.timeout(1_000)
def test_every_screen_can_be_reached_in_both_languages_and_looks(tmp_path: Path) -> None:
    done = shoot(tmp_path)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert len(list(tmp_path.glob("*.png"))) > 200
